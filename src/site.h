#ifndef HOOKSWITCH_SITE_H
#define HOOKSWITCH_SITE_H

#include "err.h"
#include "request.h"
#include "settings.h"
#include "store.h"

/*
 * The site that a request is for: its settings, its database.
 */

struct site {
	struct settings settings;
	struct store_database database; /* borrows from settings */
};

/*
 * Loads the settings of a request.  ERR_SETTING, naming it, if one is missing
 * that every request needs, cannot be used, or is dangerous (a spool below
 * the document root).  In every case the caller ends with site_free.
 */
enum err site_load(struct site *site, const struct request *request,
	struct reason *reason) NODISCARD;

/* Wipes and frees the settings. */
void site_free(struct site *site);

#endif
