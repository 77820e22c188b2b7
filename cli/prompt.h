#ifndef HOOKSWITCH_PROMPT_H
#define HOOKSWITCH_PROMPT_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

/*
 * Questions to who sits at the terminal: asked on standard error, answered on
 * standard input, a line each.  terminal_can_ask says whether somebody does.
 */

struct prompt {
	const char *text;
	const char *otherwise; /* an empty line means this; NULL: "" */
	const char *shown;     /* in brackets for it; NULL: it is itself */
	bool is_secret;        /* what is typed is not shown */
};

/*
 * Asks, and puts the answer in the place of what *answer held, without blanks
 * around it.  ERR_IO where the input has ended; ERR_TOO_LARGE over the
 * buffer's ceiling, and the rest of the line is gone.
 */
enum err prompt_ask(const struct prompt *prompt, struct buf *answer,
	struct reason *reason) NODISCARD;

/*
 * Asks something that yes or no answers, again until it is one of them.
 * Errors as prompt_ask.
 */
enum err prompt_confirm(const char *text, bool otherwise, bool *answer,
	struct reason *reason) NODISCARD;

/*
 * What is wrong with an option --interactive, beside --dry-run or where nobody
 * could answer; NULL if nothing is.
 */
const char *prompt_find_misuse(bool interactive, bool dry_run);

#endif
