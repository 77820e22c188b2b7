#ifndef HOOKSWITCH_REPLY_CACHE_H
#define HOOKSWITCH_REPLY_CACHE_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

/*
 * What the database last said about replies, for when it is away.
 *
 * Files in replies/ below the spool: the last reply of each channel, and who
 * has said STOP.  They help, and are no record: one that is lost is made
 * again, and a failure is passed over.
 */

/* What is kept of who has said STOP, instead of an endpoint. */
#define REPLY_CACHE_OPTED_OUT "opted out"

/* What a reply is for, or who has opted out; none of them NULL. */
struct reply_key {
	const char *what; /* the endpoint, or REPLY_CACHE_OPTED_OUT */
	const char *account_sid;
	const char *address;  /* ours; "" for any */
	const char *campaign; /* its id; "" for none */
	const char *contact;  /* "" for everybody */
};

/* Keeps a text, which replaces what was kept; NULL forgets it. */
void reply_cache_keep(
	const char *spool, const struct reply_key *key, const char *text);

/*
 * Forgets what was kept for good; with only_looks it stays.  *is_known says
 * whether anything was.  ERR_IO, with the reason, if that cannot be found out
 * or done.
 */
enum err reply_cache_forget(const char *spool, const struct reply_key *key,
	bool only_looks, bool *is_known, struct reason *reason) NODISCARD;

/* Appends the text that was kept; false if there is none. */
bool reply_cache_find(
	struct buf *out, const char *spool, const struct reply_key *key);

#endif
