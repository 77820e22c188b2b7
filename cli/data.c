#include "config.h"

#include "data.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The directory of the running program; false if that cannot be told. */
static bool
find_program(char directory[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", directory, PATH_MAX - 1);
	char *slash;

	if (len <= 0)
		return false;
	directory[len] = '\0';
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	return slash != NULL;
}

static bool
is_there(char path[PATH_MAX], const char *directory, const char *below,
	const char *name)
{
	int len = snprintf(path, PATH_MAX, "%s%s/%s", directory, below, name);

	return len > 0 && len < PATH_MAX && access(path, R_OK) == 0;
}

enum err
data_find(char path[PATH_MAX], const char *name, struct reason *reason)
{
	char program[PATH_MAX];

	if (find_program(program) &&
		is_there(path, program, "/../share/" PACKAGE_NAME, name))
		return ERR_OK;
	if (is_there(path, PKGDATADIR, "", name))
		return ERR_OK;
	return err_reason(reason, ERR_IO,
		"\"%.100s\" is not installed in \"%s\"", name, PKGDATADIR);
}
