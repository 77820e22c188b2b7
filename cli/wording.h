#ifndef HOOKSWITCH_WORDING_H
#define HOOKSWITCH_WORDING_H

/*
 * Sentences of others, as they go on a line of ours.
 */

/*
 * The first letter of a sentence as it is in the middle of one: small, unless
 * the word is all capitals ("SSL").  The rest goes behind it as it is.
 */
char wording_first(const char *sentence);

#endif
