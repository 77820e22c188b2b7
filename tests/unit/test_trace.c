/*
 * What a debug log shows of a request, and what it never shows.
 */
#include "config.h"

#include "trace.h"

#include "check.h"
#include "sample.h"

static void
write_line(void *context, const char *line)
{
	assert_int_equal(buf_add_text(context, line), ERR_OK);
	assert_int_equal(buf_add_text(context, "\n"), ERR_OK);
}

/* Traces one request; lines gets what is logged. */
static void
trace(struct buf *lines, const char *const *variables, const char *form,
	size_t n_body, enum log_level level)
{
	const struct log log = {"test", level, write_line, lines};
	struct buf output;
	const struct request_memory memory = {
		.variables = variables, .output = &output, .log = lines};
	struct request *request;
	struct sample sample;

	buf_init(&output, 1000);
	buf_init(lines, 100000);
	sample_open(&sample, form);
	assert_int_equal(request_open_memory(&request, &memory), ERR_OK);
	assert_int_equal(request_next(request), REQUEST_READY);
	trace_request(&log, request, &sample.form, n_body);
	request_close(request);
	sample_close(&sample);
	buf_free(&output);
}

static const char *const variables[] = {"REQUEST_METHOD=POST",
	"REQUEST_URI=/api/webhooks/sms?secret=hidden1", "REMOTE_ADDR=192.0.2.7",
	"CONTENT_TYPE=application/x-www-form-urlencoded", "CONTENT_LENGTH=77",
	"HTTP_HOST=example.com", "HTTP_X_FORWARDED_PROTO=https",
	"HTTP_USER_AGENT=TwilioProxy/1.1", "HTTP_X_TWILIO_SIGNATURE=hidden2",
	"HTTP_AUTHORIZATION=Basic hidden3", "HTTP_COOKIE=hidden4",
	"HTTP_X_NEW=hidden5", "HOOKSWITCH_DATABASE=hidden6",
	"TWILIO_AUTH_TOKEN=hidden7", NULL};

static void
test_shows(void **state)
{
	static const char *const shown[] = {
		"POST /api/webhooks/sms?... from 192.0.2.7", "77 bytes",
		"application/x-www-form-urlencoded", "HOST: example.com",
		"X_FORWARDED_PROTO: https", "USER_AGENT: TwilioProxy/1.1",
		"X_TWILIO_SIGNATURE: 7 characters",
		"AUTHORIZATION: 13 characters", "X_NEW: 7 characters",
		"parameters of the body: From, Body",
		"parameters of the query: secret"};
	struct buf lines;

	(void)state;
	trace(&lines, variables, "From=hidden8&Body=hidden9&secret=hidden1", 2,
		LOG_DEBUG);
	for (size_t i = 0; i < N_OF(shown); i++)
		CHECK_HOLDS(__LINE__, buf_text(&lines), shown[i]);
	CHECK_LACKS(__LINE__, buf_text(&lines), "hidden");
	buf_free(&lines);
}

static void
test_only_debug(void **state)
{
	struct buf lines;

	(void)state;
	trace(&lines, variables, "From=1", 1, LOG_INFO);
	assert_int_equal(lines.len, 0);
	buf_free(&lines);
}

/* Nothing of the usual is there. */
static void
test_bare(void **state)
{
	static const char *const none[] = {NULL};
	struct buf lines;

	(void)state;
	trace(&lines, none, "", 0, LOG_DEBUG);
	CHECK_HOLDS(__LINE__, buf_text(&lines), "no parameters in the body");
	CHECK_HOLDS(__LINE__, buf_text(&lines), "no parameters in the query");
	buf_free(&lines);
}

/* A stranger's names: each there once, no line of their own, not all day. */
static void
test_many(void **state)
{
	static char form[300000];
	struct buf lines;
	size_t used = 0, n = 0;

	(void)state;
	for (int i = 0; i < 450; i++)
		used += (size_t)snprintf(form + used, sizeof form - used,
			"%s%%0Aodd%d=1&name%d=1", i > 0 ? "&" : "", i, i);
	trace(&lines, variables, form, 900, LOG_DEBUG);
	for (const char *at = buf_text(&lines); *at != '\0'; at++)
		n += *at == '\n';
	assert_true(n < 30);
	CHECK_HOLDS(__LINE__, buf_text(&lines), "(5 characters), name0, ");
	CHECK_LACKS(__LINE__, buf_text(&lines), "odd");
	buf_free(&lines);
}

/* What is no name may be what nobody should read. */
static void
test_no_names(void **state)
{
	struct buf lines;

	(void)state;
	trace(&lines, variables,
		"%7B%22Token%22%3A%22hidden%22%7D=&FromZip=&hiddenkey", 2,
		LOG_DEBUG);
	CHECK_HOLDS(__LINE__, buf_text(&lines),
		"parameters of the body: (18 characters), FromZip");
	CHECK_HOLDS(__LINE__, buf_text(&lines),
		"parameters of the query: (9 characters)");
	CHECK_LACKS(__LINE__, buf_text(&lines), "hidden");
	buf_free(&lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shows),
		cmocka_unit_test(test_only_debug),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_names),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
