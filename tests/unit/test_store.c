/*
 * The store where no database answers: what it says, and that it says so in
 * time.  With one, the end-to-end tests try it.
 */
#include "config.h"

#include "store.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "black_hole.h"
#include "check.h"
#include "clock.h"
#include "sample.h"

#define NOWHERE "host=/nonexistent dbname=none password=hunter2"

/* Milliseconds, so many that no machine is too slow. */
#define AT_ONCE 500
#define IN_TIME 5000

static const struct write no_writes[] = {
	{{NULL}, NULL}
};
static const char *const no_subjects[] = {NULL};

struct fixture {
	struct store *store;
	struct sample sample;
	struct plan plan;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	const struct event event = {.endpoint = "sms",
		.account_sid = "AC1",
		.subjects = no_subjects,
		.source = "webhook",
		.raw = ""};

	*state = fixture;
	if (fixture == NULL || store_new(&fixture->store, "test",
				       STORE_MILLISECONDS) != ERR_OK)
		return -1;
	sample_open(&fixture->sample, "Body=hello");
	return plan_make(&fixture->plan, &event, &fixture->sample.form,
		       no_writes) == ERR_OK
		       ? 0
		       : -1;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	plan_free(&fixture->plan);
	sample_close(&fixture->sample);
	store_free(fixture->store);
	free(fixture);
	return 0;
}

/* Runs the plan; how long it took, in milliseconds. */
static long long
run(int line, const struct fixture *fixture, const char *connection,
	enum err want, const char *why)
{
	const struct store_database database = {connection, true};
	struct reason reason = {""};
	long long start = clock_milliseconds();

	CHECK_NUMBER(line,
		store_run(fixture->store, &database, &fixture->plan, &reason),
		want);
	CHECK_HOLDS(line, reason.text, why);
	CHECK_LACKS(line, reason.text, "hunter2");
	return clock_milliseconds() - start;
}

/* As run, which does not wait: a busy machine is late, but not each time. */
static void
run_at_once(int line, const struct fixture *fixture, const char *connection)
{
	long long took = AT_ONCE + 1;

	for (int i = 0; i < 5 && took > AT_ONCE; i++)
		took = run(line, fixture, connection, ERR_DATABASE,
			"could not connect");
	CHECK(line, took <= AT_ONCE);
}

static void
test_no_connection_string(void **state)
{
	static const char *const strings[] = {
		"nonsense",
		"host=localhost password=hunter2 nonsense",
		"host=localhost pasword=hunter2",
		"postgresql://user:hunter2",
		"postgresql://user:hun/ter2@localhost/none",
		"postgresql://user:p@hunter2@localhost/none",
		"host='localhost password=hunter2",
	};

	for (size_t i = 0; i < N_OF(strings); i++)
		(void)run(__LINE__, *state, strings[i], ERR_SETTING,
			"HOOKSWITCH_DATABASE");
}

static void
test_nobody_there(void **state)
{
	for (int i = 0; i < 3; i++)
		run_at_once(__LINE__, *state, NOWHERE);
}

/* More than a store keeps connections to, in turn. */
static void
test_many_databases(void **state)
{
	for (int i = 0; i < 20; i++) {
		char connection[64];

		(void)snprintf(connection, sizeof connection,
			"host=/nonexistent dbname=none%d", i);
		(void)run(__LINE__, *state, connection, ERR_DATABASE,
			"could not connect");
	}
}

/* Each of several says the same; nothing is left unsaid. */
static void
test_many_plans(void **state)
{
	const struct store_database database = {NOWHERE, false};
	const struct fixture *fixture = *state;
	struct store_job jobs[STORE_BATCH];

	memset(jobs, 0, sizeof jobs);
	for (size_t i = 0; i < N_OF(jobs); i++)
		jobs[i].plan = &fixture->plan;
	store_run_all(fixture->store, &database, jobs, N_OF(jobs));
	for (size_t i = 0; i < N_OF(jobs); i++) {
		assert_int_equal(jobs[i].err, ERR_DATABASE);
		CHECK_HOLDS(__LINE__, jobs[i].reason.text, "connect");
	}
	store_run_all(fixture->store, &database, jobs, 0);
}

static void
test_idle_and_free(void **state)
{
	const struct fixture *fixture = *state;

	store_idle(fixture->store);
	(void)run(__LINE__, fixture, NOWHERE, ERR_DATABASE, "connect");
	store_idle(fixture->store);
	store_free(NULL);
}

struct caller {
	pthread_t thread;
	const struct fixture *fixture;
	const char *connection;
	enum err err;
	long long took;
};

static void *
call(void *argument)
{
	struct caller *caller = argument;
	const struct store_database database = {caller->connection, true};
	struct reason reason;
	long long start = clock_milliseconds();

	caller->err = store_run(caller->fixture->store, &database,
		&caller->fixture->plan, &reason);
	caller->took = clock_milliseconds() - start;
	return NULL;
}

/* Many threads at once, none of which waits longer than is promised. */
static void
test_black_hole(void **state)
{
	struct caller callers[8];
	char connection[128];
	int fd = black_hole_open(connection, sizeof connection);

	for (size_t i = 0; i < N_OF(callers); i++) {
		callers[i] = (struct caller){
			.fixture = *state, .connection = connection};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call,
					 &callers[i]),
			0);
	}
	for (size_t i = 0; i < N_OF(callers); i++) {
		(void)pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].err, ERR_DATABASE);
		assert_in_range(callers[i].took, 0, IN_TIME);
	}
	/* That is known now, for longer than it took to find out. */
	run_at_once(__LINE__, *state, connection);
	/* Of this database alone. */
	(void)run(__LINE__, *state, NOWHERE, ERR_DATABASE, "/nonexistent");
	(void)close(fd);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

/* libresolv waits for a silent name server 5 s and twice, unless told. */
static void
test_name_servers(void **state)
{
	struct store *store;

	(void)state;
	assert_int_equal(unsetenv("RES_OPTIONS"), 0);
	assert_int_equal(store_new(&store, "test", 1000), ERR_OK);
	assert_string_equal(getenv("RES_OPTIONS"), "timeout:1 attempts:1");
	store_free(store);
	assert_int_equal(setenv("RES_OPTIONS", "rotate", 1), 0);
	assert_int_equal(store_new(&store, "test", 1000), ERR_OK);
	assert_string_equal(getenv("RES_OPTIONS"), "rotate");
	store_free(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_connection_string),
		TEST(test_nobody_there),
		TEST(test_many_databases),
		TEST(test_many_plans),
		TEST(test_idle_and_free),
		TEST(test_black_hole),
		cmocka_unit_test(test_name_servers),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
