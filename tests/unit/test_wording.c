/*
 * Sentences of others on a line of ours.
 */
#include "config.h"

#include "wording.h"

#include "check.h"

static const struct row {
	const char *sentence;
	char first;
} rows[] = {
	{"Empty reply",      'e'       },
	{"empty reply",      'e'       },
	{"SSL certificate",  'S'       },
	{"A hint",           'a'       },
	{"\"x\" is missing", '"'       },
	{"1 of 2",           '1'       },
	{"\xc3\x9c"
	 "bel",     (char)0xC3},
	{"",		 '\0'      },
};

static void
test_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		CHECK_NUMBER(
			(int)i, wording_first(rows[i].sentence), rows[i].first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
