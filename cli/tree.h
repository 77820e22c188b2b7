#ifndef HOOKSWITCH_TREE_H
#define HOOKSWITCH_TREE_H

#include "err.h"
#include "make.h"

/*
 * A directory of files that a web server hands out as they are: the live page.
 * What is in directories below it, or begins with a dot, does not count.
 *
 * Both return ERR_IO, with a reason that names the path.
 */

/* What a copy of such a directory is. */
enum tree {
	TREE_NONE,  /* it is not there */
	TREE_SAME,  /* all files of the other one are in it as they are there */
	TREE_OTHER, /* some are not */
	TREE_LINK,  /* a symbolic link, which somebody else has made */
};

/* Compares the directory at path with the one it is to be a copy of. */
enum err tree_examine(enum tree *tree, const char *path, const char *from,
	struct reason *reason) NODISCARD;

/*
 * Makes the directory at path, if it is not there, and puts into it every file
 * that is not in it as it is in the other one.  What else is in it stays.
 */
enum err tree_copy(const char *path, const char *from,
	const struct owner *owner, struct reason *reason) NODISCARD;

#endif
