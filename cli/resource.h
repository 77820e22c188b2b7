#ifndef HOOKSWITCH_RESOURCE_H
#define HOOKSWITCH_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "endpoint.h"
#include "err.h"
#include "json.h"

/*
 * What Twilio's REST API says of a call, a message and so on, as the webhooks
 * that must have told of it.
 *
 * A resource is what has become of a thing; a webhook tells one step of the
 * way.  So each resource is several webhooks, with the parameters that they
 * carry, and a Timestamp, which gives them the time at which it happened.  What
 * the resource does not prove, and when it happened, is not said: of a call
 * that has not ended only that it began; more of them will come.
 *
 * Nothing here talks to anybody.
 */

enum resource_kind {
	RESOURCE_CALL,
	RESOURCE_MESSAGE,
	RESOURCE_RECORDING,
	RESOURCE_ROOM,
	RESOURCE_PARTICIPANT,
	RESOURCE__MAX
};

/* A resource, borrowed, and what else its webhooks carry. */
struct resource {
	enum resource_kind kind;
	const struct json *document;
	const struct json *room;  /* of a participant */
	const struct json *media; /* NULL, or the list of those of a message */
};

/* Webhooks of one resource at the most. */
#define RESOURCE_WEBHOOKS 3

struct resource_row;

/* One webhook of a resource. */
struct resource_webhook {
	const struct resource_row *row;
	const struct endpoint *tables; /* that apply to it */
	const char *event;             /* status or event it tells: borrowed */
};

/* "call", "message" and so on.  Static. */
const char *resource_name(enum resource_kind kind);

/* Its SID; NULL if there is none, or none that could become a key. */
const char *resource_sid(const struct resource *resource);

/* Whether something hangs on it: a message that came in with attachments. */
bool resource_has_media(const struct resource *resource);

/*
 * The webhooks that must have told of a resource, in the order in which they
 * were sent; how many there are.  They stay as long as the document.
 */
size_t resource_webhooks(const struct resource *resource,
	struct resource_webhook webhooks[RESOURCE_WEBHOOKS]);

/*
 * Appends a webhook's parameters as a form.  AccountSid is that of the
 * account that was asked.  ERR_TOO_LARGE over the ceiling of the form.
 */
enum err resource_form(const struct resource *resource,
	const struct resource_webhook *webhook, const char *account_sid,
	struct buf *form) NODISCARD;

#endif
