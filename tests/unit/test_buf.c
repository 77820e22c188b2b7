/*
 * Growable buffers.
 */
#include "config.h"

#include "buf.h"

#include "check.h"
#include "guard.h"

#include <stdlib.h>

/*
 * Linked with --wrap=malloc and --wrap=free.  Blocks come filled with what is
 * no NUL, and can be looked at on their way out: what was in a buffer must
 * not stay behind in freed memory.
 */
static struct {
	size_t size; /* of the next block to be freed; 0: do not look */
	size_t n_freed;
	size_t n_dirty;
} watch;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

void *
__wrap_malloc(size_t size)
{
	void *block = __real_malloc(size);

	if (block != NULL)
		memset(block, 0xA5, size);
	return block;
}

void
__wrap_free(void *block)
{
	const char *byte = block;
	bool dirty = false;

	if (block != NULL && watch.size > 0) {
		for (size_t i = 0; i < watch.size; i++)
			dirty = dirty || byte[i] != 0;
		watch.size = 0;
		watch.n_freed++;
		watch.n_dirty += dirty;
	}
	__real_free(block);
}

/* What holds between any two calls. */
static void
check_sound(const struct buf *buf)
{
	assert_true(buf->len <= buf->max);
	assert_true(strlen(buf_text(buf)) <= buf->len);
	if (buf->data == NULL) {
		assert_int_equal(buf->len, 0);
		assert_int_equal(buf->size, 0);
		return;
	}
	assert_true(buf->size > buf->len);
	assert_int_equal(buf->data[buf->len], '\0');
	assert_ptr_equal(buf_text(buf), buf->data);
}

static void
test_init(void **state)
{
	struct buf buf;

	(void)state;
	memset(&buf, 0xA5, sizeof buf);
	buf_init(&buf, 7);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.size, 0);
	assert_int_equal(buf.max, 7);
	assert_string_equal(buf_text(&buf), "");
	buf_clear(&buf);
	check_sound(&buf);
	buf_free(&buf);
	check_sound(&buf);
}

static void
test_add(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(buf_add_text(&buf, "one"), ERR_OK);
	assert_int_equal(buf_add(&buf, "\0two", 4), ERR_OK);
	assert_int_equal(buf_add_text(&buf, ""), ERR_OK);
	assert_int_equal(buf_add(&buf, NULL, 0), ERR_OK);
	check_sound(&buf);
	assert_int_equal(buf.len, 7);
	assert_memory_equal(buf.data, "one\0two", 8);
	assert_string_equal(buf_text(&buf), "one");
	buf_free(&buf);
}

/* Only the bytes that were given are read. */
static void
test_add_guarded(void **state)
{
	struct guard bytes, text;
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(
		buf_add(&buf, guard_bytes(&bytes, "abc", 3), 3), ERR_OK);
	assert_int_equal(buf_add_text(&buf, guard_text(&text, "de")), ERR_OK);
	assert_string_equal(buf_text(&buf), "abcde");
	guard_free(&bytes);
	guard_free(&text);
	buf_free(&buf);
}

static const struct ceiling_row {
	int line;
	size_t max;
	size_t first;  /* bytes added at first */
	size_t second; /* then */
	enum err err;  /* what the second gets */
} ceiling_rows[] = {
	{__LINE__, 0,    0,   0,              ERR_OK       },
	{__LINE__, 0,    0,   1,              ERR_TOO_LARGE},
	{__LINE__, 1,    0,   1,              ERR_OK       },
	{__LINE__, 1,    0,   2,              ERR_TOO_LARGE},
	{__LINE__, 1,    1,   0,              ERR_OK       },
	{__LINE__, 1,    1,   1,              ERR_TOO_LARGE},
	{__LINE__, 10,   4,   6,              ERR_OK       },
	{__LINE__, 10,   4,   7,              ERR_TOO_LARGE},
	{__LINE__, 255,  0,   255,            ERR_OK       },
	{__LINE__, 255,  255, 1,              ERR_TOO_LARGE},
	{__LINE__, 256,  255, 1,              ERR_OK       },
	{__LINE__, 256,  256, 1,              ERR_TOO_LARGE},
	{__LINE__, 257,  256, 1,              ERR_OK       },
	{__LINE__, 300,  10,  290,            ERR_OK       },
	{__LINE__, 300,  10,  291,            ERR_TOO_LARGE},
	{__LINE__, 300,  10,  SIZE_MAX,       ERR_TOO_LARGE},
	{__LINE__, 300,  10,  SIZE_MAX - 9,   ERR_TOO_LARGE},
	{__LINE__, 300,  300, SIZE_MAX - 299, ERR_TOO_LARGE},
	{__LINE__, 5000, 1,   4999,           ERR_OK       },
	{__LINE__, 5000, 1,   5000,           ERR_TOO_LARGE},
};

/* The ceiling itself is reached, one more is not; failure changes nothing. */
static void
test_ceiling(void **state)
{
	static char bytes[5000];

	(void)state;
	memset(bytes, 'b', sizeof bytes);
	for (size_t i = 0; i < N_OF(ceiling_rows); i++) {
		const struct ceiling_row *row = &ceiling_rows[i];
		struct buf buf, before;

		buf_init(&buf, row->max);
		CHECK_NUMBER(
			row->line, buf_add(&buf, bytes, row->first), ERR_OK);
		before = buf;
		CHECK_NUMBER(
			row->line, buf_reserve(&buf, row->second), row->err);
		CHECK(row->line, buf.len == before.len);
		if (row->err != ERR_OK)
			CHECK(row->line,
				memcmp(&buf, &before, sizeof buf) == 0);
		CHECK_NUMBER(
			row->line, buf_add(&buf, bytes, row->second), row->err);
		check_sound(&buf);
		if (row->err == ERR_OK)
			CHECK(row->line, buf.len == row->first + row->second);
		else
			CHECK(row->line,
				memcmp(&buf, &before, sizeof buf) == 0);
		CHECK(row->line, memcmp(buf.data, bytes, buf.len) == 0);
		buf_free(&buf);
	}
}

static void
test_text_over_ceiling(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 3);
	assert_int_equal(buf_add_text(&buf, "ab"), ERR_OK);
	assert_int_equal(buf_add_text(&buf, "cd"), ERR_TOO_LARGE);
	assert_string_equal(buf_text(&buf), "ab");
	assert_int_equal(buf_add_text(&buf, "c"), ERR_OK);
	assert_string_equal(buf_text(&buf), "abc");
	buf_free(&buf);
}

static void
test_reserve_first(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 100);
	assert_int_equal(buf_reserve(&buf, 100), ERR_OK);
	check_sound(&buf);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_free(&buf);
}

/* What was reserved can be added without a move, in any pieces. */
static void
test_reserve(void **state)
{
	static const size_t sizes[] = {1, 200, 255, 256, 257, 511, 512, 4000};

	(void)state;
	for (size_t i = 0; i < N_OF(sizes); i++) {
		const char *data;
		struct buf buf;

		buf_init(&buf, 5000);
		assert_int_equal(buf_add_text(&buf, "start"), ERR_OK);
		assert_int_equal(buf_reserve(&buf, sizes[i]), ERR_OK);
		assert_string_equal(buf_text(&buf), "start");
		data = buf.data;
		for (size_t j = 0; j < sizes[i]; j++)
			assert_int_equal(buf_add(&buf, "x", 1), ERR_OK);
		assert_ptr_equal(buf.data, data);
		check_sound(&buf);
		buf_free(&buf);
	}
}

/* Byte by byte, with NULs among them, and no old block is left unwiped. */
static void
test_growth(void **state)
{
	const size_t n = 5000;
	struct buf buf;

	(void)state;
	memset(&watch, 0, sizeof watch);
	buf_init(&buf, n);
	for (size_t i = 0; i < n; i++) {
		char byte = (char)(i * 7);

		watch.size = buf.size;
		assert_int_equal(buf_add(&buf, &byte, 1), ERR_OK);
		check_sound(&buf);
	}
	watch.size = 0;
	assert_int_equal(buf_add(&buf, "x", 1), ERR_TOO_LARGE);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf.data[i], (char)(i * 7));
	assert_true(watch.n_freed > 0);
	assert_int_equal(watch.n_dirty, 0);
	buf_free(&buf);
}

static void
test_number(void **state)
{
	static const struct {
		int line;
		size_t number;
		const char *text;
	} numbers[] = {
		{__LINE__, 0,          "0"         },
		{__LINE__, 9,          "9"         },
		{__LINE__, 10,         "10"        },
		{__LINE__, 1234567,    "1234567"   },
		{__LINE__, UINT32_MAX, "4294967295"},
	};
	struct buf buf;

	(void)state;
	buf_init(&buf, 10);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		buf_clear(&buf);
		CHECK_NUMBER(numbers[i].line,
			buf_add_number(&buf, numbers[i].number), ERR_OK);
		CHECK_TEXT(numbers[i].line, buf_text(&buf), numbers[i].text);
		check_sound(&buf);
	}
	assert_int_equal(buf_add_number(&buf, 0), ERR_TOO_LARGE);
	assert_string_equal(buf_text(&buf), "4294967295");
	buf_free(&buf);
}

static void
test_free_wipes(void **state)
{
	struct buf buf;

	(void)state;
	memset(&watch, 0, sizeof watch);
	buf_init(&buf, 1000);
	assert_int_equal(buf_add_text(&buf, "secret"), ERR_OK);
	buf_clear(&buf); /* the rest of "secret" is still there */
	assert_int_equal(buf_add_text(&buf, "x"), ERR_OK);
	watch.size = buf.size;
	buf_free(&buf);
	assert_int_equal(watch.n_freed, 1);
	assert_int_equal(watch.n_dirty, 0);
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.size, 0);
	assert_int_equal(buf.max, 1000);
	assert_int_equal(buf_add_text(&buf, "again"), ERR_OK);
	assert_string_equal(buf_text(&buf), "again");
	buf_free(&buf);
	buf_free(&buf);
}

static void
test_clear(void **state)
{
	const char *data;
	struct buf buf;
	size_t size;

	(void)state;
	buf_init(&buf, 1000);
	assert_int_equal(buf_add_text(&buf, "text"), ERR_OK);
	data = buf.data;
	size = buf.size;
	buf_clear(&buf);
	check_sound(&buf);
	assert_int_equal(buf.len, 0);
	assert_string_equal(buf_text(&buf), "");
	assert_int_equal(buf_add_text(&buf, "ab"), ERR_OK);
	assert_string_equal(buf_text(&buf), "ab");
	assert_ptr_equal(buf.data, data);
	assert_int_equal(buf.size, size);
	buf_free(&buf);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_guarded),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_text_over_ceiling),
		cmocka_unit_test(test_reserve_first),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_free_wipes),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
