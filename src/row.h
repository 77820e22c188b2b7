#ifndef HOOKSWITCH_ROW_H
#define HOOKSWITCH_ROW_H

#include <stdbool.h>

#include "buf.h"

/*
 * What a query of a plan found: its first row, as text.
 */

#define ROW_COLUMNS 4

struct row {
	bool is_there;
	bool is_lost; /* there was one, which could not be kept */
	struct buf columns[ROW_COLUMNS]; /* empty for SQL's NULL */
};

/* A row that is not there.  The caller ends with row_free. */
void row_init(struct row *row);
void row_free(struct row *row);

/* Makes it one that is not there. */
void row_clear(struct row *row);

/* The text of a column, "" for SQL's NULL. */
const char *row_text(const struct row *row, int column);

#endif
