#include "config.h"

#include "connection_string.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool
is_uri(const char *string)
{
	return strncmp(string, "postgresql://", 13) == 0 ||
	       strncmp(string, "postgres://", 11) == 0;
}

/* "word", then blanks perhaps, then "=", where a keyword can stand. */
static bool
has_keyword(const char *string, const char *word)
{
	const char *at = string;
	size_t len = strlen(word);

	while ((at = strstr(at, word)) != NULL) {
		bool begins = at == string || strchr(" \t?&", at[-1]) != NULL;

		at += len;
		if (begins && at[strspn(at, " \t")] == '=')
			return true;
	}
	return false;
}

bool
connection_string_has_password(const char *string)
{
	const char *user, *at;

	if (has_keyword(string, "password"))
		return true;
	if (!is_uri(string))
		return false;
	user = strstr(string, "://") + 3;
	at = strchr(user, '@');
	return at != NULL && memchr(user, ':', (size_t)(at - user)) != NULL;
}

bool
connection_string_lacks_password(const char *string)
{
	return !connection_string_has_password(string) &&
	       !has_keyword(string, "passfile") &&
	       !has_keyword(string, "service");
}

/* Of a URI, where every other byte can stand for something else. */
static enum err
add_percent(struct buf *out, const char *text)
{
	enum err err = ERR_OK;

	for (; *text != '\0' && err == ERR_OK; text++) {
		char hex[4];

		(void)snprintf(hex, sizeof hex, "%%%02X", (unsigned char)*text);
		err = isalnum((unsigned char)*text) ? buf_add(out, text, 1)
						    : buf_add_text(out, hex);
	}
	return err;
}

static enum err
add_quoted(struct buf *out, const char *text)
{
	enum err err = buf_add_text(out, "'");

	for (; *text != '\0' && err == ERR_OK; text++) {
		if (*text == '\'' || *text == '\\')
			err = buf_add_text(out, "\\");
		if (err == ERR_OK)
			err = buf_add(out, text, 1);
	}
	return err == ERR_OK ? buf_add_text(out, "'") : err;
}

enum err
connection_string_add_password(
	struct buf *out, const char *string, const char *password)
{
	enum err err = buf_add_text(out, string);

	if (err == ERR_OK && is_uri(string))
		err = buf_add_text(
			out, strchr(string, '?') != NULL ? "&" : "?");
	else if (err == ERR_OK)
		err = buf_add_text(out, " ");
	if (err == ERR_OK)
		err = buf_add_text(out, "password=");
	if (err != ERR_OK)
		return err;
	return is_uri(string) ? add_percent(out, password)
			      : add_quoted(out, password);
}
