#ifndef HOOKSWITCH_EVENTS_H
#define HOOKSWITCH_EVENTS_H

#include "endpoint.h"
#include "request.h"

/*
 * GET /api/webhooks/events: the live feed, and lists for a page, to those who
 * may read (access.h).  hookswitch-endpoints(8) has every parameter and the
 * shape of every answer.
 *
 *	?after=CURSOR           events behind a cursor, as JSON
 *	Accept: text/event-stream    the same as server-sent events, as they
 *	                        come where HOOKSWITCH_FEED_STREAMS lets them
 *	?list=NAME              one of the lists of lists.h
 *	?recording=SID          what it sounds like: see playback.h
 *
 * Nothing is written, and a process has two connections to a database: one for
 * the feed, one for lists, which may take longer.
 */

/*
 * What a process keeps for it, in service->events, which events_close ends
 * whatever is returned.  ERR_MEMORY.
 */
enum err events_open(struct service *service) NODISCARD;

/* Closes connections that nobody uses; they are made anew when needed. */
void events_idle(struct service *service);

/* When no request is in hand any more.  Not opened is allowed. */
void events_close(struct service *service);

/*
 * Answers one request, whatever becomes of it.  A stream, or a recording that
 * somebody listens to, takes the thread for as long as it lasts.
 */
void events_serve(struct service *service, struct request *request);

#endif
