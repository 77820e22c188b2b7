/*
 * A whole request for the live feed, up to the database: the input's lines are
 * variables ("NAME=value").  Who has neither a user nor the token gets 401,
 * nobody gets anything without the database, every answer is complete; and a
 * cursor is what it says, or is none.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "endpoints.h"
#include "feed_cursor.h"
#include "fuzz.h"

#define VARIABLES 64

static void
serve(const struct request_memory *memory)
{
	struct request *request;
	struct service service = {
		.endpoint = &endpoint_events, .endpoints = endpoints};

	FUZZ_REQUIRE(endpoint_events.open(&service) == ERR_OK);
	FUZZ_REQUIRE(request_open_memory(&request, memory) == ERR_OK);
	FUZZ_REQUIRE(request_next(request) == REQUEST_READY);
	endpoint_serve(&service, request);
	request_close(request);
	endpoint_events.close(&service);
}

/* Splits text into lines; whether one of them names a user. */
static bool
split(char *text, const char **variables, size_t n)
{
	bool has_user = false;
	char *rest = text, *line;

	while (n < VARIABLES - 1 &&
		(line = strtok_r(rest, "\n", &rest)) != NULL) {
		variables[n++] = line;
		has_user = has_user || strncmp(line, "REMOTE_USER=", 12) == 0;
	}
	variables[n] = NULL;
	return has_user;
}

static void
check_cursor(const char *text)
{
	struct feed_cursor cursor;
	char again[LIMIT_CURSOR + 1];

	if (!feed_cursor_parse(&cursor, text))
		return;
	feed_cursor_format(&cursor, again);
	FUZZ_REQUIRE(strcmp(again, text) == 0);
	FUZZ_REQUIRE(feed_cursor_covers(&cursor, cursor.xid, cursor.id));
	for (size_t i = 0; i < cursor.n_open; i++)
		FUZZ_REQUIRE(!feed_cursor_covers(
			&cursor, cursor.open[i].xid, cursor.open[i].id + 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *variables[VARIABLES] = {
		"HOOKSWITCH_DATABASE=host=/nonexistent",
		"HOOKSWITCH_FEED_DATABASE=host=/nonexistent",
		"HOOKSWITCH_FEED_TOKEN=0123456789abcdef-unknown"};
	struct buf output, log;
	char *text = malloc(size + 1);
	bool has_user;

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_cursor(text);
	has_user = split(text, variables, 3);
	buf_init(&output, 65536);
	buf_init(&log, 65536);
	const struct request_memory memory = {
		.variables = variables, .output = &output, .log = &log};

	serve(&memory);
	FUZZ_REQUIRE(strncmp(buf_text(&output), "Status: 2", 9) != 0);
	FUZZ_REQUIRE(
		has_user || strncmp(buf_text(&output), "Status: 503", 11) != 0);
	FUZZ_REQUIRE(strstr(buf_text(&output), "Content-Length: ") != NULL);
	FUZZ_REQUIRE(strstr(buf_text(&output), "}\n") != NULL);
	buf_free(&output);
	buf_free(&log);
	free(text);
	return 0;
}
