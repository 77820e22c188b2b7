#include "config.h"

#include "key.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "buf.h"
#include "file.h"

#define BLANKS " \t\r"

/* Keys are made from these. */
struct base {
	struct keys *keys;
	const char *name;
	enum finding finding; /* of the token as it stands there */
	unsigned cost;
};

static bool
is_known(const struct keys *keys, const char *token, size_t len)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strlen(keys->list[i].token) == len &&
			memcmp(keys->list[i].token, token, len) == 0)
			return true;
	return false;
}

static void
add(const struct base *base, const char *token, size_t len,
	enum finding finding, unsigned cost)
{
	struct keys *keys = base->keys;
	struct key *key = &keys->list[keys->n];

	if (keys->n == KEYS_MOST || len == 0 || is_known(keys, token, len))
		return;
	key->token = strndup(token, len);
	if (key->token == NULL) {
		keys->err = ERR_MEMORY;
		return;
	}
	(void)snprintf(key->name, sizeof key->name, "%s", base->name);
	key->finding = finding;
	key->cost = cost;
	keys->n++;
}

/* Without the quotes around it. */
static void
add_unquoted(const struct base *base, const char *token)
{
	static const char *const quotes[] = {
		"\"", "'", "`", "\342\200\234", "\342\200\235", "\342\200\230"};
	size_t from = 0, to = strlen(token);

	for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
		size_t len = strlen(quotes[i]);

		if (from == 0 && strncmp(token, quotes[i], len) == 0)
			from = len;
	}
	for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
		size_t len = strlen(quotes[i]);

		if (to >= from + len &&
			memcmp(token + to - len, quotes[i], len) == 0) {
			to -= len;
			break;
		}
	}
	add(base, token + from, to - from, FINDING_TOKEN_QUOTES,
		base->cost + 1);
}

/* Without the bytes that one cannot see, or all in small letters. */
static void
add_mapped(const struct base *base, const char *token)
{
	char visible[256], small[256];
	size_t n = 0, len = strlen(token);

	if (len >= sizeof visible)
		return;
	for (size_t i = 0; i < len; i++) {
		if (token[i] > ' ' && token[i] < 127)
			visible[n++] = token[i];
		small[i] = (char)tolower((unsigned char)token[i]);
	}
	add(base, visible, n, FINDING_TOKEN_INVISIBLE, base->cost + 1);
	add(base, small, len, FINDING_TOKEN_CASE, base->cost + 1);
	explicit_bzero(visible, sizeof visible);
	explicit_bzero(small, sizeof small);
}

/* The parts between characters that do not belong into a token. */
static void
add_parts(const struct base *base, const char *token, const char *separators,
	enum finding finding)
{
	size_t len = strcspn(token, separators);

	if (token[len] == '\0')
		return;
	while (true) {
		add(base, token, len, finding, base->cost + 1);
		if (token[len] == '\0')
			return;
		token += len + 1;
		len = strcspn(token, separators);
	}
}

static void
add_all(const struct base *base, const char *token)
{
	add(base, token, strlen(token), base->finding, base->cost);
	add_unquoted(base, token);
	add_mapped(base, token);
	add_parts(base, token, ",;", FINDING_TOKEN_COMMA);
	add_parts(base, token, ":=", FINDING_TOKEN_PAIR);
}

/* The account that the request says it is of; NULL for our own. */
struct wanted {
	struct keys *keys;
	const char *sid;
};

static void
add_account(void *context, const struct account *account)
{
	const struct wanted *wanted = context;
	bool is_it =
		wanted->sid == NULL || strcmp(wanted->sid, account->sid) == 0;
	char name[128];
	const struct base base = {
		.keys = wanted->keys,
		.name = name,
		.finding = is_it ? FINDING_NONE : FINDING_TOKEN_OTHER_ACCOUNT,
		.cost = is_it ? 0 : 1,
	};

	if (is_it)
		wanted->keys->has_account = true;
	for (size_t i = 0; i < account->n_tokens; i++) {
		(void)snprintf(name, sizeof name, "token %zu of account %.60s",
			i + 1, account->sid);
		add_all(&base, account->tokens[i]);
	}
}

enum err
keys_load(struct keys *keys, const struct settings *settings, const char *sid,
	struct reason *reason)
{
	struct wanted wanted = {keys, sid};
	enum err err;

	memset(keys, 0, sizeof *keys);
	/* One that names no account is taken as our own's. */
	if (sid == NULL)
		wanted.sid = settings_get(settings, SETTING_ACCOUNT_SID);
	err = account_each(settings, NULL, add_account, &wanted, reason);
	if (err == ERR_OK && keys->err != ERR_OK)
		err = err_reason(reason, keys->err, "out of memory");
	return err;
}

/* "name token [token ...]", or "token". */
static void
add_line(struct keys *keys, char *line, int number)
{
	char *rest = line, name[128];
	const char *first = strtok_r(rest, BLANKS, &rest);
	const char *token = strtok_r(rest, BLANKS, &rest);
	const struct base base = {keys, name, FINDING_TOKEN_EXTRA, 1};

	if (first == NULL || *first == '#')
		return;
	(void)snprintf(
		name, sizeof name, "the token in line %d of the file", number);
	if (token == NULL) {
		add_all(&base, first);
		return;
	}
	(void)snprintf(name, sizeof name,
		"the token that the file calls "
		"\"%.60s\"",
		first);
	for (; token != NULL; token = strtok_r(rest, BLANKS, &rest))
		add_all(&base, token);
}

enum err
keys_add_file(struct keys *keys, const char *path, struct reason *reason)
{
	struct buf text;
	char *rest, *line;
	int number = 0;
	enum err err;

	buf_init(&text, KEYS_FILE);
	err = file_read_private(&text, path, NULL, reason);
	rest = err == ERR_OK && text.len > 0 ? text.data : NULL;
	while ((line = strsep(&rest, "\n")) != NULL)
		add_line(keys, line, ++number);
	buf_free(&text);
	if (err == ERR_OK && keys->err != ERR_OK)
		err = err_reason(reason, keys->err, "out of memory");
	return err;
}

void
keys_free(struct keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		explicit_bzero(
			keys->list[i].token, strlen(keys->list[i].token));
		free(keys->list[i].token);
	}
	keys->n = 0;
}
