#include "config.h"

#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

/* One look-up at a time. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static enum err
load(const char *soname, const struct library_function *functions, size_t n,
	void *table, struct reason *reason)
{
	void *library;

	errno = 0;
	library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
	if (library == NULL && errno == ENOMEM)
		return err_reason(reason, ERR_MEMORY,
			"could not load library \"%s\": out of memory", soname);
	if (library == NULL)
		return err_reason(reason, ERR_SETTING,
			"could not load library \"%s\"; install it: %s", soname,
			dlerror());
	for (size_t i = 0; i < n; i++) {
		void *function = dlsym(library, functions[i].name);

		if (function == NULL)
			return err_reason(reason, ERR_SETTING,
				"library \"%s\" has no function %s; install a "
				"newer one",
				soname, functions[i].name);
		/* POSIX lets a function's address be kept in a void *. */
		memcpy((char *)table + functions[i].offset, &function,
			sizeof function);
	}
	return ERR_OK;
}

enum err
library_load(const char *soname, const struct library_function *functions,
	size_t n, void *table, bool *loaded, struct reason *reason)
{
	enum err err = ERR_OK;

	(void)pthread_mutex_lock(&mutex);
	if (!*loaded)
		err = load(soname, functions, n, table, reason);
	*loaded = err == ERR_OK;
	(void)pthread_mutex_unlock(&mutex);
	return err;
}
