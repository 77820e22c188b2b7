#include "config.h"

#include "spool_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err
spool_could_not(struct reason *reason, const char *verb, const char *directory,
	const char *folder, const char *name)
{
	const char *slash = name[0] != '\0' ? "/" : "";

	return err_reason(reason, ERR_IO, "could not %s \"%s/%s%s%s\": %s",
		verb, directory, folder, slash, name, strerror(errno));
}

int
spool_open_directory(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The spool whose entries this process has synced, by device and inode. */
static atomic_ullong synced_device, synced_inode;

/*
 * Makes sure that the folders in the spool survive what their files have to.
 * Who made them may have died before it came to that, so each process does
 * it for itself, once.
 */
static bool
sync_spool(int spool)
{
	struct stat status;

	if (fstat(spool, &status) != 0)
		return false;
	if (atomic_load(&synced_device) == status.st_dev &&
		atomic_load(&synced_inode) == status.st_ino)
		return true;
	if (fsync(spool) != 0)
		return false;
	atomic_store(&synced_device, status.st_dev);
	atomic_store(&synced_inode, status.st_ino);
	return true;
}

int
spool_make_directory(int spool, const char *name)
{
	int fd = spool_open_directory(spool, name);

	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(spool, name, SPOOL_MODE_DIRECTORY) != 0 &&
			errno != EEXIST)
			return -1;
		atomic_store(&synced_inode, 0);
		fd = spool_open_directory(spool, name);
	}
	if (fd >= 0 && !sync_spool(spool)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

bool
spool_is_record_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return name[0] != '.' &&
	       (dot == NULL || strcmp(dot, SPOOL_REASON) != 0);
}
