#ifndef HOOKSWITCH_DELIVERY_H
#define HOOKSWITCH_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "http_answer.h"
#include "scenario.h"
#include "variable.h"

/*
 * Sends a scenario's webhooks to their endpoints, signed, as often and on as
 * many connections as is asked for, and keeps what was answered and when.
 */

/* Ceilings on what can be asked for. */
#define DELIVERY_CONNECTIONS 256
#define DELIVERY_REQUESTS 1000000UL

/* Statuses from 0, which stands for no answer, to 599. */
#define DELIVERY_STATUSES 600

/* One answer. */
struct delivery_answer {
	const struct webhook *webhook;
	const char *url;     /* that was signed */
	const char *subject; /* SID of what it is about; NULL for none */
	const char *state;   /* what became of that; NULL for none */
	const struct http_answer *http; /* its status is 0 if none came */
	const struct reason *reason;    /* why none came */
};

struct delivery {
	const struct scenario *scenario;
	const struct variables *variables; /* of the first run */
	const char *token;
	const char *url; /* "{endpoint}" in it is the endpoint's name */
	const char *via; /* NULL, or: the origin that is really asked */
	bool get;
	unsigned long repeats; /* how often each request is sent; from 1 */
	unsigned long runs;    /* how often the scenario is; from 1 */
	unsigned long connections;
	bool is_burst;    /* as fast as they are taken; nothing is told */
	bool is_shuffled; /* all of it, by the seed; without waits */
	uint64_t seed;
	/* Told of each answer, unless it is a burst. */
	void (*tell)(void *context, const struct delivery_answer *answer);
	void *context;
};

/* What was answered. */
struct delivery_result {
	size_t n;     /* requests that were sent */
	size_t total; /* that there were to send */
	size_t good;  /* answered with 2xx */
	size_t answers[DELIVERY_STATUSES];
	double *seconds;      /* of the n, in order of size */
	double took;          /* all of it */
	struct reason reason; /* why the first that had no answer had none */
};

/*
 * Sends.  ERR_OK whatever the answers were; without an answer it goes on only
 * in a burst.  ERR_TOO_LARGE for more than DELIVERY_REQUESTS.  In every case
 * the caller ends with delivery_free.
 */
enum err delivery_run(const struct delivery *delivery,
	struct delivery_result *result, struct reason *reason) NODISCARD;

void delivery_free(struct delivery_result *result);

/* The time within which that share (0 to 1) of the answers came. */
double delivery_seconds(const struct delivery_result *result, double share);

#endif
