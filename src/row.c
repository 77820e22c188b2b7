#include "config.h"

#include "row.h"

#include "limit.h"

void
row_init(struct row *row)
{
	row->is_there = false;
	row->is_lost = false;
	for (int i = 0; i < ROW_COLUMNS; i++)
		buf_init(&row->columns[i], LIMIT_TWIML);
}

void
row_free(struct row *row)
{
	row->is_there = false;
	row->is_lost = false;
	for (int i = 0; i < ROW_COLUMNS; i++)
		buf_free(&row->columns[i]);
}

void
row_clear(struct row *row)
{
	row->is_there = false;
	row->is_lost = false;
	for (int i = 0; i < ROW_COLUMNS; i++)
		buf_clear(&row->columns[i]);
}

const char *
row_text(const struct row *row, int column)
{
	return buf_text(&row->columns[column]);
}
