#include "config.h"

#include "url_rewrite.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Every byte that the function gives, "" being none. */
static enum err
map(struct buf *out, struct url_piece part, int (*change)(int c))
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < part.len && err == ERR_OK; i++) {
		char c = (char)change((unsigned char)part.text[i]);

		err = buf_add(out, &c, 1);
	}
	return err;
}

enum err
url_small_letters(struct buf *out, struct url_piece part)
{
	return map(out, part, tolower);
}

enum err
url_toggle_www(struct buf *out, struct url_piece host)
{
	bool has = host.len > 4 && strncasecmp(host.text, "www.", 4) == 0;
	enum err err = has ? ERR_OK : buf_add_text(out, "www.");

	return err == ERR_OK ? buf_add(out, host.text + (has ? 4 : 0),
				       host.len - (has ? 4 : 0))
			     : err;
}

enum err
url_toggle_dot(struct buf *out, struct url_piece host)
{
	bool has = host.len > 0 && host.text[host.len - 1] == '.';

	if (has)
		return buf_add(out, host.text, host.len - 1);
	return buf_add(out, host.text, host.len) == ERR_OK
		       ? buf_add(out, ".", 1)
		       : ERR_TOO_LARGE;
}

enum err
url_toggle_slash(struct buf *out, struct url_piece path)
{
	bool has = path.len > 0 && path.text[path.len - 1] == '/';
	enum err err = buf_add(out, path.text, path.len - (has ? 1 : 0));

	return err == ERR_OK && !has ? buf_add(out, "/", 1) : err;
}

enum err
url_single_slashes(struct buf *out, struct url_piece path)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < path.len && err == ERR_OK; i++)
		if (i == 0 || path.text[i] != '/' || path.text[i - 1] != '/')
			err = buf_add(out, path.text + i, 1);
	return err;
}

enum err
url_double_slash(struct buf *out, struct url_piece path)
{
	enum err err = buf_add(out, "/", 1);

	return err == ERR_OK ? buf_add(out, path.text, path.len) : err;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found =
		c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found != NULL ? (int)(found - digits) : -1;
}

/* The byte of an escape at the start of len bytes; -1 if there is none. */
static int
escaped(const char *text, size_t len)
{
	if (len < 3 || text[0] != '%' || hex_digit(text[1]) < 0 ||
		hex_digit(text[2]) < 0)
		return -1;
	return hex_digit(text[1]) * 16 + hex_digit(text[2]);
}

/* Escapes become their bytes, but for those that would cut the URL. */
enum err
url_decoded(struct buf *out, struct url_piece part)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < part.len && err == ERR_OK; i++) {
		int byte = escaped(part.text + i, part.len - i);
		char c = (char)byte;

		if (byte < 0 || strchr("&=#+%?", byte) != NULL) {
			err = buf_add(out, part.text + i, 1);
			continue;
		}
		err = buf_add(out, &c, 1);
		i += 2;
	}
	return err;
}

/* Bytes of these become escapes; all that are no ASCII do. */
static enum err
escape(struct buf *out, struct url_piece part, const char *which)
{
	static const char digits[] = "0123456789ABCDEF";
	enum err err = ERR_OK;

	for (size_t i = 0; i < part.len && err == ERR_OK; i++) {
		unsigned char byte = (unsigned char)part.text[i];
		char text[3] = {'%', digits[byte >> 4], digits[byte & 15]};

		if (byte > 126 || byte <= ' ' || strchr(which, byte) != NULL)
			err = buf_add(out, text, sizeof text);
		else
			err = buf_add(out, part.text + i, 1);
	}
	return err;
}

enum err
url_escaped_blanks(struct buf *out, struct url_piece part)
{
	return escape(out, part, "\"<>");
}

/* As encodeURIComponent does with names and values. */
enum err
url_escaped_all(struct buf *out, struct url_piece query)
{
	size_t mark = query.len > 0 && query.text[0] == '?';
	enum err err = buf_add(out, query.text, mark);

	if (err != ERR_OK)
		return err;
	query.text += mark;
	query.len -= mark;
	return escape(out, query, "\"<>:/?@,;$[]'()*!{}|\\^`");
}

/* The name of an endpoint, "/x/NAME.fcgi" and "/x/NAME" having one. */
static struct url_piece
endpoint_of(struct url_piece path)
{
	const char *slash = memrchr(path.text, '/', path.len);
	struct url_piece name = path;

	if (slash != NULL) {
		name.text = slash + 1;
		name.len = path.len - (size_t)(name.text - path.text);
	}
	if (name.len > 5 && memcmp(name.text + name.len - 5, ".fcgi", 5) == 0)
		name.len -= 5;
	return name;
}

static enum err
written_as(struct buf *out, struct url_piece path, const char *before,
	const char *after)
{
	struct url_piece name = endpoint_of(path);
	enum err err = buf_add_text(out, before);

	if (name.len == 0)
		return ERR_MALFORMED;
	if (err == ERR_OK)
		err = buf_add(out, name.text, name.len);
	return err == ERR_OK ? buf_add_text(out, after) : err;
}

enum err
url_as_webhook(struct buf *out, struct url_piece path)
{
	return written_as(out, path, "/api/webhooks/", "");
}

enum err
url_as_program(struct buf *out, struct url_piece path)
{
	return written_as(out, path, "/hookswitch/", ".fcgi");
}

enum err
url_as_cgi(struct buf *out, struct url_piece path)
{
	return written_as(out, path, "/cgi-bin/", ".fcgi");
}

/* Every occurrence of one text becomes another. */
static enum err
replaced(struct buf *out, struct url_piece part, const char *from,
	const char *to)
{
	size_t len = strlen(from), i = 0;
	bool any = false;
	enum err err = ERR_OK;

	while (i < part.len && err == ERR_OK) {
		if (part.len - i >= len &&
			strncasecmp(part.text + i, from, len) == 0) {
			err = buf_add_text(out, to);
			i += len;
			any = true;
		} else {
			err = buf_add(out, part.text + i++, 1);
		}
	}
	return err == ERR_OK && !any ? ERR_MALFORMED : err;
}

enum err
url_blank_as_escape(struct buf *out, struct url_piece query)
{
	return replaced(out, query, "+", "%20");
}

enum err
url_blank_as_plus(struct buf *out, struct url_piece query)
{
	return replaced(out, query, "%20", "+");
}

enum err
url_quote_raw(struct buf *out, struct url_piece query)
{
	return replaced(out, query, "%27", "'");
}

enum err
url_quote_escaped(struct buf *out, struct url_piece query)
{
	return replaced(out, query, "'", "%27");
}

enum err
url_entities(struct buf *out, struct url_piece query)
{
	return replaced(out, query, "&", "&amp;");
}

enum err
url_no_entities(struct buf *out, struct url_piece query)
{
	return replaced(out, query, "&amp;", "&");
}

/* The digits of escapes in letters of one kind. */
static enum err
hex_letters(struct buf *out, struct url_piece query, int (*change)(int c))
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < query.len && err == ERR_OK; i++) {
		bool is_digit = (i >= 1 && escaped(query.text + i - 1,
						   query.len - i + 1) >= 0) ||
				(i >= 2 && escaped(query.text + i - 2,
						   query.len - i + 2) >= 0);
		int c = (unsigned char)query.text[i];
		char changed = (char)(is_digit ? change(c) : c);

		err = buf_add(out, &changed, 1);
	}
	return err;
}

enum err
url_small_hex(struct buf *out, struct url_piece query)
{
	return hex_letters(out, query, tolower);
}

enum err
url_capital_hex(struct buf *out, struct url_piece query)
{
	return hex_letters(out, query, toupper);
}

/* The pieces between "&" of a query without its "?". */
#define PAIRS_MOST 24

struct pairs {
	struct url_piece list[PAIRS_MOST];
	size_t n;
};

static bool
split_pairs(struct pairs *pairs, struct url_piece query)
{
	const char *text = query.text, *end = query.text + query.len;

	pairs->n = 0;
	if (query.len < 2)
		return false;
	for (text++; text <= end; text++) {
		const char *mark = memchr(text, '&', (size_t)(end - text));
		const char *to = mark != NULL ? mark : end;

		if (pairs->n == PAIRS_MOST)
			return false;
		pairs->list[pairs->n++] =
			(struct url_piece){text, (size_t)(to - text)};
		text = to;
	}
	return true;
}

/* All pairs but that one. */
static enum err
join_pairs(struct buf *out, const struct pairs *pairs, size_t without)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < pairs->n && err == ERR_OK; i++) {
		if (i == without)
			continue;
		err = buf_add(out, out->len == 0 ? "?" : "&", 1);
		if (err == ERR_OK)
			err = buf_add(
				out, pairs->list[i].text, pairs->list[i].len);
	}
	return err;
}

static int
compare_pairs(const void *left, const void *right)
{
	const struct url_piece *a = left, *b = right;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->text, b->text, len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

enum err
url_sorted(struct buf *out, struct url_piece query)
{
	struct pairs pairs;

	if (!split_pairs(&pairs, query))
		return ERR_MALFORMED;
	qsort(pairs.list, pairs.n, sizeof *pairs.list, compare_pairs);
	return join_pairs(out, &pairs, pairs.n);
}

/* "?a&b" with "=" behind each name that has none, or without. */
enum err
url_toggle_equals(struct buf *out, struct url_piece query)
{
	struct pairs pairs;
	enum err err = ERR_OK;

	if (!split_pairs(&pairs, query))
		return ERR_MALFORMED;
	for (size_t i = 0; i < pairs.n && err == ERR_OK; i++) {
		struct url_piece pair = pairs.list[i];
		bool is_bare = memchr(pair.text, '=', pair.len) == NULL;

		if (pair.len > 0 && pair.text[pair.len - 1] == '=')
			pair.len--;
		err = buf_add(out, i == 0 ? "?" : "&", 1);
		if (err == ERR_OK)
			err = buf_add(out, pair.text, pair.len);
		if (err == ERR_OK && is_bare)
			err = buf_add(out, "=", 1);
	}
	return err;
}

enum err
url_without_pair(struct buf *out, struct url_piece query, size_t i)
{
	struct pairs pairs;

	if (!split_pairs(&pairs, query) || i >= pairs.n)
		return ERR_MALFORMED;
	return join_pairs(out, &pairs, i);
}

size_t
url_count_pairs(struct url_piece query)
{
	struct pairs pairs;

	return split_pairs(&pairs, query) ? pairs.n : 0;
}
