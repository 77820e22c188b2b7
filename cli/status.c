/*
 * hookswitch status: how the site is, at a glance.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "age.h"
#include "commands.h"
#include "database.h"
#include "json_writer.h"
#include "queries.h"
#include "schema.h"
#include "spool.h"
#include "spool_survey.h"
#include "statements.h"
#include "terminal.h"

/* What the server may take for one part. */
#define MILLISECONDS 5000

/* A request that waits for longer is not waiting for the next replay. */
#define WAITING_SECONDS (10 * 60)

/* Width of what a line is about, and of what it is. */
#define TITLE_WIDTH 12
#define NAME_WIDTH 46

enum part {
	PART_DATABASE,
	PART_SPOOL,
	PART_WEBHOOKS,
	PART_CALLS,
	PART_ERRORS,
	PART_UNDELIVERED,
	PART__MAX
};

/* Columns of the queries: see sql/commands/status_webhooks.sql. */
enum {
	COLUMN_NEEDS_ATTENTION,
	COLUMN_NAME,
	COLUMN_SECONDS,
	COLUMN_HOUR,
	COLUMN_DAY,
	COLUMN_REMARK,
	COLUMN_JSON
};

static const struct part_row {
	const char *title;
	const char *name;              /* in JSON */
	const struct statement *query; /* NULL: asked in another way */
	const char *nothing;           /* where it finds no row */
} parts[PART__MAX] = {
	[PART_DATABASE] = {"database",    "database",    NULL,                   NULL                        },
	[PART_SPOOL] = {"spool",       "spool",       NULL,                   NULL                        },
	[PART_WEBHOOKS] = {"webhooks",    "webhooks",    &query_status_webhooks,
			   "none has come yet"							       },
	[PART_CALLS] = {"stuck calls", "stuck_calls", &query_status_calls,
			   "none"									    },
	[PART_ERRORS] = {"debugger",    "debugger",    &query_status_errors,
			   "Twilio has reported nothing in the last day"                                     },
	[PART_UNDELIVERED] = {"undelivered", "undelivered",
			   &query_status_undelivered,                            "no message of the last day"},
};

struct status {
	const struct invocation *invocation;
	struct database *database; /* NULL if it cannot be asked */
	struct reason no_database; /* why not */
	struct json_writer json;
	bool needs_attention[PART__MAX];
	bool is_unknown[PART__MAX];
	struct reason unknown[PART__MAX];
	bool has_heading;
};

/*
 * Lines.  A line that needs attention begins with "!"; with --quiet there are
 * no others.
 */

/* A piece of a line, filled up with blanks. */
static void
print_cell(const char *text, int width)
{
	int len = (int)strlen(text);

	terminal_print_part(stdout, text, strlen(text));
	printf("%*s", len < width ? width - len : 0, "");
}

static void
print_heading(struct status *status)
{
	if (!status->has_heading)
		printf("%s  %-*s %-*s %8s %6s %6s%s\n",
			terminal_colour(stdout, COLOUR_FAINT), TITLE_WIDTH, "",
			NAME_WIDTH, "", "last", "hour", "day",
			terminal_colour(stdout, COLOUR_NONE));
	status->has_heading = true;
}

/* Begins a line; false if it is not to be printed. */
static bool
begin_line(struct status *status, enum part part, bool is_bad)
{
	if (status->invocation->json || (status->invocation->quiet && !is_bad))
		return false;
	print_heading(status);
	printf("%s%c %-*s ", is_bad ? terminal_colour(stdout, COLOUR_BAD) : "",
		is_bad ? '!' : ' ', TITLE_WIDTH, parts[part].title);
	return true;
}

static void
end_line(void)
{
	printf("%s\n", terminal_colour(stdout, COLOUR_NONE));
}

/* A line of words. */
static void
tell(struct status *status, enum part part, bool is_bad, const char *text)
{
	status->needs_attention[part] |= is_bad;
	if (!begin_line(status, part, is_bad))
		return;
	terminal_print_part(stdout, text, strlen(text));
	end_line();
}

/* A part that could not be found out; the others are shown all the same. */
static void
tell_unknown(struct status *status, enum part part, const struct reason *why)
{
	status->is_unknown[part] = true;
	status->unknown[part] = *why;
	if (begin_line(status, part, true)) {
		printf("not known: ");
		terminal_print_part(stdout, why->text, strlen(why->text));
		end_line();
	}
	json_write_text(&status->json, parts[part].name, NULL);
}

/*
 * The parts that are no query.
 */

static void
write_database(struct status *status, const struct database_result *result)
{
	json_begin_object(&status->json, parts[PART_DATABASE].name);
	json_write_number(&status->json, "server_version",
		database_server_version(status->database));
	json_write_bool(
		&status->json, "tls", database_has_tls(status->database));
	json_write_text(&status->json, "schema_version",
		result != NULL ? database_text(result, 0, 0) : NULL);
	json_write_text(
		&status->json, "expected_schema_version", SCHEMA_VERSION);
	json_write_bool(&status->json, "read_only",
		result != NULL && database_text(result, 0, 1)[0] == 't');
	json_end_object(&status->json);
}

/* What to do about a schema of another version; "" for ours. */
static const char *
mend_version(unsigned long version)
{
	unsigned long ours = strtoul(SCHEMA_VERSION, NULL, 10);

	if (version < ours)
		return ", and this release goes with " SCHEMA_VERSION
		       ": run \"hookswitch migrate\"";
	if (version > ours)
		return ", and this release goes with " SCHEMA_VERSION
		       ": upgrade it";
	return "";
}

/* The database answers: what it says is to be judged. */
static void
tell_schema(struct status *status, const struct database_result *result)
{
	unsigned long version = strtoul(database_text(result, 0, 0), NULL, 10);
	int server = database_server_version(status->database);
	const char *mend = mend_version(version);
	struct reason text;

	(void)err_reason(&text, ERR_OK,
		"PostgreSQL %d.%d, schema version %lu%s", server / 10000,
		server % 10000, version, mend);
	tell(status, PART_DATABASE, mend[0] != '\0', text.text);
	if (database_text(result, 0, 1)[0] == 't')
		tell(status, PART_DATABASE, true,
			"it takes no writes: name the primary, or several "
			"hosts and target_session_attrs=read-write");
	write_database(status, result);
}

/* Why the schema could not be asked for its version. */
static void
tell_no_schema(struct status *status, const struct reason *why)
{
	const char *state = database_sqlstate(status->database);

	if (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0) {
		(void)err_reason(&status->no_database, ERR_DATABASE,
			"there is no schema \"hookswitch\"");
		tell(status, PART_DATABASE, true,
			"there is no schema \"hookswitch\": run \"hookswitch "
			"migrate\"");
		write_database(status, NULL);
		database_close(status->database);
		status->database = NULL;
		return;
	}
	tell_unknown(status, PART_DATABASE, why);
}

static void
find_database(struct status *status)
{
	struct database_result *result;
	struct reason reason, told;
	enum err err = database_open(&status->database,
		&status->invocation->settings, "status", &reason);

	if (err != ERR_OK) {
		(void)err_reason(&status->no_database, err,
			"there is no connection to the database");
		(void)err_reason(&told, err, "%s%s", reason.text,
			command_hint(status->invocation, &reason));
		tell(status, PART_DATABASE, true, told.text);
		json_write_text(&status->json, parts[PART_DATABASE].name, NULL);
		status->unknown[PART_DATABASE] = reason;
		return;
	}
	if (database_ask(status->database, &statement_health, MILLISECONDS,
		    &result, &reason) == ERR_OK)
		tell_schema(status, result);
	else
		tell_no_schema(status, &reason);
	database_result_free(result);
}

static void
write_spool(struct status *status, const struct spool_survey *survey)
{
	json_begin_object(&status->json, parts[PART_SPOOL].name);
	json_write_number(
		&status->json, "waiting", (long long)survey->n_waiting);
	json_write_number(&status->json, "waiting_seconds",
		survey->n_waiting > 0 ? time(NULL) - survey->oldest : 0);
	json_write_number(
		&status->json, "rejected", (long long)survey->n_rejected);
	json_write_number(
		&status->json, "unreadable", (long long)survey->n_unreadable);
	json_end_object(&status->json);
}

static void
tell_spool(struct status *status, const struct spool_survey *survey)
{
	long long seconds = time(NULL) - survey->oldest;
	char age[AGE_SIZE];
	struct reason text;

	age_format(seconds, age);
	if (survey->n_waiting > 0)
		(void)err_reason(&text, ERR_OK,
			"%zu waiting, the oldest for %s", survey->n_waiting,
			age);
	else
		(void)err_reason(&text, ERR_OK, "nothing waits");
	tell(status, PART_SPOOL,
		survey->n_waiting > 0 && seconds > WAITING_SECONDS, text.text);
	if (survey->n_rejected + survey->n_unreadable == 0)
		return;
	(void)err_reason(&text, ERR_OK,
		"%zu set aside as rejected and %zu as unreadable: see the "
		".reason beside each",
		survey->n_rejected, survey->n_unreadable);
	tell(status, PART_SPOOL, true, text.text);
}

static void
find_spool(struct status *status)
{
	const char *spool =
		settings_get(&status->invocation->settings, SETTING_SPOOL);
	struct spool_survey survey;
	struct reason reason;

	if (spool == NULL) {
		tell(status, PART_SPOOL, false,
			"off: HOOKSWITCH_SPOOL is not set");
		json_write_text(&status->json, parts[PART_SPOOL].name, NULL);
		return;
	}
	if (spool_survey(spool, &survey, &reason) != ERR_OK) {
		tell_unknown(status, PART_SPOOL, &reason);
		return;
	}
	tell_spool(status, &survey);
	if (spool_check(spool, &reason) != ERR_OK)
		tell(status, PART_SPOOL, true, reason.text);
	write_spool(status, &survey);
}

/*
 * The parts that are.
 */

static void
print_row(struct status *status, enum part part,
	const struct database_result *result, size_t row)
{
	const char *remark = database_text(result, row, COLUMN_REMARK);
	bool is_bad =
		database_text(result, row, COLUMN_NEEDS_ATTENTION)[0] == 't';
	char age[AGE_SIZE] = "";

	status->needs_attention[part] |= is_bad;
	if (!begin_line(status, part, is_bad))
		return;
	if (!database_is_null(result, row, COLUMN_SECONDS))
		age_format(strtoll(database_text(result, row, COLUMN_SECONDS),
				   NULL, 10),
			age);
	print_cell(database_text(result, row, COLUMN_NAME), NAME_WIDTH);
	printf(" %8s %6s %6s", age, database_text(result, row, COLUMN_HOUR),
		database_text(result, row, COLUMN_DAY));
	if (remark[0] != '\0')
		printf("  ");
	terminal_print_part(stdout, remark, strlen(remark));
	end_line();
}

static void
find_part(struct status *status, enum part part)
{
	struct database_result *result;
	struct reason reason;

	if (status->database == NULL) {
		tell_unknown(status, part, &status->no_database);
		return;
	}
	if (database_ask(status->database, parts[part].query, MILLISECONDS,
		    &result, &reason) != ERR_OK) {
		tell_unknown(status, part, &reason);
		return;
	}
	if (database_rows(result) == 0)
		tell(status, part, false, parts[part].nothing);
	json_begin_array(&status->json, parts[part].name);
	for (size_t i = 0; i < database_rows(result); i++) {
		print_row(status, part, result, i);
		json_write_document(&status->json, NULL,
			database_text(result, i, COLUMN_JSON));
	}
	json_end_array(&status->json);
	database_result_free(result);
}

/*
 * All together.
 */

/* Adds the titles of the parts that are marked, behind words. */
static void
add_titles(struct reason *text, const char *words, const bool *marked)
{
	const char *before = words;

	for (size_t i = 0; i < PART__MAX; i++) {
		size_t len = strlen(text->text);

		if (!marked[i])
			continue;
		(void)snprintf(text->text + len, sizeof text->text - len,
			"%s%s", before, parts[i].title);
		before = ", ";
	}
}

static void
write_names(struct status *status, const char *name, const bool *marked)
{
	json_begin_array(&status->json, name);
	for (size_t i = 0; i < PART__MAX; i++)
		if (marked[i])
			json_write_text(&status->json, NULL, parts[i].name);
	json_end_array(&status->json);
}

static enum err
end_json(struct status *status, bool is_good)
{
	write_names(status, "needs_attention", status->needs_attention);
	json_begin_object(&status->json, "unknown");
	for (size_t i = 0; i < PART__MAX; i++)
		if (status->unknown[i].text[0] != '\0')
			json_write_text(&status->json, parts[i].name,
				status->unknown[i].text);
	json_end_object(&status->json);
	json_write_bool(&status->json, "ok", is_good);
	return json_writer_print(&status->json, stdout);
}

static int
report(struct status *status)
{
	struct reason text = {""};
	bool is_good;

	json_writer_open(&status->json);
	find_database(status);
	find_spool(status);
	for (enum part part = PART_WEBHOOKS; part < PART__MAX; part++)
		find_part(status, part);
	add_titles(&text, "needs attention: ", status->needs_attention);
	add_titles(&text,
		text.text[0] != '\0' ? "; not known: " : "not known: ",
		status->is_unknown);
	is_good = text.text[0] == '\0';
	if (status->invocation->json && end_json(status, is_good) != ERR_OK) {
		(void)err_reason(&text, ERR_MEMORY, "out of memory");
		is_good = false;
	}
	return is_good ? EXIT_SUCCESS : command_fail(status->invocation, &text);
}

static int
run(struct invocation *invocation)
{
	struct status status = {.invocation = invocation};
	struct reason reason = {"out of memory"};
	int result;

	if (command_settings(invocation, &reason) != ERR_OK)
		return command_fail(invocation, &reason);
	result = report(&status);
	json_writer_free(&status.json);
	database_close(status.database);
	return result;
}

const struct command command_status = {
	.name = "status",
	.purpose = "show how the site is: database, spool, webhooks, errors",
	.usage = "[OPTION...]",
	.description =
		"Shows how the site is: whether the database and the spool are "
		"in order, when\n"
		"each kind of webhook last came and how many did in the last "
		"hour and day, calls\n"
		"that are stuck, what Twilio's debugger has reported, and "
		"messages that were not\n"
		"delivered.  Lines that need attention begin with \"!\", and "
		"the exit status is 1\n"
		"if there are any, or if something could not be found out.",
	.examples = "hookswitch status --config ~/private/hookswitch.conf\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "0 * * * * $HOME/hookswitch/bin/hookswitch status --quiet "
		    "--config $HOME/private/hookswitch.conf",
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.run = run,
};
