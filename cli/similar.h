#ifndef HOOKSWITCH_SIMILAR_H
#define HOOKSWITCH_SIMILAR_H

#include <stddef.h>

#include "err.h"

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

/*
 * What to put behind "there is no such thing": "; did you mean "NAME"?", in
 * *words, or "" if there is none like it.  Returns words->text.
 */
const char *similar_words(const struct similar *similar, struct reason *words);

#endif
