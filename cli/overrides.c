#include "config.h"

#include "overrides.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "url_parts.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What the value of a key is. */
enum shape {
	SHAPE_NUMBER, /* from least to most */
	SHAPE_POLICY, /* of the words below, with "," between them */
	SHAPE_EDGES,  /* names of Twilio's, likewise; there may be new ones */
	SHAPE_SWITCH, /* y or n */
};

/* key, shape, least, most, what to say */
static const struct key {
	const char *name;
	enum shape shape;
	unsigned long least, most;
	const char *wanted;
} keys[] = {
	{"ct",  SHAPE_NUMBER, 100, 10000, "a number from 100 to 10000" },
	{"rt",  SHAPE_NUMBER, 100, 15000, "a number from 100 to 15000" },
	{"tt",  SHAPE_NUMBER, 100, 15000, "a number from 100 to 15000" },
	{"rc",  SHAPE_NUMBER, 0,   5,     "a number from 0 to 5"       },
	{"rp",  SHAPE_POLICY, 0,   0,     "of 4xx, 5xx, ct, rt, or all"},
	{"e",   SHAPE_EDGES,  0,   0,     "an edge, such as dublin"    },
	{"sni", SHAPE_SWITCH, 0,   0,     "y or n"                     },
};

static const char *const policies[] = {"4xx", "5xx", "ct", "rt", "all"};

static bool
is_text(struct url_piece piece, const char *text)
{
	return url_piece_equal(piece, url_piece_of(text));
}

static bool
is_number(struct url_piece value, unsigned long least, unsigned long most)
{
	unsigned long number = 0;

	if (value.len == 0 || value.len > 5)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (!isdigit((unsigned char)value.text[i]))
			return false;
		number = number * 10 + (unsigned long)(value.text[i] - '0');
	}
	return number >= least && number <= most;
}

static bool
is_policy(struct url_piece word)
{
	for (size_t i = 0; i < N_OF(policies); i++)
		if (is_text(word, policies[i]))
			return true;
	return false;
}

static bool
is_edge(struct url_piece word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!islower((unsigned char)word.text[i]) &&
			word.text[i] != '-')
			return false;
	return word.len > 0;
}

/* What stands before the next of these bytes, which is taken away with it. */
static struct url_piece
cut(struct url_piece *rest, char end)
{
	const char *at = memchr(rest->text, end, rest->len);
	struct url_piece piece = *rest;

	if (at != NULL)
		piece.len = (size_t)(at - rest->text);
	rest->text += piece.len + (at != NULL);
	rest->len -= piece.len + (at != NULL);
	return piece;
}

static bool
is_list(struct url_piece value, bool (*is_word)(struct url_piece word))
{
	if (value.len == 0 || value.text[value.len - 1] == ',')
		return false;
	while (value.len > 0)
		if (!is_word(cut(&value, ',')))
			return false;
	return true;
}

static bool
fits(const struct key *key, struct url_piece value)
{
	switch (key->shape) {
	case SHAPE_NUMBER:
		return is_number(value, key->least, key->most);
	case SHAPE_POLICY:
		return is_list(value, is_policy);
	case SHAPE_EDGES:
		return is_list(value, is_edge);
	case SHAPE_SWITCH:
		return is_text(value, "y") || is_text(value, "n");
	}
	return false;
}

static enum err
check_pair(struct url_piece pair, struct reason *reason)
{
	struct url_piece value = pair;
	struct url_piece name = cut(&value, '=');

	for (size_t i = 0; i < N_OF(keys); i++)
		if (is_text(name, keys[i].name))
			return fits(&keys[i], value)
				       ? ERR_OK
				       : err_reason(reason, ERR_MALFORMED,
						 "connection override \"%s\" "
						 "must be %s",
						 keys[i].name, keys[i].wanted);
	return err_reason(reason, ERR_MALFORMED,
		"there is no connection override \"%.*s\"",
		(int)(name.len < 40 ? name.len : 40), name.text);
}

enum err
overrides_check(const char *overrides, struct reason *reason)
{
	struct url_piece rest = url_piece_of(overrides);
	enum err err = ERR_OK;

	do
		err = check_pair(cut(&rest, '&'), reason);
	while (err == ERR_OK && rest.len > 0);
	return err;
}

/* The value of a key; without length if it is not there. */
static struct url_piece
find(const char *overrides, const char *name)
{
	struct url_piece rest = url_piece_of(overrides);

	while (rest.len > 0) {
		struct url_piece value = cut(&rest, '&');
		struct url_piece key = cut(&value, '=');

		if (is_text(key, name))
			return value;
	}
	return rest;
}

bool
overrides_repeat(const char *overrides)
{
	struct url_piece count, policy;

	if (overrides[0] == '#')
		overrides++;
	count = find(overrides, "rc");
	policy = find(overrides, "rp");
	if (count.len == 1 && count.text[0] == '0')
		return false;
	while (policy.len > 0) {
		struct url_piece word = cut(&policy, ',');

		if (is_text(word, "5xx") || is_text(word, "all"))
			return true;
	}
	return false;
}
