/*
 * Files and directories of a site: their modes, and nothing half done.
 */
#include "config.h"

#include "make.h"

#include "buf.h"
#include "check.h"
#include "file.h"
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned
mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

/* How many names there are in a directory. */
static int
count(const char *directory)
{
	DIR *names = opendir(directory);
	int n = -2; /* "." and ".." */

	assert_non_null(names);
	while (readdir(names) != NULL)
		n++;
	(void)closedir(names);
	return n;
}

static void
check_text(int line, const char *path, const char *expected)
{
	struct buf text;

	buf_init(&text, 1000);
	CHECK_NUMBER(line, file_read(&text, path, NULL), ERR_OK);
	CHECK_TEXT(line, buf_text(&text), expected);
	buf_free(&text);
}

static void
find_owner(struct owner *owner, const char *directory)
{
	assert_int_equal(owner_find(owner, directory, NULL), ERR_OK);
}

static void
test_modes(void **state)
{
	const char *file = scratch_path(*state, "file");
	const char *copy = scratch_path(*state, "copy");
	const char *folder = scratch_path(*state, "folder");
	struct reason reason;
	struct owner owner;
	mode_t before = umask(0077);

	find_owner(&owner, *state);
	assert_int_equal(
		make_file(file, "a\n", 2, 0644, &owner, &reason), ERR_OK);
	assert_int_equal(make_copy(copy, file, 0755, &owner, &reason), ERR_OK);
	assert_int_equal(make_directory(folder, 0755, &owner, &reason), ERR_OK);
	(void)umask(before);
	assert_int_equal(mode_of(file), 0644);
	assert_int_equal(mode_of(copy), 0755);
	assert_int_equal(mode_of(folder), 0755);
	check_text(__LINE__, copy, "a\n");
	assert_int_equal(make_mode(file, 0600, &reason), ERR_OK);
	assert_int_equal(mode_of(file), 0600);
	assert_int_equal(count(*state), 3);
}

/* Also what is a link: not what it leads to. */
static void
test_replace(void **state)
{
	const char *file = scratch_write(*state, "file", "old", 0640);
	const char *link = scratch_path(*state, "link");
	struct reason reason;
	struct owner owner;

	find_owner(&owner, *state);
	assert_int_equal(make_link(link, file, &owner, &reason), ERR_OK);
	assert_int_equal(make_link(link, file, &owner, &reason), ERR_OK);
	check_text(__LINE__, link, "old");
	assert_int_equal(
		make_file(link, "new", 3, 0600, &owner, &reason), ERR_OK);
	check_text(__LINE__, link, "new");
	check_text(__LINE__, file, "old");
	assert_int_equal(make_link(link, "nowhere", &owner, &reason), ERR_OK);
	assert_true(access(link, F_OK) != 0);
	assert_int_equal(count(*state), 2);
}

/* A file of its owner's alone, once. */
static void
test_new(void **state)
{
	const char *path = scratch_path(*state, "new");
	struct reason reason = {""};
	struct owner owner;

	find_owner(&owner, *state);
	assert_int_equal(
		make_new_file(path, "a\n", 2, &owner, &reason), ERR_OK);
	check_text(__LINE__, path, "a\n");
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(make_new_file(path, "c", 1, &owner, &reason), ERR_IO);
	assert_int_equal(errno, EEXIST);
	CHECK_HOLDS(__LINE__, reason.text, "File exists");
	check_text(__LINE__, path, "a\n");
	path = scratch_path(*state, "none/new");
	assert_int_equal(make_new_file(path, "c", 1, &owner, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, path);
	path = scratch_link(*state, "link", "to-nowhere");
	assert_int_equal(make_new_file(path, "c", 1, &owner, &reason), ERR_IO);
	assert_int_equal(access(scratch_path(*state, "to-nowhere"), F_OK), -1);
}

static void
test_failures(void **state)
{
	const char *file = scratch_write(*state, "file", "old", 0600);
	const char *folder = scratch_mkdir(*state, "folder");
	const char *below = scratch_path(*state, "nowhere/file");
	struct reason reason;
	struct owner owner;

	find_owner(&owner, *state);
	assert_int_equal(make_directory(folder, 0755, &owner, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "could not make directory \"");
	assert_int_equal(
		make_file(below, "a", 1, 0600, &owner, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "nowhere/file\": No such file");
	assert_int_equal(
		make_file(folder, "a", 1, 0600, &owner, &reason), ERR_IO);
	assert_int_equal(make_link(folder, "a", &owner, &reason), ERR_IO);
	assert_int_equal(make_copy(file, below, 0600, &owner, &reason), ERR_IO);
	assert_int_equal(
		make_copy(file, folder, 0600, &owner, &reason), ERR_IO);
	assert_int_equal(make_mode(below, 0600, &reason), ERR_IO);
	assert_int_equal(owner_find(&owner, below, &reason),
		geteuid() == 0 ? ERR_IO : ERR_OK);
	/* Nothing is left of it, and what was there is as it was. */
	check_text(__LINE__, file, "old");
	assert_int_equal(count(*state), 2);
	assert_int_equal(count(folder), 0);
}

/* What root makes in somebody's directory is theirs. */
static void
test_owner(void **state)
{
	const char *folder = scratch_mkdir(*state, "folder");
	const char *names[] = {scratch_path(*state, "folder/file"),
		scratch_path(*state, "folder/copy"),
		scratch_path(*state, "folder/link"),
		scratch_path(*state, "folder/below")};
	struct reason reason;
	struct owner owner;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(folder, 1234, 4321), 0);
	find_owner(&owner, folder);
	assert_int_equal(
		make_file(names[0], "a", 1, 0600, &owner, &reason), ERR_OK);
	assert_int_equal(
		make_copy(names[1], names[0], 0755, &owner, &reason), ERR_OK);
	assert_int_equal(
		make_link(names[2], names[0], &owner, &reason), ERR_OK);
	assert_int_equal(
		make_directory(names[3], 0700, &owner, &reason), ERR_OK);
	for (size_t i = 0; i < N_OF(names); i++) {
		struct stat status;

		assert_int_equal(lstat(names[i], &status), 0);
		assert_int_equal(status.st_uid, 1234);
		assert_int_equal(status.st_gid, 4321);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_modes, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_replace, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_new, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_failures, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_owner, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
