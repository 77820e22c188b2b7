#include "config.h"

#include "undo_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "make.h"

/* Between a name and the time; behind what was used. */
#define MARK ".undo-"
#define USED ".undone"

/* Of the same second. */
#define SAME_MOST 100

/* What the names of files begin with: a directory, then a name. */
struct stem {
	char directory[PATH_MAX];
	char name[NAME_MAX + 1];
};

static bool
copy(char *out, size_t size, const char *text, size_t len)
{
	int n = snprintf(out, size, "%.*s", (int)len, text);

	return n >= 0 && (size_t)n < size;
}

/* Beside the settings file. */
static bool
stem_of_config(struct stem *stem, const char *config)
{
	const char *slash = config != NULL ? strrchr(config, '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : config;

	if (config == NULL)
		return false;
	if (slash == NULL)
		return copy(stem->directory, sizeof stem->directory, "./", 2) &&
		       copy(stem->name, sizeof stem->name, name, strlen(name));
	return copy(stem->directory, sizeof stem->directory, config,
		       (size_t)(name - config)) &&
	       copy(stem->name, sizeof stem->name, name, strlen(name));
}

static bool
stem_of_spool(struct stem *stem, const char *spool)
{
	return spool != NULL &&
	       (size_t)snprintf(stem->directory, sizeof stem->directory, "%s/",
		       spool) < sizeof stem->directory &&
	       copy(stem->name, sizeof stem->name, "provision", 9);
}

/* A file of whose the directory is. */
static enum err
write_to(const char *path, const struct buf *text, struct reason *reason)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX] = ".";
	struct owner owner;

	if (slash != NULL)
		(void)snprintf(directory, sizeof directory, "%.*s",
			(int)(slash - path + 1), path);
	/* Of a directory that is not there the file will tell. */
	if (owner_find(&owner, directory, NULL) != ERR_OK)
		owner.is_other = false;
	return make_new_file(path, text->data, text->len, &owner, reason);
}

/* A name that no file has, and the text in it. */
static enum err
write_new(const struct stem *stem, const struct buf *text, char path[PATH_MAX],
	struct reason *reason)
{
	char moment[32], another[8] = "";
	time_t now = time(NULL);
	struct tm utc;
	enum err err = ERR_IO;

	errno = EEXIST;
	(void)gmtime_r(&now, &utc);
	(void)strftime(moment, sizeof moment, "%Y%m%dT%H%M%SZ", &utc);
	for (unsigned i = 0; i < SAME_MOST && err != ERR_OK && errno == EEXIST;
		i++) {
		if (i > 0)
			(void)snprintf(another, sizeof another, "-%02u", i);
		if ((size_t)snprintf(path, PATH_MAX, "%s%s" MARK "%s%s",
			    stem->directory, stem->name, moment,
			    another) >= PATH_MAX)
			return err_reason(reason, ERR_IO,
				"the path of the settings file is too long");
		err = write_to(path, text, reason);
	}
	return err;
}

enum err
undo_file_write(const struct undo_place *place, const struct buf *text,
	char path[PATH_MAX], struct reason *reason)
{
	struct stem stem;
	enum err err = err_reason(
		reason, ERR_IO, "there is neither a settings file nor a spool");

	if (place->file != NULL) {
		if (!copy(path, PATH_MAX, place->file, strlen(place->file)))
			return err_reason(reason, ERR_IO,
				"the name of --undo-file is too long");
		return write_to(path, text, reason);
	}
	if (stem_of_config(&stem, place->config))
		err = write_new(&stem, text, path, reason);
	/* A full disk is not better elsewhere, but a right may be. */
	if (err != ERR_OK && stem_of_spool(&stem, place->spool))
		err = write_new(&stem, text, path, reason);
	return err;
}

static bool
is_unused(const char *name, const struct stem *stem)
{
	size_t len = strlen(stem->name), used = strlen(USED);
	size_t all = strlen(name);

	return strncmp(name, stem->name, len) == 0 &&
	       strncmp(name + len, MARK, strlen(MARK)) == 0 &&
	       (all < used || strcmp(name + all - used, USED) != 0);
}

/* The newest in a directory, if it is newer than what was found before. */
static void
look(const struct stem *stem, char path[PATH_MAX], char newest[64])
{
	DIR *directory = opendir(stem->directory);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		const char *moment =
			entry->d_name + strlen(stem->name) + strlen(MARK);

		if (!is_unused(entry->d_name, stem) ||
			strcmp(moment, newest) <= 0 || strlen(moment) >= 64)
			continue;
		(void)copy(newest, 64, moment, strlen(moment));
		(void)snprintf(
			path, PATH_MAX, "%s%s", stem->directory, entry->d_name);
	}
	if (directory != NULL)
		(void)closedir(directory);
}

enum err
undo_file_read(const struct undo_place *place, struct buf *text,
	char path[PATH_MAX], struct reason *reason)
{
	struct stem stem;
	char newest[64] = "";

	path[0] = '\0';
	if (place->file != NULL)
		(void)copy(path, PATH_MAX, place->file, strlen(place->file));
	if (place->file == NULL && stem_of_config(&stem, place->config))
		look(&stem, path, newest);
	if (place->file == NULL && stem_of_spool(&stem, place->spool))
		look(&stem, path, newest);
	if (path[0] == '\0')
		return err_reason(reason, ERR_IO,
			"there is nothing to undo: no file with old values is "
			"beside the settings file or in the spool");
	return file_read_private(text, path, NULL, reason);
}

enum err
undo_file_finish(const char *path, struct reason *reason)
{
	char used[PATH_MAX];

	if ((size_t)snprintf(used, sizeof used, "%s" USED, path) >=
			sizeof used ||
		rename(path, used) != 0)
		return err_reason(reason, ERR_IO,
			"could not rename file \"%s\": %s", path,
			strerror(errno));
	return ERR_OK;
}
