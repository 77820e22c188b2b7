#include "config.h"

#include "twilio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "account.h"
#include "accounts.h"
#include "http.h"
#include "interrupt.h"
#include "terminal.h"

/* What an answer may take, in milliseconds. */
#define PATIENCE 30000

/* Pauses between tries, in milliseconds: the first, and the longest. */
#define PAUSE_FIRST 200
#define PAUSE_MOST 10000

/* From the API to where files are, and once more from there. */
#define FETCH_REDIRECTS 5

struct twilio {
	struct http_client *http;
	struct account account;
	size_t token; /* the one of account.tokens that is used */
	struct api_address address;
	unsigned long patience;
	unsigned tries;
};

enum err
twilio_open(struct twilio **out, const struct settings *settings,
	const char *account_sid, struct reason *reason)
{
	struct twilio *twilio = calloc(1, sizeof *twilio);
	enum err err;

	*out = NULL;
	if (twilio == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	twilio->patience = PATIENCE;
	twilio->tries = TWILIO_TRIES;
	err = api_address_read(&twilio->address, settings, reason);
	if (err == ERR_OK)
		err = accounts_choose(
			&twilio->account, settings, account_sid, reason);
	if (err == ERR_OK && http_client_new(&twilio->http) != ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	if (err != ERR_OK) {
		twilio_close(twilio);
		return err;
	}
	*out = twilio;
	return ERR_OK;
}

void
twilio_close(struct twilio *twilio)
{
	if (twilio == NULL)
		return;
	http_client_free(twilio->http);
	account_free(&twilio->account);
	free(twilio);
}

void
twilio_hurry(struct twilio *twilio)
{
	twilio->patience = TWILIO_HURRY;
	twilio->tries = 1;
}

const char *
twilio_account_sid(const struct twilio *twilio)
{
	return twilio->account.sid;
}

/* The path, with the account's SID in it. */
static enum err
add_path(const struct twilio *twilio, const char *path, struct buf *url)
{
	static const char mark[] = "{AccountSid}";
	const char *at = strstr(path, mark);
	enum err err;

	if (at == NULL)
		return buf_add_text(url, path);
	err = buf_add(url, path, (size_t)(at - path));
	if (err == ERR_OK)
		err = buf_add_text(url, twilio->account.sid);
	if (err == ERR_OK)
		err = buf_add_text(url, at + strlen(mark));
	return err;
}

enum err
twilio_url(const struct twilio *twilio, enum twilio_product product,
	const char *path, struct buf *out)
{
	enum err err = ERR_MALFORMED;

	/* Anything else would be part of the host's name. */
	if (path[0] == '/')
		err = api_address_add(&twilio->address, product, out);
	return err == ERR_OK ? add_path(twilio, path, out) : err;
}

/* An answer that is no success, in Twilio's words if it has some. */
static enum err
judge_failure(const struct twilio_result *result, struct reason *reason)
{
	const char *message = json_member_text(result->document, "message");
	const char *advice = "";
	enum err err = ERR_IO;

	if (result->status == 401)
		advice = "; is the token in the settings that account's?";
	if (result->status == 401 || result->status == 403)
		err = ERR_REFUSED;
	else if (result->status / 100 == 4 && result->status != 429)
		err = ERR_REJECTED;
	if (message[0] == '\0')
		return err_reason(reason, err, "Twilio answered %d%s",
			result->status, advice);
	return err_reason(reason, err,
		"Twilio answered %d: %.300s (code "
		"%lld)%s",
		result->status, message, result->code, advice);
}

/* What is kept of an answer for twilio_send's caller. */
static enum err
judge(const struct http_answer *answer, const char *method,
	struct twilio_result *result, struct reason *reason)
{
	int class = answer->status / 100;
	struct reason unread;
	enum err err = ERR_OK;

	result->status = answer->status;
	result->date = http_time(http_header(answer, "Date"));
	if (class == 2 || class == 5)
		result->is_unknown = strcmp(method, "GET") != 0;
	if (answer->body.len > 0)
		err = json_read(&result->document, buf_text(&answer->body),
			answer->body.len, &unread);
	if (err == ERR_MEMORY)
		return err_reason(reason, err, "out of memory");
	if (class != 2) {
		(void)json_number(
			json_member(result->document, "code"), &result->code);
		return judge_failure(result, reason);
	}
	if (err != ERR_OK)
		return err_reason(reason, ERR_IO,
			"Twilio's answer is not JSON: %s; is "
			"\"HOOKSWITCH_TWILIO_API\" the API's address?",
			unread.text);
	result->is_unknown = false;
	return ERR_OK;
}

/* Milliseconds, at random, so that many do not come back at once. */
static long
jitter(long most)
{
	unsigned random;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) !=
		(ssize_t)sizeof random)
		return most;
	return most / 2 + (long)(random % (unsigned)(most / 2 + 1));
}

/* False if it is to end instead. */
static bool
wait_before(unsigned attempt, const struct http_answer *answer)
{
	unsigned seconds = http_retry_after(answer);
	long pause = PAUSE_FIRST << attempt;

	if (seconds > 0) {
		terminal_progress("Twilio asks to wait %u s", seconds);
		(void)interrupt_wait((int)seconds * 1000);
		terminal_progress_end();
	} else {
		pause = jitter(pause < PAUSE_MOST ? pause : PAUSE_MOST);
		(void)interrupt_wait((int)pause);
	}
	return !interrupt_came();
}

/* How often it is tried: again where that can help, and can do no harm. */
static unsigned
tries_of(const struct twilio *twilio, const char *method, enum err err,
	const struct twilio_result *result)
{
	if (twilio->tries == 1)
		return 1;
	if (result->status == 429)
		return TWILIO_TRIES;
	return strcmp(method, "GET") == 0 && err == ERR_IO ? TWILIO_TRIES_GET
							   : 1;
}

static void
clear(struct twilio_result *result)
{
	json_free(result->document);
	memset(result, 0, sizeof *result);
}

static enum err
try(struct twilio *twilio, const struct http_request *request,
	struct http_answer *answer, struct twilio_result *result,
	struct reason *reason)
{
	enum err err;

	clear(result);
	err = http_send(twilio->http, request, answer, reason);
	if (err == ERR_OK)
		return judge(answer, request->method, result, reason);
	result->is_unknown =
		answer->is_sent && strcmp(request->method, "GET") != 0;
	return err;
}

/* The same request until it has come to something, or tries have run out. */
static enum err
try_all(struct twilio *twilio, const struct http_request *request,
	struct twilio_result *result, struct reason *reason)
{
	struct http_answer answer;
	enum err err;

	http_answer_init(&answer);
	err = try(twilio, request, &answer, result, reason);
	for (unsigned i = 0;
		i + 1 < tries_of(twilio, request->method, err, result); i++) {
		if (!wait_before(i, &answer)) {
			err = err_reason(reason, ERR_IO, "interrupted");
			break;
		}
		err = try(twilio, request, &answer, result, reason);
	}
	http_answer_free(&answer);
	return err;
}

/* With one token after the other, from the one that was right before. */
static enum err
try_tokens(struct twilio *twilio, struct http_request *request,
	struct twilio_result *result, struct reason *reason)
{
	size_t n = twilio->account.n_tokens;
	size_t first = twilio->token;
	enum err err = ERR_REFUSED;

	for (size_t i = 0; i < n; i++) {
		twilio->token = (first + i) % n;
		request->password = twilio->account.tokens[twilio->token];
		err = try_all(twilio, request, result, reason);
		if (result->status != 401)
			return err;
	}
	twilio->token = first;
	return err;
}

enum err
twilio_send(struct twilio *twilio, enum twilio_product product,
	const char *method, const char *path, const struct buf *form,
	struct twilio_result *result, struct reason *reason)
{
	static const char *const headers[] = {
		"Accept: application/json", "Accept-Charset: utf-8", NULL};
	struct http_request request = {.method = method,
		.headers = headers,
		.user = twilio->account.sid,
		.body = form != NULL ? buf_text(form) : NULL,
		.body_len = form != NULL ? form->len : 0,
		.milliseconds = twilio->patience,
		.once = strcmp(method, "GET") != 0,
		.most = TWILIO_ANSWER};
	struct buf url;
	enum err err;

	memset(result, 0, sizeof *result);
	buf_init(&url, TWILIO_PATH);
	err = twilio_url(twilio, product, path, &url);
	if (err == ERR_MALFORMED)
		(void)err_reason(reason, err, "\"%.100s\" is no path", path);
	else if (err != ERR_OK)
		(void)err_reason(reason, err, "the request is too long");
	request.url = buf_text(&url);
	if (err == ERR_OK)
		err = try_tokens(twilio, &request, result, reason);
	buf_free(&url);
	return err;
}

/* What an answer that is no file means. */
static enum err
judge_fetched(const struct http_answer *answer, struct reason *reason)
{
	struct twilio_result result = {0};
	enum err err;

	if (answer->status / 100 == 2)
		return ERR_OK;
	if (answer->elsewhere[0] != '\0')
		return err_reason(reason, ERR_IO,
			"\"%.100s\", where Twilio says that it is, answered %d",
			answer->elsewhere, answer->status);
	err = judge(answer, "GET", &result, reason);
	clear(&result);
	return err;
}

enum err
twilio_fetch(struct twilio *twilio, enum twilio_product product,
	const char *path, const struct http_request *how,
	struct http_answer *answer, struct reason *reason)
{
	struct http_request request = *how;
	size_t n = twilio->account.n_tokens;
	size_t first = twilio->token;
	struct buf url;
	enum err err;

	buf_init(&url, TWILIO_PATH);
	err = twilio_url(twilio, product, path, &url);
	if (err != ERR_OK)
		(void)err_reason(reason, err, "\"%.100s\" is no path", path);
	request.url = buf_text(&url);
	request.user = twilio->account.sid;
	request.redirects = FETCH_REDIRECTS;
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		twilio->token = (first + i) % n;
		request.password = twilio->account.tokens[twilio->token];
		err = http_send(twilio->http, &request, answer, reason);
		if (answer->status != 401 || answer->elsewhere[0] != '\0')
			break;
		twilio->token = first;
	}
	if (err == ERR_OK)
		err = judge_fetched(answer, reason);
	buf_free(&url);
	return err;
}

/* The path and query of what may be a whole URL. */
static const char *
path_of(const char *url)
{
	const char *authority = strstr(url, "://");

	if (authority == NULL || url[0] == '/')
		return url;
	return authority + 3 + strcspn(authority + 3, "/");
}

/* What leads to the page after this one: 2010's API has it at the top. */
static enum err
take_next(const struct json *document, struct buf *next)
{
	const char *uri = json_member_text(document, "next_page_uri");

	if (uri[0] == '\0')
		uri = json_member_text(document, "meta/next_page_url");
	buf_clear(next);
	return buf_add_text(next, path_of(uri));
}

enum err
twilio_page(struct twilio *twilio, enum twilio_product product,
	const char *path, const char *name, struct twilio_result *result,
	struct buf *next, struct reason *reason)
{
	struct buf after;
	enum err err =
		twilio_send(twilio, product, "GET", path, NULL, result, reason);

	if (err != ERR_OK)
		return err;
	if (!json_is_list(json_member(result->document, name)))
		return err_reason(reason, ERR_IO,
			"Twilio's answer has no list of %s", name);
	buf_init(&after, TWILIO_PATH);
	err = take_next(result->document, &after);
	if (err != ERR_OK)
		(void)err_reason(reason, err,
			"Twilio's answer leads to a page whose address is too "
			"long");
	else if (strcmp(buf_text(&after), path) == 0)
		err = err_reason(reason, ERR_IO,
			"Twilio's answer leads to the same page again");
	if (err == ERR_OK) {
		buf_clear(next); /* path may be in it, and is done with */
		err = buf_add_text(next, buf_text(&after));
	}
	buf_free(&after);
	return err;
}

/* False if the callback has had enough. */
static bool
take_all(const struct json *list,
	bool (*take)(void *context, const struct json *resource), void *context)
{
	for (size_t i = 0; i < json_size(list); i++)
		if (!take(context, json_item(list, i)))
			return false;
	return true;
}

enum err
twilio_list(struct twilio *twilio, enum twilio_product product,
	const char *path, const char *name,
	bool (*take)(void *context, const struct json *resource), void *context,
	struct reason *reason)
{
	struct twilio_result result = {0};
	struct buf next;
	bool goes_on = true;
	enum err err;

	buf_init(&next, TWILIO_PATH);
	err = buf_add_text(&next, path);
	if (err != ERR_OK)
		(void)err_reason(reason, err, "the request is too long");
	while (err == ERR_OK && goes_on && next.len > 0) {
		err = twilio_page(twilio, product, buf_text(&next), name,
			&result, &next, reason);
		if (err == ERR_OK)
			goes_on = take_all(json_member(result.document, name),
				take, context);
		clear(&result);
	}
	buf_free(&next);
	return err;
}
