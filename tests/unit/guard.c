#include "config.h"

#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Room for size bytes, the last of them just before a forbidden page. */
static void
map(struct guard *guard, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	char *start = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED ||
		mprotect(start + room, page, PROT_NONE) != 0) {
		perror("guard");
		abort();
	}
	guard->map = start;
	guard->map_size = room + page;
	guard->data = start + room - size;
}

char *
guard_buffer(struct guard *guard, const void *data, size_t len, size_t spare)
{
	map(guard, len + spare);
	guard->len = len;
	if (len > 0)
		memcpy(guard->data, data, len);
	memset(guard->data + len, GUARD_FILL, spare);
	return guard->data;
}

const char *
guard_bytes(struct guard *guard, const void *data, size_t len)
{
	(void)guard_buffer(guard, data, len, 0);
	if (mprotect(guard->map,
		    guard->map_size - (size_t)sysconf(_SC_PAGESIZE),
		    PROT_READ) != 0 &&
		len > 0) {
		perror("guard");
		abort();
	}
	return guard->data;
}

const char *
guard_text(struct guard *guard, const char *text)
{
	memset(guard, 0, sizeof *guard);
	if (text == NULL)
		return NULL;
	(void)guard_bytes(guard, text, strlen(text) + 1);
	guard->len--;
	return guard->data;
}

void
guard_free(struct guard *guard)
{
	if (guard->map != NULL)
		(void)munmap(guard->map, guard->map_size);
	memset(guard, 0, sizeof *guard);
}
