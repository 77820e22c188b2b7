/*
 * hookswitch erase: forgets one person.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "commands.h"
#include "database.h"
#include "json_writer.h"
#include "limit.h"
#include "prompt.h"
#include "queries.h"
#include "recording_file.h"
#include "reply_cache.h"
#include "row_count.h"
#include "sid.h"
#include "spool_survey.h"
#include "terminal.h"
#include "utf8.h"

struct erase_options {
	bool dry_run;
	bool interactive;
};

static const struct option_row options[] = {
	SWITCH_OPTION("dry-run", struct erase_options, dry_run,
		"erase nothing, and say what would be erased"),
	SWITCH_OPTION("interactive", struct erase_options, interactive,
		"ask before anything is erased"),
	END_OF_OPTIONS,
};

struct erasing {
	const struct invocation *invocation;
	const struct erase_options *chosen;
	const char *address;
	const char *spool; /* NULL if it is not set */
	char *directory;   /* of recordings; NULL if there is none */
	struct database *database;
	struct database_result *recordings; /* that Twilio still has */
	struct row_count count;
	enum err failure; /* of the database, while the spool is looked at */
	struct reason why;
};

static enum err
ask(struct erasing *erasing, const struct statement *query,
	struct database_result **result, struct reason *reason)
{
	const struct database_value values[] = {
		{"address",   erasing->address  },
		{"directory", erasing->directory},
		{NULL,        NULL              },
	};

	return database_run(erasing->database, query, values, result, reason);
}

/*
 * What waits is not looked into: it would be stored later.  Replayed, it is
 * found like everything else.
 */
static enum err
check_spool(const struct erasing *erasing, struct reason *reason)
{
	struct spool_survey survey;
	enum err err;

	if (erasing->spool == NULL)
		return ERR_OK;
	err = spool_survey(erasing->spool, &survey, reason);
	if (err == ERR_OK && survey.n_waiting > 0)
		err = err_reason(reason, ERR_IO,
			"%zu waiting in the spool may be of this person: run "
			"\"hookswitch replay\" first",
			survey.n_waiting);
	return err;
}

/* Whether a record that is set aside names the person. */
static bool
is_of_person(void *context, const char *text, size_t len)
{
	struct erasing *erasing = context;
	struct database_result *result = NULL;
	struct buf clean;
	bool is_one = false;

	buf_init(&clean, 3 * LIMIT_SPOOL_RECORD);
	if (erasing->failure == ERR_OK)
		erasing->failure = utf8_clean(&clean, text, len);
	if (erasing->failure == ERR_OK) {
		const struct database_value values[] = {
			{"address", erasing->address},
			{"record",  buf_text(&clean)},
			{NULL,      NULL            },
		};

		erasing->failure = database_run(erasing->database,
			&query_erase_match, values, &result, &erasing->why);
	}
	if (erasing->failure == ERR_OK)
		is_one = database_text(result, 0, 0)[0] == 't';
	database_result_free(result);
	buf_free(&clean);
	return is_one;
}

static enum err
erase_set_aside(struct erasing *erasing, struct reason *reason)
{
	const struct spool_sieve sieve = {
		is_of_person, erasing, erasing->chosen->dry_run};
	size_t n;
	enum err err = spool_sift(erasing->spool, &sieve, &n, reason);

	row_count_add(&erasing->count, "spool", n);
	if (erasing->failure != ERR_OK)
		err = err_reason(
			reason, erasing->failure, "%s", erasing->why.text);
	return err;
}

/* The notes that the person has said STOP. */
static enum err
erase_replies(struct erasing *erasing, struct reason *reason)
{
	struct database_result *result;
	unsigned long long n = 0;
	enum err err = ask(erasing, &query_erase_replies, &result, reason);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < database_rows(result) && err == ERR_OK; i++) {
		bool is_known;
		const struct reply_key key = {
			.what = REPLY_CACHE_OPTED_OUT,
			.account_sid = database_text(result, i, 0),
			.address = database_text(result, i, 1),
			.campaign = "",
			.contact = database_text(result, i, 2),
		};

		err = reply_cache_forget(erasing->spool, &key,
			erasing->chosen->dry_run, &is_known, reason);
		n += is_known;
	}
	row_count_add(&erasing->count, "replies", n);
	database_result_free(result);
	return err;
}

/* Deletes one file; whether it was there, and is not any more. */
static enum err
erase_file(const struct erasing *erasing, int directory, const char *sid,
	const char *format, bool *was_there, struct reason *reason)
{
	char name[SID_MOST + 8];

	*was_there = false;
	if (!sid_is_plain(sid) || !sid_is_plain(format) ||
		snprintf(name, sizeof name, "%s.%s", sid, format) >=
			(int)sizeof name)
		return ERR_OK; /* it is none that was fetched */
	if (erasing->chosen->dry_run)
		*was_there = faccessat(directory, name, F_OK,
				     AT_SYMLINK_NOFOLLOW) == 0;
	else if (unlinkat(directory, name, 0) == 0)
		*was_there = true;
	else if (errno != ENOENT)
		return err_reason(reason, ERR_IO,
			"could not delete \"%.300s/%.100s\": %s",
			erasing->directory, name, strerror(errno));
	return ERR_OK;
}

/* What is not there any more nobody has to look for. */
static enum err
forget_file(struct erasing *erasing, const struct database_result *files,
	size_t row, struct reason *reason)
{
	const char *sid = database_text(files, row, 0);
	const char *account_sid = database_text(files, row, 1);
	const char *format = database_text(files, row, 2);
	const struct database_value values[] = {
		{"recording_sid", sid        },
		{"account_sid",   account_sid},
		{"format",        format     },
		{NULL,            NULL       },
	};

	return database_run(erasing->database, &query_recordings_forgotten,
		values, NULL, reason);
}

static enum err
erase_each_file(struct erasing *erasing, int directory,
	const struct database_result *files, struct reason *reason)
{
	unsigned long long n = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < database_rows(files) && err == ERR_OK; i++) {
		bool was_there;

		err = erase_file(erasing, directory, database_text(files, i, 0),
			database_text(files, i, 2), &was_there, reason);
		if (err == ERR_OK && was_there)
			err = forget_file(erasing, files, i, reason);
		n += was_there;
	}
	row_count_add(&erasing->count, "recordings' files", n);
	return err;
}

/* The sound of recordings, as far as it is in the site's directory. */
static enum err
erase_files(struct erasing *erasing, const struct database_result *files,
	struct reason *reason)
{
	int directory;
	enum err err = recording_file_directory(
		&directory, erasing->directory, NULL, reason);

	if (err == ERR_OK)
		err = erase_each_file(erasing, directory, files, reason);
	if (directory >= 0)
		(void)close(directory);
	return err;
}

/*
 * All in one transaction, the files last: if the commit fails they are gone,
 * as they are meant to be, and to run it again does the rest.
 */
static enum err
erase(struct erasing *erasing, struct reason *reason)
{
	struct database_result *result = NULL, *files = NULL;
	enum err err = database_begin(erasing->database, reason);

	terminal_progress("looking through the ledger");
	if (err == ERR_OK && erasing->directory != NULL)
		err = ask(erasing, &query_erase_files, &files, reason);
	if (err == ERR_OK)
		err = ask(erasing, &query_erase_recordings,
			&erasing->recordings, reason);
	if (err == ERR_OK)
		err = ask(erasing, &query_erase, &result, reason);
	if (err == ERR_OK)
		(void)row_count_add_all(&erasing->count, result);
	database_result_free(result);
	/* Not before: an address that is one of ours is refused by now. */
	if (err == ERR_OK && files != NULL && database_rows(files) > 0)
		err = erase_files(erasing, files, reason);
	database_result_free(files);
	if (err == ERR_OK && erasing->spool != NULL)
		err = erase_set_aside(erasing, reason);
	if (err == ERR_OK && erasing->spool != NULL)
		err = erase_replies(erasing, reason);
	if (err == ERR_OK && !erasing->chosen->dry_run)
		err = database_commit(erasing->database, reason);
	terminal_progress_end();
	return err;
}

/* Columns of erase_recordings.sql; the first four are members in JSON. */
enum {
	COLUMN_SID,
	COLUMN_CALL_SID,
	COLUMN_ROOM_SID,
	COLUMN_URL,
	COLUMN_PATHS,
	COLUMN_FILES
};

static void
print_recordings(const struct database_result *recordings)
{
	size_t n = database_rows(recordings);

	if (n > 0)
		printf("\nTwilio still has %zu recording%s, until deleted "
		       "there:\n",
			n, n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		const char *url = database_text(recordings, i, COLUMN_URL);

		printf("%s ", database_text(recordings, i, COLUMN_SID));
		terminal_print_part(stdout, url, strlen(url));
		printf("\n");
	}
}

/* They are on this host, or on another. */
static void
print_files(const struct database_result *recordings)
{
	bool has_heading = false;

	for (size_t i = 0; i < database_rows(recordings); i++) {
		const char *paths = database_text(recordings, i, COLUMN_PATHS);

		if (paths[0] == '\0')
			continue;
		if (!has_heading)
			printf("\n\"hookswitch recordings --prune\" deletes "
			       "what was fetched of them:\n");
		has_heading = true;
		terminal_print(stdout, "", paths, strlen(paths));
	}
}

static enum err
print_json(const struct erasing *erasing)
{
	static const char *const names[] = {
		"sid", "call_sid", "room_sid", "url"};
	const struct database_result *recordings = erasing->recordings;
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_text(&writer, "contact", erasing->address);
	json_write_bool(&writer, "dry_run", erasing->chosen->dry_run);
	row_count_write(&writer, &erasing->count);
	json_begin_array(&writer, "recordings_at_twilio");
	for (size_t i = 0; i < database_rows(recordings); i++) {
		json_begin_object(&writer, NULL);
		for (int j = COLUMN_SID; j <= COLUMN_URL; j++)
			json_write_text(&writer, names[j],
				database_is_null(recordings, i, j)
					? NULL
					: database_text(recordings, i, j));
		json_write_document(&writer, "files",
			database_text(recordings, i, COLUMN_FILES));
		json_end_object(&writer);
	}
	json_end_array(&writer);
	return json_writer_print(&writer, stdout);
}

static enum err
report(const struct erasing *erasing)
{
	if (erasing->invocation->json)
		return print_json(erasing);
	if (erasing->count.rows == 0 &&
		database_rows(erasing->recordings) == 0) {
		printf("nothing is known of ");
		terminal_print_part(
			stdout, erasing->address, strlen(erasing->address));
		printf("\n");
		return ERR_OK;
	}
	row_count_print(stdout, &erasing->count,
		erasing->chosen->dry_run ? "would be erased" : "erased");
	print_recordings(erasing->recordings);
	print_files(erasing->recordings);
	return ERR_OK;
}

/* HOOKSWITCH_RECORDINGS, as the tables have it; the caller frees it. */
static char *
find_directory(const struct settings *settings)
{
	const char *path = settings_get(settings, SETTING_RECORDINGS);

	return path != NULL ? realpath(path, NULL) : NULL;
}

static enum err
find_and_erase(struct erasing *erasing, struct reason *reason)
{
	const struct settings *settings = &erasing->invocation->settings;
	bool goes = true;
	enum err err;

	erasing->spool = settings_get(settings, SETTING_SPOOL);
	erasing->directory = find_directory(settings);
	err = check_spool(erasing, reason);
	if (err == ERR_OK)
		err = database_open(
			&erasing->database, settings, "erase", reason);
	if (err == ERR_OK && erasing->chosen->interactive)
		err = prompt_confirm(
			"Erase all that is known of this person, for good",
			false, &goes, reason);
	if (err != ERR_OK || !goes)
		return err;
	err = erase(erasing, reason);
	if (err == ERR_OK && report(erasing) != ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	return err;
}

static const char *
find_misuse(const struct invocation *invocation)
{
	const struct erase_options *chosen = invocation->options;

	if (invocation->n_words != 1)
		return "one number or address is wanted, such as +15551230009 "
		       "or client:alice";
	return prompt_find_misuse(chosen->interactive, chosen->dry_run);
}

static int
run(struct invocation *invocation)
{
	const char *misuse = find_misuse(invocation);
	struct erasing erasing = {
		.invocation = invocation, .chosen = invocation->options};
	struct reason reason = {"out of memory"};
	enum err err;
	int status = EXIT_SUCCESS;

	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	erasing.address = invocation->words[0];
	if (!address_is_contact(erasing.address))
		return command_misuse(invocation,
			"the contact must look like +15551230009, "
			"client:alice or sip:alice@example.com, not like "
			"\"%.60s\"",
			erasing.address);
	err = command_settings(invocation, &reason);
	if (err == ERR_OK)
		err = find_and_erase(&erasing, &reason);
	/* An address that is none, or one of ours. */
	if (err != ERR_OK && database_refused_value(erasing.database))
		status = command_misuse(
			invocation, "%s", database_words(erasing.database));
	else if (err != ERR_OK)
		status = command_fail(invocation, &reason);
	database_result_free(erasing.recordings);
	database_close(erasing.database);
	free(erasing.directory);
	return status;
}

const struct command command_erase = {
	.name = "erase",
	.purpose = "erase all that is known of one person",
	.usage = "[OPTION...] CONTACT",
	.description =
		"Erases a person, by number or by client: or sip: address, "
		"however it is spelt:\n"
		"calls, messages, recordings, opt-outs, and every webhook that "
		"names it; in what\n"
		"others wrote the number is blotted out.  Likewise what is set "
		"aside in the\n"
		"spool, and the note of a STOP beside it; what waits there has "
		"to be replayed\n"
		"before.  Files in HOOKSWITCH_RECORDINGS are deleted.\n"
		"\n"
		"It reads the whole ledger, and is one transaction: all is "
		"erased or nothing.\n"
		"HOOKSWITCH_DATABASE has to be of the user who owns the "
		"tables.  What Twilio and\n"
		"your backups have of the person stays; recordings are named.",
	.examples = "hookswitch erase --dry-run +15551230009\n"
		    "hookswitch erase client:alice",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON,
	.options = options,
	.options_size = sizeof(struct erase_options),
	.run = run,
};
