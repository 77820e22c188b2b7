/*
 * Where an account's webhooks lead.
 */
#include "config.h"

#include "webhook_urls.h"

#include "check.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

#define SITE "https://example.com"
#define END "#rc=3&rp=all"
#define VOICE SITE "/api/webhooks/voice" END
#define SMS SITE "/api/webhooks/sms" END
#define STATUS SITE "/api/webhooks/status" END

/* What was found of one place. */
struct seen {
	const char *parameter;
	size_t n;
	enum webhook_state state;
	bool is_drift;
	char url[512], should[512], by[64];
};

static void
take(void *context, const struct webhook_finding *finding)
{
	struct seen *seen = context;

	if (strcmp(finding->place->parameter, seen->parameter) != 0)
		return;
	seen->n++;
	seen->state = finding->state;
	seen->is_drift = finding->is_drift;
	(void)snprintf(seen->url, sizeof seen->url, "%s", finding->url);
	(void)snprintf(
		seen->should, sizeof seen->should, "%s", finding->should);
	(void)snprintf(seen->by, sizeof seen->by, "%s", finding->by);
}

static struct json *
read(const char *text)
{
	struct json *document;
	struct reason reason;

	if (json_read(&document, text, strlen(text), &reason) != ERR_OK)
		fail_msg("%s: %s", text, reason.text);
	return document;
}

/* What is found of a place of one resource. */
static struct seen
judge(const struct webhook_urls *urls, enum webhook_kind kind, const char *text,
	const char *parameter)
{
	struct json *document = read(text);
	struct webhook_resource resource = {.kind = kind, .document = document};
	struct seen seen = {.parameter = parameter};

	assert_int_equal(webhook_judge(urls, &resource, take, &seen), ERR_OK);
	json_free(document);
	return seen;
}

static struct webhook_urls
usual(void)
{
	return (struct webhook_urls){
		{SITE, "rc=3&rp=all"},
                false, NULL
        };
}

/* The number's voice_url, voice_method; state; what should be there */
static const struct url_row {
	int line;
	const char *url, *method;
	enum webhook_state state;
	const char *should;
} url_rows[] = {
	ROW(VOICE, "POST", WEBHOOK_RIGHT, VOICE),
	ROW("", "POST", WEBHOOK_NOT_SET, VOICE),
	ROW("https://demo.twilio.com/welcome/voice/", "POST", WEBHOOK_OTHER_URL,
		VOICE),
	ROW("https://demo.twilio.com/", "GET", WEBHOOK_OTHER_URL, VOICE),
	ROW(VOICE, "GET", WEBHOOK_OTHER_METHOD, VOICE),
	ROW(SITE "/api/webhooks/voice", "POST", WEBHOOK_OTHER_OVERRIDES, VOICE),
	ROW(SITE "/api/webhooks/voice", "GET", WEBHOOK_OTHER_METHOD, VOICE),
	ROW(SITE "/api/webhooks/voice#rc=0&rp=all", "POST",
		WEBHOOK_OTHER_OVERRIDES, VOICE),
	/* somebody's own, which do the same */
	ROW(SITE "/api/webhooks/voice#rp=5xx&ct=500", "POST", WEBHOOK_RIGHT,
		SITE "/api/webhooks/voice#rp=5xx&ct=500"),
	/* other addresses that lead to the endpoint */
	ROW(SITE "/api/webhooks/voice?campaignId=a%20b" END, "POST",
		WEBHOOK_RIGHT, SITE "/api/webhooks/voice?campaignId=a%20b" END),
	ROW(SITE "/api/webhooks/voice?campaignId=a", "POST",
		WEBHOOK_OTHER_OVERRIDES,
		SITE "/api/webhooks/voice?campaignId=a" END),
	ROW(SITE "/api/webhooks/voice/" END, "POST", WEBHOOK_RIGHT,
		SITE "/api/webhooks/voice/" END),
	ROW(SITE "/api/webhooks/webhook" END, "POST", WEBHOOK_RIGHT,
		SITE "/api/webhooks/webhook" END),
	ROW(SITE "/hookswitch/voice.fcgi" END, "POST", WEBHOOK_RIGHT,
		SITE "/hookswitch/voice.fcgi" END),
	ROW(SITE "/hookswitch/webhook.fcgi" END, "POST", WEBHOOK_RIGHT,
		SITE "/hookswitch/webhook.fcgi" END),
	ROW(SITE "/api/twilio/voice-response" END, "POST", WEBHOOK_RIGHT,
		SITE "/api/twilio/voice-response" END),
	ROW(SITE "/functions/v1/twilio-webhook/" END, "POST", WEBHOOK_RIGHT,
		SITE "/functions/v1/twilio-webhook/" END),
	ROW("HTTPS://Example.COM:443/api/webhooks/voice" END, "POST",
		WEBHOOK_RIGHT,
		"HTTPS://Example.COM:443/api/webhooks/voice" END),
	ROW("https://u:p@example.com/api/webhooks/voice" END, "POST",
		WEBHOOK_RIGHT,
		"https://u:p@example.com/api/webhooks/voice" END),
	/* those that do not */
	ROW("http://example.com/api/webhooks/voice" END, "POST",
		WEBHOOK_OTHER_URL, VOICE),
	ROW("https://example.com:8443/api/webhooks/voice" END, "POST",
		WEBHOOK_OTHER_URL, VOICE),
	ROW("https://www.example.com/api/webhooks/voice" END, "POST",
		WEBHOOK_OTHER_URL, VOICE),
	ROW(SITE "/api/webhooks/sms" END, "POST", WEBHOOK_OTHER_URL, VOICE),
	ROW(SITE "/api/webhooks/inbound-sms" END, "POST", WEBHOOK_OTHER_URL,
		VOICE),
	ROW(SITE "/api/webhooks/voices" END, "POST", WEBHOOK_OTHER_URL, VOICE),
	ROW(SITE "/api/webhooks/Voice" END, "POST", WEBHOOK_OTHER_URL, VOICE),
	ROW(SITE "/x/api/webhooks/voice" END, "POST", WEBHOOK_OTHER_URL, VOICE),
	ROW(SITE "/hookswitch/voice" END, "POST", WEBHOOK_OTHER_URL, VOICE),
	ROW(SITE, "POST", WEBHOOK_OTHER_URL, VOICE),
	ROW("AP0123", "POST", WEBHOOK_OTHER_URL, VOICE),
};

static void
test_urls(void **state)
{
	const struct webhook_urls urls = usual();

	(void)state;
	for (size_t i = 0; i < N_OF(url_rows); i++) {
		const struct url_row *row = &url_rows[i];
		struct seen seen;
		char text[512];

		(void)snprintf(text, sizeof text,
			"{\"voice_url\":\"%s\",\"voice_method\":\"%s\"}",
			row->url, row->method);
		seen = judge(&urls, WEBHOOK_NUMBER, text, "VoiceUrl");
		CHECK_NUMBER(row->line, seen.n, 1);
		CHECK_TEXT(row->line, webhook_state_name(seen.state),
			webhook_state_name(row->state));
		CHECK_NUMBER(
			row->line, seen.is_drift, row->state != WEBHOOK_RIGHT);
		CHECK_TEXT(row->line, seen.url, row->url);
		CHECK_TEXT(row->line, seen.should, row->should);
		CHECK_TEXT(row->line, seen.by, "");
	}
}

/* Overrides that were asked for, and sites that are elsewhere. */
static const struct site_row {
	int line;
	const char *site, *overrides, *url;
	enum webhook_state state;
	const char *should;
} site_rows[] = {
	ROW(SITE, "rc=1", VOICE, WEBHOOK_OTHER_OVERRIDES,
		SITE "/api/webhooks/voice#rc=1"),
	ROW(SITE, "", VOICE, WEBHOOK_OTHER_OVERRIDES,
		SITE "/api/webhooks/voice"),
	ROW(SITE, "", SITE "/api/webhooks/voice", WEBHOOK_RIGHT,
		SITE "/api/webhooks/voice"),
	ROW(SITE "/a/", "rc=3&rp=all", VOICE, WEBHOOK_OTHER_URL,
		SITE "/a/api/webhooks/voice" END),
	ROW(SITE "/a", "rc=3&rp=all", SITE "/a/api/webhooks/voice" END,
		WEBHOOK_RIGHT, SITE "/a/api/webhooks/voice" END),
	ROW(SITE "/a", "rc=3&rp=all", SITE "/ab/api/webhooks/voice" END,
		WEBHOOK_OTHER_URL, SITE "/a/api/webhooks/voice" END),
	ROW(SITE "/t/{endpoint}.cgi", "rc=3&rp=all",
		SITE "/t/voice.cgi?a=1" END, WEBHOOK_RIGHT,
		SITE "/t/voice.cgi?a=1" END),
	ROW(SITE "/t/{endpoint}.cgi", "rc=3&rp=all", SITE "/t/webhook.cgi" END,
		WEBHOOK_RIGHT, SITE "/t/webhook.cgi" END),
	ROW(SITE "/t/{endpoint}.cgi", "rc=3&rp=all", SITE "/t/sms.cgi" END,
		WEBHOOK_OTHER_URL, SITE "/t/voice.cgi" END),
	ROW(SITE "/t/{endpoint}.cgi", "rc=3&rp=all", SITE "/t/voice.cg" END,
		WEBHOOK_OTHER_URL, SITE "/t/voice.cgi" END),
	ROW(SITE "/t/{endpoint}.cgi", "rc=3&rp=all", VOICE, WEBHOOK_RIGHT,
		VOICE),
};

static void
test_sites(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(site_rows); i++) {
		const struct site_row *row = &site_rows[i];
		const struct webhook_urls urls = {
			{row->site, row->overrides},
                        true, NULL
                };
		struct seen seen;
		char text[512];

		(void)snprintf(
			text, sizeof text, "{\"voice_url\":\"%s\"}", row->url);
		seen = judge(&urls, WEBHOOK_APPLICATION, text, "VoiceUrl");
		CHECK_TEXT(row->line, webhook_state_name(seen.state),
			webhook_state_name(row->state));
		CHECK_TEXT(row->line, seen.should, row->should);
	}
}

#define OTHER "https://backup.example"

/* urls.fallback, the fallback URL; how often and what is found */
static const struct fallback_row {
	int line;
	const char *fallback, *url;
	size_t n;
	enum webhook_state state;
	bool is_drift;
	const char *should;
} fallback_rows[] = {
	ROW(NULL, "", 1, WEBHOOK_NOT_SET, true, SMS),
	ROW(NULL, SMS, 1, WEBHOOK_RIGHT, false, SMS),
	ROW(NULL, "https://handler.twilio.com/twiml/EH01", 1, WEBHOOK_ELSEWHERE,
		false, "https://handler.twilio.com/twiml/EH01"),
	ROW(OTHER, "https://handler.twilio.com/twiml/EH01", 1,
		WEBHOOK_OTHER_URL, true, OTHER "/api/webhooks/sms" END),
	ROW(OTHER, SMS, 1, WEBHOOK_OTHER_URL, true,
		OTHER "/api/webhooks/sms" END),
	ROW(OTHER, OTHER "/api/webhooks/sms" END, 1, WEBHOOK_RIGHT, false,
		OTHER "/api/webhooks/sms" END),
	ROW("none", "", 0, 0, false, ""),
};

static void
test_fallbacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(fallback_rows); i++) {
		const struct fallback_row *row = &fallback_rows[i];
		struct webhook_urls urls = usual();
		struct seen seen;
		char text[512];

		urls.fallback = row->fallback;
		(void)snprintf(text, sizeof text, "{\"fallback_url\":\"%s\"}",
			row->url);
		seen = judge(&urls, WEBHOOK_SERVICE, text, "FallbackUrl");
		CHECK_NUMBER(row->line, seen.n, row->n);
		CHECK_NUMBER(row->line, seen.state, row->state);
		CHECK_NUMBER(row->line, seen.is_drift, row->is_drift);
		CHECK_TEXT(row->line, seen.should, row->should);
	}
}

/* resource; a place; whether it is in use */
static const struct use_row {
	int line;
	enum webhook_kind kind;
	const char *text, *parameter;
	size_t n;
} use_rows[] = {
	ROW(WEBHOOK_NUMBER, "{}", "VoiceUrl", 1),
	ROW(WEBHOOK_NUMBER, "{}", "SmsUrl", 1),
	ROW(WEBHOOK_NUMBER, "{\"capabilities\":{\"voice\":false}}", "VoiceUrl",
		0),
	ROW(WEBHOOK_NUMBER, "{\"capabilities\":{\"voice\":false}}",
		"StatusCallback", 0),
	ROW(WEBHOOK_NUMBER, "{\"capabilities\":{\"voice\":false}}", "SmsUrl",
		1),
	ROW(WEBHOOK_NUMBER, "{\"capabilities\":{\"sms\":false}}", "SmsUrl", 0),
	ROW(WEBHOOK_NUMBER, "{\"capabilities\":{\"sms\":false,\"mms\":true}}",
		"SmsUrl", 1),
	ROW(WEBHOOK_NUMBER, "{\"voice_receive_mode\":\"fax\"}", "VoiceUrl", 0),
	ROW(WEBHOOK_APPLICATION, "{}", "MessageStatusCallback", 1),
	ROW(WEBHOOK_SERVICE, "{}", "StatusCallback", 1),
};

static void
test_use(void **state)
{
	const struct webhook_urls urls = usual();

	(void)state;
	for (size_t i = 0; i < N_OF(use_rows); i++) {
		const struct use_row *row = &use_rows[i];

		CHECK_NUMBER(row->line,
			judge(&urls, row->kind, row->text, row->parameter).n,
			row->n);
	}
}

#define APPLICATION                                                            \
	"\"voice_application_sid\":\"AP1\",\"sms_application_sid\":\"AP1\""
#define OURS "\"voice_url\":\"" VOICE "\",\"sms_url\":\"" SMS "\""
#define GOOD_APPLICATION                                                       \
	"{" OURS ",\"status_callback\":\"" STATUS "\",\"sid\":\"AP1\"}"

/* number, service, application; a place; what is found */
static const struct order_row {
	int line;
	const char *number, *service, *application, *parameter;
	enum webhook_state state;
	bool is_drift;
	const char *by;
} order_rows[] = {
	ROW("{" OURS ",\"trunk_sid\":\"TK1\"}", NULL, NULL, "VoiceUrl",
		WEBHOOK_BY_TRUNK, true, "TK1"),
	ROW("{" OURS ",\"trunk_sid\":\"TK1\"}", NULL, NULL, "StatusCallback",
		WEBHOOK_BY_TRUNK, true, "TK1"),
	ROW("{" OURS ",\"trunk_sid\":\"TK1\"}", NULL, NULL, "SmsUrl",
		WEBHOOK_RIGHT, false, ""),
	ROW("{\"trunk_sid\":\"TK1\"," APPLICATION "}", NULL, GOOD_APPLICATION,
		"VoiceUrl", WEBHOOK_BY_TRUNK, true, "TK1"),
	/* an application counts, and not what the number says */
	ROW("{" APPLICATION "}", NULL, GOOD_APPLICATION, "VoiceUrl",
		WEBHOOK_BY_APPLICATION, false, "AP1"),
	ROW("{" APPLICATION "}", NULL, GOOD_APPLICATION, "StatusCallback",
		WEBHOOK_BY_APPLICATION, false, "AP1"),
	ROW("{" APPLICATION "}", NULL, GOOD_APPLICATION, "SmsUrl",
		WEBHOOK_BY_APPLICATION, false, "AP1"),
	ROW("{" APPLICATION "}", NULL, GOOD_APPLICATION, "SmsFallbackUrl",
		WEBHOOK_BY_APPLICATION, true, "AP1"),
	ROW("{" OURS "," APPLICATION "}", NULL, "{\"sid\":\"AP1\"}", "VoiceUrl",
		WEBHOOK_BY_APPLICATION, true, "AP1"),
	ROW("{" OURS "," APPLICATION "}", NULL, NULL, "SmsUrl",
		WEBHOOK_BY_APPLICATION, true, "AP1"),
	ROW("{" OURS ",\"voice_application_sid\":\"\",\"trunk_sid\":null}",
		NULL, NULL, "VoiceUrl", WEBHOOK_RIGHT, false, ""),
	/* a service before that, unless it leaves it to the number */
	ROW("{" OURS "}", "{\"sid\":\"MG1\"}", NULL, "SmsUrl",
		WEBHOOK_BY_SERVICE, true, "MG1"),
	ROW("{}", "{\"sid\":\"MG1\",\"inbound_request_url\":\"" SMS "\"}", NULL,
		"SmsUrl", WEBHOOK_BY_SERVICE, false, "MG1"),
	ROW("{}",
		"{\"sid\":\"MG1\",\"inbound_request_url\":\"" SMS "\","
		"\"inbound_method\":\"GET\"}",
		NULL, "SmsUrl", WEBHOOK_BY_SERVICE, true, "MG1"),
	ROW("{" APPLICATION "}", "{\"sid\":\"MG1\"}", GOOD_APPLICATION,
		"SmsUrl", WEBHOOK_BY_SERVICE, true, "MG1"),
	ROW("{" OURS "}", "{\"sid\":\"MG1\"}", NULL, "VoiceUrl", WEBHOOK_RIGHT,
		false, ""),
	ROW("{" OURS "}",
		"{\"sid\":\"MG1\",\"use_inbound_webhook_on_number\":true}",
		NULL, "SmsUrl", WEBHOOK_RIGHT, false, ""),
	ROW("{" APPLICATION "}",
		"{\"sid\":\"MG1\",\"use_inbound_webhook_on_number\":true}",
		GOOD_APPLICATION, "SmsUrl", WEBHOOK_BY_APPLICATION, false,
		"AP1"),
};

static struct webhook_resource
resource_of(enum webhook_kind kind, const char *text)
{
	return (struct webhook_resource){
		.kind = kind, .document = text != NULL ? read(text) : NULL};
}

/* What stands for webhook_resource.document, which is const, is ours. */
static void
forget(struct webhook_resource *resource)
{
	json_free((struct json *)(uintptr_t)resource->document);
}

static void
test_order(void **state)
{
	const struct webhook_urls urls = usual();

	(void)state;
	for (size_t i = 0; i < N_OF(order_rows); i++) {
		const struct order_row *row = &order_rows[i];
		struct webhook_resource service =
			resource_of(WEBHOOK_SERVICE, row->service);
		struct webhook_resource application =
			resource_of(WEBHOOK_APPLICATION, row->application);
		struct webhook_resource number =
			resource_of(WEBHOOK_NUMBER, row->number);
		struct seen seen = {.parameter = row->parameter};

		if (row->service != NULL)
			number.service = &service;
		if (row->application != NULL)
			number.voice_application = number.sms_application =
				&application;
		CHECK_NUMBER(row->line,
			webhook_judge(&urls, &number, take, &seen), ERR_OK);
		CHECK_NUMBER(row->line, seen.n, 1);
		CHECK_TEXT(row->line, webhook_state_name(seen.state),
			webhook_state_name(row->state));
		CHECK_NUMBER(row->line, seen.is_drift, row->is_drift);
		CHECK_TEXT(row->line, seen.by, row->by);
		forget(&number);
		forget(&application);
		forget(&service);
	}
}

/* A service that leaves messages to its numbers has their status still. */
static void
test_service(void **state)
{
	static const char text[] = "{\"use_inbound_webhook_on_number\":true}";
	const struct webhook_urls urls = usual();
	struct seen seen =
		judge(&urls, WEBHOOK_SERVICE, text, "InboundRequestUrl");

	(void)state;
	assert_int_equal(seen.state, WEBHOOK_BY_NUMBERS);
	assert_false(seen.is_drift);
	seen = judge(&urls, WEBHOOK_SERVICE, text, "FallbackUrl");
	assert_int_equal(seen.state, WEBHOOK_BY_NUMBERS);
	seen = judge(&urls, WEBHOOK_SERVICE, text, "StatusCallback");
	assert_int_equal(seen.state, WEBHOOK_NOT_SET);
	assert_string_equal(seen.should, STATUS);
}

/* Every state and every place can be named. */
static void
test_names(void **state)
{
	(void)state;
	for (int i = 0; i < WEBHOOK_STATE__MAX; i++) {
		assert_non_null(webhook_state_name((enum webhook_state)i));
		assert_non_null(webhook_state_text((enum webhook_state)i));
	}
	for (int i = 0; i < WEBHOOK_KIND__MAX; i++) {
		size_t n;
		const struct webhook_place *places =
			webhook_places((enum webhook_kind)i, &n);

		assert_non_null(webhook_kind_text((enum webhook_kind)i));
		assert_true(n > 2);
		for (size_t j = 0; j < n; j++)
			assert_non_null(places[j].endpoint);
	}
}

static void
test_shown(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	assert_int_equal(
		webhook_show_url(&out, "https://u:p@h/x?a=1#rc=1"), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&out), "https://...@h/x?a=1#rc=1");
	buf_clear(&out);
	assert_int_equal(webhook_show_url(&out, VOICE), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&out), VOICE);
	buf_clear(&out);
	assert_int_equal(webhook_show_url(&out, "no URL"), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&out), "no URL");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_fallbacks),
		cmocka_unit_test(test_use),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
