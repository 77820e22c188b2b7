#ifndef HOOKSWITCH_SPOOL_SURVEY_H
#define HOOKSWITCH_SPOOL_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "err.h"

/*
 * What lies in a spool, which spool.h describes: how much of it there is, and
 * what of it can go.
 */

/* Whether any record waits; true if that cannot be found out. */
bool spool_has_records(const char *directory);

/* What is in a spool. */
struct spool_survey {
	size_t n_waiting;
	time_t oldest; /* of those, when it was written; 0 if none waits */
	size_t n_rejected;
	size_t n_unreadable;
};

/* Counts what is there.  ERR_IO, with the reason, if that cannot be read. */
enum err spool_survey(const char *directory, struct spool_survey *survey,
	struct reason *reason) NODISCARD;

/* Removes what processes left half written that were killed an hour ago. */
void spool_tidy(const char *directory);

/* Which of the records that are set aside are to go. */
struct spool_sieve {
	/* Whether one goes, from its bytes; len bytes, and a NUL after them. */
	bool (*goes)(void *context, const char *text, size_t len);
	void *context;
	bool only_looks; /* deletes nothing */
};

/*
 * Deletes those of the records in rejected/ and unreadable/ that are to go,
 * with their reasons; *n says how many these are, in every case.  ERR_IO, with
 * the reason, if one could not be read or deleted; the others have gone on.
 */
enum err spool_sift(const char *directory, const struct spool_sieve *sieve,
	size_t *n, struct reason *reason) NODISCARD;

#endif
