#include "config.h"

#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "place.h"

#define MODE_DIRECTORY 0700
#define MODE_FILE 0600
#define MODE_OTHERS 077

#define LOCK ".lock"

static enum err
could_not(struct reason *reason, const char *what, const char *path)
{
	return err_reason(reason, ERR_IO, "could not %s \"%.300s\": %s", what,
		path, strerror(errno));
}

/* Whether there is a .htaccess in the directory or above it. */
static bool
has_htaccess(const char *path)
{
	char name[PATH_MAX + 16];
	size_t len = strlen(path);

	for (;;) {
		(void)snprintf(
			name, sizeof name, "%.*s/.htaccess", (int)len, path);
		if (access(name, F_OK) == 0)
			return true;
		if (len == 0)
			return false;
		while (len > 0 && path[len - 1] != '/')
			len--;
		len -= len > 0;
	}
}

/* What a web server could hand out must not be a recording. */
static enum err
check_unserved(const struct folder *folder, struct reason *reason)
{
	const char *root = getenv("DOCUMENT_ROOT");

	if ((root == NULL || root[0] == '\0' ||
		    file_check_outside(folder->path, root) == ERR_OK) &&
		!place_is_served(folder->path) && !has_htaccess(folder->path))
		return ERR_OK;
	return err_reason(reason, ERR_SETTING,
		"\"%.300s\" lies where a web server could hand it to anyone; "
		"take a directory outside the document root",
		folder->path);
}

static enum err
check_mode(const struct folder *folder, struct reason *reason)
{
	struct stat status;

	if (fstat(folder->fd, &status) != 0)
		return could_not(reason, "examine", folder->path);
	if ((status.st_mode & MODE_OTHERS) != 0)
		return err_reason(reason, ERR_SETTING,
			"others can get into \"%.300s\"; use \"chmod 700\"",
			folder->path);
	return ERR_OK;
}

static enum err
lock(struct folder *folder, struct reason *reason)
{
	folder->lock = openat(folder->fd, LOCK,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, MODE_FILE);
	if (folder->lock < 0)
		return could_not(reason, "write to", folder->path);
	if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	if (errno == EWOULDBLOCK)
		return err_reason(reason, ERR_IO,
			"another process is at work in \"%.300s\"",
			folder->path);
	return could_not(reason, "lock", folder->path);
}

enum err
folder_open(struct folder *folder, const char *path, struct reason *reason)
{
	enum err err;

	folder->fd = folder->lock = -1;
	folder->path[0] = '\0';
	if (mkdir(path, MODE_DIRECTORY) != 0 && errno != EEXIST)
		return could_not(reason, "make the directory", path);
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0)
		return could_not(reason, "open the directory", path);
	if (realpath(path, folder->path) == NULL)
		return could_not(reason, "find", path);
	err = check_unserved(folder, reason);
	if (err == ERR_OK)
		err = check_mode(folder, reason);
	return err == ERR_OK ? lock(folder, reason) : err;
}

void
folder_close(struct folder *folder)
{
	if (folder->lock >= 0)
		(void)close(folder->lock); /* which unlocks it */
	if (folder->fd >= 0)
		(void)close(folder->fd);
	folder->fd = folder->lock = -1;
}
