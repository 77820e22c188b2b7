#include "config.h"

#include "url_variant.h"

#include <string.h>
#include <strings.h>

#include "buf.h"
#include "limit.h"
#include "url_rewrite.h"

/* A percent escape grows a byte to three. */
#define LIMIT_TEXT (3 * (LIMIT_TARGET + LIMIT_ORIGIN))

static void
add(struct candidates *list, struct url_piece piece, enum finding finding,
	unsigned cost)
{
	candidates_add(list, piece.text, piece.len, finding, cost, NULL);
}

static void
add_text(struct candidates *list, const char *text, enum finding finding,
	unsigned cost)
{
	add(list, url_piece_of(text), finding, cost);
}

static bool
ends_with(struct url_piece text, struct url_piece end)
{
	return text.len >= end.len &&
	       memcmp(text.text + text.len - end.len, end.text, end.len) == 0;
}

static bool
starts_with(struct url_piece text, struct url_piece start)
{
	return text.len >= start.len &&
	       memcmp(text.text, start.text, start.len) == 0;
}

static bool
is_text(struct url_piece piece, const char *text)
{
	return strlen(text) == piece.len &&
	       strncasecmp(piece.text, text, piece.len) == 0;
}

/* A way to write a part anew; ERR_MALFORMED: it does not apply. */
struct rewrite {
	enum err (*write)(struct buf *out, struct url_piece part);
	enum finding finding;
	unsigned cost;
};

/* Adds what each way makes of a part. */
static void
add_rewrites(struct candidates *list, struct url_piece part,
	const struct rewrite *rewrites, size_t n)
{
	struct buf out;

	buf_init(&out, LIMIT_TEXT);
	for (size_t i = 0; i < n; i++) {
		enum err err;

		buf_clear(&out);
		err = rewrites[i].write(&out, part);
		if (err == ERR_OK)
			candidates_add(list, buf_text(&out), out.len,
				rewrites[i].finding, rewrites[i].cost, NULL);
		else if (err == ERR_MEMORY)
			list->err = err;
	}
	buf_free(&out);
}

/* Scheme */

static void
fill_scheme(struct candidates *list, struct url_piece seen)
{
	add(list, seen, FINDING_NONE, 0);
	add_text(list, "https", FINDING_SCHEME_HTTPS, 1);
	add_text(list, "http", FINDING_SCHEME_HTTP, 1);
	add_text(list, "wss", FINDING_WEBSOCKET, 1);
	add_text(list, "ws", FINDING_WEBSOCKET, 2);
}

static void
fill_user(struct candidates *list, struct url_piece seen,
	const struct url_hints *hints)
{
	add(list, seen, FINDING_NONE, 0);
	add_text(list, "", FINDING_USER_REMOVED, 1);
	for (size_t i = 0; i < hints->n; i++)
		add(list, hints->urls[i].part[URL_USER], FINDING_USER_KEPT, 1);
}

/* Host */

static void
fill_host(struct candidates *list, struct url_piece seen,
	const struct url_hints *hints)
{
	static const struct rewrite rewrites[] = {
		{url_toggle_www,    FINDING_HOST_WWW,  1},
		{url_small_letters, FINDING_HOST_CASE, 1},
		{url_toggle_dot,    FINDING_HOST_DOT,  2},
	};

	add(list, seen, FINDING_NONE, 0);
	add_rewrites(list, seen, rewrites, 3);
	for (size_t i = 0; i < hints->n; i++) {
		struct url_piece host = hints->urls[i].part[URL_HOST];
		bool same = host.len == seen.len &&
			    strncasecmp(host.text, seen.text, host.len) == 0;

		add(list, host, same ? FINDING_HOST_CASE : FINDING_HOST_OTHER,
			1);
		add_rewrites(list, host, rewrites, 2);
	}
}

/* Port */

static void
add_port(struct candidates *list, struct url_piece seen, struct url_piece port,
	unsigned cost)
{
	enum finding finding = FINDING_PORT_OTHER;

	if (port.len == 0)
		finding = FINDING_PORT_SHOWN;
	else if (seen.len == 0)
		finding = FINDING_PORT_HIDDEN;
	add(list, port, finding, cost);
}

static void
fill_port(struct candidates *list, struct url_piece seen,
	const struct url_hints *hints)
{
	/* The standard ones, and where people let test servers listen. */
	static const char *const ports[] = {":8443", ":8080", ":3000", ":5000",
		":8000", ":8888", ":4567", ":1880", ":5678", ":8081", ":9000"};

	add(list, seen, FINDING_NONE, 0);
	add_port(list, seen, url_piece_of(""), 1);
	add_port(list, seen, url_piece_of(":443"), 1);
	add_port(list, seen, url_piece_of(":80"), 1);
	for (size_t i = 0; i < hints->n; i++)
		add_port(list, seen, hints->urls[i].part[URL_PORT], 1);
	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
		add_port(list, seen, url_piece_of(ports[i]), 2);
}

/* Path */

/* What two paths have to do with each other. */
static enum finding
compare_paths(struct url_piece seen, struct url_piece was_signed)
{
	if (is_text(seen, "") || is_text(was_signed, ""))
		return FINDING_PATH_OTHER;
	if (ends_with(was_signed, seen))
		return FINDING_PATH_PREFIX_LOST;
	if (ends_with(seen, was_signed))
		return FINDING_PATH_PREFIX_ADDED;
	if (seen.len == was_signed.len &&
		strncasecmp(seen.text, was_signed.text, seen.len) == 0)
		return FINDING_PATH_CASE;
	return FINDING_PATH_OTHER;
}

/* The path without one, two or three names at its beginning. */
static void
add_shorter(struct candidates *list, struct url_piece path)
{
	struct url_piece rest = path;

	for (unsigned i = 0; i < 3 && rest.len > 1; i++) {
		const char *slash = memchr(rest.text + 1, '/', rest.len - 1);

		if (slash == NULL)
			return;
		rest.len -= (size_t)(slash - rest.text);
		rest.text = slash;
		add(list, rest, FINDING_PATH_PREFIX_ADDED, i == 0 ? 1 : 2);
	}
}

/* HOOKSWITCH_PUBLIC_URL has a path that should not be there, or not twice. */
static void
add_without_prefix(
	struct candidates *list, struct url_piece path, struct url_piece prefix)
{
	struct url_piece rest = path;

	if (prefix.len == 0 || !starts_with(path, prefix))
		return;
	rest.text += prefix.len;
	rest.len -= prefix.len;
	/* ".../api/webhooks/sms/api/webhooks/sms" */
	add(list, rest,
		ends_with(prefix, rest) ? FINDING_PATH_IN_SETTING
					: FINDING_PATH_PREFIX_ADDED,
		1);
	add(list, prefix, FINDING_PATH_IN_SETTING, 1);
}

static void
fill_path(struct candidates *list, struct url_piece seen,
	const struct url_hints *hints)
{
	bool has_slash = seen.len > 0 && seen.text[seen.len - 1] == '/';
	const struct rewrite rewrites[] = {
		{url_toggle_slash,
                 has_slash ? FINDING_PATH_SLASH_ADDED
				  : FINDING_PATH_SLASH_LOST,
                 1					       },
		{url_single_slashes, FINDING_PATH_DOUBLE_SLASH, 1},
		{url_double_slash,   FINDING_PATH_DOUBLE_SLASH, 1},
		{url_as_webhook,     FINDING_PATH_REWRITTEN,    1},
		{url_as_program,     FINDING_PATH_REWRITTEN,    1},
		{url_as_cgi,         FINDING_PATH_REWRITTEN,    2},
		{url_decoded,        FINDING_PATH_ESCAPES,      1},
		{url_escaped_blanks, FINDING_PATH_ESCAPES,      1},
		{url_small_letters,  FINDING_PATH_CASE,         1},
	};

	add(list, seen, FINDING_NONE, 0);
	add_without_prefix(list, seen, hints->prefix);
	for (size_t i = 0; i < hints->n; i++)
		if (compare_paths(seen, hints->urls[i].part[URL_PATH]) !=
			FINDING_PATH_OTHER)
			add(list, hints->urls[i].part[URL_PATH],
				compare_paths(
					seen, hints->urls[i].part[URL_PATH]),
				1);
	add_rewrites(list, seen, rewrites, sizeof rewrites / sizeof *rewrites);
	add_shorter(list, seen);
	for (size_t i = 0; i < hints->n; i++) {
		struct url_piece path = hints->urls[i].part[URL_PATH];

		add(list, path, FINDING_PATH_OTHER, 1);
		add_rewrites(list, path, rewrites, 2);
	}
}

/* Query */

/* What two queries have to do with each other. */
static enum finding
compare_queries(struct url_piece seen, struct url_piece was_signed)
{
	struct buf a, b;
	enum finding finding = FINDING_QUERY_OTHER;

	if (seen.len <= 1)
		return was_signed.len == 1 ? FINDING_QUERY_EMPTY
					   : FINDING_QUERY_LOST;
	buf_init(&a, LIMIT_TEXT);
	buf_init(&b, LIMIT_TEXT);
	if (url_sorted(&a, seen) == ERR_OK &&
		url_sorted(&b, was_signed) == ERR_OK && a.len == b.len &&
		memcmp(a.data, b.data, a.len) == 0)
		finding = FINDING_QUERY_ORDER;
	buf_free(&a);
	buf_free(&b);
	return finding;
}

/* Without one of its parameters each, the last one first. */
static void
add_without_pairs(struct candidates *list, struct url_piece query)
{
	size_t n = url_count_pairs(query);
	struct buf out;

	buf_init(&out, LIMIT_TEXT);
	for (size_t i = n; i > 0; i--) {
		buf_clear(&out);
		if (url_without_pair(&out, query, i - 1) == ERR_OK)
			candidates_add(list, buf_text(&out), out.len,
				FINDING_QUERY_ADDED, i == n ? 1 : 2, NULL);
	}
	buf_free(&out);
}

static void
fill_query(struct candidates *list, struct url_piece seen,
	const struct url_hints *hints)
{
	static const struct rewrite rewrites[] = {
		{url_sorted,          FINDING_QUERY_ORDER,      1},
		{url_blank_as_escape, FINDING_QUERY_PLUS,       1},
		{url_blank_as_plus,   FINDING_QUERY_BLANK,      1},
		{url_quote_raw,       FINDING_QUERY_APOSTROPHE, 1},
		{url_quote_escaped,   FINDING_QUERY_APOSTROPHE, 1},
		{url_small_hex,       FINDING_QUERY_HEX,        1},
		{url_capital_hex,     FINDING_QUERY_HEX,        1},
		{url_no_entities,     FINDING_QUERY_ENTITIES,   1},
		{url_entities,        FINDING_QUERY_ENTITIES,   1},
		{url_decoded,         FINDING_QUERY_DECODED,    1},
		{url_escaped_blanks,  FINDING_QUERY_ENCODED,    1},
		{url_escaped_all,     FINDING_QUERY_ENCODED,    1},
		{url_toggle_equals,   FINDING_QUERY_EQUALS,     1},
	};

	add(list, seen, FINDING_NONE, 0);
	for (size_t i = 0; i < hints->n; i++) {
		struct url_piece query = hints->urls[i].part[URL_QUERY];

		if (query.len > 0 &&
			(seen.len <= 1 || compare_queries(seen, query) !=
						  FINDING_QUERY_OTHER))
			add(list, query, compare_queries(seen, query), 1);
	}
	add_text(list, seen.len == 0 ? "?" : "",
		seen.len <= 1 ? FINDING_QUERY_EMPTY : FINDING_QUERY_ADDED, 1);
	add_rewrites(list, seen, rewrites, sizeof rewrites / sizeof *rewrites);
	add_without_pairs(list, seen);
	for (size_t i = 0; i < hints->n; i++)
		add(list, hints->urls[i].part[URL_QUERY], FINDING_QUERY_OTHER,
			1);
}

enum err
url_variants_fill(struct url_variants *variants, const struct url_parts *seen,
	const struct url_hints *hints)
{
	struct candidates *parts = variants->parts;

	memset(variants, 0, sizeof *variants);
	fill_scheme(&parts[URL_SCHEME], seen->part[URL_SCHEME]);
	fill_user(&parts[URL_USER], seen->part[URL_USER], hints);
	fill_host(&parts[URL_HOST], seen->part[URL_HOST], hints);
	fill_port(&parts[URL_PORT], seen->part[URL_PORT], hints);
	fill_path(&parts[URL_PATH], seen->part[URL_PATH], hints);
	fill_query(&parts[URL_QUERY], seen->part[URL_QUERY], hints);
	for (size_t i = 0; i <= URL_QUERY; i++)
		if (parts[i].err != ERR_OK)
			return parts[i].err;
	return ERR_OK;
}

void
url_variants_free(struct url_variants *variants)
{
	for (size_t i = 0; i <= URL_QUERY; i++)
		candidates_free(&variants->parts[i]);
}
