/*
 * hookswitch purge: deletes what is old.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "database.h"
#include "interrupt.h"
#include "json_writer.h"
#include "prompt.h"
#include "queries.h"
#include "row_count.h"
#include "terminal.h"

/* Rows of each table in one transaction, unless an option says. */
#define BATCH 20000
#define BATCH_MOST 1000000

/* A batch that a deadlock has ended is tried again. */
#define TRIES 5

struct purge_options {
	const char *older_than;
	unsigned long batch;
	bool dry_run;
	bool interactive;
};

static const struct option_row options[] = {
	TEXT_OPTION("older-than", "TIME", struct purge_options, older_than,
		"as PostgreSQL writes it: '90 days', '1 year'; a day\n"
		"at the least"),
	SWITCH_OPTION("dry-run", struct purge_options, dry_run,
		"delete nothing, and say what would be deleted"),
	SWITCH_OPTION("interactive", struct purge_options, interactive,
		"say what would be deleted, and ask before it is"),
	COUNT_OPTION("batch", "N", struct purge_options, batch, BATCH_MOST,
		"rows of each table in one go (otherwise 20000)"),
	END_OF_OPTIONS,
};

struct purging {
	const struct invocation *invocation;
	const struct purge_options *chosen;
	struct database *database;
	struct row_count count;
	size_t batches;
};

static enum err
run_query(struct purging *purging, const struct statement *query,
	unsigned long long *rows, struct reason *reason)
{
	char at_most[24];
	const struct database_value values[] = {
		{"older_than", purging->chosen->older_than},
		{"at_most",    at_most                    },
		{NULL,         NULL                       },
	};
	struct database_result *result;
	enum err err;

	(void)snprintf(at_most, sizeof at_most, "%lu", purging->chosen->batch);
	err = database_run(purging->database, query, values, &result, reason);
	if (err == ERR_OK)
		*rows = row_count_add_all(&purging->count, result);
	database_result_free(result);
	return err;
}

/* Whether somebody else was in the way, by chance. */
static bool
was_unlucky(const struct purging *purging)
{
	return strncmp(database_sqlstate(purging->database), "40", 2) == 0;
}

/* Batch by batch: whoever waits for one waits no longer than it takes. */
static enum err
purge(struct purging *purging, struct reason *reason)
{
	/*
	 * If it deletes fewer, nothing is left that was old when it began: of
	 * rooms it takes a tenth of what it may.  To go on until it finds
	 * nothing could take for ever, since rows grow old meanwhile.
	 */
	unsigned long long tenth = purging->chosen->batch / 10;
	unsigned long long enough = tenth > 0 ? tenth : 1;
	unsigned long long rows = enough;
	size_t tries = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK && rows >= enough) {
		if (interrupt_came())
			return err_reason(reason, ERR_IO,
				"interrupted; what was deleted stays deleted, "
				"run it again for the rest");
		err = run_query(purging, &query_purge, &rows, reason);
		if (err == ERR_OK) {
			tries = 0;
			purging->batches++;
			terminal_progress(
				"deleted %llu rows", purging->count.rows);
		} else if (was_unlucky(purging) && ++tries < TRIES) {
			err = ERR_OK;
		}
	}
	return err;
}

static enum err
print_json(const struct purging *purging, bool is_complete)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_text(&writer, "older_than", purging->chosen->older_than);
	json_write_bool(&writer, "dry_run", purging->chosen->dry_run);
	row_count_write(&writer, &purging->count);
	json_write_number(&writer, "batches", (long long)purging->batches);
	json_write_bool(&writer, "complete", is_complete);
	return json_writer_print(&writer, stdout);
}

static enum err
report(const struct purging *purging, const char *words, bool is_complete)
{
	terminal_progress_end();
	if (purging->invocation->json)
		return print_json(purging, is_complete);
	if (!purging->invocation->quiet)
		row_count_print(stdout, &purging->count, words);
	return ERR_OK;
}

/* What would go; whether it is to go. */
static enum err
look(struct purging *purging, bool *goes, struct reason *reason)
{
	unsigned long long rows;
	enum err err = run_query(purging, &query_purgeable, &rows, reason);

	*goes = false;
	if (err != ERR_OK)
		return err;
	if (purging->chosen->dry_run)
		return report(purging, "would be deleted", true);
	row_count_print(stderr, &purging->count, "will be deleted");
	if (rows > 0)
		err = prompt_confirm(
			"Delete them for good", false, goes, reason);
	memset(&purging->count, 0, sizeof purging->count);
	return err;
}

static enum err
look_and_purge(struct purging *purging, struct reason *reason)
{
	const struct purge_options *chosen = purging->chosen;
	bool goes = true;
	enum err err = database_open(&purging->database,
		&purging->invocation->settings, "purge", reason);

	if (err == ERR_OK && (chosen->dry_run || chosen->interactive))
		err = look(purging, &goes, reason);
	if (err != ERR_OK || !goes)
		return err;
	interrupt_catch();
	err = purge(purging, reason);
	/* What is done is done, also if there is more. */
	if ((err == ERR_OK || purging->batches > 0) &&
		report(purging, "deleted", err == ERR_OK) != ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	return err;
}

static const char *
find_misuse(const struct purge_options *chosen)
{
	if (chosen->older_than == NULL)
		return "say how old by --older-than, such as --older-than '90 "
		       "days'";
	return prompt_find_misuse(chosen->interactive, chosen->dry_run);
}

static int
run(struct invocation *invocation)
{
	struct purge_options *chosen = invocation->options;
	struct purging purging = {.invocation = invocation, .chosen = chosen};
	const char *misuse = find_misuse(chosen);
	struct reason reason = {"out of memory"};
	enum err err;
	int status;

	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	if (chosen->batch == 0)
		chosen->batch = BATCH;
	err = command_settings(invocation, &reason);
	if (err == ERR_OK)
		err = look_and_purge(&purging, &reason);
	if (err == ERR_OK)
		status = EXIT_SUCCESS;
	else if (database_refused_value(purging.database))
		status = command_misuse(invocation, "--older-than: %s",
			database_words(purging.database));
	else
		status = command_fail(invocation, &reason);
	database_close(purging.database);
	return status;
}

const struct command command_purge = {
	.name = "purge",
	.purpose = "delete what is old",
	.usage = "--older-than TIME [OPTION...]",
	.description =
		"Deletes webhooks that were received longer ago than that, and "
		"calls, messages,\n"
		"rooms and sessions that nothing has happened to since, with "
		"all that belongs to\n"
		"them.  Opt-outs stay.  It goes in batches, and can be stopped "
		"between them:\n"
		"what was deleted stays deleted.  HOOKSWITCH_DATABASE has to "
		"be of the user who\n"
		"owns the tables.",
	.examples = "hookswitch purge --older-than '1 year' --dry-run\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "17 3 * * * $HOME/hookswitch/bin/hookswitch purge --quiet "
		    "--older-than '90 days' --config "
		    "$HOME/private/hookswitch.conf",
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct purge_options),
	.run = run,
};
