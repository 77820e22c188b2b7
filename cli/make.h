#ifndef HOOKSWITCH_MAKE_H
#define HOOKSWITCH_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/*
 * Making the files and directories of a site: each as a whole or not at all,
 * so that a web server never meets half of one, and each its owner's.
 *
 * All return ERR_IO, with a reason that names the path.
 */

/* Whose they are. */
struct owner {
	uid_t user;
	gid_t group;
	bool is_other; /* than who runs the command: it has to be changed */
};

/* Who runs the command; where that is root, whose the directory is. */
enum err owner_find(struct owner *owner, const char *directory,
	struct reason *reason) NODISCARD;

/* A directory, which is not there yet; its mode is mode whatever the umask. */
enum err make_directory(const char *path, mode_t mode,
	const struct owner *owner, struct reason *reason) NODISCARD;

/*
 * A file of len bytes, in the place of what is there, whose group it has then,
 * and whose list of users and groups that are let in as well.
 */
enum err make_file(const char *path, const void *data, size_t len, mode_t mode,
	const struct owner *owner, struct reason *reason) NODISCARD;

/*
 * A file that is not there yet, for its owner alone.  ERR_OK only when it would
 * survive a power cut: it is synced, and so is its directory.  errno is EEXIST
 * where there is one.
 */
enum err make_new_file(const char *path, const void *data, size_t len,
	const struct owner *owner, struct reason *reason) NODISCARD;

/* A copy of a file, as make_file. */
enum err make_copy(const char *path, const char *from, mode_t mode,
	const struct owner *owner, struct reason *reason) NODISCARD;

/* A symbolic link to a path, likewise. */
enum err make_link(const char *path, const char *to, const struct owner *owner,
	struct reason *reason) NODISCARD;

/* Gives what is there another mode. */
enum err make_mode(
	const char *path, mode_t mode, struct reason *reason) NODISCARD;

#endif
