#include "config.h"

#include "store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "connection.h"
#include "limit.h"

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
	pthread_cond_t *changed; /* for that thread, of the store's */
	long long deadline;      /* by clock_milliseconds */
	bool done;
	bool taken; /* into the batch */
	bool leads; /* that thread sees to its batch */
};

/* Jobs that go out as one transaction. */
struct batch {
	struct waiting *waiting[STORE_BATCH];
	size_t n;
	bool is_sent;
};

/* One database: its connection, and the jobs that wait for it. */
struct place {
	char key[DIGEST_SHA256_HEX]; /* of the connection string */
	bool prepare;
	struct connection *connection;
	struct waiting *first; /* in order of arrival */
	struct batch batch;    /* that the database works on */
	bool is_sending;       /* one thread sends for all that wait */
	size_t n_users;        /* threads that are in store_run_all */
	long long used;        /* when it was last, by clock_milliseconds */
	bool is_unreachable;   /* the last time there was no connection */
	long long away_until;
	struct reason why; /* it is away */
};

struct store {
	char name[64]; /* application_name */
	long milliseconds;
	pthread_mutex_t mutex;
	struct place places[PLACES];
	/*
	 * One for each thread that waits, in turn: to wake all who wait, with
	 * each transaction, would take more of the processor than the rest of
	 * what they do.  Not on their stacks, since they are woken when the
	 * mutex is free, and may have left by then.  Should two have the same,
	 * each looks whether it was meant.
	 */
	pthread_cond_t changed[LIMIT_THREADS];
	size_t next_changed;
};

enum err
store_new(struct store **out, const char *name, long milliseconds)
{
	struct store *store = calloc(1, sizeof *store);

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
	for (size_t i = 0; i < LIMIT_THREADS; i++)
		clock_condition(&store->changed[i]);
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
	for (size_t i = 0; i < LIMIT_THREADS; i++)
		(void)pthread_cond_destroy(&store->changed[i]);
	(void)pthread_mutex_destroy(&store->mutex);
	free(store);
}

/* With the mutex: closes what nobody has used for a while. */
static void
close_idle(struct store *store)
{
	long long now = clock_milliseconds();

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
	place->away_until = clock_milliseconds() + milliseconds;
	place->why = *why;
}

/* Makes sure that there is a connection, as far as that can be seen. */
static enum err
ready(struct store *store, struct place *place,
	const struct store_database *database, struct reason *reason)
{
	long long start = clock_milliseconds();
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
		note_away(place, 5 * (clock_milliseconds() - start), reason);
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
	if (clock_milliseconds() >= deadline - store->milliseconds / 2)
		return false;
	return result->lost || strncmp(result->sqlstate, "40", 2) == 0 ||
	       strcmp(result->sqlstate, "25006") == 0;
}

/*
 * Sends plans as one transaction, unless they are sent, and again if need be.
 * *result says what became of the last attempt, as connection_receive.
 */
static enum err
send_plans(struct store *store, struct place *place,
	const struct store_database *database, const struct plan *const *plans,
	size_t n, bool is_sent, long long deadline,
	struct connection_result *result)
{
	enum err err = ERR_DATABASE;

	memset(result, 0, sizeof *result);
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (!is_sent) {
			err = ready(store, place, database, &result->reason);
			if (err != ERR_OK)
				return err;
			connection_send(
				place->connection, plans, n, database->prepare);
		}
		is_sent = false;
		err = connection_receive(place->connection, deadline, result);
		if (err == ERR_OK)
			return ERR_OK;
		if (result->lost || strcmp(result->sqlstate, "25006") == 0)
			disconnect(place);
		if (!is_worth_another(store, result, deadline))
			break;
	}
	return err;
}

/* What became of a job. */
static void
tell(struct store_job *job, enum err err,
	const struct connection_result *result)
{
	job->err = err;
	job->is_late = result->lost;
	job->reason = result->reason;
	memcpy(job->sqlstate, result->sqlstate, sizeof job->sqlstate);
}

/* Tries each job alone, for as long as there is an answer; whether one came. */
static bool
send_alone(struct store *store, struct place *place,
	const struct store_database *database, const struct batch *batch,
	long long deadline)
{
	bool is_answered = false;

	for (size_t i = 0; i < batch->n && place->connection != NULL; i++) {
		struct store_job *job = batch->waiting[i]->job;
		struct connection_result result;
		enum err err = send_plans(store, place, database, &job->plan, 1,
			false, deadline, &result);

		tell(job, err, &result);
		is_answered = is_answered || !job->is_late;
	}
	return is_answered;
}

static void
list_plans(const struct batch *batch, const struct plan **plans)
{
	for (size_t i = 0; i < batch->n; i++)
		plans[i] = batch->waiting[i]->job->plan;
}

/* The first of them to come. */
static long long
batch_deadline(const struct batch *batch)
{
	long long deadline = batch->waiting[0]->deadline;

	for (size_t i = 1; i < batch->n; i++)
		if (batch->waiting[i]->deadline < deadline)
			deadline = batch->waiting[i]->deadline;
	return deadline;
}

/*
 * Has a batch committed together; where the database does not take it so, each
 * job alone, since one that fails must not fail the others.
 */
static enum err
run_batch(struct store *store, struct place *place,
	const struct store_database *database, const struct batch *batch)
{
	const struct plan *plans[STORE_BATCH];
	long long deadline = batch_deadline(batch);
	size_t n = batch->n;
	struct connection_result result;
	bool is_answered;
	enum err err;

	list_plans(batch, plans);
	err = send_plans(store, place, database, plans, n, batch->is_sent,
		deadline, &result);
	for (size_t i = 0; i < n; i++) {
		struct store_job *job = batch->waiting[i]->job;

		tell(job, err, &result);
		/* Which of several it was is found out when each is alone. */
		job->is_late = err != ERR_OK && (result.lost || n > 1);
	}
	is_answered = !result.lost;
	if (err != ERR_OK && n > 1 &&
		send_alone(store, place, database, batch, deadline))
		is_answered = true;
	if (!is_answered && clock_milliseconds() >= deadline)
		note_away(place, AWAY_MILLISECONDS, &result.reason);
	for (size_t i = 0; i < n; i++) {
		struct store_job *job = batch->waiting[i]->job;

		job->is_away = job->err != ERR_OK && place->is_unreachable;
	}
	return err;
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
static void
take_batch(struct place *place)
{
	struct batch *batch = &place->batch;

	batch->n = 0;
	batch->is_sent = false;
	while (place->first != NULL && batch->n < STORE_BATCH) {
		struct waiting *waiting = place->first;

		place->first = waiting->next;
		waiting->taken = true;
		batch->waiting[batch->n++] = waiting;
	}
	qsort(batch->waiting, batch->n, sizeof batch->waiting[0],
		compare_plans);
}

/*
 * Has the next batch on its way before anybody is woken, so that the database
 * does not wait for that.  Not after a failure: to connect takes time, and
 * those who have their answer would wait for it.
 */
static void
send_next(struct place *place, enum err last)
{
	const struct plan *plans[STORE_BATCH];
	struct batch *batch = &place->batch;

	if (batch->n == 0 || last != ERR_OK)
		return;
	list_plans(batch, plans);
	connection_send(place->connection, plans, batch->n, place->prepare);
	batch->is_sent = true;
}

/* Without the mutex, for which those who are woken would wait again. */
static void
wake(pthread_cond_t *const *changed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)pthread_cond_broadcast(changed[i]);
}

/*
 * Sees to a batch, the one that is under way or what waits now; then to it that
 * the next one has somebody.  With the mutex, which is let go meanwhile.
 */
static void
lead(struct store *store, struct place *place,
	const struct store_database *database)
{
	pthread_cond_t *changed[STORE_BATCH + 1];
	struct batch batch;
	size_t n_changed = 0;
	enum err err;

	if (!place->is_sending)
		take_batch(place);
	place->is_sending = true;
	batch = place->batch;
	(void)pthread_mutex_unlock(&store->mutex);
	err = run_batch(store, place, database, &batch);
	(void)pthread_mutex_lock(&store->mutex);
	take_batch(place);
	(void)pthread_mutex_unlock(&store->mutex);
	send_next(place, err);
	(void)pthread_mutex_lock(&store->mutex);
	place->is_sending = place->batch.n > 0;
	place->used = clock_milliseconds();
	for (size_t i = 0; i < batch.n; i++) {
		batch.waiting[i]->done = true;
		changed[n_changed++] = batch.waiting[i]->changed;
	}
	if (place->is_sending) {
		place->batch.waiting[0]->leads = true;
		changed[n_changed++] = place->batch.waiting[0]->changed;
	}
	(void)pthread_mutex_unlock(&store->mutex);
	wake(changed, n_changed);
	(void)pthread_mutex_lock(&store->mutex);
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

/* Whether it is this thread's turn; it is told only once. */
static bool
has_turn(const struct place *place, struct waiting *waiting, size_t n)
{
	bool leads = !place->is_sending;

	for (size_t i = 0; i < n; i++) {
		leads = leads || waiting[i].leads;
		waiting[i].leads = false;
	}
	return leads;
}

/* With the mutex: sends, or waits for whoever does, until all are done. */
static void
wait_for_all(struct store *store, struct place *place,
	const struct store_database *database, struct waiting *waiting,
	size_t n)
{
	bool given_up = false;

	while (!all_done(waiting, n)) {
		if (has_turn(place, waiting, n)) {
			lead(store, place, database);
		} else if (given_up) {
			/* What is being sent will be done with soon. */
			(void)pthread_cond_wait(
				waiting[0].changed, &store->mutex);
		} else if (!clock_wait(waiting[0].changed, &store->mutex,
				   waiting[0].deadline)) {
			give_up(place, waiting, n);
			given_up = true;
		}
	}
	/* Whoever leaves sees to it that somebody sends for those who stay. */
	if (!place->is_sending && place->first != NULL)
		(void)pthread_cond_broadcast(place->first->changed);
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
	pthread_cond_t *changed;
	struct place *place;

	digest_sha256(database->connection, strlen(database->connection), key);
	(void)pthread_mutex_lock(&store->mutex);
	place = find_place(store, key, database->prepare);
	if (place == NULL) {
		fail_all(jobs, n, ERR_DATABASE,
			"too many databases are in use at a time");
		goto out;
	}
	place->n_users++;
	changed = &store->changed[store->next_changed++ % LIMIT_THREADS];
	memset(waiting, 0, sizeof waiting);
	for (size_t i = 0; i < n && i < STORE_BATCH; i++) {
		waiting[i].job = &jobs[i];
		waiting[i].changed = changed;
		waiting[i].deadline =
			clock_milliseconds() + store->milliseconds;
		enqueue(place, &waiting[i]);
	}
	wait_for_all(store, place, database, waiting, n);
	place->n_users--;
	place->used = clock_milliseconds();
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
