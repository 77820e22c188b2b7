#include "config.h"

#include "http_form.h"

#include <ctype.h>
#include <string.h>

static enum err
add_encoded(struct buf *out, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	enum err err = ERR_OK;

	for (; *text != '\0' && err == ERR_OK; text++) {
		unsigned char byte = (unsigned char)*text;
		char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};

		if (isalnum(byte) || strchr("-_.*", byte) != NULL)
			err = buf_add(out, text, 1);
		else if (byte == ' ')
			err = buf_add(out, "+", 1);
		else
			err = buf_add(out, encoded, sizeof encoded);
	}
	return err;
}

enum err
http_add_pair(struct buf *out, const char *name, const char *value)
{
	enum err err = out->len > 0 ? buf_add(out, "&", 1) : ERR_OK;

	if (err == ERR_OK)
		err = add_encoded(out, name);
	if (err == ERR_OK)
		err = buf_add(out, "=", 1);
	if (err == ERR_OK)
		err = add_encoded(out, value);
	return err;
}
