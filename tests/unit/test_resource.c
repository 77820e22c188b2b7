/*
 * Resources of the REST API as the webhooks that told of them: which ones,
 * with which parameters, and to which statements of which endpoint they lead.
 */
#include "config.h"

#include "resource.h"

#include "check.h"
#include "form.h"
#include "limit.h"
#include "plan.h"

#define CREATED "'date_created': 'Wed, 08 Oct 2025 13:54:00 +0000', "
#define UPDATED "'date_updated': 'Wed, 08 Oct 2025 14:00:00 +0000'"
#define CALL                                                                   \
	"{'sid': 'CA1', 'account_sid': 'AC1', 'from': '+15005550006', "        \
	"'to': '+14158675309', 'api_version': '2010-04-01', "                  \
	"'price': '-0.01', 'caller_name': '', 'forwarded_from': null, "        \
	"'trunk_sid': null, " CREATED UPDATED
#define TIMES                                                                  \
	"'start_time': 'Wed, 08 Oct 2025 13:54:01 +0000', "                    \
	"'end_time': 'Wed, 08 Oct 2025 13:54:39 +0000'}"
#define BEGINNING                                                              \
	"AccountSid=AC0&CallSid=CA1&From=%2B15005550006&To=%2B14158675309&"
#define PROGRESS "CallbackSource=call-progress-events&"
#define AT(time) "Timestamp=Wed%2C+08+Oct+2025+" time "+%2B0000"
#define MESSAGE                                                                \
	"{'sid': 'SM1', 'account_sid': 'AC1', 'api_version': '2010-04-01', "   \
	"'body': 'a & b', 'num_segments': '1', 'messaging_service_sid': "      \
	"null, "                                                               \
	"'error_message': null, 'price': null, "                               \
	"'date_sent': 'Wed, 08 Oct 2025 13:54:02 +0000', " CREATED UPDATED
#define OUTBOUND                                                               \
	", 'direction': 'outbound-reply', 'from': '+15005550006', "            \
	"'to': '+14158675309', 'num_media': '0', "
#define INBOUND ", 'direction': 'inbound', 'to': '+15005550006', "
#define STATUS                                                                 \
	"AccountSid=AC0&MessageSid=SM1&From=%2B15005550006&"                   \
	"To=%2B14158675309&ApiVersion=2010-04-01&"
#define RECORDING                                                              \
	"{'sid': 'RE1', 'call_sid': 'CA1', 'conference_sid': null, "           \
	"'media_url': 'https://api.twilio.com/x/RE1', 'channels': 2, "         \
	"'source': 'DialVerb', "                                               \
	"'start_time': 'Wed, 08 Oct 2025 13:54:04 +0000', " CREATED UPDATED
#define RECORDED                                                               \
	"AccountSid=AC0&RecordingSid=RE1&CallSid=CA1&"                         \
	"RecordingUrl=https%3A%2F%2Fapi.twilio.com%2Fx%2FRE1&"
#define ROOM_TIMES                                                             \
	"'date_created': '2025-10-27T18:00:00Z', "                             \
	"'date_updated': '2025-10-27T19:00:00Z', "
#define ROOM                                                                   \
	"{'sid': 'RM1', 'unique_name': 'apt-48', 'type': 'group', " ROOM_TIMES
#define IN_ROOM                                                                \
	"{'sid': 'PA1', 'room_sid': 'RM1', 'identity': 'Dr A', "               \
	"'start_time': '2025-10-27T18:01:00Z', " ROOM_TIMES
#define CAME                                                                   \
	"AccountSid=AC0&ParticipantSid=PA1&RoomSid=RM1&"                       \
	"ParticipantIdentity=Dr+A&StatusCallbackEvent=participant-"

/* A webhook that a resource has to become. */
struct wanted {
	const char *event, *form, *statements;
};

/* line, kind, document with ' for ", media likewise, webhooks */
/* clang-format off */
static const struct {
	int line;
	enum resource_kind kind;
	const char *document, *media;
	struct wanted webhooks[RESOURCE_WEBHOOKS];
} rows[] = {
	/* A call that we placed; it waited before it was dialled. */
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'completed', "
		"'direction': 'outbound-api', 'duration': '19', "
		"'queue_time': '3000', 'answered_by': 'human', "
		"'parent_call_sid': null, " TIMES, NULL, {
		{"initiated", BEGINNING "Direction=outbound-api&"
			"ApiVersion=2010-04-01&CallStatus=initiated&"
			PROGRESS AT("13%3A54%3A03"), "event call"},
		{"in-progress", BEGINNING "Direction=outbound-api&"
			"ApiVersion=2010-04-01&CallStatus=in-progress&"
			PROGRESS AT("13%3A54%3A20"), "event call"},
		{"completed", BEGINNING "Direction=outbound-api&"
			"ApiVersion=2010-04-01&CallStatus=completed&"
			"CallDuration=19&AnsweredBy=human&"
			PROGRESS AT("13%3A54%3A39"), "event call"}}},
	/* One that nobody took, dialled by another. */
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'no-answer', "
		"'direction': 'outbound-dial', 'duration': '0', "
		"'queue_time': '0', 'parent_call_sid': 'CA0', "
		"'start_time': null, 'end_time': null}", NULL, {
		{"initiated", "AccountSid=AC0&CallSid=CA1&ParentCallSid=CA0&"
			"From=%2B15005550006&To=%2B14158675309&"
			"Direction=outbound-dial&ApiVersion=2010-04-01&"
			"CallStatus=initiated&" PROGRESS AT("13%3A54%3A00"),
			"event call"},
		{"no-answer", "AccountSid=AC0&CallSid=CA1&ParentCallSid=CA0&"
			"From=%2B15005550006&To=%2B14158675309&"
			"Direction=outbound-dial&ApiVersion=2010-04-01&"
			"CallStatus=no-answer&CallDuration=0&"
			PROGRESS AT("14%3A00%3A00"), "event call"}}},
	/* Completed, but how long it was is not known yet. */
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'completed', "
		"'direction': 'outbound-api', 'duration': null, " TIMES, NULL, {
		{"initiated", NULL, "event call"},
		{"completed", NULL, "event call"}}},
	/* One that came in: its first request goes to another endpoint. */
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'completed', "
		"'direction': 'inbound', 'duration': '19', "
		"'queue_time': '0', " TIMES, NULL, {
		{"ringing", BEGINNING "Direction=inbound&"
			"ApiVersion=2010-04-01&CallStatus=ringing&"
			AT("13%3A54%3A00"), "event channel call"},
		{"completed", BEGINNING "Direction=inbound&"
			"ApiVersion=2010-04-01&CallStatus=completed&"
			"CallDuration=19&" PROGRESS AT("13%3A54%3A39"),
			"event call"}}},
	/* What has not ended tells more soon. */
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'in-progress', "
		"'direction': 'outbound-api', 'duration': null}", NULL,
		{{"initiated", NULL, "event call"}}},
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'ringing', "
		"'direction': 'inbound', 'duration': null}", NULL,
		{{"ringing", NULL, "event channel call"}}},
	/* What was never dialled, and trunks, have no webhooks. */
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'queued', "
		"'direction': 'outbound-api'}", NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'canceled', "
		"'direction': 'outbound-api', 'start_time': null}", NULL,
		{{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'canceled', "
		"'direction': 'outbound-api', 'duration': '0', " TIMES, NULL,
		{{"initiated", NULL, "event call"},
		{"canceled", NULL, "event call"}}},
	{__LINE__, RESOURCE_CALL, CALL ", 'status': 'completed', "
		"'direction': 'trunking-originating', 'duration': '9', " TIMES,
		NULL, {{NULL, NULL, NULL}}},

	/* Messages that we sent. */
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'delivered', "
		"'error_code': null}", NULL, {
		{"sent", STATUS "MessageStatus=sent&" AT("13%3A54%3A02"),
			"event message_status"},
		{"delivered", STATUS "MessageStatus=delivered&"
			AT("14%3A00%3A00"), "event message_status"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'undelivered', "
		"'error_code': 30003, 'error_message': 'No'}", NULL, {
		{"sent", NULL, "event message_status"},
		{"undelivered", STATUS "MessageStatus=undelivered&"
			"ErrorCode=30003&ErrorMessage=No&" AT("14%3A00%3A00"),
			"event message_status"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'failed', "
		"'error_code': 30007}", NULL,
		{{"failed", NULL, "event message_status"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'sent'}", NULL,
		{{"sent", NULL, "event message_status"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'canceled'}",
		NULL, {{"canceled", NULL, "event message_status"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'queued'}",
		NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': 'newest'}",
		NULL, {{"newest", NULL, "event message_status"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE OUTBOUND "'status': null}", NULL,
		{{NULL, NULL, NULL}}},

	/* Messages that came in, with their body, and what hangs on it. */
	{__LINE__, RESOURCE_MESSAGE, MESSAGE INBOUND "'num_media': '0', "
		"'from': '+14158675309', 'status': 'received'}", NULL, {
		{"received", "AccountSid=AC0&MessageSid=SM1&"
			"From=%2B14158675309&To=%2B15005550006&"
			"ApiVersion=2010-04-01&SmsStatus=received&NumMedia=0&"
			"NumSegments=1&Body=a+%26+b&" AT("13%3A54%3A02"),
			"event message_inbound"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE INBOUND "'num_media': '2', "
		"'from': 'whatsapp:+14158675309', 'status': 'received'}",
		"[{'sid': 'ME1', 'content_type': 'image/jpeg', "
		"'uri': '/2010-04-01/Accounts/AC1/Messages/SM1/Media/ME1.json'}"
		", {'sid': 'ME2', 'content_type': 'text/vcard', "
		"'uri': '/m/ME2'}]", {
		{"received", "AccountSid=AC0&MessageSid=SM1&"
			"From=whatsapp%3A%2B14158675309&To=%2B15005550006&"
			"ApiVersion=2010-04-01&SmsStatus=received&NumMedia=2&"
			"NumSegments=1&Body=a+%26+b&"
			"MediaUrl0=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2F"
			"Accounts%2FAC1%2FMessages%2FSM1%2FMedia%2FME1&"
			"MediaContentType0=image%2Fjpeg&"
			"MediaUrl1=https%3A%2F%2Fapi.twilio.com%2Fm%2FME2&"
			"MediaContentType1=text%2Fvcard&" AT("13%3A54%3A02"),
			"event message_inbound message_media"}}},
	{__LINE__, RESOURCE_MESSAGE, MESSAGE INBOUND "'status': 'receiving'}",
		NULL, {{NULL, NULL, NULL}}},

	/* Recordings, which tell when they are done. */
	{__LINE__, RESOURCE_RECORDING, RECORDING ", 'status': 'completed', "
		"'duration': '12', 'error_code': null}", NULL, {
		{"completed", RECORDED "RecordingDuration=12&"
			"RecordingChannels=2&RecordingSource=DialVerb&"
			"RecordingStartTime=Wed%2C+08+Oct+2025+13%3A54%3A04+"
			"%2B0000&RecordingStatus=completed&" AT("14%3A00%3A00"),
			"event recording"}}},
	{__LINE__, RESOURCE_RECORDING, RECORDING ", 'status': 'absent', "
		"'duration': '-1', 'error_code': 16101}", NULL, {
		{"absent", RECORDED "RecordingChannels=2&"
			"RecordingSource=DialVerb&"
			"RecordingStartTime=Wed%2C+08+Oct+2025+13%3A54%3A04+"
			"%2B0000&ErrorCode=16101&RecordingStatus=absent&"
			AT("14%3A00%3A00"), "event recording"}}},
	{__LINE__, RESOURCE_RECORDING, RECORDING ", 'status': 'processing'}",
		NULL, {{NULL, NULL, NULL}}},

	/* Rooms. */
	{__LINE__, RESOURCE_ROOM, ROOM "'status': 'completed', "
		"'duration': 3000, 'end_time': '2025-10-27T18:50:00Z'}", NULL, {
		{"room-created", "AccountSid=AC0&RoomSid=RM1&RoomType=group&"
			"StatusCallbackEvent=room-created&RoomName=apt-48&"
			"RoomStatus=in-progress&"
			"Timestamp=2025-10-27T18%3A00%3A00Z",
			"event room room_event appointment"},
		{"room-ended", "AccountSid=AC0&RoomSid=RM1&RoomType=group&"
			"StatusCallbackEvent=room-ended&RoomDuration=3000&"
			"RoomName=apt-48&RoomStatus=completed&"
			"Timestamp=2025-10-27T18%3A50%3A00Z",
			"event room room_event appointment"}}},
	{__LINE__, RESOURCE_ROOM, "{'sid': 'RM2', 'unique_name': null, "
		ROOM_TIMES "'status': 'in-progress', 'type': 'go', "
		"'duration': null, 'end_time': null}", NULL, {
		{"room-created", "AccountSid=AC0&RoomSid=RM2&RoomType=go&"
			"StatusCallbackEvent=room-created&RoomName=RM2&"
			"RoomStatus=in-progress&"
			"Timestamp=2025-10-27T18%3A00%3A00Z",
			"event room room_event appointment"}}},
	{__LINE__, RESOURCE_PARTICIPANT, IN_ROOM "'status': 'disconnected', "
		"'duration': 60, 'end_time': '2025-10-27T18:02:00Z'}", NULL, {
		{"participant-connected", CAME "connected&RoomName=visit-9&"
			"RoomType=group&RoomStatus=in-progress&"
			"Timestamp=2025-10-27T18%3A01%3A00Z",
			"event room room_participant room_event appointment"},
		{"participant-disconnected", CAME "disconnected&"
			"ParticipantDuration=60&RoomName=visit-9&"
			"RoomType=group&RoomStatus=in-progress&"
			"Timestamp=2025-10-27T18%3A02%3A00Z",
			"event room room_participant room_event appointment"}}},
	{__LINE__, RESOURCE_PARTICIPANT, IN_ROOM "'status': 'reconnecting', "
		"'duration': null, 'end_time': null}", NULL, {
		{"participant-connected", NULL,
			"event room room_participant room_event appointment"}}},

	/* What is no resource of any kind. */
	{__LINE__, RESOURCE_CALL, "{}", NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_CALL, "[]", NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_MESSAGE, "'SM1'", NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_RECORDING, "null", NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_ROOM, "{'sid': 'RM1', 'status': 'completed'}",
		NULL, {{NULL, NULL, NULL}}},
	{__LINE__, RESOURCE_PARTICIPANT, "7", NULL, {{NULL, NULL, NULL}}},
};
/* clang-format on */

/* A document of ' for ", which is easier to read in a table. */
static struct json *
read_document(int line, const char *text)
{
	char copy[2048];
	struct reason reason = {""};
	struct json *document = NULL;

	if (text == NULL)
		return NULL;
	CHECK(line, strlen(text) < sizeof copy);
	(void)snprintf(copy, sizeof copy, "%s", text);
	for (char *at = copy; *at != '\0'; at++)
		if (*at == '\'')
			*at = '"';
	CHECK_NUMBER(line, json_read(&document, copy, strlen(copy), &reason),
		ERR_OK);
	return document;
}

/* The statements that a webhook leads to, as an endpoint would run them. */
static void
check_statements(int line, const struct resource_webhook *webhook,
	struct buf *text, const char *statements)
{
	char names[256] = "";
	struct form form;
	struct plan plan;
	const struct event event = {
		.endpoint = "backfill",
		.account_sid = "AC0",
		.subjects = webhook->tables->subjects,
		.source = "backfill",
		.raw = "",
	};

	form_init(&form);
	CHECK_NUMBER(
		line, form_parse(&form, text->data, text->len, NULL), ERR_OK);
	CHECK_NUMBER(line,
		plan_make(&plan, &event, &form, webhook->tables->writes),
		ERR_OK);
	for (size_t i = 0; i < plan.n; i++) {
		size_t len = strlen(names);

		(void)snprintf(names + len, sizeof names - len, "%s%s",
			i > 0 ? " " : "", plan.statements[i]->name);
	}
	CHECK_TEXT(line, names, statements);
	plan_free(&plan);
	form_free(&form);
}

static void
check_webhook(int line, const struct resource *resource,
	const struct resource_webhook *webhook, const struct wanted *wanted)
{
	struct buf form;

	buf_init(&form, LIMIT_BODY);
	CHECK(line, wanted->event != NULL);
	CHECK_TEXT(line, webhook->event, wanted->event);
	CHECK_NUMBER(
		line, resource_form(resource, webhook, "AC0", &form), ERR_OK);
	if (wanted->form != NULL)
		CHECK_TEXT(line, buf_text(&form), wanted->form);
	check_statements(line, webhook, &form, wanted->statements);
	buf_free(&form);
}

static void
test_webhooks(void **state)
{
	struct json *room = read_document(__LINE__,
		"{'sid': 'RM1', 'unique_name': 'visit-9', 'type': 'group', "
		"'status': 'completed'}");

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct json *document =
			read_document(rows[i].line, rows[i].document);
		struct json *media = read_document(rows[i].line, rows[i].media);
		const struct resource resource = {
			rows[i].kind, document, room, media};
		struct resource_webhook webhooks[RESOURCE_WEBHOOKS];
		size_t n = resource_webhooks(&resource, webhooks), wanted = 0;

		while (wanted < RESOURCE_WEBHOOKS &&
			rows[i].webhooks[wanted].event != NULL)
			wanted++;
		CHECK_NUMBER(rows[i].line, n, wanted);
		for (size_t j = 0; j < n; j++)
			check_webhook(rows[i].line, &resource, &webhooks[j],
				&rows[i].webhooks[j]);
		json_free(media);
		json_free(document);
	}
	json_free(room);
}

static void
test_sid(void **state)
{
	char text[400];
	struct json *document;
	struct resource resource = {.kind = RESOURCE_CALL};

	(void)state;
	resource.document = document =
		read_document(__LINE__, "{'sid': 'CA1'}");
	CHECK_TEXT(__LINE__, resource_sid(&resource), "CA1");
	json_free(document);
	resource.document = document = read_document(__LINE__, "{'sid': ''}");
	CHECK_TEXT(__LINE__, resource_sid(&resource), NULL);
	json_free(document);
	resource.document = document = read_document(__LINE__, "{'sid': 1}");
	CHECK_TEXT(__LINE__, resource_sid(&resource), NULL);
	json_free(document);
	(void)snprintf(text, sizeof text, "{'sid': '%0*d'}", LIMIT_SID + 1, 0);
	resource.document = document = read_document(__LINE__, text);
	CHECK_TEXT(__LINE__, resource_sid(&resource), NULL);
	json_free(document);
	resource.document = NULL;
	CHECK_TEXT(__LINE__, resource_sid(&resource), NULL);
	CHECK_TEXT(
		__LINE__, resource_name(RESOURCE_PARTICIPANT), "participant");
}

/* A resource that would be more than a request may be is no webhook. */
static void
test_too_large(void **state)
{
	struct json *document =
		read_document(__LINE__, MESSAGE OUTBOUND "'status': 'sent'}");
	const struct resource resource = {
		.kind = RESOURCE_MESSAGE, .document = document};
	struct resource_webhook webhooks[RESOURCE_WEBHOOKS];
	struct buf form;

	(void)state;
	assert_int_equal(resource_webhooks(&resource, webhooks), 1);
	buf_init(&form, 40);
	assert_int_equal(resource_form(&resource, &webhooks[0], "AC0", &form),
		ERR_TOO_LARGE);
	buf_free(&form);
	json_free(document);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_webhooks),
		cmocka_unit_test(test_sid),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
