#ifndef HOOKSWITCH_INTERVIEW_H
#define HOOKSWITCH_INTERVIEW_H

#include <stdbool.h>

#include "err.h"
#include "settings.h"

/*
 * The settings of a site that is being set up: account, token, address,
 * database and number.  What its file has stays; what is missing there comes
 * from the command line, or from whoever sits at the terminal, who is offered
 * what the environment says, or from the environment.
 *
 * Each answer is looked at at once, and Twilio and the database are asked
 * whether they know what they were told of.
 */

struct interview {
	const char *given[SETTING__MAX]; /* on the command line; NULL: not */
	bool is_terminal;                /* somebody sits there */
	bool is_offline;                 /* nobody is asked */
};

/*
 * Adds to the settings what they lack.  ERR_SETTING for what is missing, what
 * cannot be, and what was given otherwise than the file has it; ERR_REFUSED if
 * Twilio does not know account and token, ERR_DATABASE and ERR_REJECTED if
 * the database cannot be used; ERR_IO where the answers end.
 */
enum err interview_run(const struct interview *interview,
	struct settings *settings, struct reason *reason) NODISCARD;

#endif
