#include "config.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 256

void
buf_init(struct buf *buf, size_t max)
{
	memset(buf, 0, sizeof *buf);
	buf->max = max;
}

void
buf_free(struct buf *buf)
{
	if (buf->data != NULL) {
		explicit_bzero(buf->data, buf->size);
		free(buf->data);
	}
	buf_init(buf, buf->max);
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Moves to a larger block by hand: realloc would leave a copy unwiped. */
static enum err
move_to(struct buf *buf, size_t size)
{
	char *data = malloc(size);

	if (data == NULL)
		return ERR_MEMORY;
	data[buf->len] = '\0';
	if (buf->data != NULL) {
		memcpy(data, buf->data, buf->len);
		explicit_bzero(buf->data, buf->size);
		free(buf->data);
	}
	buf->data = data;
	buf->size = size;
	return ERR_OK;
}

enum err
buf_reserve(struct buf *buf, size_t len)
{
	size_t size;

	if (len > buf->max - buf->len)
		return ERR_TOO_LARGE;
	if (buf->data != NULL && len < buf->size - buf->len)
		return ERR_OK;
	size = buf->size > 0 ? buf->size : SIZE_FIRST;
	while (size <= buf->len + len)
		size *= 2;
	if (size > buf->max + 1)
		size = buf->max + 1; /* the ceiling and the NUL */
	return move_to(buf, size);
}

enum err
buf_add(struct buf *buf, const void *data, size_t len)
{
	enum err err = buf_reserve(buf, len);

	if (err != ERR_OK)
		return err;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return ERR_OK;
}

enum err
buf_add_text(struct buf *buf, const char *text)
{
	return buf_add(buf, text, strlen(text));
}

enum err
buf_add_number(struct buf *buf, size_t number)
{
	char digits[3 * sizeof number]; /* a byte is less than three */
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return buf_add(buf, digits + at, sizeof digits - at);
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data != NULL ? buf->data : "";
}
