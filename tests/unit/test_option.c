/*
 * The options of a command.
 */
#include "config.h"

#include "option.h"

#include "check.h"

#include <stdlib.h>

struct values {
	bool quiet, help;
	const char *file;
	unsigned long count;
	struct option_list media;
};

struct others {
	const char *config, *call, *any;
};

static const struct option_row rows[] = {
	SWITCH_OPTION("quiet", struct values, quiet, "say less"),
	TEXT_OPTION("data-file", "FILE", struct values, file, "read\nFILE"),
	COUNT_OPTION("count", "NUMBER", struct values, count, 12, "how many"),
	LIST_OPTION("media", "URL", struct values, media, 2, "show"),
	SWITCH_OPTION("help", struct values, help, "print this"),
	END_OF_OPTIONS,
};

static const struct option_row letters[] = {
	COUNT_OPTION("n", "N", struct values, count, 5, "how many"),
	SWITCH_OPTION("q", struct values, quiet, "say less"),
	END_OF_OPTIONS,
};

static const struct option_row other_rows[] = {
	TEXT_OPTION("configuration-of-all", "FILE", struct others, config,
		"settings"),
	SID_OPTION("call", "CA", struct others, call, "which"),
	SID_OPTION("any", NULL, struct others, any, "whatever"),
	END_OF_OPTIONS,
};

#define WORDS 8

/* A call with these words behind the command's name. */
struct sample {
	struct values values;
	struct others others;
	char *argv[WORDS + 2];
	int argc;
	int first;
	struct reason reason;
	enum err err;
};

static void
sample_read(struct sample *sample, const char *const *words)
{
	static char name[] = "command";
	const struct option_set sets[] = {
		{rows,       &sample->values},
                {NULL,       NULL           },
		{letters,    &sample->values},
                {other_rows, &sample->others}
        };

	memset(sample, 0, sizeof *sample);
	sample->argv[sample->argc++] = name;
	for (; *words != NULL; words++) {
		char *copy = strdup(*words);

		assert_non_null(copy);
		sample->argv[sample->argc++] = copy;
	}
	sample->err = option_read(sets, N_OF(sets), sample->argc, sample->argv,
		&sample->first, &sample->reason);
}

static void
sample_free(struct sample *sample)
{
	for (int i = 1; i < sample->argc; i++)
		free(sample->argv[i]);
}

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* words; quiet, file, count; the words that are no options */
static const struct good_row {
	int line;
	const char *words[WORDS + 1];
	bool quiet, help;
	const char *file, *config;
	unsigned long count;
	const char *rest[WORDS + 1];
} good_rows[] = {
	ROW({NULL}, false, false, NULL, NULL, 0, {NULL}),
	ROW({"--quiet"}, true, false, NULL, NULL, 0, {NULL}),
	ROW({"-h"}, false, true, NULL, NULL, 0, {NULL}),
	ROW({"--help"}, false, true, NULL, NULL, 0, {NULL}),
	ROW({"--count", "12"}, false, false, NULL, NULL, 12, {NULL}),
	ROW({"--count=1"}, false, false, NULL, NULL, 1, {NULL}),
	ROW({"--data-file", "-"}, false, false, "-", NULL, 0, {NULL}),
	ROW({"--data-file", ""}, false, false, "", NULL, 0, {NULL}),
	ROW({"--data-file", "--quiet"}, false, false, "--quiet", NULL, 0,
		{NULL}),
	ROW({"--configuration-of-all=c"}, false, false, NULL, "c", 0, {NULL}),
	ROW({"a", "--quiet", "b", "--data-file=x", "c"}, true, false, "x", NULL,
		0, {"a", "b", "c"}),
	ROW({"--", "--quiet", "-h"}, false, false, NULL, NULL, 0,
		{"--quiet", "-h"}),
	ROW({"a", "--", "--quiet"}, false, false, NULL, NULL, 0,
		{"a", "--quiet"}),
	ROW({"--data-file=1", "--data-file=2"}, false, false, "2", NULL, 0,
		{NULL}),
	ROW({"Body=--quiet", "-"}, false, false, NULL, NULL, 0,
		{"Body=--quiet", "-"}),
	ROW({"-n", "5"}, false, false, NULL, NULL, 5, {NULL}),
	ROW({"a", "-n5", "-q"}, true, false, NULL, NULL, 5, {"a"}),
	ROW({"-qhn", "1"}, true, true, NULL, NULL, 1, {NULL}),
};

static void
check_rest(int line, const struct sample *sample, const char *const *rest)
{
	int at = sample->first;

	for (; *rest != NULL; rest++, at++) {
		CHECK(line, at < sample->argc);
		CHECK_TEXT(line, sample->argv[at], *rest);
	}
	CHECK_NUMBER(line, at, sample->argc);
}

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good_rows); i++) {
		const struct good_row *row = &good_rows[i];
		struct sample sample;

		sample_read(&sample, row->words);
		CHECK_NUMBER(row->line, sample.err, ERR_OK);
		CHECK_NUMBER(row->line, sample.values.quiet, row->quiet);
		CHECK_NUMBER(row->line, sample.values.help, row->help);
		CHECK_NUMBER(row->line, sample.values.count, row->count);
		CHECK_TEXT(row->line, sample.values.file, row->file);
		CHECK_TEXT(row->line, sample.others.config, row->config);
		check_rest(row->line, &sample, row->rest);
		sample_free(&sample);
	}
}

static const struct bad_row {
	int line;
	const char *words[WORDS + 1];
	const char *reason;
} bad_rows[] = {
	ROW({"--nothing"}, "unrecognized option \"--nothing\""),
	ROW({"a", "--nothing=1", "b"}, "unrecognized option \"--nothing=1\""),
	ROW({"--co=1"}, "unrecognized option \"--co=1\""), /* which one? */
	ROW({"-x"}, "unrecognized option \"-x\""),
	ROW({"--n", "1"}, "unrecognized option \"--n\""),
	ROW({"-n"}, "option \"-n\" requires an argument"),
	ROW({"-n", "6"}, "option \"-n\" needs a number from 1 to 5"),
	ROW({"-hx"}, "unrecognized option \"-x\""),
	ROW({"--quiet=1"}, "option \"--quiet\" takes no argument"),
	ROW({"--data-file"}, "option \"--data-file\" requires an argument"),
	ROW({"--count", "0"}, "option \"--count\" needs a number from 1 to 12"),
	ROW({"--count", "13"},
		"option \"--count\" needs a number from 1 to 12"),
	ROW({"--count", ""}, "option \"--count\" needs a number from 1 to 12"),
	ROW({"--count", " 3"},
		"option \"--count\" needs a number from 1 to 12"),
	ROW({"--count", "-3"},
		"option \"--count\" needs a number from 1 to 12"),
	ROW({"--count", "3x"},
		"option \"--count\" needs a number from 1 to 12"),
	ROW({"--media", "a", "--media", "b", "--media", "c"},
		"option \"--media\" is there more than 2 times"),
	ROW({"--media"}, "option \"--media\" requires an argument"),
	ROW({"--count", "99999999999999999999999"},
		"option \"--count\" needs a number from 1 to 12"),
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_rows); i++) {
		const struct bad_row *row = &bad_rows[i];
		struct sample sample;

		sample_read(&sample, row->words);
		CHECK_NUMBER(row->line, sample.err, ERR_MALFORMED);
		CHECK_TEXT(row->line, sample.reason.text, row->reason);
		sample_free(&sample);
	}
}

#define DIGITS "0123456789abcdef0123456789ABCDEF"
#define UUID "01234567-89ab-cdef-0123-456789ABCDEF"

/* What is like a SID; whether it may be a call's, and any one's. */
static void
test_sids(void **state)
{
	static const struct {
		int line;
		const char *sid;
		bool is_call, is_any;
	} sids[] = {
		ROW("CA" DIGITS, true, true),
		ROW("RE" DIGITS, false, true),
		ROW(UUID, true, true),
		ROW(UUID "0", false, false),
		ROW("0" UUID, false, false),
		ROW("{" UUID "}", false, false),
		ROW("", false, false),
		ROW("x", false, false),
		ROW("CA", false, false),
		ROW("CA" DIGITS "0", false, false),
		ROW("ca" DIGITS, false, false),
		ROW("C" DIGITS, false, false),
		ROW("CAg123456789abcdef0123456789abcdef", false, false),
		ROW(" CA" DIGITS, false, false),
		ROW("01234567-89ab-cdef-0123456789ABCDEF", false, false),
	};
	struct sample sample;

	(void)state;
	for (size_t i = 0; i < N_OF(sids); i++) {
		const char *call[] = {"--call", sids[i].sid, NULL};
		const char *any[] = {"--any", sids[i].sid, NULL};

		sample_read(&sample, call);
		CHECK(sids[i].line, (sample.err == ERR_OK) == sids[i].is_call);
		if (sample.err == ERR_OK)
			CHECK_TEXT(
				sids[i].line, sample.others.call, sids[i].sid);
		sample_free(&sample);
		sample_read(&sample, any);
		CHECK(sids[i].line, (sample.err == ERR_OK) == sids[i].is_any);
		sample_free(&sample);
	}
	sample_read(&sample, (const char *const[]){"--call", "x", NULL});
	assert_int_equal(sample.err, ERR_MALFORMED);
	assert_string_equal(sample.reason.text,
		"--call must look like CA0123456789abcdef0123456789abcdef, not "
		"like \"x\"");
	sample_free(&sample);
}

static void
test_list(void **state)
{
	static const char *const words[] = {
		"--media", "a", "x", "--media=--quiet", NULL};
	struct sample sample;

	(void)state;
	sample_read(&sample, words);
	assert_int_equal(sample.err, ERR_OK);
	assert_int_equal(sample.values.media.n, 2);
	assert_string_equal(sample.values.media.texts[0], "a");
	assert_string_equal(sample.values.media.texts[1], "--quiet");
	sample_free(&sample);
}

/* Help texts stand in one column, below their option if that is too long. */
static void
test_print(void **state)
{
	char text[1024] = "";
	FILE *out = fmemopen(text, sizeof text, "w");

	(void)state;
	assert_non_null(out);
	option_print(out, rows);
	option_print(out, NULL);
	option_print(out, letters);
	option_print(out, other_rows);
	assert_int_equal(fclose(out), 0);
	CHECK_TEXT(__LINE__, text,
		"  --quiet               say less\n"
		"  --data-file FILE      read\n"
		"                        FILE\n"
		"  --count NUMBER        how many\n"
		"  --media URL           show\n"
		"  -h, --help            print this\n"
		"  -n N                  how many\n"
		"  -q                    say less\n"
		"  --configuration-of-all FILE\n"
		"                        settings\n"
		"  --call SID            which\n"
		"  --any SID             whatever\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sids),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
