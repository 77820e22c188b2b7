#ifndef HOOKSWITCH_INVENTORY_H
#define HOOKSWITCH_INVENTORY_H

#include <stddef.h>

#include "err.h"
#include "twilio.h"
#include "webhook_urls.h"

/*
 * What an account has that has webhooks: its phone numbers, messaging services
 * and TwiML applications, as Twilio's REST API tells of them, with what goes
 * before what.
 *
 *	err = inventory_read(&inventory, twilio, reason);
 *	for (i = 0; i < inventory.n && err == ERR_OK; i++)
 *		err = webhook_judge(&urls, &inventory.resources[i], ...);
 *	inventory_free(&inventory);
 */

/* More than any account has; each is a few KiB. */
#define INVENTORY_MOST 100000

struct inventory {
	struct webhook_resource *resources; /* by kind, as Twilio has them */
	size_t n;
	struct json **documents;          /* theirs */
	struct webhook_resource **by_sid; /* sorted, to find them */
};

/*
 * Reads all of it: a request for every thousand resources, and one for the
 * numbers of each service.  In every case the caller ends with inventory_free.
 * Errors as twilio_list; ERR_TOO_LARGE over INVENTORY_MOST.
 */
enum err inventory_read(struct inventory *inventory, struct twilio *twilio,
	struct reason *reason) NODISCARD;

/* Frees all of it. */
void inventory_free(struct inventory *inventory);

/* The resource of that kind and SID; NULL if there is none. */
const struct webhook_resource *inventory_find(const struct inventory *inventory,
	enum webhook_kind kind, const char *sid);

/*
 * Reads, with form NULL, or changes one resource; *result and errors as
 * twilio_send.
 */
enum err inventory_send(struct twilio *twilio, enum webhook_kind kind,
	const char *sid, const struct buf *form, struct twilio_result *result,
	struct reason *reason) NODISCARD;

#endif
