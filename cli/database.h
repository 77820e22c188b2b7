#ifndef HOOKSWITCH_DATABASE_H
#define HOOKSWITCH_DATABASE_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "settings.h"
#include "statement.h"

/*
 * The database, for a command: one connection, one query at a time, and its
 * whole result.  Endpoints do not go this way; see store.h.
 *
 * Queries are the files of sql/commands/, as query_NAME in the built
 * queries.h.
 */

struct database;

/*
 * Connects to HOOKSWITCH_DATABASE.  name becomes part of application_name,
 * "hookswitch-name".  *out is ended with database_close; NULL on error.
 * ERR_SETTING, ERR_DATABASE, ERR_MEMORY.
 */
enum err database_open(struct database **out, const struct settings *settings,
	const char *name, struct reason *reason) NODISCARD;

/* What a query may take where somebody sits and waits, in milliseconds. */
#define DATABASE_HURRY 5000

/*
 * For whoever waits: from now on a query whose result has not come after so
 * many milliseconds fails with ERR_DATABASE, and so does every later one; and
 * if a signal comes that interrupt_catch was called for.
 */
void database_hurry(struct database *database, int milliseconds);

/* NULL is allowed.  A transaction that was begun is rolled back. */
void database_close(struct database *database);

/* The value of a parameter of a query, by its name there. */
struct database_value {
	const char *name; /* NULL ends them */
	const char *text; /* UTF-8; NULL for SQL's NULL */
};

/* What a query found, or did. */
struct database_result;

/*
 * Runs a query.  values may be NULL, for none; a parameter that is not among
 * them is SQL's NULL.  *out, which may be NULL if nobody wants it, is ended
 * with database_result_free, and is NULL on error.
 * ERR_DATABASE with the server's words; database_sqlstate tells more.
 */
enum err database_run(struct database *database, const struct statement *query,
	const struct database_value *values, struct database_result **out,
	struct reason *reason) NODISCARD;

/*
 * Asks a query that changes nothing, in a transaction of its own, which the
 * server gives up after so many milliseconds.  As database_run otherwise.
 */
enum err database_ask(struct database *database, const struct statement *query,
	unsigned milliseconds, struct database_result **out,
	struct reason *reason) NODISCARD;

/* BEGIN, COMMIT.  Errors as database_run. */
enum err database_begin(
	struct database *database, struct reason *reason) NODISCARD;
enum err database_commit(
	struct database *database, struct reason *reason) NODISCARD;

/* The SQLSTATE of the last error; "" if there was none or no connection. */
const char *database_sqlstate(const struct database *database);

/*
 * Whether the last error was that the server did not like a value that it was
 * given (SQLSTATE class 22).  NULL is allowed.
 */
bool database_refused_value(const struct database *database);

/* The server's words alone about the last error, and its hint. */
const char *database_words(const struct database *database);

/* Whether TLS protects the connection; the server's version, as 150004. */
bool database_has_tls(const struct database *database);
int database_server_version(const struct database *database);

/* The host that was connected to, a directory for a socket.  Borrowed. */
const char *database_host(const struct database *database);

/*
 * Sets the variables of the process environment by which another program of
 * libpq, such as psql, connects as this connection did, password included: for
 * a child that is about to become that program.  ERR_SETTING if part of the
 * connection string is secret and has no variable, ERR_MEMORY.
 */
enum err database_export(
	const struct database *database, struct reason *reason) NODISCARD;

/* NULL is allowed. */
void database_result_free(struct database_result *result);

/* How many rows were found; how many were written, where none were. */
size_t database_rows(const struct database_result *result);
unsigned long long database_written(const struct database_result *result);

/* The text of a value, "" for SQL's NULL; and whether it is that. */
const char *database_text(
	const struct database_result *result, size_t row, int column);
bool database_is_null(
	const struct database_result *result, size_t row, int column);

#endif
