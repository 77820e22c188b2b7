#include "config.h"

#include "when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "timestamp.h"

/* "7d"; false if it is no such thing, or too long ago to be meant. */
static bool
read_ago(const char *text, long long *seconds)
{
	static const struct {
		char letter;
		long long seconds;
	} units[] = {
		{'m', 60          },
		{'h', 3600        },
		{'d', WHEN_DAY    },
		{'w', WHEN_DAY * 7},
	};
	size_t len = strspn(text, "0123456789");
	long long n = 0;

	if (len == 0 || len > 5 || text[len] == '\0' || text[len + 1] != '\0')
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (text[i] - '0');
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (units[i].letter == text[len]) {
			*seconds = n * units[i].seconds;
			return true;
		}
	return false;
}

bool
when_read(const char *text, long long now, long long *seconds)
{
	char midnight[32];
	long long ago;

	*seconds = 0;
	if (read_ago(text, &ago)) {
		*seconds = now - ago;
		return true;
	}
	if (strlen(text) != strlen("2026-01-31"))
		return timestamp_seconds(text, seconds);
	(void)snprintf(midnight, sizeof midnight, "%sT00:00:00Z", text);
	return timestamp_seconds(midnight, seconds);
}

long long
when_day(long long seconds)
{
	long long second = seconds % WHEN_DAY;

	return seconds - second - (second < 0 ? WHEN_DAY : 0);
}

void
when_date(long long seconds, char out[WHEN_DATE_SIZE])
{
	time_t time = (time_t)seconds;
	struct tm utc;

	out[0] = '\0';
	if (gmtime_r(&time, &utc) != NULL)
		(void)strftime(out, WHEN_DATE_SIZE, "%Y-%m-%d", &utc);
}
