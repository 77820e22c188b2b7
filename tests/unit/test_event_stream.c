/*
 * Blocks of text/event-stream.
 */
#include "config.h"

#include "event_stream.h"

#include "check.h"

/* line, type, id, data, block */
/* clang-format off */
static const struct {
	int line;
	const char *type, *id, *data;
	const char *want;
} blocks[] = {
	{__LINE__, NULL, "a.1.2", "{\"a\":1}",
		"id: a.1.2\ndata: {\"a\":1}\n\n"},
	{__LINE__, "gone", "a.1.2", "{}",
		"event: gone\nid: a.1.2\ndata: {}\n\n"},
	{__LINE__, NULL, "a.1.2", NULL, "id: a.1.2\n\n"},
	{__LINE__, NULL, NULL, "x", "data: x\n\n"},
	{__LINE__, NULL, NULL, "", "data: \n\n"},

	/* Nothing in the data ends a block, or begins another field. */
	{__LINE__, NULL, NULL, "a\nb", "data: a\ndata: b\n\n"},
	{__LINE__, NULL, NULL, "a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n"},
	{__LINE__, NULL, NULL, "a\n\nid: 7\n",
		"data: a\ndata: \ndata: id: 7\ndata: \n\n"},
	{__LINE__, NULL, NULL, "\n", "data: \ndata: \n\n"},
	{__LINE__, NULL, NULL, ": x", "data: : x\n\n"},
};
/* clang-format on */

static void
test_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(blocks); i++) {
		struct buf out;

		buf_init(&out, 1000);
		CHECK_NUMBER(blocks[i].line,
			event_stream_add(&out, blocks[i].type, blocks[i].id,
				blocks[i].data),
			ERR_OK);
		CHECK_TEXT(blocks[i].line, buf_text(&out), blocks[i].want);
		buf_free(&out);
	}
}

static void
test_others(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(event_stream_add_retry(&out, 1500), ERR_OK);
	assert_int_equal(event_stream_add(&out, NULL, "a", NULL), ERR_OK);
	assert_int_equal(event_stream_add_comment(&out), ERR_OK);
	assert_string_equal(buf_text(&out), "retry: 1500\nid: a\n\n:\n\n");
	buf_free(&out);
}

/* Wherever the room ends, the caller learns of it. */
static void
test_no_room(void **state)
{
	(void)state;
	for (size_t max = 0; max < strlen(blocks[1].want); max++) {
		struct buf out;

		buf_init(&out, max);
		assert_int_equal(event_stream_add(&out, "gone", "a.1.2", "{}"),
			ERR_TOO_LARGE);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests_name("event_stream", tests, NULL, NULL);
}
