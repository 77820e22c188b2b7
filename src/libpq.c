#include "config.h"

#include "libpq.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "library.h"

enum err
libpq_load(const struct libpq **out, struct reason *reason)
{
#define LIBPQ_ROW(name) {#name, offsetof(struct libpq, name)},
	static const struct library_function functions[] = {
		LIBPQ_FUNCTIONS(LIBPQ_ROW)};
#undef LIBPQ_ROW
	static struct libpq table;
	static bool loaded;
	enum err err = library_load(LIBPQ_SONAME, functions,
		sizeof functions / sizeof functions[0], &table, &loaded,
		reason);

	*out = NULL;
	if (err != ERR_OK)
		return err;
	*out = &table;
	return ERR_OK;
}

/* Whether libpq would take part of a password for a host or a port. */
static bool
is_misread(const PQconninfoOption *option)
{
	if (option->val == NULL)
		return false;
	if (strcmp(option->keyword, "host") == 0)
		/* At the start it names an abstract socket. */
		return strrchr(option->val, '@') > option->val;
	if (strcmp(option->keyword, "port") == 0)
		return strspn(option->val, "0123456789,") !=
		       strlen(option->val);
	return false;
}

/*
 * A string that does not parse is refused here and without libpq's text,
 * which would quote it with its password.  So is a URI whose password has an
 * "@" or a "/" in it: libpq takes what follows for host or port, and says so.
 */
static enum err
check_string(const struct libpq *pq, const char *string, struct reason *reason)
{
	char *message = NULL;
	PQconninfoOption *options;
	bool is_short, fits;

	/* There are no options where there is no memory for them, either. */
	errno = 0;
	options = pq->PQconninfoParse(string, &message);
	is_short = options == NULL && errno == ENOMEM;
	fits = options != NULL;

	for (const PQconninfoOption *option = options;
		fits && option->keyword != NULL; option++)
		fits = !is_misread(option);
	pq->PQfreemem(message);
	pq->PQconninfoFree(options);
	if (is_short)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (!fits)
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_DATABASE\" is not a connection "
			"string that libpq can read; in a URI write @ as %%40 "
			"and / as %%2F in the password");
	return ERR_OK;
}

enum err
libpq_connect(const struct libpq *pq, PGconn **out, const char *string,
	const char *name, struct reason *reason)
{
	/* Before dbname: defaults; after it: what the string cannot change. */
	const char *const names[] = {"connect_timeout", "keepalives_idle",
		"tcp_user_timeout", "gssencmode", "dbname", "application_name",
		"client_encoding", NULL};
	const char *const values[] = {
		"2", "30", "10000", "disable", string, name, "UTF8", NULL};
	const char *text;
	enum err err;

	*out = NULL;
	err = check_string(pq, string, reason);
	if (err != ERR_OK)
		return err;
	*out = pq->PQconnectdbParams(names, values, 1);
	if (*out == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (pq->PQstatus(*out) == CONNECTION_OK)
		return ERR_OK;
	text = pq->PQerrorMessage(*out);
	return err_reason(reason, ERR_DATABASE,
		"could not connect to the database: %.*s",
		(int)strcspn(text, "\n"), text);
}
