/*
 * What goes to a terminal, and what must not.
 */
#include "config.h"

#include "terminal.h"

#include "check.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}
#define TEXT(text) (text), sizeof(text) - 1

/* text, what is printed with "> " before each line */
static const struct row {
	int line;
	const char *text;
	size_t len;
	const char *printed;
} rows[] = {
	ROW(TEXT(""), ""),
	ROW(TEXT("a"), "> a\n"),
	ROW(TEXT("a\n"), "> a\n"),
	ROW(TEXT("a\nb"), "> a\n> b\n"),
	ROW(TEXT("a\r\nb\r\n"), "> a\n> b\n"),
	ROW(TEXT("a\n\nb"), "> a\n> \n> b\n"),
	ROW(TEXT("a\tb"), "> a\tb\n"),
	ROW(TEXT("gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x9a"),
		"> gr\xc3\xbc\xc3\x9f \xf0\x9f\x9a\x9a\n"),
	ROW(TEXT("\033[2J"), "> \\x1B[2J\n"),
	ROW(TEXT("a\0b"), "> a\\x00b\n"),
	ROW(TEXT("a\rb"), "> a\\x0Db\n"),
	ROW(TEXT("a\r"), "> a\\x0D\n"),
	ROW(TEXT("\x7f\xff"), "> \\x7F\\xFF\n"),
	ROW(TEXT("\xc2\x9b"
		 "2J"),
		"> \\xC2\\x9B2J\n"),
	ROW(TEXT("\xc2\xa0"), "> \xc2\xa0\n"),
};

static void
test_print(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char text[256] = "";
		FILE *out = fmemopen(text, sizeof text, "w");

		assert_non_null(out);
		terminal_print(out, "> ", rows[i].text, rows[i].len);
		assert_int_equal(fclose(out), 0);
		CHECK_TEXT(rows[i].line, text, rows[i].printed);
	}
}

/* text; as it is printed behind "Label: ", of seven characters */
static const struct wrap_row {
	int line;
	const char *text, *printed;
} wraps[] = {
	{__LINE__, "",				   "Label: \n"						     },
	{__LINE__, "a b",				"Label: a b\n"						  },
	{__LINE__,
         "12345678901234567890123456789012345 "
		"12345678901234567890123456789012345 b", "Label: 12345678901234567890123456789012345 "
		"12345678901234567890123456789012345\n       b\n"},
	{__LINE__,
         "1234567890123456789012345678901234567890123456789012345678901"
		"2345678901234567890 b",		 "Label: "
		"1234567890123456789012345678901234567890123456789012345678901"
		"2345678901234567890\n       b\n"                                },
	{__LINE__, "a \033[2J",                          "Label: a \\x1B[2J\n"                                           },
};

static void
test_wrapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(wraps); i++) {
		char text[512] = "";
		FILE *out = fmemopen(text, sizeof text, "w");

		assert_non_null(out);
		fputs("Label: ", out);
		terminal_print_wrapped(out, 7, wraps[i].text);
		assert_int_equal(fclose(out), 0);
		CHECK_TEXT(wraps[i].line, text, wraps[i].printed);
	}
}

/* A file is no terminal. */
static void
test_no_terminal(void **state)
{
	FILE *out = tmpfile();

	(void)state;
	assert_non_null(out);
	CHECK_TEXT(__LINE__, terminal_colour(out, COLOUR_BAD), "");
	CHECK_TEXT(__LINE__, terminal_colour(out, COLOUR_NONE), "");
	assert_int_equal(fclose(out), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
