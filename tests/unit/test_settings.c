/*
 * Where settings come from, which source wins, and what is refused.
 */
#include "config.h"

#include "settings.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "limit.h"
#include "sample.h"
#include "scratch.h"

#define VARIABLES 6

/* The variables of a request, "NAME=value", NULL at the end. */
static const char *
variable(const void *context, const char *name)
{
	const char *const *variables = context;
	size_t len = strlen(name);

	for (; *variables != NULL; variables++)
		if (strncmp(*variables, name, len) == 0 &&
			(*variables)[len] == '=')
			return *variables + len + 1;
	return NULL;
}

static enum err
load(struct settings *settings, const char *const *variables,
	struct reason *reason)
{
	const struct settings_source source = {variable, variables};

	reason->text[0] = '\0';
	return settings_load(settings, &source, reason);
}

/* Takes every setting out of the process environment. */
static void
clear_environment(void)
{
	for (int i = 0; i < SETTING__MAX; i++)
		assert_int_equal(unsetenv(settings_name((enum setting)i)), 0);
	assert_int_equal(unsetenv("HOOKSWITCH_CONFIG"), 0);
}

static int
setup(void **state)
{
	clear_environment();
	return scratch_setup(state);
}

static int
teardown(void **state)
{
	clear_environment();
	return scratch_teardown(state);
}

/* "HOOKSWITCH_CONFIG=" and the path of a file with this text. */
static const char *
config_variable(const char *directory, const char *text)
{
	static char out[SCRATCH_PATH + 32];

	(void)snprintf(out, sizeof out, "HOOKSWITCH_CONFIG=%s",
		scratch_write(directory, "config", text, 0600));
	return out;
}

static void
test_names(void **state)
{
	static const struct {
		enum setting setting;
		const char *name;
	} rows[] = {
		{SETTING_ACCOUNT_SID,   "TWILIO_ACCOUNT_SID"      },
		{SETTING_AUTH_TOKEN,    "TWILIO_AUTH_TOKEN"       },
		{SETTING_ACCOUNTS,      "HOOKSWITCH_ACCOUNTS"     },
		{SETTING_PUBLIC_URL,    "HOOKSWITCH_PUBLIC_URL"   },
		{SETTING_DATABASE,      "HOOKSWITCH_DATABASE"     },
		{SETTING_SPOOL,         "HOOKSWITCH_SPOOL"        },
		{SETTING_REPLIES,       "HOOKSWITCH_REPLIES"      },
		{SETTING_RECORDINGS,    "HOOKSWITCH_RECORDINGS"   },
		{SETTING_FEED_TOKEN,    "HOOKSWITCH_FEED_TOKEN"   },
		{SETTING_FEED_DATABASE, "HOOKSWITCH_FEED_DATABASE"},
		{SETTING_FEED_STREAMS,  "HOOKSWITCH_FEED_STREAMS" },
		{SETTING_PREPARE,       "HOOKSWITCH_PREPARE"      },
		{SETTING_THREADS,       "HOOKSWITCH_THREADS"      },
		{SETTING_PHONE_NUMBER,  "TWILIO_PHONE_NUMBER"     },
		{SETTING_TWILIO_API,    "HOOKSWITCH_TWILIO_API"   },
		{SETTING_TWILIO_EDGE,   "TWILIO_EDGE"             },
		{SETTING_TWILIO_REGION, "TWILIO_REGION"           },
		{SETTING_LOG,           "HOOKSWITCH_LOG"          },
	};

	(void)state;
	assert_int_equal(N_OF(rows), SETTING__MAX);
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_string_equal(
			settings_name(rows[i].setting), rows[i].name);
}

/*
 * line, the request's variables, the file's value, the environment's value,
 * the value that wins; all of TWILIO_REGION
 */
/* clang-format off */
static const struct {
	int line;
	const char *variables[VARIABLES];
	const char *file;
	const char *environment;
	const char *want;
} sources[] = {
	{__LINE__, {NULL}, NULL, NULL, NULL},
	{__LINE__,
		{"TWILIO_REGION=n", "REDIRECT_TWILIO_REGION=r",
			"SSL_TWILIO_REGION=s"},
		"f", "e", "n"},
	{__LINE__,
		{"SSL_TWILIO_REGION=s", "REDIRECT_TWILIO_REGION=r",
			"TWILIO_REGION=n"},
		"f", "e", "n"},
	{__LINE__, {"SSL_TWILIO_REGION=s", "REDIRECT_TWILIO_REGION=r"}, "f",
		"e", "r"},
	{__LINE__, {"SSL_TWILIO_REGION=s"}, "f", "e", "s"},
	{__LINE__, {NULL}, "f", "e", "f"},
	{__LINE__, {NULL}, NULL, "e", "e"},
	{__LINE__, {"TWILIO_REGION=n"}, NULL, "e", "n"},

	/* An empty value counts as none. */
	{__LINE__, {"TWILIO_REGION=", "REDIRECT_TWILIO_REGION=r"}, "f", "e",
		"r"},
	{__LINE__, {"TWILIO_REGION=", "SSL_TWILIO_REGION=s"}, "f", "e", "s"},
	{__LINE__, {"TWILIO_REGION="}, "f", "e", "f"},
	{__LINE__, {"TWILIO_REGION="}, "", "e", "e"},
	{__LINE__, {"TWILIO_REGION="}, " ", "e", "e"},
	{__LINE__, {"TWILIO_REGION="}, NULL, "", NULL},

	/* What the sender of a request can set. */
	{__LINE__, {"HTTP_TWILIO_REGION=h"}, NULL, NULL, NULL},
	{__LINE__,
		{"HTTP_TWILIO_REGION=h", "HTTP_REDIRECT_TWILIO_REGION=h",
			"REDIRECT_HTTP_TWILIO_REGION=h",
			"SSL_HTTP_TWILIO_REGION=h"},
		NULL, NULL, NULL},
	{__LINE__, {"HTTP_TWILIO_REGION=h"}, "f", NULL, "f"},
	{__LINE__, {"HTTP_TWILIO_REGION=h"}, NULL, "e", "e"},

	/* Other names. */
	{__LINE__,
		{"TWILIO_REGIO=x", "TWILIO_REGIONS=x", "twilio_region=x",
			"REDIRECT_REDIRECT_TWILIO_REGION=x"},
		NULL, NULL, NULL},
};
/* clang-format on */

static void
test_sources(void **state)
{
	for (size_t i = 0; i < N_OF(sources); i++) {
		const char *variables[VARIABLES + 2] = {NULL};
		size_t n = 0;
		struct settings settings;
		struct reason reason;
		char line[64];

		clear_environment();
		while (n < VARIABLES && sources[i].variables[n] != NULL) {
			variables[n] = sources[i].variables[n];
			n++;
		}
		if (sources[i].file != NULL) {
			(void)snprintf(line, sizeof line,
				"TWILIO_REGION = %s\n", sources[i].file);
			variables[n] = config_variable(*state, line);
		}
		if (sources[i].environment != NULL)
			assert_int_equal(setenv("TWILIO_REGION",
						 sources[i].environment, 1),
				0);
		CHECK_NUMBER(sources[i].line,
			load(&settings, variables, &reason), ERR_OK);
		CHECK_TEXT(sources[i].line,
			settings_get(&settings, SETTING_TWILIO_REGION),
			sources[i].want);
		settings_free(&settings);
	}
}

/* Where the file's own name comes from; whether it counts. */
static void
test_file_name(void **state)
{
	static const struct {
		int line;
		const char *prefix;
		bool in_environment;
		bool counts;
	} rows[] = {
		{__LINE__, "",               false, true },
		{__LINE__, "REDIRECT_",      false, true },
		{__LINE__, "SSL_",           false, true },
		{__LINE__, "",               true,  true },
		{__LINE__, "HTTP_",          false, false},
		{__LINE__, "HTTP_REDIRECT_", false, false},
	};
	const char *path =
		scratch_write(*state, "file", "TWILIO_REGION = f\n", 0600);

	for (size_t i = 0; i < N_OF(rows); i++) {
		char named[SCRATCH_PATH + 64];
		const char *variables[] = {named, NULL};
		struct settings settings;
		struct reason reason;

		clear_environment();
		(void)snprintf(named, sizeof named, "%sHOOKSWITCH_CONFIG=%s",
			rows[i].prefix, path);
		if (rows[i].in_environment) {
			assert_int_equal(
				setenv("HOOKSWITCH_CONFIG", path, 1), 0);
			variables[0] = NULL;
		}
		CHECK_NUMBER(rows[i].line, load(&settings, variables, &reason),
			ERR_OK);
		CHECK_TEXT(rows[i].line,
			settings_get(&settings, SETTING_TWILIO_REGION),
			rows[i].counts ? "f" : NULL);
		settings_free(&settings);
	}
}

/* line, file, region, edge */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	const char *region;
	const char *edge;
} files[] = {
	{__LINE__, "", NULL, NULL},
	{__LINE__, "\n\n", NULL, NULL},
	{__LINE__, "TWILIO_REGION=a", "a", NULL},
	{__LINE__, "TWILIO_REGION=a\n", "a", NULL},
	{__LINE__, "TWILIO_REGION=a\nTWILIO_EDGE=b\n", "a", "b"},
	{__LINE__, "TWILIO_EDGE=b\nTWILIO_REGION=a", "a", "b"},
	{__LINE__, " \tTWILIO_REGION \t= \ta \t\nTWILIO_EDGE =b\n", "a", "b"},
	{__LINE__, "TWILIO_REGION=a\r\nTWILIO_EDGE=b\r\n", "a", "b"},
	{__LINE__, "\r\nTWILIO_REGION = a \r\n\r\n", "a", NULL},
	{__LINE__, "# TWILIO_REGION=x\nTWILIO_REGION=a\n", "a", NULL},
	{__LINE__, "  # comment\n#\n#=\nTWILIO_REGION=a\n", "a", NULL},
	{__LINE__, "TWILIO_REGION=a # no comment", "a # no comment", NULL},
	{__LINE__, "TWILIO_REGION=#a", "#a", NULL},
	{__LINE__, "TWILIO_REGION=a=b==", "a=b==", NULL},
	{__LINE__, "TWILIO_REGION = host=db dbname=x", "host=db dbname=x",
		NULL},
	{__LINE__, "TWILIO_REGION=\"a\"", "\"a\"", NULL},
	{__LINE__, "TWILIO_REGION=\nTWILIO_EDGE=b\n", NULL, "b"},
	{__LINE__, "TWILIO_REGION=   \r\nTWILIO_EDGE=b\n", NULL, "b"},
	{__LINE__, "TWILIO_REGION=\nTWILIO_REGION=a\n", "a", NULL},
	{__LINE__, "TWILIO_REGION=S\xC3\xA3o", "S\xC3\xA3o", NULL},
};
/* clang-format on */

static void
test_files(void **state)
{
	for (size_t i = 0; i < N_OF(files); i++) {
		/* clang-format off */
		const char *variables[] = {
			config_variable(*state, files[i].text), NULL};
		struct settings settings;
		struct reason reason;

		CHECK_NUMBER(files[i].line, load(&settings, variables, &reason),
			ERR_OK);
		CHECK_TEXT(files[i].line,
			settings_get(&settings, SETTING_TWILIO_REGION),
			files[i].region);
		CHECK_TEXT(files[i].line,
			settings_get(&settings, SETTING_TWILIO_EDGE),
			files[i].edge);
		settings_free(&settings);
	}
}

/* line, file, what the reason names; every value is "hidden" */
/* clang-format off */
static const struct {
	int line;
	const char *text;
	const char *named;
} bad_files[] = {
	{__LINE__, "TWILIO_AUTH_TOKEN hidden\n", "line 1"},
	{__LINE__, "TWILIO_AUTH_TOKEN: hidden\n", "line 1"},
	{__LINE__, "\n# comment\nhidden\n", "line 3"},
	{__LINE__, "TWILIO_REGION=hidden\r\n\r\nTWILIO_AUTH_TOKEN\r\n",
		"line 3"},
	{__LINE__, "TWILIO_TOKEN=hidden\n", "\"TWILIO_TOKEN\""},
	{__LINE__, "TWILIO_REGION=a\nTWILIO_TOKEN=hidden\n", "line 2"},
	{__LINE__, "twilio_auth_token=hidden\n", "\"twilio_auth_token\""},
	{__LINE__, "TWILIO_AUTH_TOKENS=hidden\n", "\"TWILIO_AUTH_TOKENS\""},
	{__LINE__, "TWILIO_AUTH_TOKE=hidden\n", "\"TWILIO_AUTH_TOKE\""},
	{__LINE__, "REDIRECT_TWILIO_REGION=hidden\n",
		"\"REDIRECT_TWILIO_REGION\""},
	{__LINE__, "HOOKSWITCH_CONFIG=/hidden\n", "\"HOOKSWITCH_CONFIG\""},
	{__LINE__, "export TWILIO_REGION=hidden\n", "line 1"},
	{__LINE__, "= hidden\n", "line 1"},
	{__LINE__, "HOOKSWITCH_LOG=hidden\n", "\"HOOKSWITCH_LOG\""},
	/* clang-format on */
};
/* clang-format on */

static void
test_bad_files(void **state)
{
	for (size_t i = 0; i < N_OF(bad_files); i++) {
		/* clang-format off */
		const char *variables[] = {
			config_variable(*state, bad_files[i].text), NULL};
		struct settings settings;
		struct reason reason;

		CHECK_NUMBER(bad_files[i].line,
			load(&settings, variables, &reason), ERR_SETTING);
		CHECK_HOLDS(bad_files[i].line, reason.text, bad_files[i].named);
		CHECK_LACKS(bad_files[i].line, reason.text, "hidden");
		settings_free(&settings);
	}
}

/* The file is read under the rules of file_read_private. */
static void
check_file(int line, const char *path, const char *document_root, enum err want)
{
	char named[SCRATCH_PATH + 64], root[SCRATCH_PATH + 64];
	const char *variables[] = {named, NULL, NULL};
	struct settings settings;
	struct reason reason;

	(void)snprintf(named, sizeof named, "HOOKSWITCH_CONFIG=%s", path);
	if (document_root != NULL) {
		(void)snprintf(
			root, sizeof root, "DOCUMENT_ROOT=%s", document_root);
		variables[1] = root;
	}
	CHECK_NUMBER(line, load(&settings, variables, &reason), want);
	if (want != ERR_OK && path[0] == '/')
		CHECK_HOLDS(line, reason.text, path);
	if (want != ERR_OK && path[0] != '/')
		CHECK_HOLDS(line, reason.text, "HOOKSWITCH_CONFIG");
	settings_free(&settings);
}

static void
test_file_rules(void **state)
{
	static const char text[] = "TWILIO_REGION = a\n";
	const char *fifo = scratch_path(*state, "fifo");
	const char *www, *path;

	path = scratch_write(*state, "good", text, 0640);
	check_file(__LINE__, path, NULL, ERR_OK);
	path = scratch_write(*state, "others", text, 0604);
	check_file(__LINE__, path, NULL, ERR_SETTING);
	path = scratch_write(*state, "group", text, 0660);
	check_file(__LINE__, path, NULL, ERR_SETTING);
	check_file(__LINE__, *state, NULL, ERR_SETTING);
	check_file(__LINE__, scratch_path(*state, "none"), NULL, ERR_SETTING);
	check_file(__LINE__, "good", NULL, ERR_SETTING);
	check_file(__LINE__, "./good", NULL, ERR_SETTING);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	(void)alarm(20); /* a test that hangs is ended */
	check_file(__LINE__, fifo, NULL, ERR_SETTING);
	(void)alarm(0);

	www = scratch_mkdir(*state, "www");
	path = scratch_write(*state, "www/config", text, 0600);
	check_file(__LINE__, path, www, ERR_SETTING);
	check_file(__LINE__, path, NULL, ERR_OK);
	path = scratch_link(*state, "link", "www/config");
	check_file(__LINE__, path, www, ERR_SETTING);
	path = scratch_link(*state, "htdocs", "www");
	check_file(__LINE__, scratch_path(*state, "www/config"), path,
		ERR_SETTING);
	check_file(__LINE__, scratch_path(*state, "good"), www, ERR_OK);
}

static void
test_file_size(void **state)
{
	static char text[LIMIT_SETTINGS_FILE + 2];

	sample_fill(text, LIMIT_SETTINGS_FILE + 1, '#');
	check_file(__LINE__, scratch_write(*state, "most", text, 0600), NULL,
		ERR_OK);
	sample_fill(text, LIMIT_SETTINGS_FILE + 2, '#');
	check_file(__LINE__, scratch_write(*state, "more", text, 0600), NULL,
		ERR_SETTING);
}

/* A value as long as it may be, and one longer, from each source. */
static void
check_length(const char *directory, size_t len, enum err want)
{
	static const char name[] = "TWILIO_AUTH_TOKEN";
	static char value[LIMIT_SETTING + 2], pair[LIMIT_SETTING + 64];
	const char *variables[][2] = {{pair, NULL}, {NULL, NULL}, {NULL, NULL}};

	sample_fill(value, len + 1, 'x');
	(void)snprintf(pair, sizeof pair, "%s=%s", name, value);
	variables[1][0] = config_variable(directory, pair);
	for (size_t i = 0; i < N_OF(variables); i++) {
		struct settings settings;
		struct reason reason;

		if (i == 2)
			assert_int_equal(setenv(name, value, 1), 0);
		assert_int_equal(load(&settings, variables[i], &reason), want);
		if (want == ERR_OK)
			assert_string_equal(
				settings_get(&settings, SETTING_AUTH_TOKEN),
				value);
		else
			CHECK_HOLDS(__LINE__, reason.text, name);
		CHECK_LACKS(__LINE__, reason.text, "xxxx");
		settings_free(&settings);
	}
	clear_environment();
}

static void
test_lengths(void **state)
{
	check_length(*state, LIMIT_SETTING, ERR_OK);
	check_length(*state, LIMIT_SETTING + 1, ERR_SETTING);
}

/* line, variable, whether it is allowed */
static const struct {
	int line;
	const char *variable;
	enum err want;
} values[] = {
	{__LINE__, "HOOKSWITCH_LOG=error", ERR_OK},
	{__LINE__, "HOOKSWITCH_LOG=info", ERR_OK},
	{__LINE__, "HOOKSWITCH_LOG=debug", ERR_OK},
	{__LINE__, "HOOKSWITCH_LOG=Debug", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_LOG=2", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_PREPARE=on", ERR_OK},
	{__LINE__, "HOOKSWITCH_PREPARE=off", ERR_OK},
	{__LINE__, "HOOKSWITCH_PREPARE=no", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_PREPARE=offf", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS=1", ERR_OK},
	{__LINE__, "HOOKSWITCH_THREADS=16", ERR_OK},
	{__LINE__, "HOOKSWITCH_THREADS=999", ERR_OK},
	{__LINE__, "HOOKSWITCH_THREADS=0", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS=1000", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS=-1", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS=+1", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS= 1", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS=1.5", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_THREADS=many", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_SPOOL=/var/spool/hookswitch", ERR_OK},
	{__LINE__, "HOOKSWITCH_SPOOL=spool", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_SPOOL=./spool", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_REPLIES=/srv/replies", ERR_OK},
	{__LINE__, "HOOKSWITCH_REPLIES=../replies", ERR_SETTING},
	{__LINE__, "HOOKSWITCH_ACCOUNTS=/etc/accounts", ERR_OK},
	{__LINE__, "HOOKSWITCH_ACCOUNTS=~/accounts", ERR_SETTING},
	{__LINE__, "TWILIO_AUTH_TOKEN=one two", ERR_OK},
};
/* clang-format on */

static void
check_value(int line, const char *pair, enum err want)
{
	const char *variables[] = {pair, NULL};
	char name[64];
	struct settings settings;
	struct reason reason;

	(void)snprintf(
		name, sizeof name, "%.*s", (int)strcspn(pair, "="), pair);
	CHECK_NUMBER(line, load(&settings, variables, &reason), want);
	if (want != ERR_OK)
		CHECK_HOLDS(line, reason.text, name);
	settings_free(&settings);
}

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(values); i++)
		check_value(values[i].line, values[i].variable, values[i].want);
}

/* No thread at all, however it is written. */
static void
test_no_threads(void **state)
{
	(void)state;
	check_value(__LINE__, "HOOKSWITCH_THREADS=00", ERR_SETTING);
	check_value(__LINE__, "HOOKSWITCH_THREADS=000", ERR_SETTING);
}

static void
test_meanings(void **state)
{
	static const struct {
		int line;
		const char *variables[3];
		enum log_level level;
		bool prepare;
	} rows[] = {
		{__LINE__, {NULL},                     LOG_INFO,  true },
		{__LINE__, {"HOOKSWITCH_LOG=error"},   LOG_ERROR, true },
		{__LINE__, {"HOOKSWITCH_LOG=info"},    LOG_INFO,  true },
		{__LINE__, {"HOOKSWITCH_LOG=debug"},   LOG_DEBUG, true },
		{__LINE__, {"HOOKSWITCH_PREPARE=on"},  LOG_INFO,  true },
		{__LINE__, {"HOOKSWITCH_PREPARE=off"}, LOG_INFO,  false},
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct settings settings;
		struct reason reason;

		CHECK_NUMBER(rows[i].line,
			load(&settings, rows[i].variables, &reason), ERR_OK);
		CHECK_NUMBER(rows[i].line, settings_log_level(&settings),
			rows[i].level);
		CHECK_NUMBER(rows[i].line, settings_prepare(&settings),
			rows[i].prepare);
		settings_free(&settings);
	}
}

static void
test_require(void **state)
{
	const char *const variables[] = {"HOOKSWITCH_DATABASE=host=db", NULL};
	struct settings settings;
	struct reason reason;
	const char *value = "as it was";

	(void)state;
	assert_int_equal(load(&settings, variables, &reason), ERR_OK);
	assert_int_equal(
		settings_require(&settings, SETTING_DATABASE, &value, &reason),
		ERR_OK);
	assert_string_equal(value, "host=db");
	assert_int_equal(settings_require(&settings, SETTING_ACCOUNT_SID,
				 &value, &reason),
		ERR_SETTING);
	assert_null(value);
	CHECK_HOLDS(__LINE__, reason.text, "TWILIO_ACCOUNT_SID");
	settings_free(&settings);
	assert_null(settings_get(&settings, SETTING_DATABASE));
	settings_free(&settings);
}

/* The request's variables end before the settings do. */
static void
test_copies(void **state)
{
	char pair[] = "TWILIO_REGION=a";
	const char *variables[] = {pair, NULL};
	struct settings settings;
	struct reason reason;

	(void)state;
	assert_int_equal(load(&settings, variables, &reason), ERR_OK);
	memset(pair, 'x', sizeof pair - 1);
	assert_string_equal(
		settings_get(&settings, SETTING_TWILIO_REGION), "a");
	settings_free(&settings);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

/* A file's text alone, whatever the environment says. */
static void
test_parse(void **state)
{
	struct settings settings;
	struct reason reason;

	(void)state;
	assert_int_equal(setenv("HOOKSWITCH_SPOOL", "/environment", 1), 0);
	assert_int_equal(settings_parse(&settings,
				 "# a\n HOOKSWITCH_LOG =  debug \nTWILIO_EDGE=",
				 "/f", &reason),
		ERR_OK);
	CHECK_TEXT(__LINE__, settings_get(&settings, SETTING_LOG), "debug");
	CHECK_TEXT(__LINE__, settings_get(&settings, SETTING_SPOOL), NULL);
	CHECK_TEXT(
		__LINE__, settings_get(&settings, SETTING_TWILIO_EDGE), NULL);
	settings_free(&settings);
	assert_int_equal(settings_parse(&settings, "\nHOOKSWITCH_LOGS = a\n",
				 "/f", &reason),
		ERR_SETTING);
	CHECK_TEXT(__LINE__, reason.text,
		"unrecognized setting \"HOOKSWITCH_LOGS\" in line 2 of file "
		"\"/f\"");
	settings_free(&settings);
	assert_int_equal(settings_parse(&settings, "HOOKSWITCH_SPOOL = spool\n",
				 "/f", &reason),
		ERR_SETTING);
	settings_free(&settings);
}

static void
test_set(void **state)
{
	struct settings settings;
	struct reason reason;

	(void)state;
	assert_int_equal(
		settings_parse(&settings, "TWILIO_EDGE = a\n", "/f", &reason),
		ERR_OK);
	assert_int_equal(
		settings_set(&settings, SETTING_TWILIO_EDGE, "b", 1, &reason),
		ERR_OK);
	assert_int_equal(
		settings_set(&settings, SETTING_TWILIO_REGION, "", 0, &reason),
		ERR_OK);
	assert_int_equal(
		settings_set(&settings, SETTING_LOG, "debugging", 5, &reason),
		ERR_OK);
	CHECK_TEXT(__LINE__, settings_get(&settings, SETTING_TWILIO_EDGE), "a");
	CHECK_TEXT(
		__LINE__, settings_get(&settings, SETTING_TWILIO_REGION), NULL);
	CHECK_TEXT(__LINE__, settings_get(&settings, SETTING_LOG), "debug");
	settings_free(&settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_sources),
		TEST(test_file_name),
		TEST(test_files),
		TEST(test_bad_files),
		TEST(test_file_rules),
		TEST(test_file_size),
		TEST(test_lengths),
		TEST(test_values),
		TEST(test_no_threads),
		TEST(test_meanings),
		TEST(test_require),
		TEST(test_copies),
		cmocka_unit_test_setup_teardown(test_parse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set, setup, teardown),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
