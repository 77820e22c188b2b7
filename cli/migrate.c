/*
 * hookswitch migrate: installs the schema, or upgrades it.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "data.h"
#include "database.h"
#include "json_writer.h"
#include "migration.h"
#include "psql.h"

#define INSTALL "install.sql"
#define PARTITION "partition.sql"

struct migrate_options {
	const char *sql;
	bool check;
	bool dry_run;
	bool partition;
};

static const struct option_row options[] = {
	SWITCH_OPTION("check", struct migrate_options, check,
		"change nothing; exit status 1 if something is\n"
		"missing"),
	SWITCH_OPTION("dry-run", struct migrate_options, dry_run,
		"change nothing, and say what would be applied"),
	SWITCH_OPTION("partition", struct migrate_options, partition,
		"then divide the ledger into monthly partitions,\n"
		"for which there is no way back"),
	TEXT_OPTION("sql", "DIR", struct migrate_options, sql,
		"the SQL files, if not those that were installed"),
	END_OF_OPTIONS,
};

/* One call: what there is, and what there was before. */
struct migrating {
	const struct invocation *invocation;
	const struct migrate_options *chosen;
	char directory[PATH_MAX];
	struct database *database;
	struct migrations before, after;
};

static bool
wants_partitions(
	const struct migrating *migrating, const struct migrations *migrations)
{
	return migrating->chosen->partition && !migrations->is_partitioned;
}

/* The steps whose is_applied has not changed, or has, from before to after. */
static void
write_steps(struct json_writer *writer, const char *name,
	const struct migrating *migrating, bool is_applied)
{
	json_begin_array(writer, name);
	for (size_t i = 0; i < migrating->before.n; i++)
		if (!migrating->before.steps[i].is_applied &&
			migrating->after.steps[i].is_applied == is_applied)
			json_write_text(
				writer, NULL, migrating->before.steps[i].name);
	json_end_array(writer);
}

static enum err
print_json(const struct migrating *migrating)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_number(
		&writer, "version", (long long)migrating->after.version);
	write_steps(&writer, "applied", migrating, true);
	write_steps(&writer, "missing", migrating, false);
	json_write_bool(
		&writer, "partitioned", migrating->after.is_partitioned);
	return json_writer_print(&writer, stdout);
}

/* A line for each step that was missing, and for the partitions. */
static void
print_steps(const struct migrating *migrating, const char *word)
{
	for (size_t i = 0; i < migrating->before.n; i++)
		if (!migrating->before.steps[i].is_applied)
			printf("%s %s\n", word,
				migrating->before.steps[i].name);
	if (wants_partitions(migrating, &migrating->before))
		printf("%s %s\n", word, PARTITION);
}

static void
print_version(const struct migrations *migrations)
{
	if (migrations->version == 0)
		printf("there is no schema \"hookswitch\"\n");
	else
		printf("schema \"hookswitch\" has version %lu\n",
			migrations->version);
}

static enum err
report(const struct migrating *migrating, const char *word)
{
	if (migrating->invocation->json)
		return print_json(migrating);
	if (!migrating->invocation->quiet) {
		print_steps(migrating, word);
		print_version(&migrating->after);
	}
	return ERR_OK;
}

/* Nothing is changed: what is there is what there was. */
static enum err
look(const struct migrating *migrating, struct reason *reason)
{
	const struct migrations *there = &migrating->before;
	size_t n = migrations_missing(there);
	enum err err = report(
		migrating, migrating->chosen->check ? "missing" : "to apply");

	if (err != ERR_OK || migrating->chosen->dry_run)
		return err;
	if (n > 0)
		return err_reason(reason, ERR_DATABASE,
			"%zu of %zu migrations %s missing, the last of them "
			"\"%s\": run \"hookswitch migrate\"",
			n, there->n, n == 1 ? "is" : "are",
			there->steps[there->n - 1].name);
	if (wants_partitions(migrating, there))
		return err_reason(reason, ERR_DATABASE,
			"the ledger is not in partitions");
	return ERR_OK;
}

static enum err
run_file(const struct migrating *migrating, const char *name,
	struct reason *reason)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof path, "%s/%s", migrating->directory, name) >=
		(int)sizeof path)
		return err_reason(reason, ERR_IO, "\"%s\" is too long", name);
	return psql_run(migrating->database, path, reason);
}

/* All of it each time: functions and views are made anew. */
static enum err
apply(struct migrating *migrating, struct reason *reason)
{
	enum err err = run_file(migrating, INSTALL, reason);

	if (err == ERR_OK && wants_partitions(migrating, &migrating->before))
		err = run_file(migrating, PARTITION, reason);
	if (err == ERR_OK)
		err = migrations_ask(
			&migrating->after, migrating->database, reason);
	if (err == ERR_OK)
		err = report(migrating, "applied");
	return err;
}

/* Where the files are. */
static enum err
find_files(struct migrating *migrating, struct reason *reason)
{
	const char *sql = migrating->chosen->sql;

	if (sql == NULL &&
		data_find(migrating->directory, "sql", NULL) == ERR_OK)
		return ERR_OK;
	if (sql == NULL)
		return err_reason(reason, ERR_IO,
			"the SQL files are not installed with the command: "
			"name their directory by --sql");
	if (realpath(sql, migrating->directory) == NULL)
		return err_reason(reason, ERR_IO,
			"could not find directory \"%.200s\"", sql);
	return ERR_OK;
}

/* The steps that are there, and the database has, both times. */
static enum err
ask(struct migrating *migrating, struct reason *reason)
{
	struct migrations *before = &migrating->before;
	enum err err = find_files(migrating, reason);

	if (err == ERR_OK)
		err = migrations_read(before, migrating->directory, reason);
	if (err == ERR_OK)
		err = migrations_read(
			&migrating->after, migrating->directory, reason);
	if (err == ERR_OK)
		err = database_open(&migrating->database,
			&migrating->invocation->settings, "migrate", reason);
	if (err == ERR_OK)
		err = migrations_ask(before, migrating->database, reason);
	if (err == ERR_OK)
		err = migrations_ask(
			&migrating->after, migrating->database, reason);
	if (err == ERR_OK && before->version > before->newest)
		err = err_reason(reason, ERR_DATABASE,
			"schema \"hookswitch\" has version %lu, which is newer "
			"than %lu of these files: upgrade Hookswitch",
			before->version, before->newest);
	return err;
}

static int
run(struct invocation *invocation)
{
	const struct migrate_options *chosen = invocation->options;
	struct migrating migrating = {
		.invocation = invocation, .chosen = chosen};
	struct reason reason = {"out of memory"};
	enum err err;

	if (chosen->check && chosen->dry_run)
		return command_misuse(
			invocation, "--check and --dry-run exclude each other");
	err = command_settings(invocation, &reason);
	if (err == ERR_OK)
		err = ask(&migrating, &reason);
	if (err == ERR_OK && (chosen->check || chosen->dry_run))
		err = look(&migrating, &reason);
	else if (err == ERR_OK)
		err = apply(&migrating, &reason);
	migrations_free(&migrating.before);
	migrations_free(&migrating.after);
	database_close(migrating.database);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_migrate = {
	.name = "migrate",
	.purpose = "make the tables in the database, or upgrade them",
	.usage = "[OPTION...]",
	.description =
		"Makes schema \"hookswitch\" in the database, or upgrades it "
		"to this release, by\n"
		"running install.sql through psql.  It is safe to run again: "
		"what is there stays,\n"
		"functions and views are made anew.  HOOKSWITCH_DATABASE has "
		"to be of the user\n"
		"who owns the tables.",
	.examples = "hookswitch migrate --config ~/private/hookswitch.conf\n"
		    "\n"
		    "are the tables those of this release?\n"
		    "hookswitch migrate --check && echo yes",
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct migrate_options),
	.run = run,
};
