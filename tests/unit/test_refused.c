/*
 * Requests as people paste them.
 */
#include "config.h"

#include "refused.h"

#include "check.h"
#include "guard.h"

#include <stdlib.h>

static enum err
read_text(struct refused *refused, const char *text, size_t len)
{
	struct guard guard;
	enum err err =
		refused_read(refused, guard_bytes(&guard, text, len), len);

	guard_free(&guard);
	return err;
}

#define ROW(...)                                                               \
	{                                                                      \
		.line = __LINE__, __VA_ARGS__                                  \
	}

/* text; what it is taken for, method, target, body, whether it was cut */
static const struct row {
	int line;
	const char *text;
	enum refused_source source;
	const char *method, *target, *body;
	bool is_cut;
} rows[] = {
	/* Bodies. */
	ROW("", REFUSED_FORM, NULL, NULL, ""),
	ROW("Body=a", REFUSED_FORM, NULL, NULL, "Body=a"),
	ROW("Body=a\r\n\n", REFUSED_FORM, NULL, NULL, "Body=a"),
	ROW("POST=a&b=c", REFUSED_FORM, NULL, NULL, "POST=a&b=c"),
	ROW("POST /a", REFUSED_FORM, NULL, NULL, "POST /a"),
	ROW("post /a HTTP/1.1\n\nx", REFUSED_FORM, NULL, NULL,
		"post /a HTTP/1.1\n\nx"),
	ROW("Body=hookswitch-", REFUSED_FORM, NULL, NULL, "Body=hookswitch-"),
	/* Requests. */
	ROW("GET / HTTP/1.1", REFUSED_HTTP, "GET", "/", ""),
	ROW("GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", REFUSED_HTTP, "GET",
		"/a?b=c", ""),
	ROW("POST /a HTTP/1.0\nHost: h\n\nBody=a\n", REFUSED_HTTP, "POST", "/a",
		"Body=a"),
	ROW("POST /a HTTP/2\r\nContent-Length: 6\r\n\r\nBody=a\r\n",
		REFUSED_HTTP, "POST", "/a", "Body=a"),
	ROW("POST /a HTTP/2\r\nContent-Length: 7\r\n\r\nBody=a\n\n",
		REFUSED_HTTP, "POST", "/a", "Body=a\n"),
	ROW("POST /a HTTP/2\r\ncontent-length: 7\r\n\r\nBody=a", REFUSED_HTTP,
		"POST", "/a", "Body=a", true),
	ROW("POST /a HTTP/2\r\nContent-Length: x\r\n\r\nBody=a", REFUSED_HTTP,
		"POST", "/a", "Body=a"),
	ROW("PUT https://h/a HTTP/1.1\n\nhookswitch-sms: x", REFUSED_HTTP,
		"PUT", "https://h/a", "hookswitch-sms: x"),
	/* Logs. */
	ROW("[x] hookswitch-health: not verified: why\n", REFUSED_LOG, NULL,
		NULL, NULL),
	ROW("[x] hookswitch-sms: 403, not stored: why\n", REFUSED_LOG, NULL,
		NULL, NULL),
	ROW("hookswitch-video-room: POST /a from 192.0.2.7, type \"t\", 7 "
	    "bytes",
		REFUSED_LOG, "POST", "/a", NULL),
};

static void
test_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct refused refused;

		CHECK_NUMBER(row->line,
			read_text(&refused, row->text, strlen(row->text)),
			ERR_OK);
		CHECK_NUMBER(row->line, refused.source, row->source);
		CHECK_TEXT(row->line, refused.method, row->method);
		CHECK_TEXT(row->line, refused.target, row->target);
		CHECK_TEXT(row->line, refused.body, row->body);
		CHECK_NUMBER(row->line, refused.is_cut, row->is_cut);
		refused_free(&refused);
	}
}

static void
test_headers(void **state)
{
	static const char text[] =
		"POST /a HTTP/1.1\r\nHost: h:8080\r\nX-Twilio-Signature:  "
		"a=\r\n"
		"no colon\r\n: no name\r\nX-Empty:\r\nx-twilio-signature: b\r\n"
		"\r\nHost: not a header";
	struct refused refused;
	size_t n;

	(void)state;
	assert_int_equal(read_text(&refused, text, sizeof text - 1), ERR_OK);
	assert_int_equal(refused.n_headers, 4);
	CHECK_TEXT(__LINE__, refused_value(&refused, "host"), "h:8080");
	CHECK_TEXT(__LINE__, refused_value(&refused, "X-Empty"), "");
	CHECK_TEXT(__LINE__, refused_value(&refused, "X-None"), NULL);
	CHECK_TEXT(__LINE__,
		refused_find(&refused, "X-Twilio-Signature", &n)->value, "a=");
	assert_int_equal(n, 2);
	assert_null(refused_find(&refused, "X-None", &n));
	assert_int_equal(n, 0);
	refused_free(&refused);
	refused_free(&refused);
}

/* As Apache writes what the programs say at debug level; two requests. */
static const char log_text[] =
	"[Thu Nov 20 12:00:00] [cgid:error] AH01215: stderr from /x: "
	"hookswitch-sms: POST /old from 192.0.2.7, type \\\"x\\\", 7 bytes\n"
	"hookswitch-sms: 403, not stored: an older one\n"
	"another program: hookswitch-sms\n"
	"[x] hookswitch-sms: POST /api/webhooks/sms?... from 192.0.2.7, type "
	"\\\"application/x-www-form-urlencoded\\\", 77 bytes\r\n"
	"[x] hookswitch-sms: header HOST: example.com\r\n"
	"[x] hookswitch-sms: header X_FORWARDED_PORT: 8443\r\n"
	"[x] hookswitch-sms: header X_TWILIO_SIGNATURE: 28 characters\r\n"
	"[x] hookswitch-sms: parameters of the query: campaignId\r\n"
	"[x] hookswitch-sms: parameters of the body: From, Body\r\n"
	"[x] hookswitch-sms: 403, not stored: the signature does not fit; "
	"HOOKSWITCH_LOG = debug tells more\r\n"
	"[x] hookswitch-sms: tried URL https://example.com/api/webhooks/sms\n"
	"[x] hookswitch-sms: tried URL https://example.com:443/api\n";

static void
test_log(void **state)
{
	const struct refused_header *header;
	struct refused refused;

	(void)state;
	assert_int_equal(
		read_text(&refused, log_text, sizeof log_text - 1), ERR_OK);
	assert_int_equal(refused.source, REFUSED_LOG);
	assert_int_equal(refused.n_refused, 2);
	CHECK_TEXT(__LINE__, refused.method, "POST");
	CHECK_TEXT(__LINE__, refused.target, "/api/webhooks/sms");
	assert_true(refused.has_query);
	CHECK_TEXT(__LINE__, refused.type, "application/x-www-form-urlencoded");
	CHECK_TEXT(__LINE__, refused.names, "From, Body");
	CHECK_TEXT(__LINE__, refused.why, "the signature does not fit");
	CHECK_TEXT(__LINE__, refused_value(&refused, "Host"), "example.com");
	CHECK_TEXT(
		__LINE__, refused_value(&refused, "X-Forwarded-Port"), "8443");
	header = refused_find(&refused, "X-Twilio-Signature", NULL);
	assert_non_null(header);
	CHECK_TEXT(__LINE__, header->value, NULL);
	assert_int_equal(header->len, 28);
	assert_int_equal(refused.n_tried, 2);
	CHECK_TEXT(__LINE__, refused.tried[1], "https://example.com:443/api");
	refused_free(&refused);
}

/* Nothing in it ends early, and nothing is read behind it. */
static void
test_cut_anywhere(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof log_text; len++) {
		struct refused refused;

		assert_int_equal(read_text(&refused, log_text, len), ERR_OK);
		refused_free(&refused);
	}
}

static void
test_nul(void **state)
{
	static const char text[] = "GET / HTTP/1.1\nA: b\0c\n\nd\0e";
	static const char log[] = "hookswitch-sms: x\0y\nhookswitch-sms: "
				  "no parameters in the body\n";
	struct refused refused;

	(void)state;
	assert_int_equal(read_text(&refused, text, sizeof text - 1), ERR_OK);
	CHECK_TEXT(__LINE__, refused_value(&refused, "A"), "b");
	assert_int_equal(refused.body_len, 3);
	refused_free(&refused);
	assert_int_equal(read_text(&refused, log, sizeof log - 1), ERR_OK);
	CHECK_TEXT(__LINE__, refused.names, "");
	refused_free(&refused);
}

static void
test_ceilings(void **state)
{
	char text[20 * 1000] = "GET / HTTP/1.1\n";
	struct refused refused;

	(void)state;
	for (int i = 0; i < 500; i++)
		(void)snprintf(text + strlen(text), 20, "Name%d: %d\n", i, i);
	assert_int_equal(read_text(&refused, text, strlen(text)), ERR_OK);
	assert_int_equal(refused.n_headers, REFUSED_HEADERS);
	refused_free(&refused);
	text[0] = '\0';
	for (int i = 0; i < 100; i++)
		(void)snprintf(text + strlen(text), 40,
			"hookswitch-a: tried URL http://%d\n", i);
	assert_int_equal(read_text(&refused, text, strlen(text)), ERR_OK);
	assert_int_equal(refused.n_tried, REFUSED_TRIED);
	refused_free(&refused);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_ceilings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
