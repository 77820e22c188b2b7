/*
 * Known-bad set-ups: what Twilio signed, what arrived, and what has to be
 * named as the cause.  They are those that integrators report, and those that
 * Twilio's documentation and libraries disagree about.
 */
#include "config.h"

#include "diagnosis.h"

#include "check.h"
#include "digest.h"
#include "sample.h"
#include "scratch.h"
#include "signature.h"

#include <stdlib.h>

#define TOKEN "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define NEXT "00112233445566778899aabbccddeeff"
#define SID "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
#define SUB "AC11112222333344445555666677778888"

#define SMS "https://example.com/api/webhooks/sms"

/* What arrived at the server, but for the signature. */
#define HTTP(method, target, host, more)                                       \
	method " " target " HTTP/1.1\r\nHost: " host "\r\n"                    \
	       "User-Agent: TwilioProxy/1.1\r\n" more
#define FORM                                                                   \
	"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
#define POST(target, host, more) HTTP("POST", target, host, FORM more)
#define SMS_POST POST("/api/webhooks/sms", "example.com", "")
#define PROXIED "X-Forwarded-Proto: https\r\n"

#define MESSAGE                                                                \
	"MessageSid=SM1&AccountSid=" SID                                       \
	"&From=%2B14158675309&To=%2B15005550006&Body=Hello+there"

/*
 * The URL, parameters and token that Twilio signed; the request that arrived,
 * and its body; the settings; the URL that the person gives.
 */
struct row {
	int line;
	const char *finding; /* that is named; NULL: no cause at all */
	const char *signed_url, *signed_form, *signed_token;
	const char *request; /* without signature; NULL: the body alone */
	const char *body;
	const char *public_url;
	const char *given;
	const char *token; /* of the settings; NULL: TOKEN */
	const char *mend;  /* a part of what mends it; NULL: not looked at */
};

/* A designator also says that what is left out is meant to be. */
#define ROW(...)                                                               \
	{                                                                      \
		.line = __LINE__, __VA_ARGS__                                  \
	}

/* finding, signed URL, form and token, request, body, setting, URL given */
static const struct row rows[] = {
	/* All is well: the endpoint takes it. */
	ROW("accepted", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL, NULL, "SetEnv"),
	ROW("accepted", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com/", SMS),
	ROW("accepted", "https://example.com:443/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com"),
	ROW("accepted", SMS, MESSAGE, NEXT, SMS_POST, MESSAGE,
		"https://example.com", NULL, TOKEN " " NEXT),
	ROW("accepted", SMS "?a=It's", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=It%27s", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("accepted", "https://example.com/hooks/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com/hooks"),
	/* Only the console's URL is known, and it is right. */
	ROW("url-unknown", SMS, MESSAGE, TOKEN, NULL, MESSAGE, NULL, SMS, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("accepted", SMS, MESSAGE, TOKEN, NULL, MESSAGE,
		"https://example.com", SMS "#rc=3&rp=all"),

	/* Scheme: TLS ends before the endpoint. */
	ROW("scheme-https", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "example.com", PROXIED), MESSAGE,
		NULL, NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("scheme-https", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "example.com",
			"X-Forwarded-Proto: https,http\r\n"),
		MESSAGE, NULL, SMS),
	ROW("scheme-https", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"http://example.com", NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("scheme-http", "http://example.com/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com", NULL, NULL,
		"https"),
	ROW("websocket", "wss://example.com/stream", "", TOKEN,
		HTTP("GET", "/stream", "example.com", "Upgrade: websocket\r\n"),
		"", "https://example.com"),
	ROW("websocket", "wss://example.com/stream/", "", TOKEN,
		HTTP("GET", "/stream", "example.com", ""), "",
		"https://example.com"),

	/* Host. */
	ROW("host-www", "https://www.example.com/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com", NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://www.example.com"),
	ROW("host-www", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://www.example.com"),
	ROW("host-case", "https://Example.Com/api/webhooks/sms", MESSAGE, TOKEN,
		SMS_POST, MESSAGE, "https://example.com",
		"https://Example.Com/api/webhooks/sms", NULL,
		"https://Example.Com"),
	ROW("host-dot", "https://example.com./api/webhooks/sms", MESSAGE, TOKEN,
		SMS_POST, MESSAGE, "https://example.com"),
	ROW("host-other", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "backend.internal",
			"X-Forwarded-Host: example.com\r\n" PROXIED),
		MESSAGE, NULL, NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("host-other", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "10.0.0.5:8080",
			"Forwarded: for=1.2.3.4;proto=https;host=example.com"
			"\r\n"),
		MESSAGE, NULL),
	ROW("host-other", "https://abc123.ngrok.app/api/webhooks/sms", MESSAGE,
		TOKEN, POST("/api/webhooks/sms", "localhost:8080", ""), MESSAGE,
		NULL, "https://abc123.ngrok.app/api/webhooks/sms"),
	ROW("host-other", "https://new.example/api/webhooks/sms", MESSAGE,
		TOKEN, POST("/api/webhooks/sms", "new.example", ""), MESSAGE,
		"https://old.example", NULL, NULL, "https://new.example"),

	/* Port. */
	ROW("port-hidden", "https://example.com:8443/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com", NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com:8443"),
	ROW("port-hidden", "https://example.com:9443/api/webhooks/sms", MESSAGE,
		TOKEN,
		POST("/api/webhooks/sms", "example.com",
			"X-Forwarded-Port: 9443\r\n"),
		MESSAGE, "https://example.com"),
	ROW("port-other", "https://example.com:8443/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com:8080",
		"https://example.com:8443/api/webhooks/sms"),
	ROW("scheme-https", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "example.com:8080", PROXIED), MESSAGE,
		NULL, NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("port-shown", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "backend:8080",
			"X-Forwarded-Host: example.com\r\n" PROXIED),
		MESSAGE, NULL),

	/* User and password. */
	ROW("user-kept", "https://me:hunter2@example.com/api/webhooks/sms",
		MESSAGE, TOKEN, SMS_POST, MESSAGE, "https://example.com",
		"https://me:hunter2@example.com/api/webhooks/sms"),
	ROW("accepted", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://me:hunter2@example.com",
		"https://me:hunter2@example.com/api/webhooks/sms"),

	/* Path. */
	ROW("path-slash-lost", SMS "/", MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com"),
	ROW("path-slash-added", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms/", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("path-prefix-lost", "https://example.com/twilio/api/webhooks/sms",
		MESSAGE, TOKEN, SMS_POST, MESSAGE, "https://example.com",
		"https://example.com/twilio/api/webhooks/sms", NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com/twilio"),
	ROW("path-prefix-lost", "https://example.com/twilio/api/webhooks/sms",
		MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "example.com",
			"X-Forwarded-Prefix: /twilio\r\n"),
		MESSAGE, NULL, NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com/twilio"),
	ROW("path-prefix-added", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com/twilio", NULL, NULL,
		"HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("path-in-setting", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE, SMS,
		NULL, NULL, "HOOKSWITCH_PUBLIC_URL = https://example.com"),
	ROW("path-double-slash", "https://example.com//api/webhooks/sms",
		MESSAGE, TOKEN, SMS_POST, MESSAGE, "https://example.com"),
	ROW("path-double-slash", SMS, MESSAGE, TOKEN,
		POST("//api/webhooks//sms", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("path-rewritten", SMS, MESSAGE, TOKEN,
		POST("/hookswitch/sms.fcgi", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("path-rewritten", "https://example.com/hookswitch/sms.fcgi",
		MESSAGE, TOKEN, SMS_POST, MESSAGE, "https://example.com"),
	ROW("path-case", "https://example.com/API/Webhooks/SMS", MESSAGE, TOKEN,
		SMS_POST, MESSAGE, "https://example.com",
		"https://example.com/API/Webhooks/SMS"),
	ROW("path-escapes", "https://example.com/caf%C3%A9/sms", MESSAGE, TOKEN,
		POST("/caf\xc3\xa9/sms", "example.com", ""), MESSAGE,
		"https://example.com", "https://example.com/caf%C3%A9/sms"),
	ROW("path-escapes",
		"https://example.com/Espa\xc3\xb1"
		"a/sms",
		MESSAGE, TOKEN, POST("/Espa%C3%B1a/sms", "example.com", ""),
		MESSAGE, "https://example.com"),
	ROW("path-other", "https://example.com/old/address", MESSAGE, TOKEN,
		SMS_POST, MESSAGE, "https://example.com",
		"https://example.com/old/address"),

	/* Query. */
	ROW("query-order", SMS "?b=2&a=1", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=1&b=2", "example.com", ""), MESSAGE,
		"https://example.com", SMS "?b=2&a=1"),
	ROW("query-order", SMS "?a=1&b=2", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?b=2&a=1", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-blank", SMS "?a=b+c", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=b%20c", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-hex", SMS "?a=%2b1", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=%2B1", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-decoded",
		"https://example.com/api/webhooks/voice?To=sip:a@b;x", "",
		TOKEN,
		HTTP("GET", "/api/webhooks/voice?To=sip%3Aa%40b%3Bx",
			"example.com", ""),
		"", "https://example.com"),
	ROW("query-encoded", SMS "?a=caf%C3%A9:1", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=caf\xc3\xa9:1", "example.com", ""),
		MESSAGE, "https://example.com"),
	ROW("query-empty", SMS "?", MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com"),
	ROW("query-empty", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms?", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-equals", SMS "?a&b=1", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=&b=1", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-entities", SMS "?a=1&amp;b=2", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=1&b=2", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-lost", SMS "?campaignId=spring", MESSAGE, TOKEN, SMS_POST,
		MESSAGE, "https://example.com", SMS "?campaignId=spring"),
	ROW("query-added", SMS "?a=1", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?a=1&utm_source=x", "example.com", ""),
		MESSAGE, "https://example.com"),
	ROW("query-added", SMS, MESSAGE, TOKEN,
		POST("/api/webhooks/sms?route=sms", "example.com", ""), MESSAGE,
		"https://example.com"),
	ROW("query-other", SMS "?a=1", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?z=9", "example.com", ""), MESSAGE,
		"https://example.com", SMS "?a=1"),

	/* Method. */
	ROW("body-as-query", SMS, MESSAGE, TOKEN,
		HTTP("GET", "/api/webhooks/sms?" MESSAGE, "example.com", ""),
		"", "https://example.com", SMS),
	ROW("body-not-signed", SMS, "", TOKEN, SMS_POST, MESSAGE,
		"https://example.com"),
	ROW("redirected", SMS, MESSAGE, TOKEN,
		HTTP("GET", "/api/webhooks/sms", "example.com", ""), "",
		"https://example.com"),
	ROW("method", SMS, MESSAGE, TOKEN,
		HTTP("PUT", "/api/webhooks/sms", "example.com", FORM), MESSAGE,
		"https://example.com"),

	/* What was done to the body. */
	ROW("body-plus", SMS, MESSAGE, TOKEN, SMS_POST,
		"MessageSid=SM1&AccountSid=" SID
		"&From=+14158675309&To=+15005550006&Body=Hello+there",
		"https://example.com"),
	ROW("body-plus", SMS, "From=whatsapp:%2B1415&AccountSid=" SID, TOKEN,
		SMS_POST, "From=whatsapp:+1415&AccountSid=" SID,
		"https://example.com"),
	ROW("body-empty-dropped", SMS,
		MESSAGE "&FromCity=&FromState=&FromZip=&FromCountry=US&ToCity="
			"&ToState=&ToZip=&ToCountry=",
		TOKEN, SMS_POST, MESSAGE "&FromCountry=US",
		"https://example.com"),
	ROW("body-empty-dropped", SMS, MESSAGE "&FromCity=", TOKEN, SMS_POST,
		MESSAGE, "https://example.com"),
	ROW("body-empty-dropped", SMS,
		"MessageSid=SM1&NumMedia=1&Body=&AccountSid=" SID, TOKEN,
		SMS_POST, "MessageSid=SM1&NumMedia=1&AccountSid=" SID,
		"https://example.com"),
	ROW("body-null", SMS, MESSAGE "&FromCity=", TOKEN, SMS_POST,
		MESSAGE "&FromCity=null", "https://example.com"),
	ROW("body-trimmed", SMS, "Body=Hello+&AccountSid=" SID, TOKEN, SMS_POST,
		"Body=Hello&AccountSid=" SID, "https://example.com"),
	ROW("body-trimmed", SMS, "Body=Hello%0A&AccountSid=" SID, TOKEN,
		SMS_POST, "Body=Hello&AccountSid=" SID, "https://example.com"),
	ROW("body-newlines", SMS, "Body=a%0Ab&AccountSid=" SID, TOKEN, SMS_POST,
		"Body=a%0D%0Ab&AccountSid=" SID, "https://example.com"),
	ROW("body-newlines", SMS, "Body=a%0D%0Ab&AccountSid=" SID, TOKEN,
		SMS_POST, "Body=a%0Ab&AccountSid=" SID, "https://example.com"),
	ROW("body-charset", SMS, "Body=caf%C3%A9&AccountSid=" SID, TOKEN,
		SMS_POST, "Body=caf%E9&AccountSid=" SID, "https://example.com"),
	ROW("body-charset-twice", SMS, "Body=caf%C3%A9&AccountSid=" SID, TOKEN,
		SMS_POST, "Body=caf%C3%83%C2%A9&AccountSid=" SID,
		"https://example.com"),
	ROW("body-entities", SMS, "Body=a+%26+b+%27c%27&AccountSid=" SID, TOKEN,
		SMS_POST,
		"Body=a+%26amp;+b+%26%2339;c%26%2339;&AccountSid=" SID,
		"https://example.com"),
	ROW("body-backslashes", SMS, "Body=It%27s&AccountSid=" SID, TOKEN,
		SMS_POST, "Body=It%5C%27s&AccountSid=" SID,
		"https://example.com"),
	ROW("body-encoded-twice", SMS, "From=%2B1415&AccountSid=" SID, TOKEN,
		SMS_POST, "From=%252B1415&AccountSid=" SID,
		"https://example.com"),
	ROW("body-brackets", SMS, "Digits=1&Digits=2&AccountSid=" SID, TOKEN,
		SMS_POST, "Digits%5B%5D=1&Digits%5B%5D=2&AccountSid=" SID,
		"https://example.com"),
	ROW("body-joined", SMS, "Digits=1&Digits=2&AccountSid=" SID, TOKEN,
		SMS_POST, "Digits=1,2&AccountSid=" SID, "https://example.com"),
	ROW("body-added", SMS, MESSAGE, TOKEN, SMS_POST,
		MESSAGE "&csrf_token=abc", "https://example.com"),
	ROW("body-added", SMS, MESSAGE, TOKEN, SMS_POST,
		MESSAGE "&utf8=%E2%9C%93&route=x", "https://example.com"),
	ROW("body-query-added", SMS "?campaignId=a", MESSAGE, TOKEN,
		POST("/api/webhooks/sms?campaignId=a", "example.com", ""),
		MESSAGE "&campaignId=a", "https://example.com"),
	ROW("body-lower-case", SMS, MESSAGE, TOKEN, SMS_POST,
		"messagesid=SM1&accountsid=" SID "&body=Hello+there",
		"https://example.com"),
	ROW("body-empty", SMS, MESSAGE, TOKEN, SMS_POST, "",
		"https://example.com"),
	ROW("type-multipart", SMS, MESSAGE, TOKEN,
		HTTP("POST", "/api/webhooks/sms", "example.com",
			"Content-Type: multipart/form-data; boundary=x\r\n"),
		"--x\r\n", "https://example.com"),
	ROW("type-other", SMS, MESSAGE, TOKEN,
		HTTP("POST", "/api/webhooks/sms", "example.com",
			"Content-Type: text/plain\r\n"),
		MESSAGE, "https://example.com"),

	/* JSON. */
	ROW("json-digest-missing", SMS, "", TOKEN,
		HTTP("POST", "/api/webhooks/sms", "example.com",
			"Content-Type: application/json\r\n"),
		"{}", "https://example.com"),
	ROW("json-body-changed",
		SMS "?bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77"
		    "e8310c060f61caaff8a",
		"", TOKEN,
		HTTP("POST",
			"/api/webhooks/sms?bodySHA256=44136fa355b3678a1146ad16"
			"f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
			"example.com", "Content-Type: application/json\r\n"),
		"{ }", "https://example.com"),
	ROW("json-digest-two", SMS "?bodySHA256=1&bodySHA256=2", "", TOKEN,
		HTTP("POST", "/api/webhooks/sms?bodySHA256=1&bodySHA256=2",
			"example.com", "Content-Type: application/json\r\n"),
		"{}", "https://example.com"),

	/* Token. */
	ROW("token-quotes", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL, "\"" TOKEN "\""),
	ROW("token-quotes", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL,
		"\342\200\234" TOKEN "\342\200\235"),
	ROW("token-invisible", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL, TOKEN "\302\240"),
	ROW("token-invisible", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL, "\357\273\277" TOKEN),
	ROW("token-case", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL,
		"0123456789ABCDEF0123456789ABCDEF"),
	ROW("token-comma", SMS, MESSAGE, NEXT, SMS_POST, MESSAGE,
		"https://example.com", NULL, TOKEN "," NEXT),
	ROW("token-pair", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL, SID ":" TOKEN),
	ROW("token-is-sid", SMS, MESSAGE, TOKEN, SMS_POST, MESSAGE,
		"https://example.com", NULL, SID),
	ROW("token-other-account", SMS, MESSAGE, OTHER, SMS_POST, MESSAGE,
		"https://example.com", NULL, NULL, "subaccount"),
	ROW("token-extra", SMS, MESSAGE, NEXT, SMS_POST, MESSAGE,
		"https://example.com", NULL, NULL, "TWILIO_AUTH_TOKEN"),
	ROW("account-other", SMS,
		"Body=a&AccountSid=AC99999999999999999999999999999999", TOKEN,
		SMS_POST,
		"Body=a&AccountSid=AC99999999999999999999999999999999",
		"https://example.com", NULL, NULL, "HOOKSWITCH_ACCOUNTS"),

	/* Several at once. */
	ROW("port-shown", SMS "/", MESSAGE, TOKEN,
		POST("/api/webhooks/sms", "backend:8080",
			"X-Forwarded-Host: example.com\r\n" PROXIED),
		MESSAGE, NULL),
	ROW("token-quotes", "https://www.example.com/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST, MESSAGE, "https://example.com", NULL,
		"'" TOKEN "'"),
	ROW("host-www", "https://www.example.com/api/webhooks/sms", MESSAGE,
		TOKEN, SMS_POST,
		"MessageSid=SM1&AccountSid=" SID
		"&From=+14158675309&To=+15005550006&Body=Hello+there",
		"https://example.com"),
	/* Nothing but body and signature: each endpoint may be meant. */
	ROW("accepted", "https://example.com/api/webhooks/status", MESSAGE,
		TOKEN, NULL, MESSAGE, "https://example.com"),
	ROW("host-www", "https://www.example.com/api/webhooks/status", MESSAGE,
		TOKEN, NULL, MESSAGE, "https://example.com"),
};

/* A request that was refused, and what there is to explain it by. */
struct sample_case {
	struct refused request;
	struct keys keys;
	struct diagnosis diagnosis;
	char signature[DIGEST_SIGNATURE_SIZE];
	struct reason reason;
};

static const char *accounts_file, *tokens_file;
static const char *setting_sid = SID, *setting_token;

static const char *
variable(const void *context, const char *name)
{
	static const struct {
		const char *name, *const *value;
	} values[] = {
		{"TWILIO_ACCOUNT_SID",  &setting_sid  },
		{"TWILIO_AUTH_TOKEN",   &setting_token},
		{"HOOKSWITCH_ACCOUNTS", &accounts_file},
	};

	(void)context;
	for (size_t i = 0; i < N_OF(values); i++)
		if (strcmp(name, values[i].name) == 0)
			return *values[i].value;
	return NULL;
}

static void
load_keys(struct sample_case *sample, const struct question *question,
	const char *token)
{
	const struct settings_source source = {variable, NULL};
	struct settings settings;
	char *sid;

	setting_token = token;
	assert_int_equal(
		settings_load(&settings, &source, &sample->reason), ERR_OK);
	assert_int_equal(
		diagnosis_account(&sid, question, &sample->reason), ERR_OK);
	assert_int_equal(
		keys_load(&sample->keys, &settings, sid, &sample->reason),
		ERR_OK);
	assert_int_equal(
		keys_add_file(&sample->keys, tokens_file, &sample->reason),
		ERR_OK);
	free(sid);
	settings_free(&settings);
}

/* The signature that Twilio would have sent. */
static void
sign(const struct row *row, char signature[DIGEST_SIGNATURE_SIZE])
{
	struct sample form;

	sample_open(&form, row->signed_form);
	assert_int_equal(signature_sign(row->signed_token, row->signed_url,
				 &form.form, form.form.n, signature),
		ERR_OK);
	sample_close(&form);
}

static void
read_request(struct sample_case *sample, const struct row *row)
{
	char text[8192];

	if (row->request != NULL)
		(void)snprintf(text, sizeof text,
			"%sX-Twilio-Signature: %s\r\n\r\n%s", row->request,
			sample->signature, row->body);
	else
		(void)snprintf(text, sizeof text, "%s", row->body);
	assert_int_equal(
		refused_read(&sample->request, text, strlen(text)), ERR_OK);
}

static void
sample_diagnose(struct sample_case *sample, const struct row *row)
{
	struct question question = {
		.request = &sample->request,
		.url = row->given,
		.signature = row->request == NULL ? sample->signature : NULL,
		.public_url = row->public_url,
		.own_sid = SID,
		.keys = &sample->keys,
	};

	memset(sample, 0, sizeof *sample);
	sign(row, sample->signature);
	read_request(sample, row);
	load_keys(sample, &question, row->token != NULL ? row->token : TOKEN);
	CHECK_NUMBER(row->line,
		diagnose(&sample->diagnosis, &question, &sample->reason),
		ERR_OK);
}

static void
sample_case_free(struct sample_case *sample)
{
	diagnosis_free(&sample->diagnosis);
	keys_free(&sample->keys);
	refused_free(&sample->request);
}

static const struct diagnosis_item *
find_item(const struct diagnosis *diagnosis, const char *name)
{
	for (size_t i = 0; i < diagnosis->n; i++)
		if (strcmp(finding_name(diagnosis->items[i].finding), name) ==
			0)
			return &diagnosis->items[i];
	return NULL;
}

/* No token in any text, and all placeholders filled in. */
static void
check_texts(int line, const struct diagnosis *diagnosis)
{
	static const char *const secrets[] = {TOKEN, OTHER, NEXT, "hunter2"};

	for (size_t i = 0; i < diagnosis->n; i++) {
		const struct diagnosis_item *item = &diagnosis->items[i];

		CHECK(line, item->found.len > 0);
		for (size_t j = 0; j < N_OF(secrets); j++) {
			CHECK_LACKS(line, buf_text(&item->found), secrets[j]);
			CHECK_LACKS(line, buf_text(&item->mend), secrets[j]);
		}
		CHECK_LACKS(line, buf_text(&item->mend), "{");
	}
	for (size_t j = 0; j < N_OF(secrets); j++) {
		CHECK_LACKS(line, buf_text(&diagnosis->signed_url), secrets[j]);
		CHECK_LACKS(line, buf_text(&diagnosis->seen_url), secrets[j]);
	}
}

static void
test_set_ups(void **state)
{
	accounts_file = scratch_write(
		*state, "accounts", SUB " " OTHER "\n# none\n", 0600);
	tokens_file = scratch_write(
		*state, "tokens", "# more\nsecondary " NEXT "\n", 0600);
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		const struct diagnosis_item *item;
		struct sample_case sample;

		sample_diagnose(&sample, row);
		item = find_item(&sample.diagnosis, row->finding);
		CHECK(row->line, item != NULL);
		CHECK(row->line, diagnosis_has_cause(&sample.diagnosis));
		check_texts(row->line, &sample.diagnosis);
		if (row->mend != NULL)
			CHECK_HOLDS(
				row->line, buf_text(&item->mend), row->mend);
		sample_case_free(&sample);
	}
}

#define LOG_POST(bytes)                                                        \
	"hookswitch-sms: POST /sms from 192.0.2.7, type \"application/"        \
	"x-www-form-urlencoded; charset=UTF-8\", " bytes " bytes\n"

/*
 * What is plain without a look at what the signature fits.  finding, whether
 * it is a cause; what is pasted, the URL given, the settings
 */
static const struct shape_row {
	int line;
	const char *finding;
	bool is_cause;
	const char *text, *given, *public_url, *own_sid, *token;
} shapes[] = {
	/* Signatures that are none. */
	ROW("signature-missing", true,
		"POST /sms HTTP/1.1\r\nHost: example.com\r\nUser-Agent: "
		"curl/7.88\r\n\r\nAccountSid=" SID),
	ROW("signature-stripped", true,
		SMS_POST
		"I-Twilio-Idempotency-Token: x\r\n\r\nAccountSid=" SID),
	ROW("signature-stripped", true, SMS_POST "\r\nAccountSid=" SID),
	ROW("signature-sha256", true,
		SMS_POST "X-Twilio-Signature: "
			 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\r\n\r\n"
			 "AccountSid=" SID),
	ROW("signature-length", true,
		SMS_POST "X-Twilio-Signature: abc\r\n\r\nAccountSid=" SID),
	ROW("signature-length", true,
		SMS_POST "X-Twilio-Signature:\r\n\r\nAccountSid=" SID),
	ROW("signature-altered", true,
		SMS_POST
		"X-Twilio-Signature: "
		"RSOYDt4T1cUTdK1PDd93%2FVVr8B8%3D\r\n\r\nAccountSid=" SID),
	ROW("signature-altered", true,
		SMS_POST
		"X-Twilio-Signature: "
		"\"RSOYDt4T1cUTdK1PDd93/VVr8B8=\"\r\n\r\nAccountSid=" SID),
	ROW("signature-altered", true,
		SMS_POST "X-Twilio-Signature: "
			 "RSOYDt4T1cUTdK1PDd93_VVr8B8\r\n\r\nAccountSid=" SID),
	ROW("signature-twice", true,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=, "
			 "RSOYDt4T1cUTdK1PDd93/VVr8B8=\r\n\r\nAccountSid=" SID),
	ROW("signature-twice", true,
		SMS_POST
		"X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=\r\n"
		"x-twilio-signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=\r\n\r\n"
		"AccountSid=" SID),
	/* Accounts and tokens. */
	ROW("account-shape", true,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		NULL, NULL, "\"" SID "\""),
	ROW("account-shape", true,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		NULL, NULL, "SK0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"),
	ROW("account-missing", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nBody=a"),
	ROW("token-shape", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		NULL, NULL, SID, "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF"),
	ROW("no-token", true,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		NULL, NULL, NULL, ""),
	/* What is worth a look. */
	ROW("no-fit", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID),
	ROW("url-not-given", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID),
	ROW("body-cut", false,
		SMS_POST "Content-Length: 100\r\n"
			 "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID),
	ROW("public-url-unset", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID),
	ROW("public-url-private", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		NULL, "http://192.168.1.4:8080"),
	ROW("forwarded-scheme", false,
		SMS_POST PROXIED
		"X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
		"\r\n\r\nAccountSid=" SID),
	ROW("forwarded-host", false,
		SMS_POST "X-Forwarded-Host: www.example.com\r\n"
			 "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID),
	ROW("fragment", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		SMS "#rc=3"),
	ROW("host-underscore", false,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		"https://my_site.example.com/sms"),
	ROW("websocket", true,
		SMS_POST "X-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8="
			 "\r\n\r\nAccountSid=" SID,
		"wss://example.com/stream"),
	/* Logs. */
	ROW("signature-missing", true,
		"[x] hookswitch-sms: 403, not stored: the request has no "
		"X-Twilio-Signature header; HOOKSWITCH_LOG = debug tells "
		"more\n"),
	ROW("signature-length", true,
		"hookswitch-sms: 403, not stored: the X-Twilio-Signature "
		"header is not 28 characters long; HOOKSWITCH_LOG = debug "
		"tells more\n"),
	ROW("account-other", true,
		"hookswitch-sms: 403, not stored: account \"ACx\" is not the "
		"one in \"TWILIO_ACCOUNT_SID\"; HOOKSWITCH_LOG = debug\n"),
	ROW("account-other", true,
		"hookswitch-sms: 403, not stored: account \\\"ACx\\\" is not "
		"in file \\\"/a\\\"; HOOKSWITCH_LOG = debug\n"),
	ROW("body-unknown", false,
		"hookswitch-sms: 403, not stored: the signature does not fit "
		"the URL and parameters under any token of the account; "
		"HOOKSWITCH_LOG = debug tells more\n"),
	ROW("signature-stripped", true,
		LOG_POST("7") "hookswitch-sms: header USER_AGENT: "
			      "TwilioProxy/1.1\n"
			      "hookswitch-sms: parameters of the body: "
			      "AccountSid\n"
			      "hookswitch-sms: 403, not stored: the request "
			      "has no "
			      "X-Twilio-Signature header\n"),
	ROW("signature-sha256", true,
		LOG_POST("7") "hookswitch-sms: header X_TWILIO_SIGNATURE: 44 "
			      "characters\n"
			      "hookswitch-sms: 403, not stored: the "
			      "X-Twilio-Signature "
			      "header is not 28 characters long\n"),
	ROW("forwarded-scheme", false,
		LOG_POST(
			"7") "hookswitch-sms: header X_FORWARDED_PROTO: https\n"
			     "hookswitch-sms: header X_TWILIO_SIGNATURE: 28 "
			     "characters\n"
			     "hookswitch-sms: 403, not stored: the signature "
			     "does not fit\n"
			     "hookswitch-sms: tried URL "
			     "http://example.com/sms\n"),
	ROW("forwarded-host", false,
		LOG_POST("7") "hookswitch-sms: header X_FORWARDED_HOST: "
			      "example.com\n"
			      "hookswitch-sms: header X_TWILIO_SIGNATURE: 28 "
			      "characters\n"
			      "hookswitch-sms: tried URL "
			      "https://10.0.0.5:8080/sms\n"),
	ROW("body-empty", true,
		LOG_POST("0") "hookswitch-sms: header X_TWILIO_SIGNATURE: 28 "
			      "characters\n"
			      "hookswitch-sms: no parameters in the body\n"),
	ROW("redirected", true,
		"hookswitch-sms: GET /sms from 192.0.2.7, type \"\",  bytes\n"
		"hookswitch-sms: header X_TWILIO_SIGNATURE: 28 characters\n"
		"hookswitch-sms: no parameters in the body\n"),
	ROW("body-lower-case", true,
		LOG_POST("9") "hookswitch-sms: header X_TWILIO_SIGNATURE: 28 "
			      "characters\n"
			      "hookswitch-sms: parameters of the body: body, "
			      "accountsid\n"),
	ROW("account-missing", false,
		LOG_POST("9") "hookswitch-sms: header X_TWILIO_SIGNATURE: 28 "
			      "characters\n"
			      "hookswitch-sms: parameters of the body: Body, "
			      "XAccountSid\n"),
	ROW("type-multipart", true,
		"hookswitch-sms: POST /sms from 192.0.2.7, type "
		"\"multipart/form-data; boundary=x\", 9 bytes\n"
		"hookswitch-sms: header X_TWILIO_SIGNATURE: 28 characters\n"),
	/* A log, and the console's URL: which is not among those tried. */
	ROW("scheme-https", true,
		"hookswitch-sms: 403, not stored: the signature does not fit\n"
		"hookswitch-sms: tried URL "
		"http://example.com/api/webhooks/sms\n",
		SMS),
	ROW("host-www", true,
		"hookswitch-sms: 403, not stored: the signature does not fit\n"
		"hookswitch-sms: tried URL https://www.example.com/api/webhooks"
		"/sms?(query)\n",
		SMS "?a=1"),
	ROW("path-prefix-lost", true,
		"hookswitch-sms: 403, not stored: the signature does not fit\n"
		"hookswitch-sms: tried URL https://example.com/sms\n"
		"hookswitch-sms: tried URL https://example.com:443/sms\n",
		"https://example.com/twilio/sms"),
	ROW("body-unknown", false,
		"hookswitch-sms: 403, not stored: the signature does not fit\n"
		"hookswitch-sms: tried URL https://example.com/sms\n"
		"hookswitch-sms: tried URL https://example.com:443/sms\n",
		"https://example.com:443/sms"),
};

static void
test_shapes(void **state)
{
	accounts_file = NULL;
	tokens_file = scratch_write(*state, "tokens", "# none\n", 0600);
	for (size_t i = 0; i < N_OF(shapes); i++) {
		const struct shape_row *row = &shapes[i];
		const struct diagnosis_item *item;
		struct sample_case sample;
		struct question question = {
			.request = &sample.request,
			.url = row->given,
			.public_url = row->public_url,
			.own_sid = row->own_sid != NULL ? row->own_sid : SID,
			.keys = &sample.keys,
		};

		memset(&sample, 0, sizeof sample);
		setting_sid = question.own_sid;
		assert_int_equal(refused_read(&sample.request, row->text,
					 strlen(row->text)),
			ERR_OK);
		load_keys(&sample, &question,
			row->token != NULL ? row->token : TOKEN);
		CHECK_NUMBER(row->line,
			diagnose(&sample.diagnosis, &question, &sample.reason),
			ERR_OK);
		item = find_item(&sample.diagnosis, row->finding);
		CHECK(row->line, item != NULL);
		CHECK_NUMBER(row->line, diagnosis_has_cause(&sample.diagnosis),
			row->is_cause);
		check_texts(row->line, &sample.diagnosis);
		sample_case_free(&sample);
	}
}

/* Every finding has a name of its own, and something to say. */
static void
test_findings(void **state)
{
	const struct finding_texts texts = {"seen", "signed", "origin", "name"};

	(void)state;
	for (int i = FINDING_NONE + 1; i < FINDING__MAX; i++) {
		enum finding finding = (enum finding)i;
		const char *name = finding_name(finding);
		struct buf found, mend;

		buf_init(&found, 10000);
		buf_init(&mend, 10000);
		CHECK(i, name != NULL && name[0] != '\0');
		for (int j = FINDING_NONE; j < i; j++)
			CHECK(i, strcmp(name, finding_name((enum finding)j)) !=
					 0);
		assert_int_equal(
			finding_describe(finding, &texts, &found, &mend),
			ERR_OK);
		CHECK(i, found.len > 20 && found.data[found.len - 1] == '.');
		CHECK_LACKS(i, buf_text(&found), "{");
		CHECK_LACKS(i, buf_text(&mend), "{");
		buf_free(&found);
		buf_free(&mend);
	}
}

static void
test_nothing_to_go_by(void **state)
{
	static const struct keys no_keys = {.n = 0};
	struct refused request;
	struct diagnosis diagnosis;
	struct reason reason;
	struct question question = {.request = &request, .keys = &no_keys};

	(void)state;
	assert_int_equal(refused_read(&request, "Body=a", 6), ERR_OK);
	assert_int_equal(
		diagnose(&diagnosis, &question, &reason), ERR_MALFORMED);
	CHECK_HOLDS(__LINE__, reason.text, "--signature");
	diagnosis_free(&diagnosis);
	question.signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
	assert_int_equal(
		diagnose(&diagnosis, &question, &reason), ERR_MALFORMED);
	CHECK_HOLDS(__LINE__, reason.text, "--url");
	diagnosis_free(&diagnosis);
	question.public_url = "example.com";
	assert_int_equal(diagnose(&diagnosis, &question, &reason), ERR_SETTING);
	diagnosis_free(&diagnosis);
	refused_free(&request);
	assert_int_equal(refused_read(&request, "Body=%", 6), ERR_OK);
	question.public_url = NULL;
	assert_int_equal(
		diagnose(&diagnosis, &question, &reason), ERR_MALFORMED);
	CHECK_HOLDS(__LINE__, reason.text, "hexadecimal");
	diagnosis_free(&diagnosis);
	refused_free(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_set_ups, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_shapes, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_nothing_to_go_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
