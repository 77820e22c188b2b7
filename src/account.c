#include "config.h"

#include "account.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "file.h"

#define BLANKS " \t\r"

/* Takes the tokens out of len bytes of text with blanks between them. */
static enum err
take_tokens(struct account *account, const char *text, size_t len,
	const char *where, struct reason *reason)
{
	char *token, *rest;

	account->text = strndup(text, len);
	if (account->text == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	account->text_len = len;
	rest = account->text;
	while ((token = strtok_r(rest, BLANKS, &rest)) != NULL) {
		if (account->n_tokens == LIMIT_TOKENS)
			return err_reason(reason, ERR_SETTING,
				"\"%s\" has more than %d tokens for an account",
				where, LIMIT_TOKENS);
		account->tokens[account->n_tokens++] = token;
	}
	if (account->n_tokens == 0)
		return err_reason(reason, ERR_SETTING,
			"\"%s\" has no token for an account", where);
	return ERR_OK;
}

/* Looks for the account's line in the text of the accounts file. */
static enum err
find_line(struct account *account, const char *text, const char *path,
	struct reason *reason)
{
	size_t sid_len = strlen(account->sid);

	while (*text != '\0') {
		size_t line_len = strcspn(text, "\n");
		size_t indent = strspn(text, BLANKS);
		const char *sid = text + indent;

		if (strcspn(sid, BLANKS "\n") == sid_len &&
			memcmp(sid, account->sid, sid_len) == 0)
			return take_tokens(account, sid + sid_len,
				line_len - indent - sid_len, path, reason);
		text += line_len + (text[line_len] == '\n');
	}
	return err_reason(reason, ERR_REFUSED,
		"account \"%.40s\" is not in file \"%s\"", account->sid, path);
}

static enum err
find_in_file(struct account *account, const char *path,
	const char *document_root, struct reason *reason)
{
	struct buf text;
	enum err err;

	buf_init(&text, LIMIT_ACCOUNTS_FILE);
	err = file_read_private(&text, path, document_root, reason);
	if (err != ERR_OK && err != ERR_MEMORY)
		err = ERR_SETTING; /* whatever kept us from reading it */
	if (err == ERR_OK)
		err = find_line(account, buf_text(&text), path, reason);
	buf_free(&text);
	return err;
}

/* The one account of TWILIO_ACCOUNT_SID. */
static enum err
use_own(struct account *account, const struct settings *settings,
	struct reason *reason)
{
	const char *tokens;
	enum err err =
		settings_require(settings, SETTING_AUTH_TOKEN, &tokens, reason);

	if (err != ERR_OK)
		return err;
	return take_tokens(account, tokens, strlen(tokens),
		settings_name(SETTING_AUTH_TOKEN), reason);
}

enum err
account_find(struct account *account, const struct settings *settings,
	const char *document_root, const char *sid, struct reason *reason)
{
	const char *own = settings_get(settings, SETTING_ACCOUNT_SID);
	const char *path = settings_get(settings, SETTING_ACCOUNTS);
	bool has_token = settings_get(settings, SETTING_AUTH_TOKEN) != NULL;

	memset(account, 0, sizeof *account);
	if (own == NULL && path == NULL)
		return settings_require(
			settings, SETTING_ACCOUNT_SID, &own, reason);
	if (sid == NULL)
		sid = own;
	if (sid == NULL)
		return err_reason(reason, ERR_REFUSED,
			"the request names no account, and "
			"\"TWILIO_ACCOUNT_SID\" is not set");
	if (strlen(sid) > LIMIT_SID || sid[0] == '#')
		return err_reason(reason, ERR_REFUSED,
			"the request's AccountSid cannot be that of an "
			"account");
	(void)snprintf(account->sid, sizeof account->sid, "%s", sid);
	if (own != NULL && strcmp(own, sid) == 0 && (path == NULL || has_token))
		return use_own(account, settings, reason);
	if (path != NULL)
		return find_in_file(account, path, document_root, reason);
	return err_reason(reason, ERR_REFUSED,
		"account \"%.40s\" is not the one in \"TWILIO_ACCOUNT_SID\"",
		sid);
}

/* One line of the accounts file, if it is an account's. */
static enum err
call_line(const char *line, size_t len, const char *path,
	void (*call)(void *context, const struct account *account),
	void *context, struct reason *reason)
{
	size_t indent = strspn(line, BLANKS);
	size_t sid_len = strcspn(line + indent, BLANKS "\n");
	struct account account;
	enum err err;

	if (sid_len == 0 || sid_len > LIMIT_SID || line[indent] == '#')
		return ERR_OK;
	memset(&account, 0, sizeof account);
	memcpy(account.sid, line + indent, sid_len);
	err = take_tokens(&account, line + indent + sid_len,
		len - indent - sid_len, path, reason);
	if (err == ERR_OK)
		call(context, &account);
	account_free(&account);
	return err;
}

static enum err
each_line(const char *path, const char *document_root,
	void (*call)(void *context, const struct account *account),
	void *context, struct reason *reason)
{
	struct buf text;
	const char *line;
	enum err err;

	buf_init(&text, LIMIT_ACCOUNTS_FILE);
	err = file_read_private(&text, path, document_root, reason);
	if (err != ERR_OK)
		err = ERR_SETTING; /* whatever kept us from reading it */
	for (line = buf_text(&text); err == ERR_OK && *line != '\0';) {
		size_t len = strcspn(line, "\n");

		err = call_line(line, len, path, call, context, reason);
		line += len + (line[len] == '\n');
	}
	buf_free(&text);
	return err;
}

enum err
account_each(const struct settings *settings, const char *document_root,
	void (*call)(void *context, const struct account *account),
	void *context, struct reason *reason)
{
	const char *own = settings_get(settings, SETTING_ACCOUNT_SID);
	const char *path = settings_get(settings, SETTING_ACCOUNTS);
	struct account account;
	enum err err = ERR_OK;

	memset(&account, 0, sizeof account);
	if (own != NULL && settings_get(settings, SETTING_AUTH_TOKEN) != NULL) {
		(void)snprintf(account.sid, sizeof account.sid, "%s", own);
		err = use_own(&account, settings, reason);
		if (err == ERR_OK)
			call(context, &account);
		account_free(&account);
	}
	if (err == ERR_OK && path != NULL)
		err = each_line(path, document_root, call, context, reason);
	return err;
}

void
account_free(struct account *account)
{
	if (account->text != NULL)
		explicit_bzero(account->text, account->text_len);
	free(account->text);
	memset(account, 0, sizeof *account);
}
