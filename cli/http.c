#include "config.h"

#include "http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "url_parts.h"
#include "wording.h"

struct http_client {
	CURL *curl;
};

/* One request under way. */
struct transfer {
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

static int
get_status(CURL *curl)
{
	long status = 0;

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/* A piece of the body.  curl stops where less than all is taken. */
static size_t
take_body(char *data, size_t size, size_t n, void *context)
{
	struct transfer *transfer = context;
	const struct http_request *request = transfer->request;
	struct http_answer *answer = transfer->answer;
	size_t len = size * n;
	bool is_kept;

	answer->status = get_status(transfer->curl);
	if (transfer->may_follow && answer->status / 100 == 3)
		return len;
	is_kept = request->write == NULL || answer->status / 100 != 2;
	if (is_kept && request->write != NULL)
		answer->body.max = HTTP_BODY;
	if (is_kept)
		transfer->err = buf_add(&answer->body, data, len);
	else if (len > answer->body.max - transfer->received)
		transfer->err = ERR_TOO_LARGE;
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

/* Whom to trust, if not the system's authorities: as curl the program does. */
static void
set_authorities(CURL *curl)
{
	static const char *const names[] = {"CURL_CA_BUNDLE", "SSL_CERT_FILE"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *file = getenv(names[i]);

		if (file == NULL || file[0] == '\0')
			continue;
		curl_easy_setopt(curl, CURLOPT_CAINFO, file);
		return;
	}
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

/* A file may be long, and is wanted as it is, or the rest of it. */
static void
set_file(const struct transfer *transfer)
{
	const struct http_request *request = transfer->request;
	CURL *curl = transfer->curl;
	char range[32];

	if (request->stall > 0) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(
			curl, CURLOPT_LOW_SPEED_TIME, (long)request->stall);
	}
	(void)snprintf(range, sizeof range, "%llu-", request->from);
	if (request->from == 0)
		return;
	curl_easy_setopt(curl, CURLOPT_RANGE, range); /* copied */
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->range);
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
	curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	set_authorities(curl);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
		(long)(request->milliseconds > 0 ? request->milliseconds
						 : HTTP_MILLISECONDS));
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, request->once ? 1L : 0L);
	if (request->write != NULL)
		set_file(transfer);
	else
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

static enum http_trouble
trouble_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum http_trouble trouble;
	} rows[] = {
		{CURLE_COULDNT_RESOLVE_HOST,     HTTP_NO_HOST      },
		{CURLE_COULDNT_CONNECT,          HTTP_NO_CONNECTION},
		{CURLE_OPERATION_TIMEDOUT,       HTTP_TOO_SLOW     },
		{CURLE_SSL_CONNECT_ERROR,        HTTP_NO_TRUST     },
		{CURLE_PEER_FAILED_VERIFICATION, HTTP_NO_TRUST     },
		{CURLE_SSL_CACERT_BADFILE,       HTTP_NO_TRUST     },
		{CURLE_OK,                       HTTP_FINE         },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == code)
			return rows[i].trouble;
	return HTTP_BROKEN;
}

/* When the first certificate of the chain, the server's own, ends. */
static long long
find_expiry(CURL *curl)
{
	static const char label[] = "Expire date:";
	struct curl_certinfo *chain = NULL;
	const struct curl_slist *line;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
		chain == NULL || chain->num_of_certs < 1)
		return 0;
	for (line = chain->certinfo[0]; line != NULL; line = line->next)
		if (strncmp(line->data, label, sizeof label - 1) == 0)
			return http_time(line->data + sizeof label - 1);
	return 0;
}

/* What happened, where curl's words are for those who know curl. */
static const char *
words_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		const char *words;
	} rows[] = {
		{CURLE_COULDNT_RESOLVE_HOST,
                 "its name leads to no address; is it spelt right, and "
			"does this host know a name server?"       },
		{CURLE_COULDNT_RESOLVE_PROXY,
                 "the proxy's name leads to no address; see https_proxy "
			"in the environment"                       },
		{CURLE_GOT_NOTHING,
                 "it closed the connection before it answered"     },
		{CURLE_PARTIAL_FILE,
                 "the connection ended in the middle of the answer"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == code)
			return rows[i].words;
	return NULL;
}

/* What curl tells in a sentence that names the host again. */
static void
describe(const struct transfer *transfer, CURLcode code, const char *url,
	struct reason *words)
{
	const char *text = transfer->text[0] != '\0' ? transfer->text
						     : curl_easy_strerror(code);
	char *port = part(url, CURLUPART_PORT);
	long number = 0;

	(void)curl_easy_getinfo(transfer->curl, CURLINFO_OS_ERRNO, &number);
	if (words_of(code) != NULL)
		(void)err_reason(words, ERR_IO, "%s", words_of(code));
	else if (code == CURLE_COULDNT_CONNECT && number > 0)
		(void)err_reason(words, ERR_IO,
			"no connection to its port %s (%s); is it up, and does "
			"a firewall let this host out?",
			port != NULL ? port : "", strerror((int)number));
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		(void)err_reason(words, ERR_IO,
			"%c%.300s; CURL_CA_BUNDLE can name a file of "
			"authorities to trust",
			wording_first(text), text + 1);
	else
		(void)err_reason(words, ERR_IO, "%c%.300s", wording_first(text),
			text + 1);
	curl_free(port);
}

static enum err
fail(const struct transfer *transfer, CURLcode code, const char *url,
	struct reason *reason)
{
	char *host = part(url, CURLUPART_HOST);
	const char *name = host != NULL ? host : "";
	struct reason words;
	enum err err = ERR_IO;

	describe(transfer, code, url, &words);
	if (transfer->err == ERR_TOO_LARGE)
		err = err_reason(reason, transfer->err,
			"the answer of \"%.100s\" exceeds %zu bytes, or its "
			"headers %d",
			name, transfer->answer->body.max, HTTP_HEADERS);
	else if (transfer->err != ERR_OK)
		err = err_reason(reason, transfer->err,
			"could not take the answer of \"%.100s\"", name);
	else if (code == CURLE_OUT_OF_MEMORY)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	else if (host == NULL || code == CURLE_UNSUPPORTED_PROTOCOL)
		err = err_reason(reason, ERR_MALFORMED, URL_SHAPE);
	else
		(void)err_reason(reason, err, "%s \"%.100s\": %.350s",
			transfer->answer->is_sent ? "no whole answer from"
						  : "could not reach",
			name, words.text);
	curl_free(host);
	return err;
}

static enum err
perform(struct transfer *transfer, const char *url, struct reason *reason)
{
	struct http_answer *answer = transfer->answer;
	curl_off_t microseconds = 0;
	long sent = 0;
	CURLcode code;

	http_answer_clear(answer, transfer->request->most > 0
					  ? transfer->request->most
					  : HTTP_BODY);
	transfer->received = 0;
	transfer->text[0] = '\0';
	code = curl_easy_perform(transfer->curl);
	(void)curl_easy_getinfo(
		transfer->curl, CURLINFO_TOTAL_TIME_T, &microseconds);
	(void)curl_easy_getinfo(transfer->curl, CURLINFO_REQUEST_SIZE, &sent);
	answer->seconds = (double)microseconds / 1e6;
	answer->is_sent = sent > 0;
	answer->trouble = trouble_of(code);
	answer->expires = find_expiry(transfer->curl);
	answer->status = code == CURLE_OK ? get_status(transfer->curl) : 0;
	return code == CURLE_OK ? ERR_OK : fail(transfer, code, url, reason);
}

/* Where the answer leads on to, which the caller frees; NULL if nowhere. */
static char *
find_target(struct transfer *transfer)
{
	char *url = NULL;

	(void)curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &url);
	return url != NULL ? strdup(url) : NULL;
}

/* Asks where a redirect leads to. */
static enum err
perform_next(struct transfer *transfer, const char *url, struct reason *reason)
{
	bool is_same = has_same_origin(transfer->request->url, url);
	char *host = part(url, CURLUPART_HOST);
	enum err err;

	set_options(transfer, url);
	if (is_same)
		set_private(transfer);
	err = perform(transfer, url, reason);
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
make_headers(struct transfer *transfer)
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
	struct transfer transfer = {
		.curl = client->curl, .request = request, .answer = answer};
	bool is_get =
		request->method == NULL || strcmp(request->method, "GET") == 0;
	enum err err = make_headers(&transfer);

	transfer.may_follow = is_get && request->redirects > 0;
	if (err == ERR_OK) {
		set_options(&transfer, request->url);
		set_private(&transfer);
		err = perform(&transfer, request->url, reason);
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
