/*
 * Libraries loaded at the first need: libm stands for them, which any C
 * program can have.
 */
#include "config.h"

#include "library.h"

#include "check.h"
#include "libpq.h"
#include "libxml.h"

#define LIBM "libm.so.6"

struct table {
	double (*sqrt)(double);
	double (*cbrt)(double);
};

static void
test_loads(void **state)
{
	static const struct library_function functions[] = {
		{"cbrt", offsetof(struct table, cbrt)},
		{"sqrt", offsetof(struct table, sqrt)},
	};
	struct reason reason = {""};
	struct table table = {NULL, NULL};
	bool loaded = false;

	(void)state;
	assert_int_equal(library_load(LIBM, functions, N_OF(functions), &table,
				 &loaded, &reason),
		ERR_OK);
	assert_true(table.sqrt(81) > 8.99 && table.sqrt(81) < 9.01);
	assert_true(table.cbrt(27) > 2.99 && table.cbrt(27) < 3.01);
	assert_string_equal(reason.text, "");
}

static void
test_no_library(void **state)
{
	static const struct library_function functions[] = {
		{"sqrt", 0}
        };
	struct reason reason = {""};
	struct table table = {NULL, NULL};
	bool loaded = false;

	(void)state;
	assert_int_equal(library_load("libhookswitch-none.so.9", functions,
				 N_OF(functions), &table, &loaded, &reason),
		ERR_SETTING);
	CHECK_HOLDS(__LINE__, reason.text, "libhookswitch-none.so.9");
	assert_null(table.sqrt);
	assert_int_equal(library_load("libhookswitch-none.so.9", functions,
				 N_OF(functions), &table, &loaded, NULL),
		ERR_SETTING);
}

static void
test_no_function(void **state)
{
	static const struct library_function functions[] = {
		{"sqrt",            offsetof(struct table, sqrt)},
		{"hookswitch_none", offsetof(struct table, cbrt)},
	};
	struct reason reason = {""};
	struct table table = {NULL, NULL};
	bool loaded = false;

	(void)state;
	assert_int_equal(library_load(LIBM, functions, N_OF(functions), &table,
				 &loaded, &reason),
		ERR_SETTING);
	CHECK_HOLDS(__LINE__, reason.text, LIBM);
	CHECK_HOLDS(__LINE__, reason.text, "hookswitch_none");
	assert_null(table.cbrt);
}

/* The two that are loaded have every function that is asked of them. */
static void
test_ours(void **state)
{
	const struct libpq *pq = NULL, *pq_again = NULL;
	const struct libxml *xml = NULL, *xml_again = NULL;
	struct reason reason = {""};

	(void)state;
	if (libpq_load(&pq, &reason) != ERR_OK ||
		libxml_load(&xml, &reason) != ERR_OK)
		fail_msg("%s", reason.text);
	assert_non_null(pq->PQfinish);
	assert_non_null(pq->PQstatus);
	assert_non_null(xml->xmlFreeDoc);
	assert_non_null(xml->xmlNodeSetContent);
	assert_int_equal(libpq_load(&pq_again, NULL), ERR_OK);
	assert_int_equal(libxml_load(&xml_again, NULL), ERR_OK);
	assert_ptr_equal(pq, pq_again);
	assert_ptr_equal(xml, xml_again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_no_library),
		cmocka_unit_test(test_no_function),
		cmocka_unit_test(test_ours),
	};

	return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
