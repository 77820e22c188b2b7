#ifndef HOOKSWITCH_TESTS_SCRATCH_H
#define HOOKSWITCH_TESTS_SCRATCH_H

#include <stddef.h>
#include <sys/types.h>

/*
 * A directory of its own for each test, under TMPDIR or /tmp.
 */

#define SCRATCH_PATH 1024

/* As cmocka's setup and teardown; *state is the directory's path. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* The path of name in the directory; stays until the next but seven. */
const char *scratch_path(const char *directory, const char *name);

/* Writes len bytes into a new file with the given mode; returns its path. */
const char *scratch_write_bytes(const char *directory, const char *name,
	const void *data, size_t len, mode_t mode);

/* The same with a string. */
const char *scratch_write(
	const char *directory, const char *name, const char *text, mode_t mode);

/* Makes a directory; returns its path. */
const char *scratch_mkdir(const char *directory, const char *name);

/* Makes a symbolic link called name to target; returns its path. */
const char *scratch_link(
	const char *directory, const char *name, const char *target);

#endif
