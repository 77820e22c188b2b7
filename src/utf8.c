#include "config.h"

#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* The well-formed sequences, but for ASCII: range of the first byte and of the
 * second. */
static const struct sequence {
	uint8_t first_from, first_to;
	uint8_t second_from, second_to;
	uint8_t len;
} sequences[] = {
	{0xC2, 0xDF, 0x80, 0xBF, 2},
	{0xE0, 0xE0, 0xA0, 0xBF, 3},
	{0xE1, 0xEC, 0x80, 0xBF, 3},
	{0xED, 0xED, 0x80, 0x9F, 3},
	{0xEE, 0xEF, 0x80, 0xBF, 3},
	{0xF0, 0xF0, 0x90, 0xBF, 4},
	{0xF1, 0xF3, 0x80, 0xBF, 4},
	{0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool
matches(const struct sequence *sequence, const uint8_t *byte, size_t len)
{
	if (byte[0] < sequence->first_from || byte[0] > sequence->first_to)
		return false;
	if (len < sequence->len)
		return false;
	if (byte[1] < sequence->second_from || byte[1] > sequence->second_to)
		return false;
	for (size_t i = 2; i < sequence->len; i++)
		if (byte[i] < 0x80 || byte[i] > 0xBF)
			return false;
	return true;
}

size_t
utf8_char(const char *text, size_t len)
{
	const size_t n = sizeof sequences / sizeof sequences[0];

	if (len == 0)
		return 0;
	if ((unsigned char)text[0] <= 0x7F) /* most are */
		return 1;
	for (size_t i = 0; i < n; i++)
		if (matches(&sequences[i], (const uint8_t *)text, len))
			return sequences[i].len;
	return 0;
}

bool
utf8_is_clean(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t step = utf8_char(text + at, len - at);

		if (step == 0 || text[at] == '\0')
			return false;
		at += step;
	}
	return true;
}

enum err
utf8_clean(struct buf *out, const char *text, size_t len)
{
	size_t at = 0;
	enum err err = ERR_OK;

	while (at < len && err == ERR_OK) {
		size_t step = utf8_char(text + at, len - at);

		if (step == 0 || text[at] == '\0')
			err = buf_add_text(out, "\xEF\xBF\xBD");
		else
			err = buf_add(out, text + at, step);
		at += step > 0 ? step : 1;
	}
	return err;
}
