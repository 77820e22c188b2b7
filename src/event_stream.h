#ifndef HOOKSWITCH_EVENT_STREAM_H
#define HOOKSWITCH_EVENT_STREAM_H

#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * What is written into text/event-stream (WHATWG HTML, 9.2, "Server-sent
 * events"): blocks of lines, each block ended by an empty one.
 */

#define EVENT_STREAM_TYPE "text/event-stream"

/*
 * Appends a block.  type is the event's ("message" if it is NULL), id what the
 * client sends as Last-Event-ID when it comes back (NULL: as before), data its
 * text, of as many lines as there are; NULL for none: then only the id counts,
 * and the client's page hears nothing.  type and id have no line breaks.
 */
enum err event_stream_add(struct buf *out, const char *type, const char *id,
	const char *data) NODISCARD;

/* Appends how long the client is to wait before it comes back. */
enum err event_stream_add_retry(struct buf *out, long milliseconds) NODISCARD;

/* Appends what nobody hears, so that nobody thinks the connection dead. */
enum err event_stream_add_comment(struct buf *out) NODISCARD;

#endif
