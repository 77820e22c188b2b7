/*
 * The configuration that is built in, against the files it was made from.
 */
#include "config.h"

#include "shipped.h"

#include "check.h"
#include "file.h"

#include <stdlib.h>

#define SIZE 65536

static const struct shipped_change none[] = {
	{NULL, NULL},
};

static const struct file_row {
	const char *path;
	const char *const *lines;
} files[] = {
	{"apache/htaccess",            shipped_apache_htaccess           },
	{"apache/hookswitch.htaccess", shipped_apache_hookswitch_htaccess},
	{"apache/proxy-fcgi.htaccess", shipped_apache_proxy_fcgi_htaccess},
	{"lighttpd/hookswitch.conf",   shipped_lighttpd_hookswitch_conf  },
};

static void
test_same(void **state)
{
	const char *source = getenv("HOOKSWITCH_SOURCE");

	(void)state;
	if (source == NULL)
		skip();
	for (size_t i = 0; i < N_OF(files); i++) {
		struct buf written, shipped;
		char path[1024];

		(void)snprintf(
			path, sizeof path, "%s/%s", source, files[i].path);
		buf_init(&written, SIZE);
		buf_init(&shipped, SIZE);
		assert_int_equal(file_read(&shipped, path, NULL), ERR_OK);
		assert_int_equal(
			shipped_write(&written, files[i].lines, none), ERR_OK);
		CHECK_TEXT((int)i, buf_text(&written), buf_text(&shipped));
		buf_free(&shipped);
		buf_free(&written);
	}
}

static void
test_changes(void **state)
{
	static const char *const lines[] = {"# in /home/a, not /homes\n",
		"x /home/a/private/b /home/a\n", NULL};
	static const struct shipped_change changes[] = {
		{"/home/a/private/b", "/p/c"   },
		{"/home/a",           "/home/a"},
		{"x ",                ""       },
		{NULL,                NULL     },
	};
	struct buf out;

	(void)state;
	buf_init(&out, SIZE);
	assert_int_equal(shipped_write(&out, lines, changes), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&out),
		"# in /home/a, not /homes\n/p/c /home/a\n");
	buf_free(&out);
	buf_init(&out, 10);
	assert_int_equal(shipped_write(&out, lines, changes), ERR_TOO_LARGE);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
