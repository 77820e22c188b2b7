/*
 * What becomes of spooled records, with a database that says what the test
 * wants it to say.
 */
#include "config.h"

#include "replay.h"

#include <dirent.h>
#include <unistd.h>

#include "check.h"
#include "endpoints.h"
#include "scratch.h"
#include "spool.h"
#include "spool_walk.h"

/* Records that replay.c sends together. */
#define BATCH 32

/*
 * The store, and the clock, which only it takes time of.  The linker hands us
 * their calls (--wrap).
 */

long long __wrap_clock_milliseconds(void);
void __wrap_store_run_all(struct store *store,
	const struct store_database *where, struct store_job *jobs, size_t n);

/* What it says, and what it was asked. */
static struct {
	const char *rejects, *refuses; /* plans with this Body; NULL: none */
	enum err always;               /* of all others */
	long milliseconds;             /* that it takes */
	size_t n_calls, n_plans, largest;
	/* Of the last plan. */
	char endpoint[32], account[64], source[16], received_at[32], body[64];
	char token[64], raw_body[64], campaign[32];
	size_t n_statements;
} database;

static long long now;

long long
__wrap_clock_milliseconds(void)
{
	return now;
}

static void
keep_text(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text != NULL ? text : "(NULL)");
}

#define KEEP(field, text)                                                      \
	keep_text(database.field, sizeof database.field, (text))

static void
note_plan(const struct plan *plan)
{
	KEEP(endpoint, plan->facts[FACT_ENDPOINT]);
	KEEP(account, plan->facts[FACT_ACCOUNT_SID]);
	KEEP(source, plan->facts[FACT_SOURCE]);
	KEEP(received_at, plan->facts[FACT_RECEIVED_AT]);
	KEEP(token, plan->facts[FACT_IDEMPOTENCY_TOKEN]);
	KEEP(raw_body, plan->facts[FACT_RAW_BODY]);
	KEEP(campaign, plan->facts[FACT_CAMPAIGN_ID]);
	KEEP(body, form_value(plan->form, "Body"));
	database.n_statements = plan->n;
}

static bool
is_named(const char *names, const struct plan *plan)
{
	const char *body = form_value(plan->form, "Body");

	return names != NULL && body != NULL && strstr(body, names) != NULL;
}

void
__wrap_store_run_all(struct store *store, const struct store_database *where,
	struct store_job *jobs, size_t n)
{
	(void)store;
	assert_string_equal(where->connection, "dbname=none");
	assert_true(where->prepare);
	now += database.milliseconds;
	database.n_calls++;
	database.n_plans += n;
	if (n > database.largest)
		database.largest = n;
	for (size_t i = 0; i < n; i++) {
		note_plan(jobs[i].plan);
		jobs[i].err = database.always;
		if (is_named(database.rejects, jobs[i].plan))
			jobs[i].err = ERR_REJECTED;
		if (is_named(database.refuses, jobs[i].plan))
			jobs[i].err = ERR_DATABASE;
		if (jobs[i].err != ERR_OK)
			(void)err_reason(&jobs[i].reason, jobs[i].err,
				"the database says %d", (int)jobs[i].err);
	}
}

/*
 * A spool with records
 */

static char spool[SCRATCH_PATH];

static int
setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	(void)snprintf(
		spool, sizeof spool, "%s", scratch_mkdir(*state, "spool"));
	memset(&database, 0, sizeof database);
	return 0;
}

/* A message to sms, of a time that the tests know. */
static struct spool_record
message(const char *body)
{
	return (struct spool_record){
		.endpoint = spool_text("sms"),
		.account_sid = spool_text("AC1"),
		.idempotency_token = spool_text("0a1b"),
		.query = spool_text("campaignId=7"),
		.body = spool_text(body),
		.carrier = CARRIER_FORM,
		.received_at = {1759931640, 250000000},
	};
}

static void
write_record(const struct spool_record *record)
{
	struct reason reason = {""};

	if (spool_write(spool, record, &reason) != ERR_OK)
		fail_msg("%s", reason.text);
}

static void
write_message(const char *body)
{
	char text[64];
	struct spool_record record;

	(void)snprintf(text, sizeof text, "MessageSid=SM1&Body=%s", body);
	record = message(text);
	write_record(&record);
}

static void
write_messages(const char *prefix, int n)
{
	for (int i = 0; i < n; i++) {
		char body[32];

		(void)snprintf(body, sizeof body, "%.8s%d", prefix, i);
		write_message(body);
	}
}

static void
write_garbage(int n)
{
	for (int i = 0; i < n; i++) {
		char name[32];

		(void)snprintf(name, sizeof name, "new/garbage-%d", i);
		(void)scratch_write(spool, name, "garbage", 0600);
	}
}

/* Files in a folder of the spool; -1 if there is no such folder. */
static int
count_in(const char *folder)
{
	DIR *directory = opendir(scratch_path(spool, folder));
	const struct dirent *file;
	int n = 0;

	if (directory == NULL)
		return -1;
	while ((file = readdir(directory)) != NULL)
		n += file->d_name[0] != '.';
	(void)closedir(directory);
	return n;
}

static struct replay
everything(void)
{
	return (struct replay){
		.spool = spool,
		.database = {"dbname=none", true},
		.endpoints = endpoints,
	};
}

static void
check_counts(int line, const struct replay_count *count, size_t stored,
	size_t rejected, size_t unreadable)
{
	CHECK_NUMBER(line, count->stored, stored);
	CHECK_NUMBER(line, count->rejected, rejected);
	CHECK_NUMBER(line, count->unreadable, unreadable);
}

/* Replays all there is. */
static void
check_replay(int line, enum err want, size_t stored, size_t rejected,
	size_t unreadable)
{
	const struct replay replay = everything();
	struct replay_count count;
	struct reason reason = {""};
	enum err err = replay_run(&replay, &count, &reason);

	if (err != want)
		fail_msg("row of line %d: %d, not %d: %s", line, (int)err,
			(int)want, reason.text);
	check_counts(line, &count, stored, rejected, unreadable);
	CHECK(line, err == ERR_OK || reason.text[0] != '\0');
}

/* Replays until nothing gets stored any more; how many did. */
static size_t
replay_on(void)
{
	const struct replay replay = everything();
	struct reason reason = {""};
	size_t stored = 0;

	for (int i = 0; i < 8; i++) {
		struct replay_count count;

		if (replay_run(&replay, &count, &reason) == ERR_OK)
			i = 8;
		stored += count.stored;
	}
	return stored;
}

/* The .reason of the one record that was set aside there. */
static void
check_reason(int line, const char *folder, const char *want)
{
	DIR *directory = opendir(scratch_path(spool, folder));
	const struct dirent *file;
	char text[600] = "";

	CHECK(line, directory != NULL);
	while ((file = readdir(directory)) != NULL) {
		char path[2 * SCRATCH_PATH];
		FILE *reason;

		if (strstr(file->d_name, ".reason") == NULL)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s/%s", spool, folder,
			file->d_name);
		reason = fopen(path, "r");
		CHECK(line, reason != NULL);
		CHECK(line, fgets(text, sizeof text, reason) != NULL);
		(void)fclose(reason);
	}
	(void)closedir(directory);
	CHECK_HOLDS(line, text, want);
}

/*
 * The plan
 */

static void
test_plan(void **state)
{
	(void)state;
	write_message("hello+there");
	check_replay(__LINE__, ERR_OK, 1, 0, 0);
	assert_string_equal(database.endpoint, "sms");
	assert_string_equal(database.account, "AC1");
	assert_string_equal(database.source, "spool");
	CHECK_HOLDS(__LINE__, database.received_at, "2025-10-08");
	CHECK_HOLDS(__LINE__, database.received_at, "13:54:00.25");
	assert_string_equal(database.token, "0a1b");
	assert_string_equal(database.campaign, "7");
	assert_string_equal(database.body, "hello there");
	assert_string_equal(database.raw_body, "(NULL)");
	assert_int_equal(database.n_statements, 2);
}

/* What the record says of how it was sent decides what is kept of it. */
static void
test_carriers(void **state)
{
	struct spool_record record = message("{}");

	(void)state;
	record.carrier = CARRIER_JSON;
	record.idempotency_token = spool_text("");
	record.query = spool_text("Body=query");
	write_record(&record);
	check_replay(__LINE__, ERR_OK, 1, 0, 0);
	assert_string_equal(database.body, "query");
	assert_string_equal(database.raw_body, "\\x7b7d");
	assert_string_equal(database.token, "(NULL)");

	record.carrier = CARRIER_QUERY;
	record.query = spool_text("Body=%FF");
	record.body = spool_text("");
	write_record(&record);
	check_replay(__LINE__, ERR_OK, 1, 0, 0);
	assert_string_equal(database.body, "\xEF\xBF\xBD");
	assert_string_equal(database.raw_body, "\\x426f64793d254646");

	/* Only the URL's counts: a caller could send the other. */
	record.carrier = CARRIER_FORM;
	record.query = spool_text("");
	record.body = spool_text("campaignId=9&Body=%00");
	write_record(&record);
	check_replay(__LINE__, ERR_OK, 1, 0, 0);
	assert_string_equal(database.campaign, "(NULL)");
	CHECK_HOLDS(__LINE__, database.raw_body, "\\x63616d706169676e");
}

static void
test_every_endpoint(void **state)
{
	(void)state;
	for (size_t i = 0; endpoints[i] != NULL; i++) {
		struct spool_record record = message("Body=x");

		record.endpoint = spool_text(endpoints[i]->name);
		write_record(&record);
		check_replay(__LINE__, ERR_OK, 1, 0, 0);
		assert_string_equal(database.endpoint, endpoints[i]->name);
	}
	assert_int_equal(count_in("new"), 0);
}

/*
 * What the database says
 */

static void
test_nothing(void **state)
{
	(void)state;
	check_replay(__LINE__, ERR_OK, 0, 0, 0);
	(void)scratch_mkdir(spool, "new");
	check_replay(__LINE__, ERR_OK, 0, 0, 0);
	assert_int_equal(rmdir(scratch_path(spool, "new")), 0);
	assert_int_equal(rmdir(spool), 0);
	check_replay(__LINE__, ERR_OK, 0, 0, 0);
	assert_int_equal(database.n_calls, 0);
}

static void
test_stored(void **state)
{
	(void)state;
	write_messages("m", 2 * BATCH + 5);
	check_replay(__LINE__, ERR_OK, 2 * BATCH + 5, 0, 0);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(database.n_plans, 2 * BATCH + 5);
	assert_in_range(database.largest, 2, STORE_BATCH);
}

static void
test_database_away(void **state)
{
	(void)state;
	write_messages("m", 2 * BATCH);
	database.always = ERR_DATABASE;
	check_replay(__LINE__, ERR_DATABASE, 0, 0, 0);
	assert_int_equal(count_in("new"), 2 * BATCH);
	database.always = ERR_SETTING;
	check_replay(__LINE__, ERR_SETTING, 0, 0, 0);
	assert_int_equal(count_in("new"), 2 * BATCH);
	/* All were let go. */
	database.always = ERR_OK;
	check_replay(__LINE__, ERR_OK, 2 * BATCH, 0, 0);
}

static void
test_rejected(void **state)
{
	(void)state;
	write_messages("good", BATCH - 2);
	write_message("bad");
	database.rejects = "bad";
	check_replay(__LINE__, ERR_OK, BATCH - 2, 1, 0);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(count_in("rejected"), 2);
	check_reason(__LINE__, "rejected", "the database says");
}

/* More than one batch of them: those behind have their turn. */
static void
test_many_rejected(void **state)
{
	(void)state;
	write_messages("bad", 3 * BATCH);
	write_messages("good", BATCH);
	database.rejects = "bad";
	check_replay(__LINE__, ERR_OK, BATCH, 3 * BATCH, 0);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(count_in("rejected"), 6 * BATCH);
}

/* One that the database does not take now does not keep its neighbours. */
static void
test_one_refused(void **state)
{
	(void)state;
	write_messages("good", BATCH - 2);
	write_message("bad");
	database.refuses = "bad";
	check_replay(__LINE__, ERR_DATABASE, BATCH - 2, 0, 0);
	assert_int_equal(count_in("new"), 1);
	assert_int_equal(count_in("rejected"), -1);
}

/*
 * More than one batch that the database does not take now (a table is gone
 * that one kind of request needs, a trigger of the owner's raises an error):
 * what it does take gets there all the same, if not at once.
 */
static void
test_many_refused(void **state)
{
	(void)state;
	write_messages("bad", 3 * BATCH);
	write_messages("good", 8);
	database.refuses = "bad";
	assert_int_equal(replay_on(), 8);
	assert_int_equal(count_in("new"), 3 * BATCH);
}

/* Nor are they in the way of the pieces that are replayed behind answers. */
static void
test_refused_in_pieces(void **state)
{
	struct replay replay = everything();
	size_t stored = 0;

	(void)state;
	write_messages("bad", 3 * BATCH);
	write_messages("good", 8);
	database.refuses = "bad";
	replay.most = BATCH;
	replay.milliseconds = 200; /* one batch in each */
	database.milliseconds = 201;
	for (int i = 0; i < 4; i++) {
		struct replay_count count;
		struct reason reason = {""};

		(void)!replay_run(&replay, &count, &reason);
		stored += count.stored;
	}
	assert_int_equal(stored, 8);
	assert_int_equal(count_in("new"), 3 * BATCH);
}

/*
 * Records that are none
 */

static void
test_unknown_endpoint(void **state)
{
	struct spool_record record = message("Body=x");

	(void)state;
	write_message("good");
	record.endpoint = spool_text("telex");
	write_record(&record);
	check_replay(__LINE__, ERR_OK, 1, 1, 0);
	check_reason(__LINE__, "rejected", "telex");
	assert_int_equal(count_in("new"), 0);
}

/* They count: a piece ends after so many of them. */
static void
test_unknown_in_pieces(void **state)
{
	struct replay replay = everything();
	struct spool_record record = message("");
	struct replay_count count;
	struct reason reason = {""};

	(void)state;
	for (int i = 0; i < 20; i++) {
		char body[24];

		(void)snprintf(body, sizeof body, "Body=%d", i);
		record.body = spool_text(body);
		record.endpoint = spool_text("telex");
		write_record(&record);
	}
	replay.most = 8;
	assert_int_equal(replay_run(&replay, &count, &reason), ERR_OK);
	check_counts(__LINE__, &count, 0, 8, 0);
	assert_int_equal(count_in("new"), 12);
}

/* No endpoint spools such a one. */
static void
test_no_form(void **state)
{
	const struct spool_record record = message("Body=%zz");

	(void)state;
	write_message("good");
	write_record(&record);
	check_replay(__LINE__, ERR_OK, 1, 1, 0);
	check_reason(__LINE__, "rejected", "%");
	assert_int_equal(count_in("new"), 0);
}

static void
test_unreadable(void **state)
{
	(void)state;
	write_messages("m", 3);
	write_garbage(2 * BATCH);
	check_replay(__LINE__, ERR_OK, 3, 0, 2 * BATCH);
	assert_int_equal(count_in("new"), 0);
	assert_int_equal(count_in("unreadable"), 4 * BATCH);
}

/* A damaged record that cannot be moved is not in the way of the others. */
static void
test_cannot_set_aside(void **state)
{
	(void)state;
	write_messages("m", 2 * BATCH);
	write_garbage(8);
	(void)scratch_write(spool, "unreadable", "a file", 0600);
	assert_int_equal(replay_on(), 2 * BATCH);
	assert_int_equal(count_in("new"), 8);
}

/* It is where it was, so it was not set aside. */
static void
test_cannot_reject(void **state)
{
	const struct replay replay = everything();
	struct replay_count count;
	struct reason reason = {""};

	(void)state;
	write_messages("m", 8);
	write_message("bad");
	database.rejects = "bad";
	(void)scratch_write(spool, "rejected", "a file", 0600);
	assert_int_equal(replay_run(&replay, &count, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, spool);
	check_counts(__LINE__, &count, 8, 0, 0);
	assert_int_equal(count_in("new"), 1);
}

/* Many of them: those behind have their turn, in pieces too. */
static void
test_cannot_reject_many(void **state)
{
	struct replay replay = everything();
	size_t stored = 0;

	(void)state;
	write_messages("bad", 3 * BATCH);
	write_messages("good", 8);
	database.rejects = "bad";
	(void)scratch_write(spool, "rejected", "a file", 0600);
	replay.most = BATCH;
	replay.milliseconds = 200;
	database.milliseconds = 201;
	for (int i = 0; i < 4; i++) {
		struct replay_count count;
		struct reason reason = {""};

		(void)!replay_run(&replay, &count, &reason);
		stored += count.stored;
	}
	assert_int_equal(stored, 8);
	assert_int_equal(count_in("new"), 3 * BATCH);
}

static void
test_no_spool(void **state)
{
	struct replay replay = everything();
	struct replay_count count;
	struct reason reason = {""};

	replay.spool = scratch_write(*state, "file", "", 0600);
	assert_int_equal(replay_run(&replay, &count, &reason), ERR_IO);
	CHECK_HOLDS(__LINE__, reason.text, replay.spool);
	check_counts(__LINE__, &count, 0, 0, 0);
}

/*
 * Pieces
 */

static void
test_most(void **state)
{
	struct replay replay = everything();
	struct replay_count count;

	(void)state;
	write_messages("m", 2 * BATCH + 10);
	replay.most = 7;
	assert_int_equal(replay_run(&replay, &count, NULL), ERR_OK);
	check_counts(__LINE__, &count, 7, 0, 0);
	assert_int_equal(count_in("new"), 2 * BATCH + 3);
	replay.most = BATCH + 1;
	assert_int_equal(replay_run(&replay, &count, NULL), ERR_OK);
	check_counts(__LINE__, &count, BATCH + 1, 0, 0);
	assert_int_equal(count_in("new"), BATCH + 2);
}

/* What is set aside takes time too. */
static void
test_most_of_damaged(void **state)
{
	struct replay replay = everything();
	struct replay_count count;
	struct reason reason = {""};

	(void)state;
	write_message("good");
	write_garbage(3 * BATCH);
	replay.most = 5;
	assert_int_equal(replay_run(&replay, &count, &reason), ERR_OK);
	assert_in_range(count.stored + count.rejected + count.unreadable, 1, 5);
}

static void
test_milliseconds(void **state)
{
	struct replay replay = everything();
	struct replay_count count;

	(void)state;
	write_messages("m", 4 * BATCH);
	replay.milliseconds = 10;
	database.milliseconds = 20;
	assert_int_equal(replay_run(&replay, &count, NULL), ERR_OK);
	assert_int_equal(database.n_calls, 1);
	assert_in_range(count.stored, 1, BATCH);
	assert_int_equal(count_in("new"), 4 * BATCH - (int)count.stored);
}

static void
note_progress(void *context, const struct replay_count *count)
{
	size_t *seen = context;

	assert_true(count->stored > *seen);
	*seen = count->stored;
}

static void
test_progress(void **state)
{
	struct replay replay = everything();
	struct replay_count count;
	size_t seen = 0;

	(void)state;
	write_messages("m", 2 * BATCH + 1);
	replay.progress = note_progress;
	replay.context = &seen;
	assert_int_equal(replay_run(&replay, &count, NULL), ERR_OK);
	assert_int_equal(seen, 2 * BATCH + 1);
}

/* Somebody else has one of them in hand. */
static void
test_two_at_once(void **state)
{
	struct spool other;
	struct spool_entry entry;

	(void)state;
	write_messages("m", 5);
	assert_int_equal(spool_open(&other, spool, NULL), ERR_OK);
	assert_int_equal(spool_next(&other, &entry, NULL), ERR_OK);
	assert_true(entry.fd >= 0);
	check_replay(__LINE__, ERR_OK, 4, 0, 0);
	assert_int_equal(count_in("new"), 1);
	spool_done(&other, &entry);
	spool_close(&other);
	check_replay(__LINE__, ERR_OK, 0, 0, 0);
	assert_int_equal(count_in("new"), 0);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plan),
		TEST(test_carriers),
		TEST(test_every_endpoint),
		TEST(test_nothing),
		TEST(test_stored),
		TEST(test_database_away),
		TEST(test_rejected),
		TEST(test_many_rejected),
		TEST(test_one_refused),
		TEST(test_many_refused),
		TEST(test_refused_in_pieces),
		TEST(test_unknown_endpoint),
		TEST(test_unknown_in_pieces),
		TEST(test_no_form),
		TEST(test_unreadable),
		TEST(test_cannot_set_aside),
		TEST(test_cannot_reject),
		TEST(test_cannot_reject_many),
		TEST(test_no_spool),
		TEST(test_most),
		TEST(test_most_of_damaged),
		TEST(test_milliseconds),
		TEST(test_progress),
		TEST(test_two_at_once),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
