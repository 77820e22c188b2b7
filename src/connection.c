#include "config.h"

#include "connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libpq.h"
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

struct connection {
	const struct libpq *pq;
	PGconn *pg;
	char patience[16];   /* of the server, in milliseconds */
	bool limits_are_set; /* for the session */
	bool is_warned;      /* the server has sent a warning */
	const struct statement *prepared[PREPARED];
	size_t n_prepared;
};

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

struct exchange {
	const struct libpq *pq;
	struct connection *connection;
	struct expected expected[EXPECTED];
	size_t n;
	long long deadline;
	struct connection_result *result;
};

long long
connection_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first line of a message of libpq, as our reason. */
static enum err
explain(struct reason *reason, enum err err, const char *what, const char *text)
{
	return err_reason(
		reason, err, "%s: %.*s", what, (int)strcspn(text, "\n"), text);
}

/* libpq prints notices to standard error unless it is told where else. */
static void
note_notice(void *context, const PGresult *notice)
{
	struct connection *connection = context;
	const char *state =
		connection->pq->PQresultErrorField(notice, PG_DIAG_SQLSTATE);

	if (state != NULL && strcmp(state, WARNING) == 0)
		connection->is_warned = true;
}

/* Whether libpq would take part of a password for a host or a port. */
static bool
is_misread(const PQconninfoOption *option)
{
	if (option->val == NULL)
		return false;
	if (strcmp(option->keyword, "host") == 0)
		/* At the start it names an abstract socket. */
		return strrchr(option->val, '@') > option->val;
	if (strcmp(option->keyword, "port") == 0)
		return strspn(option->val, "0123456789,") !=
		       strlen(option->val);
	return false;
}

/*
 * A string that does not parse is refused here and without libpq's text,
 * which would quote it with its password.  So is a URI whose password has an
 * "@" or a "/" in it: libpq takes what follows for host or port, and says so.
 */
static enum err
check_string(const struct libpq *pq, const char *string, struct reason *reason)
{
	char *message = NULL;
	PQconninfoOption *options;
	bool is_short, fits;

	/* There are no options where there is no memory for them, either. */
	errno = 0;
	options = pq->PQconninfoParse(string, &message);
	is_short = options == NULL && errno == ENOMEM;
	fits = options != NULL;

	for (const PQconninfoOption *option = options;
		fits && option->keyword != NULL; option++)
		fits = !is_misread(option);
	pq->PQfreemem(message);
	pq->PQconninfoFree(options);
	if (is_short)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (!fits)
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_DATABASE\" is not a connection "
			"string that libpq can read; in a URI write @ as %%40 "
			"and / as %%2F in the password");
	return ERR_OK;
}

void
connection_close(struct connection *connection)
{
	if (connection == NULL)
		return;
	if (connection->pg != NULL)
		connection->pq->PQfinish(connection->pg);
	free(connection);
}

/* Connects, and makes the connection fit for pipelines. */
static enum err
connect_to(struct connection *connection, const char *string, const char *name,
	struct reason *reason)
{
	/* Before dbname: defaults; after it: what the string cannot change. */
	const char *const names[] = {"connect_timeout", "keepalives_idle",
		"tcp_user_timeout", "gssencmode", "dbname", "application_name",
		"client_encoding", NULL};
	const char *const values[] = {
		"2", "30", "10000", "disable", string, name, "UTF8", NULL};
	const struct libpq *pq = connection->pq;

	connection->pg = pq->PQconnectdbParams(names, values, 1);
	if (connection->pg == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (pq->PQstatus(connection->pg) != CONNECTION_OK)
		return explain(reason, ERR_DATABASE,
			"could not connect to the database",
			pq->PQerrorMessage(connection->pg));
	(void)pq->PQsetNoticeReceiver(connection->pg, note_notice, connection);
	if (pq->PQsetnonblocking(connection->pg, 1) != 0 ||
		pq->PQenterPipelineMode(connection->pg) != 1)
		return err_reason(
			reason, ERR_DATABASE, "could not start a pipeline");
	return ERR_OK;
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
	err = libpq_load(&connection->pq, reason);
	/* Whyever it cannot be loaded now, the request can be kept. */
	if (err == ERR_SETTING)
		err = ERR_DATABASE;
	if (err == ERR_OK)
		err = check_string(connection->pq, string, reason);
	if (err == ERR_OK)
		err = connect_to(connection, string, name, reason);
	if (err != ERR_OK) {
		connection_close(connection);
		return err;
	}
	*out = connection;
	return ERR_OK;
}

bool
connection_is_alive(struct connection *connection)
{
	const struct libpq *pq = connection->pq;
	struct pollfd socket = {.fd = pq->PQsocket(connection->pg),
		.events = POLLIN | POLLRDHUP};

	if (poll(&socket, 1, 0) <= 0)
		return true; /* nothing to read: as we left it */
	if ((socket.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
		return false;
	return pq->PQconsumeInput(connection->pg) == 1 &&
	       pq->PQstatus(connection->pg) == CONNECTION_OK;
}

/* Whether a statement is prepared, or will be before what follows is run. */
static bool
is_prepared(const struct exchange *exchange, const struct statement *statement)
{
	const struct connection *connection = exchange->connection;

	for (size_t i = 0; i < connection->n_prepared; i++)
		if (connection->prepared[i] == statement)
			return true;
	for (size_t i = 0; i < exchange->n; i++)
		if (exchange->expected[i].is_prepare &&
			exchange->expected[i].statement == statement)
			return true;
	return false;
}

static void
expect(struct exchange *exchange, const struct statement *statement,
	bool is_prepare, struct row *row)
{
	exchange->expected[exchange->n++] =
		(struct expected){statement, is_prepare, row};
}

static bool
send_limits(struct exchange *exchange, bool for_transaction)
{
	const char *const values[] = {exchange->connection->patience,
		for_transaction ? "true" : "false"};

	expect(exchange, &set_limits, false, NULL);
	return exchange->pq->PQsendQueryParams(exchange->connection->pg,
		       set_limits.sql, 2, NULL, values, NULL, NULL, 0) == 1;
}

/* Queues one statement with its values, preparing it first if need be. */
static bool
send_statement(struct exchange *exchange, const struct statement *statement,
	const struct plan *plan, bool prepare)
{
	const struct libpq *pq = exchange->pq;
	PGconn *pg = exchange->connection->pg;
	const char *values[STATEMENT_PLACEHOLDERS];
	char scratch[STATEMENT_PLACEHOLDERS][STATEMENT_VALUE_SIZE];
	struct row *row = statement->is_query ? plan->row : NULL;
	int n = (int)statement->n;

	for (size_t i = 0; i < statement->n; i++)
		values[i] = plan_value(
			plan, &statement->placeholders[i], scratch[i]);
	if (!prepare) {
		expect(exchange, statement, false, row);
		return pq->PQsendQueryParams(pg, statement->sql, n, NULL,
			       values, NULL, NULL, 0) == 1;
	}
	if (!is_prepared(exchange, statement)) {
		if (pq->PQsendPrepare(
			    pg, statement->name, statement->sql, n, NULL) != 1)
			return false;
		expect(exchange, statement, true, NULL);
	}
	expect(exchange, statement, false, row);
	return pq->PQsendQueryPrepared(
		       pg, statement->name, n, values, NULL, NULL, 0) == 1;
}

static bool
send_plans(struct exchange *exchange, const struct plan *const *plans, size_t n,
	bool prepare)
{
	if ((!prepare || !exchange->connection->limits_are_set) &&
		!send_limits(exchange, !prepare))
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < plans[i]->n; j++)
			if (!send_statement(exchange, plans[i]->statements[j],
				    plans[i], prepare))
				return false;
	return exchange->pq->PQpipelineSync(exchange->connection->pg) == 1;
}

/* Waits until the socket can be used, at most until the deadline. */
static bool
wait_for(const struct exchange *exchange, short events)
{
	struct pollfd socket = {
		.fd = exchange->pq->PQsocket(exchange->connection->pg),
		.events = events};
	int n;

	do {
		long long left = exchange->deadline - connection_clock();

		n = poll(&socket, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

/* Sends what is queued, reading meanwhile so that neither side stalls. */
static bool
flush(const struct exchange *exchange)
{
	const struct libpq *pq = exchange->pq;
	PGconn *pg = exchange->connection->pg;
	int left;

	while ((left = pq->PQflush(pg)) == 1)
		if (!wait_for(exchange, POLLIN | POLLOUT) ||
			pq->PQconsumeInput(pg) != 1)
			return false;
	return left == 0;
}

/* The next result; false if the connection failed or the time is over. */
static bool
get_result(const struct exchange *exchange, PGresult **result)
{
	const struct libpq *pq = exchange->pq;
	PGconn *pg = exchange->connection->pg;

	*result = NULL;
	while (pq->PQisBusy(pg))
		if (!wait_for(exchange, POLLIN) || pq->PQconsumeInput(pg) != 1)
			return false;
	*result = pq->PQgetResult(pg);
	return true;
}

/* Keeps the first error of the pipeline; what follows are its aborts. */
static void
note_error(struct exchange *exchange, const PGresult *result,
	const struct statement *statement)
{
	const struct libpq *pq = exchange->pq;
	struct connection_result *told = exchange->result;
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
take_result(struct exchange *exchange, const struct expected *expected)
{
	struct connection *connection = exchange->connection;
	PGresult *result, *end;
	ExecStatusType status;
	bool taken;

	if (!get_result(exchange, &result) || result == NULL)
		return false;
	status = exchange->pq->PQresultStatus(result);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		note_error(exchange, result, expected->statement);
	else if (expected->is_prepare && connection->n_prepared < PREPARED)
		connection->prepared[connection->n_prepared++] =
			expected->statement;
	else if (expected->row != NULL)
		take_row(exchange->pq, result, expected->row);
	exchange->pq->PQclear(result);
	taken = get_result(exchange, &end) && end == NULL;
	exchange->pq->PQclear(end);
	return taken;
}

/*
 * A commit that somebody told not to wait for the standby any longer is one
 * on the server alone, and may be lost with it.  The server only warns of it.
 */
static void
note_warning(struct exchange *exchange)
{
	struct connection_result *told = exchange->result;

	if (!exchange->connection->is_warned || told->sqlstate[0] != '\0')
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
take_sync(struct exchange *exchange)
{
	const struct libpq *pq = exchange->pq;
	ExecStatusType status = PGRES_FATAL_ERROR;

	exchange->connection->is_warned = false;
	while (status == PGRES_FATAL_ERROR) {
		PGresult *result;

		if (!get_result(exchange, &result))
			return false;
		if (result != NULL) { /* and not the end of an error's */
			status = pq->PQresultStatus(result);
			note_error(exchange, result, &commit);
			pq->PQclear(result);
		}
		if (pq->PQstatus(exchange->connection->pg) != CONNECTION_OK)
			return false;
	}
	note_warning(exchange);
	return status == PGRES_PIPELINE_SYNC;
}

static bool
talk(struct exchange *exchange, const struct plan *const *plans, size_t n,
	bool prepare)
{
	if (!send_plans(exchange, plans, n, prepare) || !flush(exchange))
		return false;
	for (size_t i = 0; i < exchange->n; i++)
		if (!take_result(exchange, &exchange->expected[i]))
			return false;
	return take_sync(exchange);
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

/* Why an exchange broke off, if the server did not say. */
static enum err
explain_loss(const struct exchange *exchange)
{
	struct reason *reason = &exchange->result->reason;

	if (connection_clock() >= exchange->deadline)
		return err_reason(reason, ERR_DATABASE,
			"the database did not answer in time");
	return explain(reason, ERR_DATABASE,
		"the connection to the database was lost",
		exchange->pq->PQerrorMessage(exchange->connection->pg));
}

enum err
connection_run(struct connection *connection, const struct plan *const *plans,
	size_t n, bool prepare, long long deadline,
	struct connection_result *result)
{
	struct exchange exchange = {.pq = connection->pq,
		.connection = connection,
		.deadline = deadline,
		.result = result};

	memset(result, 0, sizeof *result);
	result->lost = !talk(&exchange, plans, n, prepare);
	if (result->lost && result->sqlstate[0] == '\0')
		return explain_loss(&exchange);
	/* What the database would have said in the end nobody knows. */
	if (result->lost)
		return ERR_DATABASE;
	if (result->sqlstate[0] != '\0')
		return judge(result->sqlstate);
	connection->limits_are_set = prepare;
	return ERR_OK;
}
