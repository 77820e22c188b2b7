#ifndef HOOKSWITCH_LOG_H
#define HOOKSWITCH_LOG_H

#include <stdbool.h>

#include "err.h"

/*
 * Lines for the web server's error log: "hookswitch-sms: text".
 *
 * A line is one line whatever is in it: control bytes and bytes that are not
 * UTF-8 are written as \xNN, a backslash as \\, and it is cut at
 * LIMIT_LOG_LINE.  Callers never pass a token, a password, a connection
 * string or a query string.
 */

enum log_level {
	LOG_ERROR, /* somebody has to do something */
	LOG_INFO,  /* one line for each request that was taken */
	LOG_DEBUG, /* what is needed to find a fault */
};

struct log {
	const char *name;     /* of the endpoint; borrowed */
	enum log_level level; /* lines above it are dropped */
	void (*write)(void *context, const char *line); /* without newline */
	void *context;
};

/*
 * "error", "info" or "debug" into *level; false, and *level as it was, for
 * any other name.
 */
bool log_level_parse(const char *name, enum log_level *level);

/* Writes one line if the level lets it through.  Never fails. */
void log_line(const struct log *log, enum log_level level, const char *format,
	...) PRINTF_LIKE(3, 4);

#endif
