/*
 * Passwords in connection strings.
 */
#include "config.h"

#include "connection_string.h"

#include "check.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* string, whether it has a password, whether it lacks one; with "a b'\\@" */
static const struct row {
	int line;
	const char *string;
	bool has, lacks;
	const char *with;
} rows[] = {
	ROW("dbname=site user=me", false, true,
		"dbname=site user=me password='a b\\'\\\\@'"),
	ROW("", false, true, " password='a b\\'\\\\@'"),
	ROW("dbname=site password=x", true, false, NULL),
	ROW("password = x", true, false, NULL),
	ROW("dbname=password user=nopassword", false, true, NULL),
	ROW("dbname=site mypassword=x", false, true, NULL),
	ROW("dbname=site passfile=/home/me/.pgpass", false, false, NULL),
	ROW("service=site", false, false, NULL),
	ROW("postgresql://me@host/site", false, true,
		"postgresql://me@host/site?password=a%20b%27%5C%40"),
	ROW("postgres://host/site?sslmode=require", false, true,
		"postgres://host/site?sslmode=require&password=a%20b%27%5C%40"),
	ROW("postgresql://me:x@host/site", true, false, NULL),
	ROW("postgresql://me:@host/site", true, false, NULL),
	ROW("postgresql://host:5432/site", false, true, NULL),
	ROW("postgresql://host/site?user=me&password=x", true, false, NULL),
	ROW("postgresql://host/site?passfile=x", false, false, NULL),
};

static void
test_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct buf with;

		CHECK_NUMBER(row->line,
			connection_string_has_password(row->string), row->has);
		CHECK_NUMBER(row->line,
			connection_string_lacks_password(row->string),
			row->lacks);
		if (row->with == NULL)
			continue;
		buf_init(&with, 1000);
		CHECK_NUMBER(row->line,
			connection_string_add_password(
				&with, row->string, "a b'\\@"),
			ERR_OK);
		CHECK_TEXT(row->line, buf_text(&with), row->with);
		CHECK(row->line,
			connection_string_has_password(buf_text(&with)));
		buf_free(&with);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
