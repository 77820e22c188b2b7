#ifndef HOOKSWITCH_MIGRATION_H
#define HOOKSWITCH_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "database.h"
#include "err.h"

/*
 * The steps of the schema: those that SQL files bring, and which of them a
 * database has.
 */

/* Ceiling on the steps of a directory. */
#define MIGRATIONS 1000

struct migration {
	char name[64];        /* of the file: "003-delivery" */
	unsigned long number; /* 3 */
	bool is_applied;      /* to the database that was asked */
};

struct migrations {
	struct migration *steps; /* in their order */
	size_t n;
	unsigned long newest;  /* number of the last one */
	unsigned long version; /* the database's newest; 0: it has none */
	bool is_partitioned;   /* the database's ledger */
};

/*
 * Fills *migrations from the files in migrations/ below a directory of SQL.
 * ERR_IO, with the reason, if there are none.  The caller ends with
 * migrations_free in every case.
 */
enum err migrations_read(struct migrations *migrations, const char *directory,
	struct reason *reason) NODISCARD;
void migrations_free(struct migrations *migrations);

/* Asks a database which of them it has.  Errors as database_run. */
enum err migrations_ask(struct migrations *migrations,
	struct database *database, struct reason *reason) NODISCARD;

/* How many of them the database lacks. */
size_t migrations_missing(const struct migrations *migrations);

#endif
