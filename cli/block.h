#ifndef HOOKSWITCH_BLOCK_H
#define HOOKSWITCH_BLOCK_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * Lines of ours in a file of somebody else's: between two marks, the first of
 * which has a digest of them in it.  So one can tell later whether they are
 * still as they were written, and only then may they be replaced.
 */

enum block_state {
	BLOCK_NONE,
	BLOCK_OURS,    /* as it was written */
	BLOCK_CHANGED, /* somebody has changed what is in it */
	BLOCK_BROKEN,  /* one mark without the other, or there are several */
};

struct block {
	enum block_state state;
	size_t start, end; /* in the text, with both marks */
};

/*
 * Looks for the block in a text.  How lines end does not count, since files
 * are edited elsewhere and sent.
 */
enum err block_find(const char *text, struct block *block) NODISCARD;

/*
 * Appends the text with content, which ends with a newline, as its block: in
 * the place of the one that was found there, or before all the rest.
 */
enum err block_put(struct buf *out, const char *text, const struct block *block,
	const char *content) NODISCARD;

#endif
