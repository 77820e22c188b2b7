/*
 * What a request writes: the event's key, the ledger's facts, the statements.
 */
#include "config.h"

#include "plan.h"

#include <ctype.h>

#include "check.h"
#include "sample.h"
#include "statements.h"

#define ACCOUNT "AC00000000000000000000000000000001"
#define KEY_SIZE (DIGEST_SHA256_HEX + 2)
#define REPLACEMENT "\xEF\xBF\xBD"

static const char *const subjects[] = {"MessageSid", "CallSid", NULL};

/* needs, statement */
static const struct write writes[] = {
	{{"MessageSid"},			    &statement_message_inbound},
	{{"MessageSid", "MediaUrl0"},               &statement_message_media  },
	{{"CallSid"},			       &statement_call           },
	{{"CallSid", "DialCallSid", "DialBridged"}, &statement_dialed_call    },
	{{NULL},				    NULL		      },
};

static const struct event plain = {
	.endpoint = "sms",
	.account_sid = ACCOUNT,
	.subjects = subjects,
	.received_at = {1759931652, 123456789},
	.source = "webhook",
	.raw = "raw",
	.raw_len = 3,
};

/* A plan and the form that it borrows. */
struct made {
	struct sample sample;
	struct plan plan;
};

static void
make(struct made *made, const struct event *event, const char *form)
{
	sample_open(&made->sample, form);
	assert_int_equal(
		plan_make(&made->plan, event, &made->sample.form, writes),
		ERR_OK);
}

static void
unmake(struct made *made)
{
	plan_free(&made->plan);
	sample_close(&made->sample);
}

/* The value of a placeholder; stays until the next call or unmake. */
static const char *
value_of(const struct made *made, const char *name, enum sql_type type)
{
	static char scratch[STATEMENT_VALUE_SIZE];
	const struct placeholder placeholder = {name, type, 0};

	return plan_value(&made->plan, &placeholder, scratch);
}

static void
key_of(char key[KEY_SIZE], const char *endpoint, const char *form)
{
	struct event event = plain;
	struct made made;

	event.endpoint = endpoint;
	make(&made, &event, form);
	assert_string_equal(
		value_of(&made, "event_key", SQL_BYTEA), made.plan.event_key);
	(void)snprintf(key, KEY_SIZE, "%s", made.plan.event_key);
	unmake(&made);
}

/* line, endpoint, form, endpoint, form, whether they are the same event */
/* clang-format off */
static const struct {
	int line;
	const char *endpoint, *form;
	const char *other_endpoint, *other_form;
	bool same;
} pairs[] = {
	{__LINE__, "sms", "a=1&b=2", "sms", "b=2&a=1", true},
	{__LINE__, "sms", "a=1&b=2&c=3", "sms", "c=3&a=1&b=2", true},
	{__LINE__, "sms", "a=1&a=2", "sms", "a=2&a=1", true},
	{__LINE__, "sms", "a=1&b=2", "sms", "a=1&b=2&a=1", true},
	{__LINE__, "sms", "a=1", "sms", "%61=%31", true},
	{__LINE__, "sms", "a=x+y", "sms", "a=x%20y", true},
	{__LINE__, "sms", "a=", "sms", "a", true},
	{__LINE__, "sms", "a=1", "sms", "&a=1&&", true},

	{__LINE__, "sms", "a=1", "whatsapp", "a=1", false},
	{__LINE__, "sms", "a=1", "sms", "a=2", false},
	{__LINE__, "sms", "a=1", "sms", "A=1", false},
	{__LINE__, "sms", "a=1", "sms", "a=1+", false},
	{__LINE__, "sms", "a=1", "sms", "a=1&a=2", false},
	{__LINE__, "sms", "a=1", "sms", "a=1&b=", false},
	{__LINE__, "sms", "a=1", "sms", "a=1&=", false},
	{__LINE__, "sms", "", "sms", "=", false},

	/* Text that slides from one field into the next. */
	{__LINE__, "sms", "ab=c", "sms", "a=bc", false},
	{__LINE__, "sms", "a=bc", "sms", "a=b&c=", false},
	{__LINE__, "sms", "a=1&b=2", "sms", "a=1b2", false},
	{__LINE__, "sms", "a=1&b=2", "sms", "a=11:b1:2", false},
	{__LINE__, "sms", "a=1&b=2", "sms", "a=2&b=1", false},
	{__LINE__, "sms", "a=b", "sms", "b=a", false},
	{__LINE__, "sms", "a=1", "sm", "sa=1", false},
	{__LINE__, "sms1:a", "=1", "sms", "a=1", false},
	{__LINE__, "sms", "a=1%00", "sms", "a=1", false},
	{__LINE__, "sms", "a=1%00b", "sms", "a=1&b=", false},

	/* Different bytes that the tables show alike. */
	{__LINE__, "sms", "a=%FF", "sms", "a=%FE", false},
	{__LINE__, "sms", "a=%00", "sms", "a=%EF%BF%BD", false},
};
/* clang-format on */

static void
test_key_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(pairs); i++) {
		char key[KEY_SIZE], other[KEY_SIZE];

		key_of(key, pairs[i].endpoint, pairs[i].form);
		key_of(other, pairs[i].other_endpoint, pairs[i].other_form);
		CHECK_NUMBER(
			pairs[i].line, strcmp(key, other) == 0, pairs[i].same);
	}
}

/*
 * Keys stand in tables: a new release that made others would store a repeat
 * twice.  Computed with sha256sum over "length:text" of each field.
 */
static void
test_key_stays(void **state)
{
	char key[KEY_SIZE];

	(void)state;
	key_of(key, "sms", "a=1");
	assert_string_equal(key, "\\x638e8bd7e1cd6ede147f0322876258605ded6dc75a"
				 "6b30c52ea0224ca2d18ce9");
	key_of(key, "sms", "b=%C3%A9&a=1");
	assert_string_equal(key, "\\x52cd7ab56c4411c10f66147de28718d8b8a0b48c8b"
				 "625e69c6034051092464ea");
}

/* Flips one bit of a text in the form; the text is the sample's own. */
static void
check_bit(const char *form, bool in_name, size_t parameter, size_t bit,
	const char *key)
{
	struct made made;
	struct parameter *changed;
	const char *text;
	char *byte;

	sample_open(&made.sample, form);
	changed = &made.sample.form.parameters[parameter];
	text = in_name ? changed->name : changed->value;
	byte = made.sample.text + (text - made.sample.text) + bit / 8;
	*byte = (char)(*byte ^ (1 << bit % 8));
	assert_int_equal(
		plan_make(&made.plan, &plain, &made.sample.form, writes),
		ERR_OK);
	assert_string_not_equal(made.plan.event_key, key);
	unmake(&made);
}

/* Any bit of any name and any value counts. */
static void
test_key_bits(void **state)
{
	static const char form[] = "CallSid=CA1&From=%2B14158675309&Body=Hi";
	struct sample sample;
	char key[KEY_SIZE];

	(void)state;
	key_of(key, "sms", form);
	sample_open(&sample, form);
	for (size_t i = 0; i < sample.form.n; i++) {
		const struct parameter *parameter = &sample.form.parameters[i];

		for (size_t bit = 0; bit < 8 * parameter->name_len; bit++)
			check_bit(form, true, i, bit, key);
		for (size_t bit = 0; bit < 8 * parameter->value_len; bit++)
			check_bit(form, false, i, bit, key);
	}
	sample_close(&sample);
}

static void
test_facts(void **state)
{
	struct event event = plain;
	struct made made;

	(void)state;
	event.idempotency_token = "token-1";
	make(&made, &event, "MessageSid=SM1&Body=Hi");
	assert_string_equal(value_of(&made, "account_sid", SQL_TEXT), ACCOUNT);
	assert_string_equal(value_of(&made, "endpoint", SQL_TEXT), "sms");
	assert_string_equal(value_of(&made, "subject_sid", SQL_TEXT), "SM1");
	assert_string_equal(value_of(&made, "received_at", SQL_TIMESTAMPTZ),
		"2025-10-08 13:54:12.123456+00:00");
	assert_string_equal(value_of(&made, "params", SQL_JSONB),
		"{\"MessageSid\":\"SM1\",\"Body\":\"Hi\"}");
	assert_null(value_of(&made, "raw_body", SQL_BYTEA));
	assert_string_equal(
		value_of(&made, "idempotency_token", SQL_TEXT), "token-1");
	assert_string_equal(value_of(&made, "source", SQL_TEXT), "webhook");
	assert_int_equal(strlen(made.plan.event_key), KEY_SIZE - 1);
	assert_memory_equal(made.plan.event_key, "\\x", 2);
	for (const char *c = made.plan.event_key + 2; *c != '\0'; c++)
		assert_true(
			isdigit((unsigned char)*c) || (*c >= 'a' && *c <= 'f'));
	unmake(&made);
}

/* A parameter called like a fact is in params, and nowhere else. */
static void
test_facts_stay(void **state)
{
	static const char *const names[] = {"event_key", "account_sid",
		"endpoint", "subject_sid", "received_at", "params", "raw_body",
		"idempotency_token", "source"};
	struct made made, forged;
	char form[512] = "";

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		size_t len = strlen(form);

		(void)snprintf(form + len, sizeof form - len, "%s%s=forged",
			i > 0 ? "&" : "", names[i]);
	}
	make(&made, &plain, "a=1");
	make(&forged, &plain, form);
	for (size_t i = 0; i < N_OF(names); i++) {
		const char *fact = value_of(&forged, names[i], SQL_TEXT);

		if (strcmp(names[i], "params") == 0 ||
			strcmp(names[i], "event_key") == 0)
			assert_string_not_equal(fact, "forged");
		else
			CHECK_TEXT((int)i, fact,
				value_of(&made, names[i], SQL_TEXT));
	}
	CHECK_HOLDS(__LINE__, value_of(&forged, "params", SQL_JSONB),
		"\"account_sid\":\"forged\"");
	unmake(&forged);
	unmake(&made);
}

/* line, form, statements, subject */
/* clang-format off */
static const struct {
	int line;
	const char *form;
	const char *statements;
	const char *subject;
} choices[] = {
	{__LINE__, "", "event", NULL},
	{__LINE__, "Body=Hi", "event", NULL},
	{__LINE__, "MessageSid=SM1", "event message_inbound", "SM1"},
	{__LINE__, "MessageSid=", "event", NULL},
	{__LINE__, "MessageSid", "event", NULL},
	{__LINE__, "messagesid=SM1", "event", NULL},
	{__LINE__, "MessageSid=SM1&MediaUrl0=u",
		"event message_inbound message_media", "SM1"},
	{__LINE__, "MediaUrl0=u&MessageSid=SM1",
		"event message_inbound message_media", "SM1"},
	{__LINE__, "MediaUrl0=u", "event", NULL},
	{__LINE__, "MessageSid=SM1&MediaUrl0=", "event message_inbound", "SM1"},
	{__LINE__, "MessageSid=SM1&MediaUrl1=u", "event message_inbound",
		"SM1"},
	{__LINE__, "CallSid=CA1", "event call", "CA1"},
	{__LINE__, "CallSid=CA1&MessageSid=SM1", "event message_inbound call",
		"SM1"},
	{__LINE__, "CallSid=CA1&MessageSid=", "event call", "CA1"},
	{__LINE__, "CallSid=CA1&DialCallSid=CA2", "event call", "CA1"},
	{__LINE__, "CallSid=CA1&DialBridged=true", "event call", "CA1"},
	{__LINE__, "CallSid=CA1&DialCallSid=CA2&DialBridged=true",
		"event call dialed_call", "CA1"},
	{__LINE__, "MessageSid=SM1&MessageSid=SM2", "event message_inbound",
		"SM1"},
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
test_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(choices); i++) {
		struct made made;
		char list[256];

		make(&made, &plain, choices[i].form);
		list_statements(&made.plan, list, sizeof list);
		CHECK_TEXT(choices[i].line, list, choices[i].statements);
		CHECK_TEXT(choices[i].line,
			value_of(&made, "subject_sid", SQL_TEXT),
			choices[i].subject);
		unmake(&made);
	}
}

/* A SID of 255 bytes is one, of 256 none: it could not become a key. */
static void
test_long_sids(void **state)
{
	char sid[LIMIT_SID + 2], form[2 * LIMIT_SID], list[256];
	struct made made;

	(void)state;
	sample_fill(sid, LIMIT_SID + 1, 'S');
	(void)snprintf(form, sizeof form, "MessageSid=%s&CallSid=CA1", sid);
	make(&made, &plain, form);
	list_statements(&made.plan, list, sizeof list);
	assert_string_equal(list, "event message_inbound call");
	assert_string_equal(value_of(&made, "subject_sid", SQL_TEXT), sid);
	assert_string_equal(value_of(&made, "MessageSid", SQL_TEXT), sid);
	unmake(&made);

	sample_fill(sid, LIMIT_SID + 2, 'S');
	(void)snprintf(form, sizeof form, "MessageSid=%s&CallSid=CA1", sid);
	make(&made, &plain, form);
	list_statements(&made.plan, list, sizeof list);
	assert_string_equal(list, "event call");
	assert_string_equal(value_of(&made, "subject_sid", SQL_TEXT), "CA1");
	CHECK_HOLDS(__LINE__, value_of(&made, "params", SQL_JSONB), sid);
	unmake(&made);

	/* Text that is no SID may be as long as it likes. */
	(void)snprintf(form, sizeof form, "MessageSid=SM1&Body=%s", sid);
	make(&made, &plain, form);
	assert_string_equal(value_of(&made, "Body", SQL_TEXT), sid);
	unmake(&made);
}

/* Nor a SID that no row is needed for: its column may have an index. */
static void
test_long_sid_beside(void **state)
{
	char sid[LIMIT_SID + 2], form[3 * LIMIT_SID];
	struct made made;

	(void)state;
	sample_fill(sid, LIMIT_SID + 2, 'S');
	(void)snprintf(form, sizeof form, "CallSid=CA1&ParentCallSid=%s&Sid=%s",
		sid, sid);
	make(&made, &plain, form);
	assert_null(value_of(&made, "ParentCallSid", SQL_TEXT));
	assert_null(value_of(&made, "Sid", SQL_TEXT)); /* the debugger's */
	unmake(&made);
}

/* line, form, params, whether the raw body is kept */
/* clang-format off */
static const struct {
	int line;
	const char *form;
	const char *params;
	bool raw;
} unclean[] = {
	{__LINE__, "Body=Hi", "{\"Body\":\"Hi\"}", false},
	{__LINE__, "Body=%C3%A9%F0%9F%98%80",
		"{\"Body\":\"\xC3\xA9\xF0\x9F\x98\x80\"}", false},
	{__LINE__, "Body=%EF%BF%BD", "{\"Body\":\"" REPLACEMENT "\"}", false},
	{__LINE__, "Body=a%00b", "{\"Body\":\"a" REPLACEMENT "b\"}", true},
	{__LINE__, "Body=a%FFb", "{\"Body\":\"a" REPLACEMENT "b\"}", true},
	{__LINE__, "Body=%ED%A0%80",
		"{\"Body\":\"" REPLACEMENT REPLACEMENT REPLACEMENT "\"}", true},
	{__LINE__, "Body=%C0%80", "{\"Body\":\"" REPLACEMENT REPLACEMENT "\"}",
		true},
	{__LINE__, "a%00=1", "{\"a" REPLACEMENT "\":\"1\"}", true},
	{__LINE__, "a=1&b=%FF&c=3",
		"{\"a\":\"1\",\"b\":\"" REPLACEMENT "\",\"c\":\"3\"}", true},
	/* Two names that become one. */
	{__LINE__, "a%FE=1&a%FF=2", "{\"a" REPLACEMENT "\":[\"1\",\"2\"]}",
		true},
	{__LINE__, "a=1&a=2", "{\"a\":[\"1\",\"2\"]}", false},
	{__LINE__, "a=1&b=2&a=1&a=3", "{\"a\":[\"1\",\"1\",\"3\"],\"b\":\"2\"}",
		false},
};
/* clang-format on */

static void
test_unclean(void **state)
{
	struct event event = plain;

	(void)state;
	event.raw = "a\0\xFF\n";
	event.raw_len = 4;
	for (size_t i = 0; i < N_OF(unclean); i++) {
		struct made made;

		make(&made, &event, unclean[i].form);
		CHECK_TEXT(unclean[i].line,
			value_of(&made, "params", SQL_JSONB),
			unclean[i].params);
		CHECK_TEXT(unclean[i].line,
			value_of(&made, "raw_body", SQL_BYTEA),
			unclean[i].raw ? "\\x6100ff0a" : NULL);
		unmake(&made);
	}
}

/* A typed column gets the cleaned text too. */
static void
test_unclean_value(void **state)
{
	struct made made;

	(void)state;
	make(&made, &plain, "MessageSid=SM%00&Body=%FF");
	assert_string_equal(
		value_of(&made, "MessageSid", SQL_TEXT), "SM" REPLACEMENT);
	assert_string_equal(value_of(&made, "Body", SQL_TEXT), REPLACEMENT);
	assert_string_equal(
		value_of(&made, "subject_sid", SQL_TEXT), "SM" REPLACEMENT);
	unmake(&made);
}

/* Of a JSON body params hold the query only. */
static void
test_keep_raw(void **state)
{
	static const char body[] = "{\"a\":1}";
	struct event event = plain;
	struct made made;

	(void)state;
	event.raw = body;
	event.raw_len = sizeof body - 1;
	event.keep_raw = true;
	make(&made, &event, "bodySHA256=00");
	assert_string_equal(
		value_of(&made, "raw_body", SQL_BYTEA), "\\x7b2261223a317d");
	assert_string_equal(value_of(&made, "params", SQL_JSONB),
		"{\"bodySHA256\":\"00\"}");
	unmake(&made);

	event.raw_len = 0;
	make(&made, &event, "bodySHA256=00");
	assert_string_equal(value_of(&made, "raw_body", SQL_BYTEA), "\\x");
	unmake(&made);
}

/* The largest request of the worst bytes fits all the same. */
static void
test_largest(void **state)
{
	static char body[LIMIT_BODY + 1], text[LIMIT_BODY + 1];
	struct event event = plain;
	struct form form;
	struct plan plan;

	(void)state;
	sample_fill(body, sizeof body, '\xFF');
	memcpy(text, body, sizeof text);
	event.raw = body;
	event.raw_len = sizeof body - 1;
	form_init(&form);
	assert_int_equal(
		form_parse(&form, text, sizeof text - 1, NULL), ERR_OK);
	assert_int_equal(plan_make(&plan, &event, &form, writes), ERR_OK);
	assert_int_equal(strlen(plan.facts[FACT_RAW_BODY]), 2 + 2 * LIMIT_BODY);
	assert_int_equal(strlen(plan.facts[FACT_PARAMS]),
		3 * LIMIT_BODY + strlen("{\"\":\"\"}"));
	plan_free(&plan);
	form_free(&form);
}

/* The token is unsigned: kept as it came, if a column can hold it. */
static void
test_tokens(void **state)
{
	static char longest[LIMIT_SID + 1], too_long[LIMIT_SID + 2];
	const struct {
		int line;
		const char *token;
		const char *want;
	} rows[] = {
		{__LINE__, NULL,      NULL               },
		{__LINE__, "",        NULL               },
		{__LINE__, "token-1", "token-1"          },
		{__LINE__, "a\xFFz",  "a" REPLACEMENT "z"},
		{__LINE__, longest,   longest            },
		{__LINE__, too_long,  NULL               },
	};

	(void)state;
	sample_fill(longest, sizeof longest, 't');
	sample_fill(too_long, sizeof too_long, 't');
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct event event = plain;
		struct made made;

		event.idempotency_token = rows[i].token;
		make(&made, &event, "a=1");
		CHECK_TEXT(rows[i].line,
			value_of(&made, "idempotency_token", SQL_TEXT),
			rows[i].want);
		unmake(&made);
	}
}

/* The token has no part in the key, nor have time, source and raw bytes. */
static void
test_key_is_signed(void **state)
{
	struct event event = plain;
	struct made made;
	char key[KEY_SIZE];

	(void)state;
	key_of(key, "sms", "a=1");
	event.idempotency_token = "another";
	event.received_at.tv_sec++;
	event.source = "spool";
	event.raw = "other";
	event.raw_len = 5;
	event.keep_raw = true;
	make(&made, &event, "a=1");
	assert_string_equal(made.plan.event_key, key);
	unmake(&made);
}

static void
test_values(void **state)
{
	/* clang-format off */
	static const struct {
		int line;
		const char *name;
		enum sql_type type;
		const char *want;
	} rows[] = {
		{__LINE__, "From", SQL_TEXT, "+1"},
		{__LINE__, "NumMedia", SQL_INTEGER, "2"},
		{__LINE__, "Odd", SQL_INTEGER, NULL},
		{__LINE__, "Odd", SQL_TIMESTAMPTZ, NULL},
		{__LINE__, "Odd", SQL_TEXT, "odd"},
		{__LINE__, "Empty", SQL_TEXT, NULL},
		{__LINE__, "None", SQL_TEXT, NULL},
		{__LINE__, "Twice", SQL_TEXT, "1"},
		{__LINE__, "Timestamp", SQL_TIMESTAMPTZ,
			"2025-10-08 13:54:12+00:00"},
	};
	/* clang-format on */
	struct made made;

	(void)state;
	make(&made, &plain,
		"From=%2B1&NumMedia=2&Odd=odd&Empty=&Twice=1&Twice=2"
		"&Timestamp=Wed,+08+Oct+2025+13:54:12+%2B0000");
	for (size_t i = 0; i < N_OF(rows); i++)
		CHECK_TEXT(rows[i].line,
			value_of(&made, rows[i].name, rows[i].type),
			rows[i].want);
	unmake(&made);
}

/* line, form, how many parameters are the body's, the campaign */
/* clang-format off */
static const struct {
	int line;
	const char *form;
	size_t n_body;
	const char *want;
} campaigns[] = {
	{__LINE__, "CallSid=CA1&campaignId=7", 1, "7"},
	{__LINE__, "CallSid=CA1&campaignId=7", 0, "7"},
	{__LINE__, "CallSid=CA1&key=x&campaignId=7&campaignId=8", 1, "7"},
	/* A caller could name a parameter of the body so. */
	{__LINE__, "CallSid=CA1&campaignId=7", 2, NULL},
	{__LINE__, "campaignId=7&key=x", 1, NULL},
	{__LINE__, "campaignId=8&campaignId=7", 1, "7"},
};
/* clang-format on */

static void
test_campaigns(void **state)
{
	struct event event = plain;

	(void)state;
	for (size_t i = 0; i < N_OF(campaigns); i++) {
		struct made made;

		event.n_body = campaigns[i].n_body;
		make(&made, &event, campaigns[i].form);
		CHECK_TEXT(campaigns[i].line,
			value_of(&made, "campaignId", SQL_TEXT),
			campaigns[i].want);
		unmake(&made);
	}
}

/* Every placeholder of every statement is a fact or a parameter's name. */
static void
test_names(void **state)
{
	static const struct statement *const statements[] = {&statement_call,
		&statement_dialed_call, &statement_event,
		&statement_message_inbound, &statement_message_media,
		&statement_message_status, &statement_recording,
		&statement_room, &statement_room_event,
		&statement_room_participant};
	struct event event = plain;
	struct made made;

	(void)state;
	event.idempotency_token = "token-1";
	event.keep_raw = true;
	make(&made, &event, "MessageSid=SM1&Body=STOP");
	for (size_t i = 0; i < N_OF(statements); i++) {
		const struct statement *statement = statements[i];

		for (size_t j = 0; j < statement->n; j++) {
			const char *name = statement->placeholders[j].name;

			/* Twilio's begin with a capital; one is our own. */
			if (isupper((unsigned char)name[0]) ||
				strcmp(name, "campaignId") == 0)
				continue;
			if (value_of(&made, name, SQL_TEXT) == NULL)
				fail_msg("%s: \"%s\" is no fact",
					statement->name, name);
		}
	}
	unmake(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_pairs),
		cmocka_unit_test(test_key_stays),
		cmocka_unit_test(test_key_bits),
		cmocka_unit_test(test_key_is_signed),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_facts_stay),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_campaigns),
		cmocka_unit_test(test_long_sids),
		cmocka_unit_test(test_long_sid_beside),
		cmocka_unit_test(test_unclean),
		cmocka_unit_test(test_unclean_value),
		cmocka_unit_test(test_keep_raw),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
