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
 * Returns the exit status for main.
 */
int endpoint_main(const struct endpoint *endpoint);

/*
 * Serves one request that request_next called ready: verifies it, stores it,
 * answers it, and writes the one line that says so to the log.
 */
void endpoint_serve(const struct endpoint *endpoint, struct request *request,
	struct store *store);

#endif
