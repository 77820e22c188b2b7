#ifndef HOOKSWITCH_URL_H
#define HOOKSWITCH_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "limit.h"

/*
 * The URLs that Twilio may have signed for one request.
 *
 * Twilio signs the URL as it was configured, edited in ways that differ by
 * product: port kept or removed, user and password kept or removed, query
 * re-encoded.  Each possible URL is an origin followed by a target, so the
 * set is the product of two short lists, the likeliest first in both.
 */

struct url_set {
	char *origins[LIMIT_URL_ORIGINS]; /* "https://host[:port][/prefix]" */
	size_t n_origins;
	char *targets[LIMIT_URL_TARGETS]; /* "/path[?query]", or "" */
	size_t n_targets;
};

/* What the web server says about a request. */
struct url_seen {
	const char *target; /* REQUEST_URI, raw; may be in absolute form */
	const char *host;   /* Host header with its port, if it has one */
	bool https;
};

/*
 * Fills *set from what the server saw.  public_url, unless NULL, replaces
 * scheme and host, and its path is put before the target's.
 *
 * ERR_SETTING if public_url is not "http[s]://host...", ERR_MALFORMED if
 * the request has no target or no host, or one that is none, ERR_TOO_LARGE over
 * LIMIT_TARGET or LIMIT_ORIGIN.  In every case the caller ends with
 * url_set_free.
 */
enum err url_set_fill(struct url_set *set, const char *public_url,
	const struct url_seen *seen, struct reason *reason) NODISCARD;

/*
 * The query of the target as it was received, "" if it has none: the one to
 * take parameters from.  Every target of the set decodes to the same ones.
 */
const char *url_set_query(const struct url_set *set);

/*
 * Appends an origin of the set with the target that was received, as it may
 * be shown: without user and password, and without what the query says.
 */
enum err url_set_show(
	const struct url_set *set, size_t origin, struct buf *out) NODISCARD;

/* Frees the texts; *set is then empty. */
void url_set_free(struct url_set *set);

#endif
