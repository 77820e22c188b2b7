/*
 * The settings: whether they can be read, and look as they should.
 */
#include "config.h"

#include "checks.h"

#include <stdio.h>
#include <string.h>

#include "file.h"
#include "limit.h"
#include "shape.h"
#include "similar.h"

#define BLANKS " \t\r"

enum err
check_settings_obtain(struct checkup *checkup, struct reason *reason)
{
	if (checkup->settings_err == ERR_OK)
		return ERR_OK;
	return err_reason(
		reason, checkup->settings_err, "the settings cannot be read");
}

/* The first account of a file. */
static void
take_first(void *context, const struct account *account)
{
	struct account *first = context;

	if (first->sid[0] == '\0')
		(void)snprintf(
			first->sid, sizeof first->sid, "%s", account->sid);
}

/* TWILIO_ACCOUNT_SID, or the first of HOOKSWITCH_ACCOUNTS. */
enum err
check_settings_obtain_account(struct checkup *checkup, struct reason *reason)
{
	struct account first;
	enum err err;

	if (!checkup_has(checkup, NEED_SETTINGS))
		return err_reason(reason, ERR_SETTING, "%s",
			checkup_why(checkup, NEED_SETTINGS));
	memset(&first, 0, sizeof first);
	err = account_each(checkup->settings, NULL, take_first, &first, reason);
	if (err == ERR_OK && first.sid[0] == '\0')
		err = err_reason(reason, ERR_SETTING,
			"there is no account with a token in the settings");
	if (err == ERR_OK)
		err = account_find(&checkup->account, checkup->settings, NULL,
			first.sid, reason);
	return err;
}

/* The name that a line of a settings file gives a value to. */
static size_t
find_name(const char *line, const char **name)
{
	size_t len;

	*name = line + strspn(line, BLANKS);
	if (**name == '#')
		return 0;
	len = strcspn(*name, "=\n");
	if ((*name)[len] != '=')
		return 0;
	while (len > 0 && strchr(BLANKS, (*name)[len - 1]) != NULL)
		len--;
	return len;
}

/* Whether one of the lines behind this one has the same name. */
static bool
is_repeated(const char *line, const char *name, size_t len)
{
	while ((line = strchr(line, '\n')) != NULL) {
		const char *other;
		size_t other_len = find_name(++line, &other);

		if (other_len == len && memcmp(other, name, len) == 0)
			return true;
	}
	return false;
}

static void
check_repeated(struct checkup *checkup)
{
	struct buf text;
	const char *line;

	buf_init(&text, LIMIT_SETTINGS_FILE);
	if (file_read(&text, checkup->config, NULL) == ERR_OK)
		for (line = buf_text(&text); line != NULL;
			line = strchr(line, '\n')) {
			const char *name;
			size_t len = find_name(line += *line == '\n', &name);

			if (len > 0 && is_repeated(line, name, len))
				checkup_note(checkup,
					"leave one of the lines out",
					"%.*s stands in the settings file "
					"more than once, and only the first "
					"counts",
					(int)len, name);
		}
	buf_free(&text);
}

/* For a name that is none: the one that may have been meant. */
static const char *
find_meant(const char *reason, char mend[128])
{
	static const char begin[] = "unrecognized setting \"";
	const char *name = strstr(reason, begin);
	char word[64];
	struct similar similar = {word, NULL, 0};

	if (name == NULL)
		return "mend it there";
	name += sizeof begin - 1;
	(void)snprintf(
		word, sizeof word, "%.*s", (int)strcspn(name, "\""), name);
	for (int i = 0; i < SETTING__MAX; i++)
		similar_try(&similar, settings_name((enum setting)i));
	if (similar.name == NULL)
		return "take the line out, or mend the name; man "
		       "hookswitch.conf has all";
	(void)snprintf(mend, 128, "did you mean %s?", similar.name);
	return mend;
}

static void
check_file(struct checkup *checkup)
{
	char mend[128];

	if (checkup->settings_err != ERR_OK) {
		const char *why = checkup->settings_reason.text;

		checkup_wrong(checkup, find_meant(why, mend), "%s", why);
	} else if (checkup->config == NULL) {
		checkup_note(checkup,
			"name it by --config, or as HOOKSWITCH_CONFIG in the "
			"environment",
			"there is no settings file: what is checked is the "
			"environment of this command, which is not the "
			"endpoints'");
	} else {
		checkup_ok(checkup, "%s can be read, by nobody else",
			checkup->config);
		check_repeated(checkup);
	}
}

/* Says what is odd or wrong about a value; true if nothing is. */
static bool
check_shape(struct checkup *checkup, enum setting setting, const char *value)
{
	const struct opinion opinion = shape_judge(setting, value);

	if (opinion.shape == SHAPE_WRONG)
		checkup_wrong(checkup, opinion.mend, "%s", opinion.found);
	else if (opinion.shape == SHAPE_ODD)
		checkup_note(checkup, opinion.mend, "%s", opinion.found);
	return opinion.shape == SHAPE_GOOD;
}

/* Accounts of a file, and what is odd about them. */
struct accounts {
	struct checkup *checkup;
	size_t n, n_odd;
};

static void
look_at_account(void *context, const struct account *account)
{
	struct accounts *accounts = context;
	bool is_odd = shape_judge(SETTING_ACCOUNT_SID, account->sid).shape !=
		      SHAPE_GOOD;

	for (size_t i = 0; i < account->n_tokens; i++)
		if (shape_judge(SETTING_AUTH_TOKEN, account->tokens[i]).shape !=
			SHAPE_GOOD)
			is_odd = true;
	accounts->n++;
	accounts->n_odd += is_odd;
	if (is_odd)
		checkup_note(accounts->checkup,
			"an account's SID is AC and 32 hexadecimal digits, its "
			"auth token 32 of them",
			"account \"%.40s\" of the settings has a SID or a "
			"token that does not look like one",
			account->sid);
}

static void
check_accounts(struct checkup *checkup)
{
	struct accounts accounts = {.checkup = checkup};
	struct reason reason;

	if (settings_get(checkup->settings, SETTING_ACCOUNTS) == NULL)
		return;
	if (account_each(checkup->settings, NULL, look_at_account, &accounts,
		    &reason) != ERR_OK)
		checkup_wrong(checkup, "mend it there", "%s", reason.text);
	else if (accounts.n_odd == 0)
		checkup_ok(checkup, "%zu account%s, with HOOKSWITCH_ACCOUNTS",
			accounts.n, accounts.n == 1 ? "" : "s");
}

static void
check_account(struct checkup *checkup)
{
	const struct settings *settings = checkup->settings;
	const char *sid = settings_get(settings, SETTING_ACCOUNT_SID);

	if (sid == NULL && settings_get(settings, SETTING_ACCOUNTS) == NULL)
		checkup_wrong(checkup,
			"copy the Account SID from the first page of Twilio's "
			"console",
			"TWILIO_ACCOUNT_SID is not set");
	else if (sid != NULL && check_shape(checkup, SETTING_ACCOUNT_SID, sid))
		checkup_ok(checkup, "TWILIO_ACCOUNT_SID is %s", sid);
	check_accounts(checkup);
}

static void
check_token(struct checkup *checkup)
{
	const struct settings *settings = checkup->settings;
	const char *token = settings_get(settings, SETTING_AUTH_TOKEN);

	if (token == NULL && settings_get(settings, SETTING_ACCOUNTS) == NULL)
		checkup_wrong(checkup,
			"copy the auth token from the first page of Twilio's "
			"console",
			"TWILIO_AUTH_TOKEN is not set");
	else if (token != NULL &&
		 check_shape(checkup, SETTING_AUTH_TOKEN, token))
		checkup_ok(checkup, "TWILIO_AUTH_TOKEN looks like %s",
			strpbrk(token, BLANKS) != NULL ? "several" : "one");
}

static void
check_public_url(struct checkup *checkup)
{
	const char *url = settings_get(checkup->settings, SETTING_PUBLIC_URL);

	if (url == NULL)
		checkup_note(checkup,
			"set it to the site's address as Twilio knows it",
			"HOOKSWITCH_PUBLIC_URL is not set, so that the "
			"endpoints take the host for theirs that a request "
			"names");
	else if (check_shape(checkup, SETTING_PUBLIC_URL, url))
		checkup_ok(checkup, "HOOKSWITCH_PUBLIC_URL is %s", url);
}

static void
check_connection_string(struct checkup *checkup)
{
	const char *string = settings_get(checkup->settings, SETTING_DATABASE);

	if (string == NULL)
		checkup_wrong(checkup,
			"write the connection string of your database there",
			"HOOKSWITCH_DATABASE is not set");
	else if (check_shape(checkup, SETTING_DATABASE, string))
		checkup_ok(checkup, "HOOKSWITCH_DATABASE is set");
}

static void
check_phone_number(struct checkup *checkup)
{
	const char *number =
		settings_get(checkup->settings, SETTING_PHONE_NUMBER);

	if (number != NULL &&
		check_shape(checkup, SETTING_PHONE_NUMBER, number))
		checkup_ok(checkup, "TWILIO_PHONE_NUMBER is %s", number);
}

static void
check_log(struct checkup *checkup)
{
	if (settings_log_level(checkup->settings) == LOG_DEBUG)
		checkup_note(checkup, "set it to info when the fault is found",
			"HOOKSWITCH_LOG is debug: some forty lines for each "
			"request");
	else
		checkup_ok(checkup, "HOOKSWITCH_LOG is %s",
			settings_log_level(checkup->settings) == LOG_INFO
				? "info"
				: "error");
}

static const struct check checks[] = {
	{"settings-file",     0,             check_file             },
	{"account-sid",       NEED_SETTINGS, check_account          },
	{"auth-token",        NEED_SETTINGS, check_token            },
	{"public-url",        NEED_SETTINGS, check_public_url       },
	{"connection-string", NEED_SETTINGS, check_connection_string},
	{"phone-number",      NEED_SETTINGS, check_phone_number     },
	{"log-level",         NEED_SETTINGS, check_log              },
	{NULL,		0,             NULL                   },
};

const struct check_group check_settings = {"settings", checks};
