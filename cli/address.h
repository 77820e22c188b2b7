#ifndef HOOKSWITCH_ADDRESS_H
#define HOOKSWITCH_ADDRESS_H

#include <stdbool.h>

#include "err.h"

/*
 * Addresses of calls and messages, as far as their shape tells that Twilio
 * would not take them.
 *
 *	+15551230001            a telephone number, in E.164
 *	sip:user@example.com    calls only
 *	client:alice            likewise
 *	whatsapp:+15551230001   messages only
 *	rcs:+15551230001        likewise; as a sender rcs:agent
 *	messenger:0123          likewise
 *	12345, Example Inc      a short code, a name: senders of messages only
 */

/* What an address is used for; a bit each. */
enum address_use {
	ADDRESS_CALL_TO = 1,
	ADDRESS_CALL_FROM = 2,
	ADDRESS_MESSAGE_TO = 4,
	ADDRESS_MESSAGE_FROM = 8,
};

/*
 * ERR_MALFORMED, with what such an address looks like, for one that is none;
 * name is what it was given as, "--to".
 */
enum err address_check(const char *address, enum address_use use,
	const char *name, struct reason *reason) NODISCARD;

/*
 * Whether it can name somebody in the tables, however it is spelt there: a
 * number, with blanks and brackets as people write them, or whatever stands
 * behind what it is, as in client:alice.
 */
bool address_is_contact(const char *address);

/* Whether it is a telephone number, without anything before it. */
bool address_is_number(const char *address);

/* Whether it is one of WhatsApp's. */
bool address_is_whatsapp(const char *address);

/* What stands before those. */
#define ADDRESS_WHATSAPP "whatsapp:"

#endif
