/*
 * hookswitch send: webhooks as Twilio sends them, to try a site with.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "account.h"
#include "answer_report.h"
#include "commands.h"
#include "delivery.h"
#include "input.h"
#include "limit.h"
#include "scenario_file.h"
#include "url_parts.h"

#define ENDPOINT_PATH "/api/webhooks/{endpoint}"
#define BURST_CONNECTIONS 8

struct send_options {
	const char *scenario;
	const char *account;
	const char *via;
	bool get;
	bool shuffle;
	unsigned long seed, repeat, burst, connections;
};

static const struct option_row options[] = {
	TEXT_OPTION("scenario", "FILE", struct send_options, scenario,
		"send what FILE says, \"-\" for standard input"),
	SID_OPTION("account", "AC", struct send_options, account,
		"the account that signs (otherwise\n"
		"TWILIO_ACCOUNT_SID)"),
	TEXT_OPTION("via", "ORIGIN", struct send_options, via,
		"sign for the URL, but ask this server for it,\n"
		"such as http://127.0.0.1:8080"),
	SWITCH_OPTION("get", struct send_options, get,
		"send GETs: all parameters in the query"),
	COUNT_OPTION("repeat", "N", struct send_options, repeat,
		DELIVERY_REQUESTS,
		"send each request N times, as Twilio does without\n"
		"an answer: nothing may change"),
	SWITCH_OPTION("shuffle", struct send_options, shuffle,
		"in any order: the rows must come out the same"),
	COUNT_OPTION("seed", "NUMBER", struct send_options, seed, UINT32_MAX,
		"shuffle as the time that printed this number"),
	COUNT_OPTION("burst", "N", struct send_options, burst,
		DELIVERY_REQUESTS,
		"all of it N times, each with SIDs of its own, as\n"
		"fast as it is taken; only the sum is printed"),
	COUNT_OPTION("connections", "N", struct send_options, connections,
		DELIVERY_CONNECTIONS, "connections of a burst (otherwise 8)"),
	END_OF_OPTIONS,
};

/* The words, told apart. */
struct words {
	const char *name; /* of a webhook or scenario; NULL with --scenario */
	const char *url;  /* NULL if it was not given */
	char **pairs;     /* NAME=VALUE */
	size_t n_pairs;
};

/* What is sent, and what that was made from. */
struct sendable {
	struct words words;
	struct scenario scenario;
	struct variables variables;
	struct account account;
	struct buf url;
};

static void
sendable_init(struct sendable *sendable)
{
	memset(sendable, 0, sizeof *sendable);
	scenario_init(&sendable->scenario);
	buf_init(&sendable->url, LIMIT_ORIGIN + LIMIT_TARGET);
}

static void
sendable_free(struct sendable *sendable)
{
	scenario_free(&sendable->scenario);
	account_free(&sendable->account);
	buf_free(&sendable->url);
}

static bool
is_url(const char *word)
{
	struct url_parts parts;

	return url_split(&parts, word);
}

/* Tells the words apart; what is wrong with them, or NULL. */
static const char *
take_words(struct words *words, const struct invocation *invocation)
{
	const struct send_options *chosen = invocation->options;
	char **at = invocation->words;
	char **end = at + invocation->n_words;

	if (chosen->scenario == NULL) {
		if (at == end)
			return "the name of a webhook or scenario is missing";
		words->name = *at++;
	}
	if (at < end && is_url(*at))
		words->url = *at++;
	words->pairs = at;
	words->n_pairs = (size_t)(end - at);
	if (chosen->via != NULL && !is_url(chosen->via))
		return "--via must look like http://127.0.0.1:8080";
	if (chosen->connections > 0 && chosen->burst == 0)
		return "--connections is for a --burst";
	if (chosen->seed > 0 && !chosen->shuffle)
		return "--seed is for --shuffle";
	return NULL;
}

/* Where to: what was given, or where the site is for Twilio. */
static enum err
write_url(struct buf *out, const struct words *words,
	const struct settings *settings, struct reason *reason)
{
	const char *public_url = settings_get(settings, SETTING_PUBLIC_URL);
	const char *url = words->url != NULL ? words->url : public_url;
	struct url_parts parts;
	bool is_site;
	size_t path;

	if (url == NULL)
		return err_reason(reason, ERR_SETTING,
			"a URL is missing, and \"HOOKSWITCH_PUBLIC_URL\" is "
			"not set");
	if (!url_split(&parts, url))
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_PUBLIC_URL\" must look like "
			"https://example.com");
	path = parts.part[URL_PATH].len;
	is_site = words->url == NULL || (path + parts.part[URL_QUERY].len < 2);
	if (!is_site)
		return buf_add_text(out, url);
	while (path > 0 && parts.part[URL_PATH].text[path - 1] == '/')
		path--;
	parts.part[URL_PATH].len = path;
	if (url_join(out, &parts, URL_SCHEME, URL_PATH) != ERR_OK)
		return ERR_TOO_LARGE;
	return buf_add_text(out, ENDPOINT_PATH);
}

/* NAME=VALUE, in place: a parameter, or a variable. */
static enum err
take_pair(struct sendable *sendable, char *word, struct reason *reason)
{
	char *equals = strchr(word, '=');

	*equals = '\0';
	if (!variable_exists(word))
		return scenario_set(
			&sendable->scenario, word, equals + 1, reason);
	if (!variables_set(&sendable->variables, word, equals + 1))
		return err_reason(reason, ERR_TOO_LARGE,
			"more than %d variables are set", VARIABLES_SET);
	return ERR_OK;
}

/* Everything that is sent, from words, files and settings. */
static enum err
prepare(struct sendable *sendable, struct invocation *invocation,
	struct reason *reason)
{
	const struct send_options *chosen = invocation->options;
	const struct words *words = &sendable->words;
	const struct settings *settings = &invocation->settings;
	enum err err = command_settings(invocation, reason);

	if (err == ERR_OK)
		err = account_find(&sendable->account, settings, NULL,
			chosen->account, reason);
	if (err == ERR_OK)
		err = variables_init(&sendable->variables,
			sendable->account.sid,
			settings_get(settings, SETTING_PHONE_NUMBER));
	if (err == ERR_OK)
		err = write_url(&sendable->url, words, settings, reason);
	if (err == ERR_OK && chosen->scenario != NULL)
		err = scenario_read(
			&sendable->scenario, chosen->scenario, reason);
	for (size_t i = 0; i < words->n_pairs && err == ERR_OK; i++)
		err = take_pair(sendable, words->pairs[i], reason);
	return err;
}

static uint64_t
choose_seed(const struct send_options *chosen)
{
	uint32_t seed = 0;

	if (chosen->seed > 0)
		return chosen->seed;
	while (seed == 0)
		if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
			return 1;
	return seed;
}

static struct delivery
make_delivery(const struct sendable *sendable,
	const struct send_options *chosen, struct answer_report *report)
{
	unsigned long connections = chosen->connections > 0
					    ? chosen->connections
					    : BURST_CONNECTIONS;

	return (struct delivery){
		.scenario = &sendable->scenario,
		.variables = &sendable->variables,
		.token = sendable->account.tokens[0],
		.url = buf_text(&sendable->url),
		.via = chosen->via,
		.get = chosen->get,
		.repeats = chosen->repeat > 0 ? chosen->repeat : 1,
		.runs = chosen->burst > 0 ? chosen->burst : 1,
		.connections = chosen->burst > 0 ? connections : 1,
		.is_burst = chosen->burst > 0,
		.is_shuffled = chosen->shuffle,
		.seed = choose_seed(chosen),
		.tell = answer_report_tell,
		.context = report,
	};
}

/* Sends, reports, and says whether all was well. */
static enum err
send_all(const struct sendable *sendable, const struct invocation *invocation,
	struct reason *reason)
{
	struct answer_report report = {
		.json = invocation->json, .quiet = invocation->quiet};
	const struct delivery delivery =
		make_delivery(sendable, invocation->options, &report);
	struct delivery_result result;
	enum err err;

	answer_report_begin(&report, &delivery);
	err = delivery_run(&delivery, &result, reason);
	if (err == ERR_OK)
		err = answer_report_end(&report, &delivery, &result);
	if (err == ERR_OK && result.answers[0] > 0)
		err = err_reason(reason, ERR_IO, "%s", result.reason.text);
	else if (err == ERR_OK && result.good < result.n)
		err = err_reason(reason, ERR_REFUSED,
			"%zu of %zu requests not answered with 2xx",
			result.n - result.good, result.n);
	delivery_free(&result);
	return err;
}

static int
run(struct invocation *invocation)
{
	struct reason reason = {"out of memory"};
	struct sendable sendable;
	const char *misuse;
	enum err err = ERR_OK;
	int status;

	sendable_init(&sendable);
	misuse = take_words(&sendable.words, invocation);
	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	misuse = input_find_bad(sendable.words.pairs, sendable.words.n_pairs);
	if (misuse != NULL)
		return command_misuse(invocation,
			"\"%.100s\" is neither a URL nor NAME=VALUE", misuse);
	if (sendable.words.name != NULL)
		err = scenario_find(
			&sendable.scenario, sendable.words.name, &reason);
	if (err == ERR_MALFORMED) {
		status = command_misuse(invocation, "%s", reason.text);
	} else {
		if (err == ERR_OK)
			err = prepare(&sendable, invocation, &reason);
		if (err == ERR_OK)
			err = send_all(&sendable, invocation, &reason);
		status = err == ERR_OK ? EXIT_SUCCESS
				       : command_fail(invocation, &reason);
	}
	sendable_free(&sendable);
	return status;
}

static void
print_scenario(void *out, const char *name, const char *purpose)
{
	fprintf(out, "  %-20s  %s\n", name, purpose);
}

static void
print_more(FILE *out)
{
	fprintf(out, "\nwebhooks, one at a time:\n");
	for (size_t i = 0; webhooks[i] != NULL; i++)
		fprintf(out, "  %-20s  %s\n", webhooks[i]->name,
			webhooks[i]->purpose);
	fprintf(out, "\nscenarios, several in order:\n");
	if (scenario_list(print_scenario, out) == 0)
		fprintf(out, "  (none is installed)\n");
}

const struct command command_send = {
	.name = "send",
	.purpose = "send webhooks as Twilio does, and show the answers",
	.usage = "[OPTION...] WEBHOOK|SCENARIO [URL] [NAME=VALUE...]\n"
		 "[OPTION...] --scenario FILE [URL] [NAME=VALUE...]",
	.description =
		"Sends webhooks to a site, signed with the auth token of its "
		"settings, and shows\n"
		"what it answers.  The exit status is 1 if any answer is not "
		"a 2xx.\n"
		"\n"
		"URL is the site, such as https://example.com, or takes all "
		"requests if it has a\n"
		"path; \"{endpoint}\" in it becomes voice, sms and so on.  "
		"Otherwise it is\n"
		"HOOKSWITCH_PUBLIC_URL.  NAME=VALUE replaces a parameter; "
		"call=CA..., message=SM...\n"
		"and the like say which SID is used instead of a new one, "
		"them=+49... who calls.",
	.examples =
		"hookswitch send inbound-message Body='Hello there'\n"
		"hookswitch send call https://example.com\n"
		"hookswitch send sms --via http://127.0.0.1:8080\n"
		"hookswitch send video-visit --shuffle --repeat 2\n"
		"hookswitch send inbound-message --burst 1000 --connections "
		"16\n"
		"hookswitch send message-status message=SM0123 "
		"MessageStatus=failed ErrorCode=30003",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct send_options),
	.print_more = print_more,
	.run = run,
};
