#ifndef HOOKSWITCH_OPTION_H
#define HOOKSWITCH_OPTION_H

#include <stddef.h>
#include <stdio.h>

#include "err.h"

/*
 * Options of a command: one table says what they are called, what they mean
 * and where their values go, so that --help and the parser cannot disagree.
 */

enum option_kind {
	OPTION_SWITCH, /* no argument; the value is a bool */
	OPTION_TEXT,   /* const char *, into argv; NULL if not given */
	OPTION_SID,    /* the same, of what looks like a SID: sid_check */
	OPTION_COUNT,  /* unsigned long from 1 to most; 0 if not given */
	OPTION_LIST,   /* struct option_list: may be given most times */
};

/* The values of an option that may be there more than once, in their order. */
#define OPTION_LIST_MOST 10
struct option_list {
	const char *texts[OPTION_LIST_MOST]; /* into argv */
	size_t n;
};

struct option_row {
	const char *name;     /* without "--"; a letter is an option "-n" */
	const char *argument; /* as --help calls it; NULL for a switch */
	const char *help;     /* lines without indentation */
	enum option_kind kind;
	size_t offset;       /* of the value in the struct that is filled */
	unsigned long most;  /* of a count, or a list */
	const char *letters; /* that a SID begins with; NULL for any */
};

/* The rows of a table: name, argument, the member of a struct, help. */
#define SWITCH_OPTION(name, type, member, help)                                \
	{                                                                      \
		name, NULL, help, OPTION_SWITCH, offsetof(type, member), 0,    \
			NULL                                                   \
	}
#define TEXT_OPTION(name, argument, type, member, help)                        \
	{                                                                      \
		name, argument, help, OPTION_TEXT, offsetof(type, member), 0,  \
			NULL                                                   \
	}
#define SID_OPTION(name, letters, type, member, help)                          \
	{                                                                      \
		name, "SID", help, OPTION_SID, offsetof(type, member), 0,      \
			letters                                                \
	}
#define COUNT_OPTION(name, argument, type, member, most, help)                 \
	{                                                                      \
		name, argument, help, OPTION_COUNT, offsetof(type, member),    \
			most, NULL                                             \
	}
#define LIST_OPTION(name, argument, type, member, most, help)                  \
	{                                                                      \
		name, argument, help, OPTION_LIST, offsetof(type, member),     \
			most, NULL                                             \
	}
#define END_OF_OPTIONS                                                         \
	{                                                                      \
		NULL, NULL, NULL, OPTION_SWITCH, 0, 0, NULL                    \
	}

/* A table, and the struct that its offsets lead into. */
struct option_set {
	const struct option_row *rows; /* NULL for none */
	void *values;
};

/* Options of all sets together. */
#define OPTION_MOST 40

/*
 * Fills the structs of n sets from argv[1] on; -h is --help.  The words that
 * are no options are moved to the end of argv, in their order, and *first is
 * the index of the first one.  "--" ends the options.
 * ERR_MALFORMED, with the reason, for an option that is none, lacks its
 * argument, has one it does not take, is no such number or SID, or is there too
 * often.
 */
enum err option_read(const struct option_set *sets, size_t n, int argc,
	char *argv[], int *first, struct reason *reason) NODISCARD;

/* Prints a line for each option, as for --help. */
void option_print(FILE *out, const struct option_row *rows);

#endif
