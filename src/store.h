#ifndef HOOKSWITCH_STORE_H
#define HOOKSWITCH_STORE_H

#include <stdbool.h>

#include "err.h"
#include "plan.h"

/*
 * PostgreSQL: takes plans and commits them.
 *
 * The statements of a plan go out in one pipeline with one Sync, which makes
 * them one transaction in one round trip: all of them are committed or none.
 * Plans that wait at the same time go out together, as one transaction, over
 * the one connection that is kept for each database; if one of them fails,
 * each is tried alone, so that it fails alone.
 *
 * A store can be used by many threads.
 */

struct store;

/* The database of one request. */
struct store_database {
	const char *connection; /* libpq's string or URI; may hold a password */
	bool prepare;           /* keep prepared statements */
};

/* One plan of several, and what became of it. */
struct store_job {
	const struct plan *plan;
	enum err err;
	bool is_away; /* not OK, and others would fare no better: there was no
			 connection to be had */
	bool is_late; /* not OK, and nobody knows: no answer came in time, or
			 the connection broke off */
	char sqlstate[6]; /* of the server's error; "" if it named none */
	struct reason reason;
};

/* Plans that go out as one transaction at the most. */
#define STORE_BATCH 64

/* What a request waits for the database, in milliseconds. */
#define STORE_MILLISECONDS 3000

/*
 * *out gets a store without connections, which the caller ends with
 * store_free.  name becomes part of application_name, "hookswitch-name", and
 * is borrowed.  A plan may take so many milliseconds; the server gives up a
 * statement, or a lock, after two fifths of them, so that plans that went out
 * together can be tried alone.  Call it before threads are made.
 */
enum err store_new(
	struct store **out, const char *name, long milliseconds) NODISCARD;

/* Closes every connection.  NULL is allowed. */
void store_free(struct store *store);

/*
 * Runs a plan.  ERR_OK only when the transaction is committed.
 *
 * A connection that was lost is made anew once, and a deadlock tried again
 * once: plans can be run twice, since the ledger knows each event.
 * ERR_DATABASE if the database cannot take the plan now, ERR_REJECTED if it
 * never will as it is, ERR_SETTING if the connection string is none.
 *
 * Returns within the store's milliseconds and what connecting takes: at most
 * connect_timeout, 2 s, for each host.  After a failure to connect
 * the database counts as away for five times what that took, after no answer
 * for a second: plans then fail at once.
 */
enum err store_run(struct store *store, const struct store_database *database,
	const struct plan *plan, struct reason *reason) NODISCARD;

/*
 * Runs n plans, at most STORE_BATCH, together; each job says what became of
 * it, as store_run would.
 */
void store_run_all(struct store *store, const struct store_database *database,
	struct store_job *jobs, size_t n);

/* Closes connections that nobody uses; they are made anew when needed. */
void store_idle(struct store *store);

#endif
