/*
 * How long ago something was.
 */
#include "config.h"

#include "age.h"

#include <limits.h>

#include "check.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* seconds, what a person reads */
static const struct row {
	int line;
	long long seconds;
	const char *text;
} rows[] = {
	ROW(LLONG_MIN, "0 s"),
	ROW(-1, "0 s"),
	ROW(0, "0 s"),
	ROW(119, "119 s"),
	ROW(120, "2 min"),
	ROW(7199, "119 min"),
	ROW(7200, "2 h"),
	ROW(172799, "47 h"),
	ROW(172800, "2 d"),
	ROW(31536000, "365 d"),
	ROW(LLONG_MAX, "106751991167300 d"),
};

static void
test_ages(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char text[AGE_SIZE];

		age_format(rows[i].seconds, text);
		CHECK_TEXT(rows[i].line, text, rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ages),
	};

	return cmocka_run_group_tests_name("age", tests, NULL, NULL);
}
