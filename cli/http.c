#include "config.h"

#include "http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "url_parts.h"

struct http_client {
	CURL *curl;
};

/* One request under way. */
struct transfer {
	CURL *curl;
	const struct http_request *request;
	struct http_answer *answer;
	struct curl_slist *headers;
	bool may_follow; /* a redirect's body is of no interest */
	size_t received; /* of the body */
	enum err err;    /* of what a callback could not do */
	char text[CURL_ERROR_SIZE];
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

void
http_answer_init(struct http_answer *answer)
{
	memset(answer, 0, sizeof *answer);
	buf_init(&answer->headers, HTTP_HEADERS);
	buf_init(&answer->body, HTTP_BODY);
}

void
http_answer_free(struct http_answer *answer)
{
	buf_free(&answer->headers);
	buf_free(&answer->body);
}

static void
clear(struct http_answer *answer, size_t most)
{
	answer->status = 0;
	answer->seconds = 0;
	buf_clear(&answer->headers);
	buf_clear(&answer->body);
	answer->body.max = most;
}

static bool
is_redirect(CURL *curl)
{
	long status = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return status / 100 == 3;
}

/* A piece of the body.  curl stops where less than all is taken. */
static size_t
take_body(char *data, size_t size, size_t n, void *context)
{
	struct transfer *transfer = context;
	const struct http_request *request = transfer->request;
	size_t len = size * n;

	if (transfer->may_follow && is_redirect(transfer->curl))
		return len;
	if (len > transfer->answer->body.max - transfer->received)
		transfer->err = ERR_TOO_LARGE;
	else if (request->write == NULL)
		transfer->err = buf_add(&transfer->answer->body, data, len);
	else if (!request->write(request->context, data, len))
		transfer->err = ERR_IO;
	transfer->received += len;
	return transfer->err == ERR_OK ? len : 0;
}

/* One header line, or a status line, which begins them anew. */
static size_t
take_header(char *data, size_t size, size_t n, void *context)
{
	struct transfer *transfer = context;
	struct buf *headers = &transfer->answer->headers;
	size_t len = size * n, end = len;

	if (len > 5 && strncmp(data, "HTTP/", 5) == 0) {
		buf_clear(headers);
		return len;
	}
	while (end > 0 && strchr("\r\n", data[end - 1]) != NULL)
		end--;
	if (end == 0)
		return len;
	transfer->err = buf_add(headers, data, end);
	if (transfer->err == ERR_OK)
		transfer->err = buf_add(headers, "", 1);
	return transfer->err == ERR_OK ? len : 0;
}

/* Schemes alone that we speak, and that a redirect may lead to: see follow. */
static void
set_schemes(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(
		curl, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

static void
set_method(CURL *curl, const struct http_request *request)
{
	const char *method = request->method;
	bool has_body = request->body != NULL;

	if (has_body || (method != NULL && strcmp(method, "POST") == 0)) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)request->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
			has_body ? request->body : "");
	}
	if (method != NULL)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	if (method != NULL && strcmp(method, "HEAD") == 0)
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
}

/* What is only for whom the request was meant. */
static void
set_private(struct transfer *transfer)
{
	const struct http_request *request = transfer->request;
	CURL *curl = transfer->curl;

	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers);
	if (request->user == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
	curl_easy_setopt(curl, CURLOPT_PASSWORD,
		request->password != NULL ? request->password : "");
}

static void
set_options(struct transfer *transfer, const char *url)
{
	const struct http_request *request = transfer->request;
	CURL *curl = transfer->curl;

	curl_easy_reset(curl); /* which keeps the connections */
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(
		curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); /* there are threads */
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
		(long)(request->milliseconds > 0 ? request->milliseconds
						 : HTTP_MILLISECONDS));
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(
		curl, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->text);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	set_schemes(curl);
	set_method(curl, request);
}

/* A part of a URL; the caller frees it with curl_free.  NULL if it has none. */
static char *
part(const char *url, CURLUPart which)
{
	CURLU *parsed = curl_url();
	char *text = NULL;

	if (parsed != NULL &&
		curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		(void)curl_url_get(parsed, which, &text, CURLU_DEFAULT_PORT);
	curl_url_cleanup(parsed);
	return text;
}

static bool
has_same(const char *a, const char *b, CURLUPart which)
{
	char *left = part(a, which);
	char *right = part(b, which);
	bool same =
		left != NULL && right != NULL && strcasecmp(left, right) == 0;

	curl_free(left);
	curl_free(right);
	return same;
}

static bool
has_same_origin(const char *a, const char *b)
{
	return has_same(a, b, CURLUPART_SCHEME) &&
	       has_same(a, b, CURLUPART_HOST) && has_same(a, b, CURLUPART_PORT);
}

static bool
has_scheme(const char *url, const char *wanted)
{
	char *scheme = part(url, CURLUPART_SCHEME);
	bool has = scheme != NULL && strcasecmp(scheme, wanted) == 0;

	curl_free(scheme);
	return has;
}

static enum err
fail(const struct transfer *transfer, CURLcode code, const char *url,
	struct reason *reason)
{
	const char *text = transfer->text[0] != '\0' ? transfer->text
						     : curl_easy_strerror(code);
	char *host = part(url, CURLUPART_HOST);
	enum err err = ERR_IO;

	if (transfer->err == ERR_TOO_LARGE)
		err = err_reason(reason, transfer->err,
			"the answer of \"%.100s\" exceeds %zu bytes, or its "
			"headers %d",
			host != NULL ? host : "", transfer->answer->body.max,
			HTTP_HEADERS);
	else if (transfer->err != ERR_OK)
		err = err_reason(reason, transfer->err,
			"could not take the answer of \"%.100s\"",
			host != NULL ? host : "");
	else if (code == CURLE_OUT_OF_MEMORY)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	else if (host == NULL || code == CURLE_UNSUPPORTED_PROTOCOL)
		err = err_reason(reason, ERR_MALFORMED, URL_SHAPE);
	else
		(void)err_reason(reason, err,
			"could not reach \"%.100s\": %.300s", host, text);
	curl_free(host);
	return err;
}

static enum err
perform(struct transfer *transfer, const char *url, struct reason *reason)
{
	struct http_answer *answer = transfer->answer;
	curl_off_t microseconds = 0;
	long status = 0;
	CURLcode code;

	clear(answer, transfer->request->most > 0 ? transfer->request->most
						  : HTTP_BODY);
	transfer->received = 0;
	transfer->text[0] = '\0';
	code = curl_easy_perform(transfer->curl);
	(void)curl_easy_getinfo(
		transfer->curl, CURLINFO_TOTAL_TIME_T, &microseconds);
	(void)curl_easy_getinfo(
		transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	answer->seconds = (double)microseconds / 1e6;
	if (code != CURLE_OK)
		return fail(transfer, code, url, reason);
	answer->status = (int)status;
	return ERR_OK;
}

/* Where the answer leads on to, which the caller frees; NULL if nowhere. */
static char *
find_target(struct transfer *transfer)
{
	char *url = NULL;

	(void)curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &url);
	return url != NULL ? strdup(url) : NULL;
}

/*
 * Follows redirects by hand: curl would send the headers that were given for
 * one host, a signature among them, to another.
 */
static enum err
follow(struct transfer *transfer, struct reason *reason)
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
		if (has_scheme(request->url, "https") &&
			!has_scheme(url, "https"))
			err = err_reason(reason, ERR_IO,
				"the server redirects to an address without "
				"TLS");
		else if (left == 0)
			err = err_reason(reason, ERR_IO,
				"the server redirects more than %u times",
				request->redirects);
		if (err == ERR_OK) {
			set_options(transfer, url);
			if (has_same_origin(request->url, url))
				set_private(transfer);
			err = perform(transfer, url, reason);
		}
	}
	free(url);
	return err;
}

static enum err
make_headers(struct curl_slist **list, const char *const *headers)
{
	*list = NULL;
	for (; headers != NULL && *headers != NULL; headers++) {
		struct curl_slist *longer = curl_slist_append(*list, *headers);

		if (longer == NULL) {
			curl_slist_free_all(*list);
			*list = NULL;
			return ERR_MEMORY;
		}
		*list = longer;
	}
	return ERR_OK;
}

enum err
http_send(struct http_client *client, const struct http_request *request,
	struct http_answer *answer, struct reason *reason)
{
	struct transfer transfer = {
		.curl = client->curl, .request = request, .answer = answer};
	bool is_get =
		request->method == NULL || strcmp(request->method, "GET") == 0;
	enum err err = make_headers(&transfer.headers, request->headers);

	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	transfer.may_follow = is_get && request->redirects > 0;
	set_options(&transfer, request->url);
	set_private(&transfer);
	err = perform(&transfer, request->url, reason);
	if (err == ERR_OK)
		err = follow(&transfer, reason);
	curl_easy_reset(client->curl); /* nothing borrowed stays in it */
	curl_slist_free_all(transfer.headers);
	return err;
}

const char *
http_header(const struct http_answer *answer, const char *name)
{
	const char *header = buf_text(&answer->headers);
	const char *end = header + answer->headers.len;
	size_t len = strlen(name);

	for (; header < end; header += strlen(header) + 1)
		if (strncasecmp(header, name, len) == 0 && header[len] == ':')
			return header + len + 1 +
			       strspn(header + len + 1, " \t");
	return NULL;
}

static enum err
add_encoded(struct buf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	enum err err = ERR_OK;

	for (; *text != '\0' && err == ERR_OK; text++) {
		unsigned char byte = (unsigned char)*text;
		char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};

		if (isalnum(byte) || strchr("-_.*", byte) != NULL)
			err = buf_add(out, text, 1);
		else if (byte == ' ')
			err = buf_add(out, "+", 1);
		else
			err = buf_add(out, encoded, sizeof encoded);
	}
	return err;
}

enum err
http_add_pair(struct buf *out, const char *name, const char *value)
{
	enum err err = out->len > 0 ? buf_add(out, "&", 1) : ERR_OK;

	if (err == ERR_OK)
		err = add_encoded(out, name);
	if (err == ERR_OK)
		err = buf_add(out, "=", 1);
	if (err == ERR_OK)
		err = add_encoded(out, value);
	return err;
}
