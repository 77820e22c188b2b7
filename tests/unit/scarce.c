#include "config.h"

#include "scarce.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

/*
 * The allocators below ours: the C library's, by the names it has for them
 * beside the usual ones, or that of a sanitizer if we are built with one.
 */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

#define WEAK __attribute__((__weak__))
void *__interceptor_malloc(size_t size) WEAK;
void *__interceptor_calloc(size_t n, size_t size) WEAK;
void *__interceptor_realloc(void *block, size_t size) WEAK;
void *__interceptor_memalign(size_t alignment, size_t size) WEAK;
void __interceptor_free(void *block) WEAK;

#define BELOW(name)                                                            \
	(__interceptor_##name != NULL ? __interceptor_##name : __libc_##name)

/* Ours, as the headers declare them or would. */
void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *block, size_t size);
void *reallocarray(void *block, size_t n, size_t size);
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **out, size_t alignment, size_t size);
char *strdup(const char *text);
char *strndup(const char *text, size_t len);
void free(void *block);

static struct {
	size_t n_calls;
	size_t first, last; /* that fail; 0: none */
	size_t n_failed;
	size_t n_blocks;
} state;

/* Counts a call; whether it is one that fails. */
static bool
fails(void)
{
	state.n_calls++;
	if (state.n_calls < state.first || state.n_calls > state.last)
		return false;
	state.n_failed++;
	errno = ENOMEM;
	return true;
}

static void *
note(void *block)
{
	state.n_blocks += block != NULL;
	return block;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : note(BELOW(malloc)(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : note(BELOW(calloc)(n, size));
}

void *
realloc(void *block, size_t size)
{
	void *moved;

	if (fails())
		return NULL;
	moved = BELOW(realloc)(block, size);
	if (block == NULL)
		return note(moved);
	state.n_blocks -= moved == NULL && size == 0;
	return moved;
}

void *
reallocarray(void *block, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, n * size);
}

void *
memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : note(BELOW(memalign)(alignment, size));
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	void *block = memalign(alignment, size);

	if (block == NULL)
		return ENOMEM;
	*out = block;
	return 0;
}

/* The C library's would do; a sanitizer's do not call malloc. */
char *
strndup(const char *text, size_t len)
{
	size_t used = strnlen(text, len);
	char *copy = malloc(used + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, used);
	copy[used] = '\0';
	return copy;
}

char *
strdup(const char *text)
{
	return strndup(text, strlen(text));
}

void
free(void *block)
{
	state.n_blocks -= block != NULL;
	BELOW(free)(block);
}

void
scarce_begin(size_t first, size_t n)
{
	state.n_calls = 0;
	state.n_failed = 0;
	state.first = n > 0 ? first : SIZE_MAX;
	state.last = n > SIZE_MAX - first ? SIZE_MAX : first + n - 1;
}

size_t
scarce_end(size_t *n_failed)
{
	state.first = SIZE_MAX;
	if (n_failed != NULL)
		*n_failed = state.n_failed;
	return state.n_calls;
}

size_t
scarce_blocks(void)
{
	return __interceptor_malloc != NULL ? 0 : state.n_blocks;
}

bool
scarce_is_in_place(void)
{
	/* Volatile: else compilers know that such a pair does nothing. */
	void *(*volatile allocate)(size_t) = malloc;
	size_t before = state.n_calls;

	free(allocate(1));
	return state.n_calls != before;
}
