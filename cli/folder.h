#ifndef HOOKSWITCH_FOLDER_H
#define HOOKSWITCH_FOLDER_H

#include <limits.h>

#include "err.h"

/*
 * A directory for files that are nobody else's: recordings, say.
 */

struct folder {
	char path[PATH_MAX]; /* absolute, with every link resolved */
	int fd;
	int lock;
};

/*
 * Opens a directory, and makes it if it is not there, but none above; its mode
 * is 0700.  One process at a time has it open.  ERR_SETTING if others can get
 * at it: by its mode, or through a web server, as far as that can be seen: it
 * lies below DOCUMENT_ROOT in the environment, below what hosts call a document
 * root, or beside or below a .htaccess.  ERR_IO if it cannot be used, or
 * another process has it.  In every case the caller ends with folder_close.
 */
enum err folder_open(struct folder *folder, const char *path,
	struct reason *reason) NODISCARD;

void folder_close(struct folder *folder);

#endif
