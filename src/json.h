#ifndef HOOKSWITCH_JSON_H
#define HOOKSWITCH_JSON_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "form.h"

/*
 * JSON; the one module that uses jansson.
 */

/*
 * Appends the parameters as one object, in order of first arrival: a string
 * each, or an array of strings for a name that is repeated.  The form must
 * be clean (form_clean), since jsonb takes neither NUL nor invalid UTF-8.
 */
enum err json_from_form(struct buf *out, const struct form *form) NODISCARD;

/* A text of an object; "a/b" is the member b of the object a. */
struct json_text {
	const char *name;
	const char *text; /* UTF-8 */
};

/* Appends n texts as one object, in their order. */
enum err json_from_texts(
	struct buf *out, const struct json_text *texts, size_t n) NODISCARD;

/*
 * Appends len bytes as one string with its quotes; NUL and what is no UTF-8
 * as U+FFFD.
 */
enum err json_add_string(
	struct buf *out, const char *text, size_t len) NODISCARD;

#endif
