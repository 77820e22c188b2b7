#ifndef HOOKSWITCH_LISTS_H
#define HOOKSWITCH_LISTS_H

#include "buf.h"
#include "err.h"
#include "query.h"
#include "reader.h"

/*
 * The lists that events.fcgi has beside the feed: one for each file of
 * sql/reads/ that gives rows of (at, id, item), item being JSON, in an order
 * that at and id tell; a page ends at a place that the next one begins behind.
 *
 * The parameters of a list are the placeholders of its file, beside "list",
 * "limit" and "next".
 */

/* Items of a page, and so many unless something else is asked for. */
#define LISTS_LIMIT 200
#define LISTS_DEFAULT 50

/* Where lists are made of. */
struct lists_site {
	struct reader *reader;
	const char *connection; /* libpq's string or URI */
	const char *spool;      /* directory; NULL if there is none */
};

/*
 * Appends the answer to a query that has a parameter "list":
 * {"items": [...], "next": "..."}, next being null at the end.
 *
 * ERR_MALFORMED if there is no such list, a parameter that the list does not
 * have, or a value that cannot be; else errors as reader_run.
 */
enum err lists_write(struct buf *out, const struct lists_site *site,
	const struct query *query, struct reason *reason) NODISCARD;

#endif
