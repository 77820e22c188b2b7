#ifndef HOOKSWITCH_SPOOL_WALK_H
#define HOOKSWITCH_SPOOL_WALK_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "spool_record.h"

/*
 * A walk over the records that wait in a spool, which spool.h describes: one
 * after the other is taken, and is done, set aside or left.
 */

struct spool {
	const char *directory;  /* borrowed */
	int fd;                 /* of it; -1 if it is not there */
	DIR *new;               /* NULL if there is nothing to walk over */
	size_t n_unreadable;    /* set aside on this walk */
	size_t most_unreadable; /* after which the walk ends; 0: no limit */
	bool skips_deferred;    /* set by the caller: see spool_defer */
	size_t n_stuck;         /* could not be opened, read or set aside */
	struct reason stuck;    /* why not */
};

/* One record that is ours for now: no other walk gets it. */
struct spool_entry {
	int fd; /* locked; -1 if there is none */
	char name[NAME_MAX + 1];
	struct buf text;
	struct spool_record record; /* points into text */
};

/*
 * Starts a walk.  ERR_IO if the directory cannot be read; a spool that was
 * never written to is empty.  The caller ends with spool_close.
 */
enum err spool_open(struct spool *spool, const char *directory,
	struct reason *reason) NODISCARD;
void spool_close(struct spool *spool);

/*
 * The next record that nobody else works on; entry->fd is -1 when there is
 * none.  A damaged one is set aside on the way; one that cannot be read or
 * moved is counted as stuck.  ERR_MEMORY alone ends the walk early.  The caller
 * ends with spool_done, spool_reject, spool_defer or spool_release.
 */
enum err spool_next(struct spool *spool, struct spool_entry *entry,
	struct reason *reason) NODISCARD;

/* The record is in the database: deletes it. */
void spool_done(const struct spool *spool, struct spool_entry *entry);

/*
 * The database will never take it: moves it to rejected/.  False if that
 * cannot be done: then it is stuck, and put off.
 */
bool spool_reject(
	struct spool *spool, struct spool_entry *entry, const char *why);

/*
 * Leaves the record where it is, and puts it off: for ten seconds it is passed
 * over by walks that skip such, and the others have their turn.
 */
void spool_defer(struct spool_entry *entry);

/* Leaves the record where it is, for a later walk. */
void spool_release(struct spool_entry *entry);

#endif
