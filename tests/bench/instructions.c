/*
 * What a request costs the processor, for tests/checks/instructions.sh: from
 * its bytes to the values of its statements, without input and output.
 * valgrind counts the instructions of measured().
 *
 * usage: instructions NAME COUNT
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoints.h"
#include "intake.h"
#include "signature.h"
#include "url.h"

#define TOKEN "f00dcafef00dcafef00dcafef00dcafe"
#define ACCOUNT "AC0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
#define HOST "example.com"

/* What Twilio sends, as it sends it. */
static const struct sent {
	const char *name;
	const struct endpoint *endpoint;
	const char *target;
	const char *body;
} all[] = {
	{"message",     &endpoint_sms,    "/api/webhooks/sms",
         "ToCountry=US&ToState=CA&SmsMessageSid="
		"SM0123456789abcdef0123456789abcdef&NumMedia=0&ToCity="
		"SAN+FRANCISCO&FromZip=94105&SmsSid="
		"SM0123456789abcdef0123456789abcdef&FromState=CA&SmsStatus="
		"received&FromCity=SAN+FRANCISCO&Body="
		"Is+my+appointment+still+at+3%3A30%3F+%F0%9F%99%82&FromCountry="
		"US&To=%2B15005550006&ToZip=94103&NumSegments=1&MessageSid="
		"SM0123456789abcdef0123456789abcdef&AccountSid=" ACCOUNT
		"&From=%2B14158675309&ApiVersion=2010-04-01"										   },
	{"call-status", &endpoint_status,
         "/api/webhooks/status?campaignId=64f1c0ffee00000000000001", "Called=%2B14158675309&ToState=CA&CallerCountry=US&Direction="
		"outbound-api&Timestamp=Wed%2C%2008%20Oct%202025%2013%3A54%3A12"
		"%20%2B0000&CallbackSource=call-progress-events&"
		"SipResponseCode="
		"200&CallerState=CA&ToZip=94105&SequenceNumber=3&CallSid="
		"CA0123456789abcdef0123456789abcdef&To=%2B14158675309&"
		"CallerZip=94103&ToCountry=US&CalledZip=94105&ApiVersion="
		"2010-04-01&CalledCity=SAN%20FRANCISCO&CallStatus=completed&"
		"Duration=1&From=%2B15005550006&CallDuration=47&"
		"AccountSid=" ACCOUNT
		"&CalledCountry=US&CallerCity=SAN%20FRANCISCO&ToCity="
		"SAN%20FRANCISCO&FromCountry=US&Caller=%2B15005550006&FromCity="
		"SAN%20FRANCISCO&CalledState=CA&FromZip=94103&FromState=CA"},
};

/* One request as the web server hands it over. */
struct request_text {
	const struct sent *sent;
	char signature[DIGEST_SIGNATURE_SIZE];
};

static enum err
read_values(const struct plan *plan)
{
	char scratch[STATEMENT_VALUE_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++) {
		const struct statement *statement = plan->statements[i];

		for (size_t j = 0; j < statement->n; j++)
			n += plan_value(plan, &statement->placeholders[j],
				     scratch) != NULL;
	}
	return n > 0 ? ERR_OK : ERR_MALFORMED;
}

static enum err
verify(const struct request_text *request, struct url_set *urls,
	struct intake *intake)
{
	const struct sent *sent = request->sent;
	const struct url_seen seen = {
		.target = sent->target, .host = HOST, .https = true};
	const char *const tokens[] = {TOKEN};
	struct signature_match match;
	struct reason reason;
	const char *query;
	enum err err = url_set_fill(urls, NULL, &seen, &reason);

	if (err != ERR_OK)
		return err;
	query = url_set_query(urls);
	err = intake_parse(intake, CARRIER_FORM, sent->body, strlen(sent->body),
		query, strlen(query), &reason);
	if (err != ERR_OK)
		return err;
	return signature_verify(urls, &intake->form, intake->n_body, tokens, 1,
		request->signature, &match, &reason);
}

static enum err
make_plan(const struct sent *sent, struct intake *intake, struct plan *plan,
	struct row *row)
{
	const struct endpoint *endpoint = sent->endpoint;
	const struct event event = {
		.endpoint = endpoint->name,
		.account_sid = ACCOUNT,
		.subjects = endpoint->subjects,
		.received_at = {.tv_sec = 1760000000, .tv_nsec = 123456789},
		.source = "webhook",
		.raw = sent->body,
		.raw_len = strlen(sent->body),
		.n_body = intake->n_body,
		.row = endpoint->replies != NULL ? row : NULL,
	};

	return plan_make(plan, &event, &intake->form, endpoint->writes);
}

__attribute__((noinline)) static enum err
measured(const struct request_text *request)
{
	struct url_set urls = {.n_origins = 0};
	struct intake intake;
	struct plan plan = {.n = 0};
	struct row row;
	enum err err;

	intake_init(&intake);
	row_init(&row);
	err = verify(request, &urls, &intake);
	if (err == ERR_OK)
		err = make_plan(request->sent, &intake, &plan, &row);
	if (err == ERR_OK)
		err = read_values(&plan);
	plan_free(&plan);
	row_free(&row);
	intake_free(&intake);
	url_set_free(&urls);
	return err;
}

static enum err
sign(struct request_text *request)
{
	struct form form;
	char url[256], body[2048];
	enum err err;

	(void)snprintf(
		url, sizeof url, "https://" HOST "%s", request->sent->target);
	(void)snprintf(body, sizeof body, "%s", request->sent->body);
	form_init(&form);
	err = form_parse(&form, body, strlen(body), NULL);
	if (err == ERR_OK)
		err = signature_sign(
			TOKEN, url, &form, form.n, request->signature);
	form_free(&form);
	return err;
}

int
main(int argc, char *argv[])
{
	struct request_text request = {.sent = NULL};
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	enum err err;

	for (size_t i = 0; argc == 3 && i < sizeof all / sizeof all[0]; i++)
		if (strcmp(all[i].name, argv[1]) == 0)
			request.sent = &all[i];
	if (request.sent == NULL) {
		(void)fprintf(stderr, "usage: instructions NAME COUNT\n");
		return 2;
	}
	err = sign(&request);
	for (unsigned long i = 0; err == ERR_OK && i < count; i++)
		err = measured(&request);
	if (err != ERR_OK)
		(void)fprintf(stderr, "instructions: %s\n", err_text(err));
	return err == ERR_OK ? 0 : 1;
}
