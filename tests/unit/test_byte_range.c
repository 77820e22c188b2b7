/*
 * Which part of a file is wanted.
 */
#include "config.h"

#include "byte_range.h"

#include "check.h"

#define WHOLE BYTE_RANGE_WHOLE
#define PART BYTE_RANGE_PART
#define NONE BYTE_RANGE_NONE
#define MOST "18446744073709551615"

/* line, header, bytes of the file, what is sent, from where, how much */
/* clang-format off */
static const struct {
	int line;
	const char *header;
	unsigned long long size;
	enum byte_range want;
	unsigned long long first, len;
} rows[] = {
	{__LINE__, NULL, 1000, WHOLE, 0, 1000},
	{__LINE__, NULL, 0, WHOLE, 0, 0},
	{__LINE__, "bytes=0-", 1000, PART, 0, 1000},
	{__LINE__, "bytes=0-0", 1000, PART, 0, 1},
	{__LINE__, "bytes=0-499", 1000, PART, 0, 500},
	{__LINE__, "bytes=500-", 1000, PART, 500, 500},
	{__LINE__, "bytes=999-", 1000, PART, 999, 1},
	{__LINE__, "bytes=999-999", 1000, PART, 999, 1},
	{__LINE__, "BYTES=0-1", 1000, PART, 0, 2},
	{__LINE__, "bytes=007-008", 1000, PART, 7, 2},

	/* More than there is is all there is. */
	{__LINE__, "bytes=900-5000", 1000, PART, 900, 100},
	{__LINE__, "bytes=0-" MOST, 1000, PART, 0, 1000},
	{__LINE__, "bytes=0-" MOST "0", 1000, PART, 0, 1000},
	{__LINE__, "bytes=1-99999999999999999999999", 1000, PART, 1, 999},

	/* The last ones. */
	{__LINE__, "bytes=-1", 1000, PART, 999, 1},
	{__LINE__, "bytes=-1000", 1000, PART, 0, 1000},
	{__LINE__, "bytes=-5000", 1000, PART, 0, 1000},
	{__LINE__, "bytes=-" MOST "9", 1000, PART, 0, 1000},

	/* What is not there. */
	{__LINE__, "bytes=1000-", 1000, NONE, 0, 0},
	{__LINE__, "bytes=1000-1001", 1000, NONE, 0, 0},
	{__LINE__, "bytes=" MOST "1-", 1000, NONE, 0, 0},
	{__LINE__, "bytes=-0", 1000, NONE, 0, 0},
	{__LINE__, "bytes=0-", 0, NONE, 0, 0},
	{__LINE__, "bytes=-1", 0, NONE, 0, 0},

	/* What is no range counts as none. */
	{__LINE__, "", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=-", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=5", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=5-4", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=a-b", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=0-1x", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes= 0-1", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=+1-2", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=--1", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=0x1-2", 1000, WHOLE, 0, 1000},
	{__LINE__, "items=0-1", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes 0-1", 1000, WHOLE, 0, 1000},

	/* Several would be an answer of another kind. */
	{__LINE__, "bytes=0-1,4-5", 1000, WHOLE, 0, 1000},
	{__LINE__, "bytes=0-1,", 1000, WHOLE, 0, 1000},
};
/* clang-format on */

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		unsigned long long first = 7, len = 7;

		CHECK_NUMBER(rows[i].line,
			byte_range_read(
				rows[i].header, rows[i].size, &first, &len),
			rows[i].want);
		CHECK_NUMBER(rows[i].line, first, rows[i].first);
		CHECK_NUMBER(rows[i].line, len, rows[i].len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
