#ifndef HOOKSWITCH_SPOOL_FOLDER_H
#define HOOKSWITCH_SPOOL_FOLDER_H

#include <stdbool.h>

#include "err.h"

/*
 * The folders of the spool, and whether a folder outlasts a power cut: what
 * the modules of the spool share.  Only spool*.c include this.
 */

#define SPOOL_NEW "new"
#define SPOOL_TMP "tmp"
#define SPOOL_REJECTED "rejected"
#define SPOOL_UNREADABLE "unreadable"

/* What the name of a record's reason ends with. */
#define SPOOL_REASON ".reason"

/* Only we: bodies hold what people wrote to each other. */
#define SPOOL_MODE_DIRECTORY 0700
#define SPOOL_MODE_FILE 0600

/*
 * ERR_IO, with the reason from errno: could not do that to
 * directory/folder/name, of which folder and name may be "".
 */
enum err spool_could_not(struct reason *reason, const char *verb,
	const char *directory, const char *folder, const char *name);

/* Opens a directory; the caller closes it.  -1, and errno, if it cannot be. */
int spool_open_directory(int parent, const char *name);

/*
 * Opens a folder of the spool, making it where it is missing, and sees to it
 * that it survives what its files have to.  As spool_open_directory.
 */
int spool_make_directory(int spool, const char *name);

/* Whether a file of that name is a record: not hidden, and not a reason. */
bool spool_is_record_name(const char *name);

#endif
