#ifndef HOOKSWITCH_URL_VARIANT_H
#define HOOKSWITCH_URL_VARIANT_H

#include "candidate.h"
#include "err.h"
#include "url_parts.h"

/*
 * The URLs that Twilio may have signed where the endpoint saw another: for
 * each part of the URL what it may have been before somebody changed it.
 */

#define URL_VARIANT_HINTS 6

/* What is known beside the URL that was seen. */
struct url_hints {
	/* Others that it may be instead: the one in Twilio's console first,
	 * what a proxy says it was called by. */
	struct url_parts urls[URL_VARIANT_HINTS];
	size_t n;
	/* Path of HOOKSWITCH_PUBLIC_URL without "/" at its end. */
	struct url_piece prefix;
};

/* The dimensions: a list for each part up to the query. */
struct url_variants {
	struct candidates parts[URL_QUERY + 1];
};

/*
 * Fills the lists, the parts of seen first in them.  ERR_MEMORY without
 * memory.  In every case the caller ends with url_variants_free.
 */
enum err url_variants_fill(struct url_variants *variants,
	const struct url_parts *seen, const struct url_hints *hints) NODISCARD;

void url_variants_free(struct url_variants *variants);

#endif
