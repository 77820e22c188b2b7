#ifndef HOOKSWITCH_ROW_COUNT_H
#define HOOKSWITCH_ROW_COUNT_H

#include <stdio.h>

#include "database.h"
#include "json_writer.h"

/*
 * How many rows of each table something was done to.
 */

/* More tables than there are. */
#define ROW_COUNT_TABLES 40

struct row_count {
	struct {
		char table[64];
		unsigned long long n;
	} tables[ROW_COUNT_TABLES];
	size_t n_tables;
	unsigned long long rows; /* of all tables */
};

/* Adds so many of a table, or of what else is counted. */
void row_count_add(
	struct row_count *count, const char *table, unsigned long long n);

/* Adds the rows (table, number) of a result; how many that is in all. */
unsigned long long row_count_add_all(
	struct row_count *count, const struct database_result *result);

/* Prints a line for each that has any, and one for the sum, with words. */
void row_count_print(
	FILE *out, const struct row_count *count, const char *words);

/* Writes the members "tables", an object, and "rows". */
void row_count_write(struct json_writer *writer, const struct row_count *count);

#endif
