#include "config.h"

#include "sound.h"

#include <string.h>
#include <strings.h>

/* RIFF, its size, WAVE. */
static bool
can_begin_wav(const unsigned char *head, size_t len)
{
	return len >= 12 && memcmp(head, "RIFF", 4) == 0 &&
	       memcmp(head + 8, "WAVE", 4) == 0;
}

/*
 * An ID3 tag, or the header of a frame: eleven bits that are set, and a
 * version, a layer, a bit rate and a sampling rate that are none of the
 * reserved ones.
 */
static bool
can_begin_mp3(const unsigned char *head, size_t len)
{
	if (len >= 3 && memcmp(head, "ID3", 3) == 0)
		return true;
	return len >= 4 && head[0] == 0xFF && (head[1] & 0xE0) == 0xE0 &&
	       (head[1] & 0x18) != 0x08 && (head[1] & 0x06) != 0 &&
	       (head[2] & 0xF0) != 0xF0 && (head[2] & 0x0C) != 0x0C;
}

static const struct sound_format formats[] = {
	{"wav", "WAV", can_begin_wav},
	{"mp3", "MP3", can_begin_mp3},
};

const struct sound_format *
sound_format_find(const char *name)
{
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

bool
sound_has_type(const char *type)
{
	/* Storage hosts know of some files only that they are files. */
	static const char *const types[] = {
		"audio/", "application/octet-stream", "binary/octet-stream"};

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strncasecmp(type, types[i], strlen(types[i])) == 0)
			return true;
	return false;
}
