#ifndef HOOKSWITCH_ENDPOINT_H
#define HOOKSWITCH_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "plan.h"
#include "request.h"
#include "store.h"
#include "twiml.h"

/*
 * An endpoint: one kind of webhook, described by tables.  What it writes and
 * what it answers is all there is to say; everything else, from the bytes of
 * the request to the committed row, is the same for each.
 */

struct service;
struct events;

struct endpoint {
	const char *name;                  /* "sms" */
	const char *const *subjects;       /* parameters that name what the
					      webhook is about; NULL ends */
	const struct write *writes;        /* beside the ledger */
	const struct twiml_reply *replies; /* NULL: 204, no body */
	/* NULL, or: which other endpoint takes the request that has come in
	 * here; the tables above are then that one's. */
	const struct endpoint *(*choose)(const struct form *form);
	/* NULL, or: serves requests that are no webhooks, in its own way. */
	void (*serve)(struct service *service, struct request *request);
	/* NULL, or: makes what it keeps from one request to the next; gives
	 * back what is not needed while none come; and ends it, whether open
	 * has failed or not. */
	enum err (*open)(struct service *service);
	void (*idle)(struct service *service);
	void (*close)(struct service *service);
};

/* The endpoint whose tables apply to the parameters of a request. */
const struct endpoint *endpoint_for(
	const struct endpoint *endpoint, const struct form *form);

/* What all requests of a process share. */
struct service {
	const struct endpoint *endpoint;
	/* All there are, NULL at the end: any may replay what another spooled.
	 */
	const struct endpoint *const *endpoints;
	struct store *store;
	/* For the spool, so that what is slow there is nobody else's delay. */
	struct store *replay_store;
	atomic_size_t threads;    /* HOOKSWITCH_THREADS of the last request */
	size_t most_threads;      /* that this process can ever have */
	atomic_flag is_replaying; /* one thread is enough for that */
	struct events *events;    /* of the live feed; NULL elsewhere */
	/* Before a thread is busy for long: sees to it that another one takes
	 * what comes.  False if there can be none. */
	bool (*make_room)(struct service *service);
};

/*
 * Serves one request that request_next called ready: verifies it, stores it
 * in the database or, where that cannot take it, in the spool, answers it,
 * and writes the one line that says so to the log.  If the database took it,
 * a piece of the spool is replayed behind the answer.
 */
void endpoint_serve(struct service *service, struct request *request);

/*
 * Looks whether a request is what an endpoint would store: ERR_OK, or why it
 * would be refused, which the log says, too.  Nothing is stored or answered.
 */
enum err endpoint_verify(
	struct service *service, struct request *request) NODISCARD;

#endif
