/*
 * What a misspelt word may have been.
 */
#include "config.h"

#include "similar.h"

#include "check.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

static const char *const names[] = {
	"replay", "sign", "send", "explain", "inbound-call", "inbound-mms"};

/* word, the name it is like */
static const struct row {
	int line;
	const char *word, *name;
} rows[] = {
	ROW("repaly", "replay"),
	ROW("rplay", "replay"),
	ROW("replayy", "replay"),
	ROW("Replay", "replay"),
	ROW("sing", "sign"),
	ROW("snd", "send"),
	ROW("expl", "explain"),
	ROW("explian", "explain"),
	ROW("inbound-cal", "inbound-call"),
	ROW("inboundcall", "inbound-call"),
	ROW("inbound-sms", "inbound-mms"),
	ROW("x", NULL),
	ROW("", NULL),
	ROW("doctor", NULL),
	ROW("something-that-is-much-longer-than-any-name", NULL),
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct similar similar = {rows[i].word, NULL, 0};

		for (size_t j = 0; j < N_OF(names); j++)
			similar_try(&similar, names[j]);
		CHECK_TEXT(rows[i].line, similar.name, rows[i].name);
	}
}

static void
test_words(void **state)
{
	struct similar similar = {"rplay", NULL, 0};
	struct reason words;

	(void)state;
	assert_string_equal(similar_words(&similar, &words), "");
	similar_try(&similar, "replay");
	assert_string_equal(
		similar_words(&similar, &words), "; did you mean \"replay\"?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
