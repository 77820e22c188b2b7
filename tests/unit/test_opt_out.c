/*
 * What a message says about getting messages.
 */
#include "config.h"

#include "opt_out.h"

#include "check.h"
#include "sample.h"

/* line, form, word */
static const struct {
	int line;
	const char *form, *word;
} rows[] = {
	{__LINE__, "MessageSid=SM1&Body=STOP",                  "STOP" },
	{__LINE__, "MessageSid=SM1&Body=stop",                  "STOP" },
	{__LINE__, "MessageSid=SM1&Body=+%0D%0AStop+%09",       "STOP" },
	{__LINE__, "MessageSid=SM1&Body=StopAll",               "STOP" },
	{__LINE__, "MessageSid=SM1&Body=unsubscribe",           "STOP" },
	{__LINE__, "MessageSid=SM1&Body=START",                 "START"},
	{__LINE__, "MessageSid=SM1&Body=unstop",                "START"},
	{__LINE__, "MessageSid=SM1&Body=yes",                   "YES"  },
	{__LINE__, "MessageSid=SM1&Body=help",                  "HELP" },
	{__LINE__, "MessageSid=SM1&Body=info",                  "HELP" },
 /* More than the word is a message like any other. */
	{__LINE__, "MessageSid=SM1&Body=Please+stop",           NULL   },
	{__LINE__, "MessageSid=SM1&Body=STOP%21",               NULL   },
	{__LINE__, "MessageSid=SM1&Body=STO",                   NULL   },
	{__LINE__, "MessageSid=SM1&Body=STOPP",                 NULL   },
	{__LINE__, "MessageSid=SM1&Body=",                      NULL   },
	{__LINE__, "MessageSid=SM1&Body=+",                     NULL   },
	{__LINE__, "MessageSid=SM1",                            NULL   },
	{__LINE__, "CallSid=CA1&Body=STOP",                     NULL   },
 /* Twilio's own word counts, whatever the text is. */
	{__LINE__, "MessageSid=SM1&Body=arret&OptOutType=STOP", "STOP" },
	{__LINE__, "MessageSid=SM1&Body=STOP&OptOutType=HELP",  "HELP" },
	{__LINE__, "MessageSid=SM1&Body=STOP&OptOutType=new",   NULL   },
	{__LINE__, "MessageSid=SM1&Body=STOP&OptOutType=",      "STOP" },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sample sample;

		sample_open(&sample, rows[i].form);
		CHECK_TEXT(
			rows[i].line, opt_out_word(&sample.form), rows[i].word);
		sample_close(&sample);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("opt_out", tests, NULL, NULL);
}
