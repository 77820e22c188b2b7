#include "config.h"

#include "event_stream.h"

#include <stdio.h>
#include <string.h>

static enum err
add_line(struct buf *out, const char *field, const char *text, size_t len)
{
	enum err err = buf_add_text(out, field);

	if (err == ERR_OK)
		err = buf_add(out, text, len);
	if (err == ERR_OK)
		err = buf_add(out, "\n", 1);
	return err;
}

/* A field for each line: LF, CR and both together end one. */
static enum err
add_data(struct buf *out, const char *data)
{
	enum err err;

	for (;;) {
		size_t len = strcspn(data, "\r\n");

		err = add_line(out, "data: ", data, len);
		data += len;
		if (err != ERR_OK || *data == '\0')
			return err;
		data += data[0] == '\r' && data[1] == '\n' ? 2 : 1;
	}
}

enum err
event_stream_add(
	struct buf *out, const char *type, const char *id, const char *data)
{
	enum err err = ERR_OK;

	if (type != NULL)
		err = add_line(out, "event: ", type, strlen(type));
	if (err == ERR_OK && id != NULL)
		err = add_line(out, "id: ", id, strlen(id));
	if (err == ERR_OK && data != NULL)
		err = add_data(out, data);
	return err == ERR_OK ? buf_add(out, "\n", 1) : err;
}

enum err
event_stream_add_retry(struct buf *out, long milliseconds)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%ld", milliseconds);
	return add_line(out, "retry: ", text, strlen(text));
}

enum err
event_stream_add_comment(struct buf *out)
{
	return buf_add_text(out, ":\n\n");
}
