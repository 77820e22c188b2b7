#include "config.h"

#include "web_ask.h"

#include <stdio.h>
#include <string.h>

/* What an executable may take that is handed out instead of being run. */
#define ANSWER (64 * 1024 * 1024)

#define HEADERS 4

enum err
web_ask(struct checkup *checkup, const struct web_request *request,
	struct http_answer *answer, struct reason *reason)
{
	char signature[80];
	const char *headers[HEADERS] = {"User-Agent: TwilioProxy/1.1"};
	struct http_request http = {
		.method = request->method,
		.url = request->url,
		.headers = headers,
		.most = ANSWER,
	};
	size_t n = 1;
	enum err err;

	if (request->signature != NULL) {
		(void)snprintf(signature, sizeof signature,
			"X-Twilio-Signature: %s", request->signature);
		headers[n++] = signature;
	}
	if (strcmp(request->method, "POST") == 0) {
		headers[n++] = "Content-Type: "
			       "application/x-www-form-urlencoded; "
			       "charset=UTF-8";
		http.body =
			request->body != NULL ? buf_text(request->body) : "";
		http.body_len = request->body != NULL ? request->body->len : 0;
	}
	headers[n] = NULL;
	err = http_send(checkup->http, &http, answer, reason);
	if (answer->seconds > checkup->slowest)
		checkup->slowest = answer->seconds;
	return err;
}
