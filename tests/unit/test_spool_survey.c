/*
 * What lies in a spool is counted, and goes where it may.
 */
#include "config.h"

#include "spool_survey.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "disk.h"
#include "scratch.h"
#include "spool.h"
#include "spool_sample.h"

/* How much there is, and since when; reasons and strangers do not count. */
static void
test_survey(void **state)
{
	const struct timespec old[2] = {
		{1000000000, 0},
                {1000000000, 0}
        };
	const char *spool = disk_make_spool(*state);
	struct spool_survey survey;
	struct reason reason;

	assert_int_equal(
		spool_survey(scratch_path(spool, "none"), &survey, &reason),
		ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "/none/\": No such file");
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_int_equal(survey.n_waiting + survey.n_rejected, 0);
	assert_int_equal(survey.oldest, 0);
	disk_write_some(spool, 3);
	assert_int_equal(
		spool_write_rejected(spool, &spool_sample, "why", NULL),
		ERR_OK);
	(void)scratch_mkdir(spool, "unreadable");
	(void)scratch_write(spool, "unreadable/a", "x", 0600);
	(void)scratch_write(spool, "unreadable/b", "x", 0600);
	(void)scratch_write(spool, "unreadable/b.reason", "x", 0600);
	(void)scratch_write(spool, "new/.hidden", "x", 0600);
	(void)scratch_mkdir(spool, "new/directory");
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_int_equal(survey.n_waiting, 3);
	assert_int_equal(survey.n_rejected, 1);
	assert_int_equal(survey.n_unreadable, 2);
	assert_in_range(survey.oldest, time(NULL) - 10, time(NULL));
	(void)scratch_write(spool, "new/old", "x", 0600);
	assert_int_equal(
		utimensat(AT_FDCWD, scratch_path(spool, "new/old"), old, 0), 0);
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_int_equal(survey.oldest, 1000000000);
	(void)scratch_write(spool, "new2", "a file", 0600);
	assert_int_equal(
		spool_survey(scratch_path(spool, "new2"), &survey, &reason),
		ERR_IO);
}

/* Whether the text has a word in it. */
static bool
has_word(void *context, const char *text, size_t len)
{
	assert_int_equal(text[len], '\0');
	return memmem(text, len, context, strlen(context)) != NULL;
}

/* Of what is set aside that which is wanted goes, with its reason. */
static void
test_sift(void **state)
{
	static char word[] = "alice";
	struct spool_sieve sieve = {has_word, word, true};
	const char *spool = disk_make_spool(*state);
	struct reason reason;
	size_t n = 7;

	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_OK);
	assert_int_equal(n, 0);
	(void)scratch_mkdir(spool, "rejected");
	(void)scratch_mkdir(spool, "unreadable");
	disk_write_one(__LINE__, spool, "alice");
	(void)scratch_write(spool, "rejected/a", "to alice", 0600);
	(void)scratch_write(spool, "rejected/a.reason", "why", 0600);
	(void)scratch_write(spool, "rejected/b", "to bob", 0600);
	(void)scratch_write(spool, "rejected/b.reason", "alice", 0600);
	(void)scratch_write_bytes(spool, "unreadable/c", "\0alice", 6, 0600);
	(void)scratch_write(spool, "unreadable/d", "", 0600);
	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(disk_count(spool, "rejected"), 4);
	sieve.only_looks = false;
	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(disk_count(spool, "new"), 1);
	assert_int_equal(disk_count(spool, "rejected"), 2);
	disk_check_file(__LINE__, scratch_path(spool, "rejected/b"), "to bob");
	assert_int_equal(disk_count(spool, "unreadable"), 1);
	/* One that cannot be read is told of; the others go on. */
	(void)scratch_write(spool, "rejected/bad", "bad block", 0600);
	(void)scratch_write(spool, "rejected/e", "to alice", 0600);
	disk_faults.unread = "bad block";
	assert_int_equal(spool_sift(spool, &sieve, &n, &reason), ERR_IO);
	disk_no_faults();
	assert_int_equal(n, 1);
	CHECK_HOLDS(__LINE__, reason.text, "/rejected/bad\": ");
	assert_int_equal(access(scratch_path(spool, "rejected/e"), F_OK), -1);
}

/* A process was killed while it wrote. */
static void
test_abandoned(void **state)
{
	const char *spool = disk_make_spool(*state);
	const struct timespec old[2] = {
		{time(NULL) - 4000, 0},
                {time(NULL) - 4000, 0}
        };
	const char *path;

	spool_tidy(spool);
	disk_write_one(__LINE__, spool, "one");
	path = disk_keep(scratch_write(spool, "tmp/old", "half", 0600));
	(void)scratch_write(spool, "tmp/young", "half", 0600);
	assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	spool_tidy(spool);
	assert_int_equal(disk_count(spool, "tmp"), 1);
	assert_int_equal(access(scratch_path(spool, "tmp/young"), F_OK), 0);
	assert_int_equal(disk_count(spool, "new"), 1);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_survey),
		TEST(test_sift),
		TEST(test_abandoned),
	};

	return cmocka_run_group_tests_name("spool_survey", tests, NULL, NULL);
}
