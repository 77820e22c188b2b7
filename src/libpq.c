#include "config.h"

#include "libpq.h"

#include <stdbool.h>
#include <stddef.h>

#include "library.h"

enum err
libpq_load(const struct libpq **out, struct reason *reason)
{
#define LIBPQ_ROW(name) {#name, offsetof(struct libpq, name)},
	static const struct library_function functions[] = {
		LIBPQ_FUNCTIONS(LIBPQ_ROW)};
#undef LIBPQ_ROW
	static struct libpq table;
	static bool loaded;
	enum err err = library_load(LIBPQ_SONAME, functions,
		sizeof functions / sizeof functions[0], &table, &loaded,
		reason);

	*out = NULL;
	if (err != ERR_OK)
		return err;
	*out = &table;
	return ERR_OK;
}
