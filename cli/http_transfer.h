#ifndef HOOKSWITCH_HTTP_TRANSFER_H
#define HOOKSWITCH_HTTP_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "err.h"
#include "http.h"

/*
 * One request that goes out, and its answer that comes, by libcurl, which
 * follows no redirect by itself.  Only http*.c include this.
 */

/* One request under way. */
struct http_transfer {
	CURL *curl;
	const struct http_request *request;
	struct http_answer *answer;
	struct curl_slist *headers; /* for whom the request is meant */
	struct curl_slist *range;   /* for whoever has it */
	bool may_follow;            /* a redirect's body is of no interest */
	size_t received;            /* of the body */
	enum err err;               /* of what a callback could not do */
	char text[CURL_ERROR_SIZE];
};

/*
 * Sets everything for a request to that URL but what only whom it was meant
 * for may see: its headers, user and password.
 */
void http_transfer_prepare(struct http_transfer *transfer, const char *url);

/* Then that, too. */
void http_transfer_add_private(struct http_transfer *transfer);

/* Sends it, and waits for the answer, as http_send. */
enum err http_transfer_run(struct http_transfer *transfer, const char *url,
	struct reason *reason) NODISCARD;

#endif
