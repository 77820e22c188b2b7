/*
 * Scenarios as people write them, and their variables.
 */
#include "config.h"

#include "scenario.h"

#include "check.h"
#include "guard.h"
#include "kind.h"
#include "sample.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* Parses a text that ends where memory ends. */
static enum err
parse(struct scenario *scenario, const char *text, struct reason *reason)
{
	struct guard guard;
	size_t len = strlen(text);
	enum err err;

	scenario_init(scenario);
	err = scenario_parse(
		scenario, "f", guard_bytes(&guard, text, len), len, reason);
	guard_free(&guard);
	return err;
}

static const char *
value_of(const struct scenario_step *step, const char *name)
{
	for (size_t i = 0; i < step->n; i++)
		if (strcmp(step->parameters[i].name, name) == 0)
			return step->parameters[i].value;
	return NULL;
}

/* text; steps; of the last one: its name, wait, and the value of a parameter */
static const struct good_row {
	int line;
	const char *text;
	size_t n;
	const char *webhook;
	unsigned long wait;
	const char *name, *value;
} good_rows[] = {
	ROW("inbound-call", 1, "inbound-call", 0, "CallStatus", "ringing"),
	ROW("inbound-call\n", 1, "inbound-call", 0, "CallSid", "{call}"),
	ROW("inbound-call\r\n", 1, "inbound-call", 0, "New", NULL),
	ROW("# a\n\n  # b\ninbound-call From=a", 1, "inbound-call", 0, "From",
		"a"),
	ROW("inbound-call From=a To=b\tNew=c", 1, "inbound-call", 0, "New",
		"c"),
	ROW("inbound-call From=", 1, "inbound-call", 0, "From", ""),
	ROW("inbound-call From=a=b", 1, "inbound-call", 0, "From", "a=b"),
	ROW("inbound-call\n From = a b \t\r\n", 1, "inbound-call", 0, "From",
		"a b"),
	ROW("inbound-call\n\tFrom=a\n\n\n\tFrom=b", 1, "inbound-call", 0,
		"From", "b"),
	ROW("inbound-call\n From =", 1, "inbound-call", 0, "From", ""),
	ROW("inbound-call\n Body = {call2} {time-40} {JSON} {\"a\":{}} {", 1,
		"inbound-call", 0, "Body",
		"{call2} {time-40} {JSON} {\"a\":{}} {"),
	ROW("inbound-call\nwait 2\ncall-status", 2, "call-status", 2000,
		"CallStatus", "completed"),
	ROW("wait 2s\ncall-status", 1, "call-status", 2000, "New", NULL),
	ROW("wait 20ms\nwait 1\ncall-status", 1, "call-status", 1020, "New",
		NULL),
	ROW("wait 3600\ncall-status", 1, "call-status", 3600000, "New", NULL),
	ROW("wait 1\ncall-status\ncall-status", 2, "call-status", 0, "New",
		NULL),
	ROW("call-status\nwait 1", 1, "call-status", 0, "New", NULL),
	ROW("call-status \xc3\xbc=\xff", 1, "call-status", 0, "\xc3\xbc",
		"\xff"),
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good_rows); i++) {
		const struct good_row *row = &good_rows[i];
		const struct scenario_step *last;
		struct reason reason = {""};
		struct scenario scenario;

		CHECK_NUMBER(row->line, parse(&scenario, row->text, &reason),
			ERR_OK);
		CHECK_NUMBER(row->line, scenario.n, row->n);
		last = &scenario.steps[row->n - 1];
		CHECK_TEXT(row->line, last->webhook->name, row->webhook);
		CHECK_NUMBER(row->line, last->wait, row->wait);
		CHECK_TEXT(row->line, value_of(last, row->name), row->value);
		scenario_free(&scenario);
	}
}

static const struct bad_row {
	int line;
	const char *text, *reason;
} bad_rows[] = {
	ROW("", "there is no webhook in file \"f\""),
	ROW("# a\nwait 1\n", "there is no webhook in file \"f\""),
	ROW("inbound-cal",
		"there is no webhook \"inbound-cal\" in line 1 of file \"f\"; "
		"did you mean \"inbound-call\"?"),
	ROW("\n\nx y", "there is no webhook \"x\" in line 3 of file \"f\""),
	ROW("WAIT 1", "there is no webhook \"WAIT\" in line 1 of file \"f\""),
	ROW("inbound-call From",
		"line 1 of file \"f\" is not \"Name = value\""),
	ROW("inbound-call From = a",
		"line 1 of file \"f\" is not \"Name = value\""),
	ROW("inbound-call =a", "line 1 of file \"f\" is not \"Name = value\""),
	ROW("inbound-call\n From a",
		"line 2 of file \"f\" is not \"Name = value\""),
	ROW("inbound-call\n = a",
		"line 2 of file \"f\" is not \"Name = value\""),
	ROW(" From = a",
		"line 1 of file \"f\" is indented, but there is no webhook "
		"above it"),
	ROW("inbound-call\nwait 1\n From = a",
		"line 3 of file \"f\" is indented, but there is no webhook "
		"above it"),
	ROW("inbound-call\n Body = {cal}",
		"there is no variable {cal} in line 2 of file \"f\""),
	ROW("inbound-call Body={time-x}",
		"there is no variable {time-x} in line 1 of file \"f\""),
	ROW("inbound-call Body={time-99999999999}",
		"there is no variable {time-99999999999} in line 1 of file "
		"\"f\""),
	ROW("inbound-call Body={call-2}",
		"there is no variable {call-2} in line 1 of file \"f\""),
	ROW("wait", "line 1 of file \"f\" is not \"wait SECONDS\" or "
		    "\"wait NUMBERms\", an hour at the most"),
	ROW("wait -1", "line 1 of file \"f\" is not \"wait SECONDS\" or "
		       "\"wait NUMBERms\", an hour at the most"),
	ROW("wait 1 s", "line 1 of file \"f\" is not \"wait SECONDS\" or "
			"\"wait NUMBERms\", an hour at the most"),
	ROW("wait 1h", "line 1 of file \"f\" is not \"wait SECONDS\" or "
		       "\"wait NUMBERms\", an hour at the most"),
	ROW("wait 3601", "line 1 of file \"f\" is not \"wait SECONDS\" or "
			 "\"wait NUMBERms\", an hour at the most"),
	ROW("wait 3600\nwait 1ms",
		"line 2 of file \"f\" is not \"wait SECONDS\" or "
		"\"wait NUMBERms\", an hour at the most"),
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_rows); i++) {
		struct reason reason = {""};
		struct scenario scenario;

		CHECK_NUMBER(bad_rows[i].line,
			parse(&scenario, bad_rows[i].text, &reason),
			ERR_MALFORMED);
		CHECK_TEXT(bad_rows[i].line, reason.text, bad_rows[i].reason);
		scenario_free(&scenario);
	}
}

/* Repeats a text until there are n of it; the caller frees it. */
static char *
repeat(const char *text, size_t n, const char *before)
{
	size_t len = strlen(text), at = strlen(before);
	char *all = malloc(at + n * len + 1);

	assert_non_null(all);
	(void)snprintf(all, at + 1, "%s", before);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(all + at, text, len + 1);
	return all;
}

static void
check_too_large(int line, char *text, const char *part)
{
	struct reason reason = {""};
	struct scenario scenario;

	CHECK_NUMBER(line, parse(&scenario, text, &reason), ERR_TOO_LARGE);
	CHECK_HOLDS(line, reason.text, part);
	scenario_free(&scenario);
	free(text);
}

static void
test_ceilings(void **state)
{
	char many[20 * (SCENARIO_PARAMETERS + 1)] = "debugger";
	struct reason reason = {""};
	struct scenario scenario;
	char *text;

	(void)state;
	text = repeat("debugger\n", SCENARIO_STEPS, "");
	assert_int_equal(parse(&scenario, text, &reason), ERR_OK);
	assert_int_equal(scenario.n, SCENARIO_STEPS);
	scenario_free(&scenario);
	free(text);
	check_too_large(__LINE__, repeat("debugger\n", SCENARIO_STEPS + 1, ""),
		"more than 500 webhooks in line 501");
	check_too_large(__LINE__, repeat("# ", SCENARIO_FILE / 2 + 1, ""),
		"exceeds 65536 bytes");
	for (int i = 0; i < SCENARIO_PARAMETERS; i++) {
		size_t len = strlen(many);

		(void)snprintf(many + len, sizeof many - len, " New%d=", i);
	}
	check_too_large(__LINE__, repeat(many, 1, ""),
		"more than 200 parameters in line 1");
}

static void
test_nul(void **state)
{
	struct reason reason = {""};
	struct scenario scenario;

	(void)state;
	scenario_init(&scenario);
	assert_int_equal(
		scenario_parse(&scenario, "f", "debugger\0x", 10, &reason),
		ERR_MALFORMED);
	CHECK_TEXT(__LINE__, reason.text, "file \"f\" has a NUL byte in it");
	scenario_free(&scenario);
}

/* A parameter from the command line. */
static void
test_set(void **state)
{
	struct reason reason = {""};
	struct scenario scenario;

	(void)state;
	assert_int_equal(
		parse(&scenario, "inbound-call\nrecording-status", &reason),
		ERR_OK);
	assert_int_equal(
		scenario_set(&scenario, "CallStatus", "busy", &reason), ERR_OK);
	assert_int_equal(scenario_set(&scenario, "New", "1", &reason), ERR_OK);
	CHECK_TEXT(
		__LINE__, value_of(&scenario.steps[0], "CallStatus"), "busy");
	CHECK_TEXT(__LINE__, value_of(&scenario.steps[1], "CallStatus"), NULL);
	CHECK_TEXT(__LINE__, value_of(&scenario.steps[0], "New"), "1");
	CHECK_TEXT(__LINE__, value_of(&scenario.steps[1], "New"), "1");
	assert_int_equal(scenario_set(&scenario, "New", "{nothing}", &reason),
		ERR_MALFORMED);
	CHECK_TEXT(__LINE__, reason.text, "there is no variable {nothing}");
	scenario_free(&scenario);
}

static const struct variables fixed = {
	.account_sid = "AC1",
	.us = "+15005550006",
	.run = 7,
	.now = {1761588961,     876000000      },
	.set = {{"order", "5"}, {"room", "RM1"}},
	.n_set = 2,
};

/* value with variables, what it becomes */
static const struct value_row {
	int line;
	const char *value, *expanded;
} value_rows[] = {
	ROW("", ""),
	ROW("{account}/{us}/{them}", "AC1/+15005550006/+14158675309"),
	ROW("{run}", "7"),
	ROW("a{newline}b", "a\nb"),
	ROW("{time}", "Mon, 27 Oct 2025 18:16:01 +0000"),
	ROW("{time-61}", "Mon, 27 Oct 2025 18:15:00 +0000"),
	ROW("{time+3600}", "Mon, 27 Oct 2025 19:16:01 +0000"),
	ROW("{isotime}", "2025-10-27T18:16:01.876Z"),
	ROW("{isotime-1}", "2025-10-27T18:16:00.876Z"),
	ROW("{order} {room}", "5 RM1"),
	ROW("{}{Body}{ call}{call }{{us}}",
		"{}{Body}{ call}{call }{+15005550006}"),
	ROW("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"),
	ROW("{us", "{us"),
};

static void
test_values(void **state)
{
	const struct expand_source source = {variables_value, &fixed};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	for (size_t i = 0; i < N_OF(value_rows); i++) {
		buf_clear(&out);
		CHECK_NUMBER(value_rows[i].line,
			expand(&out, value_rows[i].value, &source, NULL),
			ERR_OK);
		CHECK_TEXT(value_rows[i].line, buf_text(&out),
			value_rows[i].expanded);
	}
	out.max = 3;
	buf_clear(&out);
	assert_int_equal(expand(&out, "{us}", &source, NULL), ERR_TOO_LARGE);
	buf_free(&out);
}

static void
expand_sid(const struct variables *variables, const char *name, char sid[64])
{
	struct buf out;

	buf_init(&out, 63);
	assert_int_equal(variables_value(variables, name, &out), ERR_OK);
	(void)snprintf(sid, 64, "%s", buf_text(&out));
	buf_free(&out);
}

/* The same throughout a run, others elsewhere, and shaped as Twilio's. */
static void
test_sids(void **state)
{
	struct variables variables = fixed, other;
	char call[64], again[64], second[64], next[64], elsewhere[64];

	(void)state;
	expand_sid(&variables, "call", call);
	expand_sid(&variables, "call", again);
	expand_sid(&variables, "call2", second);
	variables.run++;
	expand_sid(&variables, "call", next);
	assert_int_equal(variables_init(&other, "AC1", NULL), ERR_OK);
	CHECK_TEXT(__LINE__, other.us, "+15005550006");
	expand_sid(&other, "call", elsewhere);
	CHECK_TEXT(__LINE__, again, call);
	CHECK(__LINE__, strcmp(second, call) != 0);
	CHECK(__LINE__, strcmp(next, call) != 0);
	CHECK(__LINE__, strcmp(elsewhere, call) != 0);
	CHECK_NUMBER(__LINE__, strlen(call), 34);
	CHECK(__LINE__, strncmp(call, "CA", 2) == 0);
	CHECK_NUMBER(__LINE__, strspn(call + 2, "0123456789abcdef"), 32);
}

static void
test_too_many_set(void **state)
{
	struct variables variables = fixed;

	(void)state;
	for (size_t i = fixed.n_set; i < VARIABLES_SET; i++)
		assert_true(variables_set(&variables, "us", "1"));
	assert_false(variables_set(&variables, "us", "1"));
}

/* webhook, the kind that the endpoints take it for */
static const struct kind_row {
	int line;
	const char *webhook;
	enum kind kind;
} kind_rows[] = {
	ROW("inbound-call", KIND_CALL),
	ROW("outbound-call", KIND_CALL),
	ROW("dial-action", KIND_CALL_ACTION),
	ROW("record-action", KIND_CALL_ACTION),
	ROW("gather-action", KIND_CALL_ACTION),
	ROW("call-status", KIND_CALL_STATUS),
	ROW("inbound-call-status", KIND_CALL_STATUS),
	ROW("answering-machine", KIND_ANSWERING_MACHINE_DETECTION),
	ROW("recording-status", KIND_RECORDING_STATUS),
	ROW("inbound-message", KIND_MESSAGE),
	ROW("inbound-mms", KIND_MESSAGE),
	ROW("inbound-whatsapp", KIND_MESSAGE),
	ROW("message-status", KIND_MESSAGE_STATUS),
	ROW("whatsapp-status", KIND_MESSAGE_STATUS),
	ROW("video-room", KIND_VIDEO_ROOM),
	ROW("video-participant", KIND_VIDEO_ROOM),
	ROW("video-composition", KIND_VIDEO_COMPOSITION),
	ROW("debugger", KIND_DEBUGGER),
};

/* Every webhook has what tells its kind, what it is about, and its account. */
static void
test_webhooks(void **state)
{
	size_t n = 0;

	(void)state;
	while (webhooks[n] != NULL)
		n++;
	assert_int_equal(n, N_OF(kind_rows));
	for (size_t i = 0; i < n; i++) {
		const struct kind_row *row = &kind_rows[i];
		const struct webhook *webhook = webhook_find(row->webhook);
		struct reason reason = {""};
		struct scenario scenario;
		struct sample sample;
		struct buf body;

		CHECK(row->line, webhook != NULL);
		buf_init(&body, 10000);
		CHECK_NUMBER(row->line, parse(&scenario, row->webhook, &reason),
			ERR_OK);
		CHECK_NUMBER(row->line,
			scenario_compose(
				&body, &scenario.steps[0], &fixed, &reason),
			ERR_OK);
		sample_open(&sample, buf_text(&body));
		CHECK_NUMBER(row->line, kind_of(&sample.form), row->kind);
		CHECK_TEXT(row->line, form_value(&sample.form, "AccountSid"),
			"AC1");
		CHECK(row->line,
			form_value(&sample.form, webhook->subject) != NULL);
		CHECK(row->line,
			form_value(&sample.form, webhook->state) != NULL);
		CHECK_LACKS(row->line, buf_text(&body), "%7Bcall");
		sample_close(&sample);
		scenario_free(&scenario);
		buf_free(&body);
	}
	assert_null(webhook_find("nothing"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_sids),
		cmocka_unit_test(test_too_many_set),
		cmocka_unit_test(test_webhooks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
