#ifndef HOOKSWITCH_SIMILAR_H
#define HOOKSWITCH_SIMILAR_H

#include <stddef.h>

/*
 * For "did you mean": the one of several names that a misspelt word is most
 * like.
 */

/* Where the search has come to; begins as {WORD, NULL, 0}. */
struct similar {
	const char *word;
	const char *name; /* the most like so far; NULL if none is */
	size_t distance;
};

/* Looks at one more name, which is borrowed. */
void similar_try(struct similar *similar, const char *name);

#endif
