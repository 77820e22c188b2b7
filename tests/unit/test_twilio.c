/*
 * Where Twilio's REST API is, and as which account it is asked.  What becomes
 * of requests is in tests/e2e/test_rest_api.py.
 */
#include "config.h"

#include "twilio.h"

#include "check.h"
#include "scratch.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

#define SID "AC0123"
#define CALLS "/2010-04-01/Accounts/{AccountSid}/Calls.json?To=%2B1"
#define CALLS_OF_SID "/2010-04-01/Accounts/" SID "/Calls.json?To=%2B1"

/* Makes settings of what is not NULL. */
static void
fill(struct settings *settings, const char *api, const char *edge,
	const char *region)
{
	const char *values[SETTING__MAX] = {[SETTING_ACCOUNT_SID] = SID,
		[SETTING_AUTH_TOKEN] = "token",
		[SETTING_TWILIO_API] = api,
		[SETTING_TWILIO_EDGE] = edge,
		[SETTING_TWILIO_REGION] = region};

	memset(settings, 0, sizeof *settings);
	for (int i = 0; i < SETTING__MAX; i++)
		if (values[i] != NULL) {
			settings->values[i] = strdup(values[i]);
			assert_non_null(settings->values[i]);
		}
}

/* HOOKSWITCH_TWILIO_API, edge, region; product, path; the URL */
static const struct url_row {
	int line;
	const char *api, *edge, *region;
	enum twilio_product product;
	const char *path, *url;
} url_rows[] = {
	ROW(NULL, NULL, NULL, TWILIO_API, CALLS,
		"https://api.twilio.com" CALLS_OF_SID),
	ROW(NULL, NULL, NULL, TWILIO_MESSAGING, "/v1/Services",
		"https://messaging.twilio.com/v1/Services"),
	ROW(NULL, NULL, NULL, TWILIO_VIDEO, "/v1/Rooms",
		"https://video.twilio.com/v1/Rooms"),
	ROW(NULL, NULL, NULL, TWILIO_TRUNKING, "/v1/Trunks",
		"https://trunking.twilio.com/v1/Trunks"),
	ROW(NULL, "dublin", "ie1", TWILIO_API, CALLS,
		"https://api.dublin.ie1.twilio.com" CALLS_OF_SID),
	ROW(NULL, "dublin", NULL, TWILIO_API, CALLS,
		"https://api.dublin.us1.twilio.com" CALLS_OF_SID),
	ROW(NULL, NULL, "au1", TWILIO_MESSAGING, "/v1/Services",
		"https://messaging.au1.twilio.com/v1/Services"),
	ROW("http://127.0.0.1:8080", "dublin", "ie1", TWILIO_API, CALLS,
		"http://127.0.0.1:8080" CALLS_OF_SID),
	ROW("https://proxy.example/twilio//", NULL, NULL, TWILIO_MESSAGING,
		"/v1/Services", "https://proxy.example/twilio/v1/Services"),
	ROW("http://localhost:1/", NULL, NULL, TWILIO_VIDEO, "/",
		"http://localhost:1/"),
	ROW("http://[::1]:1", NULL, NULL, TWILIO_VIDEO, "/", "http://[::1]:1/"),
};

static void
test_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(url_rows); i++) {
		const struct url_row *row = &url_rows[i];
		struct settings settings;
		struct reason reason = {""};
		struct twilio *twilio;
		struct buf url;

		fill(&settings, row->api, row->edge, row->region);
		buf_init(&url, TWILIO_PATH);
		CHECK_NUMBER(row->line,
			twilio_open(&twilio, &settings, NULL, &reason), ERR_OK);
		CHECK_TEXT(row->line, twilio_account_sid(twilio), SID);
		CHECK_NUMBER(row->line,
			twilio_url(twilio, row->product, row->path, &url),
			ERR_OK);
		CHECK_TEXT(row->line, buf_text(&url), row->url);
		buf_free(&url);
		twilio_close(twilio);
		settings_free(&settings);
	}
}

/* A path that would lead to another host is none; nothing is sent to it. */
static void
test_paths(void **state)
{
	static const char *const paths[] = {
		"", ".example/", "@example.com/", "https://example.com/"};
	struct settings settings;
	struct twilio_result result;
	struct reason reason;
	struct twilio *twilio;
	struct buf url;

	(void)state;
	fill(&settings, NULL, NULL, NULL);
	buf_init(&url, 100);
	assert_int_equal(
		twilio_open(&twilio, &settings, NULL, &reason), ERR_OK);
	for (size_t i = 0; i < N_OF(paths); i++) {
		assert_int_equal(twilio_send(twilio, TWILIO_API, "GET",
					 paths[i], NULL, &result, &reason),
			ERR_MALFORMED);
		assert_int_equal(twilio_url(twilio, TWILIO_API, paths[i], &url),
			ERR_MALFORMED);
		assert_int_equal(url.len, 0);
	}
	buf_free(&url);
	twilio_close(twilio);
	settings_free(&settings);
}

#define SHAPE                                                                  \
	"setting \"HOOKSWITCH_TWILIO_API\" must look like "                    \
	"https://example.com, or http://127.0.0.1:8080"

/* HOOKSWITCH_TWILIO_API, edge, region; why not */
static const struct bad_row {
	int line;
	const char *api, *edge, *region, *reason;
} bad_rows[] = {
	ROW("http://example.com", NULL, NULL, SHAPE),
	ROW("http://127.0.0.1.example.com", NULL, NULL, SHAPE),
	ROW("http://localhost.example.com", NULL, NULL, SHAPE),
	ROW("http://127.0.0.1@example.com", NULL, NULL, SHAPE),
	ROW("https://a:b@example.com", NULL, NULL, SHAPE),
	ROW("https://example.com/?a", NULL, NULL, SHAPE),
	ROW("https://example.com/#a", NULL, NULL, SHAPE),
	ROW("wss://example.com", NULL, NULL, SHAPE),
	ROW("example.com", NULL, NULL, SHAPE),
	ROW(NULL, "dublin.example", NULL,
		"setting \"TWILIO_EDGE\" must be a name like \"dublin\""),
	ROW(NULL, NULL, "ie1/",
		"setting \"TWILIO_REGION\" must be a name like \"ie1\""),
	ROW(NULL, NULL, "IE1",
		"setting \"TWILIO_REGION\" must be a name like \"ie1\""),
};

static void
test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_rows); i++) {
		const struct bad_row *row = &bad_rows[i];
		struct settings settings;
		struct reason reason = {""};
		struct twilio *twilio;

		fill(&settings, row->api, row->edge, row->region);
		CHECK_NUMBER(row->line,
			twilio_open(&twilio, &settings, NULL, &reason),
			ERR_SETTING);
		CHECK(row->line, twilio == NULL);
		CHECK_TEXT(row->line, reason.text, row->reason);
		settings_free(&settings);
	}
}

/* lines of HOOKSWITCH_ACCOUNTS, account that is asked for; whose it is, or
 * why none */
static const struct account_row {
	int line;
	const char *accounts, *asked, *sid, *reason;
} account_rows[] = {
	ROW("AC1 one\n", NULL, "AC1", ""),
	ROW("AC1 one\nAC1 two\n", NULL, "AC1", ""),
	ROW("AC1 one\nAC2 two\n", "AC2", "AC2", ""),
	ROW("AC1 one\nAC2 two\n", NULL, NULL,
		"setting \"TWILIO_ACCOUNT_SID\" is missing, and "
		"\"HOOKSWITCH_ACCOUNTS\" has several: name one by --account"),
	ROW("AC1 one\nAC2 two\n", "AC3", NULL,
		"there is no token for account \"AC3\"; set "
		"\"TWILIO_AUTH_TOKEN\", or add it to the file of "
		"\"HOOKSWITCH_ACCOUNTS\""),
	ROW("# none\n", NULL, NULL,
		"setting \"TWILIO_ACCOUNT_SID\" is missing"),
};

static void
test_accounts(void **state)
{
	for (size_t i = 0; i < N_OF(account_rows); i++) {
		const struct account_row *row = &account_rows[i];
		struct settings settings = {{NULL}};
		struct reason reason = {""};
		struct twilio *twilio;
		char name[32];

		(void)snprintf(name, sizeof name, "accounts%zu", i);
		settings.values[SETTING_ACCOUNTS] = strdup(
			scratch_write(*state, name, row->accounts, 0600));
		CHECK_NUMBER(row->line,
			twilio_open(&twilio, &settings, row->asked, &reason),
			row->sid != NULL ? ERR_OK : ERR_SETTING);
		CHECK_TEXT(row->line,
			twilio != NULL ? twilio_account_sid(twilio) : NULL,
			row->sid);
		CHECK_TEXT(row->line, reason.text, row->reason);
		twilio_close(twilio);
		settings_free(&settings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_settings),
		cmocka_unit_test_setup_teardown(
			test_accounts, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
