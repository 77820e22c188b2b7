#ifndef HOOKSWITCH_CANDIDATE_H
#define HOOKSWITCH_CANDIDATE_H

#include <stddef.h>

#include "err.h"
#include "finding.h"

/*
 * What a part of a signed request may have been, where it is known as what it
 * became: the list that each dimension of the search has.
 */

#define CANDIDATES_MOST 128

struct candidate {
	char *text; /* len bytes, and a NUL */
	size_t len;
	enum finding finding; /* what it would mean */
	unsigned cost;        /* how far it is fetched; 0: as it was seen */
	const char *name;     /* for the finding; static, or borrowed */
};

struct candidates {
	struct candidate list[CANDIDATES_MOST];
	size_t n;
	enum err err; /* ERR_MEMORY if one could not be added */
};

/*
 * Adds a copy of len bytes, unless they are there already, or the list is
 * full: the likely ones come first.
 */
void candidates_add(struct candidates *candidates, const char *text, size_t len,
	enum finding finding, unsigned cost, const char *name);

/* Wipes and frees the texts. */
void candidates_free(struct candidates *candidates);

/* The one with these bytes; NULL if there is none. */
const struct candidate *candidates_find(
	const struct candidates *candidates, const char *text, size_t len);

#endif
