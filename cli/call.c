/*
 * hookswitch call: places a call.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "input.h"
#include "interrupt.h"
#include "limit.h"
#include "outbound.h"
#include "sid.h"
#include "terminal.h"
#include "twiml.h"
#include "utf8.h"

/* What Twilio takes: characters of TwiML, keys, seconds of ringing. */
#define TWIML_MOST 4000
#define DIGITS_MOST 32
#define TIMEOUT_MOST 600

/* How often its status is asked for, in seconds. */
#define POLL_SECONDS 1

/* A call that was made just now may not be there yet; so often. */
#define MISSING_MOST 10

struct call_options {
	struct outbound_options outbound;
	const char *url, *twiml, *send_digits;
	bool record, amd, wait;
	unsigned long timeout;
};

static const struct option_row options[] = {
	TEXT_OPTION("to", "ADDRESS", struct call_options, outbound.to,
		"whom to call: +15551230001, sip:..., client:..."),
	TEXT_OPTION("from", "ADDRESS", struct call_options, outbound.from,
		"the caller, a number of the account's (otherwise\n"
		"TWILIO_PHONE_NUMBER)"),
	TEXT_OPTION("url", "URL", struct call_options, url,
		"where Twilio asks what to do with the call\n"
		"(otherwise the site's voice endpoint)"),
	TEXT_OPTION("twiml", "FILE", struct call_options, twiml,
		"what to do with it, \"-\" for standard input"),
	SWITCH_OPTION("record", struct call_options, record,
		"record it, and tell the recording endpoint"),
	SWITCH_OPTION("amd", struct call_options, amd,
		"find out meanwhile whether a machine answered"),
	COUNT_OPTION("timeout", "SECONDS", struct call_options, timeout,
		TIMEOUT_MOST, "how long it may ring (otherwise 60)"),
	TEXT_OPTION("send-digits", "KEYS", struct call_options, send_digits,
		"keys to press when it is answered; w waits half a\n"
		"second, W a whole one"),
	SWITCH_OPTION("wait", struct call_options, wait,
		"wait until it has ended; 1 unless it was completed"),
	OUTBOUND_OPTIONS(struct call_options, outbound),
	END_OF_OPTIONS,
};

/* What is printed, and what it came to after --wait. */
static const char *const placed[] = {"sid", "status", "to", "from", NULL};
static const char *const placed_words[] = {"sid", "status", NULL};
static const char *const ended[] = {
	"sid", "status", "to", "from", "duration", "answered_by", NULL};
static const char *const ended_words[] = {"sid", "status", "answered_by", NULL};

/* Of the statuses of a call, those that stay. */
static const char *const last_statuses[] = {
	"completed", "busy", "failed", "no-answer", "canceled"};

static size_t
count_characters(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80;
	return n;
}

/* Reads TwiML that Twilio would take, as far as that can be told here. */
static enum err
read_twiml(struct buf *out, const char *path, struct reason *reason)
{
	struct form none;
	struct buf filled;
	struct reason fault = {"out of memory"};
	enum err err = input_read_form(out, path, reason);

	if (err != ERR_OK)
		return err;
	if (!utf8_is_clean(buf_text(out), out->len))
		return err_reason(reason, ERR_MALFORMED,
			"file \"%s\" is not UTF-8", path);
	if (count_characters(out->data, out->len) > TWIML_MOST)
		return err_reason(reason, ERR_TOO_LARGE,
			"file \"%s\" has more than the %d characters that "
			"Twilio takes: give it by --url",
			path, TWIML_MOST);
	form_init(&none);
	buf_init(&filled, LIMIT_TWIML);
	err = twiml_fill(&filled, buf_text(out), out->len, &none, &fault);
	buf_free(&filled);
	form_free(&none);
	/* Without libxml2 nobody has looked. */
	if (err == ERR_MALFORMED)
		return err_reason(
			reason, err, "file \"%s\": %s", path, fault.text);
	return err == ERR_MEMORY ? err_reason(reason, err, "%s", fault.text)
				 : ERR_OK;
}

/* Where the caller hears what. */
static enum err
add_instructions(struct outbound *outbound, const struct call_options *chosen,
	struct reason *reason)
{
	struct buf twiml;
	enum err err = ERR_OK;

	if (chosen->url != NULL) {
		outbound_add(outbound, "Url", chosen->url);
	} else if (chosen->twiml == NULL) {
		outbound_add_endpoint(outbound, "Url", "voice");
	} else {
		buf_init(&twiml, 4 * TWIML_MOST);
		err = read_twiml(&twiml, chosen->twiml, reason);
		if (err == ERR_OK)
			outbound_add(outbound, "Twiml", buf_text(&twiml));
		buf_free(&twiml);
	}
	return err;
}

static void
add_callbacks(struct outbound *outbound, const struct call_options *chosen)
{
	static const char *const events[] = {
		"initiated", "ringing", "answered", "completed"};
	static const char *const recording_events[] = {
		"in-progress", "completed", "absent"};

	outbound_add_endpoint(outbound, "StatusCallback", "status");
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
		outbound_add(outbound, "StatusCallbackEvent", events[i]);
	if (chosen->record) {
		outbound_add(outbound, "Record", "true");
		outbound_add_endpoint(
			outbound, "RecordingStatusCallback", "recording");
		for (size_t i = 0; i < 3; i++)
			outbound_add(outbound, "RecordingStatusCallbackEvent",
				recording_events[i]);
	}
	if (chosen->amd) {
		outbound_add(outbound, "MachineDetection", "Enable");
		outbound_add(outbound, "AsyncAmd", "true");
		outbound_add_endpoint(
			outbound, "AsyncAmdStatusCallback", "status");
	}
}

static enum err
compose(struct outbound *outbound, const struct call_options *chosen,
	const struct settings *settings, struct reason *reason)
{
	const char *from = chosen->outbound.from;
	char timeout[24];
	enum err err = outbound_choose_from(
		settings, &from, ADDRESS_CALL_FROM, reason);

	if (err == ERR_OK && address_is_number(outbound->to) &&
		!address_is_number(from))
		err = err_reason(reason, ERR_MALFORMED,
			"the caller of a number has to be a number, not "
			"\"%.100s\"",
			from);
	if (err != ERR_OK)
		return err;
	outbound_add(outbound, "To", outbound->to);
	outbound_add(outbound, "From", from);
	err = add_instructions(outbound, chosen, reason);
	add_callbacks(outbound, chosen);
	if (chosen->send_digits != NULL)
		outbound_add(outbound, "SendDigits", chosen->send_digits);
	if (chosen->timeout > 0) {
		(void)snprintf(timeout, sizeof timeout, "%lu", chosen->timeout);
		outbound_add(outbound, "Timeout", timeout);
	}
	return err;
}

static bool
has_ended(const char *status)
{
	for (size_t i = 0; i < sizeof last_statuses / sizeof last_statuses[0];
		i++)
		if (strcmp(status, last_statuses[i]) == 0)
			return true;
	return false;
}

/* Asks for a call again; *call is replaced if there was an answer. */
static enum err
ask(struct twilio *twilio, struct json **call, const char *path,
	unsigned *missing, struct reason *reason)
{
	struct twilio_result result;
	enum err err;

	if (!interrupt_wait(POLL_SECONDS * 1000))
		return err_reason(reason, ERR_IO, "interrupted");
	err = twilio_send(
		twilio, TWILIO_API, "GET", path, NULL, &result, reason);
	if (err == ERR_REJECTED && result.status == 404 &&
		++*missing <= MISSING_MOST) {
		json_free(result.document);
		return ERR_OK;
	}
	if (err != ERR_OK) {
		json_free(result.document);
		return err;
	}
	json_free(*call);
	*call = result.document;
	return ERR_OK;
}

/* Follows a call until it has ended. */
static enum err
follow(struct twilio *twilio, struct json **call, struct reason *reason)
{
	struct reason why = {""};
	unsigned missing = 0;
	char sid[64], path[128];
	enum err err = ERR_OK;

	(void)snprintf(sid, sizeof sid, "%s", json_member_text(*call, "sid"));
	if (!sid_is_plain(sid))
		return err_reason(reason, ERR_IO,
			"Twilio's answer names no call, but \"%s\"", sid);
	(void)snprintf(path, sizeof path,
		"/2010-04-01/Accounts/{AccountSid}/Calls/%s.json", sid);
	while (err == ERR_OK && !has_ended(json_member_text(*call, "status"))) {
		terminal_progress(
			"%s: %.40s", sid, json_member_text(*call, "status"));
		err = ask(twilio, call, path, &missing, &why);
	}
	terminal_progress_end();
	return err == ERR_OK ? err
			     : err_reason(reason, err,
				       "could not follow call \"%s\": %.300s",
				       sid, why.text);
}

/* Prints it as it was placed, or as it has ended. */
static enum err
print(const struct invocation *invocation, const struct json *call,
	bool has_come_to_end, struct reason *reason)
{
	bool json = invocation->json;
	const char *const *members = json ? placed : placed_words;

	if (invocation->quiet)
		return ERR_OK;
	if (has_come_to_end)
		members = json ? ended : ended_words;
	return outbound_print(OUTBOUND_CALL, call, members, json, reason);
}

static enum err
report(const struct invocation *invocation, struct twilio *twilio,
	struct json **call, struct reason *reason)
{
	const struct call_options *chosen = invocation->options;
	bool json = invocation->json;
	const char *status;
	enum err err = ERR_OK, followed;

	/* JSON is one object, at the end. */
	if (!chosen->wait || !json)
		err = print(invocation, *call, false, reason);
	if (!chosen->wait || err != ERR_OK)
		return err;
	followed = follow(twilio, call, reason);
	if (followed == ERR_OK || json)
		err = print(invocation, *call, true, reason);
	if (err != ERR_OK || followed != ERR_OK)
		return err != ERR_OK ? err : followed;
	status = json_member_text(*call, "status");
	return strcmp(status, "completed") == 0
		       ? ERR_OK
		       : err_reason(reason, ERR_REJECTED,
				 "the call was not completed: %.40s", status);
}

static enum err
call(struct invocation *invocation, struct outbound *outbound,
	struct reason *reason)
{
	const struct call_options *chosen = invocation->options;
	struct json *made = NULL;
	enum err err =
		outbound_open(outbound, invocation, &chosen->outbound, reason);

	if (err == ERR_OK)
		err = compose(outbound, chosen, &invocation->settings, reason);
	if (err == ERR_OK)
		err = outbound_run(outbound, invocation,
			chosen->outbound.dry_run, &made, reason);
	if (err == ERR_OK && made != NULL)
		err = report(invocation, outbound->twilio, &made, reason);
	json_free(made);
	return err;
}

static bool
are_keys(const char *keys)
{
	return keys[0] != '\0' && strlen(keys) <= DIGITS_MOST &&
	       keys[strspn(keys, "0123456789ABCDabcd#*wW")] == '\0';
}

static bool
is_url(const char *text)
{
	return strncmp(text, "https://", 8) == 0 ||
	       strncmp(text, "http://", 7) == 0;
}

/* What is wrong with options of this command's alone; NULL if nothing is. */
static const char *
find_misuse(const struct call_options *chosen)
{
	if (chosen->url != NULL && chosen->twiml != NULL)
		return "--url and --twiml exclude each other";
	if (chosen->url != NULL && !is_url(chosen->url))
		return "--url must look like https://example.com/path";
	if (chosen->send_digits != NULL && chosen->amd)
		return "--send-digits and --amd exclude each other";
	if (chosen->send_digits != NULL && !are_keys(chosen->send_digits))
		return "--send-digits takes up to 32 of 0 to 9, A to D, #, *, "
		       "w and W";
	return NULL;
}

static enum err
check(const struct invocation *invocation, struct reason *reason)
{
	const struct call_options *chosen = invocation->options;
	const char *misuse = find_misuse(chosen);
	enum err err;

	err = outbound_check(&chosen->outbound, OUTBOUND_CALL, reason);
	if (err == ERR_OK && misuse != NULL)
		err = err_reason(reason, ERR_MALFORMED, "%s", misuse);
	return err;
}

static int
run(struct invocation *invocation)
{
	struct reason reason = {"out of memory"};
	struct outbound outbound;
	enum err err = check(invocation, &reason);

	if (err != ERR_OK)
		return command_misuse(invocation, "%s", reason.text);
	outbound_init(&outbound, OUTBOUND_CALL);
	err = call(invocation, &outbound, &reason);
	outbound_free(&outbound);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_call = {
	.name = "call",
	.purpose = "place a call whose progress comes back to the site",
	.usage = "--to ADDRESS [OPTION...]",
	.description = "Places a call by Twilio's REST API, and prints its SID "
		       "and status.  Twilio asks\n"
		       "the site's voice endpoint what to do with it, and "
		       "tells its status endpoint\n"
		       "what becomes of it.\n"
		       "\n"
		       "It is asked for once.  If no answer comes, it is not "
		       "asked for again, since it\n"
		       "may have been placed; what Twilio then has is looked "
		       "up and told.",
	.examples =
		"hookswitch call --to +15551230009 --campaign spring\n"
		"hookswitch call --to +15551230009 --twiml hello.xml --wait\n"
		"hookswitch call --to +15551230009 --record --amd --timeout "
		"30\n"
		"hookswitch call --to sip:alice@example.com --dry-run\n"
		"echo '<Response><Say>Hello</Say></Response>' |\n"
		"    hookswitch call --to +15551230009 --twiml -",
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct call_options),
	.run = run,
};
