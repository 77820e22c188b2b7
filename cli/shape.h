#ifndef HOOKSWITCH_SHAPE_H
#define HOOKSWITCH_SHAPE_H

#include "settings.h"

/*
 * What the value of a setting looks like: for whoever is about to write one
 * down, and for whoever looks at those that are there.  Nobody is asked; a
 * token that looks well may still be the wrong one.
 */

enum shape {
	SHAPE_GOOD,
	SHAPE_ODD,   /* perhaps it is meant so */
	SHAPE_WRONG, /* it cannot work */
};

/* What there is to say of it; static texts without the value. */
struct opinion {
	enum shape shape;
	const char *found; /* "TWILIO_ACCOUNT_SID is ..."; NULL if it is good */
	const char *mend;
};

/* A setting that has no rules is always good. */
struct opinion shape_judge(enum setting setting, const char *value);

#endif
