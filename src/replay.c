#include "config.h"

#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "spool_survey.h"
#include "spool_walk.h"

/* Records that are sent together. */
#define BATCH 32

/* One record on its way into the database. */
struct item {
	struct spool_entry entry;
	struct intake intake;
	struct plan plan;
};

struct batch {
	struct item items[BATCH];
	struct store_job jobs[BATCH];
	size_t n;
	bool is_last; /* others would fare no better */
};

static const struct endpoint *
find_endpoint(const struct replay *replay, const char *name)
{
	for (size_t i = 0; replay->endpoints[i] != NULL; i++)
		if (strcmp(replay->endpoints[i]->name, name) == 0)
			return replay->endpoints[i];
	return NULL;
}

/* Makes the plan that the request's endpoint would have made. */
static enum err
make_plan(struct item *item, const struct endpoint *endpoint,
	struct reason *reason)
{
	const struct spool_record *record = &item->entry.record;
	const struct endpoint *tables =
		endpoint_for(endpoint, &item->intake.form);
	struct spool_text raw =
		record->carrier == CARRIER_QUERY ? record->query : record->body;
	const struct event event = {
		.endpoint = endpoint->name,
		.account_sid = record->account_sid.data,
		.subjects = tables->subjects,
		.received_at = record->received_at,
		.idempotency_token = record->idempotency_token.len > 0
					     ? record->idempotency_token.data
					     : NULL,
		.source = "spool",
		.raw = raw.data,
		.raw_len = raw.len,
		.keep_raw = record->carrier == CARRIER_JSON,
		.n_body = item->intake.n_body,
	};
	enum err err = plan_make(
		&item->plan, &event, &item->intake.form, tables->writes);

	if (err != ERR_OK)
		return err_reason(reason, err, "could not make the plan: %s",
			err_text(err));
	return ERR_OK;
}

static void
free_item(struct item *item)
{
	plan_free(&item->plan);
	intake_free(&item->intake);
	spool_release(&item->entry);
}

/*
 * Makes a record that was claimed ready to be sent.  One that no endpoint
 * here can make a plan of is set aside; *taken says whether it can be sent.
 */
static enum err
prepare(const struct replay *replay, struct spool *spool, struct item *item,
	struct replay_count *count, bool *taken, struct reason *reason)
{
	const struct spool_record *record = &item->entry.record;
	const struct endpoint *endpoint =
		find_endpoint(replay, record->endpoint.data);
	enum err err = ERR_MALFORMED;

	*taken = false;
	memset(&item->plan, 0, sizeof item->plan);
	intake_init(&item->intake);
	if (endpoint == NULL)
		(void)err_reason(reason, err, "there is no endpoint \"%.32s\"",
			record->endpoint.data);
	else
		err = intake_parse(&item->intake, record->carrier,
			record->body.data, record->body.len, record->query.data,
			record->query.len, reason);
	if (err == ERR_OK)
		err = make_plan(item, endpoint, reason);
	if (err == ERR_OK) {
		*taken = true;
		return ERR_OK;
	}
	if (err == ERR_MALFORMED || err == ERR_TOO_LARGE) {
		count->rejected +=
			spool_reject(spool, &item->entry, reason->text);
		err = ERR_OK;
	}
	free_item(item);
	return err;
}

static bool
is_over(const struct replay *replay, long long start)
{
	return replay->milliseconds > 0 &&
	       clock_milliseconds() - start >= replay->milliseconds;
}

/* How many records the next batch may hold. */
static size_t
next_size(const struct replay *replay, const struct replay_count *count,
	long long start)
{
	size_t done = count->stored + count->rejected + count->unreadable;

	if (is_over(replay, start))
		return 0;
	if (replay->most == 0)
		return BATCH;
	if (done >= replay->most)
		return 0;
	return replay->most - done < BATCH ? replay->most - done : BATCH;
}

/* For one record always, unless there are only such as stay. */
static bool
has_time(const struct replay *replay, const struct spool *spool,
	const struct batch *batch, long long start)
{
	return (batch->n == 0 && spool->n_stuck == 0) ||
	       !is_over(replay, start);
}

/*
 * Claims as many records as one transaction shall hold; those that are rejected
 * at sight count too, so that a walk over them ends as well.
 */
static enum err
claim(const struct replay *replay, struct spool *spool, struct batch *batch,
	size_t most, long long start, struct replay_count *count,
	struct reason *reason)
{
	size_t rejected = count->rejected;
	enum err err = ERR_OK;

	batch->n = 0;
	while (err == ERR_OK && has_time(replay, spool, batch, start) &&
		batch->n + count->rejected - rejected < most) {
		struct item *item = &batch->items[batch->n];
		bool taken = false;

		err = spool_next(spool, &item->entry, reason);
		batch->is_last = err != ERR_OK || item->entry.fd < 0;
		if (batch->is_last)
			break;
		err = prepare(replay, spool, item, count, &taken, reason);
		if (taken) {
			memset(&batch->jobs[batch->n], 0,
				sizeof batch->jobs[batch->n]);
			batch->jobs[batch->n].plan = &item->plan;
			batch->n++;
		}
	}
	count->unreadable = spool->n_unreadable;
	batch->is_last = batch->is_last || err != ERR_OK;
	return err;
}

/* What became of one record. */
static enum err
settle(struct spool *spool, struct item *item, const struct store_job *job,
	bool is_alone, struct replay_count *count, struct reason *reason)
{
	if (job->err == ERR_OK) {
		spool_done(spool, &item->entry);
		count->stored++;
		return ERR_OK;
	}
	if (job->err == ERR_REJECTED) {
		count->rejected +=
			spool_reject(spool, &item->entry, job->reason.text);
		return ERR_OK;
	}
	*reason = job->reason;
	/* Of several that were late nobody knows which one was slow. */
	if (!job->is_away && (is_alone || !job->is_late))
		spool_defer(&item->entry);
	return job->err;
}

/*
 * Those that were to go out together with one that took too long have had no
 * time of their own; where there is time for all, they get it.
 */
static void
run_jobs(const struct replay *replay, struct batch *batch)
{
	if (batch->n == 0)
		return;
	store_run_all(replay->store, &replay->database, batch->jobs, batch->n);
	if (batch->n == 1 || replay->milliseconds > 0)
		return;
	for (size_t i = 0; i < batch->n; i++)
		if (batch->jobs[i].is_late)
			store_run_all(replay->store, &replay->database,
				&batch->jobs[i], 1);
}

/* Sends what was claimed; the first failure that stops the replay, if any. */
static enum err
send_batch(const struct replay *replay, struct spool *spool,
	struct batch *batch, struct replay_count *count, struct reason *reason)
{
	enum err err = ERR_OK;

	run_jobs(replay, batch);
	for (size_t i = 0; i < batch->n; i++) {
		struct reason why = {""};
		enum err one = settle(spool, &batch->items[i], &batch->jobs[i],
			batch->n == 1, count, &why);

		if (one != ERR_OK && err == ERR_OK) {
			err = one;
			(void)err_reason(reason, err, "%s", why.text);
		}
		if (batch->jobs[i].is_away ||
			(one != ERR_OK && one != ERR_DATABASE))
			batch->is_last = true;
		free_item(&batch->items[i]);
	}
	return err;
}

/*
 * Batch after batch.  Records that the database does not take now are left
 * for later, and are not in the way of the others.
 */
static enum err
replay_batches(const struct replay *replay, struct spool *spool,
	struct batch *batch, struct replay_count *count, struct reason *reason)
{
	long long start = clock_milliseconds();
	enum err err = ERR_OK, first = ERR_OK;
	size_t most;

	batch->is_last = false;
	while (!batch->is_last &&
		(most = next_size(replay, count, start)) > 0) {
		struct reason why = {""};
		enum err sent;

		err = claim(replay, spool, batch, most, start, count, &why);
		sent = send_batch(replay, spool, batch, count,
			err == ERR_OK ? &why : NULL);
		if (err == ERR_OK)
			err = sent;
		if (first == ERR_OK && err != ERR_OK) {
			first = err;
			*reason = why;
		}
		if (replay->progress != NULL)
			replay->progress(replay->context, count);
	}
	return first;
}

enum err
replay_run(const struct replay *replay, struct replay_count *count,
	struct reason *reason)
{
	struct batch *batch = NULL;
	struct spool spool;
	enum err err;

	memset(count, 0, sizeof *count);
	spool_tidy(replay->spool);
	err = spool_open(&spool, replay->spool, reason);
	spool.most_unreadable = replay->most;
	spool.skips_deferred = replay->most > 0;
	if (err == ERR_OK && spool.new != NULL) {
		batch = malloc(sizeof *batch);
		err = batch != NULL
			      ? replay_batches(
					replay, &spool, batch, count, reason)
			      : err_reason(reason, ERR_MEMORY, "out of memory");
	}
	if (err == ERR_OK && spool.n_stuck > 0)
		err = err_reason(reason, ERR_IO, "%s", spool.stuck.text);
	free(batch);
	spool_close(&spool);
	return err;
}
