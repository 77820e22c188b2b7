#include "config.h"

#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"
#include "store.h"

/* Statements that one connection keeps prepared. */
#define PREPARED 32

/*
 * $1: what the server may take for one statement, or for one lock, before it
 * gives up by itself.  $2: whether that is for this transaction only.  And a
 * commit is one: where the owner has said off for everybody, not for us.
 */
#define SET_LIMITS                                                             \
	"SELECT pg_catalog.set_config('statement_timeout', $1, $2::boolean), " \
	"pg_catalog.set_config('lock_timeout', $1, $2::boolean), "             \
	"pg_catalog.set_config('synchronous_commit', CASE setting.value "      \
	"WHEN 'off' THEN 'on' ELSE setting.value END, $2::boolean) "           \
	"FROM pg_catalog.current_setting('synchronous_commit') "               \
	"AS setting (value)"

/* SQLSTATEs: of a warning; of a transaction that ended nobody knows how. */
#define WARNING "01000"
#define UNKNOWN "40003"

/*
 * A server that waits for a lock must not go on waiting when we have given
 * up: each of our attempts would leave another one behind.  Behind a pooler
 * the setting must not outlive the transaction.
 */
static const struct statement set_limits = {
	.name = "limits",
	.sql = SET_LIMITS,
};

/* Not one of ours: what ends the transaction. */
static const struct statement commit = {.name = "commit"};

/* The results that a pipeline owes us, in order. */
struct expected {
	const struct statement *statement;
	bool is_prepare;
	struct row *row; /* wants the result; NULL if nobody does */
};

#define EXPECTED (STORE_BATCH * LIMIT_STATEMENTS + PREPARED + 1)

struct connection {
	struct pipeline pipeline;
	const struct libpq *pq; /* the pipeline's, for short */
	PGconn *pg;
	char patience[16];   /* of the server, in milliseconds */
	bool limits_are_set; /* for the session */
	bool is_warned;      /* the server has sent a warning */
	const struct statement *prepared[PREPARED];
	size_t n_prepared;

	/* What was sent last, and what became of it. */
	bool prepare;
	bool is_sent; /* as far as libpq's buffer, at least */
	struct expected expected[EXPECTED];
	size_t n_expected;
	struct connection_result result;
};

/* Of a commit that may be none the server only warns: see note_warning. */
static void
note_notice(void *context, const PGresult *notice)
{
	struct connection *connection = context;
	const char *state =
		connection->pq->PQresultErrorField(notice, PG_DIAG_SQLSTATE);

	if (state != NULL && strcmp(state, WARNING) == 0)
		connection->is_warned = true;
}

void
connection_close(struct connection *connection)
{
	if (connection == NULL)
		return;
	pipeline_close(&connection->pipeline);
	free(connection);
}

enum err
connection_open(struct connection **out, const char *string, const char *name,
	long patience, struct reason *reason)
{
	struct connection *connection = calloc(1, sizeof *connection);
	enum err err;

	*out = NULL;
	if (connection == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	(void)snprintf(connection->patience, sizeof connection->patience, "%ld",
		patience);
	err = pipeline_open(&connection->pipeline, string, name, reason);
	if (err != ERR_OK) {
		connection_close(connection);
		return err;
	}
	connection->pq = connection->pipeline.pq;
	connection->pg = connection->pipeline.pg;
	(void)connection->pq->PQsetNoticeReceiver(
		connection->pg, note_notice, connection);
	*out = connection;
	return ERR_OK;
}

bool
connection_is_alive(struct connection *connection)
{
	return pipeline_is_alive(&connection->pipeline);
}

/* Whether a statement is prepared, or will be before what follows is run. */
static bool
is_prepared(
	const struct connection *connection, const struct statement *statement)
{
	for (size_t i = 0; i < connection->n_prepared; i++)
		if (connection->prepared[i] == statement)
			return true;
	for (size_t i = 0; i < connection->n_expected; i++)
		if (connection->expected[i].is_prepare &&
			connection->expected[i].statement == statement)
			return true;
	return false;
}

static void
expect(struct connection *connection, const struct statement *statement,
	bool is_prepare, struct row *row)
{
	connection->expected[connection->n_expected++] =
		(struct expected){statement, is_prepare, row};
}

static bool
send_limits(struct connection *connection, bool for_transaction)
{
	const char *const values[] = {
		connection->patience, for_transaction ? "true" : "false"};

	expect(connection, &set_limits, false, NULL);
	return connection->pq->PQsendQueryParams(connection->pg, set_limits.sql,
		       2, NULL, values, NULL, NULL, 0) == 1;
}

/* Queues one statement with its values, preparing it first if need be. */
static bool
send_statement(struct connection *connection, const struct statement *statement,
	const struct plan *plan, bool prepare)
{
	const struct libpq *pq = connection->pq;
	PGconn *pg = connection->pg;
	const char *values[STATEMENT_PLACEHOLDERS];
	char scratch[STATEMENT_PLACEHOLDERS][STATEMENT_VALUE_SIZE];
	struct row *row = statement->is_query ? plan->row : NULL;
	int n = (int)statement->n;

	for (size_t i = 0; i < statement->n; i++)
		values[i] = plan_value(
			plan, &statement->placeholders[i], scratch[i]);
	if (!prepare) {
		expect(connection, statement, false, row);
		return pq->PQsendQueryParams(pg, statement->sql, n, NULL,
			       values, NULL, NULL, 0) == 1;
	}
	if (!is_prepared(connection, statement)) {
		if (pq->PQsendPrepare(
			    pg, statement->name, statement->sql, n, NULL) != 1)
			return false;
		expect(connection, statement, true, NULL);
	}
	expect(connection, statement, false, row);
	return pq->PQsendQueryPrepared(
		       pg, statement->name, n, values, NULL, NULL, 0) == 1;
}

static bool
send_plans(struct connection *connection, const struct plan *const *plans,
	size_t n, bool prepare)
{
	if ((!prepare || !connection->limits_are_set) &&
		!send_limits(connection, !prepare))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < plans[i]->n; j++)
			if (!send_statement(connection, plans[i]->statements[j],
				    plans[i], prepare))
				return false;
	return connection->pq->PQpipelineSync(connection->pg) == 1;
}

/* The next result; false if the connection failed or the time is over. */
static bool
get_result(const struct connection *connection, PGresult **result)
{
	return pipeline_result(&connection->pipeline, result);
}

/* Keeps the first error of the pipeline; what follows are its aborts. */
static void
note_error(struct connection *connection, const PGresult *result,
	const struct statement *statement)
{
	const struct libpq *pq = connection->pq;
	struct connection_result *told = &connection->result;
	const char *state = pq->PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text =
		pq->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (pq->PQresultStatus(result) != PGRES_FATAL_ERROR ||
		told->sqlstate[0] != '\0')
		return;
	(void)snprintf(told->sqlstate, sizeof told->sqlstate, "%s",
		state != NULL ? state : "08006");
	(void)err_reason(&told->reason, ERR_DATABASE,
		"statement \"%s\" failed: %s (SQLSTATE %s)", statement->name,
		text != NULL ? text : "the connection was lost",
		told->sqlstate);
}

/* The first row of a query's result; none if it cannot be kept. */
static void
take_row(const struct libpq *pq, const PGresult *result, struct row *row)
{
	int n = pq->PQnfields(result);

	row_clear(row);
	row->is_there = pq->PQntuples(result) > 0;
	for (int i = 0; row->is_there && i < n && i < ROW_COLUMNS; i++)
		if (buf_add_text(&row->columns[i],
			    pq->PQgetvalue(result, 0, i)) != ERR_OK) {
			row_clear(row);
			row->is_lost = true;
		}
}

/* The result of one command, and the NULL that ends it. */
static bool
take_result(struct connection *connection, const struct expected *expected)
{
	PGresult *result, *end;
	ExecStatusType status;
	bool taken;

	if (!get_result(connection, &result) || result == NULL)
		return false;
	status = connection->pq->PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		note_error(connection, result, expected->statement);
	else if (expected->is_prepare && connection->n_prepared < PREPARED)
		connection->prepared[connection->n_prepared++] =
			expected->statement;
	else if (expected->row != NULL)
		take_row(connection->pq, result, expected->row);
	connection->pq->PQclear(result);
	taken = get_result(connection, &end) && end == NULL;
	connection->pq->PQclear(end);
	return taken;
}

/*
 * A commit that somebody told not to wait for the standby any longer is one
 * on the server alone, and may be lost with it.  The server only warns of it.
 */
static void
note_warning(struct connection *connection)
{
	struct connection_result *told = &connection->result;

	if (!connection->is_warned || told->sqlstate[0] != '\0')
		return;
	(void)snprintf(told->sqlstate, sizeof told->sqlstate, "%s", UNKNOWN);
	(void)err_reason(&told->reason, ERR_DATABASE,
		"the database warned of the commit");
}

/*
 * The answer to Sync: the transaction has ended.  Before it comes what the
 * commit failed by: a deferred constraint, say.
 */
static bool
take_sync(struct connection *connection)
{
	const struct libpq *pq = connection->pq;
	ExecStatusType status = PGRES_FATAL_ERROR;

	connection->is_warned = false;
	while (status == PGRES_FATAL_ERROR) {
		PGresult *result;

		if (!get_result(connection, &result))
			return false;
		if (result != NULL) { /* and not the end of an error's */
			status = pq->PQresultStatus(result);
			note_error(connection, result, &commit);
			pq->PQclear(result);
		}
		if (pq->PQstatus(connection->pg) != CONNECTION_OK)
			return false;
	}
	note_warning(connection);
	return status == PGRES_PIPELINE_SYNC;
}

static bool
receive(struct connection *connection)
{
	if (!connection->is_sent || !pipeline_flush(&connection->pipeline))
		return false;
	for (size_t i = 0; i < connection->n_expected; i++)
		if (!take_result(connection, &connection->expected[i]))
			return false;
	return take_sync(connection);
}

/* What the first two digits of an SQLSTATE mean for the plan. */
static enum err
judge(const char *sqlstate)
{
	/* Data, constraint, program limit: the same plan fails each time. */
	static const char *const rejecting[] = {"22", "23", "54"};

	for (size_t i = 0; i < sizeof rejecting / sizeof rejecting[0]; i++)
		if (strncmp(sqlstate, rejecting[i], 2) == 0)
			return ERR_REJECTED;
	return ERR_DATABASE;
}

void
connection_send(struct connection *connection, const struct plan *const *plans,
	size_t n, bool prepare)
{
	memset(&connection->result, 0, sizeof connection->result);
	connection->n_expected = 0;
	connection->prepare = prepare;
	connection->is_sent = send_plans(connection, plans, n, prepare);
	/* Whether all of it went out is looked after when it is received. */
	if (connection->is_sent)
		(void)connection->pq->PQflush(connection->pg);
}

/* What the results say, once they are there or the connection is lost. */
static enum err
conclude(struct connection *connection)
{
	struct connection_result *result = &connection->result;

	if (result->lost && result->sqlstate[0] == '\0')
		return pipeline_explain(&connection->pipeline, &result->reason);
	/* What the database would have said in the end nobody knows. */
	if (result->lost)
		return ERR_DATABASE;
	if (result->sqlstate[0] != '\0')
		return judge(result->sqlstate);
	connection->limits_are_set = connection->prepare;
	return ERR_OK;
}

enum err
connection_receive(struct connection *connection, long long deadline,
	struct connection_result *result)
{
	enum err err;

	connection->pipeline.deadline = deadline;
	connection->result.lost = !receive(connection);
	err = conclude(connection);
	*result = connection->result;
	return err;
}
