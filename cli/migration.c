#include "config.h"

#include "migration.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queries.h"

#define DIGITS "0123456789"
#define SUFFIX ".sql"

/* "003-delivery.sql"; scandir gives them back in their order. */
static int
is_step(const struct dirent *entry)
{
	size_t digits = strspn(entry->d_name, DIGITS);
	size_t len = strlen(entry->d_name);

	return digits > 0 && digits < 6 && entry->d_name[digits] == '-' &&
	       len > sizeof SUFFIX &&
	       len < sizeof((struct migration *)0)->name &&
	       strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static void
take(struct migration *step, const char *name)
{
	int len = (int)(strlen(name) - strlen(SUFFIX));

	(void)snprintf(step->name, sizeof step->name, "%.*s", len, name);
	step->number = strtoul(name, NULL, 10);
}

/* The names of the files, which the caller frees; how many, or -1. */
static int
list(struct dirent ***entries, const char *directory)
{
	char path[PATH_MAX];

	*entries = NULL;
	if (snprintf(path, sizeof path, "%s/migrations", directory) >=
		(int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return scandir(path, entries, is_step, alphasort);
}

enum err
migrations_read(struct migrations *migrations, const char *directory,
	struct reason *reason)
{
	struct dirent **entries;
	int n = list(&entries, directory);
	enum err err = ERR_OK;

	memset(migrations, 0, sizeof *migrations);
	if (n <= 0 || n > MIGRATIONS)
		err = err_reason(reason, ERR_IO,
			"could not find \"%s/migrations\": %s", directory,
			n < 0 ? strerror(errno) : "there are none in it");
	else
		migrations->steps = calloc((size_t)n, sizeof(struct migration));
	if (err == ERR_OK && migrations->steps == NULL)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	for (int i = 0; i < n; i++) {
		if (err == ERR_OK)
			take(&migrations->steps[migrations->n++],
				entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (err == ERR_OK)
		migrations->newest =
			migrations->steps[migrations->n - 1].number;
	return err;
}

void
migrations_free(struct migrations *migrations)
{
	free(migrations->steps);
	migrations->steps = NULL;
	migrations->n = 0;
}

/* The steps that the database has had, which is known to have a schema. */
static enum err
ask_steps(struct migrations *migrations, struct database *database,
	struct reason *reason)
{
	struct database_result *result;
	enum err err = database_run(
		database, &query_migrations, NULL, &result, reason);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < database_rows(result); i++) {
		migrations->version =
			strtoul(database_text(result, i, 0), NULL, 10);
		for (size_t j = 0; j < migrations->n; j++)
			if (migrations->steps[j].number == migrations->version)
				migrations->steps[j].is_applied = true;
	}
	database_result_free(result);
	return ERR_OK;
}

enum err
migrations_ask(struct migrations *migrations, struct database *database,
	struct reason *reason)
{
	struct database_result *result;
	bool is_installed;
	enum err err =
		database_run(database, &query_schema, NULL, &result, reason);

	if (err != ERR_OK)
		return err;
	is_installed = database_text(result, 0, 0)[0] == 't';
	migrations->is_partitioned = database_text(result, 0, 1)[0] == 't';
	database_result_free(result);
	migrations->version = 0;
	for (size_t i = 0; i < migrations->n; i++)
		migrations->steps[i].is_applied = false;
	return is_installed ? ask_steps(migrations, database, reason) : ERR_OK;
}

size_t
migrations_missing(const struct migrations *migrations)
{
	size_t n = 0;

	for (size_t i = 0; i < migrations->n; i++)
		n += !migrations->steps[i].is_applied;
	return n;
}
