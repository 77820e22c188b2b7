#ifndef HOOKSWITCH_ENDPOINT_H
#define HOOKSWITCH_ENDPOINT_H

#include "plan.h"
#include "request.h"
#include "store.h"
#include "twiml.h"

/*
 * An endpoint: one kind of webhook, described by tables.  What it writes and
 * what it answers is all there is to say; everything else, from the bytes of
 * the request to the committed row, is the same for each.
 */

struct endpoint {
	const char *name;                  /* "sms" */
	const char *const *subjects;       /* parameters that name what the
					      webhook is about; NULL ends */
	const struct write *writes;        /* beside the ledger */
	const struct twiml_reply *replies; /* NULL: 204, no body */
};

/*
 * Serves requests until there are no more or the process is told to stop.
 * endpoints are all there are, NULL at the end: what one has spooled any
 * other may replay.  Returns the exit status for main.
 */
int endpoint_main(const struct endpoint *endpoint,
	const struct endpoint *const *endpoints);

/*
 * Serves one request that request_next called ready: verifies it, stores it
 * in the database or, where that cannot take it, in the spool, answers it,
 * and writes the one line that says so to the log.  If the database took it,
 * a piece of the spool is replayed behind the answer.
 */
void endpoint_serve(const struct endpoint *endpoint, struct request *request,
	struct store *store, const struct endpoint *const *endpoints);

#endif
