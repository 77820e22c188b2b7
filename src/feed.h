#ifndef HOOKSWITCH_FEED_H
#define HOOKSWITCH_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "feed_cursor.h"
#include "reader.h"

/*
 * The feed: what has been written to the ledger, event by event, as it is read
 * from the database.
 */

/* One event.  The texts stay as long as its page. */
struct feed_event {
	uint64_t xid;
	int64_t id;
	const char *kind, *endpoint, *account_sid;
	const char *json; /* all that is told of it, as one object */
};

/* Events behind a cursor, in order. */
struct feed_page {
	struct reader_result *result;
	size_t n;
	struct feed_running running; /* while they were read */
	bool is_gone;   /* the cursor is of another database, or its event is
			   not there any more; then there are no events */
	bool is_behind; /* it was read from a replica that has not seen yet what
			   has to come first; then there are no events */
	bool is_whole;  /* nothing is left out */
	bool has_more;  /* the next page can be read at once */
};

/*
 * *cursor gets where to begin: before the newest so many events, or, unless
 * since is NULL, before all that were received then or later, at least of the
 * first hundred thousand.  since is a time as timestamp.h reads it.  Errors as
 * reader_run.
 */
enum err feed_begin(struct reader *reader, const char *connection,
	size_t newest, const char *since, struct feed_cursor *cursor,
	struct reason *reason) NODISCARD;

/* *cursor gets the first one there is, of the database of another cursor. */
void feed_first(struct feed_cursor *cursor, const struct feed_cursor *other);

/*
 * Reads what is behind a cursor, at most limit events.  The caller ends with
 * feed_page_free in every case.  Errors as reader_run.
 */
enum err feed_read(struct reader *reader, const char *connection,
	const struct feed_cursor *cursor, size_t limit, struct feed_page *page,
	struct reason *reason) NODISCARD;

void feed_page_free(struct feed_page *page);

/*
 * Looks whether anything has been committed since somebody looked before,
 * which costs less than to read.  *snapshot, empty the first time, is what was
 * there then, and becomes what is there now; with the same, the same is read.
 * Errors as reader_run.
 */
enum err feed_look(struct reader *reader, const char *connection,
	struct buf *snapshot, bool *is_same, struct reason *reason) NODISCARD;

/* The event at an index below page->n. */
struct feed_event feed_page_event(const struct feed_page *page, size_t index);

/* Notes that an event of the page has been read: see feed_cursor_advance. */
void feed_page_note(const struct feed_page *page,
	const struct feed_event *event, struct feed_cursor *cursor);

/* Notes that the page has been read to its end. */
void feed_page_end(const struct feed_page *page, struct feed_cursor *cursor);

/* Which events somebody wants; NULL for any. */
struct feed_filter {
	const char *kind, *endpoint, *account_sid;
};

bool feed_filter_takes(
	const struct feed_filter *filter, const struct feed_event *event);

/* Appends an event as JSON, with the cursor that is behind it. */
enum err feed_event_write(struct buf *out, const struct feed_event *event,
	const struct feed_cursor *cursor) NODISCARD;

#endif
