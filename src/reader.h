#ifndef HOOKSWITCH_READER_H
#define HOOKSWITCH_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "statement.h"

/*
 * PostgreSQL, for those who only look: rows as many as there are, and nothing
 * is written, whatever the role could do.
 *
 * One connection for each database, over which one read goes at a time, each a
 * transaction of its own.  A reader can be used by many threads.  What is read
 * are the files of sql/reads/, as read_NAME in the built reads.h; times come
 * in UTC.
 */

struct reader;

/* The value of a placeholder of a read, by its name there. */
struct reader_value {
	const char *name; /* NULL ends them */
	const char *text; /* UTF-8; NULL for SQL's NULL */
};

/* What was found; any number of threads may look at it at a time. */
struct reader_result;

/*
 * *out gets a reader without connections, which the caller ends with
 * reader_free.  name becomes part of application_name, "hookswitch-name".  A
 * read may take so many milliseconds, of which the server gets four fifths.
 */
enum err reader_new(
	struct reader **out, const char *name, long milliseconds) NODISCARD;

/* Closes every connection.  NULL is allowed. */
void reader_free(struct reader *reader);

/*
 * Runs a read.  connection is libpq's string or URI.  A placeholder that is
 * not among the values is SQL's NULL, and so is one whose value its type does
 * not take.  *out, ended with reader_result_free, is NULL on error.
 *
 * ERR_DATABASE if the database could not be asked or did not answer,
 * ERR_REJECTED if it cannot make sense of a value, ERR_SETTING if the string
 * is none, ERR_MEMORY.
 *
 * Returns within the reader's milliseconds and what connecting takes: at most
 * connect_timeout, 2 s, for each host.  A connection that was lost is made
 * anew once.  After a failure to connect reads fail at once, for five times
 * what that took.
 */
enum err reader_run(struct reader *reader, const char *connection,
	const struct statement *read, const struct reader_value *values,
	struct reader_result **out, struct reason *reason) NODISCARD;

/* Closes connections that nobody uses; they are made anew when needed. */
void reader_idle(struct reader *reader);

/* NULL is allowed. */
void reader_result_free(struct reader_result *result);

size_t reader_rows(const struct reader_result *result);

/* The text of a value, "" for SQL's NULL; stays as long as the result. */
const char *reader_text(
	const struct reader_result *result, size_t row, int column);

bool reader_is_null(const struct reader_result *result, size_t row, int column);

#endif
