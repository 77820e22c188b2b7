#include "config.h"

#include "feed_stream.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "event_stream.h"
#include "limit.h"

/* Bytes that are gathered before they are sent. */
#define PIECE (64 * 1024)

/*
 * Events that are read at a time: they are held until the client has taken all
 * of them, and there can be many that are slow.
 */
#define PAGE_EVENTS 50

/* After how long to ask a database again that could not be read. */
#define RETRY_MILLISECONDS 1000

/* For a proxy in front that would gather them as well (nginx). */
#define HEADERS                                                                \
	"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"       \
	"X-Accel-Buffering: no\r\n"

/* One stream on its way. */
struct running {
	struct feed_stream *stream;
	struct buf out;  /* what is to be sent next */
	struct buf json; /* of one event */
	bool is_untold;  /* the client does not know the cursor */
	bool is_behind;  /* it has to read by itself, which has failed */
	bool is_failing; /* the database; the log knows of it */
	/* By clock_milliseconds: when something has to be sent, when to read
	 * again if it is behind, and when it is over. */
	long long beats, again, ends;
	struct reason why; /* it is behind */
};

/* Tells the client how far it is, though it has nothing to hear. */
static enum err
add_id(struct buf *out, const struct feed_cursor *cursor)
{
	char id[LIMIT_CURSOR + 1];

	feed_cursor_format(cursor, id);
	return event_stream_add(out, NULL, id, NULL);
}

static enum err
add_event(struct buf *out, struct buf *json, const struct feed_event *event,
	const struct feed_cursor *cursor)
{
	char id[LIMIT_CURSOR + 1];
	enum err err;

	feed_cursor_format(cursor, id);
	buf_clear(json);
	err = feed_event_write(json, event, cursor);
	return err == ERR_OK ? event_stream_add(out, NULL, id, buf_text(json))
			     : err;
}

enum err
feed_stream_write_gone(struct buf *out, const struct feed_cursor *newest)
{
	struct feed_cursor oldest;
	char newest_text[LIMIT_CURSOR + 1], oldest_text[LIMIT_CURSOR + 1];
	char data[2 * LIMIT_CURSOR + 64];

	feed_first(&oldest, newest);
	feed_cursor_format(newest, newest_text);
	feed_cursor_format(&oldest, oldest_text);
	(void)snprintf(data, sizeof data,
		"{\"oldest\":\"%s\",\"newest\":\"%s\"}", oldest_text,
		newest_text);
	return event_stream_add(out, "gone", newest_text, data);
}

enum err
feed_stream_write(struct buf *out, const struct feed_page *page,
	const struct feed_filter *filter, struct feed_cursor *cursor)
{
	long wait = page->has_more ? 0 : FEED_STREAM_POLL_MILLISECONDS;
	struct buf json;
	enum err err = event_stream_add_retry(out, wait);
	size_t i = 0;

	buf_init(&json, LIMIT_FEED_EVENT);
	for (; err == ERR_OK && i < page->n && out->len <= LIMIT_ANSWER; i++) {
		const struct feed_event event = feed_page_event(page, i);

		feed_page_note(page, &event, cursor);
		if (feed_filter_takes(filter, &event))
			err = add_event(out, &json, &event, cursor);
	}
	if (i == page->n)
		feed_page_end(page, cursor);
	else if (err == ERR_OK) /* the client comes back for the rest */
		err = event_stream_add_retry(out, 0);
	buf_free(&json);
	return err == ERR_OK ? add_id(out, cursor) : err;
}

/* Sends what was gathered. */
static enum err
flush(struct running *running)
{
	enum err err;

	if (running->out.len == 0)
		return ERR_OK;
	err = request_send(running->stream->request, buf_text(&running->out),
		running->out.len);
	buf_clear(&running->out);
	running->beats =
		clock_milliseconds() + FEED_STREAM_HEARTBEAT_SECONDS * 1000;
	return err;
}

/*
 * Sends what is new in a page.  One in which nothing is may have been read
 * before the cursor was: of transactions that have begun since it knows
 * nothing, and cannot say which have ended.
 */
static enum err
send_page(struct running *running, const struct feed_page *page)
{
	struct feed_stream *stream = running->stream;
	struct feed_cursor *cursor = &stream->cursor;
	enum err err = ERR_OK;
	bool is_newer = false;

	for (size_t i = 0; err == ERR_OK && i < page->n; i++) {
		const struct feed_event event = feed_page_event(page, i);

		if (feed_cursor_covers(cursor, event.xid, event.id))
			continue;
		is_newer = true;
		feed_page_note(page, &event, cursor);
		running->is_untold = !feed_filter_takes(stream->filter, &event);
		if (running->is_untold)
			continue;
		err = add_event(&running->out, &running->json, &event, cursor);
		if (err == ERR_OK && running->out.len >= PIECE)
			err = flush(running);
	}
	if (is_newer)
		feed_page_end(page, cursor);
	return err == ERR_OK ? flush(running) : err;
}

/* The cursor was not good: from now on, then. */
static enum err
start_anew(struct running *running, struct reason *reason)
{
	struct feed_stream *stream = running->stream;
	enum err err = feed_begin(stream->reader, stream->connection, 0, NULL,
		&stream->cursor, reason);

	running->is_untold = false;
	if (err == ERR_OK)
		err = feed_stream_write_gone(&running->out, &stream->cursor);
	return err == ERR_OK ? flush(running) : err;
}

/* Whether it is not over yet: asked before each page, of which there may be
 * always one more. */
static bool
is_wanted(const struct running *running)
{
	return clock_milliseconds() < running->ends &&
	       request_wait(running->stream->request, -1, 0) ==
		       REQUEST_WAKE_TIME;
}

/* Reads from the cursor to the newest event. */
static enum err
read_on(struct running *running, struct reason *reason)
{
	struct feed_stream *stream = running->stream;
	enum err err = ERR_OK;
	bool has_more = true;

	while (err == ERR_OK && has_more && is_wanted(running)) {
		struct feed_page page;

		err = feed_read(stream->reader, stream->connection,
			&stream->cursor, PAGE_EVENTS, &page, reason);
		has_more = err == ERR_OK && page.has_more;
		if (err == ERR_OK && page.is_gone)
			err = start_anew(running, reason);
		else if (err == ERR_OK && page.is_behind)
			err = err_reason(reason, ERR_DATABASE,
				"the replica is not as far as the cursor");
		else if (err == ERR_OK)
			err = send_page(running, &page);
		feed_page_free(&page);
	}
	return err;
}

/*
 * The same, or waits to do it again.  Those who follow have begun to gather
 * before, so that nothing is missed in between.
 */
static enum err
catch_up(struct running *running, struct reason *reason)
{
	enum err err = read_on(running, reason);

	running->is_behind = err == ERR_DATABASE;
	if (!running->is_behind)
		return err;
	running->why = *reason;
	running->again = clock_milliseconds() + RETRY_MILLISECONDS;
	return ERR_OK;
}

/* Sends what has come in.  One who was too slow reads for itself. */
static enum err
send_news(struct running *running, struct reason *reason)
{
	const struct feed_page *page;
	enum watch_news news;
	enum err err = ERR_OK;

	while (err == ERR_OK && !running->is_behind && is_wanted(running) &&
		(news = watch_next(running->stream->watcher, &page)) !=
			WATCH_NOTHING) {
		/* Whether something is missing before our cursor is found
		 * out by reading from there. */
		if (news == WATCH_BEHIND || page->is_gone)
			err = catch_up(running, reason);
		else
			err = send_page(running, page);
	}
	return err;
}

/* What the client does not hear, so that all in between know it lives. */
static enum err
send_heartbeat(struct running *running)
{
	enum err err;

	if (running->is_untold)
		err = add_id(&running->out, &running->stream->cursor);
	else
		err = event_stream_add_comment(&running->out);
	running->is_untold = false;
	return err == ERR_OK ? flush(running) : err;
}

/* One line when the database goes away, and one when it is back. */
static void
log_state(struct running *running)
{
	struct reason why = running->why;
	bool is_failing = running->is_behind ||
			  watch_is_failing(running->stream->watcher, &why);

	if (is_failing && !running->is_failing)
		log_line(running->stream->log, LOG_ERROR,
			"the feed waits for the database: %s", why.text);
	else if (!is_failing && running->is_failing)
		log_line(running->stream->log, LOG_INFO, "the feed goes on");
	running->is_failing = is_failing;
}

/* Until when there is nothing to do but to wait. */
static long
time_left(const struct running *running)
{
	long long until =
		running->beats < running->ends ? running->beats : running->ends;
	long long left;

	if (running->is_behind && running->again < until)
		until = running->again;
	left = until - clock_milliseconds();

	return left > 0 ? (long)left : 0;
}

/* Sends what comes until it is over. */
static enum err
follow(struct running *running, struct reason *reason)
{
	struct feed_stream *stream = running->stream;
	int fd = watch_descriptor(stream->watcher);
	enum err err = ERR_OK;

	while (err == ERR_OK && clock_milliseconds() < running->ends) {
		enum request_wake wake = request_wait(stream->request,
			running->is_behind ? -1 : fd, time_left(running));

		if (wake == REQUEST_WAKE_GONE || wake == REQUEST_WAKE_STOP)
			break;
		if (wake == REQUEST_WAKE_INPUT)
			err = send_news(running, reason);
		else if (running->is_behind &&
			 clock_milliseconds() >= running->again)
			err = catch_up(running, reason);
		/* Also where much comes in that this one does not want. */
		if (err == ERR_OK && clock_milliseconds() >= running->beats) {
			log_state(running);
			err = send_heartbeat(running);
		}
	}
	return err;
}

static enum err
begin(struct running *running)
{
	const struct reply reply = {.status = 200,
		.content_type = EVENT_STREAM_TYPE,
		.headers = HEADERS};
	enum err err = request_start(running->stream->request, &reply);

	if (err == ERR_OK)
		err = event_stream_add_retry(
			&running->out, FEED_STREAM_RETRY_MILLISECONDS);
	if (err == ERR_OK)
		err = add_id(&running->out, &running->stream->cursor);
	return err == ERR_OK ? flush(running) : err;
}

void
feed_stream_run(struct feed_stream *stream)
{
	struct running running = {
		.stream = stream,
		.ends = clock_milliseconds() + FEED_STREAM_SECONDS * 1000,
	};
	struct reason reason = {""};
	enum err err;

	buf_init(&running.out, PIECE + 2 * LIMIT_FEED_EVENT);
	buf_init(&running.json, LIMIT_FEED_EVENT);
	err = begin(&running);
	if (err == ERR_OK)
		err = catch_up(&running, &reason);
	if (err == ERR_OK)
		err = follow(&running, &reason);
	/* That a client has left is no news. */
	if (err != ERR_OK && err != ERR_IO)
		log_line(stream->log, LOG_ERROR, "the stream was ended: %s",
			reason.text[0] != '\0' ? reason.text : err_text(err));
	buf_free(&running.out);
	buf_free(&running.json);
}
