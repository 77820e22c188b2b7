#ifndef HOOKSWITCH_ACCESS_H
#define HOOKSWITCH_ACCESS_H

#include "err.h"
#include "request.h"
#include "settings.h"

/*
 * Who may read: a user whom the web server has authenticated (REMOTE_USER,
 * which no client can set), or whoever has the bearer token
 * HOOKSWITCH_FEED_TOKEN in the header Authorization.  Nothing else opens, a
 * webhook's signature least of all.
 */

/* Bytes of the token: what is shorter can be guessed. */
#define ACCESS_TOKEN_MIN 16

/*
 * ERR_OK for who may; ERR_REFUSED, with the reason, for others.  ERR_SETTING
 * if it is the token's turn, and it is shorter than ACCESS_TOKEN_MIN or not of
 * the characters that a header can have (RFC 6750).  The time of a comparison
 * does not depend on what is in the token.
 */
enum err access_check(const struct request *request,
	const struct settings *settings, struct reason *reason) NODISCARD;

#endif
