#ifndef HOOKSWITCH_PIPELINE_H
#define HOOKSWITCH_PIPELINE_H

#include <stdbool.h>

#include "err.h"
#include "libpq.h"

/*
 * A connection in libpq's pipeline mode, on which nobody waits for longer than
 * until a deadline.  Used by one thread at a time.
 */

struct pipeline {
	const struct libpq *pq;
	PGconn *pg;         /* non-blocking, in pipeline mode */
	long long deadline; /* by clock_milliseconds */
};

/*
 * Loads libpq and connects; string and name as in libpq_connect, and so are
 * the errors, but that libpq which is missing is ERR_DATABASE: whyever it
 * cannot be loaded now, it may be later.  The caller ends *pipeline with
 * pipeline_close whatever is returned.
 */
enum err pipeline_open(struct pipeline *pipeline, const char *string,
	const char *name, struct reason *reason) NODISCARD;

/* One that was not opened, or is closed, is allowed if it is all zero. */
void pipeline_close(struct pipeline *pipeline);

/* False if the server has closed it meanwhile.  Costs no round trip. */
bool pipeline_is_alive(const struct pipeline *pipeline);

/* Sends what is queued, reading meanwhile so that neither side stalls. */
bool pipeline_flush(const struct pipeline *pipeline) NODISCARD;

/*
 * The next result, which may be NULL, as PQgetResult has it; false if the
 * connection failed or the time is over.
 */
bool pipeline_result(
	const struct pipeline *pipeline, PGresult **result) NODISCARD;

/* Why one of them was false: the reason of a lost connection. */
enum err pipeline_explain(
	const struct pipeline *pipeline, struct reason *reason) NODISCARD;

#endif
