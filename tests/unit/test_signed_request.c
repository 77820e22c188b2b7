/*
 * Requests signed as Twilio signs them, with vectors that it publishes.
 */
#include "config.h"

#include "signed_request.h"

#include "check.h"
#include "limit.h"
#include "sample.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}
#define SITE "https://mycompany.com/myapp.php?foo=1&bar=2"
#define FORM                                                                   \
	"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"          \
	"&From=%2B14158675309&To=%2B18005551212"
#define JSON "{\"property\": \"value\", \"boolean\": true}"
#define JSON_DIGEST                                                            \
	"bodySHA256="                                                          \
	"0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"

/* URL, carrier, content; the URL and the body of the request, signature */
static const struct row {
	int line;
	const char *url;
	enum carrier carrier;
	const char *content;
	const char *made, *body, *signature;
} rows[] = {
	ROW(SITE, CARRIER_FORM, FORM, SITE, FORM,
		"RSOYDt4T1cUTdK1PDd93/VVr8B8="),
	ROW("https://u:p@mycompany.com/myapp.php?foo=1&bar=2#rc=3",
		CARRIER_FORM, FORM, SITE, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
	ROW("https://mycompany.com:443/myapp.php?foo=1&bar=2", CARRIER_FORM,
		FORM, "https://mycompany.com:443/myapp.php?foo=1&bar=2", FORM,
		"kvajT1Ptam85bY51eRf/AJRuM3w="),
	ROW(SITE, CARRIER_FORM, "", SITE, "", "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
	ROW("https://mycompany.com/myapp.php", CARRIER_QUERY, "foo=1&bar=2",
		SITE, "", "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
	ROW("https://mycompany.com/myapp.php?", CARRIER_QUERY, "foo=1&bar=2",
		SITE, "", "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
	ROW("https://mycompany.com/myapp.php?foo=1", CARRIER_QUERY, "bar=2",
		SITE, "", "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
	ROW(SITE, CARRIER_QUERY, "", SITE, "", "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
	ROW(SITE, CARRIER_JSON, JSON, SITE "&" JSON_DIGEST, JSON,
		"a9nBmqA0ju/hNViExpshrM61xv4="),
	ROW(SITE "&" JSON_DIGEST, CARRIER_JSON, JSON, SITE "&" JSON_DIGEST,
		JSON, "a9nBmqA0ju/hNViExpshrM61xv4="),
	ROW("https://mycompany.com/myapp.php", CARRIER_JSON, JSON,
		"https://mycompany.com/myapp.php?" JSON_DIGEST, JSON,
		"y77kIzt2vzLz71DgmJGsen2scGs="),
};

static void
test_make(void **state)
{
	struct signed_request request;
	struct reason reason;

	(void)state;
	signed_request_init(&request);
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];

		CHECK_NUMBER(row->line,
			signed_request_make(&request, "12345", row->url,
				row->carrier, row->content,
				strlen(row->content), &reason),
			ERR_OK);
		CHECK_TEXT(row->line, buf_text(&request.url), row->made);
		CHECK_TEXT(row->line, buf_text(&request.body), row->body);
		CHECK_TEXT(row->line, request.signature, row->signature);
	}
	signed_request_free(&request);
}

static char long_url[LIMIT_ORIGIN + LIMIT_TARGET + 2] = "https://h/";

static const struct bad_row {
	int line;
	const char *url;
	enum carrier carrier;
	const char *content;
	enum err err;
	const char *reason;
} bad_rows[] = {
	ROW("example.com", CARRIER_FORM, "", ERR_MALFORMED, "must look like"),
	ROW("https://h", CARRIER_FORM, "a=%", ERR_MALFORMED, "hexadecimal"),
	ROW("https://h?bodySHA256=1", CARRIER_JSON, "{}", ERR_MALFORMED,
		"is not the one"),
	ROW("https://h?" JSON_DIGEST "&bodySHA256=1", CARRIER_JSON, JSON,
		ERR_MALFORMED, "needs one bodySHA256"),
	ROW("https://h?a=%&" JSON_DIGEST, CARRIER_JSON, JSON, ERR_MALFORMED,
		"hexadecimal"),
	ROW(long_url, CARRIER_FORM, "", ERR_TOO_LARGE, "exceeds"),
};

static void
test_bad(void **state)
{
	struct signed_request request;
	struct reason reason;

	(void)state;
	sample_fill(long_url + 10, sizeof long_url - 10, 'x');
	signed_request_init(&request);
	for (size_t i = 0; i < N_OF(bad_rows); i++) {
		const struct bad_row *row = &bad_rows[i];

		CHECK_NUMBER(row->line,
			signed_request_make(&request, "12345", row->url,
				row->carrier, row->content,
				strlen(row->content), &reason),
			row->err);
		CHECK_HOLDS(row->line, reason.text, row->reason);
	}
	signed_request_free(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
