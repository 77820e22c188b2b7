/*
 * Moments as they are given on the command line.
 */
#include "config.h"

#include "when.h"

#include "check.h"

#define NOW 1759931652LL /* 2025-10-08 13:54:12 */

/* line, text, seconds; -1 where it is no moment */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	long long seconds;
} rows[] = {
	{__LINE__, "2025-10-08", 1759881600},
	{__LINE__, "2024-02-29", 1709164800},
	{__LINE__, "1970-01-01", 0},
	{__LINE__, "2025-10-08T13:54:12Z", NOW},
	{__LINE__, "2025-10-08T15:54:12+02:00", NOW},
	{__LINE__, "2025-10-08 13:54:12", NOW},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +0000", NOW},
	{__LINE__, "0d", NOW},
	{__LINE__, "1m", NOW - 60},
	{__LINE__, "90m", NOW - 5400},
	{__LINE__, "36h", NOW - 129600},
	{__LINE__, "7d", NOW - 604800},
	{__LINE__, "2w", NOW - 1209600},
	{__LINE__, "99999w", NOW - 60479395200},
	{__LINE__, "100000d", -1},
	{__LINE__, "", -1},
	{__LINE__, "d", -1},
	{__LINE__, "7", -1},
	{__LINE__, "7D", -1},
	{__LINE__, "7s", -1},
	{__LINE__, "7days", -1},
	{__LINE__, "-7d", -1},
	{__LINE__, "+7d", -1},
	{__LINE__, " 7d", -1},
	{__LINE__, "1.5d", -1},
	{__LINE__, "2025-02-29", -1},
	{__LINE__, "2025-13-01", -1},
	{__LINE__, "2025-10-8", -1},
	{__LINE__, "08.10.2025", -1},
	{__LINE__, "2025/10/08", -1},
	{__LINE__, "2025-10-08T", -1},
	{__LINE__, "yesterday", -1},
};
/* clang-format on */

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		long long seconds = 1;
		bool is_good = when_read(rows[i].text, NOW, &seconds);

		CHECK_NUMBER(rows[i].line, is_good, rows[i].seconds != -1);
		CHECK_NUMBER(rows[i].line, seconds,
			rows[i].seconds != -1 ? rows[i].seconds : 0);
	}
}

static void
test_day(void **state)
{
	/* clang-format off */
	static const struct {
		int line;
		long long seconds, day;
		const char *date;
	} days[] = {
		{__LINE__, NOW, 1759881600, "2025-10-08"},
		{__LINE__, 1759881600, 1759881600, "2025-10-08"},
		{__LINE__, 1759881599, 1759795200, "2025-10-07"},
		{__LINE__, 0, 0, "1970-01-01"},
		{__LINE__, -1, -86400, "1969-12-31"},
		{__LINE__, -86400, -86400, "1969-12-31"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(days); i++) {
		char date[WHEN_DATE_SIZE];

		CHECK_NUMBER(
			days[i].line, when_day(days[i].seconds), days[i].day);
		when_date(days[i].seconds, date);
		CHECK_TEXT(days[i].line, date, days[i].date);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
