#ifndef HOOKSWITCH_UNDO_FILE_H
#define HOOKSWITCH_UNDO_FILE_H

#include <limits.h>

#include "buf.h"
#include "err.h"

/*
 * The files in which the old values are kept before new ones are set.
 *
 * There is one for each time that something was changed: FILE.undo-TIME
 * beside the settings file, or where that directory cannot be written to, or
 * there is no settings file, provision.undo-TIME in the spool.  When it was
 * used it is called .undone.
 */

/* Where they are.  NULL for what there is none of; borrowed. */
struct undo_place {
	const char *file;   /* the one that was named: no other is looked at */
	const char *config; /* the settings file */
	const char *spool;  /* a directory */
};

/*
 * Keeps a text in a new file, whose name is put into path.  ERR_OK only when
 * it would survive a power cut.  ERR_IO, with the reason.  If root runs it, the
 * file is whose the directory is: he will want to undo it himself.
 */
enum err undo_file_write(const struct undo_place *place, const struct buf *text,
	char path[PATH_MAX], struct reason *reason) NODISCARD;

/*
 * Reads the newest that was not used yet.  ERR_IO if there is none, or it
 * cannot be read; ERR_SETTING if others can.
 */
enum err undo_file_read(const struct undo_place *place, struct buf *text,
	char path[PATH_MAX], struct reason *reason) NODISCARD;

/* Renames one that was used. */
enum err undo_file_finish(const char *path, struct reason *reason) NODISCARD;

#endif
