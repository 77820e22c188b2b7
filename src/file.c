#include "config.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a directory that is made: what is in it is the owner's alone. */
#define MODE_DIRECTORY 0700

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
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		n = read(fd, chunk, sizeof chunk);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = could_not(reason, "read", path);
			break;
		}
		err = buf_add(out, chunk, (size_t)n);
		if (err == ERR_TOO_LARGE)
			(void)err_reason(reason, err,
				"file \"%s\" exceeds %zu bytes", path,
				out->max);
		else if (err != ERR_OK)
			(void)err_reason(reason, err, "out of memory");
	}
	explicit_bzero(chunk, sizeof chunk);
	return err;
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

/*
 * ERR_SETTING if path, with every link resolved, is root or lies below it.
 * *is_plain says whether there was no link in it.
 */
static enum err
check_resolved(const char *path, const char *root, bool *is_plain)
{
	char *resolved = realpath(path, NULL);
	size_t len = strlen(root);
	bool under;

	*is_plain = false;
	if (resolved == NULL)
		return errno == ENOMEM ? ERR_MEMORY : ERR_OK;
	under = strncmp(resolved, root, len) == 0 &&
		(resolved[len] == '/' || resolved[len] == '\0');
	*is_plain = strcmp(resolved, path) == 0;
	free(resolved);
	return under ? ERR_SETTING : ERR_OK;
}

/*
 * The same for every directory on the way to path as well, which it cuts.
 * Where there is no link, those lie nowhere else than path does.
 */
static enum err
check_way(char *path, const char *root)
{
	bool is_plain;
	enum err err = check_resolved(path, root, &is_plain);
	char *slash;

	while (err == ERR_OK && !is_plain &&
		(slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		if (path[0] != '\0')
			err = check_resolved(path, root, &is_plain);
	}
	return err;
}

bool
file_write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* A new file beside path; its name is put into temporary. */
static int
make_temporary(char *temporary, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');
	int fd;

	if ((size_t)snprintf(temporary, size, "%s.XXXXXX", path) >= size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || slash == NULL)
		return fd;
	(void)snprintf(temporary, size, "%.*s", (int)(slash - path), path);
	if (mkdir(temporary, MODE_DIRECTORY) != 0 && errno != EEXIST)
		return -1;
	(void)snprintf(temporary, size, "%s.XXXXXX", path);
	return mkostemp(temporary, O_CLOEXEC);
}

enum err
file_replace(
	const char *path, const void *data, size_t len, struct reason *reason)
{
	char temporary[PATH_MAX];
	int fd = make_temporary(temporary, sizeof temporary, path);
	bool written;
	int saved;

	if (fd < 0)
		return could_not(reason, "make", path);
	written = file_write_all(fd, data, len);
	if (close(fd) != 0)
		written = false;
	if (written && rename(temporary, path) == 0)
		return ERR_OK;
	saved = errno;
	(void)unlink(temporary);
	errno = saved;
	return could_not(reason, "write", path);
}

enum err
file_check_outside(const char *path, const char *directory)
{
	char *copy = strdup(path);
	char *root = realpath(directory, NULL);
	enum err err = ERR_OK;

	if (copy == NULL || (root == NULL && errno == ENOMEM))
		err = ERR_MEMORY;
	else if (root != NULL && strcmp(root, "/") != 0)
		err = check_way(copy, root);
	free(copy);
	free(root);
	return err;
}

static enum err
check_private(int fd, const char *path, const char *document_root,
	struct reason *reason)
{
	struct stat status;
	enum err err = ERR_OK;

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
	if (document_root != NULL)
		err = file_check_outside(path, document_root);
	if (err == ERR_SETTING)
		return err_reason(reason, err,
			"file \"%s\" lies under the document root; move it "
			"out, since the web server could hand it to anyone",
			path);
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	return ERR_OK;
}

/* Leaves out the byte order mark that editors under Windows begin with. */
static void
drop_mark(struct buf *text)
{
	static const char mark[] = "\xEF\xBB\xBF";
	const size_t len = sizeof mark - 1;

	if (strncmp(buf_text(text), mark, len) != 0)
		return;
	text->len -= len;
	memmove(text->data, text->data + len, text->len + 1);
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
	if (err == ERR_OK && strlen(buf_text(out)) != out->len)
		err = err_reason(reason, ERR_SETTING,
			"file \"%s\" has a NUL byte in it", path);
	if (err == ERR_OK)
		drop_mark(out);
	(void)close(fd);
	return err;
}
