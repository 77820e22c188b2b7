#ifndef HOOKSWITCH_LIBRARY_H
#define HOOKSWITCH_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * Libraries that are loaded at the first need.
 *
 * libpq and libxml2 bring some thirty others with them, which costs a plain
 * CGI process several milliseconds.  A request that is refused needs neither,
 * so they are not linked; libpq.c and libxml.c look their functions up here.
 */

/* One function: its name, and where in the caller's table it goes. */
struct library_function {
	const char *name;
	size_t offset;
};

/*
 * Loads a library by its soname and fills the n functions of table, which is
 * a struct of function pointers, and sets *loaded; does nothing if it is set
 * already.  The library stays until the process ends.  Threads may call this
 * at the same time.
 * ERR_SETTING, naming the library, if it is not installed or lacks one;
 * ERR_MEMORY, and the next call tries again.
 */
enum err library_load(const char *soname,
	const struct library_function *functions, size_t n, void *table,
	bool *loaded, struct reason *reason) NODISCARD;

#endif
