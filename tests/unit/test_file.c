/*
 * Reading the files that settings name, and refusing those that others could
 * read.
 */
#include "config.h"

#include "file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "sample.h"
#include "scratch.h"

#define CEILING 100000

/* Reads into an empty buffer, compares with want unless that is NULL. */
static void
check_read(int line, const char *path, size_t max, enum err want_err,
	const char *want, size_t want_len)
{
	struct reason reason = {""};
	struct buf out;

	buf_init(&out, max);
	CHECK_NUMBER(line, file_read(&out, path, &reason), want_err);
	if (want != NULL) {
		CHECK_NUMBER(line, out.len, want_len);
		CHECK(line, memcmp(buf_text(&out), want, want_len) == 0);
	}
	if (want_err != ERR_OK)
		CHECK_HOLDS(line, reason.text, path);
	buf_free(&out);
}

/* What is refused stays unread, and the reason names the file. */
static void
check_private(int line, const char *path, const char *document_root,
	enum err want_err)
{
	struct reason reason = {""};
	struct buf out;

	buf_init(&out, CEILING);
	CHECK_NUMBER(line,
		file_read_private(&out, path, document_root, &reason),
		want_err);
	if (want_err == ERR_OK) {
		CHECK_TEXT(line, buf_text(&out), "secret");
	} else {
		CHECK_NUMBER(line, out.len, 0);
		CHECK_HOLDS(line, reason.text, path);
		CHECK_LACKS(line, reason.text, "secret");
	}
	buf_free(&out);
}

static void
test_contents(void **state)
{
	static char long_text[20000];
	static const char binary[] = "a\0b\r\n\xFF";
	const char *path;

	path = scratch_write(*state, "text", "one\ntwo\n", 0644);
	check_read(__LINE__, path, CEILING, ERR_OK, "one\ntwo\n", 8);
	path = scratch_write(*state, "empty", "", 0644);
	check_read(__LINE__, path, CEILING, ERR_OK, "", 0);
	path = scratch_write_bytes(
		*state, "binary", binary, sizeof binary, 0644);
	check_read(__LINE__, path, CEILING, ERR_OK, binary, sizeof binary);
	sample_fill(long_text, sizeof long_text, 'x');
	path = scratch_write(*state, "long", long_text, 0644);
	check_read(__LINE__, path, CEILING, ERR_OK, long_text,
		sizeof long_text - 1);
	/* Whatever others may do with it. */
	path = scratch_write(*state, "open", "text", 0666);
	check_read(__LINE__, path, CEILING, ERR_OK, "text", 4);
}

static void
test_ceiling(void **state)
{
	static char text[8193];
	const char *path;

	sample_fill(text, sizeof text, 'x');
	path = scratch_write(*state, "file", text, 0600);
	check_read(__LINE__, path, 8193, ERR_OK, text, 8192);
	check_read(__LINE__, path, 8192, ERR_OK, text, 8192);
	check_read(__LINE__, path, 8191, ERR_TOO_LARGE, NULL, 0);
	check_read(__LINE__, path, 0, ERR_TOO_LARGE, NULL, 0);
}

static void
test_missing(void **state)
{
	struct reason reason = {""};
	struct buf out;
	const char *path = scratch_path(*state, "none");

	buf_init(&out, CEILING);
	errno = 0;
	assert_int_equal(file_read(&out, path, &reason), ERR_IO);
	assert_int_equal(errno, ENOENT);
	CHECK_HOLDS(__LINE__, reason.text, path);
	CHECK_HOLDS(__LINE__, reason.text, strerror(ENOENT));
	errno = 0;
	assert_int_equal(file_read_private(&out, path, NULL, &reason), ERR_IO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(file_read(&out, path, NULL), ERR_IO);

	path = scratch_link(*state, "dangling", "none");
	errno = 0;
	assert_int_equal(file_read(&out, path, &reason), ERR_IO);
	assert_int_equal(errno, ENOENT);
	buf_free(&out);
}

static void
test_unreadable(void **state)
{
	const char *path;

	check_read(__LINE__, *state, CEILING, ERR_IO, "", 0); /* a directory */
	if (geteuid() == 0)
		return; /* nothing is unreadable to root */
	path = scratch_write(*state, "file", "secret", 0000);
	check_read(__LINE__, path, CEILING, ERR_IO, "", 0);
	check_private(__LINE__, path, NULL, ERR_IO);
}

/* What editors under Windows put before a text is not the text's. */
static void
test_mark(void **state)
{
	static const struct {
		int line;
		const char *text, *want;
	} rows[] = {
		{__LINE__, "\xEF\xBB\xBF# AC1\r\n", "# AC1\r\n"    },
		{__LINE__, "\xEF\xBB\xBF",          ""             },
		{__LINE__, "\xEF\xBB",              "\xEF\xBB"     },
		{__LINE__, "A\xEF\xBB\xBF",         "A\xEF\xBB\xBF"},
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		const char *path =
			scratch_write(*state, "mark", rows[i].text, 0600);
		struct buf out;

		buf_init(&out, CEILING);
		CHECK_NUMBER(rows[i].line,
			file_read_private(&out, path, NULL, NULL), ERR_OK);
		CHECK_TEXT(rows[i].line, buf_text(&out), rows[i].want);
		CHECK_NUMBER(rows[i].line, out.len, strlen(rows[i].want));
		buf_free(&out);
	}
}

static void
test_modes(void **state)
{
	static const struct {
		int line;
		mode_t mode;
		enum err want;
	} rows[] = {
		{__LINE__, 0600, ERR_OK     },
		{__LINE__, 0400, ERR_OK     },
		{__LINE__, 0700, ERR_OK     },
		{__LINE__, 0640, ERR_OK     },
		{__LINE__, 0440, ERR_OK     },
		{__LINE__, 0604, ERR_SETTING},
		{__LINE__, 0602, ERR_SETTING},
		{__LINE__, 0606, ERR_SETTING},
		{__LINE__, 0620, ERR_SETTING},
		{__LINE__, 0660, ERR_SETTING},
		{__LINE__, 0644, ERR_SETTING},
		{__LINE__, 0666, ERR_SETTING},
		{__LINE__, 0777, ERR_SETTING},
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "%o", rows[i].mode);
		check_private(rows[i].line,
			scratch_write(*state, name, "secret", rows[i].mode),
			NULL, rows[i].want);
	}
	/* A link has no mode of its own: what it leads to counts. */
	check_private(
		__LINE__, scratch_link(*state, "good", "600"), NULL, ERR_OK);
	check_private(__LINE__, scratch_link(*state, "bad", "644"), NULL,
		ERR_SETTING);
}

/* Nothing that is no file, and nothing that makes us wait. */
static void
test_kinds(void **state)
{
	const char *directory = scratch_mkdir(*state, "directory");
	const char *fifo = scratch_path(*state, "fifo");
	const char *link = scratch_link(*state, "link", "fifo");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	(void)alarm(20); /* a test that hangs is ended */
	check_private(__LINE__, directory, NULL, ERR_SETTING);
	check_private(__LINE__, fifo, NULL, ERR_SETTING);
	check_private(__LINE__, link, NULL, ERR_SETTING);
	check_private(__LINE__, "/dev/null", NULL, ERR_SETTING);
	check_read(__LINE__, fifo, CEILING, ERR_OK, "", 0);
	(void)alarm(0);
}

/* Lays out what the rows of test_document_root name. */
static void
make_site(const char *directory)
{
	(void)scratch_mkdir(directory, "www");
	(void)scratch_mkdir(directory, "www/sub");
	(void)scratch_mkdir(directory, "www-private");
	(void)scratch_mkdir(directory, "private");
	(void)scratch_write(directory, "config", "secret", 0600);
	(void)scratch_write(directory, "www/config", "secret", 0600);
	(void)scratch_write(directory, "www/sub/config", "secret", 0600);
	(void)scratch_write(directory, "www-private/config", "secret", 0600);
	(void)scratch_write(directory, "private/config", "secret", 0600);
	(void)scratch_link(directory, "htdocs", "www");
	(void)scratch_link(directory, "to-www-config", "www/config");
	(void)scratch_link(directory, "www/to-private", "../private/config");
	(void)scratch_link(directory, "www/to-private-dir", "../private");
}

/* line, file, document root, whether it is refused */
/* clang-format off */
static const struct {
	int line;
	const char *file;
	const char *root;
	enum err want;
} places[] = {
	{__LINE__, "config", "www", ERR_OK},
	{__LINE__, "private/config", "www", ERR_OK},
	{__LINE__, "www/config", "www", ERR_SETTING},
	{__LINE__, "www/sub/config", "www", ERR_SETTING},
	{__LINE__, "www/config", "www/", ERR_SETTING},
	{__LINE__, "www//config", "www", ERR_SETTING},
	{__LINE__, "private/../www/config", "www", ERR_SETTING},
	{__LINE__, "www/sub/config", "private/../www/.", ERR_SETTING},

	/* Only the name is alike. */
	{__LINE__, "www-private/config", "www", ERR_OK},
	{__LINE__, "www/config", "www/sub", ERR_OK},

	/* On the way through the root, if not in it: not worth telling. */
	{__LINE__, "www/../private/config", "www", ERR_SETTING},

	/* Through links, in the file's path and in the root's. */
	{__LINE__, "htdocs/config", "www", ERR_SETTING},
	{__LINE__, "www/config", "htdocs", ERR_SETTING},
	{__LINE__, "htdocs/config", "htdocs", ERR_SETTING},
	{__LINE__, "to-www-config", "www", ERR_SETTING},
	{__LINE__, "private/config", "htdocs", ERR_OK},

	/* A root that is not there has nothing below it. */
	{__LINE__, "private/config", "none", ERR_OK},
};
/* clang-format on */

static void
test_document_root(void **state)
{
	make_site(*state);
	for (size_t i = 0; i < N_OF(places); i++)
		check_private(places[i].line,
			scratch_path(*state, places[i].file),
			scratch_path(*state, places[i].root), places[i].want);
	check_private(
		__LINE__, scratch_path(*state, "www/config"), NULL, ERR_OK);
}

/*
 * A link in the document root to a file outside: a web server that follows
 * links would hand it out as readily as the file itself.
 */
static void
test_link_in_document_root(void **state)
{
	const char *root;

	make_site(*state);
	root = scratch_path(*state, "www");
	check_private(__LINE__, scratch_path(*state, "www/to-private"), root,
		ERR_SETTING);
	check_private(__LINE__,
		scratch_path(*state, "www/to-private-dir/config"), root,
		ERR_SETTING);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_contents),
		TEST(test_ceiling),
		TEST(test_missing),
		TEST(test_unreadable),
		TEST(test_mark),
		TEST(test_modes),
		TEST(test_kinds),
		TEST(test_document_root),
		TEST(test_link_in_document_root),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
