#include "config.h"

#include "spool_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "limit.h"
#include "spool_folder.h"
#include "spool_record.h"

void
spool_temporary_name(char *out, size_t size)
{
	static atomic_uint counter;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)snprintf(out, size, "%lld.%09ld.%ld.%u", (long long)now.tv_sec,
		now.tv_nsec, (long)getpid(), atomic_fetch_add(&counter, 1));
}

/*
 * Writes a file and syncs it.  A failed fsync is final: the kernel may have
 * dropped the data and would call the next one a success.
 */
static bool
write_file(int directory, const char *name, const struct buf *text)
{
	int fd = openat(directory, name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		SPOOL_MODE_FILE);
	bool written;

	if (fd < 0)
		return false;
	written = file_write_all(fd, text->data, text->len) && fsync(fd) == 0;
	if (close(fd) != 0)
		written = false;
	return written;
}

/*
 * Not every file system knows the flag; then with a second link, and on one
 * that has no links either we have to look first.
 */
bool
spool_move_to_free(int from, const char *old, int to, const char *name)
{
	if (renameat2(from, old, to, name, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return false;
	if (linkat(from, old, to, name, 0) == 0)
		return unlinkat(from, old, 0) == 0;
	if (errno == EEXIST)
		return false;
	if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return false;
	}
	return renameat(from, old, to, name) == 0;
}

enum err
spool_read_text(struct buf *text, int fd)
{
	char chunk[8192];
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		ssize_t n = read(fd, chunk, sizeof chunk);

		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno != EINTR)
			return ERR_IO;
		if (n > 0)
			err = buf_add(text, chunk, (size_t)n);
	}
	return err;
}

static bool
is_whole_record(int directory, const char *name)
{
	int fd = openat(directory, name,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct spool_record record;
	struct buf text;
	bool whole;

	buf_init(&text, LIMIT_SPOOL_RECORD);
	whole = fd >= 0 && spool_read_text(&text, fd) == ERR_OK &&
		spool_record_parse(&record, text.data, text.len, NULL) ==
			ERR_OK;
	buf_free(&text);
	if (fd >= 0)
		(void)close(fd);
	errno = EEXIST;
	return whole;
}

/*
 * tmp/temporary -> to/name, which becomes another name if that one is taken
 * by a file that is damaged.  A whole record of that name stays, and *is_new
 * is false: it is the same request, and came first.
 */
static bool
take_place(
	int tmp, const char *temporary, int to, const char **name, bool *is_new)
{
	*is_new = true;
	if (spool_move_to_free(tmp, temporary, to, *name))
		return true;
	if (errno != EEXIST)
		return false;
	if (is_whole_record(to, *name)) {
		*is_new = false;
		return unlinkat(tmp, temporary, 0) == 0;
	}
	*name = temporary;
	return spool_move_to_free(tmp, temporary, to, temporary);
}

/*
 * The text as to/name, and the sync that makes it last; where that fails the
 * next one could seem to succeed, so that nothing is left for it.
 */
static bool
put(int tmp, int to, const char *name, const struct buf *text)
{
	char temporary[SPOOL_NAME_SIZE];
	bool is_new;
	int saved;

	spool_temporary_name(temporary, sizeof temporary);
	if (write_file(tmp, temporary, text) &&
		take_place(tmp, temporary, to, &name, &is_new)) {
		if (fsync(to) == 0)
			return true;
		saved = errno;
		if (is_new)
			(void)unlinkat(to, name, 0);
		errno = saved;
		return false;
	}
	saved = errno;
	(void)unlinkat(tmp, temporary, 0);
	errno = saved;
	return false;
}

enum err
spool_write_text(const char *directory, const char *folder, const char *name,
	const struct buf *text, struct reason *reason)
{
	int spool = spool_open_directory(AT_FDCWD, directory);
	int tmp = spool >= 0 ? spool_make_directory(spool, SPOOL_TMP) : -1;
	int to = tmp >= 0 ? spool_make_directory(spool, folder) : -1;
	enum err err = ERR_OK;

	if (to < 0)
		err = spool_could_not(reason, "open", directory,
			tmp >= 0 ? folder : SPOOL_TMP, "");
	else if (!put(tmp, to, name, text))
		err = spool_could_not(reason, "write", directory, folder, name);
	if (to >= 0)
		(void)close(to);
	if (tmp >= 0)
		(void)close(tmp);
	if (spool >= 0)
		(void)close(spool);
	return err;
}

/* Makes room for another text; false if that cannot be done. */
static bool
unlink_text(const char *directory, const char *folder, const char *name)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof path, "%s/%s/%s", directory,
		       folder, name) < sizeof path &&
	       (unlink(path) == 0 || errno == ENOENT);
}

void
spool_write_reason(const char *directory, const char *folder, const char *name,
	const char *why)
{
	char file[NAME_MAX + 1];
	struct buf text;

	buf_init(&text, LIMIT_LOG_LINE);
	(void)snprintf(file, sizeof file, "%.200s" SPOOL_REASON, name);
	if (buf_add_text(&text, why) == ERR_OK &&
		buf_add_text(&text, "\n") == ERR_OK &&
		unlink_text(directory, folder, file))
		(void)!spool_write_text(directory, folder, file, &text, NULL);
	buf_free(&text);
}
