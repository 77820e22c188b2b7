#include "config.h"

#include "change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_form.h"
#include "inventory.h"
#include "json_writer.h"

/* Of the document's form. */
#define FORM 1

/* A request's body: some ten URLs. */
#define LIMIT_FORM (64 * 1024)

static const char *const outcomes[CHANGE_OUTCOME__MAX] = {
	[CHANGE_PLANNED] = "planned",
	[CHANGE_DONE] = "done",
	[CHANGE_FAILED] = "failed",
	[CHANGE_UNKNOWN] = "unknown",
	[CHANGE_NEEDLESS] = "needless",
	[CHANGE_LEFT] = "left",
};

/* As the document calls the kinds. */
static const char *const kind_names[WEBHOOK_KIND__MAX] = {
	[WEBHOOK_NUMBER] = "number",
	[WEBHOOK_SERVICE] = "service",
	[WEBHOOK_APPLICATION] = "application",
};

const char *
change_outcome_name(enum change_outcome outcome)
{
	return outcomes[outcome];
}

const char *
change_kind_name(enum webhook_kind kind)
{
	return kind_names[kind];
}

void
changes_init(struct changes *changes)
{
	memset(changes, 0, sizeof *changes);
}

void
changes_free(struct changes *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		free(changes->items[i].texts);
	free(changes->items);
	changes_init(changes);
}

static enum err
grow(struct changes *changes)
{
	size_t size = changes->size > 0 ? 2 * changes->size : 64;
	struct change *items;

	if (changes->n < changes->size)
		return ERR_OK;
	items = reallocarray(changes->items, size, sizeof *items);
	if (items == NULL)
		return ERR_MEMORY;
	changes->items = items;
	changes->size = size;
	return ERR_OK;
}

/* Copies a text to *at, and moves that behind it. */
static const char *
place(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = memcpy(*at, text, size);

	*at += size;
	return copy;
}

/* Adds one, with copies of its texts. */
static enum err
add(struct changes *changes, struct change change)
{
	char *at = malloc(strlen(change.sid) + strlen(change.name) +
			  strlen(change.old) + strlen(change.new) + 4);

	if (at == NULL || grow(changes) != ERR_OK) {
		free(at);
		return ERR_MEMORY;
	}
	change.texts = at;
	change.sid = place(&at, change.sid);
	change.name = place(&at, change.name);
	change.old = place(&at, change.old);
	change.new = place(&at, change.new);
	changes->items[changes->n++] = change; /* transferred */
	return ERR_OK;
}

enum err
changes_add_finding(
	struct changes *changes, const struct webhook_finding *finding)
{
	const struct webhook_place *place = finding->place;
	struct change change = {
		.kind = finding->resource->kind,
		.place = place,
		.sid = webhook_sid(finding->resource),
		.name = webhook_name(finding->resource),
		.parameter = place->parameter,
		.member = place->member,
		.old = finding->url,
		.new = finding->should,
	};
	enum err err = ERR_OK;

	if (!finding->is_drift)
		return ERR_OK;
	if (finding->by[0] != '\0') {
		change.outcome = CHANGE_LEFT;
		(void)err_reason(&change.why, ERR_OK, "%s, %.64s",
			webhook_state_text(finding->state), finding->by);
		return add(changes, change);
	}
	if (strcmp(change.old, change.new) != 0)
		err = add(changes, change);
	if (err != ERR_OK || place->method_parameter == NULL ||
		strcmp(finding->method, "POST") == 0)
		return err;
	change.parameter = place->method_parameter;
	change.member = place->method_member;
	change.old = finding->method;
	change.new = "POST";
	return add(changes, change);
}

size_t
changes_count(const struct changes *changes, enum change_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < changes->n; i++)
		n += changes->items[i].outcome == outcome;
	return n;
}

size_t
changes_group(const struct changes *changes, size_t first)
{
	size_t end = first;

	while (end < changes->n &&
		strcmp(changes->items[end].sid, changes->items[first].sid) == 0)
		end++;
	return end;
}

/* What is to be set, as a request's body; empty if there is nothing. */
static enum err
add_form(struct buf *form, const struct changes *changes, size_t first,
	size_t end)
{
	enum err err = ERR_OK;

	for (size_t i = first; i < end && err == ERR_OK; i++)
		if (changes->items[i].outcome == CHANGE_PLANNED)
			err = http_add_pair(form, changes->items[i].parameter,
				changes->items[i].new);
	return err;
}

/* All that were planned have come to the same. */
static void
settle(struct changes *changes, size_t first, size_t end,
	enum change_outcome outcome, const char *why)
{
	for (size_t i = first; i < end; i++) {
		struct change *change = &changes->items[i];

		if (change->outcome != CHANGE_PLANNED)
			continue;
		change->outcome = outcome;
		(void)err_reason(&change->why, ERR_OK, "%s", why);
	}
}

/* Each has come to what the resource says. */
static void
compare(struct changes *changes, size_t first, size_t end,
	const struct json *document, const char *why)
{
	for (size_t i = first; i < end; i++) {
		struct change *change = &changes->items[i];

		if (change->outcome != CHANGE_PLANNED)
			continue;
		change->outcome = CHANGE_DONE;
		if (strcmp(json_member_text(document, change->member),
			    change->new) == 0)
			continue;
		change->outcome = CHANGE_FAILED;
		(void)err_reason(&change->why, ERR_OK, "%s",
			why[0] != '\0' ? why : "Twilio has not taken it");
	}
}

/* No answer tells whether they were made: what is there now? */
static enum err
find_out(struct changes *changes, size_t first, size_t end,
	struct twilio *twilio, struct reason *reason)
{
	const struct change *change = &changes->items[first];
	struct twilio_result result;
	struct reason away;
	enum err err = inventory_send(
		twilio, change->kind, change->sid, NULL, &result, &away);

	if (err == ERR_OK)
		compare(changes, first, end, result.document, reason->text);
	else
		settle(changes, first, end, CHANGE_UNKNOWN, reason->text);
	json_free(result.document);
	return err;
}

enum err
changes_make(struct changes *changes, size_t first, size_t end,
	struct twilio *twilio, struct reason *reason)
{
	const struct change *change = &changes->items[first];
	struct twilio_result result = {0};
	struct buf form;
	enum err err;

	buf_init(&form, LIMIT_FORM);
	err = add_form(&form, changes, first, end);
	if (err != ERR_OK)
		(void)err_reason(reason, err, "the URLs are too long");
	else if (form.len > 0)
		err = inventory_send(twilio, change->kind, change->sid, &form,
			&result, reason);
	if (err == ERR_OK && form.len > 0 && result.document == NULL) {
		result.is_unknown = true;
		(void)err_reason(reason, ERR_IO,
			"Twilio's answer, %d, is empty", result.status);
	}
	if (result.is_unknown)
		err = find_out(changes, first, end, twilio, reason);
	else if (err == ERR_OK)
		compare(changes, first, end, result.document, "");
	else
		settle(changes, first, end, CHANGE_FAILED, reason->text);
	json_free(result.document);
	buf_free(&form);
	return err;
}

/* One, where the resource is known as it is now. */
static void
turn(struct change *change, const struct json *document)
{
	const char *now = json_member_text(document, change->member);
	const char *wanted = change->old;

	change->old = change->new;
	change->new = wanted;
	if (strcmp(now, wanted) == 0) {
		change->outcome = CHANGE_NEEDLESS;
	} else if (strcmp(now, change->old) == 0) {
		change->outcome = CHANGE_PLANNED;
	} else {
		change->outcome = CHANGE_LEFT;
		(void)err_reason(&change->why, ERR_OK,
			"it was set to something else since");
	}
}

/* A method is the URL's beside it. */
static void
leave_methods(struct changes *changes, size_t first, size_t end)
{
	for (size_t i = first + 1; i < end; i++) {
		const struct change *url = &changes->items[i - 1];
		struct change *method = &changes->items[i];

		if (method->place != url->place || url->outcome != CHANGE_LEFT)
			continue;
		method->outcome = CHANGE_LEFT;
		method->why = url->why;
	}
}

enum err
changes_turn(struct changes *changes, size_t first, size_t end,
	struct twilio *twilio, struct reason *reason)
{
	const struct change *change = &changes->items[first];
	struct twilio_result result;
	enum err err = inventory_send(
		twilio, change->kind, change->sid, NULL, &result, reason);

	for (size_t i = first; i < end && err == ERR_OK; i++)
		turn(&changes->items[i], result.document);
	leave_methods(changes, first, end);
	if (err == ERR_REJECTED && result.status == 404) {
		settle(changes, first, end, CHANGE_LEFT,
			"the account does not have it any more");
		err = ERR_OK;
	}
	json_free(result.document);
	return err;
}

static void
write_change(struct json_writer *writer, const struct change *change)
{
	json_begin_object(writer, NULL);
	json_write_text(writer, "kind", kind_names[change->kind]);
	json_write_text(writer, "sid", change->sid);
	json_write_text(writer, "name", change->name);
	json_write_text(writer, "parameter", change->parameter);
	json_write_text(writer, "old", change->old);
	json_write_text(writer, "new", change->new);
	json_end_object(writer);
}

enum err
changes_write(
	const struct changes *changes, const char *account_sid, struct buf *out)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_number(&writer, "version", FORM);
	json_write_text(&writer, "account_sid", account_sid);
	json_begin_array(&writer, "changes");
	for (size_t i = 0; i < changes->n; i++)
		if (changes->items[i].outcome == CHANGE_PLANNED)
			write_change(&writer, &changes->items[i]);
	json_end_array(&writer);
	return json_writer_add(&writer, out);
}

static bool
find_kind(enum webhook_kind *kind, const char *name)
{
	for (int i = 0; i < WEBHOOK_KIND__MAX; i++)
		if (strcmp(kind_names[i], name) == 0) {
			*kind = (enum webhook_kind)i;
			return true;
		}
	return false;
}

/* The place, by the URL's parameter or the method's. */
static bool
find_parameter(struct change *change, const char *name)
{
	size_t n;
	const struct webhook_place *at = webhook_places(change->kind, &n);

	for (const struct webhook_place *end = at + n; at < end; at++) {
		bool is_method = at->method_parameter != NULL &&
				 strcmp(at->method_parameter, name) == 0;

		if (!is_method && strcmp(at->parameter, name) != 0)
			continue;
		change->place = at;
		change->parameter =
			is_method ? at->method_parameter : at->parameter;
		change->member = is_method ? at->method_member : at->member;
		return true;
	}
	return false;
}

static enum err
read_change(struct changes *changes, const struct json *item)
{
	struct change change = {.sid = json_member_text(item, "sid"),
		.name = json_member_text(item, "name"),
		.old = json_text(json_member(item, "old")),
		.new = json_text(json_member(item, "new"))};

	if (change.sid[0] == '\0' || change.old == NULL || change.new == NULL ||
		!find_kind(&change.kind, json_member_text(item, "kind")) ||
		!find_parameter(&change, json_member_text(item, "parameter")))
		return ERR_MALFORMED;
	return add(changes, change);
}

enum err
changes_read(struct changes *changes, const struct json *document,
	char account_sid[64], struct reason *reason)
{
	const struct json *list = json_member(document, "changes");
	long long version = 0;
	enum err err = ERR_OK;

	(void)snprintf(account_sid, 64, "%s",
		json_member_text(document, "account_sid"));
	if (json_number(json_member(document, "version"), &version) &&
		version > FORM)
		return err_reason(reason, ERR_MALFORMED,
			"it is of version %lld, and this program reads %d",
			version, FORM);
	if (version != FORM || account_sid[0] == '\0' || !json_is_list(list))
		return err_reason(reason, ERR_MALFORMED, "it is none of ours");
	for (size_t i = 0; i < json_size(list) && err == ERR_OK; i++)
		err = read_change(changes, json_item(list, i));
	if (err == ERR_MALFORMED)
		return err_reason(reason, err, "it has a change that is none");
	return err == ERR_OK ? err : err_reason(reason, err, "out of memory");
}
