#ifndef HOOKSWITCH_RECORDING_FILE_H
#define HOOKSWITCH_RECORDING_FILE_H

#include "err.h"

/*
 * A file of a recording, as "hookswitch recordings" has put it into the
 * directory HOOKSWITCH_RECORDINGS: DIRECTORY/SID.wav or DIRECTORY/SID.mp3.
 */

/* Twilio's SIDs have 34 characters, those of others that speak its API 36. */
#define RECORDING_FILE_SID 64
#define RECORDING_FILE_NAME (RECORDING_FILE_SID + 8)

struct recording_file {
	int fd;                         /* -1 if there is none */
	const char *type;               /* media type; static */
	char name[RECORDING_FILE_NAME]; /* "SID.wav", of nothing but letters,
					   digits, hyphens and the dot */
	unsigned long long size;
};

/*
 * Opens the directory; ERR_SETTING, with the reason, if it cannot be opened, or
 * lies where a web server that serves document_root (NULL: not known) could
 * hand it to anyone.  The caller closes *directory, -1 on error.
 */
enum err recording_file_directory(int *directory, const char *path,
	const char *document_root, struct reason *reason) NODISCARD;

/*
 * Opens the file of a recording in the directory.  ERR_IO, with the reason, if
 * there is none, or what is there is no regular file of size bytes: it is in
 * that directory itself, and no link is followed.  ERR_MALFORMED for a SID or
 * a format that no file has.  In every case the caller ends with
 * recording_file_close.
 */
enum err recording_file_open(struct recording_file *file, int directory,
	const char *sid, const char *format, unsigned long long size,
	struct reason *reason) NODISCARD;

void recording_file_close(struct recording_file *file);

#endif
