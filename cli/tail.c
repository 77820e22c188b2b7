/*
 * hookswitch tail: the events of the ledger as they come.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "database.h"
#include "event_line.h"
#include "interrupt.h"
#include "json.h"
#include "json_writer.h"
#include "kind.h"
#include "queries.h"
#include "similar.h"
#include "terminal.h"

/* How long between two looks; where there is no database, longer. */
#define POLL_MILLISECONDS 500
#define AWAY_MILLISECONDS 1000

/* What a query may take, in milliseconds: a filter reads 100,000 webhooks. */
#define PATIENCE 120000

/* Events of one query. */
#define PAGE 500
#define PAGE_TEXT "500"

#define LAST_MOST 100000

/* A snapshot as text: as many transactions as a server can have at a time. */
#define SNAPSHOT (1024 * 1024)

struct tail_options {
	const char *kinds;
	const char *account;
	const char *call;
	const char *number;
	unsigned long n;
	bool follow;
	bool no_follow;
};

static const struct option_row options[] = {
	TEXT_OPTION("kind", "KIND[,KIND...]", struct tail_options, kinds,
		"only these: message, call-status, ..."),
	SID_OPTION("account", "AC", struct tail_options, account,
		"only those of this account"),
	SID_OPTION("call", NULL, struct tail_options, call,
		"only those about this call, its legs and its\n"
		"recordings"),
	TEXT_OPTION("number", "NUMBER", struct tail_options, number,
		"only those from or to this number"),
	COUNT_OPTION("n", "N", struct tail_options, n, LAST_MOST,
		"print the last N, and end"),
	SWITCH_OPTION("follow", struct tail_options, follow,
		"with -n: go on with what comes"),
	SWITCH_OPTION("no-follow", struct tail_options, no_follow,
		"print the last 10, or those of -n, and end"),
	END_OF_OPTIONS,
};

/* Columns of both queries. */
enum {
	COLUMN_UPTO,
	COLUMN_IS_STANDBY,
	COLUMN_NEWEST,
	COLUMN_IS_GOOD,
	COLUMN_XID,
	COLUMN_ID,
	COLUMN_SECONDS,
	COLUMN_RECEIVED_AT,
	COLUMN_OCCURRED_AT,
	COLUMN_ENDPOINT,
	COLUMN_KIND,
	COLUMN_ACCOUNT_SID,
	COLUMN_SUBJECT_SID,
	COLUMN_SOURCE,
	COLUMN_PARAMS
};

/*
 * How far it has come.  All that the snapshot since shows has been printed;
 * and of what upto shows beside that, if there is one, all up to an event.
 */
struct place {
	struct buf since;
	char newest[24]; /* event that it shows; "" if there is none */
	struct buf upto;
	char xid[24], id[24]; /* of that event */
};

struct tail {
	const struct invocation *invocation;
	const struct tail_options *chosen;
	struct database *database; /* NULL while it is away */
	struct place place;
	unsigned long n; /* events to begin with */
	bool is_away;
	bool is_over; /* nobody reads any more */
};

/*
 * Printing.
 */

static enum err
print_json(const struct database_result *result, size_t row)
{
	/* Texts; then come numbers, and the parameters. */
	static const struct {
		const char *name;
		int column;
	} texts[] = {
		{"received_at", COLUMN_RECEIVED_AT},
		{"occurred_at", COLUMN_OCCURRED_AT},
		{"endpoint",    COLUMN_ENDPOINT   },
		{"kind",        COLUMN_KIND       },
		{"account_sid", COLUMN_ACCOUNT_SID},
		{"subject_sid", COLUMN_SUBJECT_SID},
		{"source",      COLUMN_SOURCE     },
	};
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_number(&writer, "id",
		strtoll(database_text(result, row, COLUMN_ID), NULL, 10));
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		json_write_text(&writer, texts[i].name,
			database_is_null(result, row, texts[i].column)
				? NULL
				: database_text(result, row, texts[i].column));
	json_write_document(
		&writer, "params", database_text(result, row, COLUMN_PARAMS));
	return json_writer_print(&writer, stdout);
}

static enum err
print_line(const struct database_result *result, size_t row)
{
	const char *params = database_text(result, row, COLUMN_PARAMS);
	struct event_line event = {
		.received_at = strtoll(
			database_text(result, row, COLUMN_SECONDS), NULL, 10),
		.endpoint = database_text(result, row, COLUMN_ENDPOINT),
		.kind = database_text(result, row, COLUMN_KIND),
		.subject_sid = database_text(result, row, COLUMN_SUBJECT_SID),
		.source = database_text(result, row, COLUMN_SOURCE),
	};
	struct json *document;
	enum err err = json_read(&document, params, strlen(params), NULL);

	if (err != ERR_OK)
		return err;
	event.params = document;
	event_line_print(stdout, &event);
	json_free(document);
	return ERR_OK;
}

/* An event has to go out at once: who reads a pipe waits for it. */
static enum err
end_event(struct tail *tail, struct reason *reason)
{
	int error = terminal_flush();

	tail->is_over = error == EPIPE;
	if (error == 0 || tail->is_over)
		return ERR_OK;
	return err_reason(reason, ERR_IO,
		"could not write to standard output: %s", strerror(error));
}

static enum err
print_events(struct tail *tail, const struct database_result *result, size_t n,
	struct reason *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && err == ERR_OK && !tail->is_over; i++) {
		err = tail->invocation->json ? print_json(result, i)
					     : print_line(result, i);
		if (err == ERR_OK)
			err = end_event(tail, reason);
		else
			(void)err_reason(reason, err, "%s", err_text(err));
	}
	return err;
}

/*
 * Reading.
 */

static enum err
set_text(struct buf *buf, const char *text, struct reason *reason)
{
	enum err err;

	buf_clear(buf);
	err = buf_add_text(buf, text);
	return err == ERR_OK ? ERR_OK
			     : err_reason(reason, err, "out of memory");
}

/* All that the result's snapshot shows is printed. */
static enum err
end_place(struct place *place, const struct database_result *result,
	struct reason *reason)
{
	buf_clear(&place->upto);
	place->xid[0] = place->id[0] = '\0';
	(void)snprintf(place->newest, sizeof place->newest, "%s",
		database_text(result, 0, COLUMN_NEWEST));
	return set_text(
		&place->since, database_text(result, 0, COLUMN_UPTO), reason);
}

/* The page is printed; the next one begins behind its last event. */
static enum err
move_on(struct place *place, const struct database_result *result, size_t n,
	struct reason *reason)
{
	const char *upto = database_text(result, 0, COLUMN_UPTO);

	if (n < PAGE)
		return end_place(place, result, reason);
	(void)snprintf(place->xid, sizeof place->xid, "%s",
		database_text(result, n - 1, COLUMN_XID));
	(void)snprintf(place->id, sizeof place->id, "%s",
		database_text(result, n - 1, COLUMN_ID));
	return set_text(&place->upto, upto, reason);
}

static const char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static enum err
ask(struct tail *tail, const struct statement *query,
	struct database_result **result, struct reason *reason)
{
	const struct tail_options *chosen = tail->chosen;
	const struct place *place = &tail->place;
	char n[24];
	const struct database_value values[] = {
		{"kinds",     chosen->kinds                       },
		{"account",   chosen->account                     },
		{"call",      chosen->call                        },
		{"number",    chosen->number                      },
		{"n",         n				   },
		{"page",      PAGE_TEXT                           },
		{"since",     buf_text(&place->since)             },
		{"newest",    text_or_null(place->newest)         },
		{"upto",      text_or_null(buf_text(&place->upto))},
		{"after_xid", text_or_null(place->xid)            },
		{"after_id",  text_or_null(place->id)             },
		{NULL,        NULL				},
	};
	enum err err;

	(void)snprintf(n, sizeof n, "%lu", tail->n);
	err = database_run(tail->database, query, values, result, reason);
	if (err != ERR_OK ||
		database_text(*result, 0, COLUMN_IS_STANDBY)[0] != 't')
		return err;
	database_result_free(*result);
	*result = NULL;
	return err_reason(reason, ERR_DATABASE,
		"the database is a standby, which does not tell what is still "
		"being written: name the primary, or several hosts and "
		"target_session_attrs=read-write");
}

/* The events of a result, which may be none. */
static size_t
count_events(const struct database_result *result)
{
	size_t n = database_rows(result);

	return n == 1 && database_is_null(result, 0, COLUMN_XID) ? 0 : n;
}

static enum err
connect_database(struct tail *tail, struct reason *reason)
{
	enum err err = database_open(
		&tail->database, &tail->invocation->settings, "tail", reason);

	if (err == ERR_OK)
		database_hurry(tail->database, PATIENCE);
	return err;
}

/* The last events, and where to go on from; *n is how many there were. */
static enum err
begin(struct tail *tail, size_t *n, struct reason *reason)
{
	struct database_result *result;
	enum err err = ask(tail, &query_tail_last, &result, reason);

	if (err != ERR_OK)
		return err;
	*n = count_events(result);
	err = print_events(tail, result, *n, reason);
	if (err == ERR_OK)
		err = end_place(&tail->place, result, reason);
	database_result_free(result);
	return err;
}

static enum err
start(struct tail *tail, size_t *n, struct reason *reason)
{
	enum err err = connect_database(tail, reason);

	return err == ERR_OK ? begin(tail, n, reason) : err;
}

/* Where it was is no place any more: from now on, then. */
static enum err
begin_anew(struct tail *tail, struct reason *reason)
{
	size_t n;
	enum err err;

	tail->n = 0;
	err = begin(tail, &n, reason);
	/* Not before: what comes after this was said is shown. */
	if (err == ERR_OK)
		fprintf(stderr,
			"hookswitch tail: the newest event that was there is "
			"not any more, because it was purged or erased, or "
			"lost with a server that failed: then others may be "
			"missing here\n");
	return err;
}

/* A page; *n is how many events it had. */
static enum err
read_page(struct tail *tail, size_t *n, struct reason *reason)
{
	struct database_result *result;
	enum err err = ask(tail, &query_tail, &result, reason);
	bool is_good;

	*n = 0;
	if (err != ERR_OK)
		return err;
	is_good = database_text(result, 0, COLUMN_IS_GOOD)[0] == 't';
	if (is_good) {
		*n = count_events(result);
		err = print_events(tail, result, *n, reason);
		if (err == ERR_OK)
			err = move_on(&tail->place, result, *n, reason);
	}
	database_result_free(result);
	return is_good ? err : begin_anew(tail, reason);
}

/*
 * Following.
 */

/* Whether another connection may do what this one did not. */
static bool
may_pass(const struct tail *tail, enum err err)
{
	const char *state =
		tail->database != NULL ? database_sqlstate(tail->database) : "";

	/* What is asked for is not there, or not ours to see. */
	return err == ERR_DATABASE && strncmp(state, "42", 2) != 0 &&
	       strcmp(state, "3F000") != 0;
}

static void
note_away(struct tail *tail, const struct reason *reason)
{
	if (!tail->is_away) {
		(void)command_fail(tail->invocation, reason);
		fprintf(stderr,
			"hookswitch tail: what comes meanwhile is shown when "
			"the database is back\n");
	}
	tail->is_away = true;
	database_close(tail->database);
	tail->database = NULL;
}

/* All that has come since, page by page. */
static enum err
catch_up(struct tail *tail, struct reason *reason)
{
	size_t n = PAGE;
	enum err err = ERR_OK;

	if (tail->database == NULL)
		err = connect_database(tail, reason);
	while (err == ERR_OK && n == PAGE && !tail->is_over &&
		!interrupt_came())
		err = read_page(tail, &n, reason);
	if (err == ERR_OK && tail->is_away) {
		tail->is_away = false;
		fprintf(stderr, "hookswitch tail: the database is back\n");
	}
	return err;
}

static enum err
follow(struct tail *tail, struct reason *reason)
{
	while (!tail->is_over && terminal_is_read() &&
		interrupt_wait(tail->is_away ? AWAY_MILLISECONDS
					     : POLL_MILLISECONDS)) {
		enum err err = catch_up(tail, reason);

		if (err == ERR_OK || interrupt_came())
			continue;
		if (!may_pass(tail, err))
			return err;
		note_away(tail, reason);
	}
	return ERR_OK;
}

/*
 * What was asked for.
 */

/* Whether it is a kind; if not, which may be meant. */
static bool
is_kind(const char *word, struct similar *similar)
{
	bool is_one = false;

	*similar = (struct similar){word, NULL, 0};
	for (enum kind kind = KIND_OTHER; kind < KIND__MAX; kind++) {
		is_one = is_one || strcmp(word, kind_name(kind)) == 0;
		similar_try(similar, kind_name(kind));
	}
	return is_one;
}

/* A kind that is none would never be seen; the exit status if there is one. */
static int
check_kinds(const struct invocation *invocation, const char *kinds)
{
	struct similar similar;
	struct reason meant;
	char word[64];

	for (;;) {
		size_t len = strcspn(kinds, ",");

		(void)snprintf(word, sizeof word, "%.*s", (int)len, kinds);
		if (!is_kind(word, &similar))
			return command_misuse(invocation,
				"there is no kind \"%s\"%s", word,
				similar_words(&similar, &meant));
		if (kinds[len] == '\0')
			return EXIT_SUCCESS;
		kinds += len + 1;
	}
}

static bool
has_digit(const char *text)
{
	for (; *text != '\0'; text++)
		if (isalnum((unsigned char)*text))
			return true;
	return false;
}

static int
check_call(const struct invocation *invocation)
{
	const struct tail_options *chosen = invocation->options;

	if (chosen->follow && chosen->no_follow)
		return command_misuse(invocation,
			"--follow and --no-follow exclude each other");
	if (chosen->number != NULL && !has_digit(chosen->number))
		return command_misuse(
			invocation, "--number must look like +15551230009");
	return chosen->kinds != NULL ? check_kinds(invocation, chosen->kinds)
				     : EXIT_SUCCESS;
}

static int
run(struct invocation *invocation)
{
	struct tail_options *chosen = invocation->options;
	struct tail tail = {.invocation = invocation, .chosen = chosen};
	bool follows = !chosen->no_follow && (chosen->follow || chosen->n == 0);
	struct reason reason = {"out of memory"};
	int status = check_call(invocation);
	size_t n = 0;
	enum err err;

	if (status != EXIT_SUCCESS)
		return status;
	if (chosen->no_follow && chosen->n == 0)
		chosen->n = 10;
	tail.n = chosen->n;
	buf_init(&tail.place.since, SNAPSHOT);
	buf_init(&tail.place.upto, SNAPSHOT);
	interrupt_catch();
	err = command_settings(invocation, &reason);
	if (err == ERR_OK)
		err = start(&tail, &n, &reason);
	if (err == ERR_OK && follows)
		err = follow(&tail, &reason);
	else if (err == ERR_OK && n == 0)
		fprintf(stderr,
			"hookswitch tail: there is no such webhook among the "
			"latest 100,000\n");
	database_close(tail.database);
	buf_free(&tail.place.since);
	buf_free(&tail.place.upto);
	/* What was to be followed was to be until then. */
	if (err != ERR_OK && interrupt_came())
		err = follows ? ERR_OK
			      : err_reason(&reason, ERR_IO, "interrupted");
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

static void
print_more(FILE *out)
{
	fprintf(out, "\nkinds:\n");
	for (enum kind kind = KIND_OTHER; kind < KIND__MAX; kind++)
		fprintf(out, "  %s\n", kind_name(kind));
}

const struct command command_tail = {
	.name = "tail",
	.purpose = "show webhooks as they come",
	.usage = "[OPTION...]",
	.description =
		"Shows webhooks as they are committed to the ledger, a line "
		"each, until it is\n"
		"interrupted.  It leaves out none and shows none twice, also "
		"if the database\n"
		"goes away and comes back.",
	.examples = "hookswitch tail --kind message,message-status\n"
		    "hookswitch tail --number +15551230009 -n 20 --follow\n"
		    "hookswitch tail --json | jq 'select(.params.ErrorCode)'",
	.takes = TAKES_CONFIG | TAKES_JSON,
	.options = options,
	.options_size = sizeof(struct tail_options),
	.print_more = print_more,
	.run = run,
};
