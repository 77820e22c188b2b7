#include "config.h"

#include "http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http_transfer.h"
#include "http_url.h"

struct http_client {
	CURL *curl;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_library(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	/* A server that closes early is an error like others. */
	(void)signal(SIGPIPE, SIG_IGN);
}

enum err
http_client_new(struct http_client **out)
{
	struct http_client *client;

	*out = NULL;
	(void)pthread_once(&once, start_library);
	client = calloc(1, sizeof *client);
	if (client != NULL)
		client->curl = curl_easy_init();
	if (client == NULL || client->curl == NULL) {
		free(client);
		return ERR_MEMORY;
	}
	*out = client;
	return ERR_OK;
}

void
http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	free(client);
}

/* Where the answer leads on to, which the caller frees; NULL if nowhere. */
static char *
find_target(struct http_transfer *transfer)
{
	char *url = NULL;

	(void)curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &url);
	return url != NULL ? strdup(url) : NULL;
}

/* Asks where a redirect leads to. */
static enum err
perform_next(
	struct http_transfer *transfer, const char *url, struct reason *reason)
{
	bool is_same = http_url_has_same_origin(transfer->request->url, url);
	char *host = http_url_part(url, CURLUPART_HOST);
	enum err err;

	http_transfer_prepare(transfer, url);
	if (is_same)
		http_transfer_add_private(transfer);
	err = http_transfer_run(transfer, url, reason);
	if (!is_same)
		(void)snprintf(transfer->answer->elsewhere,
			sizeof transfer->answer->elsewhere, "%s",
			host != NULL ? host : "?");
	curl_free(host);
	return err;
}

/*
 * Follows redirects by hand: curl would send the headers that were given for
 * one host, a signature among them, to another.
 */
static enum err
follow(struct http_transfer *transfer, struct reason *reason)
{
	const struct http_request *request = transfer->request;
	char *url = NULL;
	enum err err = ERR_OK;

	for (unsigned left = request->redirects; err == ERR_OK; left--) {
		char *next =
			transfer->may_follow ? find_target(transfer) : NULL;

		free(url);
		url = next;
		if (url == NULL)
			break;
		if (http_url_has_scheme(request->url, "https") &&
			!http_url_has_scheme(url, "https"))
			err = err_reason(reason, ERR_IO,
				"the server redirects to an address without "
				"TLS");
		else if (left == 0)
			err = err_reason(reason, ERR_IO,
				"the server redirects more than %u times",
				request->redirects);
		if (err == ERR_OK)
			err = perform_next(transfer, url, reason);
	}
	free(url);
	return err;
}

static enum err
add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer == NULL)
		return ERR_MEMORY;
	*list = longer;
	return ERR_OK;
}

/* Makes the lists of headers, which the caller frees in every case. */
static enum err
make_headers(struct http_transfer *transfer)
{
	const struct http_request *request = transfer->request;
	const char *const *header = request->headers;
	char line[HTTP_VALIDATOR + 16];
	enum err err = ERR_OK;

	for (; err == ERR_OK && header != NULL && *header != NULL; header++)
		err = add_header(&transfer->headers, *header);
	if (err != ERR_OK || request->from == 0 || request->validator == NULL)
		return err;
	(void)snprintf(line, sizeof line, "If-Range: %s", request->validator);
	err = add_header(&transfer->range, line);
	return err == ERR_OK ? add_header(&transfer->headers, line) : err;
}

enum err
http_send(struct http_client *client, const struct http_request *request,
	struct http_answer *answer, struct reason *reason)
{
	struct http_transfer transfer = {
		.curl = client->curl, .request = request, .answer = answer};
	bool is_get =
		request->method == NULL || strcmp(request->method, "GET") == 0;
	enum err err = make_headers(&transfer);

	transfer.may_follow = is_get && request->redirects > 0;
	if (err == ERR_OK) {
		http_transfer_prepare(&transfer, request->url);
		http_transfer_add_private(&transfer);
		err = http_transfer_run(&transfer, request->url, reason);
	} else {
		(void)err_reason(reason, err, "out of memory");
	}
	if (err == ERR_OK)
		err = follow(&transfer, reason);
	curl_easy_reset(client->curl); /* nothing borrowed stays in it */
	curl_slist_free_all(transfer.headers);
	curl_slist_free_all(transfer.range);
	return err;
}

long long
http_time(const char *text)
{
	time_t seconds = text != NULL ? curl_getdate(text, NULL) : 0;

	return seconds > 0 ? (long long)seconds : 0;
}
