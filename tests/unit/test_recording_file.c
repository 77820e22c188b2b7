/*
 * The files of recordings, and what is none.
 */
#include "config.h"

#include "recording_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"

#define SID "RE0123456789abcdef0123456789abcdef"
#define TEXT "RIFF----WAVE"
#define SIZE (sizeof TEXT - 1)

static int
open_directory(const char *path)
{
	struct reason reason = {""};
	int directory;

	assert_int_equal(
		recording_file_directory(&directory, path, NULL, &reason),
		ERR_OK);
	return directory;
}

/* Opens; where that fails the reason is not empty. */
static void
check_open(int line, const char *path, const char *sid, const char *format,
	unsigned long long size, enum err want)
{
	struct reason reason = {""};
	struct recording_file file;
	int directory = open_directory(path);
	char read_back[SIZE + 1] = "";

	CHECK_NUMBER(line,
		recording_file_open(
			&file, directory, sid, format, size, &reason),
		want);
	if (want == ERR_OK) {
		CHECK(line, file.fd >= 0);
		CHECK_NUMBER(line, file.size, size);
		CHECK_NUMBER(line, read(file.fd, read_back, SIZE), SIZE);
		CHECK_TEXT(line, read_back, TEXT);
	} else {
		CHECK(line, reason.text[0] != '\0');
	}
	recording_file_close(&file);
	CHECK_NUMBER(line, file.fd, -1);
	recording_file_close(&file);
	(void)close(directory);
}

static void
test_types(void **state)
{
	struct reason reason = {""};
	struct recording_file file;
	int directory = open_directory(*state);

	(void)scratch_write(*state, SID ".wav", TEXT, 0600);
	(void)scratch_write(*state, SID ".mp3", TEXT, 0600);
	check_open(__LINE__, *state, SID, "wav", SIZE, ERR_OK);
	assert_int_equal(recording_file_open(
				 &file, directory, SID, "wav", SIZE, &reason),
		ERR_OK);
	assert_string_equal(file.type, "audio/wav");
	recording_file_close(&file);
	assert_int_equal(recording_file_open(
				 &file, directory, SID, "mp3", SIZE, &reason),
		ERR_OK);
	assert_string_equal(file.type, "audio/mpeg");
	recording_file_close(&file);
	(void)close(directory);
}

/* What is there, but not as it was fetched. */
static void
test_other_sizes(void **state)
{
	(void)scratch_write(*state, SID ".wav", TEXT, 0600);
	check_open(__LINE__, *state, SID, "wav", SIZE - 1, ERR_IO);
	check_open(__LINE__, *state, SID, "wav", SIZE + 1, ERR_IO);
	check_open(__LINE__, *state, SID, "wav", 0, ERR_IO);
	check_open(__LINE__, *state, SID, "wav", ~0ULL, ERR_IO);
}

/* Nothing that stands in a file's place, and nothing outside. */
static void
test_no_files(void **state)
{
	const char *outside = scratch_write(*state, "outside.wav", TEXT, 0600);
	const char *inside = scratch_mkdir(*state, "recordings");
	char below[SCRATCH_PATH], link[SCRATCH_PATH], fifo[SCRATCH_PATH];

	(void)snprintf(below, sizeof below, "%s/RE1.wav", inside);
	(void)snprintf(link, sizeof link, "%s/RE2.wav", inside);
	(void)snprintf(fifo, sizeof fifo, "%s/RE3.wav", inside);
	assert_int_equal(mkdir(below, 0700), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	check_open(__LINE__, inside, "RE1", "wav", SIZE, ERR_IO);
	check_open(__LINE__, inside, "RE2", "wav", SIZE, ERR_IO);
	check_open(__LINE__, inside, "RE3", "wav", SIZE, ERR_IO);
	check_open(__LINE__, inside, "RE4", "wav", SIZE, ERR_IO);
}

/* line, SID, format */
static const struct {
	int line;
	const char *sid, *format;
} names[] = {
	{__LINE__, "",             "wav"   },
	{__LINE__, ".",            "wav"   },
	{__LINE__, "..",           "wav"   },
	{__LINE__, "../outside",   "wav"   },
	{__LINE__, "/etc/outside", "wav"   },
	{__LINE__, "RE1/outside",  "wav"   },
	{__LINE__, "RE1.wav",      "wav"   },
	{__LINE__, "-RE1",         "wav"   },
	{__LINE__, "1RE",          "wav"   },
	{__LINE__, "RE 1",         "wav"   },
	{__LINE__, "RE1\n",        "wav"   },
	{__LINE__, "RE\xC3\xA4",   "wav"   },
	{__LINE__, SID SID,        "wav"   },
	{__LINE__, "outside",      ""      },
	{__LINE__, "outside",      "WAV"   },
	{__LINE__, "outside",      "html"  },
	{__LINE__, "outside",      "../wav"},
	{__LINE__, "outside",      "wav/.."},
};

static void
test_names(void **state)
{
	const char *inside = scratch_mkdir(*state, "recordings");

	(void)scratch_write(*state, "outside.wav", TEXT, 0600);
	for (size_t i = 0; i < N_OF(names); i++)
		check_open(names[i].line, inside, names[i].sid, names[i].format,
			SIZE, ERR_MALFORMED);
	/* The longest there may be, and what others that are no Twilio have. */
	check_open(__LINE__, inside, SID "-0123456789-0123456789-0123456",
		"wav", SIZE, ERR_IO);
	check_open(__LINE__, *state, "outside", "wav", SIZE, ERR_OK);
}

static void
test_directories(void **state)
{
	const char *root = scratch_mkdir(*state, "public");
	const char *inside = scratch_mkdir(*state, "public/recordings");
	const char *link = scratch_link(*state, "link", inside);
	const char *file = scratch_write(*state, "file", "", 0600);
	struct reason reason = {""};
	int directory;

	assert_int_equal(
		recording_file_directory(&directory, inside, root, &reason),
		ERR_SETTING);
	assert_int_equal(directory, -1);
	CHECK_HOLDS(__LINE__, reason.text, "outside the document root");
	assert_int_equal(
		recording_file_directory(&directory, link, root, &reason),
		ERR_SETTING);
	assert_int_equal(
		recording_file_directory(&directory, file, root, &reason),
		ERR_SETTING);
	CHECK_HOLDS(__LINE__, reason.text, "HOOKSWITCH_RECORDINGS");
	assert_int_equal(recording_file_directory(&directory,
				 "/nonexistent/recordings", root, &reason),
		ERR_SETTING);
	assert_int_equal(
		recording_file_directory(&directory, *state, root, &reason),
		ERR_OK);
	assert_true(directory >= 0);
	(void)close(directory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_types, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_other_sizes, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_no_files, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_names, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_directories, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
