#include "config.h"

#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_form.h"
#include "sid.h"
#include "when.h"

/* What is asked for at a time; Twilio gives no more. */
#define PAGE_SIZE "1000"

/* Pages of one list: a guard against one that has no end. */
#define PAGES_MOST 100000

/*
 * What is asked of a list for one day.  The operator belongs to the name of
 * the parameter: "StartTime>=2026-01-31".
 */
static const struct list {
	const char *name; /* and of the array in the answer */
	enum twilio_product product;
	enum resource_kind kind;
	const char *path, *from, *until;
	/* Asked for one after the other: what changes from one to the next
	 * meanwhile is in both lists.  NULL: they are in one list. */
	const char *statuses[2];
} lists[HISTORY__MAX] = {
	[HISTORY_CALLS] = {"calls",      TWILIO_API,   RESOURCE_CALL,
			   "/2010-04-01/Accounts/{AccountSid}/Calls.json",              "StartTime>",
			   "StartTime<",										     {NULL}},
	[HISTORY_MESSAGES] = {"messages",   TWILIO_API,   RESOURCE_MESSAGE,
			   "/2010-04-01/Accounts/{AccountSid}/Messages.json",           "DateSent>",
			   "DateSent<",										      {NULL}},
	[HISTORY_RECORDINGS] = {"recordings", TWILIO_API,   RESOURCE_RECORDING,
			   "/2010-04-01/Accounts/{AccountSid}/Recordings.json",         "DateCreated>", "DateCreated<",      {NULL}},
	[HISTORY_ROOMS] = {"rooms",      TWILIO_VIDEO, RESOURCE_ROOM,      "/v1/Rooms",
			   "DateCreatedAfter",							  "DateCreatedBefore",
			   {"in-progress", "completed"}									    },
};

/* A list that is being read. */
struct reading {
	const struct history *history;
	const char *name; /* of the array */
	enum twilio_product product;
	enum resource_kind kind;
	const struct json *room; /* whose participants they are */
};

const char *
history_name(enum history_kind kind)
{
	return lists[kind].name;
}

static enum err read_rooms(const struct reading *reading,
	const struct json *list, struct reason *reason);

/* Hands on the resources of a page, so many at a time. */
static enum err
take_page(const struct reading *reading, const struct json *list,
	struct reason *reason)
{
	const struct history *history = reading->history;
	struct resource *resources = calloc(HISTORY_MOST, sizeof *resources);
	size_t size = json_size(list), n;
	enum err err = ERR_OK;

	if (resources == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	for (size_t at = 0; at < size && err == ERR_OK; at += n) {
		for (n = 0; n < HISTORY_MOST && at + n < size; n++)
			resources[n] = (struct resource){.kind = reading->kind,
				.document = json_item(list, at + n),
				.room = reading->room};
		err = history->take(history->context, resources, n, reason);
	}
	free(resources);
	if (err == ERR_OK && reading->kind == RESOURCE_ROOM)
		err = read_rooms(reading, list, reason);
	return err;
}

/* All pages of the list that begins at path. */
static enum err
read_list(
	const struct reading *reading, const char *path, struct reason *reason)
{
	struct buf next;
	size_t n = 0;
	enum err err;

	buf_init(&next, TWILIO_PATH);
	err = buf_add_text(&next, path);
	while (err == ERR_OK && next.len > 0) {
		struct twilio_result result = {0};

		if (n++ == PAGES_MOST)
			err = err_reason(reason, ERR_IO,
				"Twilio's list of %s has no end",
				reading->name);
		if (err == ERR_OK)
			err = twilio_page(reading->history->twilio,
				reading->product, buf_text(&next),
				reading->name, &result, &next, reason);
		if (err == ERR_OK)
			err = take_page(reading,
				json_member(result.document, reading->name),
				reason);
		json_free(result.document);
	}
	buf_free(&next);
	return err;
}

static enum err
read_participants(const struct reading *rooms, const struct json *room,
	const char *status, struct reason *reason)
{
	const char *sid = json_member_text(room, "sid");
	const struct reading reading = {.history = rooms->history,
		.name = "participants",
		.product = rooms->product,
		.kind = RESOURCE_PARTICIPANT,
		.room = room};
	char path[SID_MOST + 128];

	(void)snprintf(path, sizeof path,
		"/v1/Rooms/%s/Participants?%s%s%sPageSize=" PAGE_SIZE, sid,
		status != NULL ? "Status=" : "", status != NULL ? status : "",
		status != NULL ? "&" : "");
	return read_list(&reading, path, reason);
}

/* Who was in the rooms of a page; of one that goes on, who is and who was. */
static enum err
read_rooms(const struct reading *reading, const struct json *list,
	struct reason *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < json_size(list) && err == ERR_OK; i++) {
		const struct json *room = json_item(list, i);
		bool goes_on = strcmp(json_member_text(room, "status"),
				       "in-progress") == 0;

		if (!sid_is_plain(json_member_text(room, "sid")))
			continue; /* take was told of it */
		err = read_participants(
			reading, room, goes_on ? "connected" : NULL, reason);
		if (err == ERR_OK && goes_on)
			err = read_participants(
				reading, room, "disconnected", reason);
	}
	return err;
}

static enum err
write_query(struct buf *query, const struct list *list, long long day,
	const char *status)
{
	char from[WHEN_DATE_SIZE], until[WHEN_DATE_SIZE];
	enum err err;

	when_date(day, from);
	when_date(day + WHEN_DAY, until);
	err = http_add_pair(query, list->from, from);
	if (err == ERR_OK)
		err = http_add_pair(query, list->until, until);
	if (err == ERR_OK && status != NULL)
		err = http_add_pair(query, "Status", status);
	if (err == ERR_OK)
		err = http_add_pair(query, "PageSize", PAGE_SIZE);
	return err;
}

static enum err
read_day(const struct reading *reading, const struct list *list, long long day,
	const char *status, struct reason *reason)
{
	struct buf query, path;
	enum err err;

	buf_init(&query, TWILIO_PATH);
	buf_init(&path, TWILIO_PATH);
	err = write_query(&query, list, day, status);
	if (err == ERR_OK)
		err = buf_add_text(&path, list->path);
	if (err == ERR_OK)
		err = buf_add_text(&path, "?");
	if (err == ERR_OK)
		err = buf_add_text(&path, buf_text(&query));
	if (err == ERR_OK)
		err = read_list(reading, buf_text(&path), reason);
	else
		(void)err_reason(reason, err, "out of memory");
	buf_free(&query);
	buf_free(&path);
	return err;
}

enum err
history_read(const struct history *history, enum history_kind kind,
	long long day, struct reason *reason)
{
	const struct list *list = &lists[kind];
	const struct reading reading = {.history = history,
		.name = list->name,
		.product = list->product,
		.kind = list->kind};
	enum err err = read_day(&reading, list, day, list->statuses[0], reason);

	if (err == ERR_OK && list->statuses[1] != NULL)
		err = read_day(&reading, list, day, list->statuses[1], reason);
	return err;
}
