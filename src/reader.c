#include "config.h"

#include "reader.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "digest.h"
#include "pipeline.h"

/* Databases that one reader keeps connections to. */
#define PLACES 4

/* Times that a read is sent. */
#define ATTEMPTS 2

/* After how long a connection that nobody uses is closed. */
#define IDLE_MILLISECONDS 30000

/*
 * For the transaction, so that nothing is left behind in a pooler's session.
 * Just-in-time compilation would take longer than any of the reads.
 */
#define SET_LIMITS                                                             \
	"SELECT pg_catalog.set_config(setting.name, setting.value, true) "     \
	"FROM (VALUES ('transaction_read_only', 'on'), "                       \
	"('statement_timeout', $1), ('lock_timeout', $1), "                    \
	"('TimeZone', 'UTC'), ('DateStyle', 'ISO'), ('jit', 'off'), "          \
	"('search_path', 'pg_catalog')) AS setting (name, value)"

/* One database and the connection to it. */
struct place {
	char key[DIGEST_SHA256_HEX]; /* of the connection string */
	struct pipeline pipeline;    /* pg is NULL if there is none */
	bool is_busy;                /* somebody reads */
	size_t n_users;              /* who read, or wait for it */
	long long used;              /* when it was last */
	long long away_until;
	struct reason why; /* it is away */
};

struct reader {
	char name[64];     /* application_name */
	char patience[24]; /* of the server, in milliseconds */
	long milliseconds;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct place places[PLACES];
};

/* One read on its way. */
struct reading {
	struct reader *reader;
	struct place *place;
	const char *connection;
	const struct statement *statement;
	const struct reader_value *values;
	long long deadline;
	const struct libpq *pq;
	PGresult *result;
	char sqlstate[6]; /* of the first error; "" if there is none */
	struct reason *reason;
};

struct reader_result {
	const struct libpq *pq;
	PGresult *pg;
};

enum err
reader_new(struct reader **out, const char *name, long milliseconds)
{
	struct reader *reader = calloc(1, sizeof *reader);

	*out = NULL;
	if (reader == NULL)
		return ERR_MEMORY;
	(void)snprintf(
		reader->name, sizeof reader->name, "hookswitch-%.40s", name);
	(void)snprintf(reader->patience, sizeof reader->patience, "%ld",
		milliseconds * 4 / 5);
	reader->milliseconds = milliseconds;
	(void)pthread_mutex_init(&reader->mutex, NULL);
	clock_condition(&reader->changed);
	*out = reader;
	return ERR_OK;
}

void
reader_free(struct reader *reader)
{
	if (reader == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		pipeline_close(&reader->places[i].pipeline);
	(void)pthread_cond_destroy(&reader->changed);
	(void)pthread_mutex_destroy(&reader->mutex);
	free(reader);
}

/* With the mutex: closes what nobody has used for a while. */
static void
close_idle(struct reader *reader)
{
	long long now = clock_milliseconds();

	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &reader->places[i];

		if (place->n_users == 0 &&
			now - place->used >= IDLE_MILLISECONDS)
			pipeline_close(&place->pipeline);
	}
}

void
reader_idle(struct reader *reader)
{
	(void)pthread_mutex_lock(&reader->mutex);
	close_idle(reader);
	(void)pthread_mutex_unlock(&reader->mutex);
}

/*
 * With the mutex: the place of a database: its own, or the one that nobody has
 * used for the longest time; NULL if there are only others in use.
 */
static struct place *
find_place(struct reader *reader, const char *key)
{
	struct place *oldest = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &reader->places[i];

		if (strcmp(place->key, key) == 0)
			return place;
		if (place->n_users == 0 &&
			(oldest == NULL || place->used < oldest->used))
			oldest = place;
	}
	if (oldest == NULL)
		return NULL;
	pipeline_close(&oldest->pipeline);
	memset(oldest, 0, sizeof *oldest);
	memcpy(oldest->key, key, sizeof oldest->key);
	return oldest;
}

/* Makes sure that there is a connection, as far as that can be seen. */
static enum err
ready(struct reading *reading)
{
	struct place *place = reading->place;
	struct pipeline *pipeline = &place->pipeline;
	long long start = clock_milliseconds();
	enum err err;

	if (pipeline->pg != NULL && pipeline_is_alive(pipeline))
		return ERR_OK;
	pipeline_close(pipeline);
	if (start < place->away_until)
		return err_reason(
			reading->reason, ERR_DATABASE, "%s", place->why.text);
	err = pipeline_open(pipeline, reading->connection,
		reading->reader->name, reading->reason);
	if (err == ERR_OK)
		return ERR_OK;
	pipeline_close(pipeline);
	/* The longer it took to find out, the longer not to ask again. */
	place->away_until = 6 * clock_milliseconds() - 5 * start;
	place->why = *reading->reason;
	return err;
}

static const char *
find_value(const struct reader_value *values, const char *name)
{
	for (; values->name != NULL; values++)
		if (strcmp(values->name, name) == 0)
			return values->text;
	return NULL;
}

static bool
send_read(const struct reading *reading)
{
	const struct pipeline *pipeline = &reading->place->pipeline;
	const struct libpq *pq = pipeline->pq;
	const struct statement *statement = reading->statement;
	const char *const limits[] = {reading->reader->patience};
	const char *values[STATEMENT_PLACEHOLDERS];
	char scratch[STATEMENT_PLACEHOLDERS][STATEMENT_VALUE_SIZE];

	for (size_t i = 0; i < statement->n; i++) {
		const struct placeholder *placeholder =
			&statement->placeholders[i];

		values[i] = statement_value(placeholder,
			find_value(reading->values, placeholder->name),
			scratch[i]);
	}
	return pq->PQsendQueryParams(pipeline->pg, SET_LIMITS, 1, NULL, limits,
		       NULL, NULL, 0) == 1 &&
	       pq->PQsendQueryParams(pipeline->pg, statement->sql,
		       (int)statement->n, NULL, values, NULL, NULL, 0) == 1 &&
	       pq->PQpipelineSync(pipeline->pg) == 1 &&
	       pipeline_flush(pipeline);
}

/* Keeps the first error of the transaction; what follows are its aborts. */
static void
note_error(struct reading *reading, const PGresult *result)
{
	const struct libpq *pq = reading->place->pipeline.pq;
	const char *state = pq->PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text =
		pq->PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (reading->sqlstate[0] != '\0')
		return;
	(void)snprintf(reading->sqlstate, sizeof reading->sqlstate, "%s",
		state != NULL ? state : "08006");
	(void)err_reason(reading->reason, ERR_DATABASE,
		"read \"%s\" failed: %s (SQLSTATE %s)",
		reading->statement->name,
		text != NULL ? text : "the connection was lost",
		reading->sqlstate);
}

/* Takes what comes until the transaction has ended; the last rows are it. */
static bool
take_results(struct reading *reading)
{
	const struct pipeline *pipeline = &reading->place->pipeline;
	const struct libpq *pq = pipeline->pq;
	ExecStatusType status = PGRES_EMPTY_QUERY;

	while (status != PGRES_PIPELINE_SYNC) {
		PGresult *result;

		if (!pipeline_result(pipeline, &result))
			return false;
		if (result == NULL) {
			if (pq->PQstatus(pipeline->pg) != CONNECTION_OK)
				return false;
			continue; /* the end of one statement's */
		}
		status = pq->PQresultStatus(result);
		if (status == PGRES_TUPLES_OK) {
			pq->PQclear(reading->result);
			reading->result = result; /* transferred */
			continue;
		}
		if (status == PGRES_FATAL_ERROR)
			note_error(reading, result);
		pq->PQclear(result);
	}
	return true;
}

/* Sends the read once; *is_lost says whether the connection is no more. */
static enum err
exchange(struct reading *reading, bool *is_lost)
{
	struct pipeline *pipeline = &reading->place->pipeline;

	reading->pq = pipeline->pq;
	reading->sqlstate[0] = '\0';
	pipeline->deadline = reading->deadline;
	*is_lost = !send_read(reading) || !take_results(reading);
	if (!*is_lost && reading->sqlstate[0] == '\0')
		return ERR_OK;
	pipeline->pq->PQclear(reading->result);
	reading->result = NULL;
	if (reading->sqlstate[0] == '\0')
		return pipeline_explain(pipeline, reading->reason);
	/* Data that fails each time, and else what may pass. */
	return strncmp(reading->sqlstate, "22", 2) == 0 ? ERR_REJECTED
							: ERR_DATABASE;
}

/* Reads over a connection that is ours, twice if the first one was lost. */
static enum err
attempt(struct reading *reading)
{
	bool is_lost = true;
	enum err err = ERR_DATABASE;

	for (int i = 0; i < ATTEMPTS && is_lost; i++) {
		if (i > 0 && clock_milliseconds() >= reading->deadline)
			break;
		err = ready(reading);
		if (err != ERR_OK)
			break;
		err = exchange(reading, &is_lost);
		if (is_lost)
			pipeline_close(&reading->place->pipeline);
	}
	return err;
}

/* With the mutex, which is let go meanwhile: waits for our turn, and reads. */
static enum err
take_turn(struct reading *reading)
{
	struct reader *reader = reading->reader;
	struct place *place = reading->place;
	enum err err;

	while (place->is_busy)
		if (!clock_wait(&reader->changed, &reader->mutex,
			    reading->deadline))
			return err_reason(reading->reason, ERR_DATABASE,
				"the database is busy with other reads");
	place->is_busy = true;
	(void)pthread_mutex_unlock(&reader->mutex);
	err = attempt(reading);
	(void)pthread_mutex_lock(&reader->mutex);
	place->is_busy = false;
	(void)pthread_cond_broadcast(&reader->changed);
	return err;
}

static enum err
read_in_place(struct reading *reading)
{
	struct reader *reader = reading->reader;
	char key[DIGEST_SHA256_HEX];
	enum err err = ERR_DATABASE;

	digest_sha256(reading->connection, strlen(reading->connection), key);
	(void)pthread_mutex_lock(&reader->mutex);
	reading->place = find_place(reader, key);
	if (reading->place == NULL) {
		(void)err_reason(reading->reason, ERR_DATABASE,
			"too many databases are in use at a time");
	} else {
		reading->place->n_users++;
		err = take_turn(reading);
		reading->place->n_users--;
		reading->place->used = clock_milliseconds();
		close_idle(reader);
	}
	(void)pthread_mutex_unlock(&reader->mutex);
	return err;
}

enum err
reader_run(struct reader *reader, const char *connection,
	const struct statement *read, const struct reader_value *values,
	struct reader_result **out, struct reason *reason)
{
	struct reading reading = {
		.reader = reader,
		.connection = connection,
		.statement = read,
		.values = values,
		.deadline = clock_milliseconds() + reader->milliseconds,
		.reason = reason,
	};
	struct reader_result *result = calloc(1, sizeof *result);
	enum err err;

	*out = NULL;
	if (result == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	err = read_in_place(&reading);
	if (err != ERR_OK) {
		free(result);
		return err;
	}
	result->pq = reading.pq;
	result->pg = reading.result;
	*out = result;
	return ERR_OK;
}

void
reader_result_free(struct reader_result *result)
{
	if (result == NULL)
		return;
	result->pq->PQclear(result->pg);
	free(result);
}

size_t
reader_rows(const struct reader_result *result)
{
	return (size_t)result->pq->PQntuples(result->pg);
}

const char *
reader_text(const struct reader_result *result, size_t row, int column)
{
	return result->pq->PQgetvalue(result->pg, (int)row, column);
}

bool
reader_is_null(const struct reader_result *result, size_t row, int column)
{
	return result->pq->PQgetisnull(result->pg, (int)row, column) == 1;
}
