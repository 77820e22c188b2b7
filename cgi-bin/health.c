/*
 * Whether everything is in order, for whoever watches the site.
 */
#include "config.h"

#include "endpoints.h"
#include "health.h"

const struct endpoint endpoint_health = {
	.name = "health",
	.serve = health_serve,
};
