#include "config.h"

#include "part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define MODE_FILE 0600

/* "300000 "abc"\n": the most that a note has. */
#define NOTE_MOST (HTTP_VALIDATOR + 32)

static enum err
could_not(const struct part_file *part, const char *what, struct reason *reason)
{
	return err_reason(reason, ERR_IO, "could not %s \"%.200s/%.150s\": %s",
		what, part->folder->path, part->name, strerror(errno));
}

/* Whether it can be sent back as a header's value, and be read back here. */
static bool
is_validator(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= HTTP_VALIDATOR)
		return false;
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* The note's text, which has to be all of a line. */
static void
understand(struct part_file *part, char *text)
{
	size_t digits = strspn(text, "0123456789");
	char *validator = text + digits + 1;
	char *end = strchr(text, '\n');

	if (digits == 0 || digits > 18 || text[digits] != ' ' || end == NULL ||
		end[1] != '\0')
		return;
	*end = '\0';
	if (!is_validator(validator))
		return;
	part->total = strtoull(text, NULL, 10);
	memcpy(part->validator, validator, strlen(validator) + 1);
}

static void
read_note(struct part_file *part)
{
	char text[NOTE_MOST + 2] = "";
	int fd = openat(part->folder->fd, part->note,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

	if (fd >= 0)
		(void)close(fd);
	if (n > 0 && strlen(text) == (size_t)n)
		understand(part, text);
}

static bool
write_note(const struct part_file *part)
{
	char text[NOTE_MOST];
	int len = snprintf(
		text, sizeof text, "%llu %s\n", part->total, part->validator);
	int fd = openat(part->folder->fd, part->note,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		MODE_FILE);
	bool is_written = fd >= 0 && file_write_all(fd, text, (size_t)len);

	if (fd >= 0 && close(fd) != 0)
		is_written = false;
	return is_written;
}

static void
drop_note(const struct part_file *part)
{
	(void)unlinkat(part->folder->fd, part->note, 0);
}

enum err
part_file_open(struct part_file *part, const struct folder *folder,
	const char *name, struct reason *reason)
{
	struct stat status;

	memset(part, 0, sizeof *part);
	part->folder = folder;
	(void)snprintf(part->name, sizeof part->name, ".%.*s%s", PART_FILE_NAME,
		name, PART_FILE_ENDING);
	(void)snprintf(part->note, sizeof part->note, ".%.*s%s", PART_FILE_NAME,
		name, PART_FILE_NOTE);
	part->fd = openat(folder->fd, part->name,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, MODE_FILE);
	if (part->fd < 0 || fstat(part->fd, &status) != 0 ||
		lseek(part->fd, 0, SEEK_END) < 0)
		return could_not(part, "write", reason);
	part->size = (unsigned long long)status.st_size;
	read_note(part);
	if (part->validator[0] == '\0')
		return part_file_begin(part, 0, NULL, reason);
	return ERR_OK;
}

enum err
part_file_begin(struct part_file *part, unsigned long long total,
	const char *validator, struct reason *reason)
{
	/* First the note: it must never stand beside what it is not of. */
	drop_note(part);
	part->size = 0;
	part->total = total;
	part->validator[0] = '\0';
	if (ftruncate(part->fd, 0) != 0 || lseek(part->fd, 0, SEEK_SET) != 0)
		return could_not(part, "write", reason);
	if (validator == NULL || !is_validator(validator))
		return ERR_OK;
	memcpy(part->validator, validator, strlen(validator) + 1);
	return write_note(part) ? ERR_OK : could_not(part, "write", reason);
}

enum err
part_file_add(struct part_file *part, const void *data, size_t len,
	struct reason *reason)
{
	if (!file_write_all(part->fd, data, len))
		return could_not(part, "write", reason);
	part->size += len;
	return ERR_OK;
}

size_t
part_file_head(const struct part_file *part, void *head, size_t len)
{
	ssize_t n = pread(part->fd, head, len, 0);

	return n > 0 ? (size_t)n : 0;
}

/* The digest of all of it, also of what came in another run. */
static enum err
sum_up(struct part_file *part, char sha256[DIGEST_SHA256_HEX],
	struct reason *reason)
{
	char chunk[64 * 1024];
	struct digest_sum *sum;
	ssize_t n = -1;

	if (digest_sum_new(&sum) != ERR_OK)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (lseek(part->fd, 0, SEEK_SET) == 0)
		while ((n = read(part->fd, chunk, sizeof chunk)) > 0)
			digest_sum_add(sum, chunk, (size_t)n);
	digest_sum_end(sum, sha256);
	digest_sum_free(sum);
	return n == 0 ? ERR_OK : could_not(part, "read", reason);
}

enum err
part_file_finish(struct part_file *part, const char *name,
	char sha256[DIGEST_SHA256_HEX], struct reason *reason)
{
	int folder = part->folder->fd;
	enum err err = sum_up(part, sha256, reason);

	if (err != ERR_OK)
		return err;
	if (fsync(part->fd) != 0 ||
		renameat(folder, part->name, folder, name) != 0)
		return could_not(part, "write", reason);
	drop_note(part);
	return fsync(folder) == 0 ? ERR_OK : could_not(part, "write", reason);
}

void
part_file_close(struct part_file *part, bool is_kept)
{
	if (part->fd < 0)
		return;
	(void)close(part->fd);
	part->fd = -1;
	if (is_kept && part->size > 0 && part->validator[0] != '\0')
		return;
	drop_note(part);
	(void)unlinkat(part->folder->fd, part->name, 0);
}

static bool
has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);

	return len > end && strcmp(name + len - end, ending) == 0;
}

bool
part_file_is_name(const char *name)
{
	return name[0] == '.' && (has_ending(name, PART_FILE_ENDING) ||
					 has_ending(name, PART_FILE_NOTE));
}
