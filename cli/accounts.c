#include "config.h"

#include "accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add(struct accounts *accounts, const char *sid)
{
	for (size_t i = 0; i < accounts->n; i++)
		if (strcmp(accounts->sids[i], sid) == 0)
			return;
	accounts->is_full = accounts->n == ACCOUNTS_MOST;
	if (!accounts->is_full)
		(void)snprintf(accounts->sids[accounts->n++],
			sizeof accounts->sids[0], "%s", sid);
}

static void
take(void *context, const struct account *account)
{
	add(context, account->sid);
}

/* Names the settings that are missing where there is no account at all. */
static enum err
find_none(const struct settings *settings, struct reason *reason)
{
	const char *value;
	enum err err =
		settings_require(settings, SETTING_ACCOUNT_SID, &value, reason);

	if (err == ERR_OK)
		err = settings_require(
			settings, SETTING_AUTH_TOKEN, &value, reason);
	return err == ERR_OK ? err_reason(reason, ERR_SETTING,
				       "the settings name no account")
			     : err;
}

enum err
accounts_find(struct accounts *accounts, const struct settings *settings,
	const char *chosen, struct reason *reason)
{
	enum err err;

	memset(accounts, 0, sizeof *accounts);
	accounts->sids = calloc(ACCOUNTS_MOST, sizeof *accounts->sids);
	if (accounts->sids == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (chosen != NULL && strlen(chosen) > LIMIT_SID)
		return err_reason(reason, ERR_SETTING,
			"\"%.40s...\" is no account", chosen);
	if (chosen != NULL) {
		add(accounts, chosen);
		return ERR_OK;
	}
	err = account_each(settings, NULL, take, accounts, reason);
	if (err == ERR_OK && accounts->is_full)
		return err_reason(reason, ERR_SETTING,
			"there are more than %d accounts; choose one by "
			"--account",
			ACCOUNTS_MOST);
	if (err == ERR_OK && accounts->n == 0)
		err = find_none(settings, reason);
	return err;
}

void
accounts_free(struct accounts *accounts)
{
	free(accounts->sids);
	accounts->sids = NULL;
	accounts->n = 0;
}

/* Whether there is one account, as account_each tells of them. */
struct count {
	char sid[LIMIT_SID + 1]; /* the first one's */
	bool has_others;
};

static void
count_account(void *context, const struct account *account)
{
	struct count *count = context;

	if (count->sid[0] == '\0')
		memcpy(count->sid, account->sid, sizeof count->sid);
	else if (strcmp(count->sid, account->sid) != 0)
		count->has_others = true;
}

/* The account that is meant where none is named. */
static enum err
find_only(struct count *count, const struct settings *settings,
	struct reason *reason)
{
	const char *sid = settings_get(settings, SETTING_ACCOUNT_SID);
	enum err err = ERR_OK;

	memset(count, 0, sizeof *count);
	if (sid != NULL) {
		(void)snprintf(count->sid, sizeof count->sid, "%s", sid);
		return ERR_OK;
	}
	if (settings_get(settings, SETTING_ACCOUNTS) != NULL)
		err = account_each(
			settings, NULL, count_account, count, reason);
	if (err != ERR_OK)
		return err;
	if (count->has_others)
		return err_reason(reason, ERR_SETTING,
			"setting \"TWILIO_ACCOUNT_SID\" is missing, and "
			"\"HOOKSWITCH_ACCOUNTS\" has several: name one by "
			"--account");
	return count->sid[0] != '\0'
		       ? ERR_OK
		       : settings_require(
				 settings, SETTING_ACCOUNT_SID, &sid, reason);
}

enum err
accounts_choose(struct account *account, const struct settings *settings,
	const char *chosen, struct reason *reason)
{
	const char *sid = chosen;
	struct count count;
	enum err err = ERR_OK;

	memset(account, 0, sizeof *account);
	if (chosen == NULL) {
		err = find_only(&count, settings, reason);
		sid = count.sid;
	}
	if (err == ERR_OK)
		err = account_find(account, settings, NULL, sid, reason);
	if (err == ERR_REFUSED)
		err = err_reason(reason, ERR_SETTING,
			"there is no token for account \"%.40s\"; set "
			"\"TWILIO_AUTH_TOKEN\", or add it to the file of "
			"\"HOOKSWITCH_ACCOUNTS\"",
			sid);
	return err;
}
