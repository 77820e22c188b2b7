/*
 * What values of settings look like.
 */
#include "config.h"

#include "shape.h"

#include "check.h"

#define HEX "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* setting, value, opinion, part of what is found */
static const struct row {
	int line;
	enum setting setting;
	const char *value;
	enum shape shape;
	const char *found;
} rows[] = {
	ROW(SETTING_ACCOUNT_SID, "AC" HEX, SHAPE_GOOD, NULL),
	ROW(SETTING_ACCOUNT_SID, "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		SHAPE_WRONG, "placeholder"),
	ROW(SETTING_ACCOUNT_SID, "ACXXXX", SHAPE_WRONG, "placeholder"),
	ROW(SETTING_ACCOUNT_SID, "SK" HEX, SHAPE_WRONG, "API key"),
	ROW(SETTING_ACCOUNT_SID, "AC" HEX "0", SHAPE_WRONG, "no account's"),
	ROW(SETTING_ACCOUNT_SID, "AC", SHAPE_WRONG, "no account's"),
	ROW(SETTING_ACCOUNT_SID, "", SHAPE_WRONG, "no account's"),
	ROW(SETTING_ACCOUNT_SID, "\"AC" HEX "\"", SHAPE_WRONG, "no account's"),
	ROW(SETTING_ACCOUNT_SID, "AC0123456789ABCDEF0123456789ABCDEF",
		SHAPE_WRONG, "no account's"),
	ROW(SETTING_AUTH_TOKEN, HEX, SHAPE_GOOD, NULL),
	ROW(SETTING_AUTH_TOKEN, HEX " " OTHER "\t" HEX, SHAPE_GOOD, NULL),
	ROW(SETTING_AUTH_TOKEN, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", SHAPE_WRONG,
		"placeholder"),
	ROW(SETTING_AUTH_TOKEN, HEX " xxxxxxxx", SHAPE_WRONG, "placeholder"),
	ROW(SETTING_AUTH_TOKEN, "AC" HEX, SHAPE_WRONG, "a SID"),
	ROW(SETTING_AUTH_TOKEN, "SK" HEX, SHAPE_WRONG, "a SID"),
	ROW(SETTING_AUTH_TOKEN, "\"" HEX "\"", SHAPE_WRONG, "quotes"),
	ROW(SETTING_AUTH_TOKEN, HEX ", " OTHER, SHAPE_WRONG, "commas"),
	ROW(SETTING_AUTH_TOKEN, HEX " a b c d", SHAPE_WRONG, "more than 4"),
	ROW(SETTING_AUTH_TOKEN, "0123456789ABCDEF0123456789ABCDEF", SHAPE_ODD,
		"does not look like"),
	ROW(SETTING_AUTH_TOKEN, "secret", SHAPE_ODD, "does not look like"),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de", SHAPE_GOOD, NULL),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de:8443/twilio/",
		SHAPE_GOOD, NULL),
	ROW(SETTING_PUBLIC_URL, "https://me:pw@hooks.example.de", SHAPE_GOOD,
		NULL),
	ROW(SETTING_PUBLIC_URL, "hooks.example.de", SHAPE_WRONG, "look like"),
	ROW(SETTING_PUBLIC_URL, "wss://hooks.example.de", SHAPE_WRONG,
		"look like"),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de/?a", SHAPE_WRONG,
		"look like"),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de/#a", SHAPE_WRONG,
		"look like"),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de/a b", SHAPE_WRONG,
		"look like"),
	ROW(SETTING_PUBLIC_URL, "https://example.com", SHAPE_WRONG,
		"placeholder"),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de/api/webhooks/sms",
		SHAPE_WRONG, "an endpoint"),
	ROW(SETTING_PUBLIC_URL, "https://hooks.example.de/hookswitch/sms.fcgi",
		SHAPE_WRONG, "an endpoint"),
	ROW(SETTING_PUBLIC_URL, "http://127.0.0.1:8080", SHAPE_ODD,
		"your own network"),
	ROW(SETTING_PUBLIC_URL, "https://my_hooks.example.de", SHAPE_ODD,
		"\"_\""),
	ROW(SETTING_PUBLIC_URL, "http://hooks.example.de", SHAPE_ODD, "no TLS"),
	ROW(SETTING_PUBLIC_URL, "HTTP://hooks.example.de", SHAPE_ODD, "no TLS"),
	ROW(SETTING_DATABASE, "dbname=site user=site", SHAPE_GOOD, NULL),
	ROW(SETTING_DATABASE,
		"host=localhost dbname=example user=example password=secret",
		SHAPE_WRONG, "placeholder"),
	ROW(SETTING_PHONE_NUMBER, "+15551230001", SHAPE_GOOD, NULL),
	ROW(SETTING_PHONE_NUMBER, "15551230001", SHAPE_ODD, "no number"),
	ROW(SETTING_PHONE_NUMBER, "+1 555 1230001", SHAPE_ODD, "no number"),
	ROW(SETTING_PHONE_NUMBER, "+05551230001", SHAPE_ODD, "no number"),
	ROW(SETTING_PHONE_NUMBER, "+1234567890123456", SHAPE_ODD, "no number"),
	ROW(SETTING_PHONE_NUMBER, "", SHAPE_ODD, "no number"),
	ROW(SETTING_LOG, "anything", SHAPE_GOOD, NULL),
};

static void
test_judge(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		const struct opinion opinion =
			shape_judge(row->setting, row->value);

		CHECK_NUMBER(row->line, opinion.shape, row->shape);
		CHECK(row->line,
			(opinion.found == NULL) == (row->shape == SHAPE_GOOD));
		CHECK(row->line,
			(opinion.mend == NULL) == (row->shape == SHAPE_GOOD));
		if (row->found != NULL)
			CHECK_HOLDS(row->line, opinion.found, row->found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
