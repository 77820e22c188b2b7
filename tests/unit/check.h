#ifndef HOOKSWITCH_TESTS_CHECK_H
#define HOOKSWITCH_TESTS_CHECK_H

/*
 * cmocka with what it needs before it, and checks for tables of cases: a
 * failure names the line of the row, which is the case's, not the loop's.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define CHECK(line, condition)                                                 \
	do {                                                                   \
		if (!(condition))                                              \
			fail_msg("row of line %d: %s", (line), #condition);    \
	} while (0)

/* Equal numbers, which may be errors or statuses. */
#define CHECK_NUMBER(line, got, want)                                          \
	do {                                                                   \
		long long check_got = (long long)(got);                        \
		long long check_want = (long long)(want);                      \
		if (check_got != check_want)                                   \
			fail_msg("row of line %d: %s is %lld, not %lld",       \
				(line), #got, check_got, check_want);          \
	} while (0)

/* Equal strings; either may be NULL. */
#define CHECK_TEXT(line, got, want)                                            \
	do {                                                                   \
		const char *check_got = (got);                                 \
		const char *check_want = (want);                               \
		if ((check_got == NULL) != (check_want == NULL) ||             \
			(check_got != NULL &&                                  \
				strcmp(check_got, check_want) != 0))           \
			fail_msg("row of line %d: %s is\n%s\nnot\n%s", (line), \
				#got, check_got ? check_got : "(NULL)",        \
				check_want ? check_want : "(NULL)");           \
	} while (0)

/* A string that holds another. */
#define CHECK_HOLDS(line, text, part)                                          \
	do {                                                                   \
		if (strstr((text), (part)) == NULL)                            \
			fail_msg("row of line %d: \"%s\" is not in\n%s",       \
				(line), (part), (text));                       \
	} while (0)

/* A string that does not. */
#define CHECK_LACKS(line, text, part)                                          \
	do {                                                                   \
		if (strstr((text), (part)) != NULL)                            \
			fail_msg("row of line %d: \"%s\" is in\n%s", (line),   \
				(part), (text));                               \
	} while (0)

#endif
