/*
 * What can go wrong, in words.
 */
#include "config.h"

#include "err.h"

#include "check.h"
#include "guard.h"

#include <limits.h>

/* Every code has a text of its own. */
static void
test_text(void **state)
{
	(void)state;
	for (int i = 0; i < ERR__MAX; i++) {
		const char *text = err_text((enum err)i);

		assert_non_null(text);
		assert_true(text[0] != '\0');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(text, err_text((enum err)j));
	}
}

static void
test_text_of_no_code(void **state)
{
	static const int codes[] = {ERR__MAX, ERR__MAX + 1, 1000, INT_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		assert_non_null(err_text((enum err)codes[i]));
		assert_true(err_text((enum err)codes[i])[0] != '\0');
	}
}

/* The reason is formatted; the code comes back, whichever it is. */
static void
test_reason(void **state)
{
	struct reason reason;

	(void)state;
	for (int i = 0; i < ERR__MAX; i++) {
		assert_int_equal(err_reason(&reason, (enum err)i,
					 "setting \"%s\" is %d", "NAME", i),
			i);
		assert_memory_equal(reason.text, "setting \"NAME\" is ",
			strlen("setting \"NAME\" is "));
	}
	assert_int_equal(err_reason(&reason, ERR_IO, "x"), ERR_IO);
	assert_string_equal(reason.text, "x");
}

static void
test_no_reason(void **state)
{
	(void)state;
	assert_int_equal(
		err_reason(NULL, ERR_SETTING, "%s", "text"), ERR_SETTING);
}

/* A long text is cut to what fits, at every length around the size. */
static void
test_cut(void **state)
{
	struct guard guard;
	const struct reason empty = {""};
	struct reason *reason;
	char text[sizeof empty.text + 16];

	(void)state;
	(void)guard_buffer(&guard, &empty, sizeof empty, 0);
	reason = (struct reason *)(void *)guard.data;
	for (size_t len = sizeof empty.text - 4; len < sizeof text; len++) {
		size_t cut =
			len < sizeof empty.text ? len : sizeof empty.text - 1;

		memset(text, 'a', len);
		text[len] = '\0';
		assert_int_equal(
			err_reason(reason, ERR_IO, "%s", text), ERR_IO);
		assert_int_equal(strlen(reason->text), cut);
		assert_memory_equal(reason->text, text, cut);
	}
	guard_free(&guard);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_of_no_code),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_no_reason),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
