/*
 * A walk over the records that wait: each comes to one at a time, and what is
 * damaged is set aside.
 */
#include "config.h"

#include "spool_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "disk.h"
#include "limit.h"
#include "sample.h"
#include "scratch.h"
#include "spool_sample.h"
#include "spool_survey.h"

static void
test_two_walks(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool first, second;
	struct spool_entry mine, theirs;

	disk_write_one(__LINE__, spool, "one");
	disk_take_first(__LINE__, spool, &first, &mine);
	assert_true(mine.fd >= 0);
	disk_take_first(__LINE__, spool, &second, &theirs);
	assert_int_equal(theirs.fd, -1);
	spool_release(&theirs);
	spool_close(&second);
	spool_release(&mine);
	spool_close(&first);

	disk_take_first(__LINE__, spool, &second, &theirs);
	assert_true(theirs.fd >= 0);
	spool_done(&second, &theirs);
	spool_close(&second);
	assert_int_equal(disk_count(spool, "new"), 0);
}

/* Two walks share what there is, and nothing comes twice. */
static void
test_walks_share(void **state)
{
	enum { RECORDS = 30 };
	const char *spool = disk_make_spool(*state);
	struct spool_entry entries[RECORDS + 2];
	struct spool walks[2];
	size_t n = 0;
	int idle = 0;

	disk_write_some(spool, RECORDS);
	assert_int_equal(spool_open(&walks[0], spool, NULL), ERR_OK);
	assert_int_equal(spool_open(&walks[1], spool, NULL), ERR_OK);
	for (size_t i = 0; idle < 2 && n < N_OF(entries); i++) {
		assert_int_equal(
			spool_next(&walks[i % 2], &entries[n], NULL), ERR_OK);
		if (entries[n].fd >= 0)
			n++;
		else
			idle++;
	}
	assert_int_equal(n, RECORDS);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
				entries[i].name, entries[j].name);
	for (size_t i = 0; i < n; i++)
		spool_done(&walks[0], &entries[i]);
	spool_close(&walks[0]);
	spool_close(&walks[1]);
	assert_int_equal(disk_count(spool, "new"), 0);
}

/* Another process: takes the first record, says so, and keeps it. */
static pid_t
start_owner(const char *spool, int ready)
{
	pid_t child = fork();
	struct spool_entry entry;
	struct spool walk;

	if (child != 0)
		return child;
	(void)alarm(20);
	if (spool_open(&walk, spool, NULL) != ERR_OK ||
		spool_next(&walk, &entry, NULL) != ERR_OK ||
		__real_write(ready, entry.fd >= 0 ? "y" : "n", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

/* A process that is killed gives back what it had. */
static void
test_killed_owner(void **state)
{
	const char *spool = disk_make_spool(*state);
	int ready[2], status;
	char byte;
	pid_t child;

	disk_write_one(__LINE__, spool, "one");
	assert_int_equal(pipe(ready), 0);
	child = start_owner(spool, ready[1]);
	assert_true(child > 0);
	assert_int_equal(__real_read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	disk_check_walk(__LINE__, spool, 0, 0);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	disk_check_walk(__LINE__, spool, 1, 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

/* Gone between the walk's look at the directory and its turn. */
static void
test_gone(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool walk;
	struct spool_entry entry;

	disk_write_one(__LINE__, spool, "one");
	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	assert_int_equal(unlink(disk_first(spool, "new")), 0);
	assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
	assert_int_equal(entry.fd, -1);
	spool_release(&entry);
	spool_close(&walk);
}

static void
test_done(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool walk;
	struct spool_entry entry;

	disk_write_some(spool, 2);
	disk_take_first(__LINE__, spool, &walk, &entry);
	spool_done(&walk, &entry);
	assert_int_equal(entry.fd, -1);
	spool_close(&walk);
	assert_int_equal(disk_count(spool, "new"), 1);
	assert_int_equal(disk_count(spool, "rejected"), -1);
	disk_check_walk(__LINE__, spool, 1, 0);
}

static void
test_reject(void **state)
{
	const char *spool = disk_make_spool(*state);
	char name[NAME_MAX + 1], file[NAME_MAX + 32];
	struct spool walk;
	struct spool_entry entry;

	disk_write_one(__LINE__, spool, "one");
	disk_take_first(__LINE__, spool, &walk, &entry);
	(void)snprintf(name, sizeof name, "%s", entry.name);
	assert_int_equal(spool_reject(&walk, &entry, "against a rule"), true);
	assert_int_equal(entry.fd, -1);
	spool_close(&walk);
	assert_int_equal(disk_count(spool, "new"), 0);
	assert_int_equal(disk_count(spool, "rejected"), 2);
	(void)snprintf(file, sizeof file, "rejected/%s", name);
	disk_check_file(__LINE__, scratch_path(spool, file), "body 3\none\n");
	(void)snprintf(file, sizeof file, "rejected/%s.reason", name);
	disk_check_file(
		__LINE__, scratch_path(spool, file), "against a rule\n");
	disk_check_walk(__LINE__, spool, 0, 0);
}

/* It cannot be moved: it stays, and can be had again. */
static void
test_reject_fails(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool walk;
	struct spool_entry entry;

	disk_write_one(__LINE__, spool, "one");
	(void)scratch_write(spool, "rejected", "a file", 0600);
	disk_take_first(__LINE__, spool, &walk, &entry);
	assert_false(spool_reject(&walk, &entry, "why"));
	assert_int_equal(entry.fd, -1);
	assert_int_equal(walk.n_stuck, 1);
	CHECK_HOLDS(__LINE__, walk.stuck.text, spool);
	spool_close(&walk);
	disk_check_walk(__LINE__, spool, 1, 0);
}

/* The reason is a help; the record is what counts. */
static void
test_reason_fails(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool walk;
	struct spool_entry entry;
	char name[NAME_MAX + 32];

	disk_write_one(__LINE__, spool, "one");
	disk_take_first(__LINE__, spool, &walk, &entry);
	(void)scratch_mkdir(spool, "rejected");
	(void)snprintf(name, sizeof name, "rejected/%s.reason", entry.name);
	(void)scratch_mkdir(spool, name);
	assert_true(spool_reject(&walk, &entry, "why"));
	spool_close(&walk);
	assert_int_equal(disk_count(spool, "rejected"), 2);
	assert_int_equal(disk_count(spool, "new"), 0);
	assert_int_equal(disk_count(spool, "tmp"), 0);
}

/* What was set aside before under the same name stays. */
static void
test_set_aside_twice(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *new = disk_keep(scratch_mkdir(spool, "new"));
	struct spool walk;
	struct spool_entry entry;

	for (int i = 1; i <= 2; i++) {
		(void)scratch_write(
			new, "x", i == 1 ? "first" : "second", 0600);
		disk_check_walk(__LINE__, spool, 0, 1);
		assert_int_equal(disk_count(spool, "unreadable"), 2 * i);
	}
	disk_check_file(__LINE__, scratch_path(spool, "unreadable/x"), "first");
	for (int i = 1; i <= 2; i++) {
		disk_write_one(__LINE__, spool, "one");
		disk_take_first(__LINE__, spool, &walk, &entry);
		assert_true(spool_reject(&walk, &entry, "why"));
		spool_close(&walk);
		assert_int_equal(disk_count(spool, "rejected"), 2 * i);
	}
}

/*
 * What is damaged
 */

static void
test_unreadable(void **state)
{
	static char large[LIMIT_SPOOL_RECORD + 2];
	const char *spool = disk_make_spool(*state);
	const char *new = disk_keep(scratch_path(spool, "new"));
	const char *unreadable = disk_keep(scratch_path(spool, "unreadable"));

	sample_fill(large, sizeof large, 'x');
	disk_write_one(__LINE__, spool, "good");
	(void)scratch_write(new, "garbage", "garbage", 0600);
	(void)scratch_write(new, "empty", "", 0600);
	(void)scratch_write(new, "newer", "hookswitch-spool 1\n7\n", 0600);
	(void)scratch_write(new, "large", large, 0600);
	disk_check_walk(__LINE__, spool, 1, 4);
	assert_int_equal(disk_count(spool, "new"), 1);
	assert_int_equal(disk_count(spool, "unreadable"), 8);
	disk_check_file(
		__LINE__, scratch_path(unreadable, "garbage"), "garbage");
	disk_check_file(__LINE__, scratch_path(unreadable, "garbage.reason"),
		"does not begin");
	disk_check_file(
		__LINE__, scratch_path(unreadable, "empty.reason"), "damaged");
	disk_check_file(__LINE__, scratch_path(unreadable, "newer.reason"),
		"version \"7\"");
	disk_check_file(
		__LINE__, scratch_path(unreadable, "large.reason"), "exceeds");
	assert_int_equal(disk_mode(unreadable), 0700);
	/* It is not looked at again. */
	disk_check_walk(__LINE__, spool, 1, 0);
}

/* Truncated, or with one bit flipped, as a disk would leave it. */
static void
test_damaged(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *new = disk_keep(scratch_path(spool, "new"));
	struct buf text;

	spool_sample_format(__LINE__, &text, &spool_sample);
	disk_write_one(__LINE__, spool, "good");
	(void)scratch_write_bytes(new, "half", text.data, text.len / 2, 0600);
	text.data[text.len / 2] ^= 1;
	(void)scratch_write_bytes(new, "bit", text.data, text.len, 0600);
	disk_check_walk(__LINE__, spool, 1, 2);
	assert_int_equal(disk_count(spool, "unreadable"), 4);
	buf_free(&text);
}

/* What none of us has put there stays there, and does no harm. */
static void
test_strangers(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *new = disk_keep(scratch_path(spool, "new"));

	disk_write_one(__LINE__, spool, "good");
	(void)scratch_write(new, ".hidden", "x", 0600);
	(void)scratch_mkdir(new, "directory");
	(void)scratch_link(new, "dangling", "none");
	(void)scratch_write(spool, "outside", "secret", 0600);
	(void)scratch_link(new, "link", "../outside");
	assert_int_equal(mkfifo(scratch_path(new, "fifo"), 0600), 0);
	(void)alarm(20); /* a walk that hangs is ended */
	disk_check_walk(__LINE__, spool, 1, 0);
	(void)alarm(0);
	assert_int_equal(disk_count(spool, "new"), 5);
	assert_int_equal(disk_count(spool, "unreadable"), -1);
	disk_check_file(__LINE__, scratch_path(spool, "outside"), "secret");
}

/* Good records of a walk that goes on after failures. */
static int
walk_on(const char *spool, int most)
{
	struct spool walk;
	struct spool_entry entry;
	int n = 0;

	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	for (int i = 0; i < most; i++) {
		struct reason reason = {""};

		if (spool_next(&walk, &entry, &reason) == ERR_OK &&
			entry.fd >= 0)
			n++;
		spool_release(&entry);
	}
	spool_close(&walk);
	return n;
}

/* A bad block under one record is no reason to keep the others. */
static void
test_read_error(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool_entry entries[8], last;
	struct spool walk;

	disk_write_some(spool, 8);
	disk_write_one(__LINE__, spool, "bad block");
	disk_faults.unread = "bad block";
	assert_int_equal(walk_on(spool, 9), 8);
	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(spool_next(&walk, &entries[i], NULL), ERR_OK);
		assert_true(entries[i].fd >= 0);
	}
	assert_int_equal(spool_next(&walk, &last, NULL), ERR_OK);
	assert_int_equal(last.fd, -1);
	assert_int_equal(walk.n_stuck, 1);
	CHECK_HOLDS(__LINE__, walk.stuck.text, strerror(EIO));
	CHECK_HOLDS(__LINE__, walk.stuck.text,
		disk_keep(scratch_path(spool, "new")));
	spool_release(&last);
	for (int i = 0; i < 8; i++)
		spool_release(&entries[i]);
	spool_close(&walk);
	disk_no_faults();
}

/* How many records a walk comes by that skips what was put off. */
static int
count_due(const char *spool)
{
	struct spool walk;
	int n = -1;

	assert_int_equal(spool_open(&walk, spool, NULL), ERR_OK);
	walk.skips_deferred = true;
	for (bool found = true; found; n++) {
		struct spool_entry entry;

		assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
		found = entry.fd >= 0;
		spool_release(&entry);
	}
	spool_close(&walk);
	return n;
}

/* What is put off is passed over for a while, by those who ask for it. */
static void
test_deferred(void **state)
{
	const char *spool = disk_make_spool(*state);
	const struct timespec far[2] = {
		{time(NULL) + 3600, 0},
                {time(NULL) + 3600, 0}
        };
	struct spool walk;
	struct spool_entry entry;
	struct spool_survey survey;
	char path[SCRATCH_PATH + NAME_MAX + 8];

	disk_write_one(__LINE__, spool, "one");
	disk_write_one(__LINE__, spool, "two");
	disk_take_first(__LINE__, spool, &walk, &entry);
	(void)snprintf(path, sizeof path, "%s/new/%s", spool, entry.name);
	spool_defer(&entry);
	spool_close(&walk);
	assert_int_equal(count_due(spool), 1);
	assert_int_equal(walk_on(spool, 2), 2);
	/* Since when it waits is still known. */
	assert_int_equal(spool_survey(spool, &survey, NULL), ERR_OK);
	assert_in_range(survey.oldest, time(NULL) - 10, time(NULL));
	/* By a clock that was wrong: not until then. */
	assert_int_equal(utimensat(AT_FDCWD, path, far, 0), 0);
	assert_int_equal(count_due(spool), 2);
}

/* Nor is one that cannot even be moved. */
static void
test_cannot_set_aside(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *new = disk_keep(scratch_path(spool, "new"));

	disk_write_some(spool, 8);
	for (int i = 0; i < 8; i++) {
		char name[24];

		(void)snprintf(name, sizeof name, "bad %d", i);
		(void)scratch_write(new, name, "garbage", 0600);
	}
	(void)scratch_write(spool, "unreadable", "a file", 0600);
	assert_int_equal(walk_on(spool, 16), 8);
	assert_int_equal(disk_count(spool, "new"), 16);
}

/*
 * Without a spool, or with one that cannot be read
 */

static void
test_nothing_there(void **state)
{
	const char *spool;

	disk_check_walk(__LINE__, scratch_path(*state, "none"), 0, 0);
	disk_check_walk(__LINE__, scratch_path(*state, "none/none"), 0, 0);
	spool = disk_make_spool(*state);
	disk_check_walk(__LINE__, spool, 0, 0);
	(void)scratch_mkdir(spool, "new");
	disk_check_walk(__LINE__, spool, 0, 0);
}

static void
test_open_fails(void **state)
{
	const char *file = disk_keep(scratch_write(*state, "file", "", 0600));
	const char *spool = disk_make_spool(*state);
	const char *new =
		disk_keep(scratch_write(spool, "new", "a file", 0600));
	struct reason reason = {""};
	struct spool walk;

	assert_int_equal(spool_open(&walk, file, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, file);
	spool_close(&walk);
	assert_int_equal(spool_open(&walk, spool, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, new);
	spool_close(&walk);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_two_walks),
		TEST(test_walks_share),
		TEST(test_killed_owner),
		TEST(test_gone),
		TEST(test_done),
		TEST(test_reject),
		TEST(test_reject_fails),
		TEST(test_reason_fails),
		TEST(test_set_aside_twice),
		TEST(test_unreadable),
		TEST(test_damaged),
		TEST(test_strangers),
		TEST(test_read_error),
		TEST(test_deferred),
		TEST(test_cannot_set_aside),
		TEST(test_nothing_there),
		TEST(test_open_fails),
	};

	return cmocka_run_group_tests_name("spool_walk", tests, NULL, NULL);
}
