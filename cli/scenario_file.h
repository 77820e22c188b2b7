#ifndef HOOKSWITCH_SCENARIO_FILE_H
#define HOOKSWITCH_SCENARIO_FILE_H

#include <stddef.h>

#include "err.h"
#include "scenario.h"

/*
 * Scenarios by name: those that are installed, and each webhook alone.
 */

/*
 * Fills *scenario with the webhook or the installed scenario of that name.
 * ERR_MALFORMED, with what may have been meant, if there is none; other
 * errors as scenario_parse.
 */
enum err scenario_find(struct scenario *scenario, const char *name,
	struct reason *reason) NODISCARD;

/* Fills *scenario from a file, "-" being standard input. */
enum err scenario_read(struct scenario *scenario, const char *path,
	struct reason *reason) NODISCARD;

/*
 * Calls back for each that is installed, in order of names; purpose is the
 * comment that it begins with.  Returns how many there are.
 */
size_t scenario_list(
	void (*call)(void *context, const char *name, const char *purpose),
	void *context);

#endif
