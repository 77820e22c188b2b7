#ifndef HOOKSWITCH_TEST_DISK_H
#define HOOKSWITCH_TEST_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "spool_walk.h"

/*
 * A spool in a scratch directory, on a disk that can fail: the linker hands us
 * the system calls of the library (--wrap).
 */

int __real_fsync(int fd);
ssize_t __real_read(int fd, void *data, size_t len);
ssize_t __real_write(int fd, const void *data, size_t len);

/* What is to happen; all zero for nothing. */
struct disk_faults {
	int bad_fsync;      /* this call to fsync fails, 1 for the next */
	int n_fsync;        /* calls so far */
	size_t room;        /* bytes that fit on disk, and 1; 0: any number */
	size_t piece;       /* bytes that one write takes; 0: any number */
	bool interrupt;     /* a signal comes before each write */
	const char *unread; /* a file with this text in it has a bad block */
};

extern struct disk_faults disk_faults;

void disk_no_faults(void);

/* The directory of a spool that nothing was written to; the disk works. */
const char *disk_make_spool(const char *directory);

/* Files in spool/folder; -1 if there is no such folder. */
int disk_count(const char *spool, const char *folder);

/* Paths that stay until the next but three. */
const char *disk_keep(const char *path);

/* The path of the first file in spool/folder, in order of names. */
const char *disk_first(const char *spool, const char *folder);

mode_t disk_mode(const char *path);

/* The file's text holds that one. */
void disk_check_file(int line, const char *path, const char *want);

void disk_write_one(int line, const char *spool, const char *body);
void disk_write_some(const char *spool, int n);

/* Walks over all, and leaves them where they are. */
void disk_check_walk(
	int line, const char *spool, int want, size_t want_unreadable);

/* Starts a walk and takes its first record; fd is -1 if there is none. */
void disk_take_first(int line, const char *spool, struct spool *walk,
	struct spool_entry *entry);

#endif
