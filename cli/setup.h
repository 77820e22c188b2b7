#ifndef HOOKSWITCH_SETUP_H
#define HOOKSWITCH_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"
#include "place.h"
#include "settings.h"
#include "step.h"

/*
 * What a site consists of under each web server, and what is left to do for
 * its owner.
 */

struct setup {
	struct place place;
	struct settings settings; /* all that the site will have */
	struct buf before;        /* the settings file as it is */
	struct buf text;          /* and as it will be */
	bool has_file;            /* it is there */
	enum step_way way;
	char installed[PATH_MAX]; /* where the programs are installed */
};

/* A web server, and how it is told of a site. */
struct setup_server {
	const char *name; /* as --server has it */
	/* whether a site was set up for it before; NULL for the usual one */
	bool (*is_in_use)(const struct place *place);
	enum err (*plan)(struct steps *steps, const struct setup *setup,
		struct reason *reason);
	/* what its owner has to do, beside what all have to */
	void (*advise)(FILE *out, const struct setup *setup);
};

/* The one of that name; NULL if there is none. */
const struct setup_server *setup_server_find(const char *name);

/* The one that a site was set up for before, or else Apache. */
const struct setup_server *setup_server_guess(const struct place *place);

/* Adds every step.  Errors as in step.h. */
enum err setup_plan(const struct setup_server *server, struct steps *steps,
	const struct setup *setup, struct reason *reason) NODISCARD;

#endif
