/*
 * What somebody asks of the feed.
 */
#include "config.h"

#include "feed_request.h"

#include "check.h"
#include "sample.h"

#define STREAM "HTTP_ACCEPT=text/event-stream"
#define CURSOR "9f3a2b1c.745.1203-3-1~77-700"

static const struct endpoint sms = {.name = "sms"};
static const struct endpoint voice = {.name = "voice"};
static const struct endpoint *const endpoints[] = {&sms, &voice, NULL};

/* line, query and headers, what is asked, by its parts */
/* clang-format off */
static const struct {
	int line;
	const char *variables[4];
	bool wants_stream;
	enum feed_beginning beginning;
	size_t limit;
	const char *since, *kind, *endpoint, *account_sid;
} asked[] = {
	{__LINE__, {NULL}, false, FEED_NEWEST_EVENTS, 100,
		NULL, NULL, NULL, NULL},
	{__LINE__, {"HTTP_ACCEPT=*/*"}, false, FEED_NEWEST_EVENTS, 100,
		NULL, NULL, NULL, NULL},
	{__LINE__, {STREAM}, true, FEED_NOW, 100, NULL, NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=limit=7&kind=message&endpoint=voice"
		"&account=AC1"}, false, FEED_NEWEST_EVENTS, 7,
		NULL, "message", "voice", "AC1"},
	{__LINE__, {"QUERY_STRING=after=newest"}, false, FEED_NOW, 100,
		NULL, NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=after=oldest", STREAM}, true, FEED_OLDEST,
		100, NULL, NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=after=" CURSOR}, false, FEED_CURSOR, 100,
		NULL, NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=since=2026-11-20T12:00:00Z"}, false,
		FEED_SINCE, 100, "2026-11-20T12:00:00Z", NULL, NULL, NULL},
	/* Who comes back, and who only says so. */
	{__LINE__, {"QUERY_STRING=after=oldest", STREAM,
		"HTTP_LAST_EVENT_ID=" CURSOR}, true, FEED_CURSOR, 100,
		NULL, NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=since=2026-11-20T12:00:00Z", STREAM,
		"HTTP_LAST_EVENT_ID=" CURSOR}, true, FEED_CURSOR, 100,
		"2026-11-20T12:00:00Z", NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=after=oldest", STREAM,
		"HTTP_LAST_EVENT_ID="}, true, FEED_OLDEST, 100,
		NULL, NULL, NULL, NULL},
	{__LINE__, {"QUERY_STRING=after=oldest",
		"HTTP_LAST_EVENT_ID=" CURSOR}, false, FEED_OLDEST, 100,
		NULL, NULL, NULL, NULL},
};

/* line, query and headers, part of the reason */
static const struct {
	int line;
	const char *variables[3];
	const char *reason;
} refused[] = {
	{__LINE__, {"QUERY_STRING=limits=7"}, "\"limits\""},
	{__LINE__, {"QUERY_STRING=limit=0"}, "\"limit\""},
	{__LINE__, {"QUERY_STRING=kind=massage"}, "no kind \"massage\""},
	{__LINE__, {"QUERY_STRING=endpoint=fax"}, "no endpoint \"fax\""},
	{__LINE__, {"QUERY_STRING=since=noon"}, "\"since\""},
	{__LINE__, {"QUERY_STRING=since=2026-11-20T12:00:00Z&after=oldest"},
		"exclude"},
	{__LINE__, {"QUERY_STRING=after=yesterday"}, "parameter \"after\""},
	{__LINE__, {"HTTP_LAST_EVENT_ID=yesterday", STREAM}, "Last-Event-ID"},
};
/* clang-format on */

/* The caller frees the query, into which *request points then. */
static enum err
take(struct feed_request *request, struct query *query,
	const char *const *variables, struct reason *reason)
{
	const struct request_memory memory = {.variables = variables};
	struct request *sent;
	enum err err;

	assert_int_equal(request_open_memory(&sent, &memory), ERR_OK);
	assert_int_equal(query_read(query, sent, reason), ERR_OK);
	err = feed_request_take(request, sent, query, endpoints, reason);
	request_close(sent);
	return err;
}

static void
test_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(asked); i++) {
		struct feed_request request;
		struct query query;
		struct reason reason = {""};
		int line = asked[i].line;

		CHECK_NUMBER(line,
			take(&request, &query, asked[i].variables, &reason),
			ERR_OK);
		CHECK_NUMBER(line, request.wants_stream, asked[i].wants_stream);
		CHECK_NUMBER(line, request.beginning, asked[i].beginning);
		CHECK_NUMBER(line, request.limit, asked[i].limit);
		CHECK_TEXT(line, request.since, asked[i].since);
		CHECK_TEXT(line, request.filter.kind, asked[i].kind);
		CHECK_TEXT(line, request.filter.endpoint, asked[i].endpoint);
		CHECK_TEXT(
			line, request.filter.account_sid, asked[i].account_sid);
		if (request.beginning == FEED_CURSOR)
			CHECK_NUMBER(line, request.cursor.xid, 745);
		query_free(&query);
	}
}

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(refused); i++) {
		struct feed_request request;
		struct query query;
		struct reason reason = {""};

		CHECK_NUMBER(refused[i].line,
			take(&request, &query, refused[i].variables, &reason),
			ERR_MALFORMED);
		if (strstr(reason.text, refused[i].reason) == NULL)
			fail_msg("row of line %d: \"%s\"", refused[i].line,
				reason.text);
		query_free(&query);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("feed_request", tests, NULL, NULL);
}
