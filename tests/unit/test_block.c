/*
 * Lines of ours in a file of somebody else's.
 */
#include "config.h"

#include "block.h"

#include "check.h"

#define CONTENT "SetEnv A b\nSetEnv C d\n"

/* The text with the content as its block. */
static void
put(struct buf *out, const char *text, const char *content)
{
	struct block block;

	buf_init(out, 10000);
	assert_int_equal(block_find(text, &block), ERR_OK);
	assert_int_equal(block_put(out, text, &block, content), ERR_OK);
}

static enum block_state
state_of(const char *text)
{
	struct block block;

	assert_int_equal(block_find(text, &block), ERR_OK);
	return block.state;
}

/* Replaces the first "from" by "to". */
static void
edit(struct buf *out, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	buf_init(out, 10000);
	assert_non_null(at);
	assert_int_equal(buf_add(out, text, (size_t)(at - text)), ERR_OK);
	assert_int_equal(buf_add_text(out, to), ERR_OK);
	assert_int_equal(buf_add_text(out, at + strlen(from)), ERR_OK);
}

static void
test_put(void **state)
{
	struct buf text;

	(void)state;
	put(&text, "", CONTENT);
	CHECK_HOLDS(__LINE__, buf_text(&text), "# BEGIN hookswitch ");
	CHECK_HOLDS(__LINE__, buf_text(&text), CONTENT "# END hookswitch\n");
	assert_int_equal(state_of(buf_text(&text)), BLOCK_OURS);
	buf_free(&text);
}

/* What is the owner's stays as it was, byte for byte, behind ours. */
static void
test_others(void **state)
{
	static const char *const others[] = {"Options None\n", "no newline",
		"\n\nempty lines\n", "CR LF\r\nlines\r\n",
		"say # BEGIN hookswitch in a line\n"};

	(void)state;
	for (size_t i = 0; i < N_OF(others); i++) {
		struct buf text, again;
		size_t len = strlen(others[i]);

		put(&text, others[i], CONTENT);
		CHECK((int)i, text.len > len);
		CHECK_TEXT((int)i, buf_text(&text) + text.len - len, others[i]);
		assert_int_equal(state_of(buf_text(&text)), BLOCK_OURS);
		/* The same once more changes nothing. */
		put(&again, buf_text(&text), CONTENT);
		CHECK_TEXT((int)i, buf_text(&again), buf_text(&text));
		buf_free(&again);
		buf_free(&text);
	}
}

/* Where somebody has moved it to. */
static void
test_renew_in_place(void **state)
{
	struct buf block, text, again;

	(void)state;
	put(&block, "", CONTENT);
	buf_init(&text, 10000);
	assert_int_equal(buf_add_text(&text, "before\n"), ERR_OK);
	assert_int_equal(buf_add_text(&text, buf_text(&block)), ERR_OK);
	assert_int_equal(buf_add_text(&text, "after\n"), ERR_OK);
	put(&again, buf_text(&text), "new\n");
	assert_memory_equal(
		buf_text(&again), "before\n# BEGIN hookswitch ", 26);
	CHECK_HOLDS(
		__LINE__, buf_text(&again), "\nnew\n# END hookswitch\nafter\n");
	CHECK_LACKS(__LINE__, buf_text(&again), "SetEnv");
	assert_int_equal(state_of(buf_text(&again)), BLOCK_OURS);
	buf_free(&again);
	buf_free(&text);
	buf_free(&block);
}

/* what becomes of a block whose text is edited */
static const struct edit_row {
	int line;
	const char *from, *to;
	enum block_state state;
} edits[] = {
	{__LINE__, "SetEnv A b\n",          "SetEnv A x\n",                         BLOCK_CHANGED},
	{__LINE__, "SetEnv C d\n",          "SetEnv C d\nSetEnv E f\n",             BLOCK_CHANGED},
	{__LINE__, "SetEnv C d\n",          "",                                     BLOCK_CHANGED},
	{__LINE__, "SetEnv A b\n",          "SetEnv A b\r\n",                       BLOCK_OURS   },
	{__LINE__, "# END hookswitch\n",    "",                                     BLOCK_BROKEN },
	{__LINE__, "# END hookswitch\n",    "# END hookswitch",                     BLOCK_OURS   },
	{__LINE__, "# BEGIN hookswitch",
         "# BEGIN hookswitch\n# BEGIN hookswitch",                                  BLOCK_BROKEN },
	{__LINE__, "# END hookswitch\n",    "# END hookswitch\n# END hookswitch\n",
         BLOCK_BROKEN									    },
	{__LINE__, "# BEGIN hookswitch",    "# END hookswitch\n# BEGIN hookswitch",
         BLOCK_BROKEN									    },
	{__LINE__, "# BEGIN hookswitch",    " # BEGIN hookswitch",                  BLOCK_BROKEN },
	{__LINE__, ": \"hookswitch init\"", "",                                     BLOCK_OURS   },
};

static void
test_edited(void **state)
{
	struct buf text;

	(void)state;
	put(&text, "Options None\n", CONTENT);
	for (size_t i = 0; i < N_OF(edits); i++) {
		struct buf edited;

		edit(&edited, buf_text(&text), edits[i].from, edits[i].to);
		CHECK_NUMBER(edits[i].line, state_of(buf_text(&edited)),
			edits[i].state);
		buf_free(&edited);
	}
	buf_free(&text);
	assert_int_equal(state_of(""), BLOCK_NONE);
	assert_int_equal(state_of("SetEnv HOOKSWITCH_CONFIG x\n"), BLOCK_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_renew_in_place),
		cmocka_unit_test(test_edited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
