#ifndef HOOKSWITCH_PSQL_H
#define HOOKSWITCH_PSQL_H

#include "database.h"
#include "err.h"

/*
 * psql, PostgreSQL's own command, which reads the SQL files that are
 * installed.
 */

/*
 * Runs a file, connected as database is; never through a shell, and nothing
 * of the connection is in its arguments.  ERR_DATABASE, with psql's words on
 * one line, if it failed; ERR_IO, with what to install and what to run
 * instead, if there is no psql; ERR_SETTING, ERR_MEMORY.
 */
enum err psql_run(const struct database *database, const char *path,
	struct reason *reason) NODISCARD;

#endif
