#include "config.h"

#include "shipped.h"

#include <string.h>

/* The change to be made at this place; NULL for none. */
static const struct shipped_change *
find_change(const struct shipped_change *changes, const char *text)
{
	for (; changes->from != NULL; changes++)
		if (strncmp(text, changes->from, strlen(changes->from)) == 0)
			return changes;
	return NULL;
}

static enum err
write_line(
	struct buf *out, const char *line, const struct shipped_change *changes)
{
	enum err err = ERR_OK;

	while (*line != '\0' && err == ERR_OK) {
		const struct shipped_change *change =
			find_change(changes, line);

		if (change != NULL)
			err = buf_add_text(out, change->to);
		else
			err = buf_add(out, line, 1);
		line += change != NULL ? strlen(change->from) : 1;
	}
	return err;
}

enum err
shipped_write(struct buf *out, const char *const *lines,
	const struct shipped_change *changes)
{
	enum err err = ERR_OK;

	for (; *lines != NULL && err == ERR_OK; lines++)
		err = write_line(out, *lines, changes);
	return err;
}
