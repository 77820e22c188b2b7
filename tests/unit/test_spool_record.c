/*
 * A record as bytes: what is written comes back, and what is damaged does not.
 */
#include "config.h"

#include "spool_record.h"

#include "check.h"
#include "digest.h"
#include "guard.h"
#include "limit.h"
#include "sample.h"
#include "spool_sample.h"

#define TEXT SPOOL_TEXT
#define FORM CARRIER_FORM

/* Parses a copy that ends where memory ends. */
static enum err
parse_guarded(struct guard *guard, struct spool_record *record,
	const struct buf *text, struct reason *reason)
{
	return spool_record_parse(record,
		guard_buffer(guard, text->data, text->len, 0), text->len,
		reason);
}

/* Bytes that are no record; why is in the reason. */
static void
check_malformed(int line, const struct buf *text, const char *why)
{
	struct spool_record record;
	struct reason reason = {""};
	struct guard guard;

	CHECK_NUMBER(line, parse_guarded(&guard, &record, text, &reason),
		ERR_MALFORMED);
	CHECK_HOLDS(line, reason.text, why);
	guard_free(&guard);
}

static void
check_round_trip(int line, const struct spool_record *record)
{
	struct spool_record parsed;
	struct guard guard;
	struct buf text, again;

	spool_sample_format(line, &text, record);
	CHECK_NUMBER(line, parse_guarded(&guard, &parsed, &text, NULL), ERR_OK);
	spool_sample_check(line, &parsed, record);
	spool_sample_format(line, &again, &parsed);
	CHECK_NUMBER(line, again.len, text.len);
	CHECK(line, memcmp(again.data, text.data, text.len) == 0);
	buf_free(&again);
	guard_free(&guard);
	buf_free(&text);
}

/* line, endpoint, account, token, query, body, carrier, time */
/* clang-format off */
static const struct {
	int line;
	struct spool_record record;
} round_trips[] = {
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT("b"), FORM, {1, 2}}},

	/* What is empty stays empty. */
	{__LINE__, {TEXT(""), TEXT(""), TEXT(""), TEXT(""), TEXT(""), FORM, {0, 0}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {1, 2}}},

	/* Carriers. */
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT(""), CARRIER_QUERY, {1, 2}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT("{}"), CARRIER_JSON, {1, 2}}},

	/* Bytes of any kind, and what looks like the format itself. */
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("t"), TEXT("q"), TEXT("a\0b\n\r\xFF\xC3"), FORM, {1, 2}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("\n"), TEXT("\n\n"), TEXT("\nsha256 64\n"), FORM, {1, 2}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT("body 1\nx\n"), TEXT("query 0\n\n"), TEXT("\0"), FORM, {1, 2}}},

	/* Times. */
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {0, 1}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {0, 999999999}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {1759931640, 100000000}}},
	{__LINE__, {TEXT("sms"), TEXT("AC1"), TEXT(""), TEXT(""), TEXT(""), FORM, {253402300799, 999999999}}},
};
/* clang-format on */

static void
test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(round_trips); i++)
		check_round_trip(round_trips[i].line, &round_trips[i].record);
}

/* The largest request that endpoints take. */
static void
test_largest(void **state)
{
	static char body[LIMIT_BODY + 1], query[LIMIT_TARGET + 1];
	static char sid[LIMIT_SID + 1];
	struct spool_record record = spool_sample;

	(void)state;
	sample_fill(body, sizeof body, 'b');
	sample_fill(query, sizeof query, 'q');
	sample_fill(sid, sizeof sid, 's');
	record.body = spool_text(body);
	record.query = spool_text(query);
	record.idempotency_token = spool_text(sid);
	record.account_sid = spool_text(sid);
	check_round_trip(__LINE__, &record);
}

static void
test_every_truncation(void **state)
{
	struct buf text, part;

	(void)state;
	spool_sample_format(__LINE__, &text, &spool_sample);
	part = text;
	for (part.len = 0; part.len < text.len; part.len++)
		check_malformed(__LINE__, &part, "damaged");
	/* Nor anything behind it. */
	assert_int_equal(buf_add(&text, "\n", 1), ERR_OK);
	check_malformed(__LINE__, &text, "damaged");
	buf_free(&text);
}

static void
test_every_flipped_bit(void **state)
{
	struct buf text;

	(void)state;
	spool_sample_format(__LINE__, &text, &spool_sample);
	for (size_t i = 0; i < 8 * text.len; i++) {
		text.data[i / 8] ^= (char)(1 << i % 8);
		check_malformed(__LINE__, &text, "the record is");
		text.data[i / 8] ^= (char)(1 << i % 8);
	}
	buf_free(&text);
}

#define HEAD "hookswitch-spool 1\n1\n"
#define TIME "received 3\n1.2\n"
#define TO_CARRIER "token 0\n\nendpoint 3\nsms\naccount 3\nAC1\n"
#define FROM_QUERY "query 0\n\nbody 0\n\n"
#define REST TO_CARRIER "carrier 4\nform\n" FROM_QUERY
#define FIELD "a field is missing"
#define HOLDS "holds what it cannot"

/* line, text that gets a good checksum, reason or NULL */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	const char *why;
} sealed[] = {
	{__LINE__, HEAD TIME REST, NULL},

	/* Versions. */
	{__LINE__, "hookswitch-spool 1\n2\n" TIME REST, "version \"2\""},
	{__LINE__, "hookswitch-spool 2\n10\n" TIME REST, "version \"10\""},
	{__LINE__, "hookswitch-spool 0\n\n" TIME REST, "version \"\""},
	{__LINE__, "hookswitch-spool 12\n123456789012\n", "version \"123456789\""},
	{__LINE__, "hookswitch-spool 1\n2\nof another kind", "version \"2\""},
	{__LINE__, "hookswitch-spools 1\n1\n" TIME REST, "does not begin"},
	{__LINE__, " " HEAD TIME REST, "does not begin"},

	/* Times. */
	{__LINE__, HEAD "received 0\n\n" REST, HOLDS},
	{__LINE__, HEAD "received 1\n1\n" REST, HOLDS},
	{__LINE__, HEAD "received 2\n1.\n" REST, HOLDS},
	{__LINE__, HEAD "received 2\n.1\n" REST, HOLDS},
	{__LINE__, HEAD "received 4\n-1.0\n" REST, HOLDS},
	{__LINE__, HEAD "received 4\n1.0 \n" REST, HOLDS},
	{__LINE__, HEAD "received 4\n1.0\n\n" REST, HOLDS},
	{__LINE__, HEAD "received 12\n1.1000000000\n" REST, HOLDS},
	{__LINE__, HEAD "received 21\n1234567890123456789.0\n" REST, HOLDS},

	/* Carriers. */
	{__LINE__, HEAD TIME TO_CARRIER "carrier 0\n\n" FROM_QUERY, HOLDS},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 4\nForm\n" FROM_QUERY, HOLDS},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 5\nforms\n" FROM_QUERY, HOLDS},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 3\nfor\n" FROM_QUERY, HOLDS},

	/* Lengths. */
	{__LINE__, HEAD "received \n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 4\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 2\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received -1\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received +3\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 0x3\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 3 \n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 999999999999999999\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 18446744073709551619\n1.2\n" REST, FIELD},
	{__LINE__, HEAD "received 4294967299\n1.2\n" REST, FIELD},

	/* Fields that are missing, twice there, in another order. */
	{__LINE__, HEAD, FIELD},
	{__LINE__, HEAD REST, FIELD},
	{__LINE__, HEAD TIME TIME REST, FIELD},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 4\nform\nbody 0\n\nquery 0\n\n", FIELD},
	{__LINE__, HEAD TIME TO_CARRIER "carrier 4\nform\nquery 0\n\n", FIELD},
	{__LINE__, HEAD TIME REST "more 0\n\n", "checksum"},
};
/* clang-format on */

/* Appends the checksum of all that is there. */
static void
seal(int line, struct buf *text)
{
	char hex[DIGEST_SHA256_HEX];

	digest_sha256(text->data, text->len, hex);
	CHECK_NUMBER(line, buf_add_text(text, "sha256 64\n"), ERR_OK);
	CHECK_NUMBER(line, buf_add_text(text, hex), ERR_OK);
	CHECK_NUMBER(line, buf_add_text(text, "\n"), ERR_OK);
}

static void
test_sealed(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(sealed); i++) {
		struct spool_record record;
		struct guard guard;
		struct buf text;
		int line = sealed[i].line;

		buf_init(&text, LIMIT_SPOOL_RECORD);
		CHECK_NUMBER(line, buf_add_text(&text, sealed[i].text), ERR_OK);
		seal(line, &text);
		if (sealed[i].why != NULL) {
			check_malformed(line, &text, sealed[i].why);
		} else {
			CHECK_NUMBER(line,
				parse_guarded(&guard, &record, &text, NULL),
				ERR_OK);
			guard_free(&guard);
		}
		buf_free(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_every_flipped_bit),
		cmocka_unit_test(test_sealed),
	};

	return cmocka_run_group_tests_name("spool_record", tests, NULL, NULL);
}
