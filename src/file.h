#ifndef HOOKSWITCH_FILE_H
#define HOOKSWITCH_FILE_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

/*
 * Reading and writing whole files.
 */

/*
 * Reads a whole file into *out, at most the buffer's ceiling.
 * ERR_IO, with errno's text as the reason, if it cannot be read (errno is
 * ENOENT where it does not exist); ERR_TOO_LARGE over the ceiling.
 */
enum err file_read(
	struct buf *out, const char *path, struct reason *reason) NODISCARD;

/*
 * As file_read into an empty buffer, for a file that holds secrets; a byte
 * order mark at its beginning is left out.  ERR_SETTING, with the file
 * unread, if others can read or write it, if its group can write it, if it
 * is no regular file or has a NUL byte in it, or if it lies under document_root
 * (NULL: not checked).
 */
enum err file_read_private(struct buf *out, const char *path,
	const char *document_root, struct reason *reason) NODISCARD;

/* Writes all len bytes; false, and errno, if that cannot be done. */
bool file_write_all(int fd, const void *data, size_t len);

/*
 * Replaces a file, for its owner alone, with len bytes; one that reads it
 * meanwhile sees the old or the new.  Its directory is made if it is not
 * there, but no directory above.  ERR_IO, and the file as it was, if that
 * cannot be done.  Not synced: after a power cut it may be the old one, or
 * empty.
 */
enum err file_replace(const char *path, const void *data, size_t len,
	struct reason *reason) NODISCARD;

/*
 * ERR_SETTING if a web server that serves directory could hand out path, which
 * need not be there yet: because it lies under the directory, or because a
 * link in there leads to it.  So every directory on the way is looked at.
 */
enum err file_check_outside(const char *path, const char *directory) NODISCARD;

#endif
