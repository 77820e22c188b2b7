#ifndef HOOKSWITCH_WHEN_H
#define HOOKSWITCH_WHEN_H

#include <stdbool.h>

/*
 * A moment as somebody gives it on the command line:
 *
 *	2026-01-31            the beginning of that day, UTC
 *	2026-01-31T12:00:00Z  as timestamp.h reads it
 *	30m 36h 7d 2w         so many minutes, hours, days or weeks ago
 */

/* What a message says of text that is none of these. */
#define WHEN_SHAPE "must look like 2026-01-31, 2026-01-31T12:00:00Z or 7d"

#define WHEN_DAY 86400LL

/*
 * *seconds since 1970, UTC; now likewise.  False, and *seconds 0, if text is
 * no such moment.
 */
bool when_read(const char *text, long long now, long long *seconds);

/* The beginning of its day, UTC. */
long long when_day(long long seconds);

#define WHEN_DATE_SIZE 24 /* "2026-01-31", or a year of more digits */

/* Writes the day of a moment, UTC, as 2026-01-31. */
void when_date(long long seconds, char out[WHEN_DATE_SIZE]);

#endif
