/*
 * A record comes into the spool: no failure on the way loses one or leaves half
 * of one.
 */
#include "config.h"

#include "spool.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "disk.h"
#include "limit.h"
#include "sample.h"
#include "scratch.h"
#include "spool_sample.h"
#include "spool_walk.h"

#define NOBODY 65534

/* Writing fails, says where, and leaves nothing in tmp/. */
static void
check_unwritten(int line, const char *spool, const char *where)
{
	struct reason reason = {""};

	CHECK_NUMBER(line, spool_write(spool, &spool_sample, &reason), ERR_IO);
	CHECK_HOLDS(line, reason.text, where);
	CHECK(line, disk_count(spool, "tmp") <= 0);
}

static void
test_write_and_read(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool_entry entry;
	struct spool walk;

	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	assert_int_equal(disk_count(spool, "new"), 1);
	assert_int_equal(disk_count(spool, "tmp"), 0);
	disk_take_first(__LINE__, spool, &walk, &entry);
	assert_true(entry.fd >= 0);
	spool_sample_check(__LINE__, &entry.record, &spool_sample);
	spool_release(&entry);
	assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
	assert_int_equal(entry.fd, -1);
	spool_release(&entry);
	spool_close(&walk);
	assert_int_equal(disk_count(spool, "new"), 1);
}

/* Whatever the process's mask. */
static void
test_modes(void **state)
{
	static const mode_t masks[] = {0, 022, 077};
	static const char *const folders[] = {"new", "tmp", "rejected"};

	for (size_t i = 0; i < N_OF(masks); i++) {
		char name[8];
		const char *spool;
		mode_t old;

		(void)snprintf(name, sizeof name, "%o", masks[i]);
		spool = disk_keep(scratch_mkdir(*state, name));
		old = umask(masks[i]);
		assert_int_equal(
			spool_write(spool, &spool_sample, NULL), ERR_OK);
		assert_int_equal(
			spool_write_rejected(spool, &spool_sample, "why", NULL),
			ERR_OK);
		(void)umask(old);
		for (size_t j = 0; j < N_OF(folders); j++)
			assert_int_equal(
				disk_mode(scratch_path(spool, folders[j])),
				0700);
		assert_int_equal(disk_mode(disk_first(spool, "new")), 0600);
		assert_int_equal(
			disk_mode(disk_first(spool, "rejected")), 0600);
	}
}

static void
test_same_request(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool_record record = spool_sample;
	struct spool_entry entry;
	struct spool walk;

	for (int i = 0; i < 20; i++)
		assert_int_equal(spool_write(spool, &record, NULL), ERR_OK);
	/* Twilio tries again: later, and with a token of the second try. */
	record.received_at.tv_sec += 15;
	record.idempotency_token = spool_text("another");
	assert_int_equal(spool_write(spool, &record, NULL), ERR_OK);
	assert_int_equal(disk_count(spool, "new"), 1);
	assert_int_equal(disk_count(spool, "tmp"), 0);
	/* As in the database, the first one stays. */
	disk_take_first(__LINE__, spool, &walk, &entry);
	spool_sample_check(__LINE__, &entry.record, &spool_sample);
	spool_release(&entry);
	spool_close(&walk);
}

/* The first one is damaged meanwhile: then the second is what counts. */
static void
test_same_request_damaged(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *path;

	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	path = disk_first(spool, "new");
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	assert_int_equal(disk_count(spool, "tmp"), 0);
	/* A walk that is about to move the damaged one must not find another
	 * under its name. */
	disk_check_file(__LINE__, path, "hookswitch-spool");
	disk_check_walk(__LINE__, spool, 1, 1);
	assert_int_equal(disk_count(spool, "new"), 1);
}

static void
test_other_requests(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct spool_record records[7];

	for (size_t i = 0; i < N_OF(records); i++)
		records[i] = spool_sample;
	records[1].endpoint = spool_text("whatsapp");
	records[2].account_sid = spool_text("AC2");
	records[3].query = spool_text("");
	records[4].body = spool_text("MessageSid=SM1&Body=hellO");
	records[5].carrier = CARRIER_JSON;
	/* The same bytes, divided in another way. */
	records[6].query = spool_text("campaignId=");
	records[6].body = spool_text("7MessageSid=SM1&Body=hello");
	for (size_t i = 0; i < N_OF(records); i++) {
		assert_int_equal(spool_write(spool, &records[i], NULL), ERR_OK);
		assert_int_equal(disk_count(spool, "new"), (int)i + 1);
	}
	disk_check_walk(__LINE__, spool, N_OF(records), 0);
}

static void
test_write_rejected(void **state)
{
	const char *spool = disk_make_spool(*state);
	char reason[SCRATCH_PATH + 8];
	const char *path;

	assert_int_equal(spool_write_rejected(spool, &spool_sample,
				 "against a constraint", NULL),
		ERR_OK);
	assert_int_equal(disk_count(spool, "new"), -1);
	assert_int_equal(disk_count(spool, "rejected"), 2);
	path = disk_first(spool, "rejected");
	(void)snprintf(reason, sizeof reason, "%s.reason", path);
	disk_check_file(__LINE__, reason, "against a constraint\n");
	assert_int_equal(disk_mode(reason), 0600);
	/* As the owner does it: back to new/, and it is tried again. */
	(void)scratch_mkdir(spool, "new");
	assert_int_equal(rename(path, scratch_path(spool, "new/record")), 0);
	assert_int_equal(
		rename(reason, scratch_path(spool, "new/record.reason")), 0);
	disk_check_walk(__LINE__, spool, 1, 0);
	assert_int_equal(disk_count(spool, "unreadable"), -1);
}

/*
 * Without a spool, or with one that cannot be written
 */

static void
test_not_a_directory(void **state)
{
	const char *file = disk_keep(scratch_write(*state, "file", "", 0600));
	const char *none = disk_keep(scratch_path(*state, "none"));
	const char *spool = disk_make_spool(*state);

	check_unwritten(__LINE__, file, file);
	check_unwritten(__LINE__, disk_keep(scratch_path(file, "below")), file);
	check_unwritten(__LINE__, disk_keep(scratch_path(none, "below")), none);
	(void)scratch_write(spool, "new", "a file", 0600);
	check_unwritten(__LINE__, spool, spool);
	assert_int_equal(unlink(scratch_path(spool, "new")), 0);
	assert_int_equal(rmdir(scratch_path(spool, "tmp")), 0);
	(void)scratch_write(spool, "tmp", "a file", 0600);
	check_unwritten(__LINE__, spool, spool);
	(void)scratch_link(*state, "dangling", "none");
	check_unwritten(__LINE__, disk_keep(scratch_path(*state, "dangling")),
		"dangling");
}

/* Root may do everything: it becomes somebody else for a while. */
static void
step_down(void)
{
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
}

static void
step_up(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

/* Of another user, or read-only. */
static void
test_unwritable(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *new, *tmp;

	assert_int_equal(chmod(*state, 0755), 0);
	assert_int_equal(chmod(spool, 0555), 0);
	step_down();
	check_unwritten(__LINE__, spool, spool);
	disk_check_walk(__LINE__, spool, 0, 0);
	step_up();

	assert_int_equal(chmod(spool, 0755), 0);
	new = disk_keep(scratch_mkdir(spool, "new"));
	tmp = disk_keep(scratch_mkdir(spool, "tmp"));
	assert_int_equal(chmod(new, 0555), 0);
	assert_int_equal(chmod(tmp, 0777), 0);
	step_down();
	check_unwritten(__LINE__, spool, spool);
	step_up();
	assert_int_equal(chmod(new, 0700), 0);
}

static void
test_too_large(void **state)
{
	static char body[LIMIT_SPOOL_RECORD + 1];
	const char *spool = disk_make_spool(*state);
	struct spool_record record = spool_sample;
	struct reason reason = {""};

	sample_fill(body, sizeof body, 'x');
	record.body = spool_text(body);
	assert_int_not_equal(spool_write(spool, &record, &reason), ERR_OK);
	CHECK_HOLDS(__LINE__, reason.text, "spool");
	assert_true(disk_count(spool, "new") <= 0);
	assert_true(disk_count(spool, "tmp") <= 0);
}

/*
 * Failures on the way to the disk
 */

/* The disk is full after so many bytes: none, some, all but one. */
static void
test_disk_full(void **state)
{
	const char *spool = disk_make_spool(*state);
	struct buf text;

	spool_sample_format(__LINE__, &text, &spool_sample);
	disk_write_one(__LINE__, spool, "another");
	for (size_t room = 0; room < text.len; room += room + 1) {
		disk_faults.room = room + 1;
		check_unwritten(__LINE__, spool, strerror(ENOSPC));
		assert_int_equal(disk_count(spool, "new"), 1);
	}
	disk_faults.room = text.len; /* one byte short */
	check_unwritten(__LINE__, spool, strerror(ENOSPC));
	disk_no_faults();
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	disk_check_walk(__LINE__, spool, 2, 0);
	buf_free(&text);
}

static void
test_short_writes(void **state)
{
	const char *spool = disk_make_spool(*state);

	disk_faults.piece = 7;
	disk_faults.interrupt = true;
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	disk_no_faults();
	disk_check_walk(__LINE__, spool, 1, 0);
}

/* Each fsync in turn: of a new directory's parent, of the file, of new/. */
static void
test_fsync_fails(void **state)
{
	int n;

	for (n = 1;; n++) {
		char name[16];
		const char *spool;
		struct reason reason = {""};
		enum err err;

		(void)snprintf(name, sizeof name, "%d", n);
		spool = disk_keep(scratch_mkdir(*state, name));
		disk_no_faults();
		disk_faults.bad_fsync = n;
		err = spool_write(spool, &spool_sample, &reason);
		if (disk_faults.n_fsync < n) {
			assert_int_equal(err, ERR_OK);
			break;
		}
		assert_int_equal(err, ERR_IO);
		CHECK_HOLDS(__LINE__, reason.text, strerror(EIO));
		CHECK_HOLDS(__LINE__, reason.text, spool);
		assert_true(disk_count(spool, "tmp") <= 0);
		assert_true(disk_count(spool, "new") <= 0);
	}
	disk_no_faults();
	/* The file's, new/'s, and the spool's for new/ and for tmp/. */
	assert_true(n > 4);
}

/*
 * A folder that somebody has made, and nobody synced, is as good as none after
 * a power cut: a process does not rely on what it has not done itself.
 */
static void
test_folders_are_synced(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *other = disk_keep(scratch_mkdir(*state, "other"));

	disk_faults.bad_fsync = 1; /* the spool's, for tmp/ */
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_IO);
	disk_no_faults();
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	assert_true(
		disk_faults.n_fsync >= 3); /* the spool's, the file's, new/'s */
	disk_no_faults();
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	assert_int_equal(disk_faults.n_fsync, 2);
	assert_int_equal(spool_write(other, &spool_sample, NULL), ERR_OK);
	disk_no_faults();
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	assert_int_equal(disk_faults.n_fsync, 3);
	disk_no_faults();
}

/*
 * A request that was kept comes again, and now writing fails: the first one
 * was acknowledged, so it must still be there.
 */
static void
test_repeat_fails(void **state)
{
	const char *spool = disk_make_spool(*state);
	int calls;

	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	disk_no_faults();
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	calls = disk_faults.n_fsync;
	assert_true(calls >= 2); /* the file's and new/'s */
	for (int n = 1; n <= calls; n++) {
		disk_no_faults();
		disk_faults.bad_fsync = n;
		assert_int_equal(
			spool_write(spool, &spool_sample, NULL), ERR_IO);
		disk_no_faults();
		assert_int_equal(disk_count(spool, "tmp"), 0);
		disk_check_walk(__LINE__, spool, 1, 0);
	}
}

/* Something else has the record's name. */
static void
test_name_taken(void **state)
{
	const char *spool = disk_make_spool(*state);
	const char *path;

	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	path = disk_first(spool, "new");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(spool_write(spool, &spool_sample, NULL), ERR_OK);
	disk_check_walk(__LINE__, spool, 1, 0);
}

/* A process serves for months: nothing stays open. */
static void
test_descriptors(void **state)
{
	const char *spool = disk_make_spool(*state);
	int before = disk_count("/proc/self", "fd");
	struct spool walk;
	struct spool_entry entry;

	if (before < 0)
		skip(); /* no /proc */
	disk_faults.room = 3;
	check_unwritten(__LINE__, spool, spool);
	disk_no_faults();
	disk_write_some(spool, 2);
	(void)scratch_write(spool, "new/garbage", "x", 0600);
	disk_check_walk(__LINE__, spool, 2, 1);
	disk_take_first(__LINE__, spool, &walk, &entry);
	assert_true(spool_reject(&walk, &entry, "why"));
	assert_int_equal(spool_next(&walk, &entry, NULL), ERR_OK);
	spool_done(&walk, &entry);
	spool_close(&walk);
	assert_int_equal(
		spool_write_rejected(spool, &spool_sample, "why", NULL),
		ERR_OK);
	assert_int_equal(
		spool_open(&walk, scratch_path(spool, "none"), NULL), ERR_OK);
	spool_close(&walk);
	assert_int_equal(disk_count("/proc/self", "fd"), before);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write_and_read),
		TEST(test_modes),
		TEST(test_same_request),
		TEST(test_same_request_damaged),
		TEST(test_other_requests),
		TEST(test_write_rejected),
		TEST(test_not_a_directory),
		TEST(test_unwritable),
		TEST(test_too_large),
		TEST(test_disk_full),
		TEST(test_short_writes),
		TEST(test_fsync_fails),
		TEST(test_folders_are_synced),
		TEST(test_repeat_fails),
		TEST(test_name_taken),
		TEST(test_descriptors),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
