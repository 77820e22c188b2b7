#include "config.h"

#include "make.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef HAVE_SYS_XATTR_H
#include <sys/xattr.h>
#endif
#include <unistd.h>

#include "file.h"

#define MODE_PRIVATE 0600
#define MODE_MAKING 0700

static enum err
could_not(struct reason *reason, const char *verb, const char *path)
{
	return err_reason(reason, ERR_IO, "could not %s \"%s\": %s", verb, path,
		strerror(errno));
}

enum err
owner_find(struct owner *owner, const char *directory, struct reason *reason)
{
	struct stat status;

	owner->user = geteuid();
	owner->group = getegid();
	owner->is_other = false;
	if (owner->user != 0)
		return ERR_OK;
	if (stat(directory, &status) != 0)
		return could_not(reason, "examine", directory);
	owner->is_other = status.st_uid != 0;
	owner->user = status.st_uid;
	owner->group = status.st_gid;
	return ERR_OK;
}

/* What is at path becomes the owner's, a link itself and not what it is to. */
static bool
give(const char *path, const struct owner *owner)
{
	return !owner->is_other || lchown(path, owner->user, owner->group) == 0;
}

/* The same of an open file. */
static bool
give_open(int fd, const struct owner *owner)
{
	return !owner->is_other || fchown(fd, owner->user, owner->group) == 0;
}

enum err
make_directory(const char *path, mode_t mode, const struct owner *owner,
	struct reason *reason)
{
	int fd;
	bool is_made;

	if (mkdir(path, MODE_MAKING) != 0)
		return could_not(reason, "make directory", path);
	/* By descriptor: root must give away nothing that took its place. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	is_made = fd >= 0 && give_open(fd, owner) && fchmod(fd, mode) == 0;
	if (!is_made)
		(void)could_not(reason, "give away directory", path);
	if (fd >= 0)
		(void)close(fd);
	if (is_made)
		return ERR_OK;
	(void)rmdir(path);
	return ERR_IO;
}

/* A file that is being written beside the one that it will replace. */
struct draft {
	char path[PATH_MAX];
	int fd;
};

static bool
draft_open(struct draft *draft, const char *path)
{
	if (snprintf(draft->path, sizeof draft->path, "%s.XXXXXX", path) >=
		(int)sizeof draft->path) {
		errno = ENAMETOOLONG;
		return false;
	}
	draft->fd = mkostemp(draft->path, O_CLOEXEC);
	return draft->fd >= 0;
}

/* The users and groups that setfacl has let in beside the owner's. */
static bool
keep_list(int fd, const char *path)
{
#ifdef HAVE_SYS_XATTR_H
	static const char name[] = "system.posix_acl_access";
	char list[4096];
	ssize_t len = getxattr(path, name, list, sizeof list);

	if (len < 0)
		return errno == ENODATA || errno == ENOTSUP;
	return fsetxattr(fd, name, list, (size_t)len, 0) == 0;
#else
	(void)fd;
	(void)path;
	return true;
#endif
}

/* Whom a file has let in, such as the web server, what replaces it lets in. */
static bool
keep_access(int fd, const char *path, mode_t mode)
{
	bool has_say = ((mode >> 3) & ~mode & S_IRWXO) != 0; /* its group */
	struct stat status;

	if (stat(path, &status) != 0)
		return errno == ENOENT;
	return (fchown(fd, (uid_t)-1, status.st_gid) == 0 || !has_say) &&
	       keep_list(fd, path);
}

/* Puts it in its place if it is as it should be, or takes it away. */
static enum err
draft_close(struct draft *draft, bool is_written, const char *path, mode_t mode,
	const struct owner *owner, struct reason *reason)
{
	bool is_done = is_written && give_open(draft->fd, owner) &&
		       keep_access(draft->fd, path, mode) &&
		       fchmod(draft->fd, mode) == 0 && fsync(draft->fd) == 0;
	int saved = errno;

	if (close(draft->fd) != 0 && is_done) {
		is_done = false;
		saved = errno;
	}
	if (is_done && rename(draft->path, path) == 0)
		return ERR_OK;
	errno = is_done ? errno : saved;
	(void)could_not(reason, "write", path);
	(void)unlink(draft->path);
	return ERR_IO;
}

enum err
make_file(const char *path, const void *data, size_t len, mode_t mode,
	const struct owner *owner, struct reason *reason)
{
	struct draft draft;

	if (!draft_open(&draft, path))
		return could_not(reason, "make", path);
	return draft_close(&draft, file_write_all(draft.fd, data, len), path,
		mode, owner, reason);
}

/* Makes sure that the names in a file's directory survive a power cut. */
static bool
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *copy = slash == NULL ? strdup(".")
				   : strndup(path, (size_t)(slash - path) + 1);
	int fd = copy != NULL ? open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			      : -1;
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		(void)close(fd);
	free(copy);
	return synced;
}

enum err
make_new_file(const char *path, const void *data, size_t len,
	const struct owner *owner, struct reason *reason)
{
	int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			MODE_PRIVATE);
	bool is_written;
	int saved;

	if (fd < 0)
		return could_not(reason, "make", path);
	/* A failed fsync is final: the next one could call it a success. */
	is_written = give_open(fd, owner) && file_write_all(fd, data, len) &&
		     fsync(fd) == 0;
	if (close(fd) != 0)
		is_written = false;
	if (is_written && sync_directory(path))
		return ERR_OK;
	saved = errno;
	(void)could_not(reason, "write", path);
	(void)unlink(path);
	errno = saved;
	return ERR_IO;
}

static bool
copy_all(int to, int from)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(from, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !file_write_all(to, chunk, (size_t)n))
			return false;
	}
	return true;
}

enum err
make_copy(const char *path, const char *from, mode_t mode,
	const struct owner *owner, struct reason *reason)
{
	int source = open(from, O_RDONLY | O_CLOEXEC);
	struct draft draft;
	enum err err;

	if (source < 0)
		return could_not(reason, "open", from);
	if (draft_open(&draft, path))
		err = draft_close(&draft, copy_all(draft.fd, source), path,
			mode, owner, reason);
	else
		err = could_not(reason, "make", path);
	(void)close(source);
	return err;
}

enum err
make_link(const char *path, const char *to, const struct owner *owner,
	struct reason *reason)
{
	char draft[PATH_MAX];

	if (snprintf(draft, sizeof draft, "%s.%ld", path, (long)getpid()) >=
		(int)sizeof draft) {
		errno = ENAMETOOLONG;
		return could_not(reason, "make link", path);
	}
	if (symlink(to, draft) != 0)
		return could_not(reason, "make link", path);
	if (give(draft, owner) && rename(draft, path) == 0)
		return ERR_OK;
	(void)could_not(reason, "make link", path);
	(void)unlink(draft);
	return ERR_IO;
}

enum err
make_mode(const char *path, mode_t mode, struct reason *reason)
{
	return chmod(path, mode) == 0
		       ? ERR_OK
		       : could_not(reason, "change the mode of", path);
}
