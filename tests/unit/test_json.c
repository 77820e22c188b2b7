/*
 * Parameters as JSON.
 */
#include "config.h"

#include "json.h"

#include "check.h"
#include "limit.h"
#include "sample.h"

/* line, form, JSON */
/* clang-format off */
static const struct {
	int line;
	const char *form;
	const char *want;
} forms[] = {
	{__LINE__, "", "{}"},
	{__LINE__, "a=1", "{\"a\":\"1\"}"},
	{__LINE__, "b=1&a=2", "{\"b\":\"1\",\"a\":\"2\"}"},
	{__LINE__, "a=", "{\"a\":\"\"}"},
	{__LINE__, "a", "{\"a\":\"\"}"},
	{__LINE__, "=1", "{\"\":\"1\"}"},

	/* Numbers and literals stay text. */
	{__LINE__, "a=null&b=true&c=1e3",
		"{\"a\":\"null\",\"b\":\"true\",\"c\":\"1e3\"}"},

	/* A repeated name holds an array, in its first place. */
	{__LINE__, "a=1&b=2&a=3", "{\"a\":[\"1\",\"3\"],\"b\":\"2\"}"},
	{__LINE__, "a=1&a=1", "{\"a\":[\"1\",\"1\"]}"},
	{__LINE__, "a=&a=&a=", "{\"a\":[\"\",\"\",\"\"]}"},
	{__LINE__, "a=3&a=1&a=2", "{\"a\":[\"3\",\"1\",\"2\"]}"},
	{__LINE__, "a=[]&a=1", "{\"a\":[\"[]\",\"1\"]}"},
	{__LINE__, "a=1&A=2", "{\"a\":\"1\",\"A\":\"2\"}"},
	{__LINE__, "=1&=2", "{\"\":[\"1\",\"2\"]}"},

	/* What JSON quotes. */
	{__LINE__, "a=%22", "{\"a\":\"\\\"\"}"},
	{__LINE__, "a=%5C", "{\"a\":\"\\\\\"}"},
	{__LINE__, "a=%0A%0D%09", "{\"a\":\"\\n\\r\\t\"}"},
	{__LINE__, "a=%01%1F", "{\"a\":\"\\u0001\\u001F\"}"},
	{__LINE__, "%22%5C=1", "{\"\\\"\\\\\":\"1\"}"},
	{__LINE__, "a=S%C3%A3o+Paulo", "{\"a\":\"S\xC3\xA3o Paulo\"}"},
	{__LINE__, "a=%F0%9F%98%80", "{\"a\":\"\xF0\x9F\x98\x80\"}"},
	{__LINE__, "a=%EF%BF%BF", "{\"a\":\"\xEF\xBF\xBF\"}"},
	{__LINE__, "%C3%A9=%C3%A9", "{\"\xC3\xA9\":\"\xC3\xA9\"}"},
};
/* clang-format on */

static void
test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct sample sample;
		struct buf out;

		sample_open(&sample, forms[i].form);
		buf_init(&out, LIMIT_JSON);
		CHECK_NUMBER(forms[i].line, json_from_form(&out, &sample.form),
			ERR_OK);
		CHECK_TEXT(forms[i].line, buf_text(&out), forms[i].want);
		buf_free(&out);
		sample_close(&sample);
	}
}

static void
test_appends(void **state)
{
	struct sample sample;
	struct buf out;

	(void)state;
	sample_open(&sample, "a=1");
	buf_init(&out, LIMIT_JSON);
	assert_int_equal(buf_add_text(&out, "before "), ERR_OK);
	assert_int_equal(json_from_form(&out, &sample.form), ERR_OK);
	assert_string_equal(buf_text(&out), "before {\"a\":\"1\"}");
	buf_free(&out);
	sample_close(&sample);
}

/* Fails for every ceiling below what it needs, and for none from there on. */
static void
test_ceiling(void **state)
{
	static const char want[] = "{\"a\":[\"1\",\"2\"],\"longest\":\"\\n\"}";
	struct sample sample;

	(void)state;
	sample_open(&sample, "a=1&a=2&longest=%0A");
	for (size_t max = 0; max < sizeof want + 2; max++) {
		struct buf out;
		enum err err;

		buf_init(&out, max);
		err = json_from_form(&out, &sample.form);
		assert_int_equal(err == ERR_OK, max >= sizeof want - 1);
		assert_in_range(out.len, 0, max);
		buf_free(&out);
	}
	sample_close(&sample);
}

/* LIMIT_JSON holds whatever the other ceilings let in. */
static void
test_largest(void **state)
{
	static char text[LIMIT_BODY + 1];
	struct form form;
	struct buf out;

	(void)state;
	sample_fill(text, sizeof text, '\x01');
	for (size_t i = 1; i < LIMIT_PARAMETERS; i++)
		text[2 * i - 1] = '&';
	form_init(&form);
	assert_int_equal(
		form_parse(&form, text, sizeof text - 1, NULL), ERR_OK);
	assert_int_equal(form.n, LIMIT_PARAMETERS);
	buf_init(&out, LIMIT_JSON);
	assert_int_equal(json_from_form(&out, &form), ERR_OK);
	buf_free(&out);
	form_free(&form);
}

static void
test_texts(void **state)
{
	static const struct json_text texts[] = {
		{"status",  "ok"       },
                {"paths/a", "/x"       },
                {"paths/b", "say \"y\""}
        };
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(json_from_texts(&out, texts, 3), ERR_OK);
	assert_string_equal(buf_text(&out),
		"{\"status\":\"ok\",\"paths\":{\"a\":\"/x\","
		"\"b\":\"say \\\"y\\\"\"}}");
	buf_free(&out);
	buf_init(&out, 10);
	assert_int_not_equal(json_from_texts(&out, texts, 3), ERR_OK);
	buf_free(&out);
}

/* Documents, a path in them, and what is there. */
static const struct read_row {
	const char *document;
	const char *path;
	const char *text; /* NULL: it has none */
	bool is_number;
	long long number;
} reads[] = {
	{"{\"a\":\"x\"}",                    "a",   "x",                    false, 0  },
	{"{\"a\":{\"b\":\"\\u20ac\"}}",      "a/b", "\342\202\254",         false, 0  },
	{"{\"a\":12}",		       "a",   NULL,                   true,  12 },
	{"{\"a\":\"-12\"}",                  "a",   "-12",                  true,  -12},
	{"{\"a\":\"12x\"}",                  "a",   "12x",                  false, 0  },
	{"{\"a\":\"\"}",                     "a",   "",                     false, 0  },
	{"{\"a\":\"-\"}",                    "a",   "-",                    false, 0  },
	{"{\"a\":\"99999999999999999999\"}", "a",   "99999999999999999999", false,
         0									    },
	{"{\"a\":null}",                     "a",   NULL,                   false, 0  },
	{"{\"a\":1.5}",                      "a",   NULL,                   false, 0  },
	{"{\"a\":\"x\\u0000y\"}",            "a",   "x",                    false, 0  },
	{"{}",			       "a",   NULL,                   false, 0  },
	{"[]",			       "a",   NULL,                   false, 0  },
	{"7",				"a/b", NULL,                   false, 0  },
	{"{\"a\":[1]}",                      "a/b", NULL,                   false, 0  },
};

static void
test_reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
		const struct read_row *row = &reads[i];
		const struct json *value;
		long long number = 0;
		struct json *document;

		assert_int_equal(json_read(&document, row->document,
					 strlen(row->document), NULL),
			ERR_OK);
		value = json_member(document, row->path);
		if (row->text == NULL)
			assert_null(json_text(value));
		else
			assert_string_equal(json_text(value), row->text);
		assert_string_equal(json_member_text(document, row->path),
			row->text != NULL ? row->text : "");
		assert_int_equal(json_number(value, &number), row->is_number);
		if (row->is_number)
			assert_int_equal(number, row->number);
		json_free(document);
	}
}

static void
test_lists(void **state)
{
	static const char text[] = "{\"calls\":[\"a\",{\"b\":[2]}]}";
	const struct json *calls;
	struct json *document;
	struct buf out;

	(void)state;
	assert_int_equal(
		json_read(&document, text, sizeof text - 1, NULL), ERR_OK);
	calls = json_member(document, "calls");
	assert_true(json_is_list(calls));
	assert_false(json_is_list(document));
	assert_false(json_is_list(NULL));
	assert_int_equal(json_size(calls), 2);
	assert_int_equal(json_size(document), 0);
	assert_int_equal(json_size(NULL), 0);
	assert_string_equal(json_text(json_item(calls, 0)), "a");
	assert_null(json_item(calls, 2));
	buf_init(&out, 100);
	assert_int_equal(json_add(&out, json_item(calls, 1)), ERR_OK);
	assert_string_equal(buf_text(&out), "{\"b\":[2]}");
	buf_free(&out);
	json_free(document);
}

/* A part that outlives its document. */
static void
test_copy(void **state)
{
	static const char text[] = "[{\"a\":\"b\"}]";
	struct json *document, *copy;

	(void)state;
	assert_int_equal(
		json_read(&document, text, sizeof text - 1, NULL), ERR_OK);
	assert_int_equal(json_keep(&copy, json_item(document, 0)), ERR_OK);
	json_free(document);
	assert_string_equal(json_member_text(copy, "a"), "b");
	json_free(copy);
	assert_int_equal(json_keep(&copy, NULL), ERR_OK);
	assert_null(copy);
}

static void
test_truth(void **state)
{
	static const char text[] = "[true,false,null,\"true\",1]";
	struct json *document;

	(void)state;
	assert_int_equal(
		json_read(&document, text, sizeof text - 1, NULL), ERR_OK);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(json_is_yes(json_item(document, i)), i == 0);
		assert_int_equal(json_is_no(json_item(document, i)), i == 1);
	}
	json_free(document);
}

/* What is no document, and at every length that a page can be cut to. */
static void
test_unreadable(void **state)
{
	static const char whole[] = "{\"a\":[1,\"\\u20ac\",null,true]}";
	struct reason reason;
	struct json *document;

	(void)state;
	assert_int_equal(
		json_read(&document, "<html>", 6, &reason), ERR_MALFORMED);
	assert_null(document);
	assert_string_equal(reason.text, "invalid JSON in line 1, column 1");
	assert_int_equal(
		json_read(&document, "{}x", 3, &reason), ERR_MALFORMED);
	assert_int_equal(
		json_read(&document, "\"\xff\"", 3, &reason), ERR_MALFORMED);
	for (size_t len = 0; len < sizeof whole - 1; len++) {
		assert_int_equal(json_read(&document, whole, len, &reason),
			ERR_MALFORMED);
		assert_null(document);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_truth),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
