#include "config.h"

#include "libxml.h"

#include <stdbool.h>
#include <stddef.h>

#include "library.h"

enum err
libxml_load(const struct libxml **out, struct reason *reason)
{
#define LIBXML_ROW(name) {#name, offsetof(struct libxml, name)},
	static const struct library_function functions[] = {
		LIBXML_FUNCTIONS(LIBXML_ROW)};
#undef LIBXML_ROW
	static struct libxml table;
	static bool loaded;
	enum err err = ERR_OK;

	*out = NULL;
	if (!loaded)
		err = library_load(LIBXML_SONAME, functions,
			sizeof functions / sizeof functions[0], &table, reason);
	if (err != ERR_OK)
		return err;
	if (!loaded)
		table.xmlInitParser();
	loaded = true;
	*out = &table;
	return ERR_OK;
}
