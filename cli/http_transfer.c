#include "config.h"

#include "http_transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_trouble.h"

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
	struct http_transfer *transfer = context;
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
	struct http_transfer *transfer = context;
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

void
http_transfer_add_private(struct http_transfer *transfer)
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
set_file(const struct http_transfer *transfer)
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

void
http_transfer_prepare(struct http_transfer *transfer, const char *url)
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

enum err
http_transfer_run(
	struct http_transfer *transfer, const char *url, struct reason *reason)
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
	answer->trouble = http_trouble_of(code);
	answer->expires = find_expiry(transfer->curl);
	answer->status = code == CURLE_OK ? get_status(transfer->curl) : 0;
	return code == CURLE_OK
		       ? ERR_OK
		       : http_trouble_tell(transfer, code, url, reason);
}
