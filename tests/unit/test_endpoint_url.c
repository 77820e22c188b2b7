/*
 * The URLs of a site's endpoints.
 */
#include "config.h"

#include "endpoint_url.h"

#include "check.h"
#include "overrides.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* HOOKSWITCH_PUBLIC_URL, --site, --overrides, campaign; the URL */
static const struct good_row {
	int line;
	const char *setting, *site, *overrides, *campaign, *url;
} good_rows[] = {
	ROW("https://example.com", NULL, NULL, NULL,
		"https://example.com/api/webhooks/voice#" OVERRIDES_USUAL),
	ROW("https://example.com/", NULL, "none", NULL,
		"https://example.com/api/webhooks/voice"),
	ROW("http://example.com:8080/a/b/", NULL, "none", NULL,
		"http://example.com:8080/a/b/api/webhooks/voice"),
	ROW("https://example.com", "https://other.example", "rc=1", NULL,
		"https://other.example/api/webhooks/voice#rc=1"),
	ROW("https://example.com", NULL, "#rc=1", NULL,
		"https://example.com/api/webhooks/voice#rc=1"),
	ROW(NULL, "https://example.com/hookswitch/{endpoint}.fcgi", "none",
		NULL, "https://example.com/hookswitch/voice.fcgi"),
	ROW(NULL, "https://example.com/{endpoint}/", "none", NULL,
		"https://example.com/voice/"),
	ROW(NULL, "https://example.com", "rc=1", "spring 26&more#",
		"https://example.com/api/webhooks/"
		"voice?campaignId=spring+26%26more%23#rc=1"),
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good_rows); i++) {
		const struct good_row *row = &good_rows[i];
		struct settings settings = {{NULL}};
		struct endpoint_urls urls;
		struct reason reason = {""};
		struct buf out;

		if (row->setting != NULL)
			settings.values[SETTING_PUBLIC_URL] =
				strdup(row->setting);
		buf_init(&out, ENDPOINT_URL);
		CHECK_NUMBER(row->line,
			endpoint_urls_choose(&urls, &settings, row->site,
				row->overrides, &reason),
			ERR_OK);
		CHECK_NUMBER(row->line,
			endpoint_url_add(&out, &urls, "voice", row->campaign),
			ERR_OK);
		CHECK_TEXT(row->line, buf_text(&out), row->url);
		buf_free(&out);
		settings_free(&settings);
	}
}

/* --site, --overrides; the error */
static const struct bad_row {
	int line;
	const char *site, *overrides;
	enum err err;
	const char *reason;
} bad_rows[] = {
	ROW(NULL, NULL, ERR_SETTING,
		"setting \"HOOKSWITCH_PUBLIC_URL\" is missing, and there is "
		"no --site"),
	ROW("example.com", NULL, ERR_MALFORMED,
		"--site must look like https://example.com"),
	ROW("wss://example.com", NULL, ERR_MALFORMED,
		"--site must look like https://example.com"),
	ROW("https://a:b@example.com", NULL, ERR_MALFORMED,
		"--site must look like https://example.com"),
	ROW("https://example.com?a", NULL, ERR_MALFORMED,
		"--site must look like https://example.com"),
	ROW("https://example.com#rc=3", NULL, ERR_MALFORMED,
		"--site must look like https://example.com"),
	ROW("https://my_site.example", NULL, ERR_MALFORMED,
		"--site has a \"_\" in its host, which Twilio does not take"),
	ROW("https://example.com", "rc=7", ERR_MALFORMED,
		"connection override \"rc\" must be a number from 0 to 5"),
	ROW("https://example.com", "", ERR_MALFORMED,
		"there is no connection override \"\""),
};

static void
test_bad(void **state)
{
	static const struct settings settings;

	(void)state;
	for (size_t i = 0; i < N_OF(bad_rows); i++) {
		const struct bad_row *row = &bad_rows[i];
		struct endpoint_urls urls;
		struct reason reason = {""};

		CHECK_NUMBER(row->line,
			endpoint_urls_choose(&urls, &settings, row->site,
				row->overrides, &reason),
			row->err);
		CHECK_TEXT(row->line, reason.text, row->reason);
	}
}

/* A setting that is none is a setting's error. */
static void
test_setting(void **state)
{
	struct settings settings = {{NULL}};
	struct endpoint_urls urls;
	struct reason reason = {""};

	(void)state;
	settings.values[SETTING_PUBLIC_URL] = strdup("example.com");
	assert_int_equal(
		endpoint_urls_choose(&urls, &settings, NULL, NULL, &reason),
		ERR_SETTING);
	CHECK_TEXT(__LINE__, reason.text,
		"setting \"HOOKSWITCH_PUBLIC_URL\" must look like "
		"https://example.com");
	settings_free(&settings);
}

/* One that is too long is refused, or does not fit. */
static void
test_long(void **state)
{
	static const struct settings settings;
	char site[ENDPOINT_URL], campaign[ENDPOINT_URL];
	struct endpoint_urls urls = {"https://example.com", ""};
	struct reason reason = {""};
	struct buf out;

	(void)state;
	(void)snprintf(site, sizeof site, "https://%0*d", ENDPOINT_URL / 2, 0);
	assert_int_equal(
		endpoint_urls_choose(&urls, &settings, site, NULL, &reason),
		ERR_MALFORMED);
	CHECK_TEXT(__LINE__, reason.text, "--site exceeds 1024 bytes");
	(void)snprintf(campaign, sizeof campaign, "%0*d", ENDPOINT_URL - 40, 0);
	urls.site = "https://example.com";
	buf_init(&out, ENDPOINT_URL);
	assert_int_equal(endpoint_url_add(&out, &urls, "voice", campaign),
		ERR_TOO_LARGE);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_setting),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
