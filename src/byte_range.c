#include "config.h"

#include "byte_range.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define UNIT "bytes="

/*
 * The number that *text begins with, ULLONG_MAX where it is larger; *text then
 * is behind it.  False if there is none.
 */
static bool
read_number(const char **text, unsigned long long *number)
{
	const char *start = *text;

	*number = 0;
	for (; **text >= '0' && **text <= '9'; ++*text) {
		unsigned digit = (unsigned)(**text - '0');

		*number = *number > (ULLONG_MAX - digit) / 10
				  ? ULLONG_MAX
				  : *number * 10 + digit;
	}
	return *text > start;
}

/* "-500": the last ones. */
static enum byte_range
take_last(unsigned long long n, unsigned long long size,
	unsigned long long *first, unsigned long long *len)
{
	if (n == 0 || size == 0)
		return BYTE_RANGE_NONE;
	*len = n < size ? n : size;
	*first = size - *len;
	return BYTE_RANGE_PART;
}

/* "500-" or "500-999", of which the last one need not be there. */
static enum byte_range
take_from(unsigned long long from, unsigned long long to,
	unsigned long long size, unsigned long long *first,
	unsigned long long *len)
{
	if (from >= size)
		return BYTE_RANGE_NONE;
	*first = from;
	*len = (to < size ? to + 1 : size) - from;
	return BYTE_RANGE_PART;
}

enum byte_range
byte_range_read(const char *header, unsigned long long size,
	unsigned long long *first, unsigned long long *len)
{
	unsigned long long from, to;
	bool has_from, has_to;
	enum byte_range found = BYTE_RANGE_WHOLE;

	*first = 0;
	*len = size;
	if (header == NULL || strncasecmp(header, UNIT, strlen(UNIT)) != 0)
		return found;
	header += strlen(UNIT);
	has_from = read_number(&header, &from);
	if (*header != '-')
		return found;
	header++;
	has_to = read_number(&header, &to);
	if (*header != '\0' || (has_from && has_to && to < from))
		return found;
	if (has_from)
		found = take_from(
			from, has_to ? to : ULLONG_MAX, size, first, len);
	else if (has_to)
		found = take_last(to, size, first, len);
	if (found == BYTE_RANGE_NONE)
		*len = 0;
	return found;
}
