#include "config.h"

#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "scratch.h"
#include "spool.h"
#include "spool_sample.h"

int __wrap_fsync(int fd);
ssize_t __wrap_read(int fd, void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

struct disk_faults disk_faults;

void
disk_no_faults(void)
{
	memset(&disk_faults, 0, sizeof disk_faults);
}

int
__wrap_fsync(int fd)
{
	if (++disk_faults.n_fsync == disk_faults.bad_fsync) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

ssize_t
__wrap_write(int fd, const void *data, size_t len)
{
	static bool interrupted;

	interrupted = disk_faults.interrupt && !interrupted;
	if (interrupted) {
		errno = EINTR;
		return -1;
	}
	if (disk_faults.room == 1) {
		errno = ENOSPC;
		return -1;
	}
	if (disk_faults.piece > 0 && len > disk_faults.piece)
		len = disk_faults.piece;
	if (disk_faults.room > 0 && len >= disk_faults.room)
		len = disk_faults.room - 1;
	if (disk_faults.room > 0)
		disk_faults.room -= len;
	return __real_write(fd, data, len);
}

ssize_t
__wrap_read(int fd, void *data, size_t len)
{
	ssize_t n = __real_read(fd, data, len);

	if (n > 0 && disk_faults.unread != NULL &&
		memmem(data, (size_t)n, disk_faults.unread,
			strlen(disk_faults.unread)) != NULL) {
		errno = EIO;
		return -1;
	}
	return n;
}

static int
is_visible(const struct dirent *file)
{
	return file->d_name[0] != '.';
}

int
disk_count(const char *spool, const char *folder)
{
	struct dirent **names;
	int n = scandir(
		scratch_path(spool, folder), &names, is_visible, alphasort);

	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	return n;
}

const char *
disk_keep(const char *path)
{
	static char kept[4][SCRATCH_PATH];
	static size_t next;
	char *copy = kept[next++ % N_OF(kept)];

	(void)snprintf(copy, SCRATCH_PATH, "%s", path);
	return copy;
}

const char *
disk_first(const char *spool, const char *folder)
{
	const char *directory = disk_keep(scratch_path(spool, folder)), *path;
	struct dirent **names;
	int n = scandir(directory, &names, is_visible, alphasort);

	assert_in_range(n, 1, 1000);
	path = disk_keep(scratch_path(directory, names[0]->d_name));
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return path;
}

mode_t
disk_mode(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

void
disk_check_file(int line, const char *path, const char *want)
{
	FILE *file = fopen(path, "r");
	char text[1024];
	size_t n;

	CHECK(line, file != NULL);
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	(void)fclose(file);
	CHECK_HOLDS(line, text, want);
}

const char *
disk_make_spool(const char *directory)
{
	static char spool[SCRATCH_PATH];

	disk_no_faults();
	(void)snprintf(
		spool, sizeof spool, "%s", scratch_mkdir(directory, "spool"));
	return spool;
}

void
disk_write_one(int line, const char *spool, const char *body)
{
	struct spool_record record = spool_sample;
	struct reason reason = {""};

	record.body = spool_text(body);
	if (spool_write(spool, &record, &reason) != ERR_OK)
		fail_msg("row of line %d: %s", line, reason.text);
}

void
disk_write_some(const char *spool, int n)
{
	for (int i = 0; i < n; i++) {
		char body[24];

		(void)snprintf(body, sizeof body, "good %d", i);
		disk_write_one(__LINE__, spool, body);
	}
}

void
disk_check_walk(int line, const char *spool, int want, size_t want_unreadable)
{
	struct reason reason = {""};
	struct spool_entry entry;
	struct spool walk;
	int n = 0;

	CHECK_NUMBER(line, spool_open(&walk, spool, &reason), ERR_OK);
	for (;;) {
		if (spool_next(&walk, &entry, &reason) != ERR_OK)
			fail_msg("row of line %d: %s", line, reason.text);
		if (entry.fd < 0)
			break;
		n++;
		spool_release(&entry);
	}
	CHECK_NUMBER(line, n, want);
	CHECK_NUMBER(line, walk.n_unreadable, want_unreadable);
	spool_release(&entry);
	spool_close(&walk);
}

void
disk_take_first(int line, const char *spool, struct spool *walk,
	struct spool_entry *entry)
{
	CHECK_NUMBER(line, spool_open(walk, spool, NULL), ERR_OK);
	CHECK_NUMBER(line, spool_next(walk, entry, NULL), ERR_OK);
}
