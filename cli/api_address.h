#ifndef HOOKSWITCH_API_ADDRESS_H
#define HOOKSWITCH_API_ADDRESS_H

#include "buf.h"
#include "err.h"
#include "settings.h"

/*
 * Where Twilio's REST API is: https://PRODUCT.twilio.com, with TWILIO_EDGE and
 * TWILIO_REGION in the host as Twilio's own libraries put them there; or
 * HOOKSWITCH_TWILIO_API instead of all that, for every product.  Without TLS
 * that has to be this machine, since the token goes there.
 */

/* Twilio's products, each with a host of its own. */
enum twilio_product {
	TWILIO_API,
	TWILIO_MESSAGING,
	TWILIO_VIDEO,
	TWILIO_TRUNKING,
	TWILIO_PRODUCT__MAX
};

struct api_address {
	const char *api;    /* HOOKSWITCH_TWILIO_API; NULL if it is not set */
	const char *edge;   /* NULL if there is none */
	const char *region; /* likewise */
};

/* From the settings, whose texts it borrows; ERR_SETTING, naming a bad one. */
enum err api_address_read(struct api_address *address,
	const struct settings *settings, struct reason *reason) NODISCARD;

/* Appends what a path goes behind: "https://api.twilio.com". */
enum err api_address_add(const struct api_address *address,
	enum twilio_product product, struct buf *url) NODISCARD;

#endif
