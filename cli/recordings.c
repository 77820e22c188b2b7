/*
 * hookswitch recordings: fetches the recordings of calls.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accounts.h"
#include "commands.h"
#include "database.h"
#include "download.h"
#include "folder.h"
#include "interrupt.h"
#include "queries.h"
#include "recordings_prune.h"
#include "recordings_report.h"
#include "sid.h"
#include "sound.h"
#include "terminal.h"
#include "when.h"

/* Media that are not there yet: tried again after one second, and two. */
#define YOUNG_TRIES 3

/* Failures one after the other after which there is no use in going on. */
#define FAILURES_MOST 3

/* "recording.part" beside its SID, and more. */
#define NAME_SIZE (SID_MOST + 32)

struct recordings_options {
	const char *format, *since, *call, *account;
	unsigned long channels;
	bool again, prune, verbose;
};

static const struct option_row options[] = {
	TEXT_OPTION("format", "wav|mp3", struct recordings_options, format,
		"what files to fetch (otherwise wav)"),
	COUNT_OPTION("channels", "1|2", struct recordings_options, channels, 2,
		"mixed into one, or each side in its own; one of a\n"
		"recording that has no two (otherwise as Twilio\n"
		"has it)"),
	TEXT_OPTION("since", "WHEN", struct recordings_options, since,
		"recordings that began then or later: 2026-01-31,\n"
		"or 7d"),
	SID_OPTION("call", "CA", struct recordings_options, call,
		"recordings of this call"),
	SID_OPTION("account", "AC", struct recordings_options, account,
		"one account (otherwise all of the settings)"),
	SWITCH_OPTION("again", struct recordings_options, again,
		"also those that Twilio once did not have"),
	SWITCH_OPTION("prune", struct recordings_options, prune,
		"first delete files in DIRECTORY whose recordings\n"
		"the tables no longer have"),
	SWITCH_OPTION("verbose", struct recordings_options, verbose,
		"print each file"),
	END_OF_OPTIONS,
};

/* The whole run. */
struct run {
	const struct invocation *invocation;
	const struct recordings_options *chosen;
	const char *directory;
	const struct sound_format *format;
	char since[24];    /* seconds since 1970; "" for no limit */
	char channels[24]; /* "" if none were asked for */
	struct folder folder;
	struct database *database;
	struct twilio *twilio; /* of the account in hand */
	struct recordings_report report;
	char progress[NAME_SIZE + 64];
	unsigned in_a_row; /* failures */
	size_t n_failed;
	struct reason failure; /* of the first */
};

/* A recording to be fetched. */
struct wanted {
	const char *sid;
	bool is_young;
};

static void
show_progress(void *context, unsigned long long size, unsigned long long total)
{
	const struct run *run = context;

	if (total > 0)
		terminal_progress("%s: %llu of %llu KiB", run->progress,
			size / 1024, total / 1024);
	else
		terminal_progress("%s: %llu KiB", run->progress, size / 1024);
}

static enum err
fetch(struct run *run, const char *sid, const char *channels,
	struct download_result *result, struct reason *reason)
{
	char path[256], name[NAME_SIZE], part[NAME_SIZE];
	const struct download download = {.twilio = run->twilio,
		.folder = &run->folder,
		.path = path,
		.name = name,
		.part = part,
		.format = run->format,
		.progress = show_progress,
		.context = run};

	(void)snprintf(path, sizeof path,
		"/2010-04-01/Accounts/{AccountSid}/Recordings/%s.%s%s%s", sid,
		run->format->name,
		channels[0] != '\0' ? "?RequestedChannels=" : "", channels);
	(void)snprintf(name, sizeof name, "%s.%s", sid, run->format->name);
	/* What has come of one with two channels is no part of one with one. */
	(void)snprintf(part, sizeof part, "%s%s", name, channels);
	return download_run(&download, result, reason);
}

/* As fetch, but what is not there yet may be in a moment. */
static enum err
fetch_patiently(struct run *run, const struct wanted *wanted,
	const char *channels, struct download_result *result,
	struct reason *reason)
{
	enum err err = fetch(run, wanted->sid, channels, result, reason);

	for (int i = 1;
		i < YOUNG_TRIES && wanted->is_young && err == ERR_REJECTED &&
		result->status == 404 && interrupt_wait(1000 * i);
		i++)
		err = fetch(run, wanted->sid, channels, result, reason);
	return err;
}

static enum err
note_fetched(struct run *run, const char *sid, const char *channels,
	const struct download_result *result, struct reason *reason)
{
	char name[NAME_SIZE], size[24];
	const struct database_value values[] = {
		{"recording_sid", sid                                  },
		{"account_sid",   twilio_account_sid(run->twilio)      },
		{"format",        run->format->name                    },
		{"directory",     run->folder.path                     },
		{"file_name",     name                                 },
		{"size",          size				 },
		{"sha256",        result->sha256                       },
		{"channels",      channels[0] != '\0' ? channels : NULL},
		{NULL,            NULL				 },
	};

	(void)snprintf(name, sizeof name, "%s.%s", sid, run->format->name);
	(void)snprintf(size, sizeof size, "%llu", result->size);
	return database_run(
		run->database, &query_recordings_fetched, values, NULL, reason);
}

static enum err
note_gone(struct run *run, const char *sid, const struct reason *why,
	struct reason *reason)
{
	const struct database_value values[] = {
		{"recording_sid", sid                            },
		{"account_sid",   twilio_account_sid(run->twilio)},
		{"format",        run->format->name              },
		{"failure",       why->text                      },
		{NULL,            NULL			   },
	};

	return database_run(
		run->database, &query_recordings_failed, values, NULL, reason);
}

/* What could not be fetched, and others may be: the first is kept. */
static void
note_failure(struct run *run, const char *sid, const struct reason *why)
{
	recordings_report_file(&run->report, RECORDING_FAILED, sid, 0, why);
	if (run->n_failed++ == 0)
		(void)err_reason(
			&run->failure, ERR_IO, "%s: %.400s", sid, why->text);
}

/* Whether Twilio itself says that it does not have it, or could not have it. */
static bool
is_missing(enum err err, const struct download_result *result)
{
	return err == ERR_REJECTED &&
	       (result->status == 404 || result->status == 410 ||
		       result->status == 0);
}

/*
 * Notes what became of a recording.  An error that is returned ends the run:
 * the database or the folder cannot be used, or Twilio says that we may not.
 */
static enum err
settle(struct run *run, const struct wanted *wanted, const char *channels,
	enum err err, const struct download_result *result,
	struct reason *reason)
{
	struct reason why = *reason;

	if (err == ERR_OK) {
		run->in_a_row = 0;
		err = note_fetched(run, wanted->sid, channels, result, reason);
		if (err == ERR_OK)
			recordings_report_file(&run->report, RECORDING_FETCHED,
				wanted->sid, result->size, NULL);
		return err;
	}
	if (result->is_ours || err == ERR_MEMORY || err == ERR_REFUSED ||
		interrupt_came())
		return err;
	run->in_a_row = err == ERR_IO ? run->in_a_row + 1 : 0;
	if (!is_missing(err, result)) {
		note_failure(run, wanted->sid, &why);
		return run->in_a_row < FAILURES_MOST ? ERR_OK : err;
	}
	if (wanted->is_young) {
		recordings_report_file(
			&run->report, RECORDING_LATER, wanted->sid, 0, &why);
		return ERR_OK;
	}
	recordings_report_file(
		&run->report, RECORDING_GONE, wanted->sid, 0, &why);
	return note_gone(run, wanted->sid, &why, reason);
}

static enum err
fetch_one(struct run *run, const struct wanted *wanted, struct reason *reason)
{
	const char *channels = run->channels;
	struct download_result result = {0};
	struct reason why = {""};
	enum err err = ERR_REJECTED;

	if (!sid_is_plain(wanted->sid))
		(void)err_reason(&why, err, "its SID is none");
	else
		err = fetch_patiently(run, wanted, channels, &result, &why);
	/* A recording of one channel has no two. */
	if (err == ERR_REJECTED && result.status == 400 &&
		strcmp(channels, "2") == 0) {
		channels = "1";
		err = fetch_patiently(run, wanted, channels, &result, &why);
	}
	err = settle(run, wanted, channels, err, &result, &why);
	if (err != ERR_OK)
		return err_reason(reason, err, "%s", why.text);
	return ERR_OK;
}

/* The next recordings of the account in hand, after that SID. */
static enum err
ask_wanted(struct run *run, const char *after, struct database_result **result,
	struct reason *reason)
{
	const struct database_value values[] = {
		{"account_sid", twilio_account_sid(run->twilio)          },
		{"after",       after				    },
		{"format",      run->format->name                        },
		{"call_sid",    run->chosen->call                        },
		{"since",       run->since[0] != '\0' ? run->since : NULL},
		{"again",       run->chosen->again ? "yes" : NULL        },
		{NULL,          NULL				     },
	};

	return database_run(run->database, &query_recordings_wanted, values,
		result, reason);
}

static enum err
fetch_page(struct run *run, const struct database_result *result,
	struct reason *reason)
{
	unsigned long long remaining =
		strtoull(database_text(result, 0, 1), NULL, 10);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < database_rows(result); i++) {
		const struct wanted wanted = {
			.sid = database_text(result, i, 0),
			.is_young = database_text(result, i, 2)[0] == 't'};

		(void)snprintf(run->progress, sizeof run->progress,
			"%llu left, %.*s", remaining - i, SID_MOST, wanted.sid);
		terminal_progress("%s", run->progress);
		err = fetch_one(run, &wanted, reason);
		if (err == ERR_OK && interrupt_came())
			err = err_reason(reason, ERR_IO,
				"interrupted; what is fetched stays");
	}
	return err;
}

static enum err
fetch_all(struct run *run, struct reason *reason)
{
	struct database_result *result = NULL;
	char after[LIMIT_SID + 1] = "";
	enum err err;

	for (;;) {
		size_t n;

		err = ask_wanted(run, after, &result, reason);
		n = err == ERR_OK ? database_rows(result) : 0;
		if (n > 0) {
			err = fetch_page(run, result, reason);
			(void)snprintf(after, sizeof after, "%.*s", LIMIT_SID,
				database_text(result, n - 1, 0));
		}
		database_result_free(result);
		if (err != ERR_OK || n == 0)
			return err;
	}
}

static enum err
do_account(struct run *run, const char *sid, struct reason *reason)
{
	enum err err = twilio_open(
		&run->twilio, &run->invocation->settings, sid, reason);

	if (err == ERR_OK && run->chosen->prune)
		err = recordings_prune(
			&run->folder, run->database, sid, &run->report, reason);
	if (err == ERR_OK)
		err = fetch_all(run, reason);
	twilio_close(run->twilio);
	run->twilio = NULL;
	return err;
}

/* One account after the other; a token that is not right is its account's. */
static enum err
do_accounts(
	struct run *run, const struct accounts *accounts, struct reason *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < accounts->n; i++) {
		err = do_account(run, accounts->sids[i], reason);
		if (err == ERR_REFUSED && accounts->n > 1) {
			note_failure(run, accounts->sids[i], reason);
			err = ERR_OK;
		}
	}
	return err;
}

static enum err
judge(const struct run *run, struct reason *reason)
{
	if (run->n_failed == 0)
		return ERR_OK;
	return run->n_failed > 1
		       ? err_reason(reason, ERR_IO,
				 "%.400s (and %zu more failed)",
				 run->failure.text, run->n_failed - 1)
		       : err_reason(reason, ERR_IO, "%s", run->failure.text);
}

/* Whoever names a call means recordings that are there. */
static enum err
check_call(const struct run *run, struct reason *reason)
{
	const struct database_value values[] = {
		{"account_sid", run->chosen->account},
		{"call_sid",    run->chosen->call   },
		{NULL,          NULL                },
	};
	struct database_result *result = NULL;
	enum err err;

	if (run->chosen->call == NULL)
		return ERR_OK;
	err = database_run(run->database, &query_recordings_of_call, values,
		&result, reason);
	if (err == ERR_OK && database_text(result, 0, 0)[0] != 't')
		err = err_reason(reason, ERR_REJECTED,
			"the tables have no recording of call \"%.64s\"; "
			"\"hookswitch backfill\" asks Twilio for what they "
			"lack",
			run->chosen->call);
	database_result_free(result);
	return err;
}

static enum err
fetch_recordings(struct run *run, struct reason *reason)
{
	const struct settings *settings = &run->invocation->settings;
	struct accounts accounts;
	enum err err = accounts_find(
		&accounts, settings, run->chosen->account, reason);

	if (err == ERR_OK)
		err = database_open(
			&run->database, settings, "recordings", reason);
	if (err == ERR_OK)
		err = check_call(run, reason);
	/* Last, so that nothing is made where there is nothing to be done. */
	if (err == ERR_OK)
		err = folder_open(&run->folder, run->directory, reason);
	if (err == ERR_OK) {
		interrupt_catch();
		err = do_accounts(run, &accounts, reason);
		terminal_progress_end();
		if (recordings_report_end(&run->report) != ERR_OK &&
			err == ERR_OK)
			err = err_reason(reason, ERR_MEMORY, "out of memory");
		if (err == ERR_OK)
			err = judge(run, reason);
	}
	database_close(run->database);
	folder_close(&run->folder);
	accounts_free(&accounts);
	return err;
}

/* Reads the options; what is wrong with them, or NULL. */
static const char *
read_options(struct run *run, const struct recordings_options *chosen)
{
	long long seconds;

	run->format = sound_format_find(
		chosen->format != NULL ? chosen->format : "wav");
	if (run->format == NULL)
		return "--format must be wav or mp3";
	if (chosen->since != NULL) {
		if (!when_read(chosen->since, (long long)time(NULL), &seconds))
			return "--since " WHEN_SHAPE;
		(void)snprintf(run->since, sizeof run->since, "%lld", seconds);
	}
	if (chosen->channels > 0)
		(void)snprintf(run->channels, sizeof run->channels, "%lu",
			chosen->channels);
	return NULL;
}

/* The one that is named, or that of the settings; NULL if there is neither. */
static const char *
find_directory(const struct invocation *invocation)
{
	return invocation->n_words > 0 ? invocation->words[0]
				       : settings_get(&invocation->settings,
						 SETTING_RECORDINGS);
}

static int
run_recordings(struct invocation *invocation)
{
	const struct recordings_options *chosen = invocation->options;
	struct run run = {
		.invocation = invocation,
		.chosen = chosen,
		.folder = {.fd = -1, .lock = -1}
        };
	const char *misuse = read_options(&run, chosen);
	struct reason reason = {"out of memory"};
	enum err err;

	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	run.report.json = invocation->json;
	run.report.quiet = invocation->quiet;
	run.report.verbose = chosen->verbose;
	run.report.format = run.format->name;
	err = command_settings(invocation, &reason);
	run.directory = err == ERR_OK ? find_directory(invocation) : NULL;
	if (err == ERR_OK && run.directory == NULL)
		return command_misuse(invocation,
			"say into which directory they shall go, here or as "
			"HOOKSWITCH_RECORDINGS");
	if (err == ERR_OK)
		err = fetch_recordings(&run, &reason);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_recordings = {
	.name = "recordings",
	.purpose = "fetch recordings of calls into a directory",
	.usage = "[OPTION...] [DIRECTORY]",
	.description =
		"Fetches the recordings that are in the tables and have no "
		"file yet, each into\n"
		"DIRECTORY/SID.wav, and notes size, SHA-256 and time in table "
		"recording_files.\n"
		"What breaks off is gone on with the next time.  At Twilio "
		"nothing is deleted.\n"
		"\n"
		"Without DIRECTORY they go to HOOKSWITCH_RECORDINGS, and can "
		"be played on the live\n"
		"page.  It is made if it is not there.  It must be for nobody "
		"else (mode 700), and\n"
		"not where a web server could hand it out.",
	.examples = "hookswitch recordings\n"
		    "hookswitch recordings --format mp3 --since 7d --verbose "
		    "~/private/recordings\n"
		    "hookswitch recordings --call CA... --channels 2 "
		    "~/private/one\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "47 * * * * $HOME/hookswitch/bin/hookswitch recordings "
		    "--quiet --config $HOME/private/hookswitch.conf",
	.most_words = 1,
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct recordings_options),
	.run = run_recordings,
};
