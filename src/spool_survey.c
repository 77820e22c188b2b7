#include "config.h"

#include "spool_survey.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limit.h"
#include "spool_file.h"
#include "spool_folder.h"
#include "spool_walk.h"

/* No write takes that long. */
#define ABANDONED_SECONDS 3600

bool
spool_has_records(const char *directory)
{
	const struct dirent *file;
	struct spool spool;
	bool found = false;

	if (spool_open(&spool, directory, NULL) != ERR_OK)
		found = true;
	while (!found && spool.new != NULL &&
		(file = readdir(spool.new)) != NULL)
		found = spool_is_record_name(file->d_name);
	spool_close(&spool);
	return found;
}

/* How many records there are, and when the oldest was written. */
static void
tally(DIR *records, size_t *n, time_t *oldest)
{
	const struct dirent *file;
	struct stat status;

	while ((file = readdir(records)) != NULL) {
		if (!spool_is_record_name(file->d_name) ||
			fstatat(dirfd(records), file->d_name, &status,
				AT_SYMLINK_NOFOLLOW) != 0 ||
			!S_ISREG(status.st_mode))
			continue;
		(*n)++;
		if (*oldest == 0 || status.st_mtime < *oldest)
			*oldest = status.st_mtime;
	}
}

/* The same of a folder, in which there are none if it is not there. */
static enum err
tally_folder(const char *directory, const char *folder, size_t *n,
	time_t *oldest, struct reason *reason)
{
	char path[PATH_MAX];
	DIR *records = NULL;

	*n = 0;
	*oldest = 0;
	errno = ENAMETOOLONG;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, folder) <
		sizeof path)
		records = opendir(path);
	if (records == NULL)
		return errno == ENOENT ? ERR_OK
				       : spool_could_not(reason, "open",
						 directory, folder, "");
	tally(records, n, oldest);
	(void)closedir(records);
	return ERR_OK;
}

enum err
spool_survey(const char *directory, struct spool_survey *survey,
	struct reason *reason)
{
	time_t unused;
	enum err err;

	memset(survey, 0, sizeof *survey);
	if (access(directory, R_OK | X_OK) != 0)
		return spool_could_not(reason, "open", directory, "", "");
	err = tally_folder(directory, SPOOL_NEW, &survey->n_waiting,
		&survey->oldest, reason);
	if (err == ERR_OK)
		err = tally_folder(directory, SPOOL_REJECTED,
			&survey->n_rejected, &unused, reason);
	if (err == ERR_OK)
		err = tally_folder(directory, SPOOL_UNREADABLE,
			&survey->n_unreadable, &unused, reason);
	return err;
}

/* What a process has left in tmp/ that ended while it wrote: nobody was told
 * that it was kept. */
static void
remove_abandoned(int spool)
{
	int fd = spool_open_directory(spool, SPOOL_TMP);
	DIR *tmp = fd >= 0 ? fdopendir(fd) : NULL;
	time_t now = time(NULL);
	const struct dirent *file;
	struct stat status;

	while (tmp != NULL && (file = readdir(tmp)) != NULL)
		if (fstatat(fd, file->d_name, &status, AT_SYMLINK_NOFOLLOW) ==
				0 &&
			S_ISREG(status.st_mode) &&
			status.st_mtime < now - ABANDONED_SECONDS)
			(void)unlinkat(fd, file->d_name, 0);
	if (tmp != NULL)
		(void)closedir(tmp);
	else if (fd >= 0)
		(void)close(fd);
}

void
spool_tidy(const char *directory)
{
	int spool = spool_open_directory(AT_FDCWD, directory);

	if (spool < 0)
		return;
	remove_abandoned(spool);
	(void)close(spool);
}

/* Deletes a record that is to go, and its reason. */
static bool
remove_record(int folder, const char *name)
{
	char file[NAME_MAX + 1];

	(void)snprintf(file, sizeof file, "%.200s" SPOOL_REASON, name);
	return unlinkat(folder, name, 0) == 0 &&
	       (unlinkat(folder, file, 0) == 0 || errno == ENOENT);
}

/* One record; ERR_IO, and errno, if it could not be read or deleted. */
static enum err
sift_record(int folder, const char *name, const struct spool_sieve *sieve,
	size_t *n)
{
	int fd = openat(
		folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct buf text;
	enum err err;
	bool goes;

	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	buf_init(&text, LIMIT_SPOOL_RECORD);
	err = spool_read_text(&text, fd);
	(void)close(fd);
	/* No record of ours is as large; what there is of it has to do. */
	if (err == ERR_TOO_LARGE)
		err = ERR_OK;
	goes = err == ERR_OK &&
	       sieve->goes(sieve->context, buf_text(&text), text.len);
	buf_free(&text);
	*n += goes;
	if (goes && !sieve->only_looks && !remove_record(folder, name))
		err = ERR_IO;
	return err;
}

static enum err
sift_folder(const char *directory, const char *name,
	const struct spool_sieve *sieve, size_t *n, struct reason *reason)
{
	char path[PATH_MAX];
	const struct dirent *file;
	DIR *folder = NULL;
	enum err err = ERR_OK;

	errno = ENAMETOOLONG;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", directory, name) <
		sizeof path)
		folder = opendir(path);
	if (folder == NULL)
		return errno == ENOENT ? ERR_OK
				       : spool_could_not(reason, "open",
						 directory, name, "");
	while ((file = readdir(folder)) != NULL) {
		if (!spool_is_record_name(file->d_name))
			continue;
		if (sift_record(dirfd(folder), file->d_name, sieve, n) !=
			ERR_OK)
			err = spool_could_not(reason, "read or delete",
				directory, name, file->d_name);
	}
	(void)closedir(folder);
	return err;
}

enum err
spool_sift(const char *directory, const struct spool_sieve *sieve, size_t *n,
	struct reason *reason)
{
	enum err rejected, unreadable;

	*n = 0;
	rejected = sift_folder(directory, SPOOL_REJECTED, sieve, n, reason);
	unreadable = sift_folder(directory, SPOOL_UNREADABLE, sieve, n, reason);
	return rejected != ERR_OK ? rejected : unreadable;
}
