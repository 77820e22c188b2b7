#include "config.h"

#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "utf8.h"

#define PARAMETERS_FIRST 64

void
form_init(struct form *form)
{
	memset(form, 0, sizeof *form);
}

void
form_free(struct form *form)
{
	free(form->parameters);
	form_init(form);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/*
 * Decodes len bytes in place, which never grow, and ends them with a NUL.
 * False for a "%" without two hexadecimal digits.
 */
static bool
decode(char *text, size_t len, size_t *decoded)
{
	size_t out = 0;

	for (size_t at = 0; at < len; at++) {
		char c = text[at];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			bool whole = len - at > 2;
			int high = whole ? hex_digit(text[at + 1]) : -1;
			int low = whole ? hex_digit(text[at + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			at += 2;
		}
		text[out++] = c;
	}
	text[out] = '\0';
	*decoded = out;
	return true;
}

static enum err
append(struct form *form, const struct parameter *parameter,
	struct reason *reason)
{
	struct parameter *grown;
	size_t size;

	if (form->n == LIMIT_PARAMETERS)
		return err_reason(reason, ERR_MALFORMED,
			"the form has more than %d parameters",
			LIMIT_PARAMETERS);
	if (form->n == form->size) {
		size = form->size > 0 ? form->size * 2 : PARAMETERS_FIRST;
		grown = realloc(form->parameters, size * sizeof *grown);
		if (grown == NULL)
			return err_reason(reason, ERR_MEMORY, "out of memory");
		form->parameters = grown;
		form->size = size;
	}
	form->parameters[form->n++] = *parameter;
	return ERR_OK;
}

/* One piece between two "&": name, or name=value. */
static enum err
parse_piece(struct form *form, char *piece, size_t len, struct reason *reason)
{
	char *equals = memchr(piece, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - piece) : len;
	struct parameter parameter = {.name = piece};

	/* The value first: ending the name writes over the "=". */
	if (equals != NULL) {
		parameter.value = equals + 1;
		if (!decode(equals + 1, len - name_len - 1,
			    &parameter.value_len))
			goto malformed;
	}
	if (!decode(piece, name_len, &parameter.name_len))
		goto malformed;
	if (equals == NULL)
		parameter.value = piece + parameter.name_len;
	return append(form, &parameter, reason);

malformed:
	return err_reason(reason, ERR_MALFORMED,
		"parameter %zu of the form has a \"%%\" that two hexadecimal "
		"digits do not follow",
		form->n + 1);
}

enum err
form_parse(struct form *form, char *text, size_t len, struct reason *reason)
{
	char *piece = text, *end = text + len;

	while (piece < end) {
		char *next = memchr(piece, '&', (size_t)(end - piece));
		size_t piece_len = (size_t)((next ? next : end) - piece);

		if (piece_len > 0) {
			enum err err =
				parse_piece(form, piece, piece_len, reason);

			if (err != ERR_OK)
				return err;
		}
		piece += piece_len + 1;
	}
	return ERR_OK;
}

const struct parameter *
form_find(const struct form *form, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < form->n; i++)
		if (form->parameters[i].name_len == len &&
			memcmp(form->parameters[i].name, name, len) == 0)
			return &form->parameters[i];
	return NULL;
}

const char *
form_value(const struct form *form, const char *name)
{
	const struct parameter *parameter = form_find(form, name);

	if (parameter == NULL || parameter->value_len == 0)
		return NULL;
	return parameter->value;
}

static int
compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (order != 0)
		return order;
	return (a_len > b_len) - (a_len < b_len);
}

static int
compare_parameters(const void *left, const void *right)
{
	const struct parameter *a = *(const struct parameter *const *)left;
	const struct parameter *b = *(const struct parameter *const *)right;
	int order = compare_bytes(a->name, a->name_len, b->name, b->name_len);

	if (order != 0)
		return order;
	return compare_bytes(a->value, a->value_len, b->value, b->value_len);
}

enum err
form_sort(const struct form *form, size_t n, const struct parameter ***sorted,
	size_t *count)
{
	const struct parameter **list;
	size_t kept = 0;

	*sorted = NULL;
	*count = 0;
	list = malloc((n > 0 ? n : 1) * sizeof *list);
	if (list == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		list[i] = &form->parameters[i];
	qsort(list, n, sizeof *list, compare_parameters);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 ||
			compare_parameters(&list[kept - 1], &list[i]) != 0)
			list[kept++] = list[i];
	*sorted = list;
	*count = kept;
	return ERR_OK;
}

/* Points *text at a cleaned copy in *texts, which has room for it. */
static enum err
clean_text(struct buf *texts, const char **text, size_t *len)
{
	size_t start = texts->len;
	enum err err = utf8_clean(texts, *text, *len);

	if (err == ERR_OK)
		err = buf_add(texts, "", 1);
	if (err != ERR_OK)
		return err;
	*text = texts->data + start;
	*len = texts->len - start - 1;
	return ERR_OK;
}

static bool
is_clean(const struct parameter *parameter)
{
	return utf8_is_clean(parameter->name, parameter->name_len) &&
	       utf8_is_clean(parameter->value, parameter->value_len);
}

/* What the cleaned texts of the unclean parameters may need. */
static size_t
room_to_clean(const struct form *form)
{
	size_t room = 0;

	for (size_t i = 0; i < form->n; i++) {
		const struct parameter *parameter = &form->parameters[i];

		if (!is_clean(parameter))
			room += 3 * (parameter->name_len +
					    parameter->value_len) +
				2;
	}
	return room;
}

enum err
form_clean(struct form *form, struct buf *texts, bool *changed)
{
	size_t room = room_to_clean(form);
	enum err err;

	*changed = room > 0;
	if (room == 0)
		return ERR_OK;
	err = buf_reserve(texts, room); /* at once: the texts must not move */
	for (size_t i = 0; err == ERR_OK && i < form->n; i++) {
		struct parameter *parameter = &form->parameters[i];

		if (is_clean(parameter))
			continue;
		err = clean_text(texts, &parameter->name, &parameter->name_len);
		if (err == ERR_OK)
			err = clean_text(texts, &parameter->value,
				&parameter->value_len);
	}
	return err;
}
