#ifndef HOOKSWITCH_PART_FILE_H
#define HOOKSWITCH_PART_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "digest.h"
#include "err.h"
#include "folder.h"
#include "http.h"

/*
 * A file that has not come whole, in a folder, until it has.
 *
 * Beside it a note says of what it is a part: how long that is, and its
 * validator (RFC 9110, 8.8), by which the server knows it again.  Without the
 * note there is nothing to go on with.
 */

/* What a file's name may have, and what is put behind it. */
#define PART_FILE_NAME 128
#define PART_FILE_ENDING ".part"
#define PART_FILE_NOTE ".part.of"

struct part_file {
	const struct folder *folder; /* borrowed */
	char name[1 + PART_FILE_NAME + sizeof PART_FILE_NOTE];
	char note[1 + PART_FILE_NAME + sizeof PART_FILE_NOTE];
	int fd;
	unsigned long long size;        /* of what has come */
	unsigned long long total;       /* of all of it; 0: not told */
	char validator[HTTP_VALIDATOR]; /* "" if it has none */
};

/*
 * Opens the part of that name, and makes an empty one where there is none, or
 * none that could be gone on with.  In every case the caller ends with
 * part_file_close.
 *
 * Errors of this and what follows: ERR_IO, naming the file, if the folder
 * cannot take it; part->size is how much of it is there all the same.
 */
enum err part_file_open(struct part_file *part, const struct folder *folder,
	const char *name, struct reason *reason) NODISCARD;

/* Throws away what has come, and notes what comes next; NULL: no validator. */
enum err part_file_begin(struct part_file *part, unsigned long long total,
	const char *validator, struct reason *reason) NODISCARD;

/* Appends what has come. */
enum err part_file_add(struct part_file *part, const void *data, size_t len,
	struct reason *reason) NODISCARD;

/* The first bytes of it, at most len; how many there are. */
size_t part_file_head(const struct part_file *part, void *head, size_t len);

/*
 * It is whole: gives it that name when all of it is on disk, in the place of
 * what had the name before, and its digest.
 */
enum err part_file_finish(struct part_file *part, const char *name,
	char sha256[DIGEST_SHA256_HEX], struct reason *reason) NODISCARD;

/*
 * Leaves what can be gone on with, if is_kept, and nothing else.  A second
 * time does nothing.
 */
void part_file_close(struct part_file *part, bool is_kept);

/* Whether a file of that name is one of these, or a note. */
bool part_file_is_name(const char *name);

#endif
