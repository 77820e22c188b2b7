#include "config.h"

#include "statement.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "timestamp.h"
#include "utf8.h"

/* A whole number without blanks, from -limit - 1 to limit. */
static bool
fits_integer(const char *text, uint64_t limit)
{
	bool negative = *text == '-';
	uint64_t value = 0, max = negative ? limit + 1 : limit;

	if (*text == '-' || *text == '+')
		text++;
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)(unsigned char)*text - '0';

		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	return true;
}

static bool
fits_length(const char *text, size_t max)
{
	size_t len = strlen(text), at = 0, n = 0;

	while (at < len) {
		size_t step = utf8_char(text + at, len - at);

		at += step > 0 ? step : 1;
		if (++n > max)
			return false;
	}
	return true;
}

const char *
statement_value(const struct placeholder *placeholder, const char *text,
	char scratch[STATEMENT_VALUE_SIZE])
{
	_Static_assert(STATEMENT_VALUE_SIZE >= TIMESTAMP_SIZE,
		"a timestamp fits the scratch");

	if (text == NULL || *text == '\0')
		return NULL;
	switch (placeholder->type) {
	case SQL_TEXT:
	case SQL_JSONB:
	case SQL_BYTEA:
		return text;
	case SQL_VARCHAR:
		return fits_length(text, placeholder->max_length) ? text : NULL;
	case SQL_INTEGER:
		return fits_integer(text, INT32_MAX) ? text : NULL;
	case SQL_BIGINT:
		return fits_integer(text, INT64_MAX) ? text : NULL;
	case SQL_TIMESTAMPTZ:
		return timestamp_parse(text, scratch) ? scratch : NULL;
	}
	return NULL;
}
