/*
 * Cursors of the feed: what they say as text, what is no cursor, and that
 * readers who go by them get each event once, in whatever order transactions
 * commit.
 */
#include "config.h"

#include "feed_cursor.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "guard.h"

/* line, text, whether it is a cursor */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	bool want;
} texts[] = {
	{__LINE__, "c0ffee.0.0", true},
	{__LINE__, "c0ffee.745.1203", true},
	{__LINE__, "c0ffee.745.1203-3-1-700", true},
	{__LINE__, "c0ffee.745.1203-3-1~77-700", true},
	{__LINE__, "0123456789abcdef01234567.18446744073709551615."
		"9223372036854775807", true},
	{__LINE__, "a.18446744073709551615.1-18446744073709551614", true},

	{__LINE__, "", false},
	{__LINE__, ".745.1203", false},
	{__LINE__, "c0ffee", false},
	{__LINE__, "c0ffee.", false},
	{__LINE__, "c0ffee.745", false},
	{__LINE__, "c0ffee.745.", false},
	{__LINE__, "C0FFEE.745.1203", false},
	{__LINE__, "coffee.745.1203", false},
	{__LINE__, "0123456789abcdef012345678.1.1", false},
	{__LINE__, "c0ffee.0745.1203", false},
	{__LINE__, "c0ffee.745.01203", false},
	{__LINE__, "c0ffee.-745.1203", false},
	{__LINE__, "c0ffee.+745.1203", false},
	{__LINE__, "c0ffee. 745.1203", false},
	{__LINE__, "c0ffee.745.1203 ", false},
	{__LINE__, "c0ffee.745.1203.", false},
	{__LINE__, "c0ffee.18446744073709551616.1", false},
	{__LINE__, "c0ffee.1.9223372036854775808", false},
	{__LINE__, "c0ffee.99999999999999999999999999.1", false},
	{__LINE__, "c0ffee.745.1203-", false},
	{__LINE__, "c0ffee.745.1203-0", false},
	{__LINE__, "c0ffee.745.1203-03", false},
	{__LINE__, "c0ffee.745.1203-745", false},
	{__LINE__, "c0ffee.745.1203-3-742", false},
	{__LINE__, "c0ffee.745.1203-18446744073709551615", false},
	{__LINE__, "c0ffee.745.1203-3~", false},
	{__LINE__, "c0ffee.745.1203-3~0", false},
	{__LINE__, "c0ffee.745.1203-3~07", false},
	{__LINE__, "c0ffee.745.1203-3~7-1~7", false},
	{__LINE__, "c0ffee.745.1203~7", false},
	{__LINE__, "c0ffee.745.1203-3,1", false},
};
/* clang-format on */

static void
test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(texts); i++) {
		struct feed_cursor cursor;
		char text[LIMIT_CURSOR + 1];
		struct guard guard;

		CHECK_NUMBER(texts[i].line,
			feed_cursor_parse(
				&cursor, guard_text(&guard, texts[i].text)),
			texts[i].want);
		if (texts[i].want) {
			feed_cursor_format(&cursor, text);
			CHECK_TEXT(texts[i].line, text, texts[i].text);
		}
		guard_free(&guard);
	}
}

/* Cut anywhere, or with any other byte: refused, or it is what it says. */
static void
test_damaged(void **state)
{
	static const char whole[] = "9f3a2b1c.745.1203-3-1~77-700";
	struct feed_cursor cursor;
	char text[sizeof whole], again[LIMIT_CURSOR + 1];

	(void)state;
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		memcpy(text, whole, len);
		text[len] = '\0';
		if (!feed_cursor_parse(&cursor, text))
			continue;
		feed_cursor_format(&cursor, again);
		assert_string_equal(again, text);
	}
	for (size_t at = 0; at < sizeof whole - 1; at++) {
		for (int byte = 1; byte < 256; byte++) {
			memcpy(text, whole, sizeof whole);
			text[at] = (char)byte;
			if (!feed_cursor_parse(&cursor, text))
				continue;
			feed_cursor_format(&cursor, again);
			assert_string_equal(again, text);
		}
	}
}

/* As many as may be open, each as far from the next as can be. */
static void
test_longest(void **state)
{
	const uint64_t far = UINT64_MAX / (LIMIT_FEED_OPEN + 1);
	struct feed_cursor cursor = {.xid = UINT64_MAX, .id = INT64_MAX};
	struct feed_cursor again;
	char text[LIMIT_CURSOR + 1];
	struct buf open;

	(void)state;
	memset(cursor.identity, 'f', FEED_IDENTITY);
	for (size_t i = 0; i < LIMIT_FEED_OPEN; i++)
		cursor.open[i].xid = far * (i + 1);
	cursor.open[7].id = INT64_MAX;
	cursor.n_open = LIMIT_FEED_OPEN;
	feed_cursor_format(&cursor, text);
	assert_in_range(strlen(text), 3500, LIMIT_CURSOR - 1);
	assert_true(feed_cursor_parse(&again, text));
	assert_memory_equal(&again, &cursor, sizeof cursor);
	assert_true(strlen(text) + 3 < sizeof text);
	strcat(text, "-1"); /* one more than may be */
	assert_false(feed_cursor_parse(&again, text));

	buf_init(&open, 80 * LIMIT_FEED_OPEN);
	assert_int_equal(feed_cursor_write_open(&cursor, &open), ERR_OK);
	buf_free(&open);
}

static void
test_open_as_json(void **state)
{
	struct feed_cursor cursor;
	struct buf open;

	(void)state;
	buf_init(&open, 1000);
	assert_true(feed_cursor_parse(&cursor, "a.10.5"));
	assert_int_equal(feed_cursor_write_open(&cursor, &open), ERR_OK);
	assert_string_equal(buf_text(&open), "[]");
	buf_clear(&open);
	assert_true(feed_cursor_parse(&cursor, "a.10.5-1~4-2"));
	assert_int_equal(feed_cursor_write_open(&cursor, &open), ERR_OK);
	assert_string_equal(buf_text(&open),
		"[{\"xid\":\"7\",\"id\":0},{\"xid\":\"9\",\"id\":4}]");
	buf_free(&open);
}

static void
test_running(void **state)
{
	static const char *const wrong[] = {",", "7,", ",7", "7,,8", "8,7",
		"7,7", "x", "7;8", "07", "18446744073709551616", "+", "7,+",
		"7+,", "7+9", "7++", "+7"};
	struct feed_running running;
	char text[16 * LIMIT_FEED_OPEN];
	size_t len = 0;

	(void)state;
	assert_true(feed_running_parse(&running, ""));
	assert_int_equal(running.n, 0);
	assert_true(feed_running_parse(&running, "7,9,18446744073709551615"));
	assert_int_equal(running.n, 3);
	assert_int_equal(running.xids[0], 7);
	assert_true(running.xids[2] == UINT64_MAX);
	assert_false(running.is_cut);
	assert_true(feed_running_parse(&running, "7+"));
	assert_int_equal(running.n, 1);
	assert_true(running.is_cut);
	assert_true(feed_running_parse(&running, "7,9"));
	assert_false(running.is_cut);
	for (size_t i = 0; i < N_OF(wrong); i++)
		assert_false(feed_running_parse(&running, wrong[i]));
	for (size_t i = 0; i < LIMIT_FEED_OPEN + 9; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%zu",
			i > 0 ? "," : "", 10 + i);
	assert_true(feed_running_parse(&running, text));
	assert_int_equal(running.n, LIMIT_FEED_OPEN + 1);
	assert_true(running.is_cut);
}

/* With more open than a cursor holds, what is behind them has to wait. */
static void
test_too_many_open(void **state)
{
	struct feed_cursor cursor, before;
	struct feed_running running = {
		.n = LIMIT_FEED_OPEN + 1, .is_cut = true};

	(void)state;
	for (size_t i = 0; i < running.n; i++)
		running.xids[i] = 100 + i;
	assert_true(feed_cursor_parse(&cursor, "a.50.1-1"));
	assert_true(feed_cursor_advance(&cursor, &running, 60, 2));
	assert_int_equal(cursor.n_open, 0);
	assert_true(feed_cursor_advance(
		&cursor, &running, running.xids[LIMIT_FEED_OPEN], 3));
	assert_int_equal(cursor.n_open, LIMIT_FEED_OPEN);
	before = cursor;
	assert_false(feed_cursor_advance(&cursor, &running, 1000, 4));
	assert_memory_equal(&cursor, &before, sizeof cursor);

	/* What is beyond the list may be open. */
	assert_true(feed_cursor_parse(&cursor, "a.1000.4-1"));
	feed_cursor_settle(&cursor, &running);
	assert_int_equal(cursor.n_open, 1);
	running.n = LIMIT_FEED_OPEN;
	running.is_cut = false;
	feed_cursor_settle(&cursor, &running);
	assert_int_equal(cursor.n_open, 0);
}

/* A standby says no more than from where on there may be any. */
static void
test_open_on_a_standby(void **state)
{
	struct feed_cursor cursor;
	struct feed_running running;
	char text[LIMIT_CURSOR + 1];

	(void)state;
	assert_true(feed_running_parse(&running, "8+"));
	assert_true(feed_cursor_parse(&cursor, "a.10.5-1-1-1"));
	feed_cursor_settle(&cursor, &running);
	feed_cursor_format(&cursor, text);
	assert_string_equal(text, "a.10.5-1-1"); /* 7 has ended */
	assert_false(feed_cursor_advance(&cursor, &running, 11, 6));
	assert_true(feed_running_parse(&running, "12+"));
	assert_true(feed_cursor_advance(&cursor, &running, 8, 7));
	feed_cursor_format(&cursor, text);
	assert_string_equal(text, "a.10.5-1-1~7");
	assert_true(feed_cursor_advance(&cursor, &running, 11, 6));
	feed_cursor_format(&cursor, text);
	assert_string_equal(text, "a.11.6");
}

/*
 * A ledger in memory: transactions that begin, write and commit at random, and
 * a reader that asks now and then, for a few events at a time, goes away in
 * the middle of an answer, and comes back with the last cursor it had; now and
 * then it asks a standby.
 */

#define TRANSACTIONS 60
#define ROWS 400

struct row {
	uint64_t xid;
	int64_t id;
	int n_read;
};

struct ledger {
	struct row rows[ROWS]; /* by id */
	size_t n;
	uint64_t next_xid;
	uint64_t open[TRANSACTIONS];
	size_t n_open;
	size_t n_begun;
};

static size_t
pick(size_t n)
{
	return (size_t)random() % n;
}

static bool
is_open(const struct ledger *ledger, uint64_t xid)
{
	for (size_t i = 0; i < ledger->n_open; i++)
		if (ledger->open[i] == xid)
			return true;
	return false;
}

static void
write_something(struct ledger *ledger)
{
	if (ledger->n_begun < TRANSACTIONS && pick(3) == 0) {
		ledger->open[ledger->n_open++] = ledger->next_xid;
		ledger->next_xid += 1 + pick(3);
		ledger->n_begun++;
	}
	if (ledger->n_open > 0 && ledger->n < ROWS && pick(3) > 0) {
		struct row *row = &ledger->rows[ledger->n++];

		row->xid = ledger->open[pick(ledger->n_open)];
		row->id = (int64_t)ledger->n;
	}
	if (ledger->n_open > 0 && pick(4) == 0) {
		size_t at = pick(ledger->n_open);

		ledger->open[at] = ledger->open[--ledger->n_open];
	}
}

static int
compare_xids(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left;
	const uint64_t b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static void
look(const struct ledger *ledger, struct feed_running *running)
{
	running->n = ledger->n_open;
	running->is_cut = false;
	memcpy(running->xids, ledger->open,
		ledger->n_open * sizeof running->xids[0]);
	qsort(running->xids, running->n, sizeof running->xids[0], compare_xids);
}

/* Whether the rest of a transaction's events comes before all others. */
static bool
is_begun(const struct feed_cursor *cursor, const struct row *row)
{
	for (size_t i = 0; i < cursor->n_open; i++)
		if (cursor->open[i].xid == row->xid)
			return cursor->open[i].id > 0;
	return false;
}

static bool
is_before(const struct feed_cursor *cursor, const struct row *a,
	const struct row *b)
{
	if (is_begun(cursor, a) != is_begun(cursor, b))
		return is_begun(cursor, a);
	return a->xid < b->xid || (a->xid == b->xid && a->id < b->id);
}

/* As a standby tells it: any may be open from the oldest on. */
static void
look_from_a_standby(const struct ledger *ledger, struct feed_running *running)
{
	look(ledger, running);
	if (running->n == 0)
		running->xids[0] = ledger->next_xid;
	running->n = 1;
	running->is_cut = true;
}

/* What a standby does not show, since others may come before it. */
static bool
is_hidden(const struct feed_cursor *cursor, const struct feed_running *running,
	const struct row *row)
{
	return running->is_cut && row->xid >= running->xids[0] &&
	       !is_begun(cursor, row);
}

/* The next row in order that is shown and is not covered; NULL if none. */
static struct row *
next_row(struct ledger *ledger, const struct feed_cursor *cursor,
	const struct feed_running *running)
{
	struct row *next = NULL;

	for (size_t i = 0; i < ledger->n; i++) {
		struct row *row = &ledger->rows[i];

		if (!is_open(ledger, row->xid) &&
			!is_hidden(cursor, running, row) &&
			!feed_cursor_covers(cursor, row->xid, row->id) &&
			(next == NULL || is_before(cursor, row, next)))
			next = row;
	}
	return next;
}

/* One answer, of which only a part may arrive; then the cursor is older. */
static void
read_some(struct ledger *ledger, struct feed_cursor *cursor)
{
	struct feed_running running;
	size_t most = 1 + pick(6);
	char text[LIMIT_CURSOR + 1];

	if (pick(4) == 0)
		look_from_a_standby(ledger, &running);
	else
		look(ledger, &running);
	for (size_t n = 0; n < most; n++) {
		struct row *row = next_row(ledger, cursor, &running);

		if (row == NULL) {
			feed_cursor_settle(cursor, &running);
			break;
		}
		row->n_read++;
		assert_true(feed_cursor_advance(
			cursor, &running, row->xid, row->id));
		assert_true(feed_cursor_covers(cursor, row->xid, row->id));
	}
	feed_cursor_format(cursor, text);
	assert_true(feed_cursor_parse(cursor, text));
}

static void
check_once(const struct ledger *ledger, unsigned seed)
{
	for (size_t i = 0; i < ledger->n; i++)
		if (ledger->rows[i].n_read != 1)
			fail_msg("seed %u: row (%" PRIu64 ", %" PRId64
				 ") was read %d times",
				seed, ledger->rows[i].xid, ledger->rows[i].id,
				ledger->rows[i].n_read);
}

static void
test_each_once(void **state)
{
	const char *given = getenv("HOOKSWITCH_SEED");
	unsigned first = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				       : (unsigned)time(NULL);

	size_t n_rows = 0;

	(void)state;
	for (unsigned seed = first; seed < first + 300; seed++) {
		struct ledger ledger = {.next_xid = 1 + seed % 1000};
		struct feed_cursor cursor = {.identity = "a"};

		srandom(seed);
		for (int step = 0; step < 600; step++) {
			write_something(&ledger);
			if (pick(5) == 0)
				read_some(&ledger, &cursor);
		}
		ledger.n_open = 0;
		for (int step = 0; step < ROWS; step++)
			read_some(&ledger, &cursor);
		check_once(&ledger, seed);
		n_rows += ledger.n;
	}
	assert_true(n_rows > 300 * 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_open_as_json),
		cmocka_unit_test(test_running),
		cmocka_unit_test(test_too_many_open),
		cmocka_unit_test(test_open_on_a_standby),
		cmocka_unit_test(test_each_once),
	};

	return cmocka_run_group_tests_name("feed_cursor", tests, NULL, NULL);
}
