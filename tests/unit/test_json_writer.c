/*
 * The JSON that commands print.
 */
#include "config.h"

#include "json_writer.h"

#include "check.h"

static void
test_all(void **state)
{
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof text, "w");
	struct json_writer writer;

	(void)state;
	assert_non_null(out);
	json_writer_open(&writer);
	json_write_text(&writer, "text", "a\"b\\c\n\xc3\xbc</x>");
	json_write_text(&writer, "none", NULL);
	json_write_text(&writer, "bad", "\xff");
	json_write_text(&writer, "control", "\033[\x7f \xc2\x9b\xc2\xa0");
	json_write_bytes(&writer, "bytes", "a\0b", 3);
	json_write_number(&writer, "number", -12);
	json_write_decimal(&writer, "decimal", 1.23456);
	json_write_bool(&writer, "yes", true);
	json_write_document(&writer, "document", "{\"a\": [1]}");
	json_begin_object(&writer, "empty");
	json_end_object(&writer);
	json_begin_array(&writer, "list");
	json_write_number(&writer, NULL, 1);
	json_begin_object(&writer, NULL);
	json_write_bool(&writer, "no", false);
	json_end_object(&writer);
	json_begin_array(&writer, NULL);
	json_end_array(&writer);
	json_end_array(&writer);
	json_write_text(&writer, "last", "");
	assert_int_equal(json_writer_print(&writer, out), ERR_OK);
	assert_int_equal(fclose(out), 0);
	CHECK_TEXT(__LINE__, text,
		"{\"text\":\"a\\\"b\\\\c\\n\xc3\xbc</x>\",\"none\":null,"
		"\"bad\":\"\xef\xbf\xbd\",\"control\":\"\\u001B[\\u007F "
		"\\u009B\xc2\xa0\",\"bytes\":\"a\xef\xbf\xbd"
		"b\",\"number\":-12,"
		"\"decimal\":1.235,\"yes\":true,"
		"\"document\":{\"a\": [1]},\"empty\":{},\"list\":[1,"
		"{\"no\":false},[]],\"last\":\"\"}\n");
}

/* Into a buffer, behind what is there, if it fits. */
static void
test_add(void **state)
{
	struct json_writer writer;
	struct buf out;

	(void)state;
	buf_init(&out, 9);
	assert_int_equal(buf_add_text(&out, "a"), ERR_OK);
	json_writer_open(&writer);
	json_write_number(&writer, "b", 123);
	assert_int_equal(json_writer_add(&writer, &out), ERR_TOO_LARGE);
	CHECK_TEXT(__LINE__, buf_text(&out), "a");
	json_writer_open(&writer);
	json_write_number(&writer, "b", 12);
	assert_int_equal(json_writer_add(&writer, &out), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&out), "a{\"b\":12}");
	buf_free(&out);
}

static void
test_empty(void **state)
{
	char text[16] = "";
	FILE *out = fmemopen(text, sizeof text, "w");
	struct json_writer writer;

	(void)state;
	assert_non_null(out);
	json_writer_open(&writer);
	assert_int_equal(json_writer_print(&writer, out), ERR_OK);
	assert_int_equal(fclose(out), 0);
	CHECK_TEXT(__LINE__, text, "{}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
