#ifndef HOOKSWITCH_CONNECTION_H
#define HOOKSWITCH_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "plan.h"

/*
 * One connection to PostgreSQL, and plans sent over it.  A connection is used
 * by one thread at a time.
 */

struct connection;

/* What became of plans that were not committed. */
struct connection_result {
	bool lost;        /* the connection cannot be used any more */
	char sqlstate[6]; /* of the first error; "" if there is none */
	struct reason reason;
};

/*
 * Connects.  string is libpq's connection string or URI, name becomes
 * application_name, and patience is how many milliseconds the server may take
 * for a statement or a lock.  ERR_DATABASE if there is no connection to be had,
 * for want of libpq too, ERR_SETTING if the string is none, ERR_MEMORY.
 * What the string says wins over our defaults (connect_timeout of 2 s,
 * keepalives).
 */
enum err connection_open(struct connection **out, const char *string,
	const char *name, long patience, struct reason *reason) NODISCARD;

/* NULL is allowed. */
void connection_close(struct connection *connection);

/* False if the server has closed it meanwhile.  Costs no round trip. */
bool connection_is_alive(struct connection *connection);

/*
 * Sends n plans as one transaction, in one round trip, and does not wait: what
 * became of them connection_receive says, which has to come next.
 * prepare: keep the statements prepared; not behind a transaction pooler.
 */
void connection_send(struct connection *connection,
	const struct plan *const *plans, size_t n, bool prepare);

/*
 * Waits for what became of the plans.  ERR_OK if they are committed, all of
 * them.  ERR_DATABASE or ERR_REJECTED, as store_run, if none is; *result then
 * says more.  If the connection was lost, or the answer not there by the
 * deadline (clock_milliseconds), nobody knows.
 */
enum err connection_receive(struct connection *connection, long long deadline,
	struct connection_result *result) NODISCARD;

#endif
