/*
 * Lines for the error log.
 */
#include "config.h"

#include "log.h"

#include "check.h"
#include "guard.h"
#include "limit.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* What was written last, and how often. */
struct capture {
	char line[2 * LIMIT_LOG_LINE];
	size_t n;
};

static void
write_line(void *context, const char *line)
{
	struct capture *capture = context;

	(void)snprintf(capture->line, sizeof capture->line, "%s", line);
	capture->n++;
}

static const struct level_row {
	int line;
	const char *name;
	bool known;
	enum log_level level;
} level_rows[] = {
	ROW("error", true, LOG_ERROR),
	ROW("info", true, LOG_INFO),
	ROW("debug", true, LOG_DEBUG),
	ROW("", false, LOG_ERROR),
	ROW("ERROR", false, LOG_ERROR),
	ROW("Info", false, LOG_ERROR),
	ROW("info ", false, LOG_ERROR),
	ROW(" info", false, LOG_ERROR),
	ROW("inf", false, LOG_ERROR),
	ROW("warning", false, LOG_ERROR),
	ROW("1", false, LOG_ERROR),
};

static void
test_level_parse(void **state)
{
	static const enum log_level before[] = {LOG_ERROR, LOG_INFO, LOG_DEBUG};

	(void)state;
	for (size_t i = 0; i < N_OF(level_rows); i++) {
		const struct level_row *row = &level_rows[i];
		struct guard guard;
		const char *name = guard_text(&guard, row->name);

		for (size_t j = 0; j < N_OF(before); j++) {
			enum log_level level = before[j];

			CHECK(row->line,
				log_level_parse(name, &level) == row->known);
			CHECK(row->line,
				level == (row->known ? row->level : before[j]));
		}
		guard_free(&guard);
	}
}

/* A line passes at its own level and at those that tell more. */
static void
test_level(void **state)
{
	static const enum log_level levels[] = {LOG_ERROR, LOG_INFO, LOG_DEBUG};

	(void)state;
	for (size_t i = 0; i < N_OF(levels); i++)
		for (size_t j = 0; j < N_OF(levels); j++) {
			struct capture capture = {"", 0};
			const struct log log = {
				"sms", levels[i], write_line, &capture};

			log_line(&log, levels[j], "text");
			assert_int_equal(capture.n, j <= i ? 1 : 0);
			assert_string_equal(capture.line,
				j <= i ? "hookswitch-sms: text" : "");
		}
}

static void
test_format(void **state)
{
	struct capture capture = {"", 0};
	const struct log log = {"video-room", LOG_INFO, write_line, &capture};

	(void)state;
	log_line(&log, LOG_ERROR, "%d, stored %.4s%%%c %zu", 204, "RM12345",
		'!', (size_t)7);
	assert_string_equal(
		capture.line, "hookswitch-video-room: 204, stored RM12%! 7");
	log_line(&log, LOG_INFO, "%s", "");
	assert_string_equal(capture.line, "hookswitch-video-room: ");
	assert_int_equal(capture.n, 2);
}

static const struct escape_row {
	int line;
	const char *text;
	const char *want;
} escape_rows[] = {
	ROW("plain text, \"quoted\" 'too'", "plain text, \"quoted\" 'too'"),
	ROW("100%s %n", "100%s %n"),
	ROW("two\nlines", "two\\x0Alines"),
	ROW("a\r\nb", "a\\x0D\\x0Ab"),
	ROW("\t\x01\x1F", "\\x09\\x01\\x1F"),
	ROW("\x1B[31mred", "\\x1B[31mred"),
	ROW("\x7F~", "\\x7F~"),
	ROW("\\", "\\\\"),
	ROW("\\x0A", "\\\\x0A"),
	ROW("\\\n\\", "\\\\\\x0A\\\\"),
	/* UTF-8 stays, but for the controls of 80 to 9F */
	ROW("Espa\xC3\xB1"
	    "a \xE2\x82\xAC \xF0\x9F\x98\x80",
		"Espa\xC3\xB1"
		"a \xE2\x82\xAC \xF0\x9F\x98\x80"),
	ROW("\xC2\xA0", "\xC2\xA0"),
	ROW("\xC2\x80", "\\xC2\\x80"),
	ROW("\xC2\x85", "\\xC2\\x85"),
	ROW("\xC2\x9B"
	    "31m",
		"\\xC2\\x9B31m"),
	ROW("\xC2\x9F", "\\xC2\\x9F"),
	/* what is not UTF-8 */
	ROW("caf\xE9", "caf\\xE9"),
	ROW("\xE2\x82", "\\xE2\\x82"),
	ROW("\xE2\x82.", "\\xE2\\x82."),
	ROW("\xC0\x8A", "\\xC0\\x8A"),
	ROW("\xED\xA0\x80", "\\xED\\xA0\\x80"),
	ROW("\xFF\xFE", "\\xFF\\xFE"),
};

static void
test_escape(void **state)
{
	static const char prefix[] = "hookswitch-sms: ";

	(void)state;
	for (size_t i = 0; i < N_OF(escape_rows); i++) {
		const struct escape_row *row = &escape_rows[i];
		struct capture capture = {"", 0};
		const struct log log = {"sms", LOG_INFO, write_line, &capture};
		struct guard guard;

		log_line(&log, LOG_INFO, "%s", guard_text(&guard, row->text));
		CHECK(row->line, capture.n == 1);
		CHECK(row->line,
			strncmp(capture.line, prefix, strlen(prefix)) == 0);
		CHECK_TEXT(row->line, capture.line + strlen(prefix), row->want);
		guard_free(&guard);
	}
}

/* No single byte reaches the log that could end a line or drive a screen. */
static void
test_every_byte(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char text[] = {'<', (char)byte, '>', '\0'};
		struct capture capture = {"", 0};
		const struct log log = {"sms", LOG_INFO, write_line, &capture};
		char want[32];

		if (byte == '\\')
			(void)snprintf(want, sizeof want, "<\\\\>");
		else if (byte >= 0x20 && byte < 0x7F)
			(void)snprintf(want, sizeof want, "<%c>", byte);
		else
			(void)snprintf(
				want, sizeof want, "<\\x%02X>", (unsigned)byte);
		log_line(&log, LOG_INFO, "%s", text);
		assert_string_equal(
			capture.line + strlen("hookswitch-sms: "), want);
	}
}

static const struct cut_row {
	int line;
	const char *unit; /* repeated beyond the line's end */
	const char *want; /* what each becomes */
} cut_rows[] = {
	ROW("a", "a"),
	ROW("\n", "\\x0A"),
	ROW("\\", "\\\\"),
	ROW("\xFF", "\\xFF"),
	ROW("\xC3\xB1", "\xC3\xB1"),
	ROW("\xE2\x82\xAC", "\xE2\x82\xAC"),
	ROW("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"),
};

/* Cut at LIMIT_LOG_LINE, between two characters, wherever the text begins. */
static void
check_cut(const struct cut_row *row, size_t name_len)
{
	char text[5 * LIMIT_LOG_LINE] = "", name[64] = "";
	size_t unit = strlen(row->unit), want = strlen(row->want);
	struct capture capture = {"", 0};
	const struct log log = {name, LOG_INFO, write_line, &capture};
	const char *at;

	for (size_t i = 0; i < LIMIT_LOG_LINE + 1; i++)
		memcpy(text + i * unit, row->unit, unit);
	text[(LIMIT_LOG_LINE + 1) * unit] = '\0';
	memset(name, 'n', name_len);
	log_line(&log, LOG_INFO, "%s", text);
	CHECK(row->line, strlen(capture.line) < LIMIT_LOG_LINE);
	CHECK(row->line, strlen(capture.line) >= LIMIT_LOG_LINE - 5);
	at = strstr(capture.line, ": ");
	CHECK(row->line, at != NULL);
	for (at += 2; *at != '\0'; at += want)
		CHECK(row->line, strncmp(at, row->want, want) == 0);
}

static void
test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(cut_rows); i++)
		for (size_t name_len = 1; name_len < 10; name_len++)
			check_cut(&cut_rows[i], name_len);
}

/* A name of any length leaves the line within its size. */
static void
test_long_name(void **state)
{
	char name[2 * LIMIT_LOG_LINE];
	struct capture capture = {"", 0};
	const struct log log = {name, LOG_INFO, write_line, &capture};

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	log_line(&log, LOG_INFO, "text");
	assert_true(strlen(capture.line) < LIMIT_LOG_LINE);
	assert_non_null(strstr(capture.line, ": text"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level_parse),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long_name),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
