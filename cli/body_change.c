#include "config.h"

#include "body_change.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "form.h"
#include "utf8.h"

static enum err
same(struct buf *out, const char *text, size_t len)
{
	return buf_add(out, text, len);
}

/* "+" before digits, as telephone numbers have it at their beginning. */
static enum err
plus_again(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++) {
		bool is_plus = text[i] == ' ' && i + 1 < len &&
			       isdigit((unsigned char)text[i + 1]) &&
			       (i == 0 || text[i - 1] == ':');

		err = buf_add(out, is_plus ? "+" : text + i, 1);
	}
	return err;
}

static enum err
all_plus_again(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++)
		err = buf_add(out, text[i] == ' ' ? "+" : text + i, 1);
	return err;
}

static enum err
null_to_empty(struct buf *out, const char *text, size_t len)
{
	static const char *const nothing[] = {
		"null", "undefined", "None", "nil", "NULL"};

	for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
		if (strlen(nothing[i]) == len &&
			memcmp(nothing[i], text, len) == 0)
			return ERR_OK;
	return buf_add(out, text, len);
}

static enum err
trimmed(struct buf *out, const char *text, size_t len)
{
	while (len > 0 && isspace((unsigned char)text[0])) {
		text++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	return buf_add(out, text, len);
}

static enum err
line_feeds(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++)
		if (text[i] != '\r' || i + 1 == len || text[i + 1] != '\n')
			err = buf_add(out, text + i, 1);
	return err;
}

static enum err
carriage_returns(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			err = buf_add(out, "\r", 1);
		if (err == ERR_OK)
			err = buf_add(out, text + i, 1);
	}
	return err;
}

/* Bytes of Latin-1 as UTF-8. */
static enum err
from_latin1(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++) {
		unsigned char byte = (unsigned char)text[i];
		char two[2] = {(char)(0xC0 | (byte >> 6)),
			(char)(0x80 | (byte & 0x3F))};

		err = byte < 0x80 ? buf_add(out, text + i, 1)
				  : buf_add(out, two, 2);
	}
	return err;
}

/* The reverse, as far as all characters are in Latin-1. */
static enum err
to_latin1(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++) {
		size_t n = utf8_char(text + i, len - i);
		unsigned char first = (unsigned char)text[i];
		char byte = text[i];

		if (n == 2 && first <= 0xC3) {
			byte = (char)((first << 6) |
				      ((unsigned char)text[i + 1] & 0x3F));
			i++;
		} else if (n != 1) {
			return ERR_MALFORMED;
		}
		err = buf_add(out, &byte, 1);
	}
	return err;
}

static enum err
without_entities(struct buf *out, const char *text, size_t len)
{
	static const struct {
		const char *text, *means;
	} entities[] = {
		{"&amp;",  "&" },
		{"&lt;",   "<" },
		{"&gt;",   ">" },
		{"&quot;", "\""},
		{"&#34;",  "\""},
		{"&#39;",  "'" },
		{"&#039;", "'" },
		{"&#x27;", "'" },
		{"&apos;", "'" },
	};
	size_t i = 0;
	enum err err = ERR_OK;

	while (i < len && err == ERR_OK) {
		const char *means = NULL;
		size_t taken = 1;

		for (size_t j = 0; j < sizeof entities / sizeof *entities; j++)
			if (strncmp(text + i, entities[j].text,
				    strlen(entities[j].text)) == 0) {
				means = entities[j].means;
				taken = strlen(entities[j].text);
				break;
			}
		err = buf_add(out, means != NULL ? means : text + i, 1);
		i += taken;
	}
	return err;
}

static enum err
without_backslashes(struct buf *out, const char *text, size_t len)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < len && err == ERR_OK; i++) {
		if (text[i] == '\\' && i + 1 < len &&
			strchr("'\"\\", text[i + 1]) != NULL)
			i++;
		err = buf_add(out, text + i, 1);
	}
	return err;
}

/* As a form's body is decoded. */
static enum err
decoded_again(struct buf *out, const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	struct form form;
	enum err err;

	if (copy == NULL)
		return ERR_MEMORY;
	memcpy(copy, text, len);
	for (size_t i = 0; i < len; i++)
		if (strchr("&=", copy[i]) != NULL) {
			free(copy);
			return ERR_MALFORMED;
		}
	form_init(&form);
	err = form_parse(&form, copy, len, NULL);
	if (err == ERR_OK && form.n == 1)
		err = buf_add(out, form.parameters[0].name,
			form.parameters[0].name_len);
	form_free(&form);
	free(copy);
	return err;
}

static enum err
without_brackets(struct buf *out, const char *text, size_t len)
{
	bool has = len > 2 && memcmp(text + len - 2, "[]", 2) == 0;

	return buf_add(out, text, has ? len - 2 : len);
}

const struct body_change body_as_it_came = {same, same, FINDING_NONE, 0};

const struct body_change body_changes[] = {
	{same,             plus_again,          FINDING_BODY_PLUS,          1},
	{same,             null_to_empty,       FINDING_BODY_NULL,          1},
	{same,             line_feeds,          FINDING_BODY_NEWLINES,      1},
	{same,             carriage_returns,    FINDING_BODY_NEWLINES,      1},
	{from_latin1,      from_latin1,         FINDING_BODY_CHARSET,       1},
	{to_latin1,        to_latin1,           FINDING_BODY_CHARSET_TWICE, 1},
	{same,             without_entities,    FINDING_BODY_ENTITIES,      1},
	{same,             without_backslashes, FINDING_BODY_BACKSLASHES,   1},
	{decoded_again,    decoded_again,       FINDING_BODY_ENCODED_TWICE, 1},
	{without_brackets, same,                FINDING_BODY_BRACKETS,      1},
	{same,             all_plus_again,      FINDING_BODY_PLUS,          2},
	{same,             trimmed,             FINDING_BODY_TRIMMED,       2},
	{NULL,             NULL,                FINDING_NONE,               0},
};
