/*
 * hookswitch explain: why a request was refused, and what mends it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "diagnosis.h"
#include "input.h"
#include "json_writer.h"
#include "key.h"
#include "limit.h"
#include "refused.h"
#include "terminal.h"
#include "url_parts.h"

/* What stands before a line of text. */
#define LABEL 7

struct explain_options {
	const char *request;
	const char *url;
	const char *signature;
	const char *method;
	const char *data_file;
	const char *tokens;
};

static const struct option_row options[] = {
	TEXT_OPTION("request", "FILE", struct explain_options, request,
		"the request as it was sent, with its headers, or lines\n"
		"of the error log; \"-\" for standard input"),
	TEXT_OPTION("url", "URL", struct explain_options, url,
		"the URL as it is set in Twilio's console"),
	TEXT_OPTION("signature", "SIGNATURE", struct explain_options, signature,
		"the header X-Twilio-Signature"),
	TEXT_OPTION("data-file", "FILE", struct explain_options, data_file,
		"the body, encoded, \"-\" for standard input"),
	TEXT_OPTION("method", "METHOD", struct explain_options, method,
		"GET or POST"),
	TEXT_OPTION("tokens", "FILE", struct explain_options, tokens,
		"more tokens to try, as private as the settings file:\n"
		"in each line a name and a token"),
	END_OF_OPTIONS,
};

/* All that has to be freed. */
struct explaining {
	struct refused request;
	struct keys keys;
	struct buf text; /* what was read */
	struct diagnosis diagnosis;
};

static void
explaining_init(struct explaining *explaining)
{
	memset(explaining, 0, sizeof *explaining);
	buf_init(&explaining->text, REFUSED_INPUT);
}

static void
explaining_free(struct explaining *explaining)
{
	diagnosis_free(&explaining->diagnosis);
	keys_free(&explaining->keys);
	refused_free(&explaining->request);
	buf_free(&explaining->text);
}

/* What a person pastes, who has called it with nothing. */
static enum err
read_pasted(struct buf *text, struct reason *reason)
{
	if (isatty(STDIN_FILENO))
		fprintf(stderr, "Paste the request with its headers, or what "
				"hookswitch wrote to the error log.\n"
				"End with Ctrl-D on a line of its own.\n");
	return input_read(text, "-", reason);
}

/* From a file, from words, or from whoever types. */
static enum err
read_text(const struct invocation *invocation, struct buf *text,
	struct reason *reason)
{
	const struct explain_options *chosen = invocation->options;
	enum err err = ERR_OK;

	if (chosen->request != NULL)
		return input_read(text, chosen->request, reason);
	if (chosen->data_file != NULL)
		err = input_read_form(text, chosen->data_file, reason);
	else if (invocation->n_words == 0 && chosen->signature == NULL)
		return read_pasted(text, reason);
	return err == ERR_OK ? input_add_words(text, invocation->words,
				       invocation->n_words, reason)
			     : err;
}

/* The keys of the settings, and those of --tokens. */
static enum err
read_keys(struct explaining *explaining, struct invocation *invocation,
	const struct question *question, struct reason *reason)
{
	const struct explain_options *chosen = invocation->options;
	char *sid;
	enum err err = diagnosis_account(&sid, question, reason);

	if (err == ERR_OK)
		err = keys_load(
			&explaining->keys, &invocation->settings, sid, reason);
	if (err == ERR_OK && chosen->tokens != NULL)
		err = keys_add_file(&explaining->keys, chosen->tokens, reason);
	free(sid);
	return err;
}

static void
print_label(enum colour colour, const char *label)
{
	printf("%s%-*s%s", terminal_colour(stdout, colour), LABEL, label,
		terminal_colour(stdout, COLOUR_NONE));
}

/* What mends a finding; "" for nothing, and where the next one says the same.
 */
static const char *
mend_of(const struct diagnosis *diagnosis, size_t i)
{
	const char *mend = buf_text(&diagnosis->items[i].mend);

	if (i + 1 < diagnosis->n &&
		strcmp(mend, buf_text(&diagnosis->items[i + 1].mend)) == 0)
		return "";
	return mend;
}

static void
print_item(const struct diagnosis_item *item, const char *mend)
{
	bool is_cause = finding_weight(item->finding) == WEIGHT_CAUSE;

	print_label(is_cause ? COLOUR_STRONG : COLOUR_FAINT,
		is_cause ? "Found:" : "Note:");
	terminal_print_wrapped(stdout, LABEL, buf_text(&item->found));
	if (mend[0] != '\0') {
		print_label(COLOUR_GOOD, is_cause ? "Mend:" : "");
		terminal_print_wrapped(stdout, LABEL, mend);
	}
	putchar('\n');
}

/* What the signature fits. */
static void
print_fit(const struct diagnosis *diagnosis)
{
	printf("The signature is right for the URL\n");
	terminal_print(stdout, "    ", buf_text(&diagnosis->signed_url),
		diagnosis->signed_url.len);
	if (diagnosis->seen_url.len > 0 &&
		strcmp(buf_text(&diagnosis->seen_url),
			buf_text(&diagnosis->signed_url)) != 0) {
		printf("not for\n");
		terminal_print(stdout, "    ", buf_text(&diagnosis->seen_url),
			diagnosis->seen_url.len);
	}
	if (diagnosis->key_name[0] != '\0')
		printf("under %s.\n", diagnosis->key_name);
	putchar('\n');
}

static void
print_words(const struct diagnosis *diagnosis, const struct refused *request)
{
	if (request->source == REFUSED_LOG && request->why != NULL) {
		if (request->n_refused > 1)
			printf("Of %zu refused requests in the log, the last "
			       "one:\n",
				request->n_refused);
		else
			printf("The log says:\n");
		terminal_print(
			stdout, "    ", request->why, strlen(request->why));
		putchar('\n');
	}
	if (diagnosis->is_signed)
		print_fit(diagnosis);
	for (size_t i = 0; i < diagnosis->n; i++)
		print_item(&diagnosis->items[i], mend_of(diagnosis, i));
	if (diagnosis->tried > 0)
		printf("%zu combination%s of URL, parameters and token %s "
		       "tried.\n",
			diagnosis->tried, diagnosis->tried == 1 ? "" : "s",
			diagnosis->tried == 1 ? "was" : "were");
}

static enum err
print_json(const struct diagnosis *diagnosis)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_bool(&writer, "explained", diagnosis_has_cause(diagnosis));
	json_write_text(&writer, "signed_url",
		diagnosis->is_signed ? buf_text(&diagnosis->signed_url) : NULL);
	json_write_text(&writer, "seen_url",
		diagnosis->seen_url.len > 0 ? buf_text(&diagnosis->seen_url)
					    : NULL);
	json_write_text(&writer, "token",
		diagnosis->key_name[0] != '\0' ? diagnosis->key_name : NULL);
	json_write_number(&writer, "tried", (long long)diagnosis->tried);
	json_begin_array(&writer, "findings");
	for (size_t i = 0; i < diagnosis->n; i++) {
		const struct diagnosis_item *item = &diagnosis->items[i];

		json_begin_object(&writer, NULL);
		json_write_text(&writer, "name", finding_name(item->finding));
		json_write_bool(&writer, "cause",
			finding_weight(item->finding) == WEIGHT_CAUSE);
		json_write_text(&writer, "found", buf_text(&item->found));
		json_write_text(&writer, "mend", mend_of(diagnosis, i));
		json_end_object(&writer);
	}
	json_end_array(&writer);
	return json_writer_print(&writer, stdout);
}

static enum err
explain(struct explaining *explaining, struct invocation *invocation,
	struct reason *reason)
{
	const struct explain_options *chosen = invocation->options;
	struct question question = {
		.request = &explaining->request,
		.keys = &explaining->keys,
		.url = chosen->url,
		.signature = chosen->signature,
		.method = chosen->method,
	};
	enum err err = command_settings(invocation, reason);

	question.public_url =
		settings_get(&invocation->settings, SETTING_PUBLIC_URL);
	question.own_sid =
		settings_get(&invocation->settings, SETTING_ACCOUNT_SID);
	if (err == ERR_OK)
		err = read_text(invocation, &explaining->text, reason);
	if (err == ERR_OK)
		err = refused_read(&explaining->request,
			buf_text(&explaining->text), explaining->text.len);
	if (err == ERR_OK)
		err = read_keys(explaining, invocation, &question, reason);
	if (err == ERR_OK)
		err = diagnose(&explaining->diagnosis, &question, reason);
	if (err != ERR_OK)
		return err;
	if (invocation->json)
		err = print_json(&explaining->diagnosis);
	else
		print_words(&explaining->diagnosis, &explaining->request);
	return err;
}

/* What is wrong with how it was called; NULL if nothing is. */
static const char *
find_misuse(const struct invocation *invocation)
{
	const struct explain_options *chosen = invocation->options;
	struct url_parts parts;

	if (chosen->url != NULL && !url_split(&parts, chosen->url))
		return URL_SHAPE;
	if (chosen->method != NULL && strcmp(chosen->method, "GET") != 0 &&
		strcmp(chosen->method, "POST") != 0)
		return "--method must be GET or POST";
	if (chosen->request != NULL &&
		(chosen->data_file != NULL || invocation->n_words > 0))
		return "a --request has its own parameters";
	return NULL;
}

static int
run(struct invocation *invocation)
{
	const char *misuse = find_misuse(invocation);
	struct reason reason = {"out of memory"};
	struct explaining explaining;
	enum err err;

	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	misuse = input_find_bad(invocation->words, invocation->n_words);
	if (misuse != NULL)
		return command_misuse(
			invocation, "\"%.100s\" is not NAME=VALUE", misuse);
	explaining_init(&explaining);
	err = explain(&explaining, invocation, &reason);
	if (err == ERR_OK && !diagnosis_has_cause(&explaining.diagnosis))
		err = err_reason(
			&reason, ERR_REFUSED, "the cause was not found");
	explaining_free(&explaining);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_explain = {
	.name = "explain",
	.purpose = "find out why a request was refused (403)",
	.usage = "[OPTION...] --request FILE\n"
		 "[OPTION...] --url URL --signature SIGNATURE [NAME=VALUE...]\n"
		 "[OPTION...] <REQUEST",
	.description =
		"Says why an endpoint has refused a request, and what mends "
		"it.  It tries what the\n"
		"signature would be for other spellings of the URL, for a "
		"body that something has\n"
		"changed on its way, and under every token of the settings, "
		"the likeliest first.\n"
		"\n"
		"Give it what you have: the request, as Twilio's console "
		"shows it under Monitor,\n"
		"Errors, or as a proxy has recorded it; the URL that is set "
		"in the console; or lines\n"
		"of the error log, best with HOOKSWITCH_LOG = debug.  A log "
		"has only the names of\n"
		"parameters, so that the signature itself cannot be tried.\n"
		"\n"
		"The exit status is 0 if a cause was found, 1 if not.  Nothing "
		"is sent or changed.",
	.examples =
		"hookswitch explain --url https://example.com/api/webhooks/sms "
		"\\\n"
		"    --signature RSOYDt4T1cUTdK1PDd93/VVr8B8= --data-file "
		"body.txt\n"
		"hookswitch explain --request refused.http --url "
		"https://example.com/api/webhooks/sms\n"
		"grep hookswitch- ~/logs/error.log | tail -50 | hookswitch "
		"explain",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON,
	.options = options,
	.options_size = sizeof(struct explain_options),
	.run = run,
};
