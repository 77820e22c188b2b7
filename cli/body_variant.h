#ifndef HOOKSWITCH_BODY_VARIANT_H
#define HOOKSWITCH_BODY_VARIANT_H

#include <stddef.h>

#include "candidate.h"
#include "err.h"
#include "form.h"

/*
 * The parameters that Twilio may have signed where others came: what was
 * signed of them, for each way in which a body gets changed.
 */

/*
 * Fills *tails with what is signed behind the URL, what fits the parameters
 * as they came first in it.  The first n_body of the form's parameters are
 * the body's, the others the query's.  Names of findings point into the form.
 * ERR_MEMORY without memory.  In every case the caller ends with
 * candidates_free.
 */
enum err body_variants_fill(struct candidates *tails, const struct form *form,
	size_t n_body) NODISCARD;

#endif
