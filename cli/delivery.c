#include "config.h"

#include "delivery.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "http.h"
#include "intake.h"
#include "interrupt.h"
#include "limit.h"
#include "signed_request.h"
#include "terminal.h"
#include "url_parts.h"

#define HEADERS 8
#define HEADER_SIZE 320

/* What all connections share. */
struct sending {
	const struct delivery *delivery;
	struct delivery_result *result;
	size_t *order;      /* of the requests; NULL: as they come */
	size_t unit;        /* requests that belong together, in order */
	atomic_size_t next; /* unit */
	atomic_bool is_over;
	pthread_mutex_t mutex; /* for result, and for tell */
};

/* One connection. */
struct line {
	struct sending *sending;
	pthread_t thread;
	struct http_client *client;
	struct http_answer answer;
	struct signed_request request;
	struct buf body;  /* the parameters, encoded */
	struct buf url;   /* that is signed */
	struct buf asked; /* that is asked for */
	char headers[HEADERS][HEADER_SIZE];
	const char *header_list[HEADERS + 1];
};

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The next number of a sequence that the seed begins (splitmix64). */
static uint64_t
next_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static enum err
shuffle(struct sending *sending, size_t n)
{
	uint64_t seed = sending->delivery->seed;
	size_t *order = malloc(n * sizeof *order);

	if (order == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = (size_t)(next_random(&seed) % (i + 1));
		size_t swapped = order[i];

		order[i] = order[j];
		order[j] = swapped;
	}
	sending->order = order;
	return ERR_OK;
}

static enum err
line_open(struct line *line, struct sending *sending)
{
	memset(line, 0, sizeof *line);
	line->sending = sending;
	http_answer_init(&line->answer);
	signed_request_init(&line->request);
	buf_init(&line->body, LIMIT_BODY);
	buf_init(&line->url, LIMIT_ORIGIN + LIMIT_TARGET);
	buf_init(&line->asked, LIMIT_ORIGIN + LIMIT_TARGET);
	return http_client_new(&line->client);
}

static void
line_close(struct line *line)
{
	buf_free(&line->asked);
	buf_free(&line->url);
	buf_free(&line->body);
	signed_request_free(&line->request);
	http_answer_free(&line->answer);
	http_client_free(line->client);
}

static enum err
endpoint_value(const void *context, const char *name, struct buf *out)
{
	if (strcmp(name, "endpoint") != 0)
		return ERR_MALFORMED;
	return buf_add_text(out, context);
}

/*
 * The address that is asked: the signed path and query, at the origin that
 * was given, with user and password if it has them.
 */
static enum err
write_asked(struct line *line)
{
	const char *via = line->sending->delivery->via;
	struct url_parts given, with;
	enum err err = ERR_MALFORMED;

	buf_clear(&line->asked);
	if (url_split(&given, buf_text(&line->request.url)) &&
		url_split(&with, via != NULL ? via : buf_text(&line->url)))
		err = url_join(&line->asked, &with, URL_SCHEME, URL_PORT);
	if (err == ERR_OK)
		err = url_join(&line->asked, &given, URL_PATH, URL_QUERY);
	return err;
}

static void add_header(struct line *line, const char *format, ...)
	PRINTF_LIKE(2, 3);

/* A header for the request in hand. */
static void
add_header(struct line *line, const char *format, ...)
{
	va_list args;
	size_t n = 0;

	while (line->header_list[n] != NULL)
		n++;
	va_start(args, format);
	(void)vsnprintf(line->headers[n], HEADER_SIZE, format, args);
	va_end(args);
	line->header_list[n] = line->headers[n];
	line->header_list[n + 1] = NULL;
}

/* One that a repeat has, too, as Twilio's has. */
static void
add_idempotency_token(
	struct line *line, const struct variables *variables, size_t step)
{
	char digits[33], word[32];

	(void)snprintf(word, sizeof word, "step %zu", step);
	variables_digits(variables, word, digits);
	add_header(line,
		"I-Twilio-Idempotency-Token: %.8s-%.4s-%.4s-%.4s-%.12s", digits,
		digits + 8, digits + 12, digits + 16, digits + 20);
}

/* Makes the request of a step. */
static enum err
compose(struct line *line, const struct variables *variables, size_t step,
	struct reason *reason)
{
	const struct delivery *delivery = line->sending->delivery;
	const struct scenario_step *what = &delivery->scenario->steps[step];
	const struct expand_source endpoint = {
		endpoint_value, what->webhook->endpoint};
	struct url_parts parts;
	enum err err;

	buf_clear(&line->body);
	buf_clear(&line->url);
	line->header_list[0] = NULL;
	err = scenario_compose(&line->body, what, variables, reason);
	if (err == ERR_OK)
		err = expand(&line->url, delivery->url, &endpoint, reason);
	if (err == ERR_OK)
		err = signed_request_make(&line->request, delivery->token,
			buf_text(&line->url),
			delivery->get ? CARRIER_QUERY : CARRIER_FORM,
			buf_text(&line->body), line->body.len, reason);
	if (err == ERR_OK)
		err = write_asked(line);
	if (err != ERR_OK)
		return err;
	add_header(line, "X-Twilio-Signature: %s", line->request.signature);
	add_header(line, "User-Agent: TwilioProxy/1.1");
	if (delivery->via != NULL &&
		url_split(&parts, buf_text(&line->request.url)))
		add_header(line, "Host: %.*s",
			(int)(parts.part[URL_HOST].len +
				parts.part[URL_PORT].len),
			parts.part[URL_HOST].text);
	add_idempotency_token(line, variables, step);
	return ERR_OK;
}

static enum err
ask(struct line *line, struct reason *reason)
{
	bool get = line->sending->delivery->get;
	const struct http_request request = {
		.method = get ? "GET" : "POST",
		.url = buf_text(&line->asked),
		.headers = line->header_list,
		.body = get ? NULL : buf_text(&line->body),
		.body_len = line->body.len,
	};
	enum err err = http_send(line->client, &request, &line->answer, reason);

	if (err != ERR_OK)
		line->answer.status = 0;
	return err;
}

/* With the SID by which to look for it in the tables. */
static void
tell(struct line *line, const struct webhook *webhook,
	const struct reason *reason)
{
	const struct delivery *delivery = line->sending->delivery;
	struct delivery_answer answer = {
		.webhook = webhook,
		.url = buf_text(&line->request.url),
		.http = &line->answer,
		.reason = reason,
	};
	struct intake intake;

	intake_init(&intake);
	if (intake_parse(&intake, CARRIER_FORM, buf_text(&line->body),
		    line->body.len, "", 0, NULL) == ERR_OK) {
		answer.subject = form_value(&intake.form, webhook->subject);
		answer.state = form_value(&intake.form, webhook->state);
	}
	delivery->tell(delivery->context, &answer);
	intake_free(&intake);
}

static void
note(struct line *line, const struct webhook *webhook,
	const struct reason *reason)
{
	struct sending *sending = line->sending;
	struct delivery_result *result = sending->result;
	int status = line->answer.status;

	if (status < 0 || status >= DELIVERY_STATUSES)
		status = 0;
	(void)pthread_mutex_lock(&sending->mutex);
	result->seconds[result->n++] = line->answer.seconds;
	result->good += status / 100 == 2;
	if (status == 0 && result->answers[0] == 0)
		result->reason = *reason;
	result->answers[status]++;
	if (!sending->delivery->is_burst)
		tell(line, webhook, reason);
	else if (result->n % 64 == 0)
		terminal_progress("sent %zu of %zu", result->n, result->total);
	(void)pthread_mutex_unlock(&sending->mutex);
}

/* Sends one of all requests: run, then step, then repeat. */
static void
send_one(struct line *line, size_t number)
{
	struct sending *sending = line->sending;
	const struct delivery *delivery = sending->delivery;
	size_t of_step = delivery->repeats;
	size_t of_run = of_step * delivery->scenario->n;
	size_t step = number % of_run / of_step;
	const struct scenario_step *what = &delivery->scenario->steps[step];
	struct variables variables = *delivery->variables;
	struct reason reason = {"out of memory"};
	enum err err;

	variables.run = number / of_run + 1;
	if (!delivery->is_burst && !delivery->is_shuffled &&
		number % of_step == 0)
		(void)interrupt_wait((int)what->wait);
	line->answer.status = 0;
	line->answer.seconds = 0;
	err = compose(line, &variables, step, &reason);
	if (err == ERR_OK)
		err = ask(line, &reason);
	note(line, what->webhook, &reason);
	if (err != ERR_OK && !delivery->is_burst)
		atomic_store(&sending->is_over, true);
}

/* Takes what nobody has sent yet until there is no more. */
static void *
run_line(void *context)
{
	struct line *line = context;
	struct sending *sending = line->sending;
	size_t n_units = sending->result->total / sending->unit;
	size_t unit;

	while ((unit = atomic_fetch_add(&sending->next, 1)) < n_units)
		for (size_t i = 0;
			i < sending->unit && !atomic_load(&sending->is_over);
			i++) {
			size_t at = unit * sending->unit + i;

			send_one(line, sending->order != NULL
					       ? sending->order[at]
					       : at);
		}
	return NULL;
}

/* On as many connections as can be had, which is at least one. */
static enum err
run_lines(struct sending *sending, struct line *lines, size_t n)
{
	size_t opened = 0, started;
	enum err err = ERR_OK;

	while (opened < n && err == ERR_OK)
		err = line_open(&lines[opened++], sending);
	for (started = 1; started < n && err == ERR_OK; started++)
		if (pthread_create(&lines[started].thread, NULL, run_line,
			    &lines[started]) != 0)
			break;
	if (err == ERR_OK)
		run_line(&lines[0]); /* this thread is one of them */
	for (size_t i = 1; i < started && err == ERR_OK; i++)
		(void)pthread_join(lines[i].thread, NULL);
	for (size_t i = 0; i < opened; i++)
		line_close(&lines[i]);
	return err;
}

static int
compare_seconds(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static enum err
run_all(struct sending *sending)
{
	const struct delivery *delivery = sending->delivery;
	struct delivery_result *result = sending->result;
	struct line *lines;
	double start = now();
	enum err err = ERR_OK;

	if (delivery->is_shuffled)
		err = shuffle(sending, result->total);
	lines = calloc(delivery->connections, sizeof *lines);
	result->seconds = calloc(result->total, sizeof *result->seconds);
	if (lines == NULL || result->seconds == NULL)
		err = ERR_MEMORY;
	if (err == ERR_OK)
		err = run_lines(sending, lines, delivery->connections);
	terminal_progress_end();
	result->took = now() - start;
	if (result->n > 0)
		qsort(result->seconds, result->n, sizeof *result->seconds,
			compare_seconds);
	free(lines);
	return err;
}

enum err
delivery_run(const struct delivery *delivery, struct delivery_result *result,
	struct reason *reason)
{
	struct sending sending = {.delivery = delivery, .result = result};
	size_t of_run = delivery->scenario->n * delivery->repeats;
	enum err err;

	memset(result, 0, sizeof *result);
	if (of_run > DELIVERY_REQUESTS ||
		delivery->runs > DELIVERY_REQUESTS / of_run)
		return err_reason(reason, ERR_TOO_LARGE,
			"that is more than %lu requests", DELIVERY_REQUESTS);
	result->total = of_run * delivery->runs;
	sending.unit = delivery->is_shuffled ? 1 : of_run;
	(void)pthread_mutex_init(&sending.mutex, NULL);
	err = run_all(&sending);
	(void)pthread_mutex_destroy(&sending.mutex);
	free(sending.order);
	return err == ERR_OK ? ERR_OK
			     : err_reason(reason, err, "out of memory");
}

void
delivery_free(struct delivery_result *result)
{
	free(result->seconds);
	result->seconds = NULL;
}

double
delivery_seconds(const struct delivery_result *result, double share)
{
	size_t at = (size_t)(share * (double)result->n);

	if (result->n == 0)
		return 0;
	return result->seconds[at < result->n ? at : result->n - 1];
}
