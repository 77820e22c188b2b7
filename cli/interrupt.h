#ifndef HOOKSWITCH_INTERRUPT_H
#define HOOKSWITCH_INTERRUPT_H

#include <stdbool.h>

/*
 * SIGINT and SIGTERM, for a command that is to end in order: after what it is
 * at, or while it waits for the next.
 */

/*
 * From now on the first of them is only noted; a second one ends the process,
 * in case what it is at hangs.
 */
void interrupt_catch(void);

/* Whether one has come. */
bool interrupt_came(void);

/* Waits so long, or until one comes; false if one has. */
bool interrupt_wait(int milliseconds);

/* The same, or until there is something to be read from fd. */
bool interrupt_wait_for(int fd, int milliseconds);

#endif
