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
 *
 * A POST is no webhook's here and gets 405; but it is told, again in one word,
 * whether an endpoint would take it: "signature" is "ok", "missing", "wrong"
 * and so on.  So one finds out, with a token and without storing anything,
 * whether requests arrive as they were signed.
 */
void health_serve(struct service *service, struct request *request);

#endif
