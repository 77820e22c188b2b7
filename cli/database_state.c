#include "config.h"

#include "database_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queries.h"

/* The columns of the query. */
enum column {
	COLUMN_ENCODING,
	COLUMN_CAN_CREATE,
	COLUMN_HAS_SCHEMA,
	COLUMN_IS_STANDBY,
	COLUMN_IS_READ_ONLY,
	COLUMN_SYNCHRONOUS_COMMIT,
	COLUMN_HAS_FSYNC,
	COLUMN_MILLISECONDS,
};

static bool
is_true(const struct database_result *result, enum column column)
{
	return strcmp(database_text(result, 0, (int)column), "t") == 0;
}

enum err
database_state_ask(struct database_state *state, struct database *database,
	struct reason *reason)
{
	struct database_result *result;
	enum err err = database_run(
		database, &query_database_state, NULL, &result, reason);

	memset(state, 0, sizeof *state);
	if (err != ERR_OK)
		return err;
	(void)snprintf(state->encoding, sizeof state->encoding, "%s",
		database_text(result, 0, COLUMN_ENCODING));
	(void)snprintf(state->synchronous_commit,
		sizeof state->synchronous_commit, "%s",
		database_text(result, 0, COLUMN_SYNCHRONOUS_COMMIT));
	state->can_create = is_true(result, COLUMN_CAN_CREATE);
	state->has_schema = is_true(result, COLUMN_HAS_SCHEMA);
	state->is_standby = is_true(result, COLUMN_IS_STANDBY);
	state->is_read_only = is_true(result, COLUMN_IS_READ_ONLY);
	state->has_fsync = is_true(result, COLUMN_HAS_FSYNC);
	state->milliseconds = strtoll(
		database_text(result, 0, COLUMN_MILLISECONDS), NULL, 10);
	database_result_free(result);
	return ERR_OK;
}

enum err
database_state_check(const struct database_state *state, struct reason *reason)
{
	if (strcmp(state->encoding, "UTF8") != 0)
		return err_reason(reason, ERR_REJECTED,
			"the encoding of the database is %s, not UTF8; create "
			"one with ENCODING 'UTF8' TEMPLATE template0",
			state->encoding);
	if (!state->has_schema && !state->can_create)
		return err_reason(reason, ERR_REJECTED,
			"the database has no schema \"hookswitch\", and its "
			"user may not make one; use the user who owns the "
			"database, or have it granted CREATE on it");
	return ERR_OK;
}
