#ifndef HOOKSWITCH_BODY_CHANGE_H
#define HOOKSWITCH_BODY_CHANGE_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "finding.h"

/*
 * What undoes a change that somebody has made to all parameters of a body:
 * names and values each by a function, which appends the text as it was.
 * ERR_MALFORMED: the text cannot have come about in that way.
 */
struct body_change {
	enum err (*name)(struct buf *out, const char *text, size_t len);
	enum err (*value)(struct buf *out, const char *text, size_t len);
	enum finding finding;
	unsigned cost;
};

/* Changes nothing. */
extern const struct body_change body_as_it_came;

/* All of them; the last has no functions. */
extern const struct body_change body_changes[];

#endif
