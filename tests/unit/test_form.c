/*
 * Parameters of a request: faithful, or refused.
 */
#include "config.h"

#include "form.h"

#include "check.h"
#include "guard.h"
#include "limit.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

#define REPLACEMENT "\xEF\xBF\xBD"

/* A text that may hold NUL bytes. */
struct text {
	const char *bytes;
	size_t len;
};

struct pair {
	struct text name;
	struct text value;
};

#define TEXT(text)                                                             \
	{                                                                      \
		text, sizeof text - 1                                          \
	}
#define PAIR(name, value)                                                      \
	{                                                                      \
		TEXT(name), TEXT(value)                                        \
	}
#define NONE                                                                   \
	{                                                                      \
		{NULL, 0},                                                     \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}
#define PAIRS_MAX 5

/* A form in a guarded buffer: one writable byte after it, no more. */
struct sample {
	struct form form;
	struct guard guard;
	struct reason reason;
	enum err err; /* what form_parse said */
};

static void
sample_parse(struct sample *sample, const char *text, size_t len)
{
	(void)guard_buffer(&sample->guard, text, len, 1);
	form_init(&sample->form);
	memset(&sample->reason, 0, sizeof sample->reason);
	sample->err = form_parse(
		&sample->form, sample->guard.data, len, &sample->reason);
}

static void
sample_close(struct sample *sample)
{
	form_free(&sample->form);
	guard_free(&sample->guard);
}

static bool
is_text(const char *got, size_t len, const struct text *want)
{
	return len == want->len && memcmp(got, want->bytes, len) == 0 &&
	       got[len] == '\0';
}

/* The same pairs in the same order, each text ended by a NUL. */
static void
check_pairs(int line, const struct form *form, const struct pair *want)
{
	size_t n = 0;

	while (n < PAIRS_MAX && want[n].name.bytes != NULL)
		n++;
	CHECK_NUMBER(line, form->n, n);
	for (size_t i = 0; i < n; i++) {
		const struct parameter *got = &form->parameters[i];

		CHECK(line, is_text(got->name, got->name_len, &want[i].name));
		CHECK(line,
			is_text(got->value, got->value_len, &want[i].value));
	}
}

static const struct parse_row {
	int line;
	struct text input;
	struct pair want[PAIRS_MAX];
} parse_rows[] = {
	ROW(TEXT(""), {NONE}),
	ROW(TEXT("a=1"), {PAIR("a", "1")}),
	ROW(TEXT("a=1&b=2"), {PAIR("a", "1"), PAIR("b", "2")}),
	/* the order of arrival, and repeats */
	ROW(TEXT("b=2&a=1"), {PAIR("b", "2"), PAIR("a", "1")}),
	ROW(TEXT("a=1&a=1&a=2&b=&a=1"),
		{PAIR("a", "1"), PAIR("a", "1"), PAIR("a", "2"), PAIR("b", ""),
			PAIR("a", "1")}),
	ROW(TEXT("A=1&a=1"), {PAIR("A", "1"), PAIR("a", "1")}),
	/* empty and absent */
	ROW(TEXT("a="), {PAIR("a", "")}),
	ROW(TEXT("a"), {PAIR("a", "")}),
	ROW(TEXT("=1"), {PAIR("", "1")}),
	ROW(TEXT("="), {PAIR("", "")}),
	ROW(TEXT("=&="), {PAIR("", ""), PAIR("", "")}),
	ROW(TEXT("a=&b"), {PAIR("a", ""), PAIR("b", "")}),
	ROW(TEXT("a&b=&c"), {PAIR("a", ""), PAIR("b", ""), PAIR("c", "")}),
	/* an empty piece is none */
	ROW(TEXT("&"), {NONE}),
	ROW(TEXT("&&&"), {NONE}),
	ROW(TEXT("&a=1"), {PAIR("a", "1")}),
	ROW(TEXT("a=1&"), {PAIR("a", "1")}),
	ROW(TEXT("a=1&&b=2"), {PAIR("a", "1"), PAIR("b", "2")}),
	ROW(TEXT("&&a&&b&&"), {PAIR("a", ""), PAIR("b", "")}),
	/* only the first "=" and only "&" separate */
	ROW(TEXT("a=b=c"), {PAIR("a", "b=c")}),
	ROW(TEXT("a==&b"), {PAIR("a", "="), PAIR("b", "")}),
	ROW(TEXT("a=1;b=2"), {PAIR("a", "1;b=2")}),
	ROW(TEXT("a;b=2"), {PAIR("a;b", "2")}),
	ROW(TEXT("a=1?b=2#c"), {PAIR("a", "1?b=2#c")}),
	/* decoded separators do not separate */
	ROW(TEXT("a=1%26b%3D2"), {PAIR("a", "1&b=2")}),
	ROW(TEXT("a%26b%3Dc=1"), {PAIR("a&b=c", "1")}),
	ROW(TEXT("a%3D1"), {PAIR("a=1", "")}),
	/* blanks */
	ROW(TEXT("a+b=c+d"), {PAIR("a b", "c d")}),
	ROW(TEXT("+=+"), {PAIR(" ", " ")}),
	ROW(TEXT("a%20b=c%20d"), {PAIR("a b", "c d")}),
	ROW(TEXT("a=%2B+%2b"), {PAIR("a", "+ +")}),
	ROW(TEXT(" a = b "), {PAIR(" a ", " b ")}),
	ROW(TEXT("+a+=+b+"), {PAIR(" a ", " b ")}),
	ROW(TEXT("a=b\r\n"), {PAIR("a", "b\r\n")}),
	ROW(TEXT("a=b%0D%0Ac%0A"), {PAIR("a", "b\r\nc\n")}),
	/* decoded once */
	ROW(TEXT("a=%2541"), {PAIR("a", "%41")}),
	ROW(TEXT("a=%25"), {PAIR("a", "%")}),
	ROW(TEXT("a=%25%2B%252B"), {PAIR("a", "%+%2B")}),
	ROW(TEXT("%41%42=%43%44"), {PAIR("AB", "CD")}),
	/* any byte */
	ROW(TEXT("a=%C3%B1&b=\xC3\xB1"),
		{PAIR("a", "\xC3\xB1"), PAIR("b", "\xC3\xB1")}),
	ROW(TEXT("a=%c3%b1%fF%Fe"), {PAIR("a", "\xC3\xB1\xFF\xFE")}),
	ROW(TEXT("%FF=\xFF"), {PAIR("\xFF", "\xFF")}),
	/* NUL, encoded and raw */
	ROW(TEXT("a=1%002"), {PAIR("a", "1\0002")}),
	ROW(TEXT("a%00b=%00"), {PAIR("a\0b", "\0")}),
	ROW(TEXT("a\0b=\0&c"), {PAIR("a\0b", "\0"), PAIR("c", "")}),
	ROW(TEXT("%00"), {PAIR("\0", "")}),
	/* what Twilio sends */
	ROW(TEXT("MessagingBinding.Address=%2B1325&SipHeader_X-Foo=a%40b"),
		{PAIR("MessagingBinding.Address", "+1325"),
			PAIR("SipHeader_X-Foo", "a@b")}),
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(parse_rows); i++) {
		const struct parse_row *row = &parse_rows[i];
		struct sample sample;

		sample_parse(&sample, row->input.bytes, row->input.len);
		CHECK_NUMBER(row->line, sample.err, ERR_OK);
		check_pairs(row->line, &sample.form, row->want);
		sample_close(&sample);
	}
}

static const struct fault_row {
	int line;
	const char *input;
} fault_rows[] = {
	ROW("%"),
	ROW("%4"),
	ROW("a=%"),
	ROW("a=%4"),
	ROW("a%=1"),
	ROW("a%4=1"),
	ROW("a%&b=1"),
	ROW("a=%&b=1"),
	ROW("a=%4&b=1"),
	ROW("a=%%41"),
	ROW("a=%4%41"),
	ROW("a=%4G"),
	ROW("a=%G4"),
	ROW("a=%+1"),
	ROW("a=% 1"),
	ROW("a=%-1"),
	ROW("a=%0x"),
	ROW("a=%x0"),
	ROW("a=%u0041"),
	ROW("a=100%"),
	ROW("a=1&b=2&c=%"),
	ROW("a=1&b%=2&c=3"),
	ROW("%=%"),
};

/* A stray "%" anywhere; the reason does not quote what was sent. */
static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(fault_rows); i++) {
		const struct fault_row *row = &fault_rows[i];
		struct sample sample;

		sample_parse(&sample, row->input, strlen(row->input));
		CHECK_NUMBER(row->line, sample.err, ERR_MALFORMED);
		CHECK(row->line, sample.reason.text[0] != '\0');
		sample_close(&sample);
	}
}

static void
test_fault_is_not_quoted(void **state)
{
	static const char input[] = "first=ok&Body=secret%zz";
	struct sample sample;
	struct form form;
	char copy[sizeof input];

	(void)state;
	sample_parse(&sample, input, strlen(input));
	assert_int_equal(sample.err, ERR_MALFORMED);
	assert_null(strstr(sample.reason.text, "secret"));
	assert_non_null(strstr(sample.reason.text, "2"));
	sample_close(&sample);
	memcpy(copy, input, sizeof input);
	form_init(&form);
	assert_int_equal(
		form_parse(&form, copy, strlen(copy), NULL), ERR_MALFORMED);
	form_free(&form);
}

/* The value of a hexadecimal digit, -1 for any other byte. */
static int
digit(int c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = memchr(digits, c, sizeof digits - 1);

	return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* All 65,536 endings of "%", in a name and in a value, at the very end. */
static void
test_every_percent(void **state)
{
	static const char *const before[] = {"", "a="};

	(void)state;
	for (int i = 0; i < 2 * 0x10000; i++) {
		struct sample sample;
		const char *start = before[i >> 16];
		int high = digit(i >> 8 & 0xFF), low = digit(i & 0xFF);
		const struct parameter *got;
		char text[8], byte;
		size_t len = strlen(start);

		memcpy(text, start, len);
		text[len++] = '%';
		text[len++] = (char)(i >> 8);
		text[len++] = (char)i;
		sample_parse(&sample, text, len);
		if (high < 0 || low < 0) {
			assert_int_equal(sample.err, ERR_MALFORMED);
		} else {
			bool in_name = *start == '\0';

			assert_int_equal(sample.err, ERR_OK);
			assert_int_equal(sample.form.n, 1);
			got = sample.form.parameters;
			assert_int_equal(got->name_len, 1);
			assert_int_equal(got->value_len, in_name ? 0 : 1);
			byte = in_name ? got->name[0] : got->value[0];
			assert_int_equal((unsigned char)byte, high * 16 + low);
		}
		sample_close(&sample);
	}
}

static const char body[] =
	"ToCountry=US&&SmsMessageSid=SM0123456789abcdef&Body=It%27s+a%20%22"
	"test%22+%E2%82%AC%F0%9F%98%80&NumMedia=0&Empty=&Bare&=noname&From="
	"whatsapp%3A%2B14158675309&Digits=1&Digits=2&Digits=1&Z%00=%00%25&a;b="
	"c;d&";

/* Cut anywhere: what came whole is unchanged, half a "%XX" is refused. */
static void
test_truncated(void **state)
{
	const size_t whole = sizeof body - 1;
	struct sample full;

	(void)state;
	sample_parse(&full, body, whole);
	assert_int_equal(full.err, ERR_OK);
	assert_int_equal(full.form.n, 13);
	for (size_t len = 0; len < whole; len++) {
		bool half = (len > 0 && body[len - 1] == '%') ||
			    (len > 1 && body[len - 2] == '%');
		struct sample cut;

		sample_parse(&cut, body, len);
		assert_int_equal(cut.err, half ? ERR_MALFORMED : ERR_OK);
		for (size_t i = 0; i + 1 < cut.form.n; i++) {
			const struct parameter *a = &cut.form.parameters[i];
			const struct parameter *b = &full.form.parameters[i];

			assert_int_equal(a->name_len, b->name_len);
			assert_memory_equal(a->name, b->name, b->name_len + 1);
			assert_int_equal(a->value_len, b->value_len);
			assert_memory_equal(
				a->value, b->value, b->value_len + 1);
		}
		sample_close(&cut);
	}
	sample_close(&full);
}

/* Every text of the form lies in the input, its NUL at most right after. */
static void
check_inside(const struct sample *sample)
{
	const char *start = sample->guard.data;
	const char *end = start + sample->guard.len;

	for (size_t i = 0; i < sample->form.n; i++) {
		const struct parameter *got = &sample->form.parameters[i];

		assert_true(got->name >= start);
		assert_true(got->name + got->name_len <= end);
		assert_true(got->value >= start);
		assert_true(got->value + got->value_len <= end);
		assert_int_equal(got->name[got->name_len], '\0');
		assert_int_equal(got->value[got->value_len], '\0');
	}
}

/* Every flipped bit of a body: parsed or refused, nothing else. */
static void
test_flipped(void **state)
{
	char text[sizeof body];

	(void)state;
	for (size_t i = 0; i < 8 * strlen(body); i++) {
		struct sample sample;

		memcpy(text, body, sizeof body);
		text[i / 8] ^= (char)(1 << i % 8);
		sample_parse(&sample, text, strlen(body));
		assert_true(
			sample.err == ERR_OK || sample.err == ERR_MALFORMED);
		if (sample.err == ERR_OK)
			check_inside(&sample);
		sample_close(&sample);
	}
}

/* Writes len random bytes to raw, and encoded in some way to *out. */
static char *
encode(char *out, char *raw, size_t len, unsigned *random)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned byte, way;

		*random = *random * 1103515245 + 12345;
		byte = *random >> 16 & 0xFF;
		way = *random >> 24 & 7;
		raw[i] = (char)byte;
		if (byte == ' ' && way < 4) {
			*out++ = '+';
		} else if (way < 4 && strchr("%+&=", (char)byte) == NULL) {
			*out++ = (char)byte;
		} else {
			*out++ = '%';
			*out++ = digits[(byte >> 4) + (way & 1) * 16];
			*out++ = digits[(byte & 15) + (way >> 1 & 1) * 16];
		}
	}
	return out;
}

/* What was encoded comes back, whatever the bytes. */
static void
test_round_trip(void **state)
{
	unsigned random = 7;

	(void)state;
	for (size_t round = 0; round < 500; round++) {
		char raw[8][20], text[600], *end = text;
		size_t len[8];
		struct sample sample;

		for (size_t i = 0; i < 8; i++) {
			len[i] = (round + 5 * i) % sizeof raw[i];
			end = encode(end, raw[i], len[i], &random);
			*end++ = i % 2 == 0 ? '=' : '&';
		}
		sample_parse(&sample, text, (size_t)(end - text));
		assert_int_equal(sample.err, ERR_OK);
		assert_int_equal(sample.form.n, 4);
		for (size_t i = 0; i < 4; i++) {
			const struct parameter *got =
				&sample.form.parameters[i];
			const size_t name = 2 * i, value = 2 * i + 1;

			assert_int_equal(got->name_len, len[name]);
			assert_memory_equal(got->name, raw[name], len[name]);
			assert_int_equal(got->value_len, len[value]);
			assert_memory_equal(got->value, raw[value], len[value]);
		}
		check_inside(&sample);
		sample_close(&sample);
	}
}

/* LIMIT_PARAMETERS in one form, however many texts they came in. */
static void
test_limit(void **state)
{
	char text[3 * LIMIT_PARAMETERS];
	struct sample sample;
	struct guard more;

	(void)state;
	for (size_t i = 0; i < LIMIT_PARAMETERS; i++)
		memcpy(text + 3 * i, "a&&", 3);
	sample_parse(&sample, text, sizeof text);
	assert_int_equal(sample.err, ERR_OK);
	assert_int_equal(sample.form.n, LIMIT_PARAMETERS);
	(void)guard_buffer(&more, "&&", 2, 1);
	assert_int_equal(form_parse(&sample.form, more.data, 2, NULL), ERR_OK);
	guard_free(&more);
	(void)guard_buffer(&more, "b", 1, 1);
	assert_int_equal(form_parse(&sample.form, more.data, 1, &sample.reason),
		ERR_MALFORMED);
	assert_true(sample.reason.text[0] != '\0');
	assert_int_equal(
		form_parse(&sample.form, more.data, 1, NULL), ERR_MALFORMED);
	guard_free(&more);
	sample_close(&sample);
	text[3 * LIMIT_PARAMETERS - 1] = 'b';
	sample_parse(&sample, text, sizeof text);
	assert_int_equal(sample.err, ERR_MALFORMED);
	sample_close(&sample);
}

/* A second text, as the query after the body, is appended. */
static void
test_append(void **state)
{
	static const struct pair want[PAIRS_MAX] = {PAIR("a", "1"),
		PAIR("b", "2"), PAIR("a", "3"), PAIR("c", ""), NONE};
	struct sample sample;
	struct guard more;

	(void)state;
	sample_parse(&sample, "a=1&b=2", 7);
	(void)guard_buffer(&more, "a=3&c", 5, 1);
	assert_int_equal(form_parse(&sample.form, more.data, 5, NULL), ERR_OK);
	check_pairs(__LINE__, &sample.form, want);
	guard_free(&more);
	sample_close(&sample);
}

static void
test_init_and_free(void **state)
{
	struct form form;

	(void)state;
	memset(&form, 0xA5, sizeof form);
	form_init(&form);
	assert_int_equal(form.n, 0);
	assert_null(form_find(&form, "a"));
	assert_null(form_value(&form, "a"));
	form_free(&form);
	form_free(&form);
}

static const struct find_row {
	int line;
	const char *input;
	const char *name;
	int at;            /* which parameter is found, -1 for none */
	const char *value; /* what form_value returns */
} find_rows[] = {
	ROW("a=1&b=2", "a", 0, "1"),
	ROW("a=1&b=2", "b", 1, "2"),
	ROW("a=1&b=2", "c", -1, NULL),
	ROW("a=1&b=2", "A", -1, NULL),
	ROW("a=1&b=2", "", -1, NULL),
	ROW("=1", "", 0, "1"),
	ROW("", "a", -1, NULL),
	/* whole names only */
	ROW("ab=1&a=2", "a", 1, "2"),
	ROW("a=1&ab=2", "ab", 1, "2"),
	ROW("a%00=1&a=2", "a", 1, "2"),
	/* the first one counts, even if it is empty */
	ROW("a=1&a=2", "a", 0, "1"),
	ROW("a=&a=2", "a", 0, NULL),
	ROW("a&a=2", "a", 0, NULL),
	ROW("a=+", "a", 0, " "),
};

static void
test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(find_rows); i++) {
		const struct find_row *row = &find_rows[i];
		struct sample sample;
		const struct parameter *got;

		sample_parse(&sample, row->input, strlen(row->input));
		got = form_find(&sample.form, row->name);
		if (row->at < 0)
			CHECK(row->line, got == NULL);
		else
			CHECK(row->line,
				got == &sample.form.parameters[row->at]);
		CHECK_TEXT(row->line, form_value(&sample.form, row->name),
			row->value);
		sample_close(&sample);
	}
}

#define ALL SIZE_MAX

static const struct sort_row {
	int line;
	const char *input;
	size_t n;         /* the first so many; ALL of them */
	const char *want; /* as "name=value " each */
} sort_rows[] = {
	ROW("", ALL, ""),
	ROW("a=1", 0, ""),
	ROW("b=1&a=2&c=3", ALL, "a=2 b=1 c=3 "),
	ROW("b=1&a=2&c=3", 2, "a=2 b=1 "),
	ROW("b=1&a=2&c=3", 1, "b=1 "),
	/* by bytes: case matters, longer is later */
	ROW("callSid=l&CallSid=u&CALLSID=a", ALL,
		"CALLSID=a CallSid=u callSid=l "),
	ROW("MediaUrl2=c&MediaUrl10=b&MediaUrl1=a", ALL,
		"MediaUrl1=a MediaUrl10=b MediaUrl2=c "),
	ROW("a_=1&a=2&aB=3&ab=4&a0=5&a.=6&a-=7", ALL,
		"a=2 a-=7 a.=6 a0=5 aB=3 a_=1 ab=4 "),
	ROW("z=1&%C3%B1=2&%EF%BF%BD=3&%F0%9F%98%80=4&%7E=5", ALL,
		"z=1 ~=5 \xC3\xB1=2 \xEF\xBF\xBD=3 \xF0\x9F\x98\x80=4 "),
	/* by name, never by name and value run together */
	ROW("ReasonConferenceEnded=test&Reason=Participant", ALL,
		"Reason=Participant ReasonConferenceEnded=test "),
	ROW("ab=&a=c", ALL, "a=c ab= "),
	ROW("=z&a=", ALL, "=z a= "),
	/* the values of one name, and repeats only once */
	ROW("a=2&a=10&a=1&a=", ALL, "a= a=1 a=10 a=2 "),
	ROW("Digits=5678&Digits=1234&Digits=1234", ALL,
		"Digits=1234 Digits=5678 "),
	ROW("a=1&b=1&a=1&b=1&a=1", ALL, "a=1 b=1 "),
	ROW("a&a=&a", ALL, "a= "),
	ROW("a=1&a=1", 1, "a=1 "),
	ROW("a=1&A=1", ALL, "A=1 a=1 "),
	ROW("a=b&ab=&a=b&ab=", ALL, "a=b ab= "),
};

static void
test_sort(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(sort_rows); i++) {
		const struct sort_row *row = &sort_rows[i];
		const struct parameter **sorted;
		char got[200] = "";
		struct sample sample;
		size_t count, at = 0;

		sample_parse(&sample, row->input, strlen(row->input));
		CHECK_NUMBER(row->line,
			form_sort(&sample.form,
				row->n == ALL ? sample.form.n : row->n, &sorted,
				&count),
			ERR_OK);
		for (size_t j = 0; j < count; j++)
			at += (size_t)snprintf(got + at, sizeof got - at,
				"%s=%s ", sorted[j]->name, sorted[j]->value);
		CHECK_TEXT(row->line, got, row->want);
		free(sorted);
		sample_close(&sample);
	}
}

/* NUL bytes are compared like others; the form's own order stays. */
static void
test_sort_nul(void **state)
{
	static const char input[] = "a%00c=1&a%00b=1&a=1&b=%00z&b=%00y&b=%00y";
	static const struct text want[] = {
		TEXT("a"),
		TEXT("a\0b"),
		TEXT("a\0c"),
		TEXT("b"),
		TEXT("b"),
	};
	const struct parameter **sorted;
	struct sample sample;
	size_t count;

	(void)state;
	sample_parse(&sample, input, strlen(input));
	assert_int_equal(
		form_sort(&sample.form, sample.form.n, &sorted, &count),
		ERR_OK);
	assert_int_equal(count, N_OF(want));
	for (size_t i = 0; i < count; i++)
		assert_true(is_text(
			sorted[i]->name, sorted[i]->name_len, &want[i]));
	assert_memory_equal(sorted[3]->value, "\0y", 3);
	assert_memory_equal(sorted[4]->value, "\0z", 3);
	assert_memory_equal(sample.form.parameters[0].name, "a\0c", 4);
	free(sorted);
	sample_close(&sample);
}

static const struct clean_row {
	int line;
	struct text input;
	bool changed;
	struct pair want[PAIRS_MAX];
} clean_rows[] = {
	ROW(TEXT(""), false, {NONE}),
	ROW(TEXT("a=1&b=2"), false, {PAIR("a", "1"), PAIR("b", "2")}),
	ROW(TEXT("a=%C3%B1%F0%9F%98%80%01"), false,
		{PAIR("a", "\xC3\xB1\xF0\x9F\x98\x80\x01")}),
	ROW(TEXT("a=1%002&b=3"), true,
		{PAIR("a", "1" REPLACEMENT "2"), PAIR("b", "3")}),
	ROW(TEXT("a=caf%E9&b=3"), true,
		{PAIR("a", "caf" REPLACEMENT), PAIR("b", "3")}),
	ROW(TEXT("b=3&a=%ED%A0%80."), true,
		{PAIR("b", "3"),
			PAIR("a", REPLACEMENT REPLACEMENT REPLACEMENT ".")}),
	/* names too */
	ROW(TEXT("a%00b=1"), true, {PAIR("a" REPLACEMENT "b", "1")}),
	ROW(TEXT("%FF&%FE=%FD"), true,
		{PAIR(REPLACEMENT, ""), PAIR(REPLACEMENT, REPLACEMENT)}),
	ROW(TEXT("%FF="), true, {PAIR(REPLACEMENT, "")}),
	ROW(TEXT("=%FF"), true, {PAIR("", REPLACEMENT)}),
	ROW(TEXT("x=1&%00=%00&y=%00&z=4&w=%FF%00"), true,
		{PAIR("x", "1"), PAIR(REPLACEMENT, REPLACEMENT),
			PAIR("y", REPLACEMENT), PAIR("z", "4"),
			PAIR("w", REPLACEMENT REPLACEMENT)}),
};

/* Three times the bytes of the form and two for each parameter. */
static size_t
room(const struct form *form)
{
	size_t bytes = 0;

	for (size_t i = 0; i < form->n; i++)
		bytes += 3 * form->parameters[i].name_len +
			 3 * form->parameters[i].value_len + 2;
	return bytes;
}

/* A text is where it was, or in the buffer, to which nothing moves later. */
static void
check_place(int line, const struct sample *sample, const struct buf *texts,
	const char *text, size_t len)
{
	const char *start = sample->guard.data;

	if (text >= start && text + len <= start + sample->guard.len)
		return;
	CHECK(line, texts->data != NULL);
	CHECK(line, text >= texts->data);
	CHECK(line, text + len < texts->data + texts->len);
}

static void
test_clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(clean_rows); i++) {
		const struct clean_row *row = &clean_rows[i];
		bool changed = !row->changed;
		struct sample sample;
		struct buf texts;

		sample_parse(&sample, row->input.bytes, row->input.len);
		buf_init(&texts, room(&sample.form));
		CHECK_NUMBER(row->line,
			form_clean(&sample.form, &texts, &changed), ERR_OK);
		CHECK(row->line, changed == row->changed);
		check_pairs(row->line, &sample.form, row->want);
		for (size_t j = 0; j < sample.form.n; j++) {
			const struct parameter *got =
				&sample.form.parameters[j];

			check_place(row->line, &sample, &texts, got->name,
				got->name_len);
			check_place(row->line, &sample, &texts, got->value,
				got->value_len);
		}
		/* A second time there is nothing left to do. */
		CHECK_NUMBER(row->line,
			form_clean(&sample.form, &texts, &changed), ERR_OK);
		CHECK(row->line, !changed);
		check_pairs(row->line, &sample.form, row->want);
		buf_free(&texts);
		sample_close(&sample);
	}
}

/* One bad byte before a long text: what was replaced first stays in place. */
static void
test_clean_long(void **state)
{
	char text[5000] = "a=%FF&b=%FE&c=";
	const size_t start = strlen(text);
	const struct parameter *list;
	struct sample sample;
	struct buf texts;
	bool changed;

	(void)state;
	memset(text + start, 'x', sizeof text - start);
	text[sizeof text - 2] = '&';
	text[sizeof text - 1] = '\xFD';
	sample_parse(&sample, text, sizeof text);
	buf_init(&texts, room(&sample.form));
	assert_int_equal(form_clean(&sample.form, &texts, &changed), ERR_OK);
	assert_int_equal(sample.form.n, 4);
	list = sample.form.parameters;
	assert_string_equal(list[0].name, "a");
	assert_string_equal(list[0].value, REPLACEMENT);
	assert_string_equal(list[1].name, "b");
	assert_string_equal(list[1].value, REPLACEMENT);
	assert_int_equal(strlen(list[2].value), sizeof text - 2 - start);
	assert_string_equal(list[3].name, REPLACEMENT);
	buf_free(&texts);
	sample_close(&sample);
}

/* The largest that may come: every byte bad, every parameter used. */
static void
test_clean_most(void **state)
{
	char text[7 * LIMIT_PARAMETERS];
	struct sample sample;
	struct buf texts;
	bool changed = false;

	(void)state;
	for (size_t i = 0; i < LIMIT_PARAMETERS; i++)
		memcpy(text + 7 * i, "\xFF\0\xFE=\xFD\0&", 7);
	sample_parse(&sample, text, sizeof text);
	assert_int_equal(sample.err, ERR_OK);
	buf_init(&texts, room(&sample.form));
	assert_int_equal(form_clean(&sample.form, &texts, &changed), ERR_OK);
	assert_true(changed);
	assert_int_equal(sample.form.n, LIMIT_PARAMETERS);
	for (size_t i = 0; i < LIMIT_PARAMETERS; i++) {
		const struct parameter *got = &sample.form.parameters[i];

		assert_string_equal(
			got->name, REPLACEMENT REPLACEMENT REPLACEMENT);
		assert_int_equal(got->name_len, 9);
		assert_string_equal(got->value, REPLACEMENT REPLACEMENT);
		assert_int_equal(got->value_len, 6);
	}
	buf_free(&texts);
	sample_close(&sample);
}

/* A ceiling that is too low is an error, and no text is lost. */
static void
test_clean_ceiling(void **state)
{
	static const struct pair want[PAIRS_MAX] = {
		PAIR("a", "\xFF"), PAIR("b", "\0"), NONE};
	struct sample sample;
	struct buf texts;
	bool changed;

	(void)state;
	sample_parse(&sample, "a=%FF&b=%00", 11);
	buf_init(&texts, 5);
	assert_int_equal(
		form_clean(&sample.form, &texts, &changed), ERR_TOO_LARGE);
	check_pairs(__LINE__, &sample.form, want);
	buf_free(&texts);
	sample_close(&sample);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_fault_is_not_quoted),
		cmocka_unit_test(test_every_percent),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_init_and_free),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_sort_nul),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_clean_long),
		cmocka_unit_test(test_clean_most),
		cmocka_unit_test(test_clean_ceiling),
	};

	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
