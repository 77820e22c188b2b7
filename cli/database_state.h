#ifndef HOOKSWITCH_DATABASE_STATE_H
#define HOOKSWITCH_DATABASE_STATE_H

#include <stdbool.h>

#include "database.h"
#include "err.h"

/*
 * What a database is like, as far as it matters to endpoints.
 */

struct database_state {
	char encoding[32];
	bool can_create; /* a schema */
	bool has_schema; /* ours; its version is another question */
	bool is_standby;
	bool is_read_only;
	char synchronous_commit[32];
	bool has_fsync;
	long long milliseconds; /* since 1970, by its clock */
};

/* Asks.  Errors as database_run. */
enum err database_state_ask(struct database_state *state,
	struct database *database, struct reason *reason) NODISCARD;

/*
 * ERR_REJECTED, with the reason, if tables of ours cannot be in it: the
 * encoding is not UTF8, or there is no schema and the user may make none.
 */
enum err database_state_check(
	const struct database_state *state, struct reason *reason) NODISCARD;

#endif
