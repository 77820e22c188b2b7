/*
 * Reads of databases that are not there: what is said, and how soon.  Those
 * that are there are read by the end-to-end tests.
 */
#include "config.h"

#include "reader.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "black_hole.h"
#include "check.h"
#include "clock.h"

#define NOWHERE "host=/nonexistent dbname=none password=hunter2"

/* Milliseconds: of a reader, and so many that no machine is too slow. */
#define MILLISECONDS 1000
#define AT_ONCE 500
#define IN_TIME 5000

static const struct placeholder placeholders[] = {
	{"limit", SQL_INTEGER, 0}
};
static const struct statement read_limit = {.name = "limit",
	.sql = "SELECT $1::integer",
	.placeholders = placeholders,
	.n = 1,
	.is_query = true};
static const struct reader_value values[] = {
	{"limit", "1" },
        {NULL,    NULL}
};

static int
setup(void **state)
{
	struct reader *reader;

	if (reader_new(&reader, "test", MILLISECONDS) != ERR_OK)
		return -1;
	*state = reader;
	return 0;
}

static int
teardown(void **state)
{
	reader_free(*state);
	return 0;
}

/* Runs the read; how long it took, in milliseconds. */
static long long
run(int line, struct reader *reader, const char *connection, enum err want,
	const char *why)
{
	struct reader_result *result;
	struct reason reason = {""};
	long long start = clock_milliseconds();

	CHECK_NUMBER(line,
		reader_run(reader, connection, &read_limit, values, &result,
			&reason),
		want);
	CHECK(line, result == NULL);
	CHECK_HOLDS(line, reason.text, why);
	CHECK_LACKS(line, reason.text, "hunter2");
	return clock_milliseconds() - start;
}

/* As run, which does not wait: a busy machine is late, but not each time. */
static void
run_at_once(int line, struct reader *reader, const char *connection)
{
	long long took = AT_ONCE + 1;

	for (int i = 0; i < 5 && took > AT_ONCE; i++)
		took = run(line, reader, connection, ERR_DATABASE,
			"could not connect");
	CHECK(line, took <= AT_ONCE);
}

static void
test_no_connection_string(void **state)
{
	(void)run(__LINE__, *state, "host=localhost pasword=hunter2",
		ERR_SETTING, "libpq");
	(void)run(__LINE__, *state, "postgresql://user:p@hunter2@localhost/x",
		ERR_SETTING, "libpq");
}

/* More than a reader keeps connections to, in turn. */
static void
test_nobody_there(void **state)
{
	for (int i = 0; i < 20; i++) {
		char connection[64];

		(void)snprintf(connection, sizeof connection,
			"host=/nonexistent dbname=none%d", i);
		run_at_once(__LINE__, *state, connection);
	}
	reader_idle(*state);
	(void)run(__LINE__, *state, NOWHERE, ERR_DATABASE, "could not connect");
	reader_free(NULL);
	reader_result_free(NULL);
}

struct caller {
	pthread_t thread;
	struct reader *reader;
	const char *connection;
	enum err err;
	long long took;
};

static void *
call(void *argument)
{
	struct caller *caller = argument;
	struct reader_result *result;
	struct reason reason;
	long long start = clock_milliseconds();

	caller->err = reader_run(caller->reader, caller->connection,
		&read_limit, values, &result, &reason);
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
			.reader = *state, .connection = connection};
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_connection_string),
		TEST(test_nobody_there),
		TEST(test_black_hole),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
