/*
 * hookswitch sign: the signature that Twilio would send with a request.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "commands.h"
#include "input.h"
#include "json_writer.h"
#include "limit.h"
#include "signed_request.h"
#include "url_parts.h"

struct sign_options {
	bool get;
	const char *data_file;
	const char *json_body;
	const char *account;
};

static const struct option_row options[] = {
	SWITCH_OPTION("get", struct sign_options, get,
		"a GET: the parameters go into the query, which\n"
		"is signed"),
	TEXT_OPTION("data-file", "FILE", struct sign_options, data_file,
		"a form's body, encoded, \"-\" for standard input"),
	TEXT_OPTION("json-body", "FILE", struct sign_options, json_body,
		"a JSON body, which bodySHA256 in the query ties\n"
		"to the URL"),
	SID_OPTION("account", "AC", struct sign_options, account,
		"whose token signs (otherwise that of AccountSid\n"
		"among the parameters, or TWILIO_ACCOUNT_SID)"),
	END_OF_OPTIONS,
};

/* What is signed beside the URL. */
static enum err
read_content(const struct invocation *invocation, struct buf *content,
	struct reason *reason)
{
	const struct sign_options *chosen = invocation->options;
	enum err err = ERR_OK;

	if (chosen->json_body != NULL)
		return input_read(content, chosen->json_body, reason);
	if (chosen->data_file != NULL)
		err = input_read_form(content, chosen->data_file, reason);
	return err == ERR_OK ? input_add_words(content, invocation->words + 1,
				       invocation->n_words - 1, reason)
			     : err;
}

static enum carrier
carrier_of(const struct sign_options *chosen)
{
	if (chosen->json_body != NULL)
		return CARRIER_JSON;
	return chosen->get ? CARRIER_QUERY : CARRIER_FORM;
}

/* The account of --account, or that the parameters name, or our own. */
static enum err
find_account(struct account *account, const struct invocation *invocation,
	const struct buf *content, struct reason *reason)
{
	const struct sign_options *chosen = invocation->options;
	const char *sid = chosen->account;
	struct intake intake;
	enum err err = ERR_OK;

	intake_init(&intake);
	if (sid == NULL && chosen->json_body == NULL) {
		err = intake_parse(&intake, CARRIER_FORM, buf_text(content),
			content->len, "", 0, reason);
		sid = form_value(&intake.form, "AccountSid");
	}
	if (err == ERR_OK)
		err = account_find(
			account, &invocation->settings, NULL, sid, reason);
	intake_free(&intake);
	return err;
}

static enum err
print(const struct invocation *invocation, const struct account *account,
	const struct signed_request *request)
{
	struct json_writer writer;

	if (!invocation->json) {
		if (strcmp(buf_text(&request->url), invocation->words[0]) != 0)
			printf("%s\n", buf_text(&request->url));
		printf("%s\n", request->signature);
		return ERR_OK;
	}
	json_writer_open(&writer);
	json_write_text(&writer, "url", buf_text(&request->url));
	json_write_text(&writer, "account_sid", account->sid);
	json_write_text(&writer, "signature", request->signature);
	return json_writer_print(&writer, stdout);
}

static enum err
sign(struct invocation *invocation, struct buf *content,
	struct account *account, struct signed_request *request,
	struct reason *reason)
{
	enum err err = command_settings(invocation, reason);

	if (err == ERR_OK)
		err = read_content(invocation, content, reason);
	if (err == ERR_OK)
		err = find_account(account, invocation, content, reason);
	if (err == ERR_OK)
		err = signed_request_make(request, account->tokens[0],
			invocation->words[0], carrier_of(invocation->options),
			buf_text(content), content->len, reason);
	if (err == ERR_OK)
		err = print(invocation, account, request);
	return err;
}

/* What is wrong with how it was called; NULL if nothing is. */
static const char *
find_misuse(const struct invocation *invocation)
{
	const struct sign_options *chosen = invocation->options;
	struct url_parts parts;

	if (invocation->n_words == 0)
		return "a URL is missing";
	if (!url_split(&parts, invocation->words[0]))
		return URL_SHAPE;
	if (chosen->json_body != NULL &&
		(chosen->get || chosen->data_file != NULL ||
			invocation->n_words > 1))
		return "a JSON body has no other parameters beside it";
	return NULL;
}

static int
run(struct invocation *invocation)
{
	const char *misuse = find_misuse(invocation);
	struct reason reason = {"out of memory"};
	struct signed_request request;
	struct account account;
	struct buf content;
	enum err err;

	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	misuse = input_find_bad(invocation->words + 1, invocation->n_words - 1);
	if (misuse != NULL)
		return command_misuse(
			invocation, "\"%.100s\" is not NAME=VALUE", misuse);
	memset(&account, 0, sizeof account);
	buf_init(&content, LIMIT_BODY);
	signed_request_init(&request);
	err = sign(invocation, &content, &account, &request, &reason);
	signed_request_free(&request);
	account_free(&account);
	buf_free(&content);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_sign = {
	.name = "sign",
	.purpose = "print the signature that Twilio would send",
	.usage = "[OPTION...] URL [NAME=VALUE...]",
	.description =
		"Prints the X-Twilio-Signature of a request to URL with these "
		"parameters,\n"
		"made with the auth token of the settings.  Where another URL "
		"has to be\n"
		"requested than was given, because the parameters belong into "
		"it, that stands\n"
		"in a line before.",
	.examples = "hookswitch sign https://example.com/api/webhooks/sms "
		    "From=+14158675309 Body=Hello\n"
		    "\n"
		    "a request by hand:\n"
		    "url=https://example.com/api/webhooks/sms\n"
		    "data='AccountSid=ACxxx&MessageSid=SM1&Body=first+light'\n"
		    "curl -d \"$data\" $url -H \"X-Twilio-Signature: $(\n"
		    "    printf %s \"$data\" | hookswitch sign --data-file - "
		    "$url)\"",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON,
	.options = options,
	.options_size = sizeof(struct sign_options),
	.run = run,
};
