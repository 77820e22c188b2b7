#include "config.h"

#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

#define MODE_DIRECTORY 0755
#define MODE_FILE 0644

/* Ceiling on a file. */
#define TREE_FILE (1024 * 1024)

/* A directory, and what it is to become. */
struct pair {
	const char *path, *from;
	const struct owner *owner; /* NULL: it is only looked at */
	bool is_same;
};

static enum err
could_not(struct reason *reason, const char *verb, const char *path)
{
	return err_reason(reason, ERR_IO, "could not %s \"%s\": %s", verb, path,
		strerror(errno));
}

/* Whether there is a file with the same in it, as everybody may read it. */
static bool
is_same(const char *path, const char *from)
{
	struct stat status;
	struct buf left, right;
	bool is_same = false;

	buf_init(&left, TREE_FILE);
	buf_init(&right, TREE_FILE);
	if (lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		(status.st_mode & S_IROTH) != 0 &&
		file_read(&left, path, NULL) == ERR_OK &&
		file_read(&right, from, NULL) == ERR_OK)
		is_same = left.len == right.len &&
			  memcmp(buf_text(&left), buf_text(&right), left.len) ==
				  0;
	buf_free(&left);
	buf_free(&right);
	return is_same;
}

static enum err
visit_file(struct pair *pair, const char *name, struct reason *reason)
{
	char path[PATH_MAX], from[PATH_MAX];
	struct stat status;

	if (name[0] == '.')
		return ERR_OK;
	if (snprintf(path, sizeof path, "%s/%s", pair->path, name) >=
			(int)sizeof path ||
		snprintf(from, sizeof from, "%s/%s", pair->from, name) >=
			(int)sizeof from)
		return err_reason(reason, ERR_IO,
			"the path \"%.100s...\" is too long", path);
	if (stat(from, &status) != 0)
		return could_not(reason, "examine", from);
	if (!S_ISREG(status.st_mode) || is_same(path, from))
		return ERR_OK;
	pair->is_same = false;
	return pair->owner == NULL
		       ? ERR_OK
		       : make_copy(path, from, MODE_FILE, pair->owner, reason);
}

static enum err
visit_files(struct pair *pair, struct reason *reason)
{
	DIR *directory = opendir(pair->from);
	const struct dirent *entry;
	enum err err = ERR_OK;

	if (directory == NULL)
		return could_not(reason, "read directory", pair->from);
	while (err == ERR_OK && (entry = readdir(directory)) != NULL)
		err = visit_file(pair, entry->d_name, reason);
	(void)closedir(directory);
	return err;
}

enum err
tree_examine(enum tree *tree, const char *path, const char *from,
	struct reason *reason)
{
	struct pair pair = {.path = path, .from = from, .is_same = true};
	struct stat status;
	enum err err;

	*tree = TREE_NONE;
	if (lstat(path, &status) != 0)
		return errno == ENOENT ? ERR_OK
				       : could_not(reason, "examine", path);
	if (S_ISLNK(status.st_mode)) {
		*tree = TREE_LINK;
		return ERR_OK;
	}
	if (!S_ISDIR(status.st_mode))
		return err_reason(
			reason, ERR_IO, "\"%s\" is not a directory", path);
	err = visit_files(&pair, reason);
	*tree = pair.is_same ? TREE_SAME : TREE_OTHER;
	return err;
}

enum err
tree_copy(const char *path, const char *from, const struct owner *owner,
	struct reason *reason)
{
	struct pair pair = {.path = path, .from = from, .owner = owner};
	struct stat status;
	enum err err = ERR_OK;

	if (stat(path, &status) != 0)
		err = make_directory(path, MODE_DIRECTORY, owner, reason);
	return err == ERR_OK ? visit_files(&pair, reason) : err;
}
