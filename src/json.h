#ifndef HOOKSWITCH_JSON_H
#define HOOKSWITCH_JSON_H

#include <stdbool.h>
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

/* A value of a document that was read; stays until json_free. */
struct json;

/*
 * Reads a document of len bytes; *out is ended with json_free, and is NULL on
 * error.  ERR_MALFORMED, with the line, for what is no JSON; ERR_MEMORY.
 */
enum err json_read(struct json **out, const char *text, size_t len,
	struct reason *reason) NODISCARD;

/* Frees a whole document, not a part of one.  NULL is allowed. */
void json_free(struct json *document);

/*
 * Makes a document of a part of one; *out is ended with json_free, and is NULL
 * for NULL and on error.  ERR_MEMORY.
 */
enum err json_keep(struct json **out, const struct json *value) NODISCARD;

/*
 * The following take a value that is NULL, or of another kind, as one that
 * has nothing, so that a document can be anything.
 */

/* A member of an object; "a/b" is the member b of its member a. */
const struct json *json_member(const struct json *value, const char *name);

/* How many values an array has. */
size_t json_size(const struct json *value);

/* The value at an index of an array. */
const struct json *json_item(const struct json *value, size_t index);

/* Whether it is an array. */
bool json_is_list(const struct json *value);

/* Whether it is true; whether it is false.  What is not there is neither. */
bool json_is_yes(const struct json *value);
bool json_is_no(const struct json *value);

/* The text of a string, up to a NUL; NULL for any other value. */
const char *json_text(const struct json *value);

/* json_text of a member; "" for one that is no string. */
const char *json_member_text(const struct json *value, const char *name);

/*
 * A whole number, or a string that is one (Twilio writes both); false if it
 * is neither.
 */
bool json_number(const struct json *value, long long *number);

/* Appends a value as it would stand in a document. */
enum err json_add(struct buf *out, const struct json *value) NODISCARD;

#endif
