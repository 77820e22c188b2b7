#include "config.h"

#include "libxml.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

static struct libxml table;

static _Thread_local bool ran_short;

/* The allocator that libxml2 gets; what it could not have is noted. */
static void *
note(void *block)
{
	if (block == NULL)
		ran_short = true;
	return block;
}

static void *
allocate(size_t size)
{
	return note(malloc(size));
}

static void *
reallocate(void *block, size_t size)
{
	return note(realloc(block, size));
}

static char *
duplicate(const char *text)
{
	return note(strdup(text));
}

/* Some of its errors go to standard error whatever a parser was told. */
static void
ignore_error(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

static void
set_up(void)
{
	(void)table.xmlMemSetup(free, allocate, reallocate, duplicate);
	table.xmlInitParser();
}

enum err
libxml_load(const struct libxml **out, struct reason *reason)
{
#define LIBXML_ROW(name) {#name, offsetof(struct libxml, name)},
	static const struct library_function functions[] = {
		LIBXML_FUNCTIONS(LIBXML_ROW)};
#undef LIBXML_ROW
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static bool loaded;
	enum err err = library_load(LIBXML_SONAME, functions,
		sizeof functions / sizeof functions[0], &table, &loaded,
		reason);

	*out = NULL;
	if (err != ERR_OK)
		return err;
	(void)pthread_once(&once, set_up);
	ran_short = false;
	table.xmlSetGenericErrorFunc(NULL, ignore_error); /* of this thread */
	*out = &table;
	return ERR_OK;
}

bool
libxml_ran_short(void)
{
	return ran_short;
}
