#ifndef HOOKSWITCH_WATCH_H
#define HOOKSWITCH_WATCH_H

#include <stdbool.h>

#include "err.h"
#include "feed.h"
#include "reader.h"

/*
 * Many who follow the feed of one database, and one thread that reads it for
 * all of them, four times a second, as long as there is one.
 *
 * The last pages are kept for a while; who is slower than that, or begins at an
 * older cursor, has to read by itself (feed.h) and then come back.
 *
 * What is shared out begins somewhere before one joins, and nobody else's
 * cursor says where: a watcher reads from its own cursor up to the newest
 * event after it has joined, and leaves out of the pages what its cursor
 * covers.  Then it has each event once.
 */

struct watch;
struct watcher;

/* *out is ended with watch_free.  The reader is borrowed. */
enum err watch_new(struct watch **out, struct reader *reader) NODISCARD;

/* Waits for its threads; no watcher may be left.  NULL is allowed. */
void watch_free(struct watch *watch);

/*
 * *out gets what is read from now on; ended with watch_leave, NULL on error.
 * connection is libpq's string or URI.  Returns when the first page has been
 * asked for.  ERR_DATABASE if that could not be done, ERR_MEMORY.
 */
enum err watch_join(struct watch *watch, const char *connection,
	struct watcher **out, struct reason *reason) NODISCARD;

/* NULL is allowed. */
void watch_leave(struct watcher *watcher);

/* Can be read when watch_next has something to say. */
int watch_descriptor(const struct watcher *watcher);

/* What watch_next has. */
enum watch_news {
	WATCH_NOTHING, /* that is new */
	WATCH_PAGE,    /* *page: stays until the next call */
	WATCH_BEHIND,  /* pages are lost to this watcher: it has to read by
			  itself, and then take those that come */
};

/* The next page, one at a time; page->is_gone may be set. */
enum watch_news watch_next(
	struct watcher *watcher, const struct feed_page **page) NODISCARD;

/* Whether the database cannot be read at the moment, and why not. */
bool watch_is_failing(struct watcher *watcher, struct reason *reason);

#endif
