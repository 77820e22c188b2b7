/*
 * One thread that reads for many: what they get, and when they are told that
 * something is missing.  The database is played by what stands in for feed.h.
 */
#include "config.h"

#include "watch.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "check.h"
#include "digest.h"

/* Far longer than anything here takes. */
#define PATIENCE 20000

/* The database: whether it can be read, and what is not read yet. */
static struct {
	pthread_mutex_t mutex;
	size_t n_events; /* that there have been */
	size_t n_read;   /* by the thread that reads */
	size_t n_begun;
	size_t n_reads;
	bool is_away;
	bool is_lost; /* the next read finds the cursor no good */
} database = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Under their own names, as the linker puts them in the place of feed.c's. */
enum err __wrap_feed_begin(struct reader *reader, const char *connection,
	size_t newest, const char *since, struct feed_cursor *cursor,
	struct reason *reason);
enum err __wrap_feed_read(struct reader *reader, const char *connection,
	const struct feed_cursor *cursor, size_t limit, struct feed_page *page,
	struct reason *reason);
enum err __wrap_feed_look(struct reader *reader, const char *connection,
	struct buf *snapshot, bool *is_same, struct reason *reason);
struct feed_event __wrap_feed_page_event(
	const struct feed_page *page, size_t index);

enum err
__wrap_feed_begin(struct reader *reader, const char *connection, size_t newest,
	const char *since, struct feed_cursor *cursor, struct reason *reason)
{
	enum err err = ERR_OK;

	(void)reader;
	assert_string_equal(connection, "host=here");
	assert_int_equal(newest, 0);
	assert_null(since);
	memset(cursor, 0, sizeof *cursor);
	(void)pthread_mutex_lock(&database.mutex);
	database.n_begun++;
	if (database.is_away)
		err = err_reason(reason, ERR_DATABASE, "away");
	else
		database.n_read = database.n_events;
	cursor->xid = database.n_read;
	(void)pthread_mutex_unlock(&database.mutex);
	return err;
}

/* One event at a time. */
enum err
__wrap_feed_read(struct reader *reader, const char *connection,
	const struct feed_cursor *cursor, size_t limit, struct feed_page *page,
	struct reason *reason)
{
	enum err err = ERR_OK;

	(void)reader;
	(void)connection;
	assert_true(limit > 0);
	memset(page, 0, sizeof *page);
	(void)pthread_mutex_lock(&database.mutex);
	assert_int_equal(cursor->xid, database.n_read);
	database.n_reads++;
	if (database.is_away) {
		err = err_reason(reason, ERR_DATABASE, "away");
	} else if (database.is_lost) {
		database.is_lost = false;
		page->is_gone = true;
	} else if (database.n_read < database.n_events) {
		page->n = 1;
		page->has_more = ++database.n_read < database.n_events;
		page->running.xids[0] = database.n_read;
	}
	(void)pthread_mutex_unlock(&database.mutex);
	return err;
}

/* Something has changed when there is another event, or one is lost. */
enum err
__wrap_feed_look(struct reader *reader, const char *connection,
	struct buf *snapshot, bool *is_same, struct reason *reason)
{
	char text[64];
	enum err err = ERR_OK;

	(void)reader;
	(void)connection;
	(void)pthread_mutex_lock(&database.mutex);
	if (database.is_away)
		err = err_reason(reason, ERR_DATABASE, "away");
	(void)snprintf(text, sizeof text, "%zu %d", database.n_events,
		database.is_lost);
	(void)pthread_mutex_unlock(&database.mutex);
	*is_same = strcmp(buf_text(snapshot), text) == 0;
	if (err == ERR_OK) {
		buf_clear(snapshot);
		assert_int_equal(buf_add_text(snapshot, text), ERR_OK);
	}
	return err;
}

struct feed_event
__wrap_feed_page_event(const struct feed_page *page, size_t index)
{
	assert_int_equal(index, 0);
	return (struct feed_event){.xid = page->running.xids[0], .id = 1};
}

static void
change(size_t *number, size_t by)
{
	(void)pthread_mutex_lock(&database.mutex);
	*number += by;
	(void)pthread_mutex_unlock(&database.mutex);
}

static void
set(bool *flag, bool value)
{
	(void)pthread_mutex_lock(&database.mutex);
	*flag = value;
	(void)pthread_mutex_unlock(&database.mutex);
}

static size_t
get(const size_t *number)
{
	size_t value;

	(void)pthread_mutex_lock(&database.mutex);
	value = *number;
	(void)pthread_mutex_unlock(&database.mutex);
	return value;
}

static struct watcher *
join(struct watch *watch)
{
	struct watcher *watcher;
	struct reason reason = {""};

	assert_int_equal(
		watch_join(watch, "host=here", &watcher, &reason), ERR_OK);
	return watcher;
}

/* Waits for news; the number of the event, 0 for a page that is gone. */
static enum watch_news
wait_for_news(struct watcher *watcher, uint64_t *number)
{
	struct pollfd news = {
		.fd = watch_descriptor(watcher), .events = POLLIN};
	const struct feed_page *page;
	enum watch_news found;

	while ((found = watch_next(watcher, &page)) == WATCH_NOTHING)
		assert_int_equal(poll(&news, 1, PATIENCE), 1);
	if (found == WATCH_PAGE)
		*number = page->is_gone ? 0 : page->running.xids[0];
	return found;
}

static void
expect(struct watcher *watcher, uint64_t want)
{
	uint64_t number = 0;

	assert_int_equal(wait_for_news(watcher, &number), WATCH_PAGE);
	assert_int_equal(number, want);
}

static int
setup(void **state)
{
	static struct watch *watch;

	database.n_events = database.n_read = 100;
	database.n_begun = database.n_reads = 0;
	database.is_away = database.is_lost = false;
	if (watch_new(&watch, NULL) != ERR_OK)
		return -1;
	*state = watch;
	return 0;
}

static int
teardown(void **state)
{
	watch_free(*state);
	return 0;
}

/* Each gets each, from when it came; and one thread reads. */
static void
test_many(void **state)
{
	struct watcher *first = join(*state), *second = join(*state), *third;

	change(&database.n_events, 2);
	for (uint64_t n = 101; n <= 102; n++) {
		expect(first, n);
		expect(second, n);
	}
	third = join(*state);
	watch_leave(first);
	change(&database.n_events, 1);
	expect(second, 103);
	expect(third, 103);
	assert_int_equal(get(&database.n_begun), 1);
	watch_leave(second);
	watch_leave(third);
}

/* With nothing new there is nothing to read; and what is new is read. */
static void
test_idle(void **state)
{
	struct watcher *watcher = join(*state);
	size_t n = get(&database.n_reads);

	for (uint64_t i = 1; i <= 3; i++) {
		(void)poll(NULL, 0, 300); /* time enough to read, if it did */
		change(&database.n_events, 1);
		expect(watcher, 100 + i);
	}
	assert_int_equal(get(&database.n_reads), n + 3);
	watch_leave(watcher);
}

/* With nobody there nobody reads; who comes later begins anew. */
static void
test_nobody(void **state)
{
	struct watcher *watcher = join(*state);
	uint64_t number = 0;
	size_t n;

	watch_leave(watcher);
	watch_leave(NULL);
	change(&database.n_events, 5);
	watcher = join(*state);
	n = get(&database.n_begun);
	change(&database.n_events, 1);
	/* It may be the same thread, which then reads the others, or has. */
	assert_int_equal(wait_for_news(watcher, &number), WATCH_PAGE);
	assert_in_range(number, n == 1 ? 101 : 106, 106);
	watch_leave(watcher);
}

/* Who is slower than pages are kept has to read by itself. */
static void
test_behind(void **state)
{
	struct watcher *slow = join(*state), *fast = join(*state);
	uint64_t number = 0;

	/* A few at a time, so that the fast one always is. */
	for (uint64_t n = 101; n <= 140; n++) {
		if (n % 10 == 1)
			change(&database.n_events, 10);
		expect(fast, n);
	}
	assert_int_equal(wait_for_news(slow, &number), WATCH_BEHIND);
	change(&database.n_events, 1);
	expect(slow, 141);
	watch_leave(slow);
	watch_leave(fast);
}

/* As many pages as are kept, and one more. */
static void
test_almost_behind(void **state)
{
	for (uint64_t n_pages = 16; n_pages <= 17; n_pages++) {
		struct watcher *slow = join(*state), *fast = join(*state);
		uint64_t number = 0, first = get(&database.n_events) + 1;

		/* In two pieces, so that the fast one always is. */
		for (uint64_t n = first; n < first + n_pages; n++) {
			if (n == first || n == first + 8)
				change(&database.n_events,
					n == first ? 8 : n_pages - 8);
			expect(fast, n);
		}
		for (uint64_t n = first; n < first + n_pages && n_pages == 16;
			n++)
			expect(slow, n);
		if (n_pages > 16)
			assert_int_equal(
				wait_for_news(slow, &number), WATCH_BEHIND);
		watch_leave(slow);
		watch_leave(fast);
	}
}

static void
test_gone(void **state)
{
	struct watcher *watcher = join(*state);

	set(&database.is_lost, true);
	expect(watcher, 0);
	assert_int_equal(get(&database.n_begun), 2);
	change(&database.n_events, 1);
	expect(watcher, 101);
	watch_leave(watcher);
}

/* It waits, says why, and goes on from where it was. */
static void
test_away(void **state)
{
	struct watcher *watcher = join(*state), *other;
	struct reason reason = {""};

	set(&database.is_away, true);
	while (!watch_is_failing(watcher, &reason))
		(void)poll(NULL, 0, 10);
	assert_string_equal(reason.text, "away");
	/* Who comes now learns of it at once. */
	assert_int_equal(
		watch_join(*state, "host=here", &other, &reason), ERR_DATABASE);
	assert_null(other);
	change(&database.n_events, 1);
	set(&database.is_away, false);
	expect(watcher, 101);
	assert_false(watch_is_failing(watcher, &reason));
	assert_int_equal(get(&database.n_begun), 1);
	watch_leave(watcher);
}

/* Also when something is lost meanwhile, and cannot be read at once. */
static void
test_gone_and_away(void **state)
{
	struct watcher *watcher = join(*state);
	struct reason reason;

	set(&database.is_away, true);
	while (!watch_is_failing(watcher, &reason))
		(void)poll(NULL, 0, 10);
	set(&database.is_lost, true);
	set(&database.is_away, false);
	expect(watcher, 0);
	watch_leave(watcher);
}

static void
test_away_from_the_beginning(void **state)
{
	struct watcher *watcher;
	struct reason reason;

	database.is_away = true;
	assert_int_equal(watch_join(*state, "host=here", &watcher, &reason),
		ERR_DATABASE);
	assert_string_equal(reason.text, "away");
	set(&database.is_away, false);
	while (watch_join(*state, "host=here", &watcher, &reason) != ERR_OK)
		(void)poll(NULL, 0, 10);
	watch_leave(watcher);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_almost_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_away, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_gone_and_away, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_away_from_the_beginning, setup, teardown),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
