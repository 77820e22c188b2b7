#ifndef HOOKSWITCH_FEED_REQUEST_H
#define HOOKSWITCH_FEED_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "endpoint.h"
#include "err.h"
#include "feed.h"
#include "feed_cursor.h"
#include "query.h"
#include "request.h"

/*
 * What somebody asks of the feed: which events, from where on, as a stream or
 * a page.
 */

enum feed_beginning {
	FEED_NEWEST_EVENTS, /* with the last ones there are */
	FEED_NOW,           /* with what comes from now on */
	FEED_OLDEST,
	FEED_SINCE,  /* with those that were received then */
	FEED_CURSOR, /* behind one that was given out */
};

struct feed_request {
	bool wants_stream; /* of server-sent events */
	size_t limit;      /* events of a page */
	struct feed_filter filter;
	enum feed_beginning beginning;
	const char *since;         /* a time of FEED_SINCE */
	struct feed_cursor cursor; /* of FEED_CURSOR */
};

/*
 * Reads it from a request and its query, into which *asked points then.
 * endpoints, which NULL ends, are those whose events can be asked for.
 * ERR_MALFORMED, with a reason that names the parameter, for what the feed
 * does not know.
 */
enum err feed_request_take(struct feed_request *asked,
	const struct request *request, const struct query *query,
	const struct endpoint *const *endpoints,
	struct reason *reason) NODISCARD;

#endif
