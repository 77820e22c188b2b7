#ifndef HOOKSWITCH_DOWNLOAD_H
#define HOOKSWITCH_DOWNLOAD_H

#include <stdbool.h>

#include "digest.h"
#include "err.h"
#include "folder.h"
#include "sound.h"
#include "twilio.h"

/*
 * One file of Twilio's, fetched into a folder: whole, or not at all.
 *
 * Until it is whole it is a part (part_file.h), and what has come stays when
 * the connection breaks off: the rest is asked for, in this run or in another,
 * if it is one of the same file still.  Where the server has no parts of files,
 * or nothing to know a file by again, it begins anew.
 */

/* No WAV is longer, as its header counts with 32 bits. */
#define DOWNLOAD_MOST (4ULL * 1024 * 1024 * 1024)

/* How often it is tried without that more of it comes than came before. */
#define DOWNLOAD_TRIES 3

struct download {
	struct twilio *twilio;
	const struct folder *folder;
	const char *path; /* of the API */
	const char *name; /* of the file in the folder */
	const char *part; /* the part's name, of part_file_open */
	const struct sound_format *format; /* that it has to have */
	/* NULL, or: how much has come; total is 0 if nobody knows */
	void (*progress)(void *context, unsigned long long size,
		unsigned long long total);
	void *context;
};

/* What became of it. */
struct download_result {
	unsigned long long size;
	char sha256[DIGEST_SHA256_HEX];
	int status;   /* of the last answer; 0 if there was none */
	bool is_ours; /* it failed here, on the disk; others would as well */
};

/*
 * Fetches it.  ERR_OK when it is there under its name, and on disk; it takes
 * the place of what had that name.  Errors as twilio_fetch; ERR_IO also for
 * what has another type or is not as long as it was announced, and with is_ours
 * if it could not be written; ERR_MALFORMED for what has the type and does not
 * begin so; ERR_TOO_LARGE over DOWNLOAD_MOST.
 */
enum err download_run(const struct download *download,
	struct download_result *result, struct reason *reason) NODISCARD;

#endif
