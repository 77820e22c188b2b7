#include "config.h"

#include "feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reads.h"

/* Columns of sql/reads/events.sql and event_position.sql. */
enum {
	EVENT_IDENTITY,
	EVENT_IS_GOOD,
	EVENT_IS_BEHIND,
	EVENT_OPEN,
	EVENT_XID,
	EVENT_ID,
	EVENT_KIND,
	EVENT_ENDPOINT,
	EVENT_ACCOUNT_SID,
	EVENT_JSON,
};
enum { POSITION_IDENTITY, POSITION_OPEN, POSITION_XID, POSITION_ID };

/* Room for the list of open transactions as JSON. */
#define OPEN_JSON (80 * LIMIT_FEED_OPEN)

static uint64_t
number(const struct reader_result *result, size_t row, int column)
{
	return strtoull(reader_text(result, row, column), NULL, 10);
}

static enum err
odd_answer(struct reason *reason)
{
	return err_reason(reason, ERR_DATABASE,
		"the database tells nothing of its transactions");
}

/* One more than fit, so that too many can be told. */
static void
say_most_open(char text[16])
{
	(void)snprintf(text, 16, "%d", LIMIT_FEED_OPEN + 1);
}

static bool
take_identity(struct feed_cursor *cursor, const char *identity)
{
	size_t len = strlen(identity);

	if (len == 0 || len > FEED_IDENTITY)
		return false;
	memcpy(cursor->identity, identity, len + 1);
	return true;
}

/* Everything up to a position counts as read, but for what is open. */
static enum err
take_position(const struct reader_result *result, struct feed_cursor *cursor,
	struct reason *reason)
{
	struct feed_running running;

	memset(cursor, 0, sizeof *cursor);
	if (!take_identity(cursor, reader_text(result, 0, POSITION_IDENTITY)) ||
		!feed_running_parse(
			&running, reader_text(result, 0, POSITION_OPEN)))
		return odd_answer(reason);
	if (reader_is_null(result, 0, POSITION_XID))
		return ERR_OK;
	if (!feed_cursor_advance(cursor, &running,
		    number(result, 0, POSITION_XID),
		    (int64_t)number(result, 0, POSITION_ID)))
		return err_reason(reason, ERR_DATABASE,
			"more than %d transactions are open", LIMIT_FEED_OPEN);
	return ERR_OK;
}

enum err
feed_begin(struct reader *reader, const char *connection, size_t newest,
	const char *since, struct feed_cursor *cursor, struct reason *reason)
{
	char newest_text[24], most_open[16];
	const struct reader_value values[] = {
		{"newest",    newest_text},
		{"since",     since      },
		{"most_open", most_open  },
		{NULL,        NULL       },
	};
	struct reader_result *result;
	enum err err;

	(void)snprintf(newest_text, sizeof newest_text, "%zu", newest);
	say_most_open(most_open);
	err = reader_run(reader, connection, &read_event_position, values,
		&result, reason);
	if (err == ERR_OK)
		err = take_position(result, cursor, reason);
	reader_result_free(result);
	return err;
}

void
feed_first(struct feed_cursor *cursor, const struct feed_cursor *other)
{
	memset(cursor, 0, sizeof *cursor);
	memcpy(cursor->identity, other->identity, sizeof cursor->identity);
}

/*
 * How many of the events can be read: with too many transactions open before
 * one it has to wait, and so have those behind it.
 */
static size_t
count_ready(
	const struct feed_page *page, const struct feed_cursor *start, size_t n)
{
	struct feed_cursor cursor = *start;

	for (size_t i = 0; i < n; i++) {
		const struct feed_event event = feed_page_event(page, i);

		if (!feed_cursor_advance(
			    &cursor, &page->running, event.xid, event.id))
			return i;
	}
	return n;
}

/* What the rows say; there are limit + 1 at the most. */
static enum err
take_page(struct feed_page *page, const struct feed_cursor *cursor,
	size_t limit, struct reason *reason)
{
	const struct reader_result *result = page->result;
	size_t n = reader_rows(result);

	if (n == 0 || !feed_running_parse(&page->running,
			      reader_text(result, 0, EVENT_OPEN)))
		return odd_answer(reason);
	page->is_gone = reader_text(result, 0, EVENT_IS_GOOD)[0] != 't' ||
			strcmp(reader_text(result, 0, EVENT_IDENTITY),
				cursor->identity) != 0;
	page->is_behind = reader_text(result, 0, EVENT_IS_BEHIND)[0] == 't';
	if (page->is_gone || reader_is_null(result, 0, EVENT_XID))
		n = 0;
	page->has_more = n > limit;
	if (page->has_more)
		n = limit;
	page->n = count_ready(page, cursor, n);
	if (page->n < n)
		page->has_more = false;
	page->is_whole = page->n == n && !page->has_more && !page->is_behind;
	return ERR_OK;
}

enum err
feed_read(struct reader *reader, const char *connection,
	const struct feed_cursor *cursor, size_t limit, struct feed_page *page,
	struct reason *reason)
{
	char xid[24], id[24], limit_text[24], most_open[16];
	struct buf open;
	enum err err;

	memset(page, 0, sizeof *page);
	buf_init(&open, OPEN_JSON);
	(void)snprintf(xid, sizeof xid, "%" PRIu64, cursor->xid);
	(void)snprintf(id, sizeof id, "%" PRId64, cursor->id);
	(void)snprintf(limit_text, sizeof limit_text, "%zu", limit + 1);
	say_most_open(most_open);
	err = feed_cursor_write_open(cursor, &open);
	if (err != ERR_OK) {
		(void)err_reason(reason, err, "out of memory");
	} else {
		const struct reader_value values[] = {
			{"xid",       xid            },
			{"id",        id             },
			{"open",      buf_text(&open)},
			{"limit",     limit_text     },
			{"most_open", most_open      },
			{NULL,        NULL           },
		};

		err = reader_run(reader, connection, &read_events, values,
			&page->result, reason);
	}
	if (err == ERR_OK)
		err = take_page(page, cursor, limit, reason);
	buf_free(&open);
	return err;
}

void
feed_page_free(struct feed_page *page)
{
	reader_result_free(page->result);
	memset(page, 0, sizeof *page);
}

enum err
feed_look(struct reader *reader, const char *connection, struct buf *snapshot,
	bool *is_same, struct reason *reason)
{
	static const struct reader_value none[] = {
		{NULL, NULL}
        };
	struct reader_result *result;
	enum err err = reader_run(
		reader, connection, &read_snapshot, none, &result, reason);

	*is_same = false;
	if (err != ERR_OK)
		return err;
	if (reader_rows(result) == 1) {
		const char *text = reader_text(result, 0, 0);

		*is_same = snapshot->len > 0 &&
			   strcmp(buf_text(snapshot), text) == 0;
		buf_clear(snapshot);
		/* What does not fit is another one each time. */
		if (buf_add_text(snapshot, text) != ERR_OK)
			buf_clear(snapshot);
	}
	reader_result_free(result);
	return ERR_OK;
}

struct feed_event
feed_page_event(const struct feed_page *page, size_t index)
{
	const struct reader_result *result = page->result;

	return (struct feed_event){
		.xid = number(result, index, EVENT_XID),
		.id = (int64_t)number(result, index, EVENT_ID),
		.kind = reader_text(result, index, EVENT_KIND),
		.endpoint = reader_text(result, index, EVENT_ENDPOINT),
		.account_sid = reader_text(result, index, EVENT_ACCOUNT_SID),
		.json = reader_text(result, index, EVENT_JSON),
	};
}

void
feed_page_note(const struct feed_page *page, const struct feed_event *event,
	struct feed_cursor *cursor)
{
	/* Never too many: the page ends before that. */
	(void)!feed_cursor_advance(
		cursor, &page->running, event->xid, event->id);
}

void
feed_page_end(const struct feed_page *page, struct feed_cursor *cursor)
{
	if (page->is_whole && !page->is_gone)
		feed_cursor_settle(cursor, &page->running);
}

static bool
takes(const char *wanted, const char *text)
{
	return wanted == NULL || strcmp(wanted, text) == 0;
}

bool
feed_filter_takes(
	const struct feed_filter *filter, const struct feed_event *event)
{
	return takes(filter->kind, event->kind) &&
	       takes(filter->endpoint, event->endpoint) &&
	       takes(filter->account_sid, event->account_sid);
}

enum err
feed_event_write(struct buf *out, const struct feed_event *event,
	const struct feed_cursor *cursor)
{
	static const char before[] = "{\"cursor\":\"", after[] = "\",";
	char text[LIMIT_CURSOR + 1];
	enum err err;

	feed_cursor_format(cursor, text);
	/* All of it or nothing. */
	err = buf_reserve(out, sizeof before + strlen(text) + sizeof after +
				       strlen(event->json));
	if (err == ERR_OK)
		err = buf_add_text(out, before);
	if (err == ERR_OK)
		err = buf_add_text(out, text);
	if (err == ERR_OK)
		err = buf_add_text(out, after);
	/* Behind its brace; it is never empty. */
	if (err == ERR_OK)
		err = buf_add_text(out, event->json + 1);
	return err;
}
