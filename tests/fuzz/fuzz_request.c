/*
 * A whole request, up to the signature: the input's lines are variables
 * ("NAME=value") up to an empty one, the rest is the body.  Nothing unsigned
 * is ever taken, and every answer is complete.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "endpoints.h"
#include "fuzz.h"

#define VARIABLES 64

/* Splits the head of text into variables; returns where the body begins. */
static const char *
split(char *text, size_t size, const char **variables)
{
	size_t n = 0;
	char *end = text + size;

	variables[n++] = "TWILIO_ACCOUNT_SID=AC1";
	variables[n++] = "TWILIO_AUTH_TOKEN=unknown";
	variables[n++] = "HOOKSWITCH_DATABASE=host=/nonexistent";
	while (text < end && *text != '\n' && n < VARIABLES - 1) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		if (newline == NULL)
			newline = end;
		*newline = '\0';
		variables[n++] = text;
		text = newline < end ? newline + 1 : end;
	}
	variables[n] = NULL;
	return text < end ? text + 1 : end;
}

static void
serve(const struct request_memory *memory)
{
	struct request *request;
	struct store *store;

	FUZZ_REQUIRE(store_new(&store, "fuzz", STORE_MILLISECONDS) == ERR_OK);
	FUZZ_REQUIRE(request_open_memory(&request, memory) == ERR_OK);
	FUZZ_REQUIRE(request_next(request) == REQUEST_READY);
	struct service service = {.endpoint = &endpoint_sms,
		.endpoints = endpoints,
		.store = store,
		.is_replaying = ATOMIC_FLAG_INIT};

	endpoint_serve(&service, request);
	request_close(request);
	store_free(store);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *variables[VARIABLES];
	struct buf output, log;
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	buf_init(&output, 4096);
	buf_init(&log, 65536);
	const char *body = split(text, size, variables);
	const struct request_memory memory = {
		.variables = variables,
		.body = body,
		.body_len = (size_t)(text + size - body),
		.output = &output,
		.log = &log,
	};

	serve(&memory);
	FUZZ_REQUIRE(strncmp(buf_text(&output), "Status: 2", 9) != 0);
	FUZZ_REQUIRE(strstr(buf_text(&output), "Content-Length: 0\r\n\r\n"));
	buf_free(&output);
	buf_free(&log);
	free(text);
	return 0;
}
