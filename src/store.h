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
 * Connections are kept from request to request, one for each database, since
 * one process may serve several sites.
 */

struct store;

/* The database of one request. */
struct store_database {
	const char *connection; /* libpq's string or URI; may hold a password */
	bool prepare;           /* keep prepared statements */
};

/*
 * *out gets a store without connections, which the caller ends with
 * store_free.  name becomes part of application_name, "hookswitch-name", and
 * is borrowed.
 */
enum err store_new(struct store **out, const char *name) NODISCARD;

/* Closes every connection.  NULL is allowed. */
void store_free(struct store *store);

/*
 * Runs a plan.  ERR_OK only when the transaction is committed.
 *
 * A connection that was lost is made anew once, and a deadlock tried again
 * once: plans can be run twice, since the ledger knows each event.
 * ERR_DATABASE if the database cannot take the plan now, ERR_REJECTED if it
 * never will as it is, ERR_SETTING if the connection string is none or libpq
 * is not installed.  Takes at most about 10 s, with the usual settings of a
 * connection string for one host.
 */
enum err store_run(struct store *store, const struct store_database *database,
	const struct plan *plan, struct reason *reason) NODISCARD;

/* Closes the connections; they are made anew when they are needed. */
void store_idle(struct store *store);

#endif
