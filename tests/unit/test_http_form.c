/*
 * Names and values as they are sent.
 */
#include "config.h"

#include "http_form.h"

#include "check.h"

static void
test_pairs(void **state)
{
	struct buf form;

	(void)state;
	buf_init(&form, 1000);
	assert_int_equal(http_add_pair(&form, "From", "+14158675309"), ERR_OK);
	assert_int_equal(
		http_add_pair(&form, "Body", "50% & m\xc3\xbc=r_e.-*~"),
		ERR_OK);
	assert_int_equal(http_add_pair(&form, "StartTime>", ""), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&form),
		"From=%2B14158675309&Body=50%25+%26+m%C3%BC%3Dr_e.-*%7E"
		"&StartTime%3E=");
	form.max = form.len + 2;
	assert_int_equal(http_add_pair(&form, "a", "b"), ERR_TOO_LARGE);
	buf_free(&form);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
