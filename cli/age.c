#include "config.h"

#include "age.h"

#include <stdio.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

void
age_format(long long seconds, char out[AGE_SIZE])
{
	/* Each up to two of the next, so that little is lost by rounding. */
	static const struct {
		long long below, unit;
		const char *name;
	} units[] = {
		{2 * MINUTE, 1,      "s"  },
		{2 * HOUR,   MINUTE, "min"},
		{2 * DAY,    HOUR,   "h"  },
	};

	if (seconds < 0)
		seconds = 0;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (seconds < units[i].below) {
			(void)snprintf(out, AGE_SIZE, "%lld %s",
				seconds / units[i].unit, units[i].name);
			return;
		}
	(void)snprintf(out, AGE_SIZE, "%lld d", seconds / DAY);
}
