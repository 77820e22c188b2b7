#ifndef HOOKSWITCH_SID_H
#define HOOKSWITCH_SID_H

#include <stdbool.h>

#include "err.h"

/*
 * What SIDs look like, and which can become part of a path: of a URL, or of a
 * file's name.
 */

/* Twilio's have 34 characters; those of others that speak its API, 36. */
#define SID_MOST 64

/*
 * Whether it is nothing but letters, digits and hyphens, with none of these at
 * the beginning.
 */
bool sid_is_plain(const char *sid);

/* Whether it is one of Twilio's: two letters, and 32 hexadecimal digits. */
bool sid_begins(const char *sid, const char *letters);

/*
 * ERR_MALFORMED, with what it has to look like, for what somebody has typed
 * and is neither one of Twilio's, with these letters (NULL: any), nor a UUID,
 * as those of others are.  option is what it was given as, "call".
 */
enum err sid_check(const char *sid, const char *letters, const char *option,
	struct reason *reason) NODISCARD;

#endif
