#include "config.h"

#include "interview.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection_string.h"
#include "database.h"
#include "database_state.h"
#include "limit.h"
#include "prompt.h"
#include "shape.h"
#include "terminal.h"
#include "twilio.h"

/* Who asks, what is known by now, and what was said before. */
struct asking {
	const struct interview *interview;
	struct settings *settings;
	struct settings before; /* answers that were no good */
	struct buf answer;
	struct reason *reason;
};

static enum err check_account(struct asking *asking);
static enum err check_database(struct asking *asking);
static enum err add_password(struct asking *asking);

/* In the order in which they are asked. */
static const struct topic {
	enum setting setting;
	const char *how; /* else than in the environment */
	const char *question;
	bool is_required;
	bool is_secret;
	/* NULL, or: what belongs to it, when it has been asked for */
	enum err (*complete)(struct asking *asking);
	/* NULL, or: whether it is right; ERR_REFUSED if it is not, ERR_IO if
	 * that cannot be found out */
	enum err (*check)(struct asking *asking);
	size_t back; /* so many before it may be wrong instead */
} topics[] = {
	{SETTING_ACCOUNT_SID,  "give --account",      "Account SID of Twilio (AC...)",
         true,										false, NULL,         NULL,           0},
	{SETTING_AUTH_TOKEN,   "give --token-file",
         "Auth token (it is not shown)",                                               true,  true,  NULL,         check_account,
         1															  },
	{SETTING_PUBLIC_URL,   "give --public-url",
         "URL of the site, as Twilio will call it",                                    true,  false, NULL,
         NULL,														     0},
	{SETTING_DATABASE,     "give --database",
         "Database, such as \"host=localhost dbname=... user=...\"",		   true,  false, add_password, check_database, 0},
	{SETTING_PHONE_NUMBER, "give --phone-number",
         "Your phone number at Twilio, such as +15551230001 (empty for "
		"none)",							       false, false, NULL,         NULL,           0},
};

#define TOPICS (sizeof topics / sizeof topics[0])

/* Asks for it where the connection string needs one, and has none. */
static enum err
add_password(struct asking *asking)
{
	static const struct prompt prompt = {
		.text = "Password for it (it is not shown; empty for none)",
		.is_secret = true,
	};
	struct buf password, string;
	enum err err;

	if (!connection_string_lacks_password(buf_text(&asking->answer)))
		return ERR_OK;
	buf_init(&password, LIMIT_SETTING);
	buf_init(&string, LIMIT_SETTING);
	err = prompt_ask(&prompt, &password, asking->reason);
	if (err == ERR_OK && password.len > 0) {
		err = connection_string_add_password(&string,
			buf_text(&asking->answer), buf_text(&password));
		buf_clear(&asking->answer);
		if (err == ERR_OK)
			err = buf_add_text(&asking->answer, buf_text(&string));
		if (err != ERR_OK)
			err = err_reason(asking->reason, err,
				"the connection string is too long");
	}
	buf_free(&string);
	buf_free(&password);
	return err;
}

/* Where Twilio's API is may be said only in the environment. */
static enum err
add_api(struct settings *settings, struct reason *reason)
{
	static const enum setting names[] = {
		SETTING_TWILIO_API, SETTING_TWILIO_EDGE, SETTING_TWILIO_REGION};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(settings_name(names[i]));

		if (value != NULL && err == ERR_OK)
			err = settings_set(settings, names[i], value,
				strlen(value), reason);
	}
	return err;
}

/* Both settings, and where to ask, in settings of their own. */
static enum err
copy_account(struct settings *out, const struct settings *from,
	struct reason *reason)
{
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	for (int i = 0; i < SETTING__MAX && err == ERR_OK; i++) {
		const char *value = settings_get(from, (enum setting)i);

		if (value != NULL)
			err = settings_set(out, (enum setting)i, value,
				strlen(value), reason);
	}
	return err == ERR_OK ? add_api(out, reason) : err;
}

static enum err
check_account(struct asking *asking)
{
	struct twilio_result result = {0};
	struct twilio *twilio = NULL;
	struct settings settings;
	struct reason reason;
	enum err err =
		copy_account(&settings, asking->settings, asking->reason);

	if (err == ERR_OK)
		err = twilio_open(&twilio, &settings, NULL, asking->reason);
	if (err == ERR_OK) {
		twilio_hurry(twilio);
		err = twilio_send(twilio, TWILIO_API, "GET",
			"/2010-04-01/Accounts/{AccountSid}.json", NULL, &result,
			&reason);
		if (err == ERR_REFUSED || err == ERR_REJECTED)
			err = err_reason(asking->reason, ERR_REFUSED,
				"Twilio does not know this account with this "
				"token: %.300s",
				reason.text);
		else if (err != ERR_OK)
			err = err_reason(asking->reason, ERR_IO,
				"Twilio could not be asked whether they are "
				"right: %.300s",
				reason.text);
	}
	json_free(result.document);
	twilio_close(twilio);
	settings_free(&settings);
	return err;
}

static enum err
check_database(struct asking *asking)
{
	struct database_state state;
	struct database *database;
	enum err err = database_open(
		&database, asking->settings, "init", asking->reason);

	if (err == ERR_OK) {
		database_hurry(database, DATABASE_HURRY);
		err = database_state_ask(&state, database, asking->reason);
	}
	if (err == ERR_OK)
		err = database_state_check(&state, asking->reason);
	database_close(database);
	return err == ERR_OK || err == ERR_MEMORY ? err : ERR_REFUSED;
}

/* What was found of an answer, for whoever has given it. */
static void
complain(const char *found, const char *mend)
{
	fprintf(stderr, "  %s", terminal_colour(stderr, COLOUR_BAD));
	terminal_print_part(stderr, found, strlen(found));
	fprintf(stderr, "%s\n", terminal_colour(stderr, COLOUR_NONE));
	if (mend != NULL)
		fprintf(stderr, "  %c%s.\n", toupper((unsigned char)mend[0]),
			mend + 1);
}

static enum err
set(struct asking *asking, const struct topic *topic, const char *value)
{
	return settings_set(asking->settings, topic->setting, value,
		strlen(value), asking->reason);
}

static void
forget(struct settings *settings, enum setting setting)
{
	char *value = settings->values[setting];

	if (value != NULL)
		explicit_bzero(value, strlen(value));
	free(value);
	settings->values[setting] = NULL;
}

/* Whether it has control bytes, which a file's line cannot have. */
static bool
has_control(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7F)
			return true;
	return false;
}

/* A value that nobody can be asked again for. */
static enum err
take(struct asking *asking, const struct topic *topic, const char *value)
{
	const struct opinion opinion = shape_judge(topic->setting, value);
	enum err err;

	if (has_control(value))
		return err_reason(asking->reason, ERR_SETTING,
			"setting \"%s\" has a control character in it",
			settings_name(topic->setting));
	if (opinion.shape == SHAPE_WRONG)
		return err_reason(asking->reason, ERR_SETTING, "%s; %s",
			opinion.found, opinion.mend);
	err = set(asking, topic, value);
	if (err != ERR_OK || topic->check == NULL ||
		asking->interview->is_offline)
		return err;
	err = topic->check(asking);
	return err == ERR_IO ? ERR_OK : err;
}

/* Whether an answer can be taken; ERR_OK or not, and *is_good. */
static enum err
judge(struct asking *asking, const struct topic *topic, bool *is_good)
{
	const char *answer = buf_text(&asking->answer);
	const struct opinion opinion = shape_judge(topic->setting, answer);

	*is_good = true;
	if (answer[0] == '\0' && topic->is_required)
		complain("It is needed.", NULL);
	else if (has_control(answer))
		complain("There is a control character in it.", NULL);
	else if (answer[0] == '\0' || opinion.shape == SHAPE_GOOD)
		return ERR_OK;
	else
		complain(opinion.found, opinion.mend);
	*is_good = false;
	if (answer[0] == '\0' || opinion.shape != SHAPE_ODD)
		return ERR_OK;
	return prompt_confirm(
		"Take it all the same", false, is_good, asking->reason);
}

/* Asks until there is an answer that can be taken, and takes it. */
static enum err
ask(struct asking *asking, const struct topic *topic)
{
	const char *name = settings_name(topic->setting);
	const char *before = settings_get(&asking->before, topic->setting);
	struct prompt prompt = {
		.text = topic->question, .is_secret = topic->is_secret};
	bool is_good = false;
	enum err err = ERR_OK;

	prompt.otherwise = before != NULL ? before : getenv(name);
	if (before != NULL && topic->complete != NULL)
		prompt.shown = "as before"; /* it may hold a password */
	else if (before == NULL && prompt.otherwise != NULL &&
		 (topic->is_secret || topic->complete != NULL))
		prompt.shown = "from the environment";
	while (err == ERR_OK && !is_good) {
		err = prompt_ask(&prompt, &asking->answer, asking->reason);
		if (err == ERR_OK)
			err = judge(asking, topic, &is_good);
	}
	if (err == ERR_OK && topic->complete != NULL)
		err = topic->complete(asking);
	return err == ERR_OK ? set(asking, topic, buf_text(&asking->answer))
			     : err;
}

/* Whether an answer that was refused is to be asked for again. */
static enum err
check_answer(struct asking *asking, const struct topic *topic, bool *again)
{
	bool keep = false;
	enum err err;

	*again = false;
	if (topic->check == NULL || asking->interview->is_offline)
		return ERR_OK;
	err = topic->check(asking);
	if (err == ERR_IO || err == ERR_REFUSED)
		complain(asking->reason->text, NULL);
	if (err != ERR_REFUSED)
		return err == ERR_IO ? ERR_OK : err;
	err = prompt_confirm(
		"Keep it all the same", false, &keep, asking->reason);
	*again = !keep;
	return err;
}

/*
 * Takes back an answer, and those before it that may be the wrong ones; the
 * first of them.
 */
static size_t
take_back(struct asking *asking, size_t last, const bool *is_asked)
{
	size_t first = last - topics[last].back;

	for (size_t i = first; i <= last; i++) {
		enum setting setting = topics[i].setting;

		if (!is_asked[i])
			continue;
		forget(&asking->before, setting);
		if (!topics[i].is_secret) {
			asking->before.values[setting] =
				asking->settings->values[setting];
			asking->settings->values[setting] = NULL;
		}
		forget(asking->settings, setting);
	}
	return first;
}

/* Whether nothing has to be found out about a topic. */
static bool
is_known(const struct asking *asking, const struct topic *topic)
{
	const struct settings *settings = asking->settings;
	bool is_of_account = topic->setting == SETTING_ACCOUNT_SID ||
			     topic->setting == SETTING_AUTH_TOKEN;

	return settings_get(settings, topic->setting) != NULL ||
	       (is_of_account &&
		       settings_get(settings, SETTING_ACCOUNTS) != NULL);
}

/* Without anybody to ask. */
static enum err
find(struct asking *asking, const struct topic *topic)
{
	const char *name = settings_name(topic->setting);
	const char *value = asking->interview->given[topic->setting];

	if (value == NULL)
		value = getenv(name);
	if (value != NULL && value[0] != '\0')
		return take(asking, topic, value);
	if (!topic->is_required)
		return ERR_OK;
	return err_reason(asking->reason, ERR_SETTING,
		"setting \"%s\" is missing: %s, or set it in the environment",
		name, topic->how);
}

static enum err
check_conflicts(const struct asking *asking)
{
	for (size_t i = 0; i < TOPICS; i++) {
		enum setting setting = topics[i].setting;
		const char *there = settings_get(asking->settings, setting);
		const char *given = asking->interview->given[setting];

		if (there != NULL && given != NULL && strcmp(there, given) != 0)
			return err_reason(asking->reason, ERR_SETTING,
				"setting \"%s\" is another one in the settings "
				"file already: change it there",
				settings_name(setting));
	}
	return ERR_OK;
}

/* Asks, unless it was given; *again if the answer was no good. */
static enum err
learn(struct asking *asking, const struct topic *topic, bool *is_asked,
	bool *again)
{
	const struct interview *interview = asking->interview;
	enum err err;

	*again = false;
	*is_asked = interview->is_terminal &&
		    interview->given[topic->setting] == NULL;
	if (!*is_asked)
		return find(asking, topic);
	err = ask(asking, topic);
	return err == ERR_OK ? check_answer(asking, topic, again) : err;
}

static enum err
run(struct asking *asking)
{
	bool is_asked[TOPICS] = {false};
	enum err err = check_conflicts(asking);
	size_t i = 0;

	while (i < TOPICS && err == ERR_OK) {
		bool again = false;

		if (!is_known(asking, &topics[i]))
			err = learn(asking, &topics[i], &is_asked[i], &again);
		i = again ? take_back(asking, i, is_asked) : i + 1;
	}
	return err;
}

enum err
interview_run(const struct interview *interview, struct settings *settings,
	struct reason *reason)
{
	struct asking asking = {
		.interview = interview, .settings = settings, .reason = reason};
	enum err err;

	buf_init(&asking.answer, LIMIT_SETTING);
	err = run(&asking);
	settings_free(&asking.before);
	buf_free(&asking.answer);
	return err;
}
