#ifndef HOOKSWITCH_STATEMENT_H
#define HOOKSWITCH_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The SQL that endpoints run.  Each sql/statements/NAME.sql becomes one
 * constant statement_NAME at build time (see sql/embed.awk, and the built
 * statements.h), with "$n" for each ":Parameter::type".
 */

/* The types that a parameter can have in SQL. */
enum sql_type {
	SQL_TEXT,        /* any text */
	SQL_VARCHAR,     /* text of at most max_length characters */
	SQL_INTEGER,     /* whole number of 32 bits */
	SQL_BIGINT,      /* whole number of 64 bits */
	SQL_TIMESTAMPTZ, /* a time as timestamp.h reads it */
	SQL_JSONB,       /* only what the program itself makes */
	SQL_BYTEA,       /* likewise */
};

struct placeholder {
	const char *name; /* Twilio's parameter, or one of plan.h's facts */
	enum sql_type type;
	size_t max_length; /* of SQL_VARCHAR; 0 otherwise */
};

/* sql/embed.awk refuses a statement with more. */
#define STATEMENT_PLACEHOLDERS 32

struct statement {
	const char *name; /* of the file, without ".sql" */
	const char *sql;  /* with $1 ... $n */
	const struct placeholder *placeholders;
	size_t n;      /* at most STATEMENT_PLACEHOLDERS */
	bool is_query; /* what it finds is wanted */
	bool is_reply; /* and it does nothing else: NAME_reply.sql */
};

/* Room for any value that statement_value has to rewrite. */
#define STATEMENT_VALUE_SIZE 96

/*
 * A parameter's value as its SQL type takes it: text itself, or a rewritten
 * one in scratch, or NULL (SQL's) if it is NULL, empty, or does not fit.
 * text is UTF-8 without NUL.
 */
const char *statement_value(const struct placeholder *placeholder,
	const char *text, char scratch[STATEMENT_VALUE_SIZE]);

#endif
