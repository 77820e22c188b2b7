#ifndef HOOKSWITCH_EVENT_LINE_H
#define HOOKSWITCH_EVENT_LINE_H

#include <stdio.h>

#include "json.h"

/*
 * An event of the ledger, as a line for a person.
 */

struct event_line {
	long long received_at; /* seconds since 1970 */
	const char *endpoint;
	const char *kind;
	const char *subject_sid; /* "" if it has none */
	const char *source;      /* "webhook", "spool" or "backfill" */
	const struct json *params;
};

/*
 * Prints the time, endpoint and kind, who with whom, which status, a cut of
 * what was said, and the SID.  Nothing in it commands a terminal.
 */
void event_line_print(FILE *out, const struct event_line *event);

#endif
