#include "config.h"

#include "row_count.h"

#include <stdlib.h>
#include <string.h>

void
row_count_add(struct row_count *count, const char *table, unsigned long long n)
{
	size_t i = 0;

	while (i < count->n_tables &&
		strcmp(count->tables[i].table, table) != 0)
		i++;
	if (i == ROW_COUNT_TABLES)
		return;
	if (i == count->n_tables) {
		(void)snprintf(count->tables[i].table,
			sizeof count->tables[i].table, "%s", table);
		count->n_tables++;
	}
	count->tables[i].n += n;
	count->rows += n;
}

unsigned long long
row_count_add_all(struct row_count *count, const struct database_result *result)
{
	unsigned long long before = count->rows;

	for (size_t i = 0; i < database_rows(result); i++)
		row_count_add(count, database_text(result, i, 0),
			strtoull(database_text(result, i, 1), NULL, 10));
	return count->rows - before;
}

void
row_count_print(FILE *out, const struct row_count *count, const char *words)
{
	for (size_t i = 0; i < count->n_tables; i++)
		if (count->tables[i].n > 0)
			fprintf(out, "%-20s %12llu\n", count->tables[i].table,
				count->tables[i].n);
	fprintf(out, "%-20s %12llu\n", words, count->rows);
}

void
row_count_write(struct json_writer *writer, const struct row_count *count)
{
	json_begin_object(writer, "tables");
	for (size_t i = 0; i < count->n_tables; i++)
		json_write_number(writer, count->tables[i].table,
			(long long)count->tables[i].n);
	json_end_object(writer);
	json_write_number(writer, "rows", (long long)count->rows);
}
