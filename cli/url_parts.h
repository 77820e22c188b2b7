#ifndef HOOKSWITCH_URL_PARTS_H
#define HOOKSWITCH_URL_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * A URL cut into its parts, which put one after the other are the URL again:
 * nothing is decoded, and nothing made equal.
 */

enum url_part {
	URL_SCHEME,   /* "https" */
	URL_USER,     /* behind "://": "user:password@", or nothing */
	URL_HOST,     /* "example.com", "[::1]" */
	URL_PORT,     /* ":8443", or nothing */
	URL_PATH,     /* "/a/b", or nothing */
	URL_QUERY,    /* "?a=1", or nothing */
	URL_FRAGMENT, /* "#rc=3", or nothing */
	URL_PART__MAX
};

struct url_piece {
	const char *text; /* in the URL, or static */
	size_t len;
};

struct url_parts {
	struct url_piece part[URL_PART__MAX];
};

/* What to say of one that is none. */
#define URL_SHAPE "the URL must look like https://example.com/path"

/*
 * Cuts an absolute URL with the scheme http, https, ws or wss, in any case;
 * the parts point into it.  False, and parts undefined, if it is none.
 */
bool url_split(struct url_parts *parts, const char *url);

/* Appends the parts from first to last, with "://" behind the scheme. */
enum err url_join(struct buf *out, const struct url_parts *parts,
	enum url_part first, enum url_part last) NODISCARD;

/* A piece that is a whole string. */
struct url_piece url_piece_of(const char *text);

bool url_piece_equal(struct url_piece a, struct url_piece b);

/* Whether a host is one that only a network of one's own knows. */
bool url_host_is_private(struct url_piece host);

#endif
