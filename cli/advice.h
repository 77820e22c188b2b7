#ifndef HOOKSWITCH_ADVICE_H
#define HOOKSWITCH_ADVICE_H

#include "setup.h"

/*
 * What its owner does next with a site that has been made.
 */

/* Prints it to standard output; url is that of the site's directory. */
void advice_print(const struct setup_server *server, const struct setup *setup,
	const char *url);

#endif
