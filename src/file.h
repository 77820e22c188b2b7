#ifndef HOOKSWITCH_FILE_H
#define HOOKSWITCH_FILE_H

#include "buf.h"
#include "err.h"

/*
 * Reading the files that settings name.
 */

/*
 * Reads a whole file into *out, at most the buffer's ceiling.
 * ERR_IO, with errno's text as the reason, if it cannot be read (errno is
 * ENOENT where it does not exist); ERR_TOO_LARGE over the ceiling.
 */
enum err file_read(
	struct buf *out, const char *path, struct reason *reason) NODISCARD;

/*
 * As file_read, for a file that holds secrets.  ERR_SETTING, with the file
 * unread, if others can read or write it, if its group can write it, if it
 * is no regular file or has a NUL byte in it, or if it lies under document_root
 * (NULL: not checked).
 */
enum err file_read_private(struct buf *out, const char *path,
	const char *document_root, struct reason *reason) NODISCARD;

/*
 * ERR_SETTING if a web server that serves directory could hand out path, which
 * need not be there yet: because it lies under the directory, or because a
 * link in there leads to it.  So every directory on the way is looked at.
 */
enum err file_check_outside(const char *path, const char *directory) NODISCARD;

#endif
