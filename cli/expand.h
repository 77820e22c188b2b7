#ifndef HOOKSWITCH_EXPAND_H
#define HOOKSWITCH_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * Texts with variables in them: "{name}", a small letter and then small
 * letters, digits, "-" and "+".  Any other "{" is a character like others,
 * so that JSON can be written as it is.
 */

#define EXPAND_NAME_SIZE 64

/* Where the values come from. */
struct expand_source {
	/* Appends a value; ERR_MALFORMED if there is no such variable. */
	enum err (*value)(
		const void *context, const char *name, struct buf *out);
	const void *context;
};

/*
 * Appends text with its variables replaced.  ERR_MALFORMED, naming it, for
 * one that there is not; ERR_TOO_LARGE over the buffer's ceiling.
 */
enum err expand(struct buf *out, const char *text,
	const struct expand_source *source, struct reason *reason) NODISCARD;

/* Whether a whole word could be a variable's name. */
bool expand_is_name(const char *word, size_t len);

#endif
