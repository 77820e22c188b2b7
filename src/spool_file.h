#ifndef HOOKSWITCH_SPOOL_FILE_H
#define HOOKSWITCH_SPOOL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * A file in a folder of the spool, whole and for good, or not at all.  Only
 * spool*.c include this.
 */

/* Room for a name of ours in tmp/. */
#define SPOOL_NAME_SIZE 96

/* A name in tmp/ that no other process or thread uses. */
void spool_temporary_name(char *out, size_t size);

/* Moves a file to a name that is free; false, with EEXIST, if it is taken. */
bool spool_move_to_free(int from, const char *old, int to, const char *name);

/*
 * Appends what there is in a file.  ERR_IO, and errno, if it cannot be read;
 * otherwise as buf_add.
 */
enum err spool_read_text(struct buf *text, int fd) NODISCARD;

/*
 * Writes a text as directory/folder/name, by way of tmp/.  If a file of that
 * name is damaged it gets another; a whole record there is the same request,
 * and stays in its place.  ERR_OK when it would survive a power cut; ERR_IO
 * otherwise, with the reason, and then this text is nowhere.
 */
enum err spool_write_text(const char *directory, const char *folder,
	const char *name, const struct buf *text,
	struct reason *reason) NODISCARD;

/* NAME.reason beside a record; the record counts, so a failure is passed by. */
void spool_write_reason(const char *directory, const char *folder,
	const char *name, const char *why);

#endif
