/*
 * Times as Twilio writes them, turned into times as PostgreSQL reads them.
 */
#include "config.h"

#include "timestamp.h"

#include "check.h"

/* line, text, what PostgreSQL gets; NULL where it is no time */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	const char *want;
} times[] = {
	/* Voice and messages: RFC 2822. */
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +0000",
		"2025-10-08 13:54:12+00:00"},
	{__LINE__, "Sun, 25 Mar 2018 09:53:19 +0000",
		"2018-03-25 09:53:19+00:00"},
	{__LINE__, "Wed, 8 Oct 2025 13:54:12 +0000",
		"2025-10-08 13:54:12+00:00"},
	{__LINE__, "08 Oct 2025 13:54:12 +0000", "2025-10-08 13:54:12+00:00"},
	{__LINE__, "8 Oct 2025 13:54:12 +0000", "2025-10-08 13:54:12+00:00"},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 GMT",
		"2025-10-08 13:54:12+00:00"},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12", "2025-10-08 13:54:12+00:00"},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 -0730",
		"2025-10-08 13:54:12-07:30"},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +1400",
		"2025-10-08 13:54:12+14:00"},
	{__LINE__, "Wed, 08 Oct 2025 13:54 +0000", NULL},
	{__LINE__, "Wed, 08 Okt 2025 13:54:12 +0000", NULL},
	{__LINE__, "Wed, 08 Oct 25 13:54:12 +0000", NULL},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 EST", NULL},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +00000", NULL},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +000", NULL},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +1500", NULL},
	{__LINE__, "Wed, 08 Oct 2025 13:54:12 +0060", NULL},
	{__LINE__, "Wed,", NULL},

	/* Every month. */
	{__LINE__, "01 Jan 2025 00:00:00 Z", "2025-01-01 00:00:00+00:00"},
	{__LINE__, "01 Feb 2025 00:00:00 Z", "2025-02-01 00:00:00+00:00"},
	{__LINE__, "01 Mar 2025 00:00:00 Z", "2025-03-01 00:00:00+00:00"},
	{__LINE__, "01 Apr 2025 00:00:00 Z", "2025-04-01 00:00:00+00:00"},
	{__LINE__, "01 May 2025 00:00:00 Z", "2025-05-01 00:00:00+00:00"},
	{__LINE__, "01 Jun 2025 00:00:00 Z", "2025-06-01 00:00:00+00:00"},
	{__LINE__, "01 Jul 2025 00:00:00 Z", "2025-07-01 00:00:00+00:00"},
	{__LINE__, "01 Aug 2025 00:00:00 Z", "2025-08-01 00:00:00+00:00"},
	{__LINE__, "01 Sep 2025 00:00:00 Z", "2025-09-01 00:00:00+00:00"},
	{__LINE__, "01 Oct 2025 00:00:00 Z", "2025-10-01 00:00:00+00:00"},
	{__LINE__, "01 Nov 2025 00:00:00 Z", "2025-11-01 00:00:00+00:00"},
	{__LINE__, "01 Dec 2025 00:00:00 Z", "2025-12-01 00:00:00+00:00"},

	/* Video: ISO 8601, with any fraction. */
	{__LINE__, "2025-10-27T18:16:01.876Z", "2025-10-27 18:16:01.876+00:00"},
	{__LINE__, "2025-10-27T18:16:01Z", "2025-10-27 18:16:01+00:00"},
	{__LINE__, "2025-10-27T18:16:01.Z", "2025-10-27 18:16:01+00:00"},
	{__LINE__, "2025-10-27T18:16:01.8Z", "2025-10-27 18:16:01.8+00:00"},
	{__LINE__, "2025-10-27T18:16:01.876543Z",
		"2025-10-27 18:16:01.876543+00:00"},
	{__LINE__, "2025-10-27T18:16:01.876543219Z",
		"2025-10-27 18:16:01.876543219+00:00"},
	{__LINE__, "2025-10-27T18:16:01.8765432190Z", NULL},
	{__LINE__, "2025-10-27 18:16:01", "2025-10-27 18:16:01+00:00"},
	{__LINE__, "2025-10-27T18:16:01+02:00", "2025-10-27 18:16:01+02:00"},
	{__LINE__, "2025-10-27T18:16:01-0800", "2025-10-27 18:16:01-08:00"},
	{__LINE__, "2025-10-27T18:16:01.876Zz", NULL},
	{__LINE__, "2025-10-27T18:16:01.876Z ", NULL},
	{__LINE__, " 2025-10-27T18:16:01.876Z", NULL},
	{__LINE__, "2025-10-27T18:16:01,876Z", NULL},
	{__LINE__, "2025-10-27", NULL},
	{__LINE__, "2025-10-27T18:16", NULL},
	{__LINE__, "20251027T181601Z", NULL},
	{__LINE__, "+2025-10-27T18:16:01Z", NULL},
	{__LINE__, "12025-10-27T18:16:01Z", NULL},
	{__LINE__, "2025-1-27T18:16:01Z", NULL},
	{__LINE__, "2025--1-27T18:16:01Z", NULL},
	{__LINE__, "2025-10-27T18:16:01+5:30", NULL},
	{__LINE__, "2025-10-27T18:16:01+05", NULL},
	{__LINE__, "2025-10-27T18:16:01+", NULL},

	/* Days that the calendar has, and has not. */
	{__LINE__, "2024-02-29T00:00:00Z", "2024-02-29 00:00:00+00:00"},
	{__LINE__, "2000-02-29T00:00:00Z", "2000-02-29 00:00:00+00:00"},
	{__LINE__, "2025-12-31T23:59:59Z", "2025-12-31 23:59:59+00:00"},
	{__LINE__, "2016-12-31T23:59:60Z", "2016-12-31 23:59:60+00:00"},
	{__LINE__, "0001-01-01T00:00:00Z", "0001-01-01 00:00:00+00:00"},
	{__LINE__, "9999-12-31T23:59:59Z", "9999-12-31 23:59:59+00:00"},
	{__LINE__, "0000-01-01T00:00:00Z", NULL},
	{__LINE__, "2025-02-29T00:00:00Z", NULL},
	{__LINE__, "1900-02-29T00:00:00Z", NULL},
	{__LINE__, "2025-04-31T00:00:00Z", NULL},
	{__LINE__, "2025-01-32T00:00:00Z", NULL},
	{__LINE__, "2025-01-00T00:00:00Z", NULL},
	{__LINE__, "2025-00-01T00:00:00Z", NULL},
	{__LINE__, "2025-13-01T00:00:00Z", NULL},
	{__LINE__, "2025-01-01T24:00:00Z", NULL},
	{__LINE__, "2025-01-01T00:60:00Z", NULL},
	{__LINE__, "2025-01-01T00:00:61Z", NULL},
	{__LINE__, "Mon, 30 Feb 2026 00:00:00 +0000", NULL},

	/* Other things that stand in fields of that name. */
	{__LINE__, "", NULL},
	{__LINE__, "now", NULL},
	{__LINE__, "infinity", NULL},
	{__LINE__, "1759931652", NULL},
	{__LINE__, "2510081354", NULL},
	{__LINE__, "10/08/2025 13:54:12", NULL},
	{__LINE__,
		"\xE2\x80\x8B"
		"2025-10-27T18:16:01Z",
		NULL},
};
/* clang-format on */

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(times); i++) {
		char out[TIMESTAMP_SIZE] = "not written";
		bool parsed = timestamp_parse(times[i].text, out);

		CHECK_NUMBER(times[i].line, parsed, times[i].want != NULL);
		CHECK_TEXT(times[i].line, out,
			times[i].want != NULL ? times[i].want : "");
	}
}

/* Cut at every length, a time is another time or none, and never overruns. */
static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(times); i++) {
		size_t len = strlen(times[i].text);

		for (size_t cut = 0; cut < len; cut++) {
			char out[TIMESTAMP_SIZE], again[TIMESTAMP_SIZE];
			char text[64] = "";

			memcpy(text, times[i].text, cut);
			if (!timestamp_parse(text, out)) {
				CHECK_TEXT(times[i].line, out, "");
				continue;
			}
			/* What was written is itself such a time. */
			CHECK(times[i].line, timestamp_parse(out, again));
			CHECK_TEXT(times[i].line, again, out);
		}
	}
}

/* PostgreSQL takes second 60, but no fraction of it (SQLSTATE 22008). */
static void
test_leap_second(void **state)
{
	char out[TIMESTAMP_SIZE];

	(void)state;
	assert_true(timestamp_parse("2016-12-31T23:59:60Z", out));
	if (timestamp_parse("2016-12-31T23:59:60.5Z", out))
		CHECK_LACKS(__LINE__, out, ":60.5");
}

static void
test_format(void **state)
{
	/* clang-format off */
	static const struct {
		int line;
		struct timespec time;
		const char *want;
	} rows[] = {
		{__LINE__, {0, 0}, "1970-01-01 00:00:00.000000+00:00"},
		{__LINE__, {1759931652, 123456789},
			"2025-10-08 13:54:12.123456+00:00"},
		{__LINE__, {1759931652, 999999999},
			"2025-10-08 13:54:12.999999+00:00"},
		{__LINE__, {1709164800, 1000},
			"2024-02-29 00:00:00.000001+00:00"},
		{__LINE__, {253402300799, 0},
			"9999-12-31 23:59:59.000000+00:00"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char out[TIMESTAMP_SIZE], again[TIMESTAMP_SIZE];

		timestamp_format(&rows[i].time, out);
		CHECK_TEXT(rows[i].line, out, rows[i].want);
		CHECK(rows[i].line, timestamp_parse(out, again));
		CHECK_TEXT(rows[i].line, again, out);
	}
}

static void
test_seconds(void **state)
{
	/* clang-format off */
	static const struct {
		int line;
		const char *text;
		long long seconds;
	} rows[] = {
		{__LINE__, "1970-01-01T00:00:00Z", 0},
		{__LINE__, "1969-12-31T23:59:59Z", -1},
		{__LINE__, "2025-10-08T13:54:12.999Z", 1759931652},
		{__LINE__, "Wed, 08 Oct 2025 13:54:12 +0000", 1759931652},
		{__LINE__, "Wed, 08 Oct 2025 15:24:12 +0130", 1759931652},
		{__LINE__, "Wed, 08 Oct 2025 06:24:12 -0730", 1759931652},
		{__LINE__, "2024-02-29T00:00:00Z", 1709164800},
		{__LINE__, "2024-03-01T00:00:00Z", 1709251200},
		{__LINE__, "2100-03-01T00:00:00Z", 4107542400},
		{__LINE__, "2000-12-31T23:59:60Z", 978307200},
		{__LINE__, "0001-01-01T00:00:00Z", -62135596800},
		{__LINE__, "9999-12-31T23:59:59Z", 253402300799},
	};
	/* clang-format on */
	long long seconds = 1;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		CHECK(rows[i].line, timestamp_seconds(rows[i].text, &seconds));
		CHECK_NUMBER(rows[i].line, seconds, rows[i].seconds);
	}
	/* Day by day what the C library says, over a turn of the calendar. */
	for (time_t day = -719162; day < 146097 * 2; day++) {
		const struct timespec time = {.tv_sec = day * 86400};
		char text[TIMESTAMP_SIZE];

		timestamp_format(&time, text);
		if (strspn(text, "0123456789") != 4)
			continue; /* a year of fewer digits is no timestamp */
		assert_true(timestamp_seconds(text, &seconds));
		assert_int_equal(seconds, day * 86400);
	}
	assert_false(timestamp_seconds("2026-02-30T00:00:00Z", &seconds));
	assert_int_equal(seconds, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_leap_second),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_seconds),
	};

	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
