/*
 * Events as lines.
 */
#include "config.h"

#include "event_line.h"

#include <stdlib.h>

#include "check.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}
#define TEN "0123456789"

/* kind, subject, source, parameters; what is printed behind endpoint */
static const struct row {
	int line;
	const char *kind, *subject_sid, *source, *params, *printed;
} rows[] = {
	ROW("message", "SM1", "webhook",
		"{\"From\":\"+1\",\"To\":\"+2\",\"Body\":\"Hello\","
		"\"SmsStatus\""
		":\"received\"}",
		"message          +1 > +2 received \"Hello\"  SM1"),
	ROW("message-status", "SM1", "spool",
		"{\"MessageStatus\":\"failed\",\"SmsStatus\":\"failed\","
		"\"ErrorCode\":\"30003\",\"From\":\"\"}",
		"message-status   failed error 30003  SM1 (spool)"),
	ROW("call-status", "CA1", "webhook",
		"{\"Caller\":\"+1\",\"Called\":\"+2\",\"CallStatus\":"
		"\"completed\","
		"\"CallDuration\":\"7\",\"Digits\":\"1234\"}",
		"call-status      +1 > +2 completed 7 s  CA1"),
	ROW("video-room", "RM1", "webhook",
		"{\"RoomName\":\"apt-48\",\"ParticipantIdentity\":\"alice\","
		"\"StatusCallbackEvent\":\"participant-connected\"}",
		"video-room       apt-48 alice participant-connected  RM1"),
	ROW("other", "", "webhook", "{}", "other             "),
	ROW("other", "", "webhook", "[1]", "other             "),
	/* The first of several; what is no text is left out. */
	ROW("call", "CA1", "webhook", "{\"From\":[\"+1\",\"+2\"],\"To\":7}",
		"call             +1  CA1"),
	ROW("message", "SM\033[2J", "webhook",
		"{\"Body\":\"a\\nb\\u001b[2J\\u009b\"}",
		"message          \"a\\x0Ab\\x1B[2J\\xC2\\x9B\"  SM\\x1B[2J"),
	/* Characters are counted, not bytes. */
	ROW("message", "SM1", "webhook",
		"{\"Body\":\"" TEN TEN TEN TEN TEN "012345678\xc3\xbc\"}",
		"message          \"" TEN TEN TEN TEN TEN
		"012345678\xc3\xbc\"  SM1"),
	ROW("message", "SM1", "webhook",
		"{\"Body\":\"" TEN TEN TEN TEN TEN "012345678\xc3\xbcx\"}",
		"message          \"" TEN TEN TEN TEN TEN
		"012345678\xc3\xbc...\"  SM1"),
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct event_line event = {.received_at = 1700000000,
			.endpoint = "status",
			.kind = row->kind,
			.subject_sid = row->subject_sid,
			.source = row->source};
		char text[512] = "", want[512];
		FILE *out = fmemopen(text, sizeof text, "w");
		struct json *params;

		assert_non_null(out);
		assert_int_equal(json_read(&params, row->params,
					 strlen(row->params), NULL),
			ERR_OK);
		event.params = params;
		event_line_print(out, &event);
		json_free(params);
		assert_int_equal(fclose(out), 0);
		(void)snprintf(want, sizeof want,
			"2023-11-14 22:13:20  status     %s\n", row->printed);
		CHECK_TEXT(row->line, text, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
	};

	(void)setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests_name("event_line", tests, NULL, NULL);
}
