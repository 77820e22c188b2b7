#ifndef HOOKSWITCH_GUARD_H
#define HOOKSWITCH_GUARD_H

#include <stddef.h>

/*
 * Inputs that end where memory ends.
 *
 * A copy stands right before a page that may not be touched, so that reading
 * or writing one byte too many kills the test at once, with no sanitizer.
 * Without memory for it the test aborts.  Every guard ends with guard_free.
 */
struct guard {
	char *data; /* the copy */
	size_t len; /* its bytes, what was spared for writing not counted */
	void *map;
	size_t map_size;
};

/*
 * What the spare bytes of guard_buffer hold at first: no NUL by chance, and
 * a digit that must not be taken for a part of the text.
 */
#define GUARD_FILL '4'

/* A copy of len bytes for reading only: writing to it faults as well. */
const char *guard_bytes(struct guard *guard, const void *data, size_t len);

/* Likewise a string; its NUL is the last byte.  NULL gives NULL. */
const char *guard_text(struct guard *guard, const char *text);

/*
 * A copy of len bytes that may be written, and spare bytes after it.  The
 * byte after those faults.
 */
char *guard_buffer(
	struct guard *guard, const void *data, size_t len, size_t spare);

/* Gives the memory back; the guard is then empty, and may be freed again. */
void guard_free(struct guard *guard);

#endif
