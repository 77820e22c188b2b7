#ifndef HOOKSWITCH_REPLAY_H
#define HOOKSWITCH_REPLAY_H

#include <stddef.h>

#include "endpoint.h"
#include "err.h"
#include "store.h"

/*
 * Puts spooled requests into the database, through the plans of the
 * endpoints that took them.  Several may replay one spool at a time.
 */

/* What became of the records. */
struct replay_count {
	size_t stored;     /* in the database, and out of the spool */
	size_t rejected;   /* set aside: the database will never take them */
	size_t unreadable; /* set aside: damaged, or of a newer version */
};

struct replay {
	const char *spool; /* directory */
	struct store *store;
	struct store_database database;
	const struct endpoint *const *endpoints; /* all; NULL ends */
	size_t most;       /* records to replay; 0 for all */
	long milliseconds; /* after which no more are begun; 0 for no end */
	void (*progress)(void *context, const struct replay_count *count);
	void *context; /* of progress, which may be NULL */
};

/*
 * Replays.  ERR_OK when there is nothing left, or enough was done;
 * ERR_DATABASE if the database cannot take more now, ERR_IO if the spool
 * cannot be read or changed.  *count says what was done in every case.
 */
enum err replay_run(const struct replay *replay, struct replay_count *count,
	struct reason *reason) NODISCARD;

#endif
