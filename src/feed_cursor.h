#ifndef HOOKSWITCH_FEED_CURSOR_H
#define HOOKSWITCH_FEED_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "limit.h"

/*
 * How far somebody has read the feed, so that nothing is read twice and
 * nothing is missed, in whatever order transactions commit.
 *
 * Events are read in the order of (xid, id): the transaction that wrote them,
 * and their number.  Both are given out before commit, so that an event can
 * turn up behind others that were read already.  But it can only be one of a
 * transaction that was open then, and these are known.  A cursor is therefore
 * the last event that was read, and the transactions before it that were open
 * when it was.  Everything else up to the event has been read.  Of one of
 * these transactions some events may have been read; its others come next.
 *
 * It stays good when the server is restarted or another takes its place, as
 * long as its event is there: that one is on disk, and so is whatever had to be
 * for it; no transaction before it that is not in the list can still write.
 *
 * Pure: what is open is told by who has asked the database (feed.h).
 */

/* Hexadecimal digits that tell one database from others. */
#define FEED_IDENTITY 24

/* A transaction that was open, and the last that has been read of it since. */
struct feed_open {
	uint64_t xid;
	int64_t id; /* 0: nothing yet */
};

struct feed_cursor {
	char identity[FEED_IDENTITY + 1];
	uint64_t xid; /* of the last event; 0 before the first there is */
	int64_t id;
	struct feed_open open[LIMIT_FEED_OPEN]; /* below xid, ascending */
	size_t n_open;
};

/* The transactions that were open when events were read, ascending. */
struct feed_running {
	uint64_t xids[LIMIT_FEED_OPEN + 1]; /* the oldest of them */
	size_t n;
	bool is_cut; /* behind the last of these any may be open */
};

/* Reads what feed_cursor_format has written, and nothing else. */
bool feed_cursor_parse(struct feed_cursor *cursor, const char *text) NODISCARD;

/* As a text for clients: of letters, digits and "-._~", at most LIMIT_CURSOR.
 */
void feed_cursor_format(
	const struct feed_cursor *cursor, char text[LIMIT_CURSOR + 1]);

/* Whether an event has been read. */
bool feed_cursor_covers(
	const struct feed_cursor *cursor, uint64_t xid, int64_t id);

/*
 * Notes that the next event has been read, the next in order of what was found
 * while running were open.  False, and *cursor as it was, if more of them than
 * a cursor can hold are before the event, or nobody knows which: it has to wait
 * until some end.
 */
bool feed_cursor_advance(struct feed_cursor *cursor,
	const struct feed_running *running, uint64_t xid, int64_t id) NODISCARD;

/*
 * Notes that all there was has been read while running were open: what is not
 * among them, nothing more can come of.
 */
void feed_cursor_settle(
	struct feed_cursor *cursor, const struct feed_running *running);

/* Appends the list of open transactions as JSON, for sql/reads/events.sql. */
enum err feed_cursor_write_open(
	const struct feed_cursor *cursor, struct buf *out) NODISCARD;

/*
 * Reads "7,9,12", transactions that are open, ascending, with a "+" behind if
 * any that are younger may be, too; false if it is not that.  Of more than fit
 * the first ones are taken.
 */
bool feed_running_parse(
	struct feed_running *running, const char *text) NODISCARD;

#endif
