/*
 * What fits a column's type, and the statements made from SQL.
 */
#include "config.h"

#include "statement.h"

#include "check.h"
#include "statements.h"

#define E_ACUTE "\xC3\xA9"
#define EMOJI "\xF0\x9F\x98\x80"

/* line, type, length, text, whether it fits as it is */
/* clang-format off */
static const struct {
	int line;
	enum sql_type type;
	size_t max_length;
	const char *text;
	bool fits;
} values[] = {
	{__LINE__, SQL_TEXT, 0, "text", true},
	{__LINE__, SQL_TEXT, 0, " ", true},
	{__LINE__, SQL_TEXT, 0, "", false},
	{__LINE__, SQL_TEXT, 0, NULL, false},
	{__LINE__, SQL_JSONB, 0, "{}", true},
	{__LINE__, SQL_JSONB, 0, NULL, false},
	{__LINE__, SQL_BYTEA, 0, "\\x00", true},
	{__LINE__, SQL_BYTEA, 0, NULL, false},

	/* Characters count, not bytes. */
	{__LINE__, SQL_VARCHAR, 3, "abc", true},
	{__LINE__, SQL_VARCHAR, 3, "abcd", false},
	{__LINE__, SQL_VARCHAR, 3, E_ACUTE E_ACUTE E_ACUTE, true},
	{__LINE__, SQL_VARCHAR, 3, E_ACUTE E_ACUTE E_ACUTE "a", false},
	{__LINE__, SQL_VARCHAR, 1, EMOJI, true},
	{__LINE__, SQL_VARCHAR, 1, EMOJI EMOJI, false},
	{__LINE__, SQL_VARCHAR, 3, "", false},
	{__LINE__, SQL_VARCHAR, 3, NULL, false},

	{__LINE__, SQL_INTEGER, 0, "0", true},
	{__LINE__, SQL_INTEGER, 0, "-0", true},
	{__LINE__, SQL_INTEGER, 0, "007", true},
	{__LINE__, SQL_INTEGER, 0, "+7", true},
	{__LINE__, SQL_INTEGER, 0, "2147483647", true},
	{__LINE__, SQL_INTEGER, 0, "2147483648", false},
	{__LINE__, SQL_INTEGER, 0, "-2147483648", true},
	{__LINE__, SQL_INTEGER, 0, "-2147483649", false},
	{__LINE__, SQL_INTEGER, 0, "99999999999999999999999999", false},
	{__LINE__, SQL_INTEGER, 0, "18446744073709551617", false},
	{__LINE__, SQL_INTEGER, 0, "", false},
	{__LINE__, SQL_INTEGER, 0, NULL, false},
	{__LINE__, SQL_INTEGER, 0, "-", false},
	{__LINE__, SQL_INTEGER, 0, "+", false},
	{__LINE__, SQL_INTEGER, 0, "--1", false},
	{__LINE__, SQL_INTEGER, 0, " 1", false},
	{__LINE__, SQL_INTEGER, 0, "1 ", false},
	{__LINE__, SQL_INTEGER, 0, "1.0", false},
	{__LINE__, SQL_INTEGER, 0, "1e3", false},
	{__LINE__, SQL_INTEGER, 0, "0x10", false},
	{__LINE__, SQL_INTEGER, 0, "12a", false},
	{__LINE__, SQL_INTEGER, 0, "1/", false},
	{__LINE__, SQL_INTEGER, 0, "1:", false},
	{__LINE__, SQL_INTEGER, 0, "\xD9\xA1", false},

	{__LINE__, SQL_BIGINT, 0, "2147483648", true},
	{__LINE__, SQL_BIGINT, 0, "9223372036854775807", true},
	{__LINE__, SQL_BIGINT, 0, "9223372036854775808", false},
	{__LINE__, SQL_BIGINT, 0, "-9223372036854775808", true},
	{__LINE__, SQL_BIGINT, 0, "-9223372036854775809", false},
	{__LINE__, SQL_BIGINT, 0, "99999999999999999999999999", false},

	{__LINE__, SQL_TIMESTAMPTZ, 0, "yesterday", false},
	{__LINE__, SQL_TIMESTAMPTZ, 0, "", false},
	{__LINE__, SQL_TIMESTAMPTZ, 0, NULL, false},
};
/* clang-format on */

static void
test_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(values); i++) {
		const struct placeholder placeholder = {
			"Name", values[i].type, values[i].max_length};
		char scratch[STATEMENT_VALUE_SIZE];
		const char *value =
			statement_value(&placeholder, values[i].text, scratch);

		/* Not a copy: texts may be longer than any scratch. */
		CHECK(values[i].line,
			value == (values[i].fits ? values[i].text : NULL));
	}
}

static void
test_rewritten(void **state)
{
	const struct placeholder placeholder = {
		"Timestamp", SQL_TIMESTAMPTZ, 0};
	char scratch[STATEMENT_VALUE_SIZE];
	const char *value;

	(void)state;
	value = statement_value(
		&placeholder, "Wed, 08 Oct 2025 13:54:12 +0000", scratch);
	assert_ptr_equal(value, scratch);
	assert_string_equal(value, "2025-10-08 13:54:12+00:00");
}

static const struct statement *const statements[] = {
	&statement_call,
	&statement_dialed_call,
	&statement_event,
	&statement_message_inbound,
	&statement_message_media,
	&statement_message_status,
	&statement_recording,
	&statement_room,
	&statement_room_event,
	&statement_room_participant,
};

/* Whether the SQL has "$number" that is not the start of a longer one. */
static bool
has_number(const char *sql, size_t number)
{
	char wanted[16];
	size_t len = (size_t)snprintf(wanted, sizeof wanted, "$%zu", number);

	while ((sql = strstr(sql, wanted)) != NULL) {
		if (sql[len] < '0' || sql[len] > '9')
			return true;
		sql += len;
	}
	return false;
}

static void
check_placeholder(const struct statement *statement,
	const struct placeholder *placeholder)
{
	for (size_t i = 0; i < statement->n; i++) {
		const struct placeholder *other = &statement->placeholders[i];

		if (other != placeholder &&
			strcmp(other->name, placeholder->name) == 0)
			fail_msg("%s: %s has two numbers", statement->name,
				placeholder->name);
	}
	if ((placeholder->type == SQL_VARCHAR) != (placeholder->max_length > 0))
		fail_msg(
			"%s: length of %s", statement->name, placeholder->name);
}

/* Each statement has just the numbers of its placeholders, from $1 on. */
static void
test_statements(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(statements); i++) {
		const struct statement *statement = statements[i];
		const char *name = statement->name;

		assert_in_range(statement->n, 1, STATEMENT_PLACEHOLDERS);
		for (size_t n = 1; n <= statement->n; n++) {
			if (!has_number(statement->sql, n))
				fail_msg("%s has no $%zu", name, n);
			check_placeholder(
				statement, &statement->placeholders[n - 1]);
		}
		if (has_number(statement->sql, statement->n + 1) ||
			has_number(statement->sql, 0))
			fail_msg("%s has a number without a name", name);
		if (strstr(statement->sql, "--") != NULL ||
			strchr(statement->sql, ';') != NULL)
			fail_msg("%s has a comment or a semicolon", name);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name, statements[j]->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_value),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_statements),
	};

	return cmocka_run_group_tests_name("statement", tests, NULL, NULL);
}
