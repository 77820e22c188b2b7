#ifndef HOOKSWITCH_FEED_STREAM_H
#define HOOKSWITCH_FEED_STREAM_H

#include "err.h"
#include "feed.h"
#include "log.h"
#include "request.h"
#include "watch.h"

/*
 * The feed as server-sent events: sent as it comes (feed_stream_run), or,
 * where a server cannot do that, in one piece, after which the client comes
 * back by itself (feed_stream_write).  Either way each event has its cursor as
 * id, which the client sends as Last-Event-ID when it comes back.
 *
 * Type "message" is an event of the feed, as JSON; "gone" tells that the
 * client's cursor was not good, and that the feed goes on from now: what is in
 * between has to be asked for in another way.
 */

/* After how long a stream ends, and who may read is asked again. */
#define FEED_STREAM_SECONDS 300

/*
 * How often something is sent at least: so that nobody thinks it dead, and
 * because servers notice only then that a client has left.
 */
#define FEED_STREAM_HEARTBEAT_SECONDS 5

/* After how long a client comes back to a stream; and without streams. */
#define FEED_STREAM_RETRY_MILLISECONDS 500
#define FEED_STREAM_POLL_MILLISECONDS 1500

struct feed_stream {
	struct request *request;
	struct reader *reader;
	const char *connection; /* libpq's string or URI */
	struct watcher *watcher;
	const struct feed_filter *filter;
	struct feed_cursor cursor; /* behind which to begin */
	const struct log *log;
};

/*
 * Answers the request with a stream, and returns when it is over: after
 * FEED_STREAM_SECONDS, when the process is told to stop, when the client has
 * left or does not read, or without memory.  While the database cannot be read
 * it waits.
 */
void feed_stream_run(struct feed_stream *stream);

/*
 * Appends a page to an answer in one piece, with what lets the client come
 * back.  *cursor is behind all of it then.  ERR_TOO_LARGE or ERR_MEMORY.
 */
enum err feed_stream_write(struct buf *out, const struct feed_page *page,
	const struct feed_filter *filter, struct feed_cursor *cursor) NODISCARD;

/* Appends the block "gone"; newest is where the feed goes on. */
enum err feed_stream_write_gone(
	struct buf *out, const struct feed_cursor *newest) NODISCARD;

#endif
