#ifndef HOOKSWITCH_OVERRIDES_H
#define HOOKSWITCH_OVERRIDES_H

#include <stdbool.h>

#include "err.h"

/*
 * Twilio's connection overrides: what the fragment of a webhook's URL, as in
 * https://example.com/api/webhooks/sms#rc=3&rp=all, says of timeouts and
 * repeats.  It is neither sent nor signed.
 */

/*
 * What a URL gets unless somebody wants something else: three more tries,
 * whatever went wrong.  An endpoint that has a request already changes nothing
 * by having it again, so there is nothing that may not be repeated.  Timeouts
 * stay Twilio's: a shorter one would cut off the answer of a host that is
 * merely slow, and ask it for the same again.
 */
#define OVERRIDES_USUAL "rc=3&rp=all"

/*
 * ERR_MALFORMED, with the reason, for overrides that Twilio would not take
 * (its errors 11240 to 11243), which it finds out only when it needs the URL.
 */
enum err overrides_check(
	const char *overrides, struct reason *reason) NODISCARD;

/*
 * Whether Twilio repeats a request that was answered with 5xx, under the
 * overrides of a fragment, which may begin with its "#".
 */
bool overrides_repeat(const char *overrides);

#endif
