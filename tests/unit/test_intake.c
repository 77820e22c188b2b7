/*
 * Decoding the parameters of a request, from the wire or from the spool: of
 * either the bytes stay as they are.
 */
#include "config.h"

#include "intake.h"

#include "check.h"
#include "guard.h"
#include "limit.h"
#include "sample.h"

/* line, carrier, body, query, error, "name=value;" of each, of the body's */
/* clang-format off */
static const struct {
	int line;
	enum carrier carrier;
	const char *body, *query;
	enum err want;
	const char *parameters;
	size_t n_body;
} rows[] = {
	{__LINE__, CARRIER_FORM, "a=1&b=2", "c=3", ERR_OK, "a=1;b=2;c=3;", 2},
	{__LINE__, CARRIER_FORM, "a=1", "", ERR_OK, "a=1;", 1},
	{__LINE__, CARRIER_FORM, "", "c=3", ERR_OK, "c=3;", 0},
	{__LINE__, CARRIER_FORM, "", "", ERR_OK, "", 0},
	{__LINE__, CARRIER_FORM, "a=%41+%42&a=", "a=%43", ERR_OK, "a=A B;a=;a=C;", 2},
	{__LINE__, CARRIER_FORM, "&&a=1&", "&c=3", ERR_OK, "a=1;c=3;", 1},
	{__LINE__, CARRIER_FORM, "a=%", "c=3", ERR_MALFORMED, NULL, 0},
	{__LINE__, CARRIER_FORM, "a=1", "c=%zz", ERR_MALFORMED, NULL, 0},

	/* The body, if there is one, is not a form. */
	{__LINE__, CARRIER_QUERY, "a=1", "c=3", ERR_OK, "c=3;", 0},
	{__LINE__, CARRIER_QUERY, "%", "c=3&d=%34", ERR_OK, "c=3;d=4;", 0},
	{__LINE__, CARRIER_QUERY, "", "", ERR_OK, "", 0},
	{__LINE__, CARRIER_QUERY, "", "c=%3", ERR_MALFORMED, NULL, 0},
	{__LINE__, CARRIER_JSON, "{\"a\":1}", "c=3", ERR_OK, "c=3;", 0},
	{__LINE__, CARRIER_JSON, "a=1", "", ERR_OK, "", 0},
	{__LINE__, CARRIER_JSON, "%", "c=3", ERR_OK, "c=3;", 0},
};
/* clang-format on */

static void
check_parameters(int line, const struct form *form, const char *want)
{
	char got[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < form->n; i++)
		used += (size_t)snprintf(got + used, sizeof got - used,
			"%s=%s;", form->parameters[i].name,
			form->parameters[i].value);
	CHECK_TEXT(line, got, want);
}

/* Both inputs may only be read, and end where memory ends. */
static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		size_t body_len = strlen(rows[i].body);
		size_t query_len = strlen(rows[i].query);
		struct reason reason = {""};
		struct guard body, query;
		struct intake intake;

		intake_init(&intake);
		CHECK_NUMBER(rows[i].line,
			intake_parse(&intake, rows[i].carrier,
				guard_bytes(&body, rows[i].body, body_len),
				body_len,
				guard_bytes(&query, rows[i].query, query_len),
				query_len, &reason),
			rows[i].want);
		/* What was decoded stays, whatever becomes of the source. */
		guard_free(&body);
		guard_free(&query);
		if (rows[i].parameters != NULL) {
			check_parameters(
				rows[i].line, &intake.form, rows[i].parameters);
			CHECK_NUMBER(
				rows[i].line, intake.n_body, rows[i].n_body);
		} else {
			CHECK(rows[i].line, reason.text[0] != '\0');
		}
		intake_free(&intake);
	}
}

/* A NUL is a byte like any other. */
static void
test_bytes(void **state)
{
	static const char body[] = "a=\0b&c\0=%00";
	struct intake intake;

	(void)state;
	intake_init(&intake);
	assert_int_equal(intake_parse(&intake, CARRIER_FORM, body,
				 sizeof body - 1, "", 0, NULL),
		ERR_OK);
	assert_int_equal(intake.form.n, 2);
	assert_int_equal(intake.form.parameters[0].value_len, 2);
	assert_memory_equal(intake.form.parameters[0].value, "\0b", 3);
	assert_int_equal(intake.form.parameters[1].name_len, 2);
	assert_memory_equal(intake.form.parameters[1].value, "\0", 2);
	intake_free(&intake);
}

/* As an endpoint that got no body, and a record that has none. */
static void
test_nothing(void **state)
{
	struct intake intake;

	(void)state;
	intake_init(&intake);
	assert_int_equal(
		intake_parse(&intake, CARRIER_FORM, NULL, 0, NULL, 0, NULL),
		ERR_OK);
	assert_int_equal(intake.form.n, 0);
	intake_free(&intake);
	/* Freed twice, or never used. */
	intake_free(&intake);
	intake_init(&intake);
	intake_free(&intake);
}

static void
check_size(int line, size_t body_len, size_t query_len, enum err want)
{
	static char body[LIMIT_BODY + 2], query[LIMIT_TARGET + 2];
	struct reason reason = {""};
	struct intake intake;

	sample_fill(body, sizeof body, 'b');
	sample_fill(query, sizeof query, 'q');
	intake_init(&intake);
	CHECK_NUMBER(line,
		intake_parse(&intake, CARRIER_FORM, body, body_len, query,
			query_len, &reason),
		want);
	CHECK_HOLDS(line, reason.text, want != ERR_OK ? "exceed" : "");
	intake_free(&intake);
}

static void
test_ceilings(void **state)
{
	(void)state;
	check_size(__LINE__, LIMIT_BODY, LIMIT_TARGET, ERR_OK);
	check_size(__LINE__, LIMIT_BODY + 1, 1, ERR_TOO_LARGE);
	check_size(__LINE__, 1, LIMIT_TARGET + 1, ERR_TOO_LARGE);
}

/* Body and query count together. */
static void
test_number(void **state)
{
	char body[2 * (LIMIT_PARAMETERS - 1)];
	struct intake intake;

	(void)state;
	for (size_t i = 0; i < sizeof body; i++)
		body[i] = i % 2 == 0 ? 'a' : '&';
	intake_init(&intake);
	assert_int_equal(intake_parse(&intake, CARRIER_FORM, body, sizeof body,
				 "b", 1, NULL),
		ERR_OK);
	assert_int_equal(intake.form.n, LIMIT_PARAMETERS);
	assert_int_equal(intake.n_body, LIMIT_PARAMETERS - 1);
	intake_free(&intake);
	intake_init(&intake);
	assert_int_equal(intake_parse(&intake, CARRIER_FORM, body, sizeof body,
				 "b&c", 3, NULL),
		ERR_MALFORMED);
	intake_free(&intake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_ceilings),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
