#include "config.h"

#include "feed_cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Reads a number as it is written, without a zero before it. */
static bool
read_number(const char **text, uint64_t max, uint64_t *number)
{
	const char *at = *text;
	uint64_t value = 0;

	if (at[0] == '0' && at[1] >= '0' && at[1] <= '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (at == *text)
		return false;
	*text = at;
	*number = value;
	return true;
}

static bool
read_id(const char **text, int64_t *id)
{
	uint64_t number;

	if (!read_number(text, INT64_MAX, &number))
		return false;
	*id = (int64_t)number;
	return true;
}

static bool
skip(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

/* Turns a list round. */
static void
reverse(struct feed_open *open, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct feed_open first = open[i];

		open[i] = open[n - 1 - i];
		open[n - 1 - i] = first;
	}
}

/* "-3-1~77": each so much below the one before, the first below the event. */
static bool
read_open(struct feed_cursor *cursor, const char *text)
{
	uint64_t xid = cursor->xid;
	size_t n_begun = 0;

	while (skip(&text, '-')) {
		struct feed_open *open = &cursor->open[cursor->n_open];
		uint64_t distance;

		if (cursor->n_open == LIMIT_FEED_OPEN ||
			!read_number(&text, UINT64_MAX, &distance) ||
			distance == 0 || distance >= xid)
			return false;
		xid -= distance;
		open->xid = xid;
		open->id = 0;
		/* One is read to its end before another is begun. */
		if (skip(&text, '~') && (!read_id(&text, &open->id) ||
						open->id == 0 || n_begun++ > 0))
			return false;
		cursor->n_open++;
	}
	reverse(cursor->open, cursor->n_open);
	return *text == '\0';
}

bool
feed_cursor_parse(struct feed_cursor *cursor, const char *text)
{
	size_t len = strspn(text, "0123456789abcdef");

	memset(cursor, 0, sizeof *cursor);
	if (len == 0 || len > FEED_IDENTITY || strlen(text) > LIMIT_CURSOR)
		return false;
	memcpy(cursor->identity, text, len);
	text += len;
	return skip(&text, '.') &&
	       read_number(&text, UINT64_MAX, &cursor->xid) &&
	       skip(&text, '.') && read_id(&text, &cursor->id) &&
	       read_open(cursor, text);
}

void
feed_cursor_format(
	const struct feed_cursor *cursor, char text[LIMIT_CURSOR + 1])
{
	size_t len = (size_t)snprintf(text, LIMIT_CURSOR + 1,
		"%s.%" PRIu64 ".%" PRId64, cursor->identity, cursor->xid,
		cursor->id);
	uint64_t before = cursor->xid;

	for (size_t i = cursor->n_open; i > 0; i--) {
		const struct feed_open *open = &cursor->open[i - 1];

		len += (size_t)snprintf(text + len, LIMIT_CURSOR + 1 - len,
			"-%" PRIu64, before - open->xid);
		if (open->id > 0)
			len += (size_t)snprintf(text + len,
				LIMIT_CURSOR + 1 - len, "~%" PRId64, open->id);
		before = open->xid;
	}
}

/* The place of a transaction in the list; n_open if it is not there. */
static size_t
find_open(const struct feed_cursor *cursor, uint64_t xid)
{
	size_t i = 0;

	while (i < cursor->n_open && cursor->open[i].xid != xid)
		i++;
	return i;
}

/* Whether an event is behind the last one that was read. */
static bool
is_behind(const struct feed_cursor *cursor, uint64_t xid, int64_t id)
{
	return xid > cursor->xid || (xid == cursor->xid && id > cursor->id);
}

bool
feed_cursor_covers(const struct feed_cursor *cursor, uint64_t xid, int64_t id)
{
	size_t at = find_open(cursor, xid);

	if (is_behind(cursor, xid, id))
		return false;
	return at == cursor->n_open || id <= cursor->open[at].id;
}

/* Whether a transaction may still be open, as far as the list goes. */
static bool
may_run(const struct feed_running *running, uint64_t xid)
{
	for (size_t i = 0; i < running->n; i++)
		if (running->xids[i] == xid)
			return true;
	return running->is_cut && xid > running->xids[running->n - 1];
}

/*
 * Forgets what has been read to its end: those below xid that have ended, and
 * one that was begun, which is read before any other.
 */
static void
forget(struct feed_cursor *cursor, const struct feed_running *running,
	uint64_t xid)
{
	size_t n = 0;

	for (size_t i = 0; i < cursor->n_open; i++) {
		const struct feed_open *open = &cursor->open[i];

		if (open->id == 0 &&
			(open->xid >= xid || may_run(running, open->xid)))
			cursor->open[n++] = *open;
	}
	cursor->n_open = n;
}

/* An event of a transaction that was open before. */
static void
advance_open(struct feed_cursor *cursor, const struct feed_running *running,
	uint64_t xid, int64_t id)
{
	size_t at = find_open(cursor, xid);

	if (at < cursor->n_open && cursor->open[at].id == 0) {
		forget(cursor, running, xid);
		at = find_open(cursor, xid);
	}
	if (at < cursor->n_open)
		cursor->open[at].id = id;
}

bool
feed_cursor_advance(struct feed_cursor *cursor,
	const struct feed_running *running, uint64_t xid, int64_t id)
{
	size_t n = 0;

	if (!is_behind(cursor, xid, id)) {
		advance_open(cursor, running, xid, id);
		return true;
	}
	while (n < running->n && running->xids[n] < xid)
		n++;
	if (n > LIMIT_FEED_OPEN || (running->is_cut && n == running->n))
		return false;
	cursor->xid = xid;
	cursor->id = id;
	for (size_t i = 0; i < n; i++)
		cursor->open[i] = (struct feed_open){running->xids[i], 0};
	cursor->n_open = n;
	return true;
}

void
feed_cursor_settle(
	struct feed_cursor *cursor, const struct feed_running *running)
{
	forget(cursor, running, UINT64_MAX);
}

enum err
feed_cursor_write_open(const struct feed_cursor *cursor, struct buf *out)
{
	enum err err = buf_add_text(out, "[");

	for (size_t i = 0; err == ERR_OK && i < cursor->n_open; i++) {
		char text[80];

		(void)snprintf(text, sizeof text,
			"%s{\"xid\":\"%" PRIu64 "\",\"id\":%" PRId64 "}",
			i > 0 ? "," : "", cursor->open[i].xid,
			cursor->open[i].id);
		err = buf_add_text(out, text);
	}
	return err == ERR_OK ? buf_add_text(out, "]") : err;
}

bool
feed_running_parse(struct feed_running *running, const char *text)
{
	running->n = 0;
	running->is_cut = false;
	if (*text == '\0')
		return true;
	while (running->n <= LIMIT_FEED_OPEN) {
		uint64_t *xid = &running->xids[running->n];

		if (!read_number(&text, UINT64_MAX, xid) ||
			(running->n > 0 && *xid <= xid[-1]))
			return false;
		running->n++;
		running->is_cut = skip(&text, '+');
		if (*text == '\0')
			return true;
		if (running->is_cut || !skip(&text, ','))
			return false;
	}
	running->is_cut = true;
	return true;
}
