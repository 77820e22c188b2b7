/*
 * The live feed: events as they are written, and lists for a page, for those
 * who may read.
 */
#include "config.h"

#include "endpoints.h"
#include "events.h"

const struct endpoint endpoint_events = {
	.name = "events",
	.serve = events_serve,
	.open = events_open,
	.idle = events_idle,
	.close = events_close,
};
