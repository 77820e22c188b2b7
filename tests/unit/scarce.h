#ifndef HOOKSWITCH_TESTS_SCARCE_H
#define HOOKSWITCH_TESTS_SCARCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * An allocator that runs out of memory when it is told to.
 *
 * A program that scarce.c is linked into has this one in the place of the C
 * library's: for itself, for every library, and for those that are loaded
 * while it runs.  Only one thread may allocate while calls are counted.
 */

/* Every call from the first that fails. */
#define SCARCE_FOR_GOOD ((size_t)-1)

/*
 * Counts calls from now on, the next being 1.  n calls from the given one on
 * fail; none if n is 0.
 */
void scarce_begin(size_t first, size_t n);

/* Memory is there again.  How many calls there were, and how many failed. */
size_t scarce_end(size_t *n_failed);

/*
 * Blocks in use.  0 under a sanitizer, which allocates some by itself, and
 * finds leaks by itself.
 */
size_t scarce_blocks(void);

/* Whether calls get here; valgrind, unless told not to, takes them all. */
bool scarce_is_in_place(void);

#endif
