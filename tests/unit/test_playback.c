/*
 * What a request for a recording is answered.  What the database says is
 * written down here.
 */
#include "config.h"

#include "playback.h"

#include "check.h"
#include "reads.h"
#include "scratch.h"

#define SID "RE0123456789abcdef0123456789abcdef"
#define SHA "0123456789abcdef0123456789abcdef"
#define TAG "\"" SHA "-a\""
#define LARGE 100000

/* The rows of recording_files.sql: format, size, SHA-256. */
static const char *files[4][3];
static size_t n_files;
static enum err read_err;
/* How often it goes on to send before nobody is there. */
static int patience;

/* Under their own names, as the linker puts them in the others' place. */
enum err __wrap_reader_run(struct reader *reader, const char *connection,
	const struct statement *read, const struct reader_value *values,
	struct reader_result **out, struct reason *reason);
size_t __wrap_reader_rows(const struct reader_result *result);
const char *__wrap_reader_text(
	const struct reader_result *result, size_t row, int column);
bool __wrap_reader_is_null(
	const struct reader_result *result, size_t row, int column);
void __wrap_reader_result_free(struct reader_result *result);
enum request_wake __wrap_request_wait(
	struct request *request, int fd, long milliseconds);

enum err
__wrap_reader_run(struct reader *reader, const char *connection,
	const struct statement *read, const struct reader_value *values,
	struct reader_result **out, struct reason *reason)
{
	(void)reader;
	assert_string_equal(connection, "dbname=x");
	assert_ptr_equal(read, &read_recording_files);
	assert_string_equal(values[0].name, "recording");
	assert_null(values[1].name);
	*out = NULL;
	return err_reason(reason, read_err, "the database is away");
}

size_t
__wrap_reader_rows(const struct reader_result *result)
{
	(void)result;
	return n_files;
}

const char *
__wrap_reader_text(const struct reader_result *result, size_t row, int column)
{
	(void)result;
	return files[row][column] != NULL ? files[row][column] : "";
}

bool
__wrap_reader_is_null(
	const struct reader_result *result, size_t row, int column)
{
	(void)result;
	return files[row][column] == NULL;
}

void
__wrap_reader_result_free(struct reader_result *result)
{
	(void)result;
}

enum request_wake
__wrap_request_wait(struct request *request, int fd, long milliseconds)
{
	(void)request;
	(void)fd;
	(void)milliseconds;
	return patience-- > 0 ? REQUEST_WAKE_TIME : REQUEST_WAKE_GONE;
}

static void
set_file(size_t row, const char *format, const char *size, const char *sha256)
{
	files[row][0] = format;
	files[row][1] = size;
	files[row][2] = sha256;
	n_files = row + 1;
}

static int
setup(void **state)
{
	memset(files, 0, sizeof files);
	n_files = 0;
	read_err = ERR_OK;
	patience = 1000;
	return scratch_setup(state);
}

/* What is sent, and what the log says. */
struct outcome {
	struct buf output, log;
	enum err err;
};

static void
write_log(void *context, const char *line)
{
	request_log(context, line);
}

static void
serve(struct outcome *outcome, const char *directory, const char *const *more)
{
	const char *variables[8] = {"REQUEST_METHOD=GET"};
	const struct request_memory memory = {.variables = variables,
		.output = &outcome->output,
		.log = &outcome->log};
	const struct playback_site site = {
		.connection = "dbname=x", .directory = directory};
	struct reason reason = {""};
	struct request *request;
	struct log log = {"events", LOG_INFO, write_log, NULL};

	for (size_t i = 0; more != NULL && more[i] != NULL; i++)
		variables[i] = more[i];
	buf_init(&outcome->output, 2 * LARGE);
	buf_init(&outcome->log, 10000);
	assert_int_equal(request_open_memory(&request, &memory), ERR_OK);
	assert_int_equal(request_next(request), REQUEST_READY);
	log.context = request;
	outcome->err = playback_serve(&site, request, SID, &log, &reason);
	assert_true(outcome->err == ERR_OK || reason.text[0] != '\0');
	request_close(request);
}

static void
outcome_free(struct outcome *outcome)
{
	buf_free(&outcome->output);
	buf_free(&outcome->log);
}

/* Status, headers and body, of which each part has to be there. */
static void
check(int line, const char *directory, const char *const *variables,
	const char *const *parts)
{
	struct outcome outcome;
	const char *output;

	serve(&outcome, directory, variables);
	CHECK_NUMBER(line, outcome.err, ERR_OK);
	output = buf_text(&outcome.output);
	CHECK(line, strncmp(output, parts[0], strlen(parts[0])) == 0);
	for (size_t i = 1; parts[i] != NULL; i++)
		CHECK_HOLDS(line, output, parts[i]);
	outcome_free(&outcome);
}

#define PARTS(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static void
test_whole(void **state)
{
	(void)scratch_write(*state, SID ".mp3", "0123456789", 0600);
	set_file(0, "mp3", "10", SHA "89abcdef");
	check(__LINE__, *state, NULL,
		PARTS("Status: 200 OK\r\n", "Content-Type: audio/mpeg\r\n",
			"Content-Length: 10\r\n", "Accept-Ranges: bytes\r\n",
			"ETag: " TAG "\r\n",
			"Cache-Control: private, no-cache\r\n",
			"X-Content-Type-Options: nosniff\r\n",
			"Cross-Origin-Resource-Policy: same-origin\r\n",
			"filename=\"" SID ".mp3\"\r\n", "\r\n\r\n0123456789"));
}

/* line, one more variable, status, headers, body */
/* clang-format off */
static const struct {
	int line;
	const char *method, *variable, *other;
	const char *status, *header, *end;
} requests[] = {
	{__LINE__, "GET", "HTTP_RANGE=bytes=2-5", NULL,
		"206 Partial Content\r\n",
		"Content-Range: bytes 2-5/10\r\nContent-Length: 4\r\n",
		"\r\n\r\n2345"},
	{__LINE__, "GET", "HTTP_RANGE=bytes=0-", NULL,
		"206 Partial Content\r\n",
		"Content-Range: bytes 0-9/10\r\nContent-Length: 10\r\n",
		"\r\n\r\n0123456789"},
	{__LINE__, "GET", "HTTP_RANGE=bytes=-3", NULL,
		"206 Partial Content\r\n",
		"Content-Range: bytes 7-9/10\r\nContent-Length: 3\r\n",
		"\r\n\r\n789"},
	{__LINE__, "GET", "HTTP_RANGE=bytes=10-", NULL,
		"416 Range Not Satisfiable\r\n",
		"Content-Range: bytes */10\r\nContent-Length: 0\r\n",
		"\r\n\r\n"},
	{__LINE__, "GET", "HTTP_RANGE=seconds=1-2", NULL,
		"200 OK\r\n", "Content-Length: 10\r\n", "\r\n\r\n0123456789"},

	/* A part of what the client has the rest of; or all of it. */
	{__LINE__, "GET", "HTTP_RANGE=bytes=2-5", "HTTP_IF_RANGE=" TAG,
		"206 Partial Content\r\n", "ETag: " TAG, "\r\n\r\n2345"},
	{__LINE__, "GET", "HTTP_RANGE=bytes=2-5", "HTTP_IF_RANGE=\"other\"",
		"200 OK\r\n", "ETag: " TAG, "\r\n\r\n0123456789"},
	{__LINE__, "GET", "HTTP_RANGE=bytes=2-5", "HTTP_IF_RANGE=W/" TAG,
		"200 OK\r\n", "ETag: " TAG, "\r\n\r\n0123456789"},
	{__LINE__, "GET", "HTTP_RANGE=bytes=2-5",
		"HTTP_IF_RANGE=Fri, 20 Nov 2026 10:00:00 GMT",
		"200 OK\r\n", "ETag: " TAG, "\r\n\r\n0123456789"},

	/* Nothing has changed. */
	{__LINE__, "GET", "HTTP_IF_NONE_MATCH=" TAG, NULL,
		"304 Not Modified\r\n", "ETag: " TAG, "\r\n\r\n"},
	{__LINE__, "GET", "HTTP_IF_NONE_MATCH=\"a\", W/" TAG, NULL,
		"304 Not Modified\r\n", "ETag: " TAG, "\r\n\r\n"},
	{__LINE__, "HEAD", "HTTP_IF_NONE_MATCH=*", NULL,
		"304 Not Modified\r\n", "ETag: " TAG, "\r\n\r\n"},
	{__LINE__, "GET", "HTTP_IF_NONE_MATCH=\"a\"", NULL,
		"200 OK\r\n", "ETag: " TAG, "\r\n\r\n0123456789"},

	{__LINE__, "HEAD", "A=1", NULL,
		"200 OK\r\n", "Content-Length: 10\r\n", "\r\n\r\n"},
	{__LINE__, "HEAD", "HTTP_RANGE=bytes=2-5", NULL,
		"200 OK\r\n", "Content-Length: 10\r\n", "\r\n\r\n"},
};
/* clang-format on */

static void
test_requests(void **state)
{
	(void)scratch_write(*state, SID ".mp3", "0123456789", 0600);
	set_file(0, "mp3", "10", SHA "89abcdef");
	for (size_t i = 0; i < N_OF(requests); i++) {
		char method[32], status[64];
		const char *variables[] = {
			method, requests[i].variable, requests[i].other, NULL};
		struct outcome outcome;
		const char *text;
		size_t end = strlen(requests[i].end);

		(void)snprintf(method, sizeof method, "REQUEST_METHOD=%s",
			requests[i].method);
		(void)snprintf(status, sizeof status, "Status: %s",
			requests[i].status);
		serve(&outcome, *state, variables);
		text = buf_text(&outcome.output);
		CHECK_HOLDS(requests[i].line, text, status);
		CHECK_HOLDS(requests[i].line, text, requests[i].header);
		CHECK(requests[i].line, outcome.output.len > end);
		CHECK_TEXT(requests[i].line, text + outcome.output.len - end,
			requests[i].end);
		outcome_free(&outcome);
	}
}

static void
test_what_is_not_there(void **state)
{
	check(__LINE__, *state, NULL,
		PARTS("Status: 404 ", "\"file\":\"unknown\"", "no-store"));
	set_file(0, NULL, NULL, NULL);
	check(__LINE__, *state, NULL,
		PARTS("Status: 404 ", "\"file\":\"none\""));
	check(__LINE__, NULL, NULL, PARTS("Status: 404 ", "\"file\":\"off\""));
	set_file(0, "wav", "10", SHA);
	check(__LINE__, *state, NULL,
		PARTS("Status: 404 ", "\"file\":\"missing\""));
	(void)scratch_write(*state, SID ".wav", "012345678", 0600);
	check(__LINE__, *state, NULL,
		PARTS("Status: 404 ", "\"file\":\"missing\""));
	check(__LINE__, NULL, NULL, PARTS("Status: 404 ", "\"file\":\"off\""));
}

/* Of several the first that is as it was fetched. */
static void
test_several(void **state)
{
	(void)scratch_write(*state, SID ".wav", "0123456789", 0600);
	set_file(0, "mp3", "4", SHA);
	set_file(1, "wav", "10", SHA);
	check(__LINE__, *state, NULL,
		PARTS("Status: 200 ", "audio/wav", "\r\n\r\n0123456789"));
	(void)scratch_write(*state, SID ".mp3", "abcd", 0600);
	check(__LINE__, *state, NULL,
		PARTS("Status: 200 ", "audio/mpeg", "\r\n\r\nabcd"));
}

static void
test_errors(void **state)
{
	struct outcome outcome;

	set_file(0, "wav", "10", SHA);
	serve(&outcome, "/nonexistent", NULL);
	assert_int_equal(outcome.err, ERR_SETTING);
	assert_int_equal(outcome.output.len, 0);
	outcome_free(&outcome);
	read_err = ERR_DATABASE;
	serve(&outcome, *state, NULL);
	assert_int_equal(outcome.err, ERR_DATABASE);
	assert_int_equal(outcome.output.len, 0);
	outcome_free(&outcome);
}

/* In pieces, all of it; or until nobody takes it any more. */
static void
test_pieces(void **state)
{
	static char large[LARGE];
	struct outcome outcome;
	const char *body;

	for (size_t i = 0; i < sizeof large; i++)
		large[i] = (char)('a' + i % 23);
	(void)scratch_write_bytes(
		*state, SID ".wav", large, sizeof large, 0600);
	set_file(0, "wav", "100000", SHA);
	serve(&outcome, *state, NULL);
	body = strstr(buf_text(&outcome.output), "\r\n\r\n") + 4;
	assert_memory_equal(body, large, sizeof large);
	assert_int_equal(body + sizeof large - buf_text(&outcome.output),
		outcome.output.len);
	outcome_free(&outcome);
	patience = 1;
	serve(&outcome, *state, NULL);
	body = strstr(buf_text(&outcome.output), "\r\n\r\n") + 4;
	assert_int_equal(body + 2 * 32768 - buf_text(&outcome.output),
		outcome.output.len);
	outcome_free(&outcome);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_whole, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_requests, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_what_is_not_there, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_several, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_errors, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_pieces, setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
