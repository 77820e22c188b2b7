#include "config.h"

#include "outbound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "form.h"
#include "http.h"
#include "http_form.h"
#include "interrupt.h"
#include "json_writer.h"
#include "terminal.h"

/* A request's body: a text of 1600 characters, encoded, and URLs. */
#define LIMIT_FORM (64 * 1024)

/* The column varchar(255) takes no more. */
#define LIMIT_CAMPAIGN 255

/* How often, and how long, one that may have been made is looked for. */
#define LOOKS 3
#define LOOK_PAUSE 1

/* Twilio's times are whole seconds, and made where its clock may differ. */
#define SLACK 2

/* Of those that are found, so many are told of. */
#define FOUND_MOST 3

/*
 * What it is, for Twilio and in words: noun, what was done to it, path of the
 * list, its name in an answer, where Twilio's console has it.
 */
static const struct kind {
	const char *noun, *done, *path, *list, *logs;
} kinds[] = {
	[OUTBOUND_CALL] = {"call",    "placed",
			   "/2010-04-01/Accounts/{AccountSid}/Calls.json",    "calls",
			   "Monitor, Logs, Calls"    },
	[OUTBOUND_MESSAGE] = {"message", "sent",
			   "/2010-04-01/Accounts/{AccountSid}/Messages.json", "messages",
			   "Monitor, Logs, Messaging"},
};

/* One that may be the one. */
struct candidate {
	char sid[64], status[32], created[48];
};

/* What was found where no answer came. */
struct search {
	const struct outbound *outbound;
	time_t since; /* by Twilio's clock */
	struct candidate found[FOUND_MOST];
	size_t n;
};

void
outbound_init(struct outbound *outbound, enum outbound_kind kind)
{
	memset(outbound, 0, sizeof *outbound);
	outbound->kind = kind;
	buf_init(&outbound->form, LIMIT_FORM);
}

void
outbound_free(struct outbound *outbound)
{
	twilio_close(outbound->twilio);
	buf_free(&outbound->form);
}

enum err
outbound_check(const struct outbound_options *options, enum outbound_kind kind,
	struct reason *reason)
{
	bool is_call = kind == OUTBOUND_CALL;
	enum err err;

	if (options->to == NULL)
		return err_reason(reason, ERR_MALFORMED, "--to is missing");
	if (options->campaign != NULL &&
		strlen(options->campaign) > LIMIT_CAMPAIGN)
		return err_reason(reason, ERR_MALFORMED,
			"--campaign exceeds %d bytes", LIMIT_CAMPAIGN);
	err = address_check(options->to,
		is_call ? ADDRESS_CALL_TO : ADDRESS_MESSAGE_TO, "--to", reason);
	if (err == ERR_OK && options->from != NULL)
		err = address_check(options->from,
			is_call ? ADDRESS_CALL_FROM : ADDRESS_MESSAGE_FROM,
			"--from", reason);
	return err == ERR_OK ? endpoint_urls_check(options->site,
				       options->overrides, reason)
			     : err;
}

enum err
outbound_open(struct outbound *outbound, struct invocation *invocation,
	const struct outbound_options *options, struct reason *reason)
{
	const struct settings *settings = &invocation->settings;
	enum err err = command_settings(invocation, reason);

	outbound->to = options->to;
	outbound->campaign = options->campaign;
	if (err == ERR_OK)
		err = endpoint_urls_choose(&outbound->urls, settings,
			options->site, options->overrides, reason);
	if (err == ERR_OK)
		err = twilio_open(
			&outbound->twilio, settings, options->account, reason);
	return err;
}

enum err
outbound_choose_from(const struct settings *settings, const char **from,
	enum address_use use, struct reason *reason)
{
	const char *name = "--from";

	if (*from == NULL) {
		*from = settings_get(settings, SETTING_PHONE_NUMBER);
		name = "setting \"TWILIO_PHONE_NUMBER\"";
	}
	if (*from == NULL)
		return err_reason(reason, ERR_SETTING,
			"setting \"TWILIO_PHONE_NUMBER\" is missing, and there "
			"is no --from");
	return address_check(*from, use, name, reason);
}

void
outbound_add(struct outbound *outbound, const char *name, const char *value)
{
	if (outbound->err == ERR_OK)
		outbound->err = http_add_pair(&outbound->form, name, value);
}

void
outbound_add_endpoint(
	struct outbound *outbound, const char *name, const char *endpoint)
{
	struct buf url;

	buf_init(&url, ENDPOINT_URL);
	if (outbound->err == ERR_OK)
		outbound->err = endpoint_url_add(
			&url, &outbound->urls, endpoint, outbound->campaign);
	outbound_add(outbound, name, buf_text(&url));
	buf_free(&url);
}

static void
print_words(const struct form *form, const char *url)
{
	printf("POST %s\n", url);
	for (size_t i = 0; i < form->n; i++) {
		const struct parameter *parameter = &form->parameters[i];

		printf("    %s=", parameter->name);
		terminal_print_part(
			stdout, parameter->value, parameter->value_len);
		printf("\n");
	}
}

static enum err
print_json(const struct form *form, const char *url)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_text(&writer, "method", "POST");
	json_write_text(&writer, "url", url);
	json_begin_array(&writer, "parameters");
	for (size_t i = 0; i < form->n; i++) {
		json_begin_object(&writer, NULL);
		json_write_text(&writer, "name", form->parameters[i].name);
		json_write_text(&writer, "value", form->parameters[i].value);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	return json_writer_print(&writer, stdout);
}

/* What would be sent, decoded again, which undoes the form. */
static enum err
print_request(struct outbound *outbound, bool json, struct reason *reason)
{
	struct form form;
	struct buf url;
	enum err err;

	form_init(&form);
	buf_init(&url, TWILIO_PATH);
	err = twilio_url(
		outbound->twilio, TWILIO_API, kinds[outbound->kind].path, &url);
	if (err == ERR_OK)
		err = form_parse(
			&form, outbound->form.data, outbound->form.len, reason);
	if (err == ERR_OK && json)
		err = print_json(&form, buf_text(&url));
	else if (err == ERR_OK)
		print_words(&form, buf_text(&url));
	buf_free(&url);
	form_free(&form);
	return err;
}

/*
 * Whether what Twilio has can be what we asked it for.  The list is that
 * address's; a message's body may have been changed, so nobody looks at it.
 * A call that is queued has no date yet.
 */
static bool
is_ours(const struct search *search, const struct json *resource)
{
	const char *created = json_member_text(resource, "date_created");
	const char *direction = json_member_text(resource, "direction");

	return strcmp(direction, "outbound-api") == 0 &&
	       (created[0] == '\0' || http_time(created) >= search->since);
}

static void
keep(struct search *search, const struct json *resource)
{
	struct candidate *candidate = &search->found[search->n++];

	(void)snprintf(candidate->sid, sizeof candidate->sid, "%s",
		json_member_text(resource, "sid"));
	(void)snprintf(candidate->status, sizeof candidate->status, "%s",
		json_member_text(resource, "status"));
	(void)snprintf(candidate->created, sizeof candidate->created, "%s",
		json_member_text(resource, "date_created"));
}

/* Once, in the newest; the list has them first. */
static enum err
look(struct search *search, const char *path, time_t sent,
	struct reason *reason)
{
	const struct kind *kind = &kinds[search->outbound->kind];
	struct twilio_result result = {0};
	const struct json *list;
	struct buf next;
	enum err err;

	buf_init(&next, TWILIO_PATH);
	err = twilio_page(search->outbound->twilio, TWILIO_API, path,
		kind->list, &result, &next, reason);
	search->since = sent - SLACK;
	if (result.date != -1)
		search->since += result.date - time(NULL);
	list = json_member(result.document, kind->list);
	for (size_t i = 0;
		err == ERR_OK && i < json_size(list) && search->n < FOUND_MOST;
		i++)
		if (is_ours(search, json_item(list, i)))
			keep(search, json_item(list, i));
	json_free(result.document);
	buf_free(&next);
	return err;
}

/* It may take Twilio a moment to list what it has just made. */
static enum err
look_again(struct search *search, time_t sent, struct reason *reason)
{
	struct buf query, path;
	enum err err;

	buf_init(&query, TWILIO_PATH);
	buf_init(&path, TWILIO_PATH);
	err = http_add_pair(&query, "To", search->outbound->to);
	if (err == ERR_OK)
		err = http_add_pair(&query, "PageSize", "50");
	if (err == ERR_OK)
		err = buf_add_text(&path, kinds[search->outbound->kind].path);
	if (err == ERR_OK)
		err = buf_add_text(&path, "?");
	if (err == ERR_OK)
		err = buf_add_text(&path, buf_text(&query));
	for (int i = 0; i < LOOKS && err == ERR_OK && search->n == 0; i++) {
		if (i > 0 && !interrupt_wait(LOOK_PAUSE * 1000))
			err = err_reason(reason, ERR_IO, "interrupted");
		else
			err = look(search, buf_text(&path), sent, reason);
	}
	buf_free(&query);
	buf_free(&path);
	return err;
}

static enum err
print_found(const struct search *search)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_text(&writer, "sid", NULL);
	json_write_text(&writer, "status", NULL);
	json_write_bool(&writer, "unknown", true);
	json_begin_array(&writer, "found");
	for (size_t i = 0; i < search->n; i++) {
		json_begin_object(&writer, NULL);
		json_write_text(&writer, "sid", search->found[i].sid);
		json_write_text(&writer, "status", search->found[i].status);
		json_write_text(&writer, "date_created",
			search->found[i].created[0] != '\0'
				? search->found[i].created
				: NULL);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	return json_writer_print(&writer, stdout);
}

/* The SIDs and statuses of what was found, in a line. */
static void
list_found(const struct search *search, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < search->n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s (%s)",
			i > 0 ? ", " : "", search->found[i].sid,
			search->found[i].status);
}

/*
 * Nobody knows whether it was done: finds out what there is, and says so.
 * The reason comes with why nobody knows.
 */
static enum err
find_out(const struct outbound *outbound, const struct invocation *invocation,
	time_t sent, struct reason *reason)
{
	const struct kind *kind = &kinds[outbound->kind];
	struct search search = {.outbound = outbound};
	struct reason why = *reason, away;
	char found[256];
	enum err err = look_again(&search, sent, &away);

	if (invocation->json && print_found(&search) != ERR_OK)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	list_found(&search, found, sizeof found);
	if (err != ERR_OK)
		return err_reason(reason, ERR_IO,
			"%.150s; the %s may have been %s all the same, and "
			"that could not be found out (%.120s): before you try "
			"again, see %s in Twilio's console",
			why.text, kind->noun, kind->done, away.text,
			kind->logs);
	if (search.n == 0)
		return err_reason(reason, ERR_IO,
			"%.200s; the %s was most likely not %s: Twilio has "
			"none to \"%.60s\" since then",
			why.text, kind->noun, kind->done, outbound->to);
	return err_reason(reason, ERR_IO,
		"%.150s; the %s was most likely %s all the same: Twilio has "
		"%s to \"%.60s\" since then",
		why.text, kind->noun, kind->done, found, outbound->to);
}

static void
print_made(const struct json *made, const char *const *members)
{
	const char *between = "";

	for (; *members != NULL; members++) {
		const char *text = json_text(json_member(made, *members));

		if (text == NULL)
			continue;
		fputs(between, stdout);
		terminal_print_part(stdout, text, strlen(text));
		between = "  ";
	}
	fputc('\n', stdout);
}

static enum err
print_made_json(const struct json *made, const char *const *members)
{
	struct json_writer writer;

	json_writer_open(&writer);
	for (; *members != NULL; members++)
		json_write_text(&writer, *members,
			json_text(json_member(made, *members)));
	json_write_bool(&writer, "unknown", false);
	return json_writer_print(&writer, stdout);
}

enum err
outbound_print(enum outbound_kind kind, const struct json *made,
	const char *const *members, bool json, struct reason *reason)
{
	enum err err = ERR_OK;

	if (json)
		err = print_made_json(made, members);
	else
		print_made(made, members);
	if (err != ERR_OK)
		return err;
	/* Who took it for not done would do it again. */
	if (fflush(stdout) != 0 || ferror(stdout) != 0)
		return err_reason(reason, ERR_IO,
			"%s \"%.40s\" was %s, but that could not be written "
			"to standard output: %s",
			kinds[kind].noun, json_member_text(made, "sid"),
			kinds[kind].done, strerror(errno));
	return ERR_OK;
}

static enum err
send_once(struct outbound *outbound, const struct invocation *invocation,
	struct json **made, struct reason *reason)
{
	struct twilio_result result;
	time_t sent = time(NULL);
	enum err err;

	/* Who ended it in the middle would not know what he has done. */
	interrupt_catch();
	err = twilio_send(outbound->twilio, TWILIO_API, "POST",
		kinds[outbound->kind].path, &outbound->form, &result, reason);

	if (err == ERR_OK &&
		json_member_text(result.document, "sid")[0] == '\0') {
		result.is_unknown = true;
		err = err_reason(reason, ERR_IO,
			"Twilio's answer, %d, names no %s", result.status,
			kinds[outbound->kind].noun);
	}
	if (result.is_unknown)
		err = find_out(outbound, invocation, sent, reason);
	if (err == ERR_OK)
		*made = result.document; /* transferred */
	else
		json_free(result.document);
	return err;
}

enum err
outbound_run(struct outbound *outbound, const struct invocation *invocation,
	bool dry_run, struct json **made, struct reason *reason)
{
	*made = NULL;
	if (outbound->err == ERR_TOO_LARGE)
		return err_reason(reason, outbound->err,
			"the parameters exceed %d bytes", LIMIT_FORM);
	if (outbound->err != ERR_OK)
		return outbound->err;
	return dry_run ? print_request(outbound, invocation->json, reason)
		       : send_once(outbound, invocation, made, reason);
}
