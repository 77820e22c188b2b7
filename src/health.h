#ifndef HOOKSWITCH_HEALTH_H
#define HOOKSWITCH_HEALTH_H

#include "endpoint.h"
#include "request.h"

/*
 * GET /api/webhooks/health: is everything in order?
 *
 * Answers anyone, with JSON, and so says nothing that a stranger must not
 * know: "status" is "ok" (200) or "error" (503), "message" says it in words,
 * "endpoints" has the paths, and "database", "schema" and "spool" are each
 * one word.  What is wrong in detail is in the log.
 */
void health_serve(struct service *service, struct request *request);

#endif
