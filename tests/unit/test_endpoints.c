/*
 * The endpoints' tables: for every kind of webhook, which statements it
 * leads to, in which order, and which document answers it.
 */
#include "config.h"

#include "endpoints.h"

#include "check.h"
#include "sample.h"
#include "scratch.h"

#define ACCOUNT "&AccountSid=AC0&ApiVersion=2010-04-01"

/* Parameter sets as captured from Twilio. */
#define CALL                                                                   \
	"CallSid=CA1" ACCOUNT "&From=%2B14158675309&To=%2B15005550006"         \
	"&Called=%2B15005550006&Caller=%2B14158675309&FromCity=LOS+ANGELES"    \
	"&ToCity=&ToZip=&ToCountry=US"
#define INBOUND_CALL CALL "&Direction=inbound&CallStatus=ringing&CallToken=x"
#define OUTBOUND_CALL CALL "&Direction=outbound-api&CallStatus=in-progress"
#define ACTION CALL "&Direction=inbound&CallStatus=in-progress"
#define PROGRESS                                                               \
	CALL "&Direction=outbound-api&CallbackSource=call-progress-events"     \
	     "&SequenceNumber=0&Timestamp=Wed,+08+Oct+2025+13:54:12+%2B0000"
#define COMPLETED                                                              \
	PROGRESS "&CallStatus=completed&Duration=1&CallDuration=49"            \
		 "&SipResponseCode=200"
#define CALL_RECORDING                                                         \
	"RecordingSource=RecordVerb&RecordingSid=RE1&RecordingChannels=1"      \
	"&RecordingUrl=https://api.twilio.com/x&ErrorCode=0&CallSid=CA1"       \
	"&RecordingStartTime=Thu,+29+Jul+2021+06:59:25+%2B0000" ACCOUNT
#define MESSAGE                                                                \
	"SmsMessageSid=SM1&SmsSid=SM1&MessageSid=SM1" ACCOUNT                  \
	"&SmsStatus=received&From=%2B14158675309&To=%2B15005550006"            \
	"&NumSegments=1&FromCity=&ToCountry=US"
#define WHATSAPP                                                               \
	"SmsMessageSid=SM1&SmsSid=SM1&MessageSid=SM1" ACCOUNT                  \
	"&SmsStatus=received&From=whatsapp:%2B14158675309"                     \
	"&To=whatsapp:%2B15005550006&NumSegments=1&ReferralNumMedia=0"         \
	"&ProfileName=A%F0%9F%98%80&WaId=14158675309&ChannelMetadata=%7B%7D"
#define MESSAGE_STATUS                                                         \
	"SmsSid=SM1&MessageSid=SM1" ACCOUNT "&From=%2B15005550006"             \
	"&To=%2B14158675309"
#define ROOM                                                                   \
	"RoomStatus=in-progress&RoomType=group&RoomSid=RM1&RoomName=visit-7"   \
	"&SequenceNumber=1&Timestamp=2025-10-27T18:16:01.876Z&AccountSid=AC0"
#define PARTICIPANT "&ParticipantSid=PA1&ParticipantIdentity=Dr%20A"
#define TRACK PARTICIPANT "&TrackSid=MT1&TrackKind=audio&TrackName=mic"
#define ROOM_RECORDING                                                         \
	"&RecordingSid=RT1&SourceSid=MT1&Container=mka&Codec=OPUS&Type=audio"  \
	"&OffsetFromTwilioVideoEpoch=1761588961876"

/* line, endpoint, form, statements, subject */
/* clang-format off */
static const struct {
	int line;
	const struct endpoint *endpoint;
	const char *form;
	const char *statements;
	const char *subject;
} kinds[] = {
	/* Calls that want TwiML. */
	{__LINE__, &endpoint_voice, INBOUND_CALL, "event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, OUTBOUND_CALL, "event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, INBOUND_CALL "&StirVerstat=NULL&AddOns={}",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice,
		INBOUND_CALL "&SipDomain=a&SipCallId=b&SipHeader_X-Id=c",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, OUTBOUND_CALL "&ParentCallSid=CA0",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, ACTION "&Digits=1&msg=Gather+End",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, ACTION "&SpeechResult=yes&Confidence=0.9",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice,
		ACTION "&RecordingUrl=https://x&RecordingSid=RE1"
		       "&RecordingDuration=3&Digits=hangup",
		"event channel call recording call_reply", "CA1"},
	{__LINE__, &endpoint_voice,
		ACTION "&DialCallStatus=completed&DialCallSid=CA2"
		       "&DialCallDuration=9&DialBridged=true",
		"event channel call dialed_call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, ACTION "&DialCallStatus=no-answer",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice,
		ACTION "&DialCallStatus=completed&DialCallSid=CA2"
		       "&RecordingUrl=https://x&RecordingSid=RE1",
		"event channel call dialed_call recording call_reply", "CA1"},
	{__LINE__, &endpoint_voice,
		ACTION "&DialCallStatus=completed&DialCallSid=CA2"
		       "&RecordingUrl=https://x",
		"event channel call dialed_call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, INBOUND_CALL "&ErrorCode=11200&ErrorUrl=u",
		"event channel call call_reply", "CA1"},
	{__LINE__, &endpoint_voice, "AccountSid=AC0", "event", NULL},

	/* Messages. */
	{__LINE__, &endpoint_sms, MESSAGE "&Body=Hi&NumMedia=0",
		"event message_inbound", "SM1"},
	{__LINE__, &endpoint_sms, MESSAGE "&Body=&NumMedia=0",
		"event message_inbound", "SM1"},
	{__LINE__, &endpoint_sms,
		MESSAGE "&Body=STOP&NumMedia=0&OptOutType=STOP",
		"event channel opt_out message_inbound", "SM1"},
	{__LINE__, &endpoint_sms,
		MESSAGE "&Body=&NumMedia=2&MediaUrl0=https://x"
			"&MediaContentType0=image/png&MediaUrl1=https://y"
			"&MediaContentType1=image/png",
		"event message_inbound message_media", "SM1"},
	{__LINE__, &endpoint_sms, "AccountSid=AC0&Body=Hi", "event", NULL},
	{__LINE__, &endpoint_whatsapp,
		WHATSAPP "&MessageType=text&Body=Hi&NumMedia=0",
		"event message_inbound", "SM1"},
	{__LINE__, &endpoint_whatsapp, WHATSAPP "&Body=Hi&NumMedia=0",
		"event message_inbound", "SM1"},
	{__LINE__, &endpoint_whatsapp,
		WHATSAPP "&MessageType=location&Body=&NumMedia=0"
			 "&Latitude=1.5&Longitude=-2.5&Label=x&Address=y",
		"event message_inbound", "SM1"},
	{__LINE__, &endpoint_whatsapp,
		WHATSAPP "&MessageType=button&Body=Yes&NumMedia=0"
			 "&ButtonText=Yes&ButtonPayload=yes",
		"event channel opt_out message_inbound", "SM1"},
	{__LINE__, &endpoint_whatsapp,
		WHATSAPP "&MessageType=audio&Body=&NumMedia=1"
			 "&MediaUrl0=https://x&MediaContentType0=audio/ogg",
		"event message_inbound message_media", "SM1"},

	/* What became of calls. */
	{__LINE__, &endpoint_status, PROGRESS "&CallStatus=initiated",
		"event call", "CA1"},
	{__LINE__, &endpoint_status, PROGRESS "&CallStatus=ringing",
		"event call", "CA1"},
	{__LINE__, &endpoint_status, PROGRESS "&CallStatus=in-progress",
		"event call", "CA1"},
	{__LINE__, &endpoint_status, COMPLETED, "event call", "CA1"},
	{__LINE__, &endpoint_status, COMPLETED "&AnsweredBy=human",
		"event call", "CA1"},
	{__LINE__, &endpoint_status,
		PROGRESS "&CallStatus=busy&SipResponseCode=486&Duration=0"
			 "&CallDuration=0",
		"event call", "CA1"},
	{__LINE__, &endpoint_status, COMPLETED "&ParentCallSid=CA0",
		"event call", "CA1"},
	{__LINE__, &endpoint_status,
		COMPLETED "&RecordingUrl=https://x&RecordingSid=RE1"
			  "&RecordingDuration=3",
		"event call recording", "CA1"},
	{__LINE__, &endpoint_status, PROGRESS "&CallStatus=something-new",
		"event call", "CA1"},
	{__LINE__, &endpoint_status,
		"CallSid=CA1&AccountSid=AC0&AnsweredBy=machine_start"
		"&MachineDetectionDuration=2100",
		"event call", "CA1"},

	/* What became of messages. */
	{__LINE__, &endpoint_status,
		MESSAGE_STATUS "&MessageStatus=queued&SmsStatus=queued",
		"event message_status", "SM1"},
	{__LINE__, &endpoint_status,
		MESSAGE_STATUS "&MessageStatus=delivered&SmsStatus=delivered"
			       "&RawDlrDoneDate=2510081354",
		"event message_status", "SM1"},
	{__LINE__, &endpoint_status,
		MESSAGE_STATUS "&MessageStatus=undelivered"
			       "&SmsStatus=undelivered&ErrorCode=30003",
		"event message_status", "SM1"},
	{__LINE__, &endpoint_status,
		MESSAGE_STATUS "&MessageStatus=read&SmsStatus=read"
			       "&ChannelPrefix=whatsapp&EventType=READ"
			       "&ChannelToAddress=%2B54351528XXXX",
		"event message_status", "SM1"},

	/* Recordings. */
	{__LINE__, &endpoint_recording,
		CALL_RECORDING "&RecordingStatus=completed&RecordingDuration=3",
		"event recording", "RE1"},
	{__LINE__, &endpoint_recording,
		CALL_RECORDING "&RecordingStatus=in-progress",
		"event recording", "RE1"},
	{__LINE__, &endpoint_recording,
		CALL_RECORDING "&RecordingStatus=absent&RecordingTrack=both",
		"event recording", "RE1"},
	{__LINE__, &endpoint_recording,
		"RecordingSid=RE1&ConferenceSid=CF1&AccountSid=AC0"
		"&RecordingSource=Conference&RecordingStatus=completed",
		"event recording", "RE1"},
	{__LINE__, &endpoint_recording, "CallSid=CA1&AccountSid=AC0", "event",
		NULL},

	/* Video rooms. */
	{__LINE__, &endpoint_video_room,
		ROOM "&StatusCallbackEvent=room-created",
		"event room room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM "&StatusCallbackEvent=room-ended&RoomDuration=60",
		"event room room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM PARTICIPANT "&StatusCallbackEvent=participant-connected"
				 "&ParticipantStatus=connected",
		"event room room_participant room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM PARTICIPANT "&StatusCallbackEvent=participant-disconnected"
				 "&ParticipantDuration=30",
		"event room room_participant room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM TRACK "&StatusCallbackEvent=track-added",
		"event room room_participant room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM TRACK "&StatusCallbackEvent=track-removed",
		"event room room_participant room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM TRACK "&StatusCallbackEvent=track-enabled",
		"event room room_participant room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM TRACK "&StatusCallbackEvent=track-disabled",
		"event room room_participant room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM ROOM_RECORDING "&StatusCallbackEvent=recording-started",
		"event room room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM ROOM_RECORDING "&StatusCallbackEvent=recording-completed"
				    "&MediaUri=/v1/x&Duration=55&Size=123456",
		"event room room_event appointment", "RM1"},
	{__LINE__, &endpoint_video_room,
		ROOM ROOM_RECORDING "&StatusCallbackEvent=recording-failed"
				    "&FailedOperation=RecordingUpload",
		"event room room_event appointment", "RM1"},

	/* Compositions name a room, but are none of its events. */
	{__LINE__, &endpoint_video_room,
		"StatusCallbackEvent=composition-available&CompositionSid=CJ1"
		"&RoomSid=RM1&AccountSid=AC0&Duration=55&Size=123456",
		"event", "RM1"},
	{__LINE__, &endpoint_video_room,
		"StatusCallbackEvent=composition-enqueued&CompositionSid=CJ1"
		"&AccountSid=AC0",
		"event", "CJ1"},

	/* What Twilio itself reports. */
	{__LINE__, &endpoint_status,
		"Sid=NO1&AccountSid=AC0&Level=ERROR&Timestamp=2025-10-27T18:16:01Z"
		"&PayloadType=application/json&Payload=%7B%7D",
		"event debugger_event", "NO1"},
};
/* clang-format on */

static void
list_statements(const struct plan *plan, char *list, size_t size)
{
	size_t len = 0;

	list[0] = '\0';
	for (size_t i = 0; i < plan->n; i++)
		len += (size_t)snprintf(list + len, size - len, "%s%s",
			i > 0 ? " " : "", plan->statements[i]->name);
}

static void
test_kinds(void **state)
{
	struct row row; /* somebody wants to know what queries find */

	(void)state;
	row_init(&row);
	for (size_t i = 0; i < N_OF(kinds); i++) {
		const struct endpoint *endpoint = kinds[i].endpoint;
		const struct event event = {
			.endpoint = endpoint->name,
			.account_sid = "AC0",
			.subjects = endpoint->subjects,
			.source = "webhook",
			.raw = "",
			.row = &row,
		};
		struct sample sample;
		struct plan plan;
		char list[256];

		sample_open(&sample, kinds[i].form);
		CHECK_NUMBER(kinds[i].line,
			plan_make(
				&plan, &event, &sample.form, endpoint->writes),
			ERR_OK);
		list_statements(&plan, list, sizeof list);
		CHECK_TEXT(kinds[i].line, list, kinds[i].statements);
		CHECK_TEXT(kinds[i].line, plan.facts[FACT_SUBJECT_SID],
			kinds[i].subject);
		CHECK_TEXT(kinds[i].line, plan.facts[FACT_ENDPOINT],
			endpoint->name);
		plan_free(&plan);
		sample_close(&sample);
	}
}

/* At the one URL for everything each is taken as at its own. */
static void
test_webhook(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(kinds); i++) {
		const struct endpoint *endpoint = kinds[i].endpoint;
		struct sample sample;

		if (kinds[i].subject == NULL)
			continue; /* nothing says what it is */
		sample_open(&sample, kinds[i].form);
		CHECK_TEXT(kinds[i].line,
			endpoint_for(&endpoint_webhook, &sample.form)->name,
			endpoint->name);
		assert_ptr_equal(
			endpoint_for(endpoint, &sample.form), endpoint);
		sample_close(&sample);
	}
}

/* What became of our messages, told to the URL for those that come in. */
static void
test_status_of_messages(void **state)
{
	static const struct endpoint *const messages[] = {
		&endpoint_sms, &endpoint_whatsapp};

	(void)state;
	for (size_t i = 0; i < N_OF(messages); i++) {
		struct sample sample;

		sample_open(&sample, MESSAGE_STATUS "&MessageStatus=sent");
		assert_ptr_equal(endpoint_for(messages[i], &sample.form),
			&endpoint_status);
		sample_close(&sample);
		sample_open(&sample, MESSAGE "&MessageStatus=");
		assert_ptr_equal(
			endpoint_for(messages[i], &sample.form), messages[i]);
		sample_close(&sample);
	}
}

/* And those that come in, told to the URL for what became of ours. */
static void
test_messages_at_status(void **state)
{
	static const struct {
		const char *form;
		const struct endpoint *endpoint;
	} rows[] = {
		{MESSAGE "&Body=",                             &endpoint_sms   },
		{"MessageSid=SM1&From=whatsapp%3A%2B1&Body=a",
                 &endpoint_whatsapp					    },
		{MESSAGE "&Body=&MessageStatus=sent",          &endpoint_status},
		{"MessageSid=SM1",                             &endpoint_status},
		{"CallSid=CA1&Body=a",                         &endpoint_status},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sample sample;

		sample_open(&sample, rows[i].form);
		CHECK((int)i, endpoint_for(&endpoint_status, &sample.form) ==
				      rows[i].endpoint);
		sample_close(&sample);
	}
}

/* A table with more rows than a plan has places would lose some. */
static void
test_tables(void **state)
{
	static const char *const names[] = {"voice", "sms", "whatsapp",
		"status", "recording", "video-room", "webhook"};

	(void)state;
	for (size_t i = 0; endpoints[i] != NULL; i++) {
		size_t n = 1; /* the ledger's */

		assert_string_equal(endpoints[i]->name, names[i]);
		if (endpoints[i]->choose != NULL)
			continue;
		assert_non_null(endpoints[i]->subjects[0]);
		for (const struct write *write = endpoints[i]->writes;
			write->statement != NULL; write++) {
			assert_non_null(write->needs[0]);
			n++;
		}
		assert_in_range(n, 2, LIMIT_STATEMENTS);
	}
}

#define SAY_HELLO "<Say>Hello. Thank you for calling.</Say>"

/* line, endpoint, form, file that answers, what stands in for it */
/* clang-format off */
static const struct {
	int line;
	const struct endpoint *endpoint;
	const char *form;
	const char *file;
	const char *otherwise;
} answers[] = {
	{__LINE__, &endpoint_voice, INBOUND_CALL, "voice.xml", SAY_HELLO},
	{__LINE__, &endpoint_voice, OUTBOUND_CALL, "voice.xml", SAY_HELLO},

	/* An action that the greeting answered would begin it again. */
	{__LINE__, &endpoint_voice,
		ACTION "&DialCallStatus=completed&DialCallSid=CA2",
		"voice-dial.xml", TWIML_EMPTY},
	{__LINE__, &endpoint_voice, ACTION "&DialCallStatus=busy",
		"voice-dial.xml", TWIML_EMPTY},
	{__LINE__, &endpoint_voice,
		ACTION "&DialCallStatus=completed&RecordingUrl=https://x",
		"voice-dial.xml", TWIML_EMPTY},
	{__LINE__, &endpoint_voice,
		ACTION "&RecordingUrl=https://x&RecordingSid=RE1"
		       "&Digits=hangup",
		"voice-record.xml", TWIML_EMPTY},
	{__LINE__, &endpoint_voice, ACTION "&Digits=1", "voice-gather.xml",
		TWIML_EMPTY},
	{__LINE__, &endpoint_voice, ACTION "&Digits=&msg=Gather+End",
		"voice-gather.xml", TWIML_EMPTY},
	{__LINE__, &endpoint_voice, ACTION "&SpeechResult=yes",
		"voice-gather.xml", TWIML_EMPTY},

	{__LINE__, &endpoint_sms, MESSAGE "&Body=Hi", "sms.xml", TWIML_EMPTY},
	{__LINE__, &endpoint_whatsapp, WHATSAPP "&Body=Hi", "whatsapp.xml",
		TWIML_EMPTY},
};
/* clang-format on */

static void
refuse_line(void *context, const char *line)
{
	(void)context;
	fail_msg("logged: %s", line);
}

/* Answers one row's form with and without its file. */
static void
test_answers(void **state)
{
	static const char document[] = "<Response><Redirect>x</Redirect>"
				       "</Response>";
	const struct log log = {"test", LOG_INFO, refuse_line, NULL};

	for (size_t i = 0; i < N_OF(answers); i++) {
		const struct twiml_reply *replies =
			answers[i].endpoint->replies;
		const char *path = scratch_path(*state, answers[i].file);
		struct sample sample;
		struct buf out;

		sample_open(&sample, answers[i].form);
		buf_init(&out, LIMIT_TWIML);
		CHECK_HOLDS(answers[i].line,
			twiml_answer(&out, twiml_choose(replies, &sample.form),
				*state, &sample.form, &log),
			answers[i].otherwise);
		buf_clear(&out);
		(void)scratch_write(*state, answers[i].file, document, 0644);
		CHECK_HOLDS(answers[i].line,
			twiml_answer(&out, twiml_choose(replies, &sample.form),
				*state, &sample.form, &log),
			"<Redirect>x");
		assert_int_equal(remove(path), 0);
		buf_free(&out);
		sample_close(&sample);
	}
}

/* Every document that is built in is TwiML, and what nobody waits for 204. */
static void
test_documents(void **state)
{
	struct sample sample;

	(void)state;
	sample_open(&sample, "");
	assert_null(endpoint_status.replies);
	assert_null(endpoint_recording.replies);
	assert_null(endpoint_video_room.replies);
	for (size_t i = 0; endpoints[i] != NULL; i++) {
		const struct twiml_reply *reply = endpoints[i]->replies;

		for (; reply != NULL; reply++) {
			struct reason reason = {""};
			struct buf out;

			buf_init(&out, LIMIT_TWIML);
			if (twiml_fill(&out, reply->otherwise,
				    strlen(reply->otherwise), &sample.form,
				    &reason) != ERR_OK)
				fail_msg("%s: %s", reply->file, reason.text);
			buf_free(&out);
			if (reply->parameter == NULL)
				break; /* the last row */
		}
	}
	sample_close(&sample);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_status_of_messages),
		cmocka_unit_test(test_messages_at_status),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_webhook),
		cmocka_unit_test_setup_teardown(
			test_answers, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_documents),
	};

	return cmocka_run_group_tests_name("endpoints", tests, NULL, NULL);
}
