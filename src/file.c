#include "config.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read or write for others, write for the group. */
#define MODE_TOO_OPEN (S_IRWXO | S_IWGRP)

static enum err
could_not(struct reason *reason, const char *verb, const char *path)
{
	return err_reason(reason, ERR_IO, "could not %s file \"%s\": %s", verb,
		path, strerror(errno));
}

/* Non-blocking, so that a FIFO put in the file's place does not hang us. */
static int
open_to_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static enum err
read_all(struct buf *out, int fd, const char *path, struct reason *reason)
{
	char chunk[4096];
	ssize_t n;
	enum err err;

	for (;;) {
		n = read(fd, chunk, sizeof chunk);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return could_not(reason, "read", path);
		err = buf_add(out, chunk, (size_t)n);
		if (err == ERR_MEMORY)
			return err_reason(reason, err, "out of memory");
		if (err != ERR_OK)
			return err_reason(reason, err,
				"file \"%s\" exceeds %zu bytes", path,
				out->max);
	}
	explicit_bzero(chunk, sizeof chunk);
	return ERR_OK;
}

enum err
file_read(struct buf *out, const char *path, struct reason *reason)
{
	int fd = open_to_read(path);
	enum err err;

	if (fd < 0)
		return could_not(reason, "open", path);
	err = read_all(out, fd, path, reason);
	(void)close(fd);
	return err;
}

/* Whether path, with every link resolved, lies in or below directory. */
static bool
lies_under(const char *path, const char *directory)
{
	char *file = realpath(path, NULL);
	char *root = realpath(directory, NULL);
	size_t len = root != NULL ? strlen(root) : 0;
	bool under = file != NULL && root != NULL && len > 1 &&
		     strncmp(file, root, len) == 0 && file[len] == '/';

	free(file);
	free(root);
	return under;
}

static enum err
check_private(int fd, const char *path, const char *document_root,
	struct reason *reason)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return could_not(reason, "examine", path);
	if (!S_ISREG(status.st_mode))
		return err_reason(reason, ERR_SETTING,
			"\"%s\" is not a regular file", path);
	if ((status.st_mode & MODE_TOO_OPEN) != 0)
		return err_reason(reason, ERR_SETTING,
			"file \"%s\" can be read or changed by others; use "
			"\"chmod 600\", or 640 if the web server runs as its "
			"group",
			path);
	if (document_root != NULL && lies_under(path, document_root))
		return err_reason(reason, ERR_SETTING,
			"file \"%s\" lies under the document root; move it "
			"out, since the web server could hand it to anyone",
			path);
	return ERR_OK;
}

enum err
file_read_private(struct buf *out, const char *path, const char *document_root,
	struct reason *reason)
{
	int fd = open_to_read(path);
	enum err err;

	if (fd < 0)
		return could_not(reason, "open", path);
	/* By descriptor: what was checked is what is read. */
	err = check_private(fd, path, document_root, reason);
	if (err == ERR_OK)
		err = read_all(out, fd, path, reason);
	(void)close(fd);
	return err;
}
