#include "config.h"

#include "store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "connection.h"

/* Databases that one process keeps connections to. */
#define PLACES 4

/* Times that plans are sent. */
#define ATTEMPTS 2

/* How long a database counts as away that did not answer in time. */
#define AWAY_MILLISECONDS 1000

/* After how long a connection that nobody uses is closed. */
#define IDLE_MILLISECONDS 30000

/* A job on its way; it lies on the stack of the thread that waits for it. */
struct waiting {
	struct store_job *job;
	struct waiting *next;
	long long deadline; /* by connection_clock */
	bool done;
	bool taken; /* by whoever sends */
};

/* One database: its connection, and the jobs that wait for it. */
struct place {
	char key[DIGEST_SHA256_HEX]; /* of the connection string */
	bool prepare;
	struct connection *connection;
	struct waiting *first; /* in order of arrival */
	bool is_sending;       /* one thread sends for all that wait */
	size_t n_users;        /* threads that are in store_run_all */
	long long used;        /* when it was last, by connection_clock */
	bool is_unreachable;   /* the last time there was no connection */
	long long away_until;
	struct reason why; /* it is away */
};

struct store {
	char name[64]; /* application_name */
	long milliseconds;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct place places[PLACES];
};

enum err
store_new(struct store **out, const char *name, long milliseconds)
{
	struct store *store = calloc(1, sizeof *store);
	pthread_condattr_t attributes;

	*out = NULL;
	if (store == NULL)
		return ERR_MEMORY;
	(void)snprintf(
		store->name, sizeof store->name, "hookswitch-%.40s", name);
	store->milliseconds = milliseconds;
	/* A name server that says nothing would take 10 s, and no time limit
	 * of libpq's ends that.  Before there are threads. */
	(void)setenv("RES_OPTIONS", "timeout:1 attempts:1", 0);
	(void)pthread_mutex_init(&store->mutex, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&store->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	*out = store;
	return ERR_OK;
}

static void
disconnect(struct place *place)
{
	connection_close(place->connection);
	place->connection = NULL;
}

void
store_free(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < PLACES; i++)
		disconnect(&store->places[i]);
	(void)pthread_cond_destroy(&store->changed);
	(void)pthread_mutex_destroy(&store->mutex);
	free(store);
}

/* With the mutex: closes what nobody has used for a while. */
static void
close_idle(struct store *store)
{
	long long now = connection_clock();

	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &store->places[i];

		if (place->n_users == 0 &&
			now - place->used >= IDLE_MILLISECONDS)
			disconnect(place);
	}
}

void
store_idle(struct store *store)
{
	(void)pthread_mutex_lock(&store->mutex);
	close_idle(store);
	(void)pthread_mutex_unlock(&store->mutex);
}

/*
 * The place of a database: its own, or the one that nobody has used for the
 * longest time; NULL if there are only others in use.
 */
static struct place *
find_place(struct store *store, const char *key, bool prepare)
{
	struct place *oldest = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct place *place = &store->places[i];

		if (strcmp(place->key, key) == 0 && place->prepare == prepare)
			return place;
		if (place->n_users == 0 &&
			(oldest == NULL || place->used < oldest->used))
			oldest = place;
	}
	if (oldest == NULL)
		return NULL;
	disconnect(oldest);
	memset(oldest, 0, sizeof *oldest);
	memcpy(oldest->key, key, sizeof oldest->key);
	oldest->prepare = prepare;
	return oldest;
}

/* From now on plans fail at once, until it is time to try again. */
static void
note_away(struct place *place, long long milliseconds, const struct reason *why)
{
	place->away_until = connection_clock() + milliseconds;
	place->why = *why;
}

/* Makes sure that there is a connection, as far as that can be seen. */
static enum err
ready(struct store *store, struct place *place,
	const struct store_database *database, struct reason *reason)
{
	long long start = connection_clock();
	enum err err;

	if (place->connection != NULL &&
		!connection_is_alive(place->connection))
		disconnect(place);
	place->is_unreachable = false;
	if (place->connection != NULL)
		return ERR_OK;
	place->is_unreachable = true;
	if (start < place->away_until)
		return err_reason(reason, ERR_DATABASE, "%s", place->why.text);
	err = connection_open(&place->connection, database->connection,
		store->name, store->milliseconds * 2 / 5, reason);
	place->is_unreachable = err != ERR_OK;
	/*
	 * The longer it took to find out, the longer not to ask again.  One
	 * that refuses at once may be back with the next request.
	 */
	if (err == ERR_DATABASE)
		note_away(place, 5 * (connection_clock() - start), reason);
	return err;
}

/*
 * Whether a second attempt may do what the first did not: after a lost
 * connection, a deadlock, or from a server that has become a standby.
 */
static bool
is_worth_another(const struct store *store,
	const struct connection_result *result, long long deadline)
{
	/* It may have to connect, which no deadline ends. */
	if (connection_clock() >= deadline - store->milliseconds / 2)
		return false;
	return result->lost || strncmp(result->sqlstate, "40", 2) == 0 ||
	       strcmp(result->sqlstate, "25006") == 0;
}

/*
 * Sends plans as one transaction, twice if need be.  *is_late says whether
 * the end of it is not known.
 */
static enum err
send_plans(struct store *store, struct place *place,
	const struct store_database *database, const struct plan *const *plans,
	size_t n, long long deadline, bool *is_late, struct reason *reason)
{
	struct connection_result result;
	enum err err = ERR_DATABASE;

	*is_late = false;
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		err = ready(store, place, database, reason);
		if (err != ERR_OK)
			return err;
		err = connection_run(place->connection, plans, n,
			database->prepare, deadline, &result);
		*is_late = result.lost;
		if (err == ERR_OK)
			return ERR_OK;
		*reason = result.reason;
		if (result.lost || strcmp(result.sqlstate, "25006") == 0)
			disconnect(place);
		if (!is_worth_another(store, &result, deadline))
			break;
	}
	return err;
}

/* Tries each job alone, for as long as there is an answer; whether one came. */
static bool
send_alone(struct store *store, struct place *place,
	const struct store_database *database, struct waiting *const *batch,
	size_t n, long long deadline)
{
	bool is_answered = false;

	for (size_t i = 0; i < n && place->connection != NULL; i++) {
		struct store_job *job = batch[i]->job;

		job->err = send_plans(store, place, database, &job->plan, 1,
			deadline, &job->is_late, &job->reason);
		is_answered = is_answered || !job->is_late;
	}
	return is_answered;
}

/*
 * Sends jobs together; where the database does not take them so, each alone,
 * since one that fails must not fail the others.
 */
static void
send_jobs(struct store *store, struct place *place,
	const struct store_database *database, struct waiting *const *batch,
	size_t n)
{
	const struct plan *plans[STORE_BATCH];
	long long deadline = batch[0]->deadline;
	struct reason reason = {""};
	bool is_late, is_answered;
	enum err err;

	for (size_t i = 0; i < n; i++) {
		plans[i] = batch[i]->job->plan;
		if (batch[i]->deadline < deadline)
			deadline = batch[i]->deadline;
	}
	err = send_plans(
		store, place, database, plans, n, deadline, &is_late, &reason);
	for (size_t i = 0; i < n; i++) {
		batch[i]->job->err = err;
		/* Which of several it was is found out when each is alone. */
		batch[i]->job->is_late = err != ERR_OK && (is_late || n > 1);
		batch[i]->job->reason = reason;
	}
	is_answered = !is_late;
	if (err != ERR_OK && n > 1 &&
		send_alone(store, place, database, batch, n, deadline))
		is_answered = true;
	if (!is_answered && connection_clock() >= deadline)
		note_away(place, AWAY_MILLISECONDS, &reason);
	for (size_t i = 0; i < n; i++)
		batch[i]->job->is_away =
			batch[i]->job->err != ERR_OK && place->is_unreachable;
}

/*
 * The order in which plans go out: two processes that send the same rows in
 * different orders would wait for each other.
 */
static int
compare_plans(const void *left, const void *right)
{
	const struct plan *a = (*(struct waiting *const *)left)->job->plan;
	const struct plan *b = (*(struct waiting *const *)right)->job->plan;
	const char *a_sid = a->facts[FACT_SUBJECT_SID];
	const char *b_sid = b->facts[FACT_SUBJECT_SID];
	int order =
		strcmp(a_sid != NULL ? a_sid : "", b_sid != NULL ? b_sid : "");

	return order != 0 ? order : strcmp(a->event_key, b->event_key);
}

/* Takes what waits, as much as one transaction may hold, in order. */
static size_t
take_batch(struct place *place, struct waiting **batch)
{
	size_t n = 0;

	while (place->first != NULL && n < STORE_BATCH) {
		struct waiting *waiting = place->first;

		place->first = waiting->next;
		waiting->taken = true;
		batch[n++] = waiting;
	}
	qsort(batch, n, sizeof batch[0], compare_plans);
	return n;
}

/* Sends for all that wait.  With the mutex, which is let go meanwhile. */
static void
lead(struct store *store, struct place *place,
	const struct store_database *database)
{
	struct waiting *batch[STORE_BATCH];
	size_t n = take_batch(place, batch);

	place->is_sending = true;
	(void)pthread_mutex_unlock(&store->mutex);
	send_jobs(store, place, database, batch, n);
	(void)pthread_mutex_lock(&store->mutex);
	place->is_sending = false;
	place->used = connection_clock();
	for (size_t i = 0; i < n; i++)
		batch[i]->done = true;
	(void)pthread_cond_broadcast(&store->changed);
}

static void
enqueue(struct place *place, struct waiting *waiting)
{
	struct waiting **end = &place->first;

	while (*end != NULL)
		end = &(*end)->next;
	*end = waiting;
}

/* Takes back the jobs that nobody has begun to send. */
static void
give_up(struct place *place, struct waiting *waiting, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct waiting **at = &place->first;

		if (waiting[i].taken || waiting[i].done)
			continue;
		while (*at != &waiting[i])
			at = &(*at)->next;
		*at = waiting[i].next;
		waiting[i].done = true;
		waiting[i].job->is_late = true;
		waiting[i].job->err = err_reason(&waiting[i].job->reason,
			ERR_DATABASE, "the database did not answer in time");
	}
}

static bool
all_done(const struct waiting *waiting, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!waiting[i].done)
			return false;
	return true;
}

/* With the mutex: waits for a change, until the deadline if it is to come. */
static bool
wait_for_change(struct store *store, long long deadline)
{
	const struct timespec until = {.tv_sec = deadline / 1000,
		.tv_nsec = deadline % 1000 * 1000000};

	return pthread_cond_timedwait(&store->changed, &store->mutex, &until) ==
	       0;
}

/* With the mutex: sends, or waits for whoever does, until all are done. */
static void
wait_for_all(struct store *store, struct place *place,
	const struct store_database *database, struct waiting *waiting,
	size_t n)
{
	bool given_up = false;

	while (!all_done(waiting, n)) {
		if (!place->is_sending) {
			lead(store, place, database);
		} else if (given_up) {
			/* What is being sent will be done with soon. */
			(void)pthread_cond_wait(&store->changed, &store->mutex);
		} else if (!wait_for_change(store, waiting[0].deadline)) {
			give_up(place, waiting, n);
			given_up = true;
		}
	}
}

static void
fail_all(struct store_job *jobs, size_t n, enum err err, const char *why)
{
	for (size_t i = 0; i < n; i++) {
		jobs[i].is_away = true;
		jobs[i].err = err_reason(&jobs[i].reason, err, "%s", why);
	}
}

void
store_run_all(struct store *store, const struct store_database *database,
	struct store_job *jobs, size_t n)
{
	struct waiting waiting[STORE_BATCH];
	char key[DIGEST_SHA256_HEX];
	struct place *place;

	if (digest_sha256(database->connection, strlen(database->connection),
		    key) != ERR_OK) {
		fail_all(jobs, n, ERR_MEMORY, "out of memory");
		return;
	}
	(void)pthread_mutex_lock(&store->mutex);
	place = find_place(store, key, database->prepare);
	if (place == NULL) {
		fail_all(jobs, n, ERR_DATABASE,
			"too many databases are in use at a time");
		goto out;
	}
	place->n_users++;
	memset(waiting, 0, sizeof waiting);
	for (size_t i = 0; i < n && i < STORE_BATCH; i++) {
		waiting[i].job = &jobs[i];
		waiting[i].deadline = connection_clock() + store->milliseconds;
		enqueue(place, &waiting[i]);
	}
	wait_for_all(store, place, database, waiting, n);
	place->n_users--;
	place->used = connection_clock();
	close_idle(store);
out:
	(void)pthread_mutex_unlock(&store->mutex);
}

enum err
store_run(struct store *store, const struct store_database *database,
	const struct plan *plan, struct reason *reason)
{
	struct store_job job = {.plan = plan, .err = ERR_DATABASE};

	store_run_all(store, database, &job, 1);
	*reason = job.reason;
	return job.err;
}
