/*
 * What recordings begin with, and what is none.
 */
#include "config.h"

#include "sound.h"

#include "check.h"
#include "guard.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* bytes, their number; whether a WAV file and an MP3 file can begin so */
static const struct row {
	int line;
	const char *head;
	size_t len;
	bool is_wav, is_mp3;
} rows[] = {
	ROW("RIFF\x24\0\0\0WAVE", 12, true, false),
	ROW("RIFF\xff\xff\xff\xffWAVE", 12, true, false),
	ROW("RIFF\x24\0\0\0WAV", 11, false, false),
	ROW("RIFF\x24\0\0\0AVI ", 12, false, false),
	ROW("riff\x24\0\0\0WAVE", 12, false, false), ROW("", 0, false, false),
	ROW("<!doctype h", 12, false, false), ROW("ID3", 3, false, true),
	ROW("ID3\4\0\0\0\0\0\0\0\0", 12, false, true),
	ROW("ID", 2, false, false), ROW("\xff\xfb\x90\x00", 4, false, true),
	ROW("\xff\xf3\x40\xc0", 4, false, true),
	ROW("\xff\xfb\x90", 3, false, false),
	ROW("\xff\xeb\x90\x00", 4, false, false), /* a reserved version */
	ROW("\xff\xf9\x90\x00", 4, false, false), /* a reserved layer */
	ROW("\xff\xfb\xf0\x00", 4, false, false), /* no bit rate */
	ROW("\xff\xfb\x9c\x00", 4, false, false), /* no sampling rate */
	ROW("\xff\x1b\x90\x00", 4, false, false), /* out of step */
};

static void
test_beginnings(void **state)
{
	const struct sound_format *wav = sound_format_find("wav");
	const struct sound_format *mp3 = sound_format_find("mp3");

	(void)state;
	assert_non_null(wav);
	assert_non_null(mp3);
	assert_null(sound_format_find("ogg"));
	assert_null(sound_format_find("WAV"));
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct guard guard;
		const unsigned char *head = (const unsigned char *)guard_bytes(
			&guard, row->head, row->len);

		CHECK(row->line, wav->can_begin(head, row->len) == row->is_wav);
		CHECK(row->line, mp3->can_begin(head, row->len) == row->is_mp3);
		guard_free(&guard);
	}
}

static void
test_types(void **state)
{
	(void)state;
	assert_true(sound_has_type("audio/x-wav"));
	assert_true(sound_has_type("Audio/MPEG; x=y"));
	assert_true(sound_has_type("binary/octet-stream"));
	assert_true(sound_has_type("application/octet-stream"));
	assert_false(sound_has_type("text/html"));
	assert_false(sound_has_type("application/json"));
	assert_false(sound_has_type(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beginnings),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
