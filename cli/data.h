#ifndef HOOKSWITCH_DATA_H
#define HOOKSWITCH_DATA_H

#include <limits.h>

#include "err.h"

/*
 * Files that are installed with the command: scenarios, SQL.
 */

/*
 * The path of one, such as "sql/install.sql", or of a directory of them: in
 * ../share/hookswitch beside the directory of the program, wherever the whole
 * was moved to, or else where it was installed by make.  ERR_IO if it is in
 * neither place.
 */
enum err data_find(
	char path[PATH_MAX], const char *name, struct reason *reason) NODISCARD;

/* The path of the running program; its name alone if that cannot be told. */
void data_find_self(char path[PATH_MAX]);

/*
 * The directory that the *.fcgi programs are in: ../libexec/hookswitch beside
 * the directory of this one, wherever the whole was moved to, or else where
 * make has installed them, or that of this one itself.  ERR_IO if they are in
 * none of these.
 */
enum err data_find_programs(
	char directory[PATH_MAX], struct reason *reason) NODISCARD;

#endif
