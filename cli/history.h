#ifndef HOOKSWITCH_HISTORY_H
#define HOOKSWITCH_HISTORY_H

#include <stddef.h>

#include "err.h"
#include "resource.h"
#include "twilio.h"

/*
 * What Twilio knows of a day: its lists of calls, messages, recordings, and
 * video rooms with their participants, page by page.
 */

enum history_kind {
	HISTORY_CALLS,
	HISTORY_MESSAGES,
	HISTORY_RECORDINGS,
	HISTORY_ROOMS,
	HISTORY__MAX
};

/* "calls", "messages" and so on.  Static. */
const char *history_name(enum history_kind kind);

/* Resources that are given at a time at the most. */
#define HISTORY_MOST 1000

struct history {
	struct twilio *twilio;
	/* Gets resources of one kind, which stay for the call. */
	enum err (*take)(void *context, const struct resource *resources,
		size_t n, struct reason *reason);
	void *context;
};

/*
 * Reads what began on the day that begins at that second, UTC: of rooms also
 * who was in them.  Ends with the first error of take's, which it returns;
 * otherwise errors as twilio_page.
 */
enum err history_read(const struct history *history, enum history_kind kind,
	long long day, struct reason *reason) NODISCARD;

#endif
