#include "config.h"

#include "store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libpq.h"

/* Databases that one process keeps connections to. */
#define CONNECTIONS 4

/* Statements that one connection keeps prepared. */
#define PREPARED 16

/* How long the statements of one plan may take, in milliseconds. */
#define PLAN_MILLISECONDS 4000

/* Times that a plan is sent. */
#define ATTEMPTS 2

struct connection {
	PGconn *pg;                  /* NULL if the place is free */
	char key[DIGEST_SHA256_HEX]; /* of the connection string */
	const struct statement *prepared[PREPARED];
	size_t n_prepared;
	unsigned long used; /* the store's count at the last use */
};

struct store {
	const struct libpq *pq; /* NULL until the first plan */
	char name[64];          /* application_name */
	struct connection connections[CONNECTIONS];
	unsigned long uses;
};

/* The results that a pipeline owes us, in order. */
struct expected {
	const struct statement *statement;
	bool is_prepare;
};

struct exchange {
	const struct libpq *pq;
	struct connection *connection;
	struct expected expected[2 * LIMIT_STATEMENTS];
	size_t n;
	long long deadline; /* milliseconds of the monotonic clock */
	bool lost;          /* the connection cannot be used any more */
	char sqlstate[6];   /* of the first error; "" if there is none */
	struct reason *reason;
};

enum err
store_new(struct store **out, const char *name)
{
	struct store *store = calloc(1, sizeof *store);

	*out = NULL;
	if (store == NULL)
		return ERR_MEMORY;
	(void)snprintf(
		store->name, sizeof store->name, "hookswitch-%.40s", name);
	*out = store;
	return ERR_OK;
}

static void
disconnect(const struct libpq *pq, struct connection *connection)
{
	if (connection->pg != NULL)
		pq->PQfinish(connection->pg);
	memset(connection, 0, sizeof *connection);
}

void
store_idle(struct store *store)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		disconnect(store->pq, &store->connections[i]);
}

void
store_free(struct store *store)
{
	if (store == NULL)
		return;
	store_idle(store);
	free(store);
}

static long long
milliseconds(void)
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
ignore_notice(void *context, const char *message)
{
	(void)context;
	(void)message;
}

/*
 * A string that does not parse is refused here and without libpq's text,
 * which would quote it with its password.
 */
static enum err
check_string(const struct libpq *pq, const char *string, struct reason *reason)
{
	char *message = NULL;
	PQconninfoOption *options = pq->PQconninfoParse(string, &message);

	pq->PQfreemem(message);
	if (options == NULL)
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_DATABASE\" is not a connection "
			"string that libpq can read");
	pq->PQconninfoFree(options);
	return ERR_OK;
}

static enum err
connect_to(struct store *store, struct connection *connection,
	const char *string, struct reason *reason)
{
	/* Before dbname: defaults; after it: what the string cannot change. */
	const char *const names[] = {"connect_timeout", "keepalives_idle",
		"tcp_user_timeout", "gssencmode", "dbname", "application_name",
		"client_encoding", NULL};
	const char *const values[] = {"3", "30", "10000", "disable", string,
		store->name, "UTF8", NULL};
	const struct libpq *pq = store->pq;
	enum err err = check_string(pq, string, reason);

	if (err != ERR_OK)
		return err;
	connection->pg = pq->PQconnectdbParams(names, values, 1);
	if (connection->pg == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (pq->PQstatus(connection->pg) != CONNECTION_OK) {
		err = explain(reason, ERR_DATABASE,
			"could not connect to the database",
			pq->PQerrorMessage(connection->pg));
		goto out;
	}
	(void)pq->PQsetNoticeProcessor(connection->pg, ignore_notice, NULL);
	if (pq->PQsetnonblocking(connection->pg, 1) != 0 ||
		pq->PQenterPipelineMode(connection->pg) != 1)
		err = err_reason(
			reason, ERR_DATABASE, "could not start a pipeline");
out:
	if (err != ERR_OK)
		disconnect(pq, connection);
	return err;
}

/* Whether the server has closed a connection that nobody was using. */
static bool
is_alive(const struct libpq *pq, PGconn *pg)
{
	struct pollfd socket = {
		.fd = pq->PQsocket(pg), .events = POLLIN | POLLRDHUP};

	if (poll(&socket, 1, 0) <= 0)
		return true; /* nothing to read: as we left it */
	if ((socket.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
		return false;
	return pq->PQconsumeInput(pg) == 1 && pq->PQstatus(pg) == CONNECTION_OK;
}

/* The place of a connection: its own, a free one, or the longest unused. */
static struct connection *
find_place(struct store *store, const char *key)
{
	struct connection *place = &store->connections[0];

	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct connection *candidate = &store->connections[i];

		if (strcmp(candidate->key, key) == 0)
			return candidate;
		if (candidate->used < place->used)
			place = candidate;
	}
	disconnect(store->pq, place);
	return place;
}

/* *out gets a connection that is ready, kept or new. */
static enum err
get_connection(struct store *store, const struct store_database *database,
	struct connection **out, struct reason *reason)
{
	char key[DIGEST_SHA256_HEX];
	struct connection *connection;
	enum err err = digest_sha256(
		database->connection, strlen(database->connection), key);

	*out = NULL;
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	connection = find_place(store, key);
	if (connection->pg != NULL && !is_alive(store->pq, connection->pg))
		disconnect(store->pq, connection);
	if (connection->pg == NULL)
		err = connect_to(
			store, connection, database->connection, reason);
	if (err != ERR_OK)
		return err;
	memcpy(connection->key, key, sizeof key);
	connection->used = ++store->uses;
	*out = connection;
	return ERR_OK;
}

static bool
is_prepared(
	const struct connection *connection, const struct statement *statement)
{
	for (size_t i = 0; i < connection->n_prepared; i++)
		if (connection->prepared[i] == statement)
			return true;
	return false;
}

static void
expect(struct exchange *exchange, const struct statement *statement,
	bool is_prepare)
{
	exchange->expected[exchange->n++] =
		(struct expected){statement, is_prepare};
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
	int n = (int)statement->n;

	for (size_t i = 0; i < statement->n; i++)
		values[i] = plan_value(
			plan, &statement->placeholders[i], scratch[i]);
	if (!prepare) {
		expect(exchange, statement, false);
		return pq->PQsendQueryParams(pg, statement->sql, n, NULL,
			       values, NULL, NULL, 0) == 1;
	}
	if (!is_prepared(exchange->connection, statement)) {
		if (pq->PQsendPrepare(
			    pg, statement->name, statement->sql, n, NULL) != 1)
			return false;
		expect(exchange, statement, true);
	}
	expect(exchange, statement, false);
	return pq->PQsendQueryPrepared(
		       pg, statement->name, n, values, NULL, NULL, 0) == 1;
}

static bool
send_plan(struct exchange *exchange, const struct plan *plan, bool prepare)
{
	for (size_t i = 0; i < plan->n; i++)
		if (!send_statement(
			    exchange, plan->statements[i], plan, prepare))
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
		long long left = exchange->deadline - milliseconds();

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
	const char *state = pq->PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text =
		pq->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (pq->PQresultStatus(result) != PGRES_FATAL_ERROR ||
		exchange->sqlstate[0] != '\0')
		return;
	(void)snprintf(exchange->sqlstate, sizeof exchange->sqlstate, "%s",
		state != NULL ? state : "08006");
	(void)err_reason(exchange->reason, ERR_DATABASE,
		"statement \"%s\" failed: %s (SQLSTATE %s)", statement->name,
		text != NULL ? text : "the connection was lost",
		exchange->sqlstate);
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
	exchange->pq->PQclear(result);
	taken = get_result(exchange, &end) && end == NULL;
	exchange->pq->PQclear(end);
	return taken;
}

/* The answer to Sync: the transaction has ended. */
static bool
take_sync(struct exchange *exchange)
{
	PGresult *result;
	bool synced;

	if (!get_result(exchange, &result) || result == NULL)
		return false;
	synced = exchange->pq->PQresultStatus(result) == PGRES_PIPELINE_SYNC;
	exchange->pq->PQclear(result);
	return synced;
}

static bool
talk(struct exchange *exchange, const struct plan *plan, bool prepare)
{
	if (!send_plan(exchange, plan, prepare) || !flush(exchange))
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

/* Sends the plan once on a connection that is ready. */
static enum err
run_once(struct exchange *exchange, const struct plan *plan, bool prepare)
{
	exchange->deadline = milliseconds() + PLAN_MILLISECONDS;
	if (talk(exchange, plan, prepare))
		return exchange->sqlstate[0] == '\0'
			       ? ERR_OK
			       : judge(exchange->sqlstate);
	exchange->lost = true;
	if (exchange->sqlstate[0] != '\0')
		return judge(exchange->sqlstate);
	if (milliseconds() >= exchange->deadline)
		return err_reason(exchange->reason, ERR_DATABASE,
			"the database did not answer within %d ms",
			PLAN_MILLISECONDS);
	return explain(exchange->reason, ERR_DATABASE,
		"the connection to the database was lost",
		exchange->pq->PQerrorMessage(exchange->connection->pg));
}

/* Whether a second attempt may do what the first did not. */
static bool
is_worth_another(const struct exchange *exchange)
{
	bool timed_out = milliseconds() >= exchange->deadline;

	return (exchange->lost && !timed_out) ||
	       strncmp(exchange->sqlstate, "40", 2) == 0;
}

enum err
store_run(struct store *store, const struct store_database *database,
	const struct plan *plan, struct reason *reason)
{
	enum err err = libpq_load(&store->pq, reason);

	for (int attempt = 0; err == ERR_OK; attempt++) {
		struct exchange exchange = {.pq = store->pq, .reason = reason};

		err = get_connection(
			store, database, &exchange.connection, reason);
		if (err != ERR_OK)
			return err;
		err = run_once(&exchange, plan, database->prepare);
		if (exchange.lost)
			disconnect(store->pq, exchange.connection);
		if (err == ERR_OK || attempt + 1 >= ATTEMPTS ||
			!is_worth_another(&exchange))
			return err;
		err = ERR_OK;
	}
	return err;
}
