/*
 * hookswitch message: sends a message.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "input.h"
#include "json.h"
#include "outbound.h"
#include "utf8.h"

/* What Twilio takes: characters of text (its error 21617), attachments. */
#define TEXT_MOST 1600
#define MEDIA_MOST 10

/* Values for a template, which are JSON. */
#define VARIABLES_BYTES 8192

struct message_options {
	struct outbound_options outbound;
	const char *service, *content, *variables;
	struct option_list media;
	bool whatsapp;
};

static const struct option_row options[] = {
	TEXT_OPTION("to", "ADDRESS", struct message_options, outbound.to,
		"whom to write to: +15551230001, whatsapp:+...,\n"
		"rcs:+..."),
	TEXT_OPTION("from", "ADDRESS", struct message_options, outbound.from,
		"the sender: a number of the account's, a short code\n"
		"or a name (otherwise TWILIO_PHONE_NUMBER)"),
	SWITCH_OPTION("whatsapp", struct message_options, whatsapp,
		"by WhatsApp: puts \"whatsapp:\" before both addresses"),
	SID_OPTION("service", "MG", struct message_options, service,
		"the messaging service that sends it, by a sender of\n"
		"its own unless there is a --from"),
	LIST_OPTION("media", "URL", struct message_options, media, MEDIA_MOST,
		"where Twilio gets an attachment; up to 10 times"),
	SID_OPTION("content", "HX", struct message_options, content,
		"a content template instead of a text"),
	TEXT_OPTION("variables", "JSON", struct message_options, variables,
		"its values: {\"1\": \"Tuesday\"}"),
	OUTBOUND_OPTIONS(struct message_options, outbound),
	END_OF_OPTIONS,
};

/* What is printed. */
static const char *const sent[] = {
	"sid", "status", "to", "from", "num_segments", NULL};
static const char *const sent_words[] = {"sid", "status", NULL};

/* The addresses as they are sent, and the text; from and text may be empty. */
struct letter {
	struct buf to, from, text;
};

static void
letter_init(struct letter *letter)
{
	buf_init(&letter->to, 512);
	buf_init(&letter->from, 512);
	buf_init(&letter->text, 4 * TEXT_MOST);
}

static void
letter_free(struct letter *letter)
{
	buf_free(&letter->to);
	buf_free(&letter->from);
	buf_free(&letter->text);
}

static bool
is_by_whatsapp(const struct message_options *chosen)
{
	return chosen->whatsapp || address_is_whatsapp(chosen->outbound.to);
}

/* An address, as WhatsApp's if that is what it is for. */
static enum err
add_address(struct buf *out, const char *address, bool by_whatsapp)
{
	enum err err = ERR_OK;

	if (by_whatsapp && !address_is_whatsapp(address))
		err = buf_add_text(out, ADDRESS_WHATSAPP);
	return err == ERR_OK ? buf_add_text(out, address) : err;
}

static size_t
count_characters(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += ((unsigned char)text->data[i] & 0xC0) != 0x80;
	return n;
}

static enum err
check_text(const struct buf *text, struct reason *reason)
{
	if (!utf8_is_clean(buf_text(text), text->len))
		return err_reason(
			reason, ERR_MALFORMED, "the text is not UTF-8");
	if (count_characters(text) > TEXT_MOST)
		return err_reason(reason, ERR_TOO_LARGE,
			"the text has %zu characters, and Twilio takes %d",
			count_characters(text), TEXT_MOST);
	return ERR_OK;
}

/* The text: the word, or standard input for "-" or where that is no terminal
 * and there is nothing else to send. */
static enum err
read_text(struct buf *out, const struct invocation *invocation,
	struct reason *reason)
{
	const struct message_options *chosen = invocation->options;
	bool has_else = chosen->content != NULL || chosen->media.n > 0;
	const char *word =
		invocation->n_words > 0 ? invocation->words[0] : NULL;
	enum err err = ERR_OK;

	if (word != NULL && strcmp(word, "-") != 0)
		err = buf_add_text(out, word);
	else if (word != NULL || !has_else)
		err = input_read_form(out, "-", reason);
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err,
			"the text has more than the %d characters that Twilio "
			"takes",
			TEXT_MOST);
	if (err == ERR_OK && out->len == 0 && !has_else)
		return err_reason(reason, ERR_MALFORMED, "the text is empty");
	return err == ERR_OK ? check_text(out, reason) : err;
}

/* A service chooses a sender itself, unless it is told one. */
static enum err
choose_from(struct buf *out, const struct message_options *chosen,
	const struct settings *settings, struct reason *reason)
{
	const char *from = chosen->outbound.from;
	enum err err;

	if (from == NULL && chosen->service != NULL)
		return ERR_OK;
	err = outbound_choose_from(
		settings, &from, ADDRESS_MESSAGE_FROM, reason);
	return err == ERR_OK ? add_address(out, from, is_by_whatsapp(chosen))
			     : err;
}

static void
compose(struct outbound *outbound, const struct message_options *chosen,
	const struct letter *letter)
{
	outbound->to = buf_text(&letter->to);
	outbound_add(outbound, "To", outbound->to);
	if (letter->from.len > 0)
		outbound_add(outbound, "From", buf_text(&letter->from));
	if (chosen->service != NULL)
		outbound_add(outbound, "MessagingServiceSid", chosen->service);
	if (letter->text.len > 0)
		outbound_add(outbound, "Body", buf_text(&letter->text));
	for (size_t i = 0; i < chosen->media.n; i++)
		outbound_add(outbound, "MediaUrl", chosen->media.texts[i]);
	if (chosen->content != NULL)
		outbound_add(outbound, "ContentSid", chosen->content);
	if (chosen->variables != NULL)
		outbound_add(outbound, "ContentVariables", chosen->variables);
	outbound_add_endpoint(outbound, "StatusCallback", "status");
}

static enum err
message(struct invocation *invocation, struct outbound *outbound,
	struct letter *letter, struct reason *reason)
{
	const struct message_options *chosen = invocation->options;
	const struct settings *settings = &invocation->settings;
	struct json *made = NULL;
	enum err err =
		outbound_open(outbound, invocation, &chosen->outbound, reason);

	if (err == ERR_OK)
		err = read_text(&letter->text, invocation, reason);
	if (err == ERR_OK)
		err = add_address(&letter->to, chosen->outbound.to,
			is_by_whatsapp(chosen));
	if (err == ERR_OK)
		err = choose_from(&letter->from, chosen, settings, reason);
	if (err == ERR_OK) {
		compose(outbound, chosen, letter);
		err = outbound_run(outbound, invocation,
			chosen->outbound.dry_run, &made, reason);
	}
	if (err == ERR_OK && made != NULL && !invocation->quiet)
		err = outbound_print(OUTBOUND_MESSAGE, made,
			invocation->json ? sent : sent_words, invocation->json,
			reason);
	json_free(made);
	return err;
}

static bool
is_json_object(const char *text)
{
	struct json *document;
	bool is_object = false;

	if (json_read(&document, text, strlen(text), NULL) == ERR_OK)
		is_object = text[strspn(text, " \t\r\n")] == '{';
	json_free(document);
	return is_object;
}

static const char *
find_bad_media(const struct option_list *media)
{
	for (size_t i = 0; i < media->n; i++)
		if (strncmp(media->texts[i], "https://", 8) != 0 &&
			strncmp(media->texts[i], "http://", 7) != 0)
			return media->texts[i];
	return NULL;
}

/* What is wrong with options of this command's alone; NULL if nothing is. */
static const char *
find_misuse(const struct invocation *invocation)
{
	const struct message_options *chosen = invocation->options;
	size_t n = invocation->n_words;

	if (n > 1)
		return "the text has to be one argument: put it in quotes";
	if (n > 0 && chosen->content != NULL)
		return "a --content has its own text";
	if (n == 0 && chosen->content == NULL && chosen->media.n == 0 &&
		isatty(STDIN_FILENO) == 1)
		return "the text is missing";
	if (chosen->variables != NULL && chosen->content == NULL)
		return "--variables are for a --content";
	if (chosen->variables != NULL &&
		(strlen(chosen->variables) > VARIABLES_BYTES ||
			!is_json_object(chosen->variables)))
		return "--variables must be a JSON object, such as {\"1\": "
		       "\"Tuesday\"}";
	if (find_bad_media(&chosen->media) != NULL)
		return "--media must look like https://example.com/photo.jpg";
	return NULL;
}

static enum err
check(const struct invocation *invocation, struct reason *reason)
{
	const struct message_options *chosen = invocation->options;
	const char *misuse = find_misuse(invocation);
	enum err err =
		outbound_check(&chosen->outbound, OUTBOUND_MESSAGE, reason);

	if (err == ERR_OK && misuse != NULL)
		err = err_reason(reason, ERR_MALFORMED, "%s", misuse);
	return err;
}

static int
run(struct invocation *invocation)
{
	struct reason reason = {"out of memory"};
	struct outbound outbound;
	struct letter letter;
	enum err err = check(invocation, &reason);

	if (err != ERR_OK)
		return command_misuse(invocation, "%s", reason.text);
	letter_init(&letter);
	outbound_init(&outbound, OUTBOUND_MESSAGE);
	err = message(invocation, &outbound, &letter, &reason);
	outbound_free(&outbound);
	letter_free(&letter);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_message = {
	.name = "message",
	.purpose = "send a message whose delivery comes back to the site",
	.usage = "--to ADDRESS [OPTION...] TEXT|-\n"
		 "--to ADDRESS --content SID [OPTION...]",
	.description = "Sends an SMS, MMS, WhatsApp or RCS message by Twilio's "
		       "REST API, and prints its\n"
		       "SID and status.  Twilio tells the site's status "
		       "endpoint what becomes of it.\n"
		       "\n"
		       "TEXT has up to 1600 characters.  \"-\" is standard "
		       "input, and so is no TEXT where\n"
		       "that is no terminal and there is no --media.  It is "
		       "sent once: if no answer\n"
		       "comes, what Twilio then has is looked up and told.",
	.examples =
		"hookswitch message --to +15551230009 'See you at 8'\n"
		"df -h | hookswitch message --to +15551230009\n"
		"hookswitch message --to +15551230009 --whatsapp --content "
		"HX0123... \\\n"
		"    --variables '{\"1\": \"Tuesday\"}'\n"
		"hookswitch message --to +15551230009 --service MG0123... \\\n"
		"    --media https://example.com/map.png 'Here we are'",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct message_options),
	.run = run,
};
