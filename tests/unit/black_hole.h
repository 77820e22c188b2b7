#ifndef HOOKSWITCH_TESTS_BLACK_HOLE_H
#define HOOKSWITCH_TESTS_BLACK_HOLE_H

#include <stddef.h>

/*
 * A database server that takes connections and never says a word, on loopback.
 * connection gets the connection string that leads there; the caller closes
 * what is returned.
 */
int black_hole_open(char *connection, size_t size);

#endif
