#ifndef HOOKSWITCH_WEBHOOK_H
#define HOOKSWITCH_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The webhooks that Twilio sends, with the parameters that it sends in them.
 */

struct webhook {
	const char *name;     /* "inbound-call" */
	const char *purpose;  /* one line */
	const char *endpoint; /* "voice" */
	const char *subject;  /* the parameter that names what it is about */
	const char *state;    /* the one that says what became of that */
	bool wants_twiml;     /* the answer has to be */
	/* Lines as in a scenario, "Name = value" */
	const char *parameters;
};

/* All of them; NULL ends. */
extern const struct webhook *const webhooks[];

/* NULL if there is none of that name. */
const struct webhook *webhook_find(const char *name);

#endif
