#include "config.h"

#include "resource.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "http_form.h"
#include "limit.h"
#include "resource_row.h"
#include "timestamp.h"

static const struct resource_tables *const kinds[RESOURCE__MAX] = {
	[RESOURCE_CALL] = &resource_call,
	[RESOURCE_MESSAGE] = &resource_message,
	[RESOURCE_RECORDING] = &resource_recording,
	[RESOURCE_ROOM] = &resource_room,
	[RESOURCE_PARTICIPANT] = &resource_participant,
};

bool
resource_has(const struct json *document, const char *member, const char *text)
{
	return strcmp(json_member_text(document, member), text) == 0;
}

bool
resource_has_any(const struct json *document, const char *member,
	const char *const *texts)
{
	for (; *texts != NULL; texts++)
		if (resource_has(document, member, *texts))
			return true;
	return false;
}

void
resource_write_moment(long long seconds, char out[RESOURCE_MOMENT])
{
	time_t time = (time_t)seconds;
	struct tm utc;

	out[0] = '\0';
	if (gmtime_r(&time, &utc) != NULL)
		(void)strftime(out, RESOURCE_MOMENT,
			"%a, %d %b %Y %H:%M:%S +0000", &utc);
}

void
resource_moment(const struct json *document, const char *first,
	const char *other, char out[RESOURCE_MOMENT])
{
	const char *text = json_member_text(document, first);
	long long seconds;

	if (!timestamp_seconds(text, &seconds))
		text = json_member_text(document, other);
	out[0] = '\0';
	if (timestamp_seconds(text, &seconds) && strlen(text) < RESOURCE_MOMENT)
		(void)snprintf(out, RESOURCE_MOMENT, "%s", text);
}

const char *
resource_name(enum resource_kind kind)
{
	return kinds[kind]->name;
}

const char *
resource_sid(const struct resource *resource)
{
	const char *sid = json_member_text(resource->document, "sid");

	return sid[0] != '\0' && strlen(sid) <= LIMIT_SID ? sid : NULL;
}

bool
resource_has_media(const struct resource *resource)
{
	const struct json *document = resource->document;
	long long n;

	return resource->kind == RESOURCE_MESSAGE &&
	       resource_has(document, "direction", "inbound") &&
	       json_number(json_member(document, "num_media"), &n) && n > 0;
}

size_t
resource_webhooks(const struct resource *resource,
	struct resource_webhook webhooks[RESOURCE_WEBHOOKS])
{
	const struct resource_row *const *rows = kinds[resource->kind]->rows;
	const struct json *document = resource->document;
	char moment[RESOURCE_MOMENT];
	size_t n = 0;

	for (; *rows != NULL && n < RESOURCE_WEBHOOKS; rows++) {
		if ((*rows)->is_proven != NULL && !(*rows)->is_proven(document))
			continue;
		(*rows)->moment(document, moment);
		if (moment[0] == '\0')
			continue;
		webhooks[n].row = *rows;
		webhooks[n].tables = (*rows)->tables;
		webhooks[n].event =
			(*rows)->event != NULL
				? (*rows)->event
				: json_member_text(document, "status");
		n++;
	}
	return n;
}

/* A member that is null, or a length that is not known yet, is none. */
static enum err
add_member(struct buf *form, const struct resource_pair *pair,
	const struct json *document)
{
	const struct json *value = json_member(document, pair->member);
	const char *text = json_text(value);
	char number[24];
	long long n;

	if (text == NULL && json_number(value, &n)) {
		(void)snprintf(number, sizeof number, "%lld", n);
		text = number;
	}
	if (text == NULL || text[0] == '\0' ||
		(strcmp(pair->member, "duration") == 0 && text[0] == '-'))
		return ERR_OK;
	return http_add_pair(form, pair->parameter, text);
}

static enum err
add_members(struct buf *form, const struct resource_pair *pairs,
	const struct json *document)
{
	enum err err = ERR_OK;

	for (; err == ERR_OK && pairs != NULL && pairs->parameter != NULL;
		pairs++)
		err = add_member(form, pairs, document);
	return err;
}

enum err
resource_form(const struct resource *resource,
	const struct resource_webhook *webhook, const char *account_sid,
	struct buf *form)
{
	const struct json *document = resource->document;
	const struct resource_row *row = webhook->row;
	char moment[RESOURCE_MOMENT];
	enum err err = http_add_pair(form, "AccountSid", account_sid);

	if (err == ERR_OK)
		err = add_members(form, kinds[resource->kind]->pairs, document);
	if (err == ERR_OK)
		err = http_add_pair(form, row->parameter, webhook->event);
	if (err == ERR_OK)
		err = add_members(form, row->more, document);
	if (err == ERR_OK && row->add != NULL)
		err = row->add(resource, form);
	row->moment(document, moment);
	if (err == ERR_OK)
		err = http_add_pair(form, "Timestamp", moment);
	return err;
}
