#ifndef HOOKSWITCH_ANSWER_H
#define HOOKSWITCH_ANSWER_H

#include <stdbool.h>

#include "buf.h"
#include "log.h"
#include "plan.h"
#include "twiml.h"

/*
 * Which TwiML answers a request.
 *
 * First what the database says (tables auto_replies and campaigns), then the
 * owner's reply file, then what is built in.  While the database is away, the
 * last that it said of the channel or campaign takes its place.  Who has said
 * STOP gets no answer: as far as the database knows, or it was said here and
 * waits in the spool, or the database has told us before it went away.
 *
 * A document that cannot be used is logged, and the next one taken.
 */

struct answer {
	const char *endpoint;              /* that takes this kind */
	const struct twiml_reply *replies; /* its table */
	const char *directory;             /* of reply files; NULL if not set */
	const char *spool;                 /* likewise */
	const struct plan *plan;           /* of the request, which was run */
	bool is_away;                      /* the database: it is spooled */
	const struct log *log;
};

/* The answer, which is in *out or static.  There is always one. */
const char *answer_make(struct buf *out, const struct answer *answer);

#endif
