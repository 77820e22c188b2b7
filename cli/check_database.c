/*
 * The database: whether endpoints can reach it, and do there what they have
 * to.
 */
#include "config.h"

#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "endpoints.h"
#include "queries.h"
#include "schema.h"
#include "statements.h"

/* The oldest server that is supported. */
#define OLDEST 140000

/* How far its clock may be from ours, in milliseconds. */
#define CLOCK_NOTE 2000
#define CLOCK_WRONG 60000

#define EXPLAIN "EXPLAIN "
#define SQL_SIZE (64 * 1024)

static long long
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_REALTIME, &time);
	return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

enum err
check_database_obtain(struct checkup *checkup, struct reason *reason)
{
	struct reason why;
	long long before;
	enum err err;

	if (!checkup_has(checkup, NEED_SETTINGS))
		return err_reason(reason, ERR_SETTING, "%s",
			checkup_why(checkup, NEED_SETTINGS));
	if (checkup->is_offline)
		return err_reason(reason, ERR_SETTING, "--offline");
	err = database_open(
		&checkup->database, checkup->settings, "doctor", &why);
	if (err == ERR_OK) {
		database_hurry(checkup->database, DATABASE_HURRY);
		before = now();
		err = database_state_ask(
			&checkup->state, checkup->database, &why);
		checkup->asked_at = before + (now() - before) / 2;
	}
	return err == ERR_OK ? ERR_OK : err_reason(reason, err, "%s", why.text);
}

static void
check_connect(struct checkup *checkup)
{
	int version;

	if (checkup->is_offline) {
		checkup_unknown(checkup, "--offline");
		return;
	}
	if (!checkup_has(checkup, NEED_DATABASE)) {
		checkup_wrong(checkup,
			"look at HOOKSWITCH_DATABASE, and at whether the "
			"database runs; requests wait in the spool meanwhile",
			"%s", checkup_why(checkup, NEED_DATABASE));
		return;
	}
	version = database_server_version(checkup->database);
	if (version < OLDEST)
		checkup_wrong(checkup, "upgrade it",
			"PostgreSQL %d.%d is older than %d", version / 10000,
			version % 10000, OLDEST / 10000);
	else
		checkup_ok(checkup, "PostgreSQL %d.%d at %s", version / 10000,
			version % 10000, database_host(checkup->database));
}

/* Whether nothing between us and the database can be read by others. */
static bool
is_local(const char *host)
{
	return host[0] == '/' || host[0] == '@' || host[0] == '\0' ||
	       strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       strncmp(host, "127.", 4) == 0;
}

static void
check_tls(struct checkup *checkup)
{
	const char *host = database_host(checkup->database);

	if (database_has_tls(checkup->database))
		checkup_ok(checkup, "the connection to %s has TLS", host);
	else if (is_local(host))
		checkup_ok(checkup, "%s is on this host, and needs no TLS",
			host[0] != '\0' ? host : "the database");
	else
		checkup_wrong(checkup,
			"add sslmode=verify-full to HOOKSWITCH_DATABASE, or "
			"sslmode=require where the server's certificate is its "
			"own",
			"password and messages go to %s readable for "
			"everybody on the way",
			host);
}

static void
check_encoding(struct checkup *checkup)
{
	struct reason reason;

	if (database_state_check(&checkup->state, &reason) == ERR_OK)
		checkup_ok(checkup, "its encoding is UTF8");
	else
		checkup_wrong(checkup, "then run \"hookswitch migrate\"", "%s",
			reason.text);
}

static void
check_writable(struct checkup *checkup)
{
	static const char mend[] =
		"name the primary in HOOKSWITCH_DATABASE, or several hosts "
		"and target_session_attrs=read-write";

	if (checkup->state.is_standby)
		checkup_wrong(checkup, mend, "it is a standby");
	else if (checkup->state.is_read_only)
		checkup_wrong(checkup, mend, "it takes no writes");
	else
		checkup_ok(checkup, "it takes writes");
}

/*
 * Endpoints turn synchronous_commit on for themselves where it is off.  What
 * nobody but the server's owner can change is a note.
 */
static void
check_durable(struct checkup *checkup)
{
	const struct database_state *state = &checkup->state;

	if (!state->has_fsync)
		checkup_note(checkup,
			"have whoever runs the server turn fsync on",
			"its fsync is off: a power cut can destroy the "
			"database, and what was acknowledged with it");
	else if (strcmp(state->synchronous_commit, "off") == 0)
		checkup_ok(checkup, "synchronous_commit is off, which the "
				    "endpoints turn on for themselves");
	else
		checkup_ok(checkup,
			"what is committed is on its disk "
			"(synchronous_commit is %s)",
			state->synchronous_commit);
}

static void
check_clock(struct checkup *checkup)
{
	long long apart =
		llabs(checkup->state.milliseconds - checkup->asked_at);
	const char *mend = "have the clocks of both set by NTP";

	if (apart >= CLOCK_WRONG)
		checkup_wrong(checkup, mend,
			"its clock and this one are %lld s apart: times and "
			"views are wrong",
			apart / 1000);
	else if (apart >= CLOCK_NOTE)
		checkup_note(checkup, mend,
			"its clock and this one are %lld s apart",
			apart / 1000);
	else
		checkup_ok(checkup, "its clock and this one agree");
}

/* The version of the schema; 0 if there is none. */
static enum err
find_version(
	struct checkup *checkup, unsigned long *version, struct reason *reason)
{
	struct database_result *result;
	enum err err = database_run(
		checkup->database, &statement_health, NULL, &result, reason);

	*version = 0;
	if (err != ERR_OK)
		return err;
	*version = strtoul(database_text(result, 0, 0), NULL, 10);
	database_result_free(result);
	return ERR_OK;
}

enum err
check_database_obtain_schema(struct checkup *checkup, struct reason *reason)
{
	unsigned long version;
	enum err err;

	if (!checkup_has(checkup, NEED_DATABASE))
		return err_reason(reason, ERR_DATABASE, "%s",
			checkup_why(checkup, NEED_DATABASE));
	if (!checkup->state.has_schema)
		return err_reason(
			reason, ERR_DATABASE, "the database has no tables");
	err = find_version(checkup, &version, reason);
	if (err == ERR_OK && version != strtoul(SCHEMA_VERSION, NULL, 10))
		return err_reason(reason, ERR_DATABASE,
			"the tables are of another release");
	return err;
}

static void
check_schema(struct checkup *checkup)
{
	unsigned long ours = strtoul(SCHEMA_VERSION, NULL, 10), version;
	struct reason reason;

	if (!checkup->state.has_schema)
		checkup_wrong(checkup, "run \"hookswitch migrate\"",
			"there is no schema \"hookswitch\" in the database");
	else if (find_version(checkup, &version, &reason) != ERR_OK)
		checkup_wrong(checkup,
			"have the owner of the tables grant what is missing: "
			"see sql/roles.sql",
			"%s", reason.text);
	else if (version < ours)
		checkup_wrong(checkup, "run \"hookswitch migrate\"",
			"schema \"hookswitch\" has version %lu, and this "
			"release goes with %lu",
			version, ours);
	else if (version > ours)
		checkup_wrong(checkup, "upgrade the programs",
			"schema \"hookswitch\" has version %lu, and this "
			"release goes with %lu",
			version, ours);
	else
		checkup_ok(checkup, "schema \"hookswitch\" has version %lu",
			version);
}

/*
 * Has the server plan a statement, which it does only for who may run it.  No
 * row is read or written.
 */
static enum err
explain(struct checkup *checkup, const struct statement *statement,
	struct reason *reason)
{
	struct statement explained = *statement;
	struct buf sql;
	enum err err;

	buf_init(&sql, SQL_SIZE);
	err = buf_add_text(&sql, EXPLAIN);
	if (err == ERR_OK)
		err = buf_add_text(&sql, statement->sql);
	explained.sql = buf_text(&sql);
	if (err == ERR_OK)
		err = database_run(
			checkup->database, &explained, NULL, NULL, reason);
	buf_free(&sql);
	return err;
}

/* One that has failed already is not looked at for another endpoint again. */
#define FAILED 32

struct rights {
	struct checkup *checkup;
	const struct statement *failed[FAILED];
	size_t n_failed, n;
};

static void
check_right(struct rights *rights, const char *who,
	const struct statement *statement)
{
	struct checkup *checkup = rights->checkup;
	struct reason reason;

	for (size_t i = 0; i < rights->n_failed; i++)
		if (rights->failed[i] == statement)
			return;
	rights->n++;
	if (explain(checkup, statement, &reason) == ERR_OK)
		return;
	if (rights->n_failed < FAILED)
		rights->failed[rights->n_failed++] = statement;
	if (strncmp(database_sqlstate(checkup->database), "42501", 5) == 0)
		checkup_wrong(checkup,
			"grant hookswitch_writer to the user (sql/roles.sql), "
			"or use the owner of the tables",
			"%s: %s", who, reason.text);
	else
		checkup_wrong(checkup, "run \"hookswitch migrate\"", "%s: %s",
			who, reason.text);
}

/* Each statement of each endpoint. */
static void
check_rights(struct checkup *checkup)
{
	struct rights rights = {.checkup = checkup};

	check_right(&rights, "all endpoints", &statement_event);
	for (size_t i = 0; endpoints[i] != NULL; i++) {
		const struct write *write = endpoints[i]->writes;

		for (; write != NULL && write->statement != NULL; write++)
			check_right(
				&rights, endpoints[i]->name, write->statement);
	}
	if (rights.n_failed == 0)
		checkup_ok(checkup,
			"its user may do what the endpoints do (%zu "
			"statements)",
			rights.n);
}

static const struct check checks[] = {
	{"connection", NEED_SETTINGS, check_connect },
	{"tls",        NEED_DATABASE, check_tls     },
	{"encoding",   NEED_DATABASE, check_encoding},
	{"writes",     NEED_DATABASE, check_writable},
	{"durability", NEED_DATABASE, check_durable },
	{"db-clock",   NEED_DATABASE, check_clock   },
	{"schema",     NEED_DATABASE, check_schema  },
	{"rights",     NEED_SCHEMA,   check_rights  },
	{NULL,         0,             NULL          },
};

const struct check_group check_database = {"database", checks};
