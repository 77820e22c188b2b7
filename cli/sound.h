#ifndef HOOKSWITCH_SOUND_H
#define HOOKSWITCH_SOUND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The kinds of files that Twilio has recordings in, and by what one is told
 * from something else, such as a page that says why it is not there.
 */

struct sound_format {
	const char *name;  /* "wav", also behind the dot */
	const char *title; /* "WAV" */
	/* Whether a file can begin so; of a long one SOUND_HEAD bytes. */
	bool (*can_begin)(const unsigned char *head, size_t len);
};

/* Bytes at the beginning of a file that tell what it is. */
#define SOUND_HEAD 12

/* NULL for a name that is none. */
const struct sound_format *sound_format_find(const char *name);

/* Whether a file of any of them may come with that Content-Type. */
bool sound_has_type(const char *type);

#endif
