#include "config.h"

#include "answer_report.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "terminal.h"

/* Of an answer's body that is shown. */
#define SHOWN_MOST 4096

/* What a status most often means here; 0 for any of the hundred. */
static const struct {
	int from, to;
	const char *text;
} remarks[] = {
	{300, 399,
         "a redirect, in which a POST's parameters get lost: give "
		"Twilio the address it leads to"                              },
	{400, 400, "the request was changed on its way, or cut off"           },
	{403, 403,
         "refused: the endpoint has another token or takes the URL for "
		"another; its log says more"                                  },
	{404, 404, "nothing is at this URL: look at the rewrite rules"        },
	{405, 405, "the server takes no such method here: is a program there?"},
	{500, 500,
         "a setting is missing, or the program does not start: the "
		"server's error log says which"                               },
	{502, 502, "the server could not reach the program: see its error log"},
	{503, 503, "neither the database nor the spool could take it"         },
	{504, 504, "the program took too long for the server"                 },
};

static const char *
find_remark(int status)
{
	for (size_t i = 0; i < sizeof remarks / sizeof remarks[0]; i++)
		if (status >= remarks[i].from && status <= remarks[i].to)
			return remarks[i].text;
	return NULL;
}

/* Whether Twilio takes an answer of that type for TwiML. */
static bool
is_twiml_type(const char *type)
{
	static const char *const types[] = {
		"text/xml", "application/xml", "text/html"};

	for (size_t i = 0; type != NULL && i < 3; i++) {
		size_t len = strlen(types[i]);

		if (strncasecmp(type, types[i], len) == 0 &&
			strchr("; \t", type[len]) != NULL)
			return true;
	}
	return false;
}

/* What Twilio would not like about an answer; NULL if it would. */
static const char *
find_fault(const struct delivery_answer *answer)
{
	int status = answer->http->status;

	if (status / 100 != 2)
		return find_remark(status);
	if (answer->webhook->wants_twiml &&
		!is_twiml_type(http_header(answer->http, "Content-Type")))
		return "Twilio takes only text/xml for TwiML (error 12300): "
		       "another program has answered";
	return NULL;
}

static void
print_json(struct json_writer *writer, const struct delivery_answer *answer)
{
	const struct http_answer *http = answer->http;

	json_begin_object(writer, NULL);
	json_write_text(writer, "webhook", answer->webhook->name);
	json_write_text(writer, "url", answer->url);
	json_write_text(writer, "sid", answer->subject);
	json_write_text(writer, "state", answer->state);
	json_write_number(writer, "status", http->status);
	json_write_decimal(writer, "milliseconds", http->seconds * 1e3);
	json_write_text(writer, "content_type",
		http->status > 0 ? http_header(http, "Content-Type") : NULL);
	json_write_bytes(writer, "body", buf_text(&http->body), http->body.len);
	json_write_text(writer, "remark",
		http->status > 0 ? find_fault(answer) : answer->reason->text);
	json_end_object(writer);
}

static void
print_body(const struct buf *body)
{
	size_t shown = body->len < SHOWN_MOST ? body->len : SHOWN_MOST;

	terminal_print(stdout, "    ", buf_text(body), shown);
	if (shown < body->len)
		printf("    ... and %zu bytes more\n", body->len - shown);
}

static void
print_words(const struct delivery_answer *answer)
{
	const struct http_answer *http = answer->http;
	bool is_good = http->status / 100 == 2;
	const char *fault = find_fault(answer);

	printf("%-20s %s%3d%s %8.1f ms  %s  %s\n", answer->webhook->name,
		terminal_colour(stdout, is_good ? COLOUR_GOOD : COLOUR_BAD),
		http->status, terminal_colour(stdout, COLOUR_NONE),
		http->seconds * 1e3,
		answer->subject != NULL ? answer->subject : "",
		answer->state != NULL ? answer->state : "");
	print_body(&http->body);
	if (fault != NULL)
		printf("    %s%s%s\n", terminal_colour(stdout, COLOUR_STRONG),
			fault, terminal_colour(stdout, COLOUR_NONE));
	(void)terminal_flush();
}

void
answer_report_tell(void *context, const struct delivery_answer *answer)
{
	struct answer_report *report = context;
	bool is_good = answer->http->status / 100 == 2;

	if (report->json)
		print_json(&report->writer, answer);
	else if (answer->http->status > 0 && !(report->quiet && is_good))
		print_words(answer);
}

static void
print_seed(const struct delivery *delivery)
{
	if (delivery->is_shuffled)
		printf("shuffled: --seed %llu does it again\n",
			(unsigned long long)delivery->seed);
}

void
answer_report_begin(
	struct answer_report *report, const struct delivery *delivery)
{
	if (report->json) {
		json_writer_open(&report->writer);
		if (delivery->is_shuffled)
			json_write_number(&report->writer, "seed",
				(long long)delivery->seed);
		json_begin_array(&report->writer, "answers");
	} else if (!report->quiet) {
		print_seed(delivery);
	}
}

/* The times that are told, in milliseconds. */
static const struct {
	const char *name;
	double share;
} times[] = {
	{"min",    0   },
	{"median", 0.5 },
	{"p99",    0.99},
	{"max",    1   },
};

#define TIMES (sizeof times / sizeof times[0])

static enum err
end_json(struct json_writer *writer, const struct delivery_result *result)
{
	char status[16];

	json_end_array(writer);
	json_write_number(writer, "requests", (long long)result->n);
	json_write_number(writer, "good", (long long)result->good);
	json_begin_object(writer, "statuses");
	for (int i = 0; i < DELIVERY_STATUSES; i++) {
		(void)snprintf(status, sizeof status, "%d", i);
		if (result->answers[i] > 0)
			json_write_number(
				writer, status, (long long)result->answers[i]);
	}
	json_end_object(writer);
	json_write_decimal(writer, "seconds", result->took);
	json_begin_object(writer, "milliseconds");
	for (size_t i = 0; i < TIMES; i++)
		json_write_decimal(writer, times[i].name,
			delivery_seconds(result, times[i].share) * 1e3);
	json_end_object(writer);
	return json_writer_print(writer, stdout);
}

static void
end_words(const struct delivery *delivery, const struct delivery_result *result)
{
	printf("%s%zu requests in %.2f s", delivery->is_burst ? "" : "\n",
		result->n, result->took);
	if (delivery->is_burst)
		printf(" on %lu connections: %.0f a second",
			delivery->connections,
			(double)result->n / result->took);
	printf("\nanswers");
	for (int i = 1; i < DELIVERY_STATUSES; i++)
		if (result->answers[i] > 0)
			printf("  %s%d%s: %zu",
				terminal_colour(stdout, i / 100 == 2
								? COLOUR_GOOD
								: COLOUR_BAD),
				i, terminal_colour(stdout, COLOUR_NONE),
				result->answers[i]);
	if (result->answers[0] > 0)
		printf("  %snone%s: %zu", terminal_colour(stdout, COLOUR_BAD),
			terminal_colour(stdout, COLOUR_NONE),
			result->answers[0]);
	printf("\ntime   ");
	for (size_t i = 0; i < TIMES; i++)
		printf("%s %s %.1f ms", i > 0 ? "," : " ", times[i].name,
			delivery_seconds(result, times[i].share) * 1e3);
	printf("\n");
}

enum err
answer_report_end(struct answer_report *report, const struct delivery *delivery,
	const struct delivery_result *result)
{
	bool is_good = result->good == result->total;

	if (report->json)
		return end_json(&report->writer, result);
	if (report->quiet && is_good)
		return ERR_OK;
	if (report->quiet)
		print_seed(delivery);
	if (result->n > 1)
		end_words(delivery, result);
	return ERR_OK;
}
