#ifndef HOOKSWITCH_PLAIN_H
#define HOOKSWITCH_PLAIN_H

#include "diagnosis.h"
#include "err.h"
#include "inquiry.h"

/*
 * What is plain from the shape of a request, without a look at what its
 * signature fits.  Only diagnosis.c uses this.
 */

/* Why it had to be refused. */
enum err plain_causes(
	const struct inquiry *inquiry, struct diagnosis *diagnosis) NODISCARD;

/* What else, where nothing was found that the signature fits. */
enum err plain_rest(
	const struct inquiry *inquiry, struct diagnosis *diagnosis) NODISCARD;

#endif
