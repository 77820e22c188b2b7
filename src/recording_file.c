#include "config.h"

#include "recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define NAME "HOOKSWITCH_RECORDINGS"

/* Hyphens are not at the beginning, and dots and slashes nowhere. */
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define PLAIN LETTERS "0123456789-"

/* format, media type */
static const struct {
	const char *format, *type;
} types[] = {
	{"mp3", "audio/mpeg"},
	{"wav", "audio/wav" },
};

enum err
recording_file_directory(int *directory, const char *path,
	const char *document_root, struct reason *reason)
{
	enum err err = ERR_OK;

	*directory = -1;
	if (document_root != NULL)
		err = file_check_outside(path, document_root);
	if (err == ERR_SETTING)
		return err_reason(reason, err,
			"setting \"" NAME "\" must be a directory outside the "
			"document root");
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	*directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*directory < 0)
		return err_reason(reason, ERR_SETTING,
			"could not open the directory of setting \"" NAME
			"\": %s",
			strerror(errno));
	return ERR_OK;
}

static const char *
find_type(const char *format)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].format, format) == 0)
			return types[i].type;
	return NULL;
}

static bool
is_plain(const char *sid)
{
	size_t len = strlen(sid);

	return len > 0 && len <= RECORDING_FILE_SID &&
	       strspn(sid, PLAIN) == len && strchr(LETTERS, sid[0]) != NULL;
}

/* By descriptor: what was looked at is what is read. */
static enum err
check_file(struct recording_file *file, unsigned long long size,
	struct reason *reason)
{
	const char *name = file->name;
	struct stat status;

	if (fstat(file->fd, &status) != 0)
		return err_reason(reason, ERR_IO,
			"could not examine \"%s\" in " NAME ": %s", name,
			strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_reason(reason, ERR_IO,
			"\"%s\" in " NAME " is not a regular file", name);
	if (status.st_size < 0 || (unsigned long long)status.st_size != size)
		return err_reason(reason, ERR_IO,
			"\"%s\" in " NAME " has %lld bytes and not the %llu "
			"that were fetched",
			name, (long long)status.st_size, size);
	file->size = size;
	return ERR_OK;
}

enum err
recording_file_open(struct recording_file *file, int directory, const char *sid,
	const char *format, unsigned long long size, struct reason *reason)
{
	const char *name = file->name;

	file->fd = -1;
	file->name[0] = '\0';
	file->size = 0;
	file->type = find_type(format);
	if (file->type == NULL || !is_plain(sid))
		return err_reason(reason, ERR_MALFORMED,
			"that is not the SID of a recording");
	(void)snprintf(file->name, sizeof file->name, "%s.%s", sid, format);
	/* Non-blocking, so that a FIFO in its place does not hang us. */
	file->fd = openat(directory, name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (file->fd < 0)
		return err_reason(reason, ERR_IO,
			"could not open \"%s\" in " NAME ": %s", name,
			strerror(errno));
	return check_file(file, size, reason);
}

void
recording_file_close(struct recording_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd);
	file->fd = -1;
}
