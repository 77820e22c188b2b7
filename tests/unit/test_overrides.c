/*
 * Connection overrides.
 */
#include "config.h"

#include "overrides.h"

#include "check.h"
#include "guard.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* overrides; the reason, NULL if there is none; whether 5xx is repeated */
static const struct row {
	int line;
	const char *overrides, *reason;
	bool repeats;
} rows[] = {
	ROW(OVERRIDES_USUAL, NULL, true),
	ROW("rp=5xx", NULL, true),
	ROW("rc=0&rp=all", NULL, false),
	ROW("rc=5", NULL, false),
	ROW("rp=4xx,ct,rt&rc=2", NULL, false),
	ROW("rp=ct,5xx", NULL, true),
	ROW("ct=100&rt=15000&tt=15000&rc=5&rp=4xx&sni=n", NULL, false),
	ROW("e=dublin,sao-paulo,ashburn-ix", NULL, false),
	ROW("sni=y", NULL, false),
	ROW("", "there is no connection override \"\"", false),
	ROW("#rc=3", "there is no connection override \"#rc\"", false),
	ROW("rc", "connection override \"rc\" must be a number from 0 to 5",
		false),
	ROW("rc=6", "connection override \"rc\" must be a number from 0 to 5",
		false),
	ROW("rc=-1", "connection override \"rc\" must be a number from 0 to 5",
		false),
	ROW("rc=000003",
		"connection override \"rc\" must be a number from 0 to 5",
		false),
	ROW("ct=99",
		"connection override \"ct\" must be a number from 100 to 10000",
		false),
	ROW("ct=10001",
		"connection override \"ct\" must be a number from 100 to 10000",
		false),
	ROW("rt=15001",
		"connection override \"rt\" must be a number from 100 to 15000",
		false),
	ROW("tt=",
		"connection override \"tt\" must be a number from 100 to "
		"15000",
		false),
	ROW("rp=5xx,",
		"connection override \"rp\" must be of 4xx, 5xx, ct, rt, or "
		"all",
		true),
	ROW("rp=,5xx",
		"connection override \"rp\" must be of 4xx, 5xx, ct, rt, or "
		"all",
		true),
	ROW("rp=5XX",
		"connection override \"rp\" must be of 4xx, 5xx, ct, rt, or "
		"all",
		false),
	ROW("e=Dublin",
		"connection override \"e\" must be an edge, such as dublin",
		false),
	ROW("sni=yes", "connection override \"sni\" must be y or n", false),
	ROW("rc=3&RC=3", "there is no connection override \"RC\"", false),
	ROW("rc=3;rp=all",
		"connection override \"rc\" must be a number from 0 to 5",
		false),
	ROW("rc=3&&rp=all", "there is no connection override \"\"", true),
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct reason reason = {""};
		struct guard guard;
		const char *text = guard_text(&guard, row->overrides);

		CHECK_NUMBER(row->line, overrides_check(text, &reason),
			row->reason == NULL ? ERR_OK : ERR_MALFORMED);
		CHECK_TEXT(row->line, reason.text,
			row->reason != NULL ? row->reason : "");
		CHECK_NUMBER(row->line, overrides_repeat(text), row->repeats);
		guard_free(&guard);
	}
	assert_true(overrides_repeat("#" OVERRIDES_USUAL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
