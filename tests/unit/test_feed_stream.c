/*
 * The feed as server-sent events: what a client gets, from pages that somebody
 * else has read.  What is read, and why one wakes, is written down in advance.
 */
#include "config.h"

#include "feed_stream.h"

#include <inttypes.h>
#include <stdlib.h>

#include "check.h"
#include "clock.h"

/* A page as it was read: events, and what was open then. */
struct script {
	enum {
		SCRIPT_END,
		SCRIPT_READ,
		SCRIPT_AWAY,
		SCRIPT_SHARED,
		SCRIPT_BEHIND
	} what;
	struct {
		uint64_t xid;
		int64_t id;
		const char *kind;
	} events[4];      /* xid 0 ends */
	uint64_t open[4]; /* 0 ends */
	bool is_gone, is_cut, is_behind;
};

/* What happens, in this order; and where we are. */
static const struct script *script;
static int n_waits;      /* that nothing comes */
static int n_looks = -1; /* until the process is told to stop; below 0: never */
static long page_milliseconds; /* that each page takes */

/* Under their own names, as the linker puts them in the others' place. */
enum err __wrap_feed_begin(struct reader *reader, const char *connection,
	size_t newest, const char *since, struct feed_cursor *cursor,
	struct reason *reason);
enum err __wrap_feed_read(struct reader *reader, const char *connection,
	const struct feed_cursor *cursor, size_t limit, struct feed_page *page,
	struct reason *reason);
struct feed_event __wrap_feed_page_event(
	const struct feed_page *page, size_t index);
void __wrap_feed_page_free(struct feed_page *page);
enum watch_news __wrap_watch_next(
	struct watcher *watcher, const struct feed_page **page);
int __wrap_watch_descriptor(const struct watcher *watcher);
bool __wrap_watch_is_failing(struct watcher *watcher, struct reason *reason);
enum request_wake __wrap_request_wait(
	struct request *request, int fd, long milliseconds);
long long __wrap_clock_milliseconds(void);

static long long now;

static void
take_page(struct feed_page *page)
{
	now += page_milliseconds;
	memset(page, 0, sizeof *page);
	page->result = (struct reader_result *)(uintptr_t)script;
	page->is_gone = script->is_gone;
	page->is_behind = script->is_behind;
	page->has_more = script->is_cut;
	page->is_whole = !script->is_cut;
	while (page->n < 4 && script->events[page->n].xid != 0)
		page->n++;
	while (page->running.n < 4 && script->open[page->running.n] != 0) {
		page->running.xids[page->running.n] =
			script->open[page->running.n];
		page->running.n++;
	}
	script++;
}

enum err
__wrap_feed_begin(struct reader *reader, const char *connection, size_t newest,
	const char *since, struct feed_cursor *cursor, struct reason *reason)
{
	(void)reader;
	(void)connection;
	(void)newest;
	(void)since;
	(void)reason;
	assert_true(feed_cursor_parse(cursor, "b.1000.1"));
	return ERR_OK;
}

enum err
__wrap_feed_read(struct reader *reader, const char *connection,
	const struct feed_cursor *cursor, size_t limit, struct feed_page *page,
	struct reason *reason)
{
	(void)reader;
	(void)connection;
	(void)cursor;
	(void)limit;
	if (script->what != SCRIPT_READ) {
		memset(page, 0, sizeof *page);
		if (script->what == SCRIPT_AWAY)
			script++;
		return err_reason(reason, ERR_DATABASE, "nothing to read");
	}
	take_page(page);
	return ERR_OK;
}

struct feed_event
__wrap_feed_page_event(const struct feed_page *page, size_t index)
{
	const struct script *from = (const void *)page->result;

	return (struct feed_event){
		.xid = from->events[index].xid,
		.id = from->events[index].id,
		.kind = from->events[index].kind != NULL
				? from->events[index].kind
				: "call",
		.endpoint = "voice",
		.account_sid = "AC1",
		.json = "{\"a\":1}",
	};
}

void
__wrap_feed_page_free(struct feed_page *page)
{
	memset(page, 0, sizeof *page);
}

enum watch_news
__wrap_watch_next(struct watcher *watcher, const struct feed_page **page)
{
	static struct feed_page shared;

	(void)watcher;
	if (script->what == SCRIPT_BEHIND) {
		script++;
		return WATCH_BEHIND;
	}
	if (script->what != SCRIPT_SHARED)
		return WATCH_NOTHING;
	take_page(&shared);
	*page = &shared;
	return WATCH_PAGE;
}

int
__wrap_watch_descriptor(const struct watcher *watcher)
{
	(void)watcher;
	return 7;
}

bool
__wrap_watch_is_failing(struct watcher *watcher, struct reason *reason)
{
	(void)watcher;
	(void)reason;
	return false;
}

long long
__wrap_clock_milliseconds(void)
{
	return now;
}

/* Something came, or the time is over, or the client has left. */
enum request_wake
__wrap_request_wait(struct request *request, int fd, long milliseconds)
{
	(void)request;
	if (n_looks == 0)
		return REQUEST_WAKE_STOP;
	if (milliseconds == 0) {
		n_looks -= n_looks > 0;
		return REQUEST_WAKE_TIME;
	}
	assert_true(fd == 7 || fd == -1);
	if (fd == 7 && script->what != SCRIPT_END)
		return REQUEST_WAKE_INPUT;
	now += milliseconds;
	return n_waits-- > 0 ? REQUEST_WAKE_TIME : REQUEST_WAKE_GONE;
}

static void
write_log(void *context, const char *line)
{
	buf_clear(context);
	assert_int_equal(buf_add_text(context, line), ERR_OK);
}

/* Runs a stream behind a cursor; what the client gets behind the headers. */
static void
run(const struct script *from, const char *cursor,
	const struct feed_filter *filter, struct buf *output,
	struct buf *logged)
{
	static const char *const variables[] = {NULL};
	const struct request_memory memory = {
		.variables = variables, .output = output, .log = logged};
	const struct log log = {"events", LOG_INFO, write_log, logged};
	struct feed_stream stream = {.filter = filter, .log = &log};
	const char *body;

	script = from;
	assert_int_equal(request_open_memory(&stream.request, &memory), ERR_OK);
	assert_int_equal(request_next(stream.request), REQUEST_READY);
	assert_true(feed_cursor_parse(&stream.cursor, cursor));
	feed_stream_run(&stream);
	request_close(stream.request);
	body = strstr(buf_text(output), "\r\n\r\n");
	assert_non_null(body);
	CHECK_HOLDS(__LINE__, buf_text(output),
		"Content-Type: text/event-stream\r\n");
	CHECK_LACKS(__LINE__, buf_text(output), "Content-Length");
}

#define BEGIN(cursor) "retry: 500\nid: " cursor "\n\n"
#define EVENT(cursor)                                                          \
	"id: " cursor "\ndata: {\"cursor\":\"" cursor "\",\"a\":1}\n\n"
#define GONE                                                                   \
	"event: gone\nid: b.1000.1\ndata: {\"oldest\":\"b.0.0\","              \
	"\"newest\":\"b.1000.1\"}\n\n"

/* line, times that nothing comes, kind wanted, what happens, what is sent */
/* clang-format off */
static const struct {
	int line;
	int n_waits;
	const char *kind;
	struct script script[6];
	const char *want;
} rows[] = {
	{__LINE__, 0, NULL, {{.what = SCRIPT_READ}}, BEGIN("a.5.1")},
	{__LINE__, 2, NULL, {{.what = SCRIPT_READ}},
		BEGIN("a.5.1") ":\n\n:\n\n"},
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ, .events = {{6, 2, NULL}, {8, 3, NULL}},
			.open = {7}}},
		BEGIN("a.5.1") EVENT("a.6.2") EVENT("a.8.3-1")},
	/* More than one page to catch up. */
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ, .events = {{6, 2, NULL}}, .is_cut = true},
			{.what = SCRIPT_READ, .events = {{7, 3, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2") EVENT("a.7.3")},
	/* What others have had already, and this one has read by itself. */
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ, .events = {{6, 2, NULL}}},
			{.what = SCRIPT_SHARED,
				.events = {{6, 2, NULL}, {7, 3, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2") EVENT("a.7.3")},
	/*
	 * A page that was read before 8 began, and is passed on after this one
	 * has read that it is open.
	 */
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ, .events = {{7, 2, NULL}, {10, 3, NULL}},
			.open = {8}},
			{.what = SCRIPT_SHARED, .events = {{7, 2, NULL}}},
			{.what = SCRIPT_SHARED, .events = {{8, 4, NULL}}}},
		BEGIN("a.5.1") EVENT("a.7.2") EVENT("a.10.3-2")
			EVENT("a.10.3-2~4")},
	/* What has ended need not be told any longer. */
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ, .events = {{10, 2, NULL}},
			.open = {7, 8}},
			{.what = SCRIPT_SHARED, .events = {{11, 3, NULL}},
				.open = {8}}},
		BEGIN("a.5.1") EVENT("a.10.2-2-1") EVENT("a.11.3-3")},
	/* Too slow: reads by itself. */
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ}, {.what = SCRIPT_BEHIND},
			{.what = SCRIPT_READ, .events = {{6, 2, NULL}}},
			{.what = SCRIPT_SHARED, .events = {{7, 3, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2") EVENT("a.7.3")},
	/* The database is away, or a replica not as far; at first or later. */
	{__LINE__, 2, NULL,
		{{.what = SCRIPT_AWAY}, {.what = SCRIPT_AWAY},
			{.what = SCRIPT_READ, .events = {{6, 2, NULL}}},
			{.what = SCRIPT_SHARED, .events = {{7, 3, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2") EVENT("a.7.3")},
	{__LINE__, 1, NULL,
		{{.what = SCRIPT_READ, .is_behind = true},
			{.what = SCRIPT_READ, .events = {{6, 2, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2")},
	{__LINE__, 1, NULL,
		{{.what = SCRIPT_READ}, {.what = SCRIPT_BEHIND},
			{.what = SCRIPT_AWAY},
			{.what = SCRIPT_READ, .events = {{6, 2, NULL}}},
			{.what = SCRIPT_SHARED, .events = {{7, 3, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2") EVENT("a.7.3")},
	/* No page before it has caught up. */
	{__LINE__, 1, NULL,
		{{.what = SCRIPT_READ}, {.what = SCRIPT_BEHIND},
			{.what = SCRIPT_AWAY},
			{.what = SCRIPT_SHARED, .events = {{7, 3, NULL}}}},
		BEGIN("a.5.1")},
	/* Not good from the beginning, or not any more; or only another's. */
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ, .is_gone = true},
			{.what = SCRIPT_SHARED, .events = {{1001, 2, NULL}}}},
		BEGIN("a.5.1") GONE EVENT("b.1001.2")},
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ},
			{.what = SCRIPT_SHARED, .is_gone = true},
			{.what = SCRIPT_READ, .is_gone = true},
			{.what = SCRIPT_SHARED, .events = {{1001, 2, NULL}}}},
		BEGIN("a.5.1") GONE EVENT("b.1001.2")},
	{__LINE__, 0, NULL,
		{{.what = SCRIPT_READ},
			{.what = SCRIPT_SHARED, .is_gone = true},
			{.what = SCRIPT_READ, .events = {{6, 2, NULL}}}},
		BEGIN("a.5.1") EVENT("a.6.2")},
	/* Not wanted: only the cursor is told, when nothing else is. */
	{__LINE__, 2, "message",
		{{.what = SCRIPT_READ,
			.events = {{6, 2, "call"}, {7, 3, "message"}}},
			{.what = SCRIPT_SHARED, .events = {{8, 4, "call"}}}},
		BEGIN("a.5.1") EVENT("a.7.3") "id: a.8.4\n\n" ":\n\n"},
	{__LINE__, 1, "message",
		{{.what = SCRIPT_READ,
			.events = {{6, 2, "call"}, {7, 3, "message"}}}},
		BEGIN("a.5.1") EVENT("a.7.3") ":\n\n"},
};
/* clang-format on */

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct feed_filter filter = {.kind = rows[i].kind};
		struct buf output, logged;

		buf_init(&output, 100000);
		buf_init(&logged, 1000);
		n_waits = rows[i].n_waits;
		run(rows[i].script, "a.5.1", &filter, &output, &logged);
		CHECK_TEXT(rows[i].line,
			strstr(buf_text(&output), "\r\n\r\n") + 4,
			rows[i].want);
		CHECK_TEXT(rows[i].line, buf_text(&logged), "");
		buf_free(&output);
		buf_free(&logged);
	}
}

/* After some minutes it ends, and the client comes back. */
static void
test_end(void **state)
{
	static const struct script nothing[] = {
		{.what = SCRIPT_READ}, {.what = SCRIPT_END}};
	const struct feed_filter filter = {.kind = NULL};
	const long long began = now;
	struct buf output, logged;

	(void)state;
	buf_init(&output, 100000);
	buf_init(&logged, 1000);
	n_waits = 1000000;
	run(nothing, "a.5.1", &filter, &output, &logged);
	assert_int_equal(now - began, FEED_STREAM_SECONDS * 1000);
	assert_true(n_waits > 0);
	buf_free(&output);
	buf_free(&logged);
}

/* clang-format off */
static const struct script much_to_read[] = {
	{.what = SCRIPT_READ, .events = {{6, 6, NULL}}, .is_cut = true},
	{.what = SCRIPT_READ, .events = {{7, 7, NULL}}, .is_cut = true},
	{.what = SCRIPT_READ, .events = {{8, 8, NULL}}},
	{.what = SCRIPT_END},
};
static const struct script much_that_comes[] = {
	{.what = SCRIPT_READ},
	{.what = SCRIPT_SHARED, .events = {{6, 6, NULL}}},
	{.what = SCRIPT_SHARED, .events = {{7, 7, NULL}}},
	{.what = SCRIPT_SHARED, .events = {{8, 8, NULL}}},
	{.what = SCRIPT_END},
};

/* line, what happens, looks until we are told to stop, time that a page takes,
 * how many events are sent */
static const struct {
	int line;
	const struct script *script;
	int n_looks;
	long page_milliseconds;
	size_t want;
} floods[] = {
	{__LINE__, much_to_read, -1, 0, 3},
	{__LINE__, much_to_read, 2, 0, 2},
	{__LINE__, much_to_read, -1, FEED_STREAM_SECONDS * 500, 2},
	{__LINE__, much_that_comes, -1, 0, 3},
	{__LINE__, much_that_comes, 3, 0, 2},
	{__LINE__, much_that_comes, -1, FEED_STREAM_SECONDS * 350, 2},
};
/* clang-format on */

/* Where more comes all the time, it ends all the same. */
static void
test_floods(void **state)
{
	const struct feed_filter filter = {.kind = NULL};

	(void)state;
	for (size_t i = 0; i < N_OF(floods); i++) {
		struct buf output, logged;
		const char *at;
		size_t n = 0;

		buf_init(&output, 100000);
		buf_init(&logged, 1000);
		n_waits = 0;
		n_looks = floods[i].n_looks;
		page_milliseconds = floods[i].page_milliseconds;
		run(floods[i].script, "a.5.1", &filter, &output, &logged);
		for (at = buf_text(&output); (at = strstr(at, "data:")) != NULL;
			at++)
			n++;
		CHECK_NUMBER(floods[i].line, n, floods[i].want);
		CHECK_TEXT(floods[i].line, buf_text(&logged), "");
		buf_free(&output);
		buf_free(&logged);
	}
	n_looks = -1;
	page_milliseconds = 0;
}

/* The database, or the client: it waits for the first, and says so in the log.
 */
static void
test_failures(void **state)
{
	static const struct script away[] = {{.what = SCRIPT_END}};
	static const struct script full[] = {
		{.what = SCRIPT_READ,
                 .events = {{6, 2, NULL}, {7, 3, NULL}, {8, 4, NULL}}},
		{.what = SCRIPT_END                  }
        };
	const struct feed_filter filter = {.kind = NULL};
	struct buf output, logged;

	(void)state;
	buf_init(&output, 100000);
	buf_init(&logged, 1000);
	n_waits = 6;
	run(away, "a.5.1", &filter, &output, &logged);
	CHECK_HOLDS(__LINE__, buf_text(&logged),
		"the feed waits for the database: nothing to read");
	CHECK_HOLDS(__LINE__, buf_text(&output), BEGIN("a.5.1") ":\n\n");
	buf_free(&output);
	buf_clear(&logged);

	buf_init(&output, 300); /* takes no more */
	run(full, "a.5.1", &filter, &output, &logged);
	assert_string_equal(buf_text(&logged), "");
	buf_free(&output);
	buf_free(&logged);
}

/* In one piece, for servers that do not stream. */
static void
test_write(void **state)
{
	static const struct script pages[] = {
		{.what = SCRIPT_READ,
                 .events = {{6, 2, NULL}, {7, 3, "message"},
				{9, 4, NULL}},
                 .open = {8}						  },
		{.what = SCRIPT_READ, .events = {{6, 2, NULL}}, .is_cut = true},
	};
	const struct feed_filter filter = {.kind = "call"};
	struct feed_cursor cursor;
	struct feed_page page;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_true(feed_cursor_parse(&cursor, "a.5.1"));
	script = pages;
	take_page(&page);
	assert_int_equal(
		feed_stream_write(&out, &page, &filter, &cursor), ERR_OK);
	assert_string_equal(buf_text(&out),
		"retry: 1500\n" EVENT("a.6.2")
			EVENT("a.9.4-1") "id: a.9.4-1\n\n");
	buf_clear(&out);
	assert_true(feed_cursor_parse(&cursor, "a.5.1"));
	take_page(&page);
	assert_int_equal(
		feed_stream_write(&out, &page, &filter, &cursor), ERR_OK);
	assert_string_equal(
		buf_text(&out), "retry: 0\n" EVENT("a.6.2") "id: a.6.2\n\n");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests_name("feed_stream", tests, NULL, NULL);
}
