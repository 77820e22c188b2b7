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

#endif
