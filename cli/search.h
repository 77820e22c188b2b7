#ifndef HOOKSWITCH_SEARCH_H
#define HOOKSWITCH_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "candidate.h"
#include "err.h"
#include "key.h"
#include "url_variant.h"

/*
 * Looks for what makes a signature right among keys, URLs and parameters:
 * the simplest explanation first, since that is the likeliest.
 */

/* Combinations, and bytes in them, after which it gives up: about a second. */
#define SEARCH_MOST 400000
#define SEARCH_BYTES (1024UL * 1024 * 1024)

/* Changes that may have come together. */
#define SEARCH_COST 4

#define SEARCH_BASES 8

struct search {
	const char *signature; /* 28 characters */
	const struct keys *keys;
	const struct url_variants *bases; /* URLs to begin with */
	size_t n_bases;
	const struct candidates *tails; /* what is signed behind the URL */
	/* What was found, as indices; only if is_found. */
	bool is_found;
	size_t base, key, tail;
	size_t part[URL_QUERY + 1];
	size_t tried;
	size_t bytes;
};

/* Searches.  ERR_MEMORY without memory. */
enum err search_run(struct search *search) NODISCARD;

/* The part of the URL that was signed. */
const struct candidate *search_part(
	const struct search *search, enum url_part part);

#endif
