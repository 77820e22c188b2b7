/*
 * hookswitch backfill: asks Twilio what webhooks have missed.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accounts.h"
#include "backfill_report.h"
#include "commands.h"
#include "database.h"
#include "history.h"
#include "interrupt.h"
#include "queries.h"
#include "reconcile.h"
#include "terminal.h"
#include "when.h"

/*
 * How far behind its last place a run begins.  What began before that place
 * may have changed since: calls and rooms last a day at the most, and carriers
 * try to deliver a message for three.
 */
#define OVERLAP (3 * WHEN_DAY)

/* A batch may take so long: nobody waits for it. */
#define PATIENCE 15000

struct backfill_options {
	const char *since, *until, *only, *account;
	bool dry_run, verbose;
};

static const struct option_row options[] = {
	TEXT_OPTION("since", "WHEN", struct backfill_options, since,
		"read from that day on, UTC: 2026-01-31, or 7d\n"
		"(otherwise from where it last came to)"),
	TEXT_OPTION("until", "WHEN", struct backfill_options, until,
		"read to the end of that day (otherwise to now)"),
	TEXT_OPTION("only", "LIST", struct backfill_options, only,
		"of calls,messages,recordings,rooms"),
	SID_OPTION("account", "AC", struct backfill_options, account,
		"one account (otherwise all of the settings)"),
	SWITCH_OPTION("dry-run", struct backfill_options, dry_run,
		"read and compare, and write nothing"),
	SWITCH_OPTION("verbose", struct backfill_options, verbose,
		"print each one that was missed"),
	END_OF_OPTIONS,
};

/* What the options say, read. */
struct wish {
	bool has_since;
	long long since, until; /* beginnings of days */
	bool kinds[HISTORY__MAX];
};

/* The whole run. */
struct run {
	const struct invocation *invocation;
	struct wish wish;
	struct backfill_report report;
	struct database *database;
	struct store *store;
	struct reconcile reconcile; /* of the account in hand */
	const char *account_sid;
	char progress[64];     /* what is being read */
	bool is_heard;         /* Twilio has answered */
	size_t n_failed;       /* accounts and kinds */
	struct reason failure; /* of the first of them */
};

static long long
now(void)
{
	return (long long)time(NULL);
}

static bool
is_kind(size_t kind, const char *text, size_t len)
{
	const char *name = history_name((enum history_kind)kind);

	return strlen(name) == len && strncmp(name, text, len) == 0;
}

/* "calls,rooms"; what is wrong with it, or NULL. */
static const char *
read_kinds(struct wish *wish, const char *only)
{
	while (only != NULL) {
		size_t len = strcspn(only, ",");
		size_t kind = 0;

		while (kind < HISTORY__MAX && !is_kind(kind, only, len))
			kind++;
		if (kind == HISTORY__MAX)
			return "--only takes a list of calls, messages, "
			       "recordings and rooms, with commas between them";
		wish->kinds[kind] = true;
		only = only[len] == ',' ? only + len + 1 : NULL;
	}
	return NULL;
}

/* Reads the options; what is wrong with them, or NULL. */
static const char *
read_wish(struct wish *wish, const struct backfill_options *chosen)
{
	long long moment = now(), until = moment;

	memset(wish, 0, sizeof *wish);
	wish->has_since = chosen->since != NULL;
	if (wish->has_since && !when_read(chosen->since, moment, &wish->since))
		return "--since " WHEN_SHAPE;
	if (chosen->until != NULL && !when_read(chosen->until, moment, &until))
		return "--until " WHEN_SHAPE;
	wish->since = when_day(wish->since);
	/* Days that are to come have nothing, and each is asked for. */
	wish->until = when_day(until < moment ? until : moment);
	if (wish->has_since && wish->since > wish->until)
		return "--since is after --until, or after now";
	for (int i = 0; chosen->only == NULL && i < HISTORY__MAX; i++)
		wish->kinds[i] = true;
	return read_kinds(wish, chosen->only);
}

/* How far a kind was read; false if it never was. */
static enum err
find_place(struct run *run, enum history_kind kind, bool *has_place,
	long long *place, struct reason *reason)
{
	const struct database_value values[] = {
		{"account_sid", run->account_sid  },
		{"kind",        history_name(kind)},
		{NULL,          NULL              },
	};
	struct database_result *result;
	enum err err = database_run(
		run->database, &query_backfill_place, values, &result, reason);

	*has_place = err == ERR_OK && database_rows(result) > 0;
	*place =
		*has_place ? strtoll(database_text(result, 0, 0), NULL, 10) : 0;
	database_result_free(result);
	return err;
}

/* Notes that all is committed that began before that moment. */
static enum err
move_place(struct run *run, enum history_kind kind, long long moment,
	struct reason *reason)
{
	char seconds[32];
	const struct database_value values[] = {
		{"account_sid", run->account_sid  },
		{"kind",        history_name(kind)},
		{"seconds",     seconds           },
		{NULL,          NULL              },
	};

	(void)snprintf(seconds, sizeof seconds, "%lld", moment);
	return database_run(
		run->database, &query_backfill_move, values, NULL, reason);
}

static enum err
go_on(struct reason *reason)
{
	if (!interrupt_came())
		return ERR_OK;
	return err_reason(
		reason, ERR_IO, "interrupted; what is stored stays stored");
}

/* So many resources of a page. */
static enum err
take(void *context, const struct resource *resources, size_t n,
	struct reason *reason)
{
	struct run *run = context;
	enum err err;

	run->is_heard = true;
	err = reconcile_run(&run->reconcile, resources, n, reason);
	if (err == ERR_OK && n > 0) {
		const struct reconcile_count *count =
			&run->reconcile.counts[resources[0].kind];

		terminal_progress("%s: %zu read, %zu missing, %zu behind",
			run->progress, count->read, count->missing,
			count->behind);
	}
	return err == ERR_OK ? go_on(reason) : err;
}

static enum err
read_days(struct run *run, enum history_kind kind, long long from, bool moves,
	struct reason *reason)
{
	const struct history history = {
		.twilio = run->reconcile.twilio, .take = take, .context = run};
	enum err err = ERR_OK;

	for (long long day = from; err == ERR_OK && day <= run->wish.until;
		day += WHEN_DAY) {
		long long begun = now(), end = day + WHEN_DAY;
		char date[WHEN_DATE_SIZE];

		when_date(day, date);
		(void)snprintf(run->progress, sizeof run->progress, "%s of %s",
			history_name(kind), date);
		terminal_progress("%s", run->progress);
		err = history_read(&history, kind, day, reason);
		run->is_heard = run->is_heard || err == ERR_OK;
		if (err == ERR_OK && moves)
			err = move_place(
				run, kind, end < begun ? end : begun, reason);
		if (err == ERR_OK)
			err = go_on(reason);
	}
	return err;
}

/*
 * One kind of an account, from where it was read to.  What was asked for by
 * --since and does not reach back to there leaves the place where it is: what
 * lies between was not read.
 */
static enum err
read_kind(struct run *run, enum history_kind kind, struct reason *reason)
{
	const struct wish *wish = &run->wish;
	long long place, from = wish->since;
	bool has_place;
	enum err err = find_place(run, kind, &has_place, &place, reason);

	(void)snprintf(
		run->progress, sizeof run->progress, "%s", history_name(kind));
	if (err == ERR_OK && !has_place && !wish->has_since)
		err = err_reason(reason, ERR_SETTING,
			"they were never read; say from when on, such as "
			"--since 30d");
	if (err != ERR_OK)
		return err;
	if (!wish->has_since)
		from = when_day(place - OVERLAP);
	return read_days(run, kind, from,
		!run->reconcile.is_dry && (!has_place || from <= place),
		reason);
}

/* Notes what could not be done; whether the rest can be. */
static bool
note_failure(struct run *run, enum err err, const struct reason *reason)
{
	bool names_account = run->report.has_many && run->account_sid != NULL;

	if (err == ERR_OK)
		return true;
	if (run->n_failed++ == 0)
		(void)err_reason(&run->failure, err, "%s%s%s%s%.300s",
			names_account ? run->account_sid : "",
			names_account ? ": " : "", run->progress,
			run->progress[0] != '\0' ? ": " : "", reason->text);
	/* Without database nothing can be done; without an answer of
	 * Twilio's at all the others would have none. */
	return err != ERR_DATABASE && err != ERR_MEMORY &&
	       (err != ERR_IO || run->is_heard) && !interrupt_came();
}

/* Keeps others from reading the same account until it is ended. */
static enum err
lock(struct run *run, struct database **out, struct reason *reason)
{
	const struct database_value values[] = {
		{"account_sid", run->account_sid},
		{NULL,          NULL            },
	};
	struct database_result *result = NULL;
	enum err err;

	*out = NULL;
	if (run->reconcile.is_dry)
		return ERR_OK;
	err = database_open(
		out, &run->invocation->settings, "backfill", reason);
	if (err == ERR_OK)
		err = database_begin(*out, reason);
	if (err == ERR_OK)
		err = database_run(
			*out, &query_backfill_lock, values, &result, reason);
	if (err == ERR_OK && database_text(result, 0, 0)[0] != 't')
		err = err_reason(reason, ERR_REFUSED,
			"another backfill of account %s is running",
			run->account_sid);
	database_result_free(result);
	return err;
}

/*
 * Lets others read the account.  That the connection is closed the server may
 * notice late, and until then it would refuse the next backfill.
 */
static void
unlock(struct database *locked)
{
	if (locked != NULL)
		(void)!database_commit(locked, NULL);
	database_close(locked);
}

/* Whether the next account can be read. */
static bool
read_account(struct run *run)
{
	struct reconcile *reconcile = &run->reconcile;
	struct database *locked = NULL;
	struct reason reason = {"out of memory"};
	size_t n_failed = run->n_failed;
	bool goes_on;
	enum err err;

	run->progress[0] = '\0';
	memset(reconcile->counts, 0, sizeof reconcile->counts);
	err = twilio_open(&reconcile->twilio, &run->invocation->settings,
		run->account_sid, &reason);
	if (err == ERR_OK)
		err = lock(run, &locked, &reason);
	goes_on = note_failure(run, err, &reason);
	for (int i = 0; err == ERR_OK && goes_on && i < HISTORY__MAX; i++)
		if (run->wish.kinds[i])
			goes_on = note_failure(run,
				read_kind(run, (enum history_kind)i, &reason),
				&reason);
	if (err == ERR_OK)
		backfill_report_account(&run->report, run->account_sid,
			reconcile->counts, run->n_failed == n_failed);
	unlock(locked);
	twilio_close(reconcile->twilio);
	return goes_on;
}

static enum err
open_run(struct run *run, struct reason *reason)
{
	const struct settings *settings = &run->invocation->settings;
	struct reconcile *reconcile = &run->reconcile;
	enum err err = settings_require(settings, SETTING_DATABASE,
		&reconcile->target.connection, reason);

	reconcile->target.prepare = settings_prepare(settings);
	if (err == ERR_OK)
		err = database_open(
			&run->database, settings, "backfill", reason);
	if (err == ERR_OK)
		err = store_new(&run->store, "backfill", PATIENCE);
	reconcile->database = run->database;
	reconcile->store = run->store;
	reconcile->tell = backfill_report_tell;
	reconcile->context = &run->report;
	return err;
}

/* Says in one line what was not done, if there is anything. */
static enum err
judge(const struct run *run, struct reason *reason)
{
	if (run->n_failed > 1)
		return err_reason(reason, ERR_IO,
			"%.400s (and %zu more failed)", run->failure.text,
			run->n_failed - 1);
	if (run->n_failed > 0)
		return err_reason(reason, ERR_IO, "%s", run->failure.text);
	if (run->report.refused > 0)
		return err_reason(reason, ERR_REJECTED,
			"%zu refused; --verbose tells why",
			run->report.refused);
	return ERR_OK;
}

static enum err
backfill(struct run *run, struct reason *reason)
{
	const struct backfill_options *chosen = run->invocation->options;
	struct accounts accounts;
	enum err err = accounts_find(
		&accounts, &run->invocation->settings, chosen->account, reason);

	if (err == ERR_OK)
		err = open_run(run, reason);
	if (err == ERR_OK) {
		bool goes_on = true;

		run->report.has_many = accounts.n > 1;
		backfill_report_begin(&run->report);
		for (size_t i = 0; i < accounts.n && goes_on; i++) {
			run->account_sid = accounts.sids[i];
			goes_on = read_account(run);
		}
		err = judge(run, reason);
		if (backfill_report_end(&run->report) != ERR_OK &&
			err == ERR_OK)
			err = err_reason(reason, ERR_MEMORY, "out of memory");
	}
	store_free(run->store);
	database_close(run->database);
	accounts_free(&accounts);
	return err;
}

static int
run_backfill(struct invocation *invocation)
{
	const struct backfill_options *chosen = invocation->options;
	struct run run = {.invocation = invocation};
	struct reason reason = {"out of memory"};
	const char *misuse = read_wish(&run.wish, chosen);
	enum err err;

	if (misuse != NULL)
		return command_misuse(invocation, "%s", misuse);
	run.reconcile.is_dry = run.report.is_dry = chosen->dry_run;
	run.report.json = invocation->json;
	run.report.quiet = invocation->quiet;
	run.report.verbose = chosen->verbose;
	err = command_settings(invocation, &reason);
	if (err == ERR_OK) {
		interrupt_catch();
		err = backfill(&run, &reason);
	}
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_backfill = {
	.name = "backfill",
	.purpose = "ask Twilio what webhooks have missed, and store it",
	.usage = "[OPTION...]",
	.description =
		"Reads calls, messages, recordings and video rooms from "
		"Twilio's REST API,\n"
		"compares them with the tables, and stores what the tables "
		"lack, by the rules\n"
		"by which webhooks are stored.  Rows that know as much are "
		"left alone, so that\n"
		"a second run writes nothing.\n"
		"\n"
		"Each account's place is kept in the database: the next run "
		"goes on from there,\n"
		"three days back, since what began before may have changed.  "
		"The first one needs\n"
		"--since.  Whatever was purged or erased comes back if it is "
		"still at Twilio and\n"
		"--since reaches so far.",
	.examples = "hookswitch backfill --since 30d\n"
		    "hookswitch backfill --since 2026-01-31 --until 2026-02-02 "
		    "--dry-run --verbose\n"
		    "hookswitch backfill --only messages,calls --json\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "17 * * * * $HOME/hookswitch/bin/hookswitch backfill "
		    "--quiet --config "
		    "$HOME/private/hookswitch.conf",
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct backfill_options),
	.run = run_backfill,
};
