#ifndef HOOKSWITCH_TERMINAL_H
#define HOOKSWITCH_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

/*
 * What is only for a person at a terminal: colours, progress, questions.  Of
 * the first two there are none where the stream is no terminal, where NO_COLOR
 * is set in the environment (no-color.org), and where TERM is "dumb".
 */

enum colour {
	COLOUR_NONE, /* ends any other */
	COLOUR_GOOD,
	COLOUR_BAD,
	COLOUR_STRONG,
	COLOUR_FAINT,
};

/* What switches to a colour on that stream, "" where there are none. */
const char *terminal_colour(FILE *out, enum colour colour);

/*
 * Shows how far it has come, in place of what was shown before; as
 * terminal_print_part does.
 */
void terminal_progress(const char *format, ...) PRINTF_LIKE(1, 2);

/* Takes away what terminal_progress has shown. */
void terminal_progress_end(void);

/*
 * Has what was printed to standard output go out.  0 if all of it has; or what
 * went wrong first: errno's value, EPIPE if nobody reads it any more, EIO if
 * that is not known.
 */
int terminal_flush(void);

/* Whether anybody could still read what is printed to standard output. */
bool terminal_is_read(void);

/* Whether there is somebody who could answer: see prompt.h. */
bool terminal_can_ask(void);

/*
 * Prints text that came from elsewhere: control bytes other than newline and
 * tab as \xNN, so that nothing in it can command a terminal.  Each line
 * begins with before.
 */
void terminal_print(
	FILE *out, const char *before, const char *text, size_t len);

/* The same of a piece of a line: a newline is a control byte, too. */
void terminal_print_part(FILE *out, const char *text, size_t len);

/*
 * Prints a text like that and a newline, one word after the other: as many to
 * a line as fit, and further lines below the first, which begins in the column
 * that the cursor is in.
 */
void terminal_print_wrapped(FILE *out, size_t column, const char *text);

#endif
