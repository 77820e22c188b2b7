#include "config.h"

#include "libxml.h"

#include <stdbool.h>
#include <stddef.h>

#include "library.h"

/* Some of its errors go to standard error whatever a parser was told. */
static void
ignore_error(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

enum err
libxml_load(const struct libxml **out, struct reason *reason)
{
#define LIBXML_ROW(name) {#name, offsetof(struct libxml, name)},
	static const struct library_function functions[] = {
		LIBXML_FUNCTIONS(LIBXML_ROW)};
#undef LIBXML_ROW
	static struct libxml table;
	static bool loaded;
	enum err err = library_load(LIBXML_SONAME, functions,
		sizeof functions / sizeof functions[0], &table, &loaded,
		reason);

	*out = NULL;
	if (err != ERR_OK)
		return err;
	table.xmlInitParser(); /* does nothing the second time */
	table.xmlSetGenericErrorFunc(NULL, ignore_error); /* of this thread */
	*out = &table;
	return ERR_OK;
}
