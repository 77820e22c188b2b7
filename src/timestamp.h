#ifndef HOOKSWITCH_TIMESTAMP_H
#define HOOKSWITCH_TIMESTAMP_H

#include <stdbool.h>
#include <time.h>

/*
 * Times as Twilio writes them, and as PostgreSQL reads them.
 *
 * Voice: RFC 2822, "Wed, 08 Oct 2025 13:54:12 +0000".  Video and others:
 * ISO 8601, "2025-10-27T18:16:01.876Z", with 0 to 9 digits of a fraction.
 */

#define TIMESTAMP_SIZE 96 /* of which 37 are ever used, as gcc cannot see */

/*
 * Writes text as PostgreSQL reads a timestamptz under any DateStyle, with
 * the offset it came with (UTC if it had none).  False, and out empty, if it
 * is not such a time or no day of the calendar.
 */
bool timestamp_parse(const char *text, char out[TIMESTAMP_SIZE]);

/*
 * The same time in seconds since the beginning of 1970, UTC, without its
 * fraction.  False, and *seconds 0, where timestamp_parse is false.
 */
bool timestamp_seconds(const char *text, long long *seconds);

/* Writes a clock reading in the same form, in UTC, to the microsecond. */
void timestamp_format(const struct timespec *time, char out[TIMESTAMP_SIZE]);

#endif
