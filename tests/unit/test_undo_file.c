/*
 * The files that hold old values.
 */
#include "config.h"

#include "undo_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"

/* Files beside a settings file, or in a spool; which is read then. */
static const struct row {
	const char *files[6];
	const char *newest; /* NULL: none */
} rows[] = {
	{{"hs.conf"},						     NULL			   },
	{{"hs.conf.undo-20261120T145400Z"},                               "hs.conf.undo-20261120T145400Z"},
	{{"hs.conf.undo-2026", "hs.conf.undo-2027", "hs.conf.undo-2025"},
         "hs.conf.undo-2027"									     },
	{{"hs.conf.undo-2025", "hs.conf.undo-2027", "hs.conf.undo-2026"},
         "hs.conf.undo-2027"									     },
	{{"hs.conf.undo-2027", "hs.conf.undo-2026", "hs.conf.undo-2025"},
         "hs.conf.undo-2027"									     },
	{{"hs.conf.undo-2026Z", "hs.conf.undo-2026Z-01"},
         "hs.conf.undo-2026Z-01"									 },
	{{"hs.conf.undo-2026", "hs.conf.undo-2027.undone"},
         "hs.conf.undo-2026"									     },
	{{"hs.conf.undo-2027.undone"},                                    NULL                           },
	{{"other.conf.undo-2026", "hs.conf2.undo-2026", "hs.con.undo-2026",
		 "xhs.conf.undo-2026", "hs.conf.undo"},
         NULL											    },
	{{"hs.conf.undo-2026", "spool/provision.undo-2027"},
         "spool/provision.undo-2027"								     },
	{{"hs.conf.undo-2028", "spool/provision.undo-2027"},
         "hs.conf.undo-2028"									     },
};

/* The place of one row, in a directory of its own. */
static struct undo_place
make_place(const char *scratch, size_t i, char config[SCRATCH_PATH],
	char spool[SCRATCH_PATH])
{
	char name[16];

	(void)snprintf(name, sizeof name, "%zu", i);
	(void)snprintf(config, SCRATCH_PATH, "%s/hs.conf",
		scratch_mkdir(scratch, name));
	(void)snprintf(name, sizeof name, "%zu/spool", i);
	(void)snprintf(spool, SCRATCH_PATH, "%s", scratch_mkdir(scratch, name));
	return (struct undo_place){.config = config, .spool = spool};
}

static void
test_newest(void **state)
{
	for (size_t i = 0; i < N_OF(rows); i++) {
		char config[SCRATCH_PATH], spool[SCRATCH_PATH], path[PATH_MAX];
		const struct undo_place place =
			make_place(*state, i, config, spool);
		struct reason reason;
		struct buf text;
		char name[64];

		for (size_t j = 0; j < 6 && rows[i].files[j] != NULL; j++) {
			(void)snprintf(name, sizeof name, "%zu/%s", i,
				rows[i].files[j]);
			scratch_write(*state, name, rows[i].files[j], 0600);
		}
		buf_init(&text, 100);
		CHECK_NUMBER((int)i,
			undo_file_read(&place, &text, path, &reason),
			rows[i].newest != NULL ? ERR_OK : ERR_IO);
		CHECK_TEXT((int)i, buf_text(&text),
			rows[i].newest != NULL ? rows[i].newest : "");
		buf_free(&text);
	}
}

/* What is written is read, newest first, until all were used. */
static void
test_in_turn(void **state)
{
	char config[SCRATCH_PATH], spool[SCRATCH_PATH], path[PATH_MAX];
	const struct undo_place place = make_place(*state, 0, config, spool);
	struct reason reason;
	struct buf text;

	buf_init(&text, 100);
	for (char c = 'a'; c < 'a' + 12; c++) {
		buf_clear(&text);
		assert_int_equal(buf_add(&text, &c, 1), ERR_OK);
		assert_int_equal(
			undo_file_write(&place, &text, path, &reason), ERR_OK);
		CHECK_HOLDS(__LINE__, path, "/0/hs.conf.undo-2");
	}
	for (char c = 'a' + 11; c >= 'a'; c--) {
		buf_clear(&text);
		assert_int_equal(
			undo_file_read(&place, &text, path, &reason), ERR_OK);
		assert_int_equal(text.len, 1);
		assert_int_equal(text.data[0], c);
		assert_int_equal(undo_file_finish(path, &reason), ERR_OK);
	}
	assert_int_equal(undo_file_read(&place, &text, path, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "there is nothing to undo");
	assert_int_equal(undo_file_finish(path, &reason), ERR_IO);
	buf_free(&text);
}

/* A settings file without a directory; a spool where there is none; both
 * missing. */
static void
test_places(void **state)
{
	char config[SCRATCH_PATH], spool[SCRATCH_PATH], path[PATH_MAX];
	struct undo_place place = make_place(*state, 0, config, spool);
	struct reason reason;
	struct buf text;

	buf_init(&text, 100);
	assert_int_equal(buf_add_text(&text, "x"), ERR_OK);
	place.config = "/nonexistent/hs.conf";
	assert_int_equal(undo_file_write(&place, &text, path, &reason), ERR_OK);
	CHECK_HOLDS(__LINE__, path, "/0/spool/provision.undo-2");
	place.spool = NULL;
	assert_int_equal(undo_file_write(&place, &text, path, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, "/nonexistent/hs.conf.undo-2");
	place.config = NULL;
	assert_int_equal(undo_file_write(&place, &text, path, &reason), ERR_IO);
	CHECK_HOLDS(
		__LINE__, reason.text, "neither a settings file nor a spool");
	assert_int_equal(chdir(*state), 0);
	place.config = "hs.conf";
	assert_int_equal(undo_file_write(&place, &text, path, &reason), ERR_OK);
	CHECK_HOLDS(__LINE__, path, "./hs.conf.undo-2");
	buf_clear(&text);
	assert_int_equal(undo_file_read(&place, &text, path, &reason), ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&text), "x");
	assert_int_equal(chdir("/"), 0);
	buf_free(&text);
}

/* What root keeps is whose the directory is, who can undo it then. */
static void
test_owner(void **state)
{
	static const uid_t user = 65533;
	char config[SCRATCH_PATH], spool[SCRATCH_PATH], path[PATH_MAX];
	struct undo_place place = make_place(*state, 0, config, spool);
	struct reason reason;
	struct stat status;
	struct buf text;

	if (geteuid() != 0)
		skip();
	buf_init(&text, 100);
	assert_int_equal(buf_add_text(&text, "x"), ERR_OK);
	assert_int_equal(
		chown(scratch_path(*state, "0"), user, (gid_t)user), 0);
	assert_int_equal(undo_file_write(&place, &text, path, &reason), ERR_OK);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, user);
	assert_int_equal(status.st_gid, user);
	assert_int_equal(status.st_mode & 0777, 0600);
	place.file = scratch_path(*state, "0/named");
	assert_int_equal(undo_file_write(&place, &text, path, &reason), ERR_OK);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, user);
	buf_free(&text);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_newest),
		TEST(test_in_turn),
		TEST(test_places),
		TEST(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
