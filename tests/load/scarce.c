/*
 * For LD_PRELOAD: a program whose memory runs out.
 *
 * environment: SCARCE_FIRST and SCARCE_CALLS, which calls to the allocator
 * fail (scarce.h); SCARCE_COUNT, a file that gets the number of all calls
 */
#include "config.h"

#include "scarce.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static size_t
number(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? strtoul(value, NULL, 10) : 0;
}

__attribute__((__constructor__)) static void
begin(void)
{
	scarce_begin(number("SCARCE_FIRST"), number("SCARCE_CALLS"));
}

__attribute__((__destructor__)) static void
end(void)
{
	size_t n = scarce_end(NULL);
	const char *path = getenv("SCARCE_COUNT");
	int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)
			      : -1;

	if (fd < 0)
		return;
	(void)dprintf(fd, "%zu\n", n);
	(void)close(fd);
}
