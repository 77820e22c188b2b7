#ifndef HOOKSWITCH_RECONCILE_H
#define HOOKSWITCH_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>

#include "database.h"
#include "err.h"
#include "resource.h"
#include "store.h"
#include "twilio.h"

/*
 * Compares what Twilio knows with what the tables know, and stores the
 * webhooks that are lacking: as the endpoints would have, by the same plans
 * and merge rules, under the endpoint and source "backfill".
 *
 * What a webhook would not change is not written, so that a second run writes
 * nothing.
 */

/*
 * What became of a resource that the tables did not know, or not all of.  Of
 * several webhooks the last of these counts.
 */
enum reconcile_outcome {
	RECONCILE_STORED,  /* committed */
	RECONCILE_DELETED, /* the ledger has it, and somebody deleted its row */
	RECONCILE_LEFT,    /* nothing was written: the run is dry, or failed */
	RECONCILE_REFUSED, /* the database will never take it */
	RECONCILE__MAX
};

/* One such resource. */
struct reconcile_finding {
	enum resource_kind kind;
	const char *sid;
	bool is_missing;   /* there is no row */
	const char *known; /* status of the row that is behind; "" for none */
	const char *told;  /* what the last of the webhooks tells */
	enum reconcile_outcome outcome;
	const char *why; /* it was refused; "" otherwise */
};

struct reconcile_count {
	size_t read, missing, behind;
	size_t outcomes[RECONCILE__MAX];
};

struct reconcile {
	struct database *database;
	struct store *store;
	struct store_database target;
	struct twilio *twilio; /* for the media of messages; its account */
	bool is_dry;           /* nothing is written */
	struct reconcile_count counts[RESOURCE__MAX];
	/* NULL, or: is told of each finding, which stays for the call */
	void (*tell)(void *context, const struct reconcile_finding *finding);
	void *context;
};

/* Resources that are compared in one query. */
#define RECONCILE_MOST 1000

/*
 * Does it for n resources, at most RECONCILE_MOST, of one kind.  One without a
 * SID is refused.  ERR_DATABASE if the database cannot take them now,
 * ERR_SETTING if it cannot be used, ERR_IO if Twilio does not answer: some may
 * be stored by then, and all is as if they had been read before.
 */
enum err reconcile_run(struct reconcile *reconcile,
	const struct resource *resources, size_t n,
	struct reason *reason) NODISCARD;

#endif
