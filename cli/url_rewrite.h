#ifndef HOOKSWITCH_URL_REWRITE_H
#define HOOKSWITCH_URL_REWRITE_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "url_parts.h"

/*
 * Parts of a URL written in another way: each function appends to *out what
 * it makes of a part.  ERR_MALFORMED where there is nothing to be made.
 */

/* Any part. */
enum err url_small_letters(struct buf *out, struct url_piece part) NODISCARD;

/* A host: with and without "www.", and a dot at its end. */
enum err url_toggle_www(struct buf *out, struct url_piece host) NODISCARD;
enum err url_toggle_dot(struct buf *out, struct url_piece host) NODISCARD;

/* A path: with and without "/" at its end, two or one at its beginning. */
enum err url_toggle_slash(struct buf *out, struct url_piece path) NODISCARD;
enum err url_single_slashes(struct buf *out, struct url_piece path) NODISCARD;
enum err url_double_slash(struct buf *out, struct url_piece path) NODISCARD;

/* The path of an endpoint as others write it: by rewriting, or directly. */
enum err url_as_webhook(struct buf *out, struct url_piece path) NODISCARD;
enum err url_as_program(struct buf *out, struct url_piece path) NODISCARD;
enum err url_as_cgi(struct buf *out, struct url_piece path) NODISCARD;

/* A path or query: escapes become their bytes, bytes escapes. */
enum err url_decoded(struct buf *out, struct url_piece part) NODISCARD;
enum err url_escaped_blanks(struct buf *out, struct url_piece part) NODISCARD;
enum err url_escaped_all(struct buf *out, struct url_piece query) NODISCARD;

/* A query, with its "?". */
enum err url_blank_as_escape(struct buf *out, struct url_piece query) NODISCARD;
enum err url_blank_as_plus(struct buf *out, struct url_piece query) NODISCARD;
enum err url_quote_raw(struct buf *out, struct url_piece query) NODISCARD;
enum err url_quote_escaped(struct buf *out, struct url_piece query) NODISCARD;
enum err url_entities(struct buf *out, struct url_piece query) NODISCARD;
enum err url_no_entities(struct buf *out, struct url_piece query) NODISCARD;
enum err url_small_hex(struct buf *out, struct url_piece query) NODISCARD;
enum err url_capital_hex(struct buf *out, struct url_piece query) NODISCARD;
enum err url_sorted(struct buf *out, struct url_piece query) NODISCARD;
enum err url_toggle_equals(struct buf *out, struct url_piece query) NODISCARD;

/* Its parameters; 0 if there are more than is worth a look. */
size_t url_count_pairs(struct url_piece query);

/* Without the parameter of that index. */
enum err url_without_pair(
	struct buf *out, struct url_piece query, size_t i) NODISCARD;

#endif
