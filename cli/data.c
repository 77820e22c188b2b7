#include "config.h"

#include "data.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Cuts off the last name of a path. */
static void
go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* The running program; false if that cannot be told. */
static bool
find_self(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (len <= 0)
		return false;
	path[len] = '\0';
	return true;
}

void
data_find_self(char path[PATH_MAX])
{
	if (!find_self(path))
		(void)snprintf(path, PATH_MAX, "%s", PACKAGE_NAME);
}

/* The directory of the running program; false if that cannot be told. */
static bool
find_program(char directory[PATH_MAX])
{
	if (!find_self(directory))
		return false;
	go_up(directory);
	return true;
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

enum err
data_find_programs(char directory[PATH_MAX], struct reason *reason)
{
	static const char one[] = "voice.fcgi"; /* stands for all */
	char program[PATH_MAX] = "", above[PATH_MAX] = "";
	bool is_known = find_program(program);

	memcpy(above, program, sizeof above);
	go_up(above);
	if ((is_known && is_there(directory, above, "/libexec/" PACKAGE_NAME,
				 one)) ||
		is_there(directory, FCGIDIR, "", one) ||
		(is_known && is_there(directory, program, "", one))) {
		go_up(directory);
		return ERR_OK;
	}
	return err_reason(reason, ERR_IO,
		"the programs are not installed in \"%s\"", FCGIDIR);
}
