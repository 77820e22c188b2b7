#ifndef HOOKSWITCH_UTF8_H
#define HOOKSWITCH_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * UTF-8 as PostgreSQL and XML take it (Unicode 15, table 3-7: no overlong
 * forms, no surrogates, nothing above U+10FFFF).
 */

/*
 * The length in bytes (1 to 4) of the well-formed character at the start of
 * the len bytes at text; 0 if there is none, or if len is 0.
 */
size_t utf8_char(const char *text, size_t len);

/* Whether PostgreSQL text can hold these bytes: UTF-8 without NUL. */
bool utf8_is_clean(const char *text, size_t len);

/*
 * Appends the bytes to *out with each NUL, and each byte that belongs to no
 * well-formed character, replaced by U+FFFD.  At most three times as long.
 */
enum err utf8_clean(struct buf *out, const char *text, size_t len) NODISCARD;

#endif
