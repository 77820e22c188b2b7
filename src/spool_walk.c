#include "config.h"

#include "spool_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"
#include "spool_file.h"
#include "spool_folder.h"

/* How long a record that was put off rests. */
#define DEFER_SECONDS 10

enum err
spool_open(struct spool *spool, const char *directory, struct reason *reason)
{
	int fd;

	memset(spool, 0, sizeof *spool);
	spool->directory = directory;
	spool->fd = spool_open_directory(AT_FDCWD, directory);
	if (spool->fd < 0)
		return errno == ENOENT ? ERR_OK
				       : spool_could_not(reason, "open",
						 directory, "", "");
	fd = spool_open_directory(spool->fd, SPOOL_NEW);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK
				       : spool_could_not(reason, "open",
						 directory, SPOOL_NEW, "");
	spool->new = fdopendir(fd);
	if (spool->new == NULL) {
		(void)close(fd);
		return err_reason(reason, ERR_MEMORY, "out of memory");
	}
	return ERR_OK;
}

void
spool_close(struct spool *spool)
{
	if (spool->new != NULL)
		(void)closedir(spool->new);
	if (spool->fd >= 0)
		(void)close(spool->fd);
	spool->new = NULL;
	spool->fd = -1;
}

/*
 * Moves a record out of new/ and writes down why.  What is in the folder
 * already stays: under another name, if need be.
 */
static enum err
set_aside(const struct spool *spool, const char *name, const char *folder,
	const char *why, struct reason *reason)
{
	int from = dirfd(spool->new),
	    to = spool_make_directory(spool->fd, folder);
	char other[SPOOL_NAME_SIZE];
	const char *as = name;
	enum err err = ERR_OK;
	bool is_moved = to >= 0 && spool_move_to_free(from, name, to, name);

	if (to >= 0 && !is_moved && errno == EEXIST) {
		spool_temporary_name(other, sizeof other);
		as = other;
		is_moved = spool_move_to_free(from, name, to, other);
	}
	if (!is_moved || fsync(to) != 0)
		err = spool_could_not(
			reason, "move", spool->directory, SPOOL_NEW, name);
	if (to >= 0)
		(void)close(to);
	if (err == ERR_OK)
		spool_write_reason(spool->directory, folder, as, why);
	return err;
}

/* A record that stays where it is, and is not in the way of the others. */
static void
note_stuck(struct spool *spool, const struct reason *why)
{
	spool->n_stuck++;
	spool->stuck = *why;
}

/* What lies about in new/ and is no file, has just gone, or is in work. */
static bool
is_passing(int error)
{
	return error == ENOENT || error == EWOULDBLOCK || error == ELOOP ||
	       error == EISDIR || error == ENXIO;
}

/*
 * Opens and locks a record; for writing, since NFS locks nothing else.  -1 if
 * there is nothing to be had, or we cannot, which is noted.  The lock goes
 * with the descriptor, so that a process that dies leaves none.
 */
static int
open_locked(struct spool *spool, const char *name)
{
	int fd = openat(dirfd(spool->new), name,
		O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct reason why = {""};
	struct stat status;

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (!is_passing(errno)) {
			(void)spool_could_not(&why, "open", spool->directory,
				SPOOL_NEW, name);
			note_stuck(spool, &why);
		}
	} else if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		   status.st_nlink > 0) {
		return fd;
	}
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Reads the record in hand; ERR_MALFORMED if it is to be set aside. */
static enum err
read_entry(const struct spool *spool, struct spool_entry *entry,
	struct reason *reason)
{
	enum err err = spool_read_text(&entry->text, entry->fd);

	if (err == ERR_MEMORY)
		return err_reason(reason, err, "out of memory");

	if (err == ERR_TOO_LARGE)
		return err_reason(reason, ERR_MALFORMED,
			"the record exceeds %d bytes", LIMIT_SPOOL_RECORD);
	if (err != ERR_OK)
		return spool_could_not(reason, "read", spool->directory,
			SPOOL_NEW, entry->name);
	return spool_record_parse(
		&entry->record, entry->text.data, entry->text.len, reason);
}

/*
 * A record that cannot be used: one that says nothing is set aside; one that
 * cannot be read, or moved, stays, and is not in the way of the others.
 */
static void
pass_over(struct spool *spool, struct spool_entry *entry, enum err err,
	const struct reason *why)
{
	struct reason reason = *why;

	if (err == ERR_MALFORMED)
		err = set_aside(spool, entry->name, SPOOL_UNREADABLE, why->text,
			&reason);
	if (err == ERR_OK)
		spool->n_unreadable++;
	else
		note_stuck(spool, &reason);
	spool_release(entry);
}

static bool
has_had_enough(const struct spool *spool)
{
	return spool->most_unreadable > 0 &&
	       spool->n_unreadable >= spool->most_unreadable;
}

/* Whether it was put off, and its time has not come. */
static bool
is_deferred(const struct spool *spool, const char *name)
{
	time_t now = time(NULL);
	struct stat status;

	return fstatat(dirfd(spool->new), name, &status, AT_SYMLINK_NOFOLLOW) ==
		       0 &&
	       status.st_atime > now && status.st_atime <= now + DEFER_SECONDS;
}

/* The next name that this walk is to look at. */
static const char *
next_name(const struct spool *spool)
{
	const struct dirent *file = NULL;

	while (spool->new != NULL && !has_had_enough(spool) &&
		(file = readdir(spool->new)) != NULL)
		if (spool_is_record_name(file->d_name) &&
			!(spool->skips_deferred &&
				is_deferred(spool, file->d_name)))
			return file->d_name;
	return NULL;
}

enum err
spool_next(
	struct spool *spool, struct spool_entry *entry, struct reason *reason)
{
	const char *name;
	struct reason why = {""};

	memset(entry, 0, sizeof *entry);
	entry->fd = -1;
	buf_init(&entry->text, LIMIT_SPOOL_RECORD);
	while ((name = next_name(spool)) != NULL) {
		enum err err;

		entry->fd = open_locked(spool, name);
		if (entry->fd < 0)
			continue;
		(void)snprintf(entry->name, sizeof entry->name, "%s", name);
		err = read_entry(spool, entry, &why);
		if (err == ERR_OK)
			return ERR_OK;
		if (err == ERR_MEMORY) {
			spool_release(entry);
			return err_reason(reason, err, "%s", why.text);
		}
		pass_over(spool, entry, err, &why);
	}
	return ERR_OK;
}

void
spool_release(struct spool_entry *entry)
{
	if (entry->fd >= 0)
		(void)close(entry->fd);
	buf_free(&entry->text);
	entry->fd = -1;
}

void
spool_defer(struct spool_entry *entry)
{
	/* The other time says since when it waits. */
	const struct timespec times[2] = {
		{.tv_sec = time(NULL) + DEFER_SECONDS},
		{.tv_nsec = UTIME_OMIT}};

	(void)futimens(entry->fd, times);
	spool_release(entry);
}

void
spool_done(const struct spool *spool, struct spool_entry *entry)
{
	/* Left behind, it would be replayed once more and change nothing. */
	(void)unlinkat(dirfd(spool->new), entry->name, 0);
	spool_release(entry);
}

bool
spool_reject(struct spool *spool, struct spool_entry *entry, const char *why)
{
	struct reason reason = {""};
	bool is_moved = set_aside(spool, entry->name, SPOOL_REJECTED, why,
				&reason) == ERR_OK;

	if (!is_moved) {
		note_stuck(spool, &reason);
		spool_defer(entry);
	}
	spool_release(entry);
	return is_moved;
}
