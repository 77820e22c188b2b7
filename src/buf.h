#ifndef HOOKSWITCH_BUF_H
#define HOOKSWITCH_BUF_H

#include <stddef.h>

#include "err.h"

/*
 * A growable byte buffer that cannot outgrow the ceiling it was given.
 *
 * Its bytes are always followed by one NUL that does not count, so that data
 * can be used as a string.  The caller places the struct and calls buf_init
 * first and buf_free last.  A failed call leaves the buffer as it was.
 */
struct buf {
	char *data;  /* NULL until something was added */
	size_t len;  /* bytes in use */
	size_t size; /* bytes allocated, the NUL included */
	size_t max;  /* ceiling on len */
};

/*
 * Makes *buf empty, with a ceiling of max bytes, which is below SIZE_MAX / 2.
 * Allocates nothing.
 */
void buf_init(struct buf *buf, size_t max);

/* Wipes and frees what *buf holds; it is then as after buf_init. */
void buf_free(struct buf *buf);

/* Forgets the contents and keeps the memory for the next use. */
void buf_clear(struct buf *buf);

/*
 * Makes room for len more bytes, so that adding them moves nothing.
 * ERR_TOO_LARGE over the ceiling, ERR_MEMORY without memory.
 */
enum err buf_reserve(struct buf *buf, size_t len) NODISCARD;

/* Appends len bytes.  Errors as buf_reserve. */
enum err buf_add(struct buf *buf, const void *data, size_t len) NODISCARD;

/* Appends a string without its NUL.  Errors as buf_reserve. */
enum err buf_add_text(struct buf *buf, const char *text) NODISCARD;

/* Appends a number in decimal.  Errors as buf_reserve. */
enum err buf_add_number(struct buf *buf, size_t number) NODISCARD;

/* The contents as a string, "" when empty; valid until the next change. */
const char *buf_text(const struct buf *buf);

#endif
