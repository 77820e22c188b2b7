#include "config.h"

#include "expand.h"

#include <string.h>

static bool
is_one_of(char c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

bool
expand_is_name(const char *word, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

	if (len == 0 || len >= EXPAND_NAME_SIZE || !is_one_of(word[0], letters))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_one_of(word[i], letters) &&
			!is_one_of(word[i], "0123456789-+"))
			return false;
	return true;
}

/* The length of the variable that text begins with; 0 if it does not. */
static size_t
variable_len(const char *text)
{
	const char *end;

	if (*text != '{')
		return 0;
	end = strchr(text, '}');
	if (end == NULL || !expand_is_name(text + 1, (size_t)(end - text - 1)))
		return 0;
	return (size_t)(end + 1 - text);
}

static enum err
add_value(struct buf *out, const char *variable, size_t len,
	const struct expand_source *source, struct reason *reason)
{
	char name[EXPAND_NAME_SIZE];
	enum err err;

	memcpy(name, variable + 1, len - 2);
	name[len - 2] = '\0';
	err = source->value(source->context, name, out);
	if (err == ERR_MALFORMED)
		return err_reason(
			reason, err, "there is no variable {%s}", name);
	return err;
}

enum err
expand(struct buf *out, const char *text, const struct expand_source *source,
	struct reason *reason)
{
	enum err err = ERR_OK;

	while (*text != '\0' && err == ERR_OK) {
		size_t plain = strcspn(text, "{");
		size_t len = variable_len(text);

		if (len > 0) {
			err = add_value(out, text, len, source, reason);
			text += len;
		} else {
			plain = plain > 0 ? plain : 1;
			err = buf_add(out, text, plain);
			text += plain;
		}
	}
	if (err == ERR_TOO_LARGE)
		return err_reason(
			reason, err, "a text exceeds %zu bytes", out->max);
	if (err == ERR_MEMORY)
		return err_reason(reason, err, "out of memory");
	return err;
}
