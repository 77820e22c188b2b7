#include "config.h"

#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "kind.h"
#include "opt_out.h"
#include "statements.h"
#include "utf8.h"

static const char *const fact_names[FACT__MAX] = {
	[FACT_EVENT_KEY] = "event_key",
	[FACT_ACCOUNT_SID] = "account_sid",
	[FACT_ENDPOINT] = "endpoint",
	[FACT_SUBJECT_SID] = "subject_sid",
	[FACT_RECEIVED_AT] = "received_at",
	[FACT_PARAMS] = "params",
	[FACT_RAW_BODY] = "raw_body",
	[FACT_IDEMPOTENCY_TOKEN] = "idempotency_token",
	[FACT_SOURCE] = "source",
	[FACT_KIND] = "kind",
	[FACT_OPT_OUT] = "opt_out",
	[FACT_CAMPAIGN_ID] = "campaignId",
};

/* A text with its length before it, so that no two lists read the same. */
static enum err
add_framed(struct buf *out, const char *text, size_t len)
{
	enum err err = buf_add_number(out, len);

	if (err == ERR_OK)
		err = buf_add(out, ":", 1);
	if (err == ERR_OK)
		err = buf_add(out, text, len);
	return err;
}

/*
 * The event's key: SHA-256 over endpoint and parameters, sorted and each
 * pair once, as they are signed: a request that was captured and sent again
 * in another order is still the same event.
 */
static enum err
make_event_key(struct plan *plan, const char *endpoint, const struct form *form)
{
	const struct parameter **sorted;
	struct buf text;
	size_t n;
	enum err err = form_sort(form, form->n, &sorted, &n);

	buf_init(&text, 64 * LIMIT_PARAMETERS + LIMIT_BODY + LIMIT_TARGET);
	if (err == ERR_OK)
		err = add_framed(&text, endpoint, strlen(endpoint));
	for (size_t i = 0; err == ERR_OK && i < n; i++) {
		err = add_framed(&text, sorted[i]->name, sorted[i]->name_len);
		if (err == ERR_OK)
			err = add_framed(
				&text, sorted[i]->value, sorted[i]->value_len);
	}
	memcpy(plan->event_key, "\\x", 2);
	if (err == ERR_OK)
		digest_sha256(buf_text(&text), text.len, plan->event_key + 2);
	free(sorted);
	buf_free(&text);
	return err;
}

/* Bytes as PostgreSQL reads a bytea. */
static enum err
write_bytea(struct buf *out, const char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	enum err err = buf_add_text(out, "\\x");

	for (size_t i = 0; err == ERR_OK && i < len; i++) {
		unsigned byte = (unsigned char)data[i];
		char pair[2] = {digits[byte >> 4], digits[byte & 15]};

		err = buf_add(out, pair, sizeof pair);
	}
	return err;
}

static bool
is_sid_name(const char *name)
{
	size_t len = strlen(name);

	return len >= 3 && strcmp(name + len - 3, "Sid") == 0;
}

/* A parameter's value; none if it is a SID too long to become a key. */
static const char *
usable_value(const struct form *form, const char *name)
{
	const char *value = form_value(form, name);

	if (value != NULL && is_sid_name(name) && strlen(value) > LIMIT_SID)
		return NULL;
	return value;
}

static const char *
find_subject(const struct form *form, const char *const *subjects)
{
	const char *subject = NULL;

	for (; *subjects != NULL && subject == NULL; subjects++)
		subject = usable_value(form, *subjects);
	return subject;
}

/* Of a GET all parameters are the URL's. */
static const char *
find_campaign(const struct form *form, size_t n_body)
{
	struct form query = {.parameters = NULL};

	if (form->n <= n_body)
		return NULL;
	query.parameters = form->parameters + n_body;
	query.n = form->n - n_body;
	return form_value(&query, "campaignId");
}

/* A fact's or parameter's value.  Facts first: a sender cannot name a
 * parameter after one. */
static const char *
find_value(const struct plan *plan, const char *name)
{
	/* Most names differ in the first character, without a call. */
	for (size_t i = 0; i < FACT__MAX; i++)
		if (name[0] == fact_names[i][0] &&
			strcmp(name, fact_names[i]) == 0)
			return plan->facts[i];
	return usable_value(plan->form, name);
}

static bool
is_called_for(const struct write *write, const struct plan *plan)
{
	for (size_t i = 0; i < WRITE_NEEDS && write->needs[i] != NULL; i++)
		if (find_value(plan, write->needs[i]) == NULL)
			return false;
	return true;
}

static void
choose_statements(struct plan *plan, const struct write *writes)
{
	plan->statements[plan->n++] = &statement_event;
	for (; writes->statement != NULL && plan->n < LIMIT_STATEMENTS;
		writes++) {
		/* An answer that nobody waits for must not be in the way. */
		if (writes->statement->is_reply && plan->row == NULL)
			continue;
		if (is_called_for(writes, plan))
			plan->statements[plan->n++] = writes->statement;
	}
}

/* The texts of the ledger's row that have to be made. */
static enum err
make_texts(struct plan *plan, const struct event *event, struct form *form)
{
	const char *token = event->idempotency_token;
	bool changed = false;
	enum err err = make_event_key(plan, event->endpoint, form);

	if (err == ERR_OK)
		err = form_clean(form, &plan->texts, &changed);
	if (err == ERR_OK)
		err = json_from_form(&plan->params, form);
	if (err == ERR_OK && (changed || event->keep_raw))
		err = write_bytea(&plan->raw_body, event->raw, event->raw_len);
	if (err == ERR_OK && token != NULL && strlen(token) <= LIMIT_SID)
		err = utf8_clean(
			&plan->idempotency_token, token, strlen(token));
	timestamp_format(&event->received_at, plan->received_at);
	return err;
}

enum err
plan_make(struct plan *plan, const struct event *event, struct form *form,
	const struct write *writes)
{
	enum err err;

	memset(plan, 0, sizeof *plan);
	plan->form = form;
	plan->row = event->row;
	buf_init(&plan->texts,
		3 * (LIMIT_BODY + LIMIT_TARGET) + 2 * LIMIT_PARAMETERS);
	buf_init(&plan->params, LIMIT_JSON);
	buf_init(&plan->raw_body, 2 * (LIMIT_BODY + LIMIT_TARGET) + 2);
	buf_init(&plan->idempotency_token, 3 * LIMIT_SID);
	err = make_texts(plan, event, form);
	if (err != ERR_OK)
		return err;

	plan->facts[FACT_EVENT_KEY] = plan->event_key;
	plan->facts[FACT_ACCOUNT_SID] = event->account_sid;
	plan->facts[FACT_ENDPOINT] = event->endpoint;
	plan->facts[FACT_SUBJECT_SID] = find_subject(form, event->subjects);
	plan->facts[FACT_RECEIVED_AT] = plan->received_at;
	plan->facts[FACT_PARAMS] = buf_text(&plan->params);
	plan->facts[FACT_RAW_BODY] = plan->raw_body.data;
	plan->facts[FACT_IDEMPOTENCY_TOKEN] = plan->idempotency_token.data;
	plan->facts[FACT_SOURCE] = event->source;
	plan->facts[FACT_KIND] = kind_name(kind_of(form));
	plan->facts[FACT_OPT_OUT] = opt_out_word(form);
	plan->facts[FACT_CAMPAIGN_ID] = find_campaign(form, event->n_body);
	choose_statements(plan, writes);
	return ERR_OK;
}

void
plan_free(struct plan *plan)
{
	buf_free(&plan->texts);
	buf_free(&plan->params);
	buf_free(&plan->raw_body);
	buf_free(&plan->idempotency_token);
}

const char *
plan_value(const struct plan *plan, const struct placeholder *placeholder,
	char scratch[STATEMENT_VALUE_SIZE])
{
	const char *text = find_value(plan, placeholder->name);

	return statement_value(placeholder, text, scratch);
}
