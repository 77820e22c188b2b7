/*
 * UTF-8 as PostgreSQL takes it.
 */
#include "config.h"

#include "utf8.h"

#include "check.h"
#include "guard.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/*
 * The same as utf8_char by arithmetic instead of ranges: decodes, then asks
 * whether the form was the shortest and the number one of a character.
 */
static size_t
expected_char(const unsigned char *byte, size_t len)
{
	static const struct {
		unsigned mask, mark;
		unsigned long from;
	} forms[] = {
		{0x80, 0x00, 0      },
		{0xE0, 0xC0, 0x80   },
		{0xF0, 0xE0, 0x800  },
		{0xF8, 0xF0, 0x10000},
	};

	for (size_t n = 0; n < N_OF(forms); n++) {
		unsigned long code = byte[0] & (0xFF ^ forms[n].mask);

		if ((byte[0] & forms[n].mask) != forms[n].mark)
			continue;
		for (size_t i = 1; i <= n; i++) {
			if (i >= len || (byte[i] & 0xC0) != 0x80)
				return 0;
			code = code << 6 | (byte[i] & 0x3F);
		}
		if (code < forms[n].from || code > 0x10FFFF ||
			(code >= 0xD800 && code <= 0xDFFF))
			return 0;
		return n + 1;
	}
	return 0;
}

/* Compares at every length up to four, the end touching the guard. */
static void
check_char(const struct guard *guard, const unsigned char byte[4])
{
	for (size_t len = 1; len <= 4; len++) {
		char *text = guard->data + 4 - len;
		size_t want = expected_char(byte, len);

		memcpy(text, byte, len);
		if (utf8_char(text, len) != want)
			fail_msg("%02X %02X %02X %02X, the first %zu: %zu, not "
				 "%zu",
				byte[0], byte[1], byte[2], byte[3], len,
				utf8_char(text, len), want);
	}
}

/* Every pair of first bytes; the others at both ends of their range. */
static void
test_char_pairs(void **state)
{
	struct guard guard;

	(void)state;
	(void)guard_buffer(&guard, "....", 4, 0);
	for (unsigned i = 0; i < 0x10000 * 4; i++) {
		const unsigned char byte[4] = {
			(unsigned char)(i >> 8),
			(unsigned char)i,
			i >> 16 & 1 ? 0xBF : 0x80,
			i >> 17 & 1 ? 0xBF : 0x80,
		};

		check_char(&guard, byte);
	}
	guard_free(&guard);
}

/* Every four of the bytes at which a range begins or ends. */
static void
test_char_borders(void **state)
{
	static const unsigned char borders[] = {0x00, 0x01, 0x7F, 0x80, 0x8F,
		0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
		0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7,
		0xF8, 0xFF};
	const size_t n = sizeof borders;
	struct guard guard;

	(void)state;
	(void)guard_buffer(&guard, "....", 4, 0);
	for (size_t i = 0; i < n * n * n * n; i++) {
		const unsigned char byte[4] = {
			borders[i % n],
			borders[i / n % n],
			borders[i / n / n % n],
			borders[i / n / n / n],
		};

		check_char(&guard, byte);
	}
	guard_free(&guard);
}

static void
test_char_nothing(void **state)
{
	struct guard guard;

	(void)state;
	(void)guard_bytes(&guard, "", 0);
	assert_int_equal(utf8_char(guard.data, 0), 0);
	assert_int_equal(utf8_char("a", 0), 0);
	guard_free(&guard);
}

#define ROW(text, want)                                                        \
	{                                                                      \
		__LINE__, text, sizeof text - 1, want                          \
	}

static const struct clean_row {
	int line;
	const char *text;
	size_t len;
	const char *want; /* cleaned; the same as text if it was clean */
} clean_rows[] = {
	ROW("", ""),
	ROW("plain\r\n\t\x01\x7F", "plain\r\n\t\x01\x7F"),
	ROW("\xC3\xB1", "\xC3\xB1"),
	ROW("\xE2\x82\xAC", "\xE2\x82\xAC"),
	ROW("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"),
	ROW("\xC2\x80\xDF\xBF", "\xC2\x80\xDF\xBF"),
	ROW("\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"),
	ROW("\xEF\xBF\xBF", "\xEF\xBF\xBF"),
	ROW("\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"),
	ROW(REPLACEMENT, REPLACEMENT),
	/* NUL */
	ROW("\0", REPLACEMENT),
	ROW("a\0b", "a" REPLACEMENT "b"),
	ROW("\0\0", REPLACEMENT REPLACEMENT),
	/* Latin 1 */
	ROW("caf\xE9", "caf" REPLACEMENT),
	ROW("\xE9t\xE9", REPLACEMENT "t" REPLACEMENT),
	/* cut short: each byte by itself */
	ROW("\xC3", REPLACEMENT),
	ROW("\xE2\x82", REPLACEMENT REPLACEMENT),
	ROW("\xF0\x9F\x98", REPLACEMENT REPLACEMENT REPLACEMENT),
	ROW("\xE2\x82.", REPLACEMENT REPLACEMENT "."),
	ROW("\xE2\xC3\xB1", REPLACEMENT "\xC3\xB1"),
	/* overlong */
	ROW("\xC0\x80", REPLACEMENT REPLACEMENT),
	ROW("\xC1\xBF", REPLACEMENT REPLACEMENT),
	ROW("\xE0\x9F\xBF", REPLACEMENT REPLACEMENT REPLACEMENT),
	ROW("\xF0\x8F\xBF\xBF",
		REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT),
	/* surrogates, and above the last character */
	ROW("\xED\xA0\x80", REPLACEMENT REPLACEMENT REPLACEMENT),
	ROW("\xF4\x90\x80\x80",
		REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT),
	ROW("\xFF", REPLACEMENT),
	/* continuation bytes without a first one */
	ROW("a\x80\xBFz", "a" REPLACEMENT REPLACEMENT "z"),
};

static void
test_clean(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(clean_rows); i++) {
		const struct clean_row *row = &clean_rows[i];
		size_t want_len = strlen(row->want);
		bool is_clean = row->len == want_len &&
				memcmp(row->text, row->want, want_len) == 0;
		struct guard guard;
		struct buf out;

		(void)guard_bytes(&guard, row->text, row->len);
		CHECK(row->line,
			utf8_is_clean(guard.data, row->len) == is_clean);
		buf_init(&out, 1 + 3 * row->len);
		CHECK_NUMBER(row->line, buf_add_text(&out, "<"), ERR_OK);
		CHECK_NUMBER(row->line, utf8_clean(&out, guard.data, row->len),
			ERR_OK);
		CHECK(row->line, out.len == 1 + want_len);
		CHECK(row->line, buf_text(&out)[0] == '<');
		CHECK_TEXT(row->line, buf_text(&out) + 1, row->want);
		CHECK(row->line, utf8_is_clean(out.data, out.len));
		buf_free(&out);
		guard_free(&guard);
	}
}

/* Whatever the bytes: clean afterwards, and at most three times as long. */
static void
test_clean_anything(void **state)
{
	unsigned random = 1;

	(void)state;
	for (size_t len = 1; len < 200; len++) {
		char text[200];
		struct guard guard;
		struct buf out;

		for (size_t i = 0; i < len; i++) {
			random = random * 1103515245 + 12345;
			text[i] = (char)(random >> 16);
		}
		(void)guard_bytes(&guard, text, len);
		buf_init(&out, 3 * len);
		assert_int_equal(utf8_clean(&out, guard.data, len), ERR_OK);
		assert_true(utf8_is_clean(buf_text(&out), out.len));
		buf_free(&out);
		guard_free(&guard);
	}
}

static void
test_clean_ceiling(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 9);
	assert_int_equal(utf8_clean(&out, "\xFF\xFF\xFF", 3), ERR_OK);
	buf_free(&out);
	buf_init(&out, 8);
	assert_int_equal(utf8_clean(&out, "\xFF\xFF\xFF", 3), ERR_TOO_LARGE);
	buf_free(&out);
	buf_init(&out, 3);
	assert_int_equal(
		utf8_clean(&out, "\xF0\x9F\x98\x80", 4), ERR_TOO_LARGE);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_char_pairs),
		cmocka_unit_test(test_char_borders),
		cmocka_unit_test(test_char_nothing),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_clean_anything),
		cmocka_unit_test(test_clean_ceiling),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
