#ifndef HOOKSWITCH_FORM_H
#define HOOKSWITCH_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * The parameters of a request: application/x-www-form-urlencoded bodies and
 * query strings.
 *
 * Twilio's signature covers every parameter, so the parser is faithful or
 * refuses: "&" separates (";" does not), "+" is a blank, "%XX" is a byte and
 * any other "%" makes the whole form ERR_MALFORMED.  Order, repeated names,
 * empty values and names without "=" are kept; nothing is trimmed.  An empty
 * piece between two "&" is no parameter.
 */

struct parameter {
	const char *name; /* decoded, followed by a NUL; may hold NUL bytes */
	size_t name_len;
	const char *value; /* likewise; "" for a name without "=" */
	size_t value_len;
};

struct form {
	struct parameter *parameters; /* in order of arrival */
	size_t n;
	size_t size; /* allocated */
};

/* Makes *form empty.  The caller ends with form_free. */
void form_init(struct form *form);

/* Frees the list; the texts belong to whoever gave them. */
void form_free(struct form *form);

/*
 * Decodes the len bytes at text in place and appends their parameters.
 * text[len] must be a byte that may be written.  The parameters point into
 * text, which must stay until form_free.  ERR_MALFORMED for a stray "%" or
 * more than LIMIT_PARAMETERS in the form; its texts are then undefined.
 */
enum err form_parse(struct form *form, char *text, size_t len,
	struct reason *reason) NODISCARD;

/* The first parameter of that name, NULL if there is none. */
const struct parameter *form_find(const struct form *form, const char *name);

/* The first value of that name; NULL if there is none or it is empty. */
const char *form_value(const struct form *form, const char *name);

/*
 * The first n parameters sorted by name, then by value, both bytewise, each
 * name-value pair once: the order that Twilio signs.  *sorted gets an array
 * of *count pointers into the form, which the caller frees; NULL on error.
 */
enum err form_sort(const struct form *form, size_t n,
	const struct parameter ***sorted, size_t *count) NODISCARD;

/*
 * Replaces what PostgreSQL cannot hold (NUL, invalid UTF-8) in every name
 * and value by U+FFFD.  The new texts are kept in *texts, whose ceiling must
 * be three times the bytes in the form plus two per parameter, and which
 * must stay until form_free.  *changed says whether there was any.
 */
enum err form_clean(
	struct form *form, struct buf *texts, bool *changed) NODISCARD;

#endif
