#include "config.h"

#include "scratch.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

int
scratch_setup(void **state)
{
	const char *parent = getenv("TMPDIR");
	char template[SCRATCH_PATH];
	char *path;

	(void)snprintf(template, sizeof template, "%s/hookswitch-unit-XXXXXX",
		parent != NULL && parent[0] != '\0' ? parent : "/tmp");
	if (mkdtemp(template) == NULL)
		return -1;
	/* Resolved: a test compares it with paths that are. */
	path = realpath(template, NULL);
	*state = path;
	return path != NULL ? 0 : -1;
}

static int
remove_entry(const char *path, const struct stat *status, int type,
	struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int
scratch_teardown(void **state)
{
	char *path = *state;
	int failed = nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(path);
	return failed;
}

const char *
scratch_path(const char *directory, const char *name)
{
	static char paths[8][SCRATCH_PATH];
	static size_t next;
	char *path = paths[next++ % N_OF(paths)];
	int len = snprintf(path, SCRATCH_PATH, "%s/%s", directory, name);

	assert_in_range(len, 1, SCRATCH_PATH - 1);
	return path;
}

const char *
scratch_write_bytes(const char *directory, const char *name, const void *data,
	size_t len, mode_t mode)
{
	const char *path = scratch_path(directory, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

const char *
scratch_write(
	const char *directory, const char *name, const char *text, mode_t mode)
{
	return scratch_write_bytes(directory, name, text, strlen(text), mode);
}

const char *
scratch_mkdir(const char *directory, const char *name)
{
	const char *path = scratch_path(directory, name);

	assert_int_equal(mkdir(path, 0700), 0);
	return path;
}

const char *
scratch_link(const char *directory, const char *name, const char *target)
{
	const char *path = scratch_path(directory, name);

	assert_int_equal(symlink(target, path), 0);
	return path;
}
