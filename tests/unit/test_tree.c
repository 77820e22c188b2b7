/*
 * A directory that is copied, and what is one of another release.
 */
#include "config.h"

#include "tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "check.h"
#include "file.h"
#include "scratch.h"

/* A path for the whole of a test. */
static const char *
keep(const char *path, size_t place)
{
	static char kept[2][SCRATCH_PATH];

	(void)snprintf(kept[place], sizeof kept[place], "%s", path);
	return kept[place];
}

static void
check_tree(int line, const char *path, const char *from, enum tree want)
{
	struct reason reason = {""};
	enum tree tree;

	CHECK_NUMBER(line, tree_examine(&tree, path, from, &reason), ERR_OK);
	CHECK_NUMBER(line, tree, want);
}

static void
copy(const char *path, const char *from)
{
	const struct owner owner = {.user = geteuid(), .group = getegid()};
	struct reason reason = {""};

	assert_int_equal(tree_copy(path, from, &owner, &reason), ERR_OK);
}

static void
check_text(int line, const char *directory, const char *name, const char *want)
{
	struct buf text;

	buf_init(&text, 1000);
	CHECK_NUMBER(line,
		file_read(&text, scratch_path(directory, name), NULL), ERR_OK);
	CHECK_TEXT(line, buf_text(&text), want);
	buf_free(&text);
}

static void
test_copy(void **state)
{
	const char *from = keep(scratch_mkdir(*state, "from"), 0);
	const char *to = keep(scratch_path(*state, "to"), 1);
	struct stat status;

	(void)scratch_write(*state, "from/a.js", "a", 0600);
	(void)scratch_write(*state, "from/b.css", "b", 0644);
	(void)scratch_write(*state, "from/.hidden", "h", 0644);
	(void)scratch_mkdir(*state, "from/below");
	check_tree(__LINE__, to, from, TREE_NONE);
	copy(to, from);
	check_tree(__LINE__, to, from, TREE_SAME);
	check_text(__LINE__, to, "a.js", "a");
	check_text(__LINE__, to, "b.css", "b");
	assert_int_equal(stat(scratch_path(to, "a.js"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(stat(to, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	assert_int_not_equal(access(scratch_path(to, ".hidden"), F_OK), 0);
	assert_int_not_equal(access(scratch_path(to, "below"), F_OK), 0);
}

/* Only what differs is copied, and what is somebody else's stays. */
static void
test_again(void **state)
{
	const char *from = keep(scratch_mkdir(*state, "from"), 0);
	const char *to = keep(scratch_mkdir(*state, "to"), 1);

	(void)scratch_write(*state, "from/a.js", "new", 0644);
	(void)scratch_write(*state, "from/b.js", "b", 0644);
	(void)scratch_write(*state, "to/a.js", "old", 0644);
	(void)scratch_write(*state, "to/.htaccess", "theirs", 0644);
	(void)scratch_write(*state, "to/mine.js", "mine", 0644);
	check_tree(__LINE__, to, from, TREE_OTHER);
	copy(to, from);
	check_tree(__LINE__, to, from, TREE_SAME);
	check_text(__LINE__, to, "a.js", "new");
	check_text(__LINE__, to, ".htaccess", "theirs");
	check_text(__LINE__, to, "mine.js", "mine");
	assert_int_equal(chmod(scratch_path(to, "b.js"), 0600), 0);
	check_tree(__LINE__, to, from, TREE_OTHER);
	copy(to, from);
	check_tree(__LINE__, to, from, TREE_SAME);
}

static void
test_others(void **state)
{
	const char *from = scratch_mkdir(*state, "from");
	const char *link = scratch_link(*state, "link", from);
	const char *file = scratch_write(*state, "file", "", 0644);
	struct reason reason = {""};
	enum tree tree;

	check_tree(__LINE__, link, from, TREE_LINK);
	assert_int_equal(tree_examine(&tree, file, from, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, file);
	assert_int_equal(
		tree_examine(&tree, from, "/nonexistent", &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "/nonexistent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_copy, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_again, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_others, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
