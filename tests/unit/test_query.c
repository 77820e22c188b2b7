/*
 * The parameters of a GET.
 */
#include "config.h"

#include "query.h"

#include <stdlib.h>

#include "check.h"
#include "limit.h"
#include "sample.h"

/* Reads "QUERY_STRING=..." as a request brings it. */
static enum err
read_query(struct query *query, const char *variable, struct reason *reason)
{
	const char *const variables[] = {variable, NULL};
	const struct request_memory memory = {.variables = variables};
	struct request *request;
	enum err err;

	assert_int_equal(request_open_memory(&request, &memory), ERR_OK);
	err = query_read(query, request, reason);
	request_close(request);
	return err;
}

/* line, query, outcome, part of the reason */
/* clang-format off */
static const struct {
	int line;
	const char *query;
	enum err want;
	const char *reason;
} queries[] = {
	{__LINE__, NULL, ERR_OK, ""},
	{__LINE__, "", ERR_OK, ""},
	{__LINE__, "a=1&b=%C3%A4+x&c", ERR_OK, ""},
	{__LINE__, "a=1;b=2", ERR_OK, ""},
	{__LINE__, "a=1&a=1", ERR_MALFORMED, "\"a\" is there twice"},
	{__LINE__, "a=&b=1&a", ERR_MALFORMED, "twice"},
	{__LINE__, "%61=1&a=2", ERR_MALFORMED, "twice"},
	{__LINE__, "a=%", ERR_MALFORMED, ""},
	{__LINE__, "a=%zz", ERR_MALFORMED, ""},
	{__LINE__, "a=%00", ERR_MALFORMED, "UTF-8"},
	{__LINE__, "a%00b=1", ERR_MALFORMED, "UTF-8"},
	{__LINE__, "a=%ff", ERR_MALFORMED, "UTF-8"},
	{__LINE__, "%ff=1", ERR_MALFORMED, "UTF-8"},
	{__LINE__, "a=%ed%a0%80", ERR_MALFORMED, "UTF-8"},
};
/* clang-format on */

static void
test_queries(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(queries); i++) {
		char variable[100] = "OTHER=x";
		struct reason reason = {""};
		struct query query;

		if (queries[i].query != NULL)
			(void)snprintf(variable, sizeof variable,
				"QUERY_STRING=%s", queries[i].query);
		CHECK_NUMBER(queries[i].line,
			read_query(&query, variable, &reason), queries[i].want);
		CHECK_HOLDS(queries[i].line, reason.text, queries[i].reason);
		query_free(&query);
	}
}

static void
test_too_long(void **state)
{
	static char variable[LIMIT_TARGET + 64];
	struct reason reason;
	struct query query;

	(void)state;
	sample_fill(variable, sizeof variable, 'x');
	memcpy(variable, "QUERY_STRING=", 13);
	assert_int_equal(read_query(&query, variable, &reason), ERR_TOO_LARGE);
	query_free(&query);
	variable[13 + LIMIT_TARGET] = '\0';
	assert_int_equal(read_query(&query, variable, &reason), ERR_OK);
	query_free(&query);
}

static void
test_values(void **state)
{
	static const char *const names[] = {"a", "b", "c", NULL};
	static const char *const fewer[] = {"a", "c", NULL};
	struct reason reason = {""};
	struct query query;

	(void)state;
	assert_int_equal(
		read_query(&query, "QUERY_STRING=a=1&b=%C3%A4+x&c", &reason),
		ERR_OK);
	assert_string_equal(query_value(&query, "a"), "1");
	assert_string_equal(query_value(&query, "b"), "\xc3\xa4 x");
	assert_null(query_value(&query, "c"));
	assert_null(query_value(&query, "d"));
	assert_int_equal(query_allow(&query, names, &reason), ERR_OK);
	assert_int_equal(query_allow(&query, fewer, &reason), ERR_MALFORMED);
	CHECK_HOLDS(__LINE__, reason.text, "\"b\"");
	query_free(&query);
}

/* line, query, outcome, number; 7 if there is none */
/* clang-format off */
static const struct {
	int line;
	const char *variable;
	enum err want;
	size_t number;
} numbers[] = {
	{__LINE__, "QUERY_STRING=", ERR_OK, 7},
	{__LINE__, "QUERY_STRING=n=", ERR_OK, 7},
	{__LINE__, "QUERY_STRING=n=1", ERR_OK, 1},
	{__LINE__, "QUERY_STRING=n=0020", ERR_OK, 20},
	{__LINE__, "QUERY_STRING=n=500", ERR_OK, 500},
	{__LINE__, "QUERY_STRING=n=501", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=0", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=-1", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=%2B1", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=+1", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=1x", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=0x1", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=1.0", ERR_MALFORMED, 7},
	{__LINE__, "QUERY_STRING=n=18446744073709551617", ERR_MALFORMED, 7},
};
/* clang-format on */

static void
test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(numbers); i++) {
		struct reason reason = {""};
		struct query query;
		size_t number = 7;

		assert_int_equal(
			read_query(&query, numbers[i].variable, &reason),
			ERR_OK);
		CHECK_NUMBER(numbers[i].line,
			query_number(&query, "n", 500, &number, &reason),
			numbers[i].want);
		CHECK_NUMBER(numbers[i].line, number, numbers[i].number);
		query_free(&query);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
