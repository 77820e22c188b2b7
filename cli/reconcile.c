#include "config.h"

#include "reconcile.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "intake.h"
#include "json_writer.h"
#include "limit.h"
#include "queries.h"
#include "sid.h"

#define BACKFILL "backfill"

/* Attachments of one message; Twilio takes ten. */
#define MEDIA_MOST "100"

/* What is asked of a page at a time: 1,000 resources of some 100 bytes. */
#define TOLD_MOST (1024 * 1024)

/* One webhook that a resource must have been told by. */
struct candidate {
	const struct resource *resource;
	struct resource_webhook webhook;
	bool is_needed, is_missing;
	char known[LIMIT_SID + 1]; /* status of the row */
	enum reconcile_outcome outcome;
	struct reason why;
};

/* The webhooks of some resources; those of one stand together. */
struct page {
	struct candidate *candidates;
	size_t n;
	bool is_any_needed;
};

/* Webhooks on their way into the database, together. */
struct batch {
	struct intake intakes[STORE_BATCH];
	struct plan plans[STORE_BATCH];
	struct store_job jobs[STORE_BATCH];
	struct candidate *candidates[STORE_BATCH];
	size_t n;
};

static const struct statement *const queries[RESOURCE__MAX] = {
	[RESOURCE_CALL] = &query_backfill_calls,
	[RESOURCE_MESSAGE] = &query_backfill_messages,
	[RESOURCE_RECORDING] = &query_backfill_recordings,
	[RESOURCE_ROOM] = &query_backfill_rooms,
	[RESOURCE_PARTICIPANT] = &query_backfill_participants,
};

static enum err
out_of_memory(struct reason *reason)
{
	return err_reason(reason, ERR_MEMORY, "out of memory");
}

static enum err
page_fill(struct page *page, const struct resource *resources, size_t n)
{
	struct resource_webhook webhooks[RESOURCE_WEBHOOKS];

	page->n = 0;
	page->candidates =
		calloc(n * RESOURCE_WEBHOOKS + 1, sizeof *page->candidates);
	if (page->candidates == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		size_t found =
			resource_sid(&resources[i]) != NULL
				? resource_webhooks(&resources[i], webhooks)
				: 0;

		for (size_t j = 0; j < found; j++) {
			page->candidates[page->n++] =
				(struct candidate){.resource = &resources[i],
					.webhook = webhooks[j],
					.outcome = RECONCILE_LEFT};
		}
	}
	return ERR_OK;
}

static void
write_candidate(
	struct json_writer *writer, size_t n, const struct candidate *candidate)
{
	const struct json *document = candidate->resource->document;
	long long code;

	json_begin_object(writer, NULL);
	json_write_number(writer, "n", (long long)n);
	json_write_text(writer, "sid", resource_sid(candidate->resource));
	json_write_text(writer, "status", candidate->webhook.event);
	if (json_number(json_member(document, "error_code"), &code) &&
		code > 0 && code <= INT32_MAX)
		json_write_number(writer, "error_code", code);
	json_end_object(writer);
}

/* All of a page, or those that were needed before. */
static enum err
write_told(struct buf *out, const struct page *page, bool is_again)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_begin_array(&writer, "told");
	for (size_t i = 0; i < page->n; i++)
		if (!is_again || page->candidates[i].is_needed)
			write_candidate(&writer, i, &page->candidates[i]);
	json_end_array(&writer);
	buf_init(out, TOLD_MOST);
	return json_writer_add(&writer, out);
}

/* The candidate that a row of the result is of; NULL if there is none. */
static struct candidate *
find_candidate(
	struct page *page, const struct database_result *result, size_t row)
{
	size_t n = strtoul(database_text(result, row, 0), NULL, 10);

	return n < page->n ? &page->candidates[n] : NULL;
}

static void
note_needed(struct page *page, const struct database_result *result)
{
	for (size_t i = 0; i < database_rows(result); i++) {
		struct candidate *candidate = find_candidate(page, result, i);

		if (candidate == NULL)
			continue;
		candidate->is_needed = true;
		candidate->is_missing = database_text(result, i, 1)[0] == 't';
		(void)snprintf(candidate->known, sizeof candidate->known,
			"%.*s", LIMIT_SID, database_text(result, i, 2));
		page->is_any_needed = true;
	}
}

/* What is still needed after it was stored: the ledger had it before. */
static void
note_deleted(struct page *page, const struct database_result *result)
{
	for (size_t i = 0; i < database_rows(result); i++) {
		struct candidate *candidate = find_candidate(page, result, i);

		if (candidate != NULL && candidate->outcome == RECONCILE_STORED)
			candidate->outcome = RECONCILE_DELETED;
	}
}

/* Asks the tables which of the webhooks they lack. */
static enum err
compare(struct reconcile *reconcile, struct page *page, bool is_again,
	struct reason *reason)
{
	enum resource_kind kind = page->candidates[0].resource->kind;
	struct database_result *result = NULL;
	struct buf told;
	enum err err = write_told(&told, page, is_again);
	const struct database_value values[] = {
		{"told",        buf_text(&told)                      },
		{"account_sid", twilio_account_sid(reconcile->twilio)},
		{NULL,          NULL				 },
	};

	if (err == ERR_OK)
		err = database_run(reconcile->database, queries[kind], values,
			&result, reason);
	else
		(void)out_of_memory(reason);
	if (err == ERR_OK && is_again)
		note_deleted(page, result);
	else if (err == ERR_OK)
		note_needed(page, result);
	database_result_free(result);
	buf_free(&told);
	return err;
}

/* The list of what hangs on a message; none if Twilio has it no more. */
static enum err
get_media(struct reconcile *reconcile, const struct resource *resource,
	struct twilio_result *result, struct reason *reason)
{
	const char *sid = resource_sid(resource);
	char path[256];
	struct buf next;
	enum err err;

	if (!resource_has_media(resource) || !sid_is_plain(sid))
		return ERR_OK;
	(void)snprintf(path, sizeof path,
		"/2010-04-01/Accounts/{AccountSid}/Messages/%s/Media.json"
		"?PageSize=" MEDIA_MOST,
		sid);
	buf_init(&next, TWILIO_PATH);
	err = twilio_page(reconcile->twilio, TWILIO_API, path, "media_list",
		result, &next, reason);
	buf_free(&next);
	return err == ERR_REJECTED ? ERR_OK : err;
}

/* The parameters of a webhook, as a form. */
static enum err
write_form(struct reconcile *reconcile, const struct candidate *candidate,
	struct buf *form, struct reason *reason)
{
	struct twilio_result result = {0};
	struct resource resource = *candidate->resource;
	enum err err = get_media(reconcile, &resource, &result, reason);

	resource.media = json_member(result.document, "media_list");
	if (err == ERR_OK) {
		err = resource_form(&resource, &candidate->webhook,
			twilio_account_sid(reconcile->twilio), form);
		if (err != ERR_OK)
			(void)err_reason(reason, err,
				"its parameters exceed %zu bytes", form->max);
	}
	json_free(result.document);
	return err;
}

/* The plan of a webhook, as its endpoint would have made it. */
static enum err
make_plan(struct reconcile *reconcile, const struct candidate *candidate,
	struct intake *intake, struct plan *plan, struct reason *reason)
{
	const struct endpoint *tables = candidate->webhook.tables;
	struct event event = {
		.endpoint = BACKFILL,
		.account_sid = twilio_account_sid(reconcile->twilio),
		.subjects = tables->subjects,
		.source = BACKFILL,
	};
	struct buf form;
	enum err err;

	buf_init(&form, LIMIT_BODY);
	(void)clock_gettime(CLOCK_REALTIME, &event.received_at);
	err = write_form(reconcile, candidate, &form, reason);
	if (err == ERR_OK)
		err = intake_parse(intake, CARRIER_FORM, buf_text(&form),
			form.len, "", 0, reason);
	event.raw = buf_text(&form);
	event.raw_len = form.len;
	event.n_body = intake->n_body;
	if (err == ERR_OK) {
		err = plan_make(plan, &event, &intake->form, tables->writes);
		if (err != ERR_OK)
			(void)err_reason(reason, err,
				"could not make the plan: %s", err_text(err));
	}
	buf_free(&form);
	return err;
}

static void
refuse(struct candidate *candidate, const struct reason *why)
{
	candidate->outcome = RECONCILE_REFUSED;
	candidate->why = *why;
}

/* Makes a webhook ready to be sent with the others. */
static enum err
add(struct reconcile *reconcile, struct batch *batch,
	struct candidate *candidate, struct reason *reason)
{
	struct intake *intake = &batch->intakes[batch->n];
	struct plan *plan = &batch->plans[batch->n];
	enum err err;

	intake_init(intake);
	memset(plan, 0, sizeof *plan);
	err = make_plan(reconcile, candidate, intake, plan, reason);
	if (err == ERR_OK) {
		memset(&batch->jobs[batch->n], 0, sizeof batch->jobs[0]);
		batch->jobs[batch->n].plan = plan;
		batch->candidates[batch->n++] = candidate;
		return ERR_OK;
	}
	plan_free(plan);
	intake_free(intake);
	if (err != ERR_TOO_LARGE && err != ERR_MALFORMED)
		return err;
	refuse(candidate, reason);
	return ERR_OK;
}

/*
 * What was late may have been so because of others that went out with it;
 * nobody waits for this command, so that each gets time of its own.
 */
static void
send_jobs(struct reconcile *reconcile, struct batch *batch)
{
	store_run_all(
		reconcile->store, &reconcile->target, batch->jobs, batch->n);
	for (size_t i = 0; i < batch->n && batch->n > 1; i++)
		if (batch->jobs[i].is_late && !batch->jobs[i].is_away)
			store_run_all(reconcile->store, &reconcile->target,
				&batch->jobs[i], 1);
}

/* Sends what has gathered, and notes what became of it. */
static enum err
send_batch(
	struct reconcile *reconcile, struct batch *batch, struct reason *reason)
{
	enum err err = ERR_OK;

	if (batch->n > 0)
		send_jobs(reconcile, batch);
	for (size_t i = 0; i < batch->n; i++) {
		const struct store_job *job = &batch->jobs[i];

		if (job->err == ERR_OK)
			batch->candidates[i]->outcome = RECONCILE_STORED;
		else if (job->err == ERR_REJECTED)
			refuse(batch->candidates[i], &job->reason);
		else if (err == ERR_OK)
			err = err_reason(
				reason, job->err, "%s", job->reason.text);
		plan_free(&batch->plans[i]);
		intake_free(&batch->intakes[i]);
	}
	batch->n = 0;
	return err;
}

static enum err
store_needed(
	struct reconcile *reconcile, struct page *page, struct reason *reason)
{
	struct batch *batch = calloc(1, sizeof *batch);
	enum err err = ERR_OK, sent;

	if (batch == NULL)
		return out_of_memory(reason);
	for (size_t i = 0; i < page->n && err == ERR_OK; i++) {
		if (!page->candidates[i].is_needed)
			continue;
		err = add(reconcile, batch, &page->candidates[i], reason);
		if (err == ERR_OK && batch->n == STORE_BATCH)
			err = send_batch(reconcile, batch, reason);
	}
	/* What is ready is stored, even if the next could not be made ready. */
	sent = send_batch(reconcile, batch, err == ERR_OK ? reason : NULL);
	free(batch);
	return err == ERR_OK ? sent : err;
}

/* What is to be said of a resource, by its webhooks from page[*at] on. */
static struct reconcile_finding
sum_up(const struct page *page, size_t *at)
{
	const struct resource *resource = page->candidates[*at].resource;
	struct reconcile_finding finding = {
		.kind = resource->kind,
		.sid = resource_sid(resource),
		.known = "",
		.why = "",
	};

	for (; *at < page->n && page->candidates[*at].resource == resource;
		++*at) {
		const struct candidate *candidate = &page->candidates[*at];

		if (!candidate->is_needed)
			continue;
		finding.is_missing = candidate->is_missing;
		finding.known = candidate->known;
		finding.told = candidate->webhook.event;
		if (finding.outcome < candidate->outcome)
			finding.outcome = candidate->outcome;
		if (candidate->outcome == RECONCILE_REFUSED)
			finding.why = candidate->why.text;
	}
	return finding;
}

static void
note_finding(
	struct reconcile *reconcile, const struct reconcile_finding *finding)
{
	struct reconcile_count *count = &reconcile->counts[finding->kind];

	if (finding->is_missing)
		count->missing++;
	else
		count->behind++;
	count->outcomes[finding->outcome]++;
	if (reconcile->tell != NULL)
		reconcile->tell(reconcile->context, finding);
}

static void
report(struct reconcile *reconcile, const struct page *page)
{
	for (size_t at = 0; at < page->n;) {
		struct reconcile_finding finding = sum_up(page, &at);

		if (finding.told != NULL)
			note_finding(reconcile, &finding);
	}
}

/* Those of which nothing can be said but that they are there. */
static void
count(struct reconcile *reconcile, const struct resource *resources, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum resource_kind kind = resources[i].kind;

		reconcile->counts[kind].read++;
		if (resource_sid(&resources[i]) == NULL)
			note_finding(reconcile,
				&(struct reconcile_finding){.kind = kind,
					.sid = "",
					.is_missing = true,
					.known = "",
					.told = "",
					.outcome = RECONCILE_REFUSED,
					.why = "it has no SID"});
	}
}

enum err
reconcile_run(struct reconcile *reconcile, const struct resource *resources,
	size_t n, struct reason *reason)
{
	struct page page = {.n = 0};
	enum err err = page_fill(&page, resources, n);

	if (err != ERR_OK)
		return out_of_memory(reason);
	count(reconcile, resources, n);
	if (page.n > 0)
		err = compare(reconcile, &page, false, reason);
	if (err == ERR_OK && page.is_any_needed && !reconcile->is_dry) {
		err = store_needed(reconcile, &page, reason);
		if (err == ERR_OK)
			err = compare(reconcile, &page, true, reason);
	}
	report(reconcile, &page);
	free(page.candidates);
	return err;
}
