#ifndef HOOKSWITCH_SERVICE_H
#define HOOKSWITCH_SERVICE_H

#include "endpoint.h"

/*
 * The process of one executable, and its threads.
 *
 * It begins with one thread.  Where a request waits that nobody is free to
 * take, another thread is made, up to HOOKSWITCH_THREADS: so there is one
 * under mod_fcgid and in plain CGI, where requests come one at a time, and
 * under lighttpd and mod_proxy_fcgi as many as are of use.
 */

/*
 * Serves requests to endpoint until there are no more, or the process is
 * told to stop; then those in hand are served to their end, and those that
 * wait already.  endpoints are all there are (struct service).  Returns the
 * exit status for main.
 */
int service_main(const struct endpoint *endpoint,
	const struct endpoint *const *endpoints);

#endif
