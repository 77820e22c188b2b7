/*
 * A request's variables, its body, its answer.  Through the memory transport,
 * and through one that reads and writes as badly as a server may.
 */
#include "config.h"

#include "request.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "limit.h"
#include "sample.h"
#include "transport.h"

/* A memory request and what it writes. */
struct opened {
	struct request *request;
	struct buf output;
	struct buf log;
};

static void
open_request(struct opened *opened, const char *const *variables,
	const void *body, size_t body_len)
{
	const struct request_memory memory = {
		.variables = variables,
		.body = body,
		.body_len = body_len,
		.output = &opened->output,
		.log = &opened->log,
	};

	buf_init(&opened->output, LIMIT_TWIML + 1024);
	buf_init(&opened->log, 10000);
	assert_int_equal(
		request_open_memory(&opened->request, &memory), ERR_OK);
}

static void
close_request(struct opened *opened)
{
	request_close(opened->request);
	buf_free(&opened->output);
	buf_free(&opened->log);
}

static const char *const no_variables[] = {NULL};

static void
test_next(void **state)
{
	struct opened opened;

	(void)state;
	open_request(&opened, no_variables, NULL, 0);
	assert_int_equal(request_next(opened.request), REQUEST_READY);
	assert_int_equal(request_next(opened.request), REQUEST_STOP);
	assert_int_equal(request_next(opened.request), REQUEST_STOP);
	close_request(&opened);
	request_close(NULL);
}

static void
test_variables(void **state)
{
	static const char *const variables[] = {"REQUEST_METHOD=POST",
		"QUERY_STRING=a=b", "EMPTY=", "EMPTY=second", NULL};
	struct opened opened;

	(void)state;
	open_request(&opened, variables, NULL, 0);
	assert_int_equal(request_next(opened.request), REQUEST_READY);
	assert_string_equal(
		request_variable(opened.request, "REQUEST_METHOD"), "POST");
	assert_string_equal(
		request_variable(opened.request, "QUERY_STRING"), "a=b");
	assert_string_equal(request_variable(opened.request, "EMPTY"), "");
	assert_null(request_variable(opened.request, "REQUEST"));
	assert_null(request_variable(opened.request, "REQUEST_METHODS"));
	assert_null(request_variable(opened.request, "request_method"));
	assert_null(request_variable(opened.request, "PATH"));
	close_request(&opened);
}

#define CEILING 16
#define SIXTEEN "0123456789abcdef"

/* line, CONTENT_LENGTH, body, error, what is read */
/* clang-format off */
static const struct {
	int line;
	const char *length;
	const char *body;
	enum err want_err;
	const char *want;
} bodies[] = {
	{__LINE__, "3", "abc", ERR_OK, "abc"},
	{__LINE__, "0", "", ERR_OK, ""},
	{__LINE__, "003", "abc", ERR_OK, "abc"},
	{__LINE__, "16", SIXTEEN, ERR_OK, SIXTEEN},
	/* What comes after it is not this request's. */
	{__LINE__, "2", "abc", ERR_OK, "ab"},
	{__LINE__, "0", "abc", ERR_OK, ""},

	/* Chunked: as long as it is. */
	{__LINE__, NULL, "abc", ERR_OK, "abc"},
	{__LINE__, NULL, "", ERR_OK, ""},
	{__LINE__, "", "abc", ERR_OK, "abc"},
	{__LINE__, NULL, SIXTEEN, ERR_OK, SIXTEEN},
	{__LINE__, NULL, SIXTEEN "g", ERR_TOO_LARGE, NULL},

	{__LINE__, "4", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "1", "", ERR_MALFORMED, NULL},
	{__LINE__, "17", SIXTEEN "g", ERR_TOO_LARGE, NULL},
	{__LINE__, "17", "", ERR_TOO_LARGE, NULL},
	{__LINE__, "18446744073709551615", "", ERR_TOO_LARGE, NULL},

	{__LINE__, "abc", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "3a", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "-1", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "+3", "abc", ERR_MALFORMED, NULL},
	{__LINE__, " 3", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "3 ", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "3,3", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "0x3", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "3.0", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "3/", "abc", ERR_MALFORMED, NULL},
	{__LINE__, "3:", "abc", ERR_MALFORMED, NULL},
};
/* clang-format on */

static void
test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		const char *variables[] = {NULL, NULL};
		char length[64];
		struct reason reason = {""};
		struct opened opened;
		struct buf body;

		if (bodies[i].length != NULL) {
			(void)snprintf(length, sizeof length,
				"CONTENT_LENGTH=%s", bodies[i].length);
			variables[0] = length;
		}
		open_request(&opened, variables, bodies[i].body,
			strlen(bodies[i].body));
		assert_int_equal(request_next(opened.request), REQUEST_READY);
		buf_init(&body, CEILING);
		CHECK_NUMBER(bodies[i].line,
			request_read_body(opened.request, &body, &reason),
			bodies[i].want_err);
		if (bodies[i].want_err == ERR_OK)
			CHECK_TEXT(bodies[i].line, buf_text(&body),
				bodies[i].want);
		CHECK_NUMBER(bodies[i].line, reason.text[0] == '\0',
			bodies[i].want_err == ERR_OK);
		buf_free(&body);
		close_request(&opened);
	}
}

/* Lengths that no size_t holds are refused, and not cut to one that fits. */
static void
test_huge_lengths(void **state)
{
	static const char *const lengths[] = {
		"CONTENT_LENGTH=18446744073709551616",
		"CONTENT_LENGTH=18446744073709551619",
		"CONTENT_LENGTH=184467440737095516190000000000000003",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(lengths); i++) {
		const char *const variables[] = {lengths[i], NULL};
		struct opened opened;
		struct buf body;

		open_request(&opened, variables, "abc", 3);
		assert_int_equal(request_next(opened.request), REQUEST_READY);
		buf_init(&body, CEILING);
		assert_int_not_equal(
			request_read_body(opened.request, &body, NULL), ERR_OK);
		assert_int_equal(body.len, 0);
		buf_free(&body);
		close_request(&opened);
	}
}

/* Bytes are bytes, and there may be as many as the ceiling says. */
static void
test_large_body(void **state)
{
	static char text[LIMIT_BODY + 1];
	static const char *const variables[] = {"CONTENT_LENGTH=262144", NULL};
	struct opened opened;
	struct buf body;

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)(i * 7);
	open_request(&opened, variables, text, LIMIT_BODY);
	assert_int_equal(request_next(opened.request), REQUEST_READY);
	buf_init(&body, LIMIT_BODY);
	assert_int_equal(
		request_read_body(opened.request, &body, NULL), ERR_OK);
	assert_int_equal(body.len, LIMIT_BODY);
	assert_memory_equal(body.data, text, LIMIT_BODY);
	buf_free(&body);
	close_request(&opened);

	open_request(&opened, no_variables, text, sizeof text);
	assert_int_equal(request_next(opened.request), REQUEST_READY);
	buf_init(&body, LIMIT_BODY);
	assert_int_equal(
		request_read_body(opened.request, &body, NULL), ERR_TOO_LARGE);
	buf_free(&body);
	close_request(&opened);
}

/* line, answer, what is sent */
/* clang-format off */
static const struct {
	int line;
	struct reply reply;
	const char *want;
} replies[] = {
	{__LINE__, {200, "text/xml; charset=utf-8", "<Response/>", 11, NULL},
		"Status: 200 OK\r\n"
		"Content-Type: text/xml; charset=utf-8\r\n"
		"Content-Length: 11\r\n\r\n<Response/>"},
	{__LINE__, {204, NULL, "", 0, NULL},
		"Status: 204 No Content\r\nContent-Length: 0\r\n\r\n"},
	{__LINE__, {400, NULL, "", 0, NULL},
		"Status: 400 Bad Request\r\nContent-Length: 0\r\n\r\n"},
	{__LINE__,
		{401, "application/json", "{}", 2,
			"WWW-Authenticate: Bearer\r\n"
			"Cache-Control: no-store\r\n"},
		"Status: 401 Unauthorized\r\n"
		"Content-Type: application/json\r\n"
		"WWW-Authenticate: Bearer\r\nCache-Control: no-store\r\n"
		"Content-Length: 2\r\n\r\n{}"},
	{__LINE__, {410, NULL, "", 0, NULL},
		"Status: 410 Gone\r\nContent-Length: 0\r\n\r\n"},
	{__LINE__, {403, NULL, NULL, 0, NULL},
		"Status: 403 Forbidden\r\nContent-Length: 0\r\n\r\n"},
	{__LINE__, {405, NULL, "", 0, "Allow: GET, POST\r\n"},
		"Status: 405 Method Not Allowed\r\nAllow: GET, POST\r\n"
		"Content-Length: 0\r\n\r\n"},
	{__LINE__, {413, NULL, "", 0, NULL},
		"Status: 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"},
	{__LINE__, {415, NULL, "", 0, NULL},
		"Status: 415 Unsupported Media Type\r\n"
		"Content-Length: 0\r\n\r\n"},
	{__LINE__, {500, NULL, "", 0, NULL},
		"Status: 500 Internal Server Error\r\n"
		"Content-Length: 0\r\n\r\n"},
	{__LINE__, {503, NULL, "", 0, NULL},
		"Status: 503 Service Unavailable\r\n"
		"Content-Length: 0\r\n\r\n"},
};
/* clang-format on */

static void
test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(replies); i++) {
		struct opened opened;

		open_request(&opened, no_variables, NULL, 0);
		assert_int_equal(request_next(opened.request), REQUEST_READY);
		CHECK_NUMBER(replies[i].line,
			request_reply(opened.request, &replies[i].reply),
			ERR_OK);
		CHECK_TEXT(replies[i].line, buf_text(&opened.output),
			replies[i].want);
		CHECK_TEXT(replies[i].line, buf_text(&opened.log), "");
		close_request(&opened);
	}
}

/* The largest TwiML there may be, with bytes of every value. */
static void
test_large_reply(void **state)
{
	static char text[LIMIT_TWIML];
	const struct reply reply = {
		200, "text/xml; charset=utf-8", text, sizeof text, NULL};
	struct opened opened;

	(void)state;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)i;
	open_request(&opened, no_variables, NULL, 0);
	assert_int_equal(request_next(opened.request), REQUEST_READY);
	assert_int_equal(request_reply(opened.request, &reply), ERR_OK);
	CHECK_HOLDS(__LINE__, buf_text(&opened.output),
		"Content-Length: 65536\r\n\r\n");
	assert_memory_equal(
		opened.output.data + opened.output.len - sizeof text, text,
		sizeof text);
	close_request(&opened);
}

static void
test_log(void **state)
{
	struct opened opened;

	(void)state;
	open_request(&opened, no_variables, NULL, 0);
	request_log(opened.request, "first %s");
	request_log(opened.request, "second");
	assert_string_equal(buf_text(&opened.log), "first %s\nsecond\n");
	assert_string_equal(buf_text(&opened.output), "");
	close_request(&opened);
}

/* A server that hands over a byte at a time, fails, takes no answer. */
struct rough {
	struct request request;
	const char *body;
	size_t fail_after; /* reads */
	size_t n_reads;
	size_t n_taken; /* writes */
	size_t n_writes;
	int descriptor;
};

static const char *
rough_variable(const struct request *request, const char *name)
{
	(void)request;
	return strcmp(name, "CONTENT_LENGTH") == 0 ? "3" : NULL;
}

static ssize_t
rough_read(struct request *request, void *data, size_t len)
{
	struct rough *rough = (struct rough *)request;

	assert_true(len > 0);
	if (rough->n_reads++ == rough->fail_after)
		return -1;
	if (*rough->body == '\0')
		return 0;
	*(char *)data = *rough->body++;
	return 1;
}

static bool
rough_write(struct request *request, const void *data, size_t len)
{
	struct rough *rough = (struct rough *)request;

	(void)data;
	(void)len;
	return rough->n_writes++ < rough->n_taken;
}

static int
rough_descriptor(const struct request *request)
{
	return ((const struct rough *)request)->descriptor;
}

static const struct transport rough_transport = {
	.variable = rough_variable,
	.read = rough_read,
	.write = rough_write,
	.end = rough_write,
	.descriptor = rough_descriptor,
};

static void
test_rough(void **state)
{
	static const struct {
		int line;
		const char *body;
		size_t fail_after;
		enum err want;
	} rows[] = {
		{__LINE__, "abc", SIZE_MAX, ERR_OK       },
		{__LINE__, "abc", 0,        ERR_IO       },
		{__LINE__, "abc", 2,        ERR_IO       },
		{__LINE__, "abc", 3,        ERR_OK       },
		{__LINE__, "ab",  SIZE_MAX, ERR_MALFORMED},
		{__LINE__, "",    SIZE_MAX, ERR_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct rough rough = {
			.request = {&rough_transport},
			.body = rows[i].body,
			.fail_after = rows[i].fail_after,
		};
		struct reason reason = {""};
		struct buf body;

		buf_init(&body, CEILING);
		CHECK_NUMBER(rows[i].line,
			request_read_body(&rough.request, &body, &reason),
			rows[i].want);
		if (rows[i].want == ERR_OK)
			CHECK_TEXT(rows[i].line, buf_text(&body), "abc");
		else
			CHECK(rows[i].line, reason.text[0] != '\0');
		buf_free(&body);
	}
}

/* In one piece if it is short, and the caller learns if one is not taken. */
static void
test_pieces(void **state)
{
	static char text[LIMIT_TWIML];
	static const struct {
		int line;
		size_t len;
		size_t n_taken;
		size_t n_writes;
		enum err want;
	} rows[] = {
		{__LINE__, 11,          0, 1, ERR_IO},
		{__LINE__, 11,          1, 1, ERR_OK},
		{__LINE__, 3500,        1, 1, ERR_OK},
		{__LINE__, LIMIT_TWIML, 0, 1, ERR_IO},
		{__LINE__, LIMIT_TWIML, 1, 2, ERR_IO},
		{__LINE__, LIMIT_TWIML, 2, 2, ERR_OK},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct rough rough = {.request = {&rough_transport},
			.n_taken = rows[i].n_taken};
		const struct reply reply = {
			200, "text/xml", text, rows[i].len, NULL};

		CHECK_NUMBER(rows[i].line,
			request_reply(&rough.request, &reply), rows[i].want);
		CHECK_NUMBER(rows[i].line, rough.n_writes, rows[i].n_writes);
	}
}

/* An answer without an end: no length, and each piece by itself. */
static void
test_stream(void **state)
{
	const struct reply reply = {.status = 200,
		.content_type = "text/event-stream",
		.body = "not sent",
		.len = 8,
		.headers = "Cache-Control: no-store\r\n"};
	struct rough rough = {.request = {&rough_transport}, .n_taken = 1};
	struct opened opened;

	(void)state;
	open_request(&opened, no_variables, NULL, 0);
	assert_int_equal(request_next(opened.request), REQUEST_READY);
	assert_int_equal(request_start(opened.request, &reply), ERR_OK);
	assert_string_equal(buf_text(&opened.output),
		"Status: 200 OK\r\nContent-Type: text/event-stream\r\n"
		"Cache-Control: no-store\r\n\r\n");
	buf_clear(&opened.output);
	assert_int_equal(request_send(opened.request, "a\n\n", 3), ERR_OK);
	assert_int_equal(request_send(opened.request, "b\n\n", 3), ERR_OK);
	assert_string_equal(buf_text(&opened.output), "a\n\nb\n\n");
	close_request(&opened);

	assert_int_equal(request_start(&rough.request, &reply), ERR_OK);
	assert_int_equal(request_send(&rough.request, "a", 1), ERR_IO);
	assert_int_equal(request_start(&rough.request, &reply), ERR_IO);
}

/* Between two pieces: what there is to wake up for, and what there is not. */
static void
test_wait(void **state)
{
	struct rough rough = {.request = {&rough_transport}};
	struct request *request = &rough.request;
	int server[2], input[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, server), 0);
	assert_int_equal(pipe(input), 0);
	rough.descriptor = server[0];
	assert_int_equal(request_wait(request, -1, 1), REQUEST_WAKE_TIME);
	assert_int_equal(request_wait(request, input[0], 0), REQUEST_WAKE_TIME);
	assert_int_equal(write(input[1], "x", 1), 1);
	assert_int_equal(
		request_wait(request, input[0], 60000), REQUEST_WAKE_INPUT);

	/* What is left of the request, and its end, is no reason. */
	assert_int_equal(write(server[1], "x", 1), 1);
	assert_int_equal(shutdown(server[1], SHUT_WR), 0);
	assert_int_equal(request_wait(request, -1, 1), REQUEST_WAKE_TIME);
	assert_int_equal(close(server[1]), 0);
	assert_int_equal(request_wait(request, -1, 60000), REQUEST_WAKE_GONE);
	assert_int_equal(
		request_wait(request, input[0], 60000), REQUEST_WAKE_GONE);

	transport_stop = 1;
	assert_int_equal(request_wait(request, -1, 60000), REQUEST_WAKE_STOP);
	transport_stop = 0;
	(void)close(server[0]);
	(void)close(input[0]);
	(void)close(input[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_huge_lengths),
		cmocka_unit_test(test_large_body),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_large_reply),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_rough),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
