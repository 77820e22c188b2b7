#include "config.h"

#include "database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "interrupt.h"
#include "libpq.h"
#include "wording.h"

/* The server's words, with its hint. */
#define ERROR_WORDS 400

struct database {
	const struct libpq *pq;
	PGconn *pg;
	int patience; /* milliseconds for a query; 0: no limit */
	bool is_late; /* a result is still to come */
	char sqlstate[6];
	char words[ERROR_WORDS];
};

struct database_result {
	const struct libpq *pq;
	PGresult *pg;
};

/* What the server says beside the answer is not for whoever calls. */
static void
ignore_notice(void *context, const PGresult *notice)
{
	(void)context;
	(void)notice;
}

enum err
database_open(struct database **out, const struct settings *settings,
	const char *name, struct reason *reason)
{
	struct database *database = calloc(1, sizeof *database);
	const char *string;
	char application[64];
	enum err err;

	*out = NULL;
	if (database == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	(void)snprintf(application, sizeof application, "hookswitch-%s", name);
	err = settings_require(settings, SETTING_DATABASE, &string, reason);
	if (err == ERR_OK)
		err = libpq_load(&database->pq, reason);
	if (err == ERR_OK)
		err = libpq_connect(database->pq, &database->pg, string,
			application, reason);
	if (err != ERR_OK) {
		database_close(database);
		return err;
	}
	(void)database->pq->PQsetNoticeReceiver(
		database->pg, ignore_notice, NULL);
	*out = database;
	return ERR_OK;
}

void
database_hurry(struct database *database, int milliseconds)
{
	database->patience = milliseconds;
}

void
database_close(struct database *database)
{
	if (database == NULL)
		return;
	if (database->pg != NULL)
		database->pq->PQfinish(database->pg);
	free(database);
}

/* The server's words as one line: its message, and its hint if there is one. */
static void
keep_words(struct database *database, const PGresult *result)
{
	const struct libpq *pq = database->pq;
	const char *text =
		pq->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = pq->PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	char *words = database->words;

	if (text == NULL)
		text = pq->PQerrorMessage(database->pg);
	/* A hint is a sentence. */
	if (hint != NULL && hint[0] != '\0')
		(void)snprintf(words, ERROR_WORDS, "%s; %c%s", text,
			wording_first(hint), hint + 1);
	else
		(void)snprintf(words, ERROR_WORDS, "%s", text);
	words[strcspn(words, "\n")] = '\0';
	if (hint != NULL && words[0] != '\0' && words[strlen(words) - 1] == '.')
		words[strlen(words) - 1] = '\0';
}

/* What is not there an older release did not have, or nobody installed it. */
static bool
is_missing(const char *state)
{
	static const char *const states[] = {
		"3F000", "42703", "42883", "42P01"};

	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

static enum err
explain(struct database *database, const PGresult *result,
	const struct statement *query, struct reason *reason)
{
	const char *state =
		database->pq->PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (database->is_late)
		return err_reason(reason, ERR_DATABASE,
			"query \"%s\" failed: the server has not answered in "
			"%d ms",
			query->name, database->patience);
	(void)snprintf(database->sqlstate, sizeof database->sqlstate, "%s",
		state != NULL ? state : "");
	keep_words(database, result);
	return err_reason(reason, ERR_DATABASE, "query \"%s\" failed: %s%s",
		query->name, database->words,
		is_missing(database->sqlstate) ? "; run \"hookswitch migrate\""
					       : "");
}

/* The value of a placeholder; one that nobody gave is NULL. */
static const char *
find(const struct database_value *values, const char *name)
{
	for (; values != NULL && values->name != NULL; values++)
		if (strcmp(values->name, name) == 0)
			return values->text;
	return NULL;
}

static long long
clock_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Whether a result can be fetched without waiting; false after the deadline, or
 * a signal.
 */
static bool
is_ready(const struct database *database, long long deadline)
{
	const struct libpq *pq = database->pq;
	int fd = pq->PQsocket(database->pg);

	while (pq->PQisBusy(database->pg)) {
		long long left = deadline - clock_milliseconds();

		if (left <= 0 || !interrupt_wait_for(fd, (int)left))
			return false;
		if (pq->PQconsumeInput(database->pg) != 1)
			return true; /* the connection is gone, which is one */
	}
	return true;
}

/* As PQexecParams, but not for longer than the patience lasts. */
static PGresult *
exec_in_time(struct database *database, const struct statement *query,
	const char *const *texts)
{
	const struct libpq *pq = database->pq;
	long long deadline = clock_milliseconds() + database->patience;
	PGresult *last = NULL, *next = NULL;

	if (database->is_late ||
		pq->PQsendQueryParams(database->pg, query->sql, (int)query->n,
			NULL, texts, NULL, NULL, 0) != 1)
		return NULL;
	do {
		if (!is_ready(database, deadline)) {
			database->is_late = true;
			break;
		}
		next = pq->PQgetResult(database->pg);
		if (next != NULL) {
			pq->PQclear(last);
			last = next;
		}
	} while (next != NULL);
	if (!database->is_late)
		return last;
	pq->PQclear(last);
	return NULL;
}

static PGresult *
exec(struct database *database, const struct statement *query,
	const char *const *texts)
{
	if (database->patience > 0)
		return exec_in_time(database, query, texts);
	return database->pq->PQexecParams(database->pg, query->sql,
		(int)query->n, NULL, texts, NULL, NULL, 0);
}

enum err
database_run(struct database *database, const struct statement *query,
	const struct database_value *values, struct database_result **out,
	struct reason *reason)
{
	const struct libpq *pq = database->pq;
	const char *texts[STATEMENT_PLACEHOLDERS];
	struct database_result *result;
	ExecStatusType status;
	enum err err = ERR_OK;

	if (out != NULL)
		*out = NULL;
	database->sqlstate[0] = '\0';
	result = calloc(1, sizeof *result);
	if (result == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < query->n; i++)
		texts[i] = find(values, query->placeholders[i].name);
	result->pq = pq;
	result->pg = exec(database, query, texts);
	status = pq->PQresultStatus(result->pg);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		err = explain(database, result->pg, query, reason);
	if (err != ERR_OK || out == NULL)
		database_result_free(result);
	else
		*out = result;
	return err;
}

enum err
database_begin(struct database *database, struct reason *reason)
{
	static const struct statement begin = {.name = "begin", .sql = "BEGIN"};

	return database_run(database, &begin, NULL, NULL, reason);
}

enum err
database_commit(struct database *database, struct reason *reason)
{
	static const struct statement commit = {
		.name = "commit", .sql = "COMMIT"};

	return database_run(database, &commit, NULL, NULL, reason);
}

enum err
database_ask(struct database *database, const struct statement *query,
	unsigned milliseconds, struct database_result **out,
	struct reason *reason)
{
	static const struct placeholder placeholders[] = {
		{"milliseconds", SQL_TEXT, 0}
        };
	/* For this transaction: behind a pooler it would stay for others. */
	static const struct statement limit = {.name = "limit",
		.sql = "SELECT pg_catalog.set_config('statement_timeout', "
		       "$1::text, true)",
		.placeholders = placeholders,
		.n = 1};
	char text[16], sqlstate[sizeof database->sqlstate];
	const struct database_value values[] = {
		{"milliseconds", text},
                {NULL,           NULL}
        };
	enum err err;

	*out = NULL;
	(void)snprintf(text, sizeof text, "%u", milliseconds);
	err = database_begin(database, reason);
	if (err == ERR_OK)
		err = database_run(database, &limit, values, NULL, reason);
	if (err == ERR_OK)
		err = database_run(database, query, NULL, out, reason);
	/* What is committed is nothing; how it failed is known already. */
	memcpy(sqlstate, database->sqlstate, sizeof sqlstate);
	(void)!database_commit(database, NULL);
	memcpy(database->sqlstate, sqlstate, sizeof sqlstate);
	return err;
}

const char *
database_sqlstate(const struct database *database)
{
	return database->sqlstate;
}

bool
database_refused_value(const struct database *database)
{
	return database != NULL && strncmp(database->sqlstate, "22", 2) == 0;
}

const char *
database_words(const struct database *database)
{
	return database->words;
}

bool
database_has_tls(const struct database *database)
{
	return database->pq->PQsslInUse(database->pg) == 1;
}

int
database_server_version(const struct database *database)
{
	return database->pq->PQserverVersion(database->pg);
}

const char *
database_host(const struct database *database)
{
	const char *host = database->pq->PQhost(database->pg);

	return host != NULL ? host : "";
}

/* One option of the connection, as it was used. */
static enum err
export_option(const PQconninfoOption *option, struct reason *reason)
{
	bool is_secret = strchr(option->dispchar, '*') != NULL;
	/* What a service says is among the others, and would win over them. */
	bool is_set = option->val != NULL && option->val[0] != '\0' &&
		      strcmp(option->keyword, "service") != 0;
	int failed = 0;

	if (option->envvar != NULL && is_set)
		failed = setenv(option->envvar, option->val, 1);
	else if (option->envvar != NULL)
		failed = unsetenv(option->envvar);
	else if (is_set && is_secret)
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_DATABASE\" has \"%s\", which "
			"cannot be handed on to another program",
			option->keyword);
	if (failed != 0)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	return ERR_OK;
}

enum err
database_export(const struct database *database, struct reason *reason)
{
	PQconninfoOption *options = database->pq->PQconninfo(database->pg);
	enum err err = ERR_OK;

	if (options == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	for (const PQconninfoOption *option = options;
		err == ERR_OK && option->keyword != NULL; option++)
		err = export_option(option, reason);
	database->pq->PQconninfoFree(options);
	return err;
}

void
database_result_free(struct database_result *result)
{
	if (result == NULL)
		return;
	result->pq->PQclear(result->pg);
	free(result);
}

size_t
database_rows(const struct database_result *result)
{
	return (size_t)result->pq->PQntuples(result->pg);
}

unsigned long long
database_written(const struct database_result *result)
{
	return strtoull(result->pq->PQcmdTuples(result->pg), NULL, 10);
}

const char *
database_text(const struct database_result *result, size_t row, int column)
{
	return result->pq->PQgetvalue(result->pg, (int)row, column);
}

bool
database_is_null(const struct database_result *result, size_t row, int column)
{
	return result->pq->PQgetisnull(result->pg, (int)row, column) == 1;
}
