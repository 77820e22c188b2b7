/*
 * Which document answers: the database's, the last that it said, the owner's
 * file, or what is built in.
 */
#include "config.h"

#include "answer.h"

#include "check.h"
#include "sample.h"
#include "scratch.h"

#define SAID(text) "<Response>" text "</Response>"
#define PLAIN "To=%2B1&From=%2B2&MessageSid=SM1&Body="
#define HELLO PLAIN "hello"
#define OUTBOUND "Direction=outbound-api&To=%2B3&From=%2B1"

/* One request after the other, over one spool. */
struct step {
	int line;
	const char *form, *campaign;
	bool is_away;
	const char *twiml;      /* of the database; NULL if it has no row */
	const char *is_general; /* NULL if the row could not be kept */
	const char *want;       /* in the answer */
	const char *other;      /* not in it */
};

static const struct twiml_reply replies[] = {
	{"Digits", "digits.xml", SAID("action")  },
	{NULL,     "any.xml",    SAID("built in")},
};

static void
write_line(void *context, const char *line)
{
	assert_int_equal(buf_add_text(context, line), ERR_OK);
}

static void
set_row(struct row *row, const struct step *step)
{
	row_init(row);
	if (step->twiml == NULL)
		return;
	row->is_there = step->is_general != NULL;
	row->is_lost = !row->is_there;
	if (row->is_lost)
		return;
	assert_int_equal(buf_add_text(&row->columns[0], step->twiml), ERR_OK);
	assert_int_equal(
		buf_add_text(&row->columns[1], step->is_general), ERR_OK);
}

static void
check_step(const struct step *step, const char *spool, const char *directory,
	struct buf *lines)
{
	const struct log log = {"test", LOG_INFO, write_line, lines};
	const struct event event = {
		.endpoint = "sms",
		.account_sid = "AC1",
		.subjects = (const char *const[]){"MessageSid", NULL},
		.source = "webhook",
		.raw = "",
	};
	const struct write none[] = {
		{{NULL}, NULL}
        };
	struct answer answer = {
		"sms", replies, directory, spool, NULL, step->is_away, &log};
	struct sample sample;
	struct plan plan;
	struct row row;
	struct buf out;
	const char *given;

	set_row(&row, step);
	sample_open(&sample, step->form);
	CHECK_NUMBER(step->line, plan_make(&plan, &event, &sample.form, none),
		ERR_OK);
	plan.row = &row;
	plan.facts[FACT_CAMPAIGN_ID] = step->campaign;
	answer.plan = &plan;
	buf_init(&out, LIMIT_TWIML);
	given = answer_make(&out, &answer);
	CHECK_HOLDS(step->line, given, step->want);
	CHECK_LACKS(step->line, given, step->other);
	buf_free(&out);
	plan_free(&plan);
	sample_close(&sample);
	row_free(&row);
}

static void
check_steps(const struct step *steps, size_t n, const char *spool,
	const char *directory, const char *logged)
{
	struct buf lines;

	buf_init(&lines, 10000);
	for (size_t i = 0; i < n; i++)
		check_step(&steps[i], spool, directory, &lines);
	if (logged != NULL)
		CHECK_HOLDS(__LINE__, buf_text(&lines), logged);
	else
		CHECK_TEXT(__LINE__, buf_text(&lines), "");
	buf_free(&lines);
}

/* clang-format off */
static void
test_precedence(void **state)
{
	static const struct step steps[] = {
		{__LINE__, HELLO, NULL, false, NULL, NULL, "built in", "said"},
		{__LINE__, HELLO, NULL, false, SAID("said {Body}"), "t",
			"said hello", "{Body}"},
		{__LINE__, HELLO, NULL, false, SAID(""), "f", "<Response", "built in"},
		/* An action has its own answer, whatever the database says. */
		{__LINE__, HELLO "&Digits=", NULL, false, SAID("said"), "t",
			"action", "said"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "built in", "said"},
	};
	static const struct step with_file[] = {
		{__LINE__, HELLO, NULL, false, NULL, NULL, "file", "built in"},
		{__LINE__, HELLO, NULL, false, SAID("said"), "t", "said", "file"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "file", "said"},
	};

	check_steps(steps, N_OF(steps), NULL, NULL, NULL);
	(void)scratch_write(*state, "any.xml", SAID("file"), 0600);
	check_steps(with_file, N_OF(with_file), NULL, *state, NULL);
}

static void
test_away(void **state)
{
	static const struct step steps[] = {
		{__LINE__, HELLO, NULL, true, NULL, NULL, "built in", "said"},
		{__LINE__, HELLO, NULL, false, SAID("one {Body}"), "t", "one h", "built in"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "one hello", "built"},
		/* What only this contact was told is not for all. */
		{__LINE__, HELLO, NULL, false, SAID("two"), "f", "two", "one"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "one hello", "two"},
		{__LINE__, HELLO, NULL, false, SAID("three"), "t", "three", "built in"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "three", "one"},
		/* Another channel, another campaign, an action. */
		{__LINE__, "To=%2B9&From=%2B2", NULL, true, NULL, NULL,
			"built in", "three"},
		{__LINE__, OUTBOUND, "7", true, NULL, NULL, "built in", "three"},
		{__LINE__, HELLO "&Digits=1", NULL, true, NULL, NULL, "action",
			"three"},
		{__LINE__, OUTBOUND, "7", false, SAID("script"), "t", "script",
			"built in"},
		{__LINE__, "Direction=outbound-api&To=%2B4&From=%2B1", "7", true,
			NULL, NULL, "script", "three"},
		/* Of one campaign, two numbers of ours. */
		{__LINE__, HELLO, "7", false, SAID("ours"), "t", "ours", "script"},
		{__LINE__, "To=%2B9&From=%2B2&MessageSid=SM1&Body=x", "7", true,
			NULL, NULL, "built in", "ours"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "three", "script"},
		/* The owner has taken it away. */
		{__LINE__, HELLO, NULL, false, NULL, NULL, "built in", "three"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "built in", "three"},
	};

	check_steps(steps, N_OF(steps), scratch_mkdir(*state, "spool"), NULL,
		NULL);
}

static void
test_opted_out(void **state)
{
	static const struct step steps[] = {
		{__LINE__, HELLO, NULL, false, SAID("said"), "t", "said", "built in"},
		{__LINE__, PLAIN "help", NULL, true, NULL, NULL, "<Response",
			"said"},
		{__LINE__, PLAIN "stop", NULL, true, NULL, NULL, "<Response",
			"said"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "<Response", "said"},
		{__LINE__, "To=%2B1&From=%2B3&MessageSid=SM2&Body=x", NULL, true,
			NULL, NULL, "said", "built"},
		{__LINE__, PLAIN "help", NULL, true, NULL, NULL, "<Response",
			"said"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "<Response", "said"},
		{__LINE__, PLAIN "start", NULL, true, NULL, NULL, "<Response",
			"said"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "said", "built"},
		{__LINE__, PLAIN "STOP", NULL, false, SAID(""), "f", "<Response",
			"said"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "<Response", "said"},
		{__LINE__, PLAIN "yes", NULL, true, NULL, NULL, "said", "built"},
	};

	check_steps(steps, N_OF(steps), scratch_mkdir(*state, "spool"), NULL,
		NULL);
}

/* STOP waits in the spool, and the database does not know of it. */
static void
test_stop_waits(void **state)
{
	static const struct step steps[] = {
		{__LINE__, PLAIN "stop", NULL, true, NULL, NULL, "<Response",
			"said"},
		{__LINE__, HELLO, NULL, false, SAID("said"), "t", "<Response",
			"said"},
		{__LINE__, PLAIN "help", NULL, false, SAID("helped"), "f", "helped",
			"said"},
	};
	static const struct step replayed[] = {
		{__LINE__, HELLO, NULL, false, SAID("said"), "t", "said", "built"},
	};
	const char *spool = scratch_mkdir(*state, "spool");
	const char *record;

	(void)scratch_mkdir(spool, "new");
	record = scratch_write(spool, "new/record", "", 0600);
	check_steps(steps, N_OF(steps), spool, NULL, NULL);
	/* It is replayed; the contact has taken it back elsewhere since. */
	assert_int_equal(remove(record), 0);
	check_steps(replayed, N_OF(replayed), spool, NULL, NULL);
}

static void
test_broken(void **state)
{
	static const struct step steps[] = {
		{__LINE__, HELLO, NULL, false, "<Response><Say>", "t", "built in",
			"Say"},
		{__LINE__, HELLO, NULL, false, "", "t", "built in", "Say"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "built in", "Say"},
	};

	check_steps(steps, N_OF(steps), scratch_mkdir(*state, "spool"), NULL,
		"auto_replies");
}

static void
test_too_long(void **state)
{
	static const struct step steps[] = {
		{__LINE__, HELLO, NULL, false, "", NULL, "built in", "Say"},
	};

	(void)state;
	check_steps(steps, N_OF(steps), NULL, NULL, "longer than 64 KiB");
}

/* A spool that cannot be written: answers are as good without. */
static void
test_no_cache(void **state)
{
	static const struct step steps[] = {
		{__LINE__, HELLO, NULL, false, SAID("said"), "t", "said", "built in"},
		{__LINE__, HELLO, NULL, true, NULL, NULL, "built in", "said"},
		{__LINE__, PLAIN "stop", NULL, true, NULL, NULL, "<Response",
			"built in"},
	};

	check_steps(steps, N_OF(steps), scratch_path(*state, "none/spool"), NULL,
		NULL);
}
/* clang-format on */

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_precedence),
		TEST(test_away),
		TEST(test_opted_out),
		TEST(test_stop_waits),
		TEST(test_broken),
		TEST(test_too_long),
		TEST(test_no_cache),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
