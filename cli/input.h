#ifndef HOOKSWITCH_INPUT_H
#define HOOKSWITCH_INPUT_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * What a person hands to a command: files, and NAME=VALUE arguments.
 */

/*
 * Reads a file, or standard input for "-", up to the buffer's ceiling.
 * ERR_IO if it cannot be read, ERR_TOO_LARGE over the ceiling.
 */
enum err input_read(
	struct buf *out, const char *path, struct reason *reason) NODISCARD;

/* As input_read, for a form's body: newlines at its end are no part of it. */
enum err input_read_form(
	struct buf *out, const char *path, struct reason *reason) NODISCARD;

/* The first of n words that is not "NAME=VALUE"; NULL if all are. */
const char *input_find_bad(char *const *words, size_t n);

/*
 * Appends n words "NAME=VALUE", which stay as they are, to a form's body.
 * ERR_TOO_LARGE over the buffer's ceiling.
 */
enum err input_add_words(struct buf *out, char *const *words, size_t n,
	struct reason *reason) NODISCARD;

#endif
