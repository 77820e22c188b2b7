/*
 * Which account may speak, and the tokens that would prove it.
 */
#include "config.h"

#include "account.h"

#include <stdlib.h>

#include "check.h"
#include "sample.h"
#include "scratch.h"

#define ONE "AC11111111111111111111111111111111"
#define TWO "AC22222222222222222222222222222222"

static void
set(struct settings *settings, enum setting setting, const char *value)
{
	if (value == NULL)
		return;
	settings->values[setting] = strdup(value);
	assert_non_null(settings->values[setting]);
}

/* The tokens with "|" between them. */
static void
join_tokens(const struct account *account, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < account->n_tokens; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
			i > 0 ? "|" : "", account->tokens[i]);
}

/* What the settings say, the account asked for, and what comes of it. */
struct row {
	int line;
	const char *own_sid;
	const char *own_tokens;
	const char *accounts; /* the file's text; NULL: not set */
	const char *sid;      /* asked for */
	enum err want;
	const char *tokens; /* found; of an error, what the reason names */
};

static void
check_row(const char *directory, const struct row *row)
{
	struct settings settings = {{NULL}};
	struct account account;
	struct reason reason = {""};
	char tokens[256];
	enum err err;

	set(&settings, SETTING_ACCOUNT_SID, row->own_sid);
	set(&settings, SETTING_AUTH_TOKEN, row->own_tokens);
	if (row->accounts != NULL)
		set(&settings, SETTING_ACCOUNTS,
			scratch_write(
				directory, "accounts", row->accounts, 0600));
	err = account_find(&account, &settings, NULL, row->sid, &reason);
	CHECK_NUMBER(row->line, err, row->want);
	if (err == ERR_OK) {
		join_tokens(&account, tokens, sizeof tokens);
		CHECK_TEXT(row->line, tokens, row->tokens);
		CHECK_TEXT(row->line, account.sid,
			row->sid != NULL ? row->sid : row->own_sid);
	} else {
		CHECK_HOLDS(row->line, reason.text, row->tokens);
	}
	CHECK_LACKS(row->line, reason.text, "hid");
	account_free(&account);
	assert_int_equal(account.n_tokens, 0);
	account_free(&account); /* harmless */
	settings_free(&settings);
}

/* line, own SID, own tokens, file, asked for, error, tokens or reason */
/* clang-format off */
static const struct row own[] = {
	{__LINE__, ONE, "hid1", NULL, ONE, ERR_OK, "hid1"},
	{__LINE__, ONE, "hid1", NULL, NULL, ERR_OK, "hid1"},
	{__LINE__, ONE, "hid1 hid2", NULL, ONE, ERR_OK, "hid1|hid2"},
	{__LINE__, ONE, " hid1 \t hid2  hid3\t", NULL, ONE, ERR_OK,
		"hid1|hid2|hid3"},
	{__LINE__, ONE, "hid1 hid2 hid3 hid4", NULL, ONE, ERR_OK,
		"hid1|hid2|hid3|hid4"},
	{__LINE__, ONE, "hid1,hid2", NULL, ONE, ERR_OK, "hid1,hid2"},
	{__LINE__, ONE, "hid1 hid2 hid3 hid4 hid5", NULL, ONE, ERR_SETTING,
		"TWILIO_AUTH_TOKEN"},
	{__LINE__, ONE, " ", NULL, ONE, ERR_SETTING, "TWILIO_AUTH_TOKEN"},
	{__LINE__, ONE, NULL, NULL, ONE, ERR_SETTING, "TWILIO_AUTH_TOKEN"},
	{__LINE__, ONE, NULL, NULL, NULL, ERR_SETTING, "TWILIO_AUTH_TOKEN"},
	{__LINE__, NULL, NULL, NULL, ONE, ERR_SETTING, "TWILIO_ACCOUNT_SID"},
	{__LINE__, NULL, "hid1", NULL, ONE, ERR_SETTING, "TWILIO_ACCOUNT_SID"},
	{__LINE__, NULL, "hid1", NULL, NULL, ERR_SETTING, "TWILIO_ACCOUNT_SID"},

	/* Another's, or what only looks like ours. */
	{__LINE__, ONE, "hid1", NULL, TWO, ERR_REFUSED, TWO},
	{__LINE__, ONE, "hid1", NULL, ONE "1", ERR_REFUSED, "TWILIO_ACCOUNT"},
	{__LINE__, ONE, "hid1", NULL, "AC1111", ERR_REFUSED, "AC1111"},
	{__LINE__, ONE, "hid1", NULL, " " ONE, ERR_REFUSED, "TWILIO_ACCOUNT"},
	{__LINE__, ONE, "hid1", NULL, "ac11111111111111111111111111111111",
		ERR_REFUSED, "ac1111"},
};
/* clang-format on */

/* clang-format off */
static const struct row several[] = {
	{__LINE__, NULL, NULL, ONE " hid1\n" TWO " hid2\n", ONE, ERR_OK,
		"hid1"},
	{__LINE__, NULL, NULL, ONE " hid1\n" TWO " hid2\n", TWO, ERR_OK,
		"hid2"},
	{__LINE__, NULL, NULL, ONE " hid1\n" TWO " hid2", TWO, ERR_OK, "hid2"},
	{__LINE__, NULL, NULL, ONE " hid1 hid2 hid3 hid4", ONE, ERR_OK,
		"hid1|hid2|hid3|hid4"},
	{__LINE__, NULL, NULL, "\t " ONE " \t hid1 \thid2 \n", ONE, ERR_OK,
		"hid1|hid2"},
	{__LINE__, NULL, NULL, ONE " hid1\r\n" TWO " hid2\r\n", ONE, ERR_OK,
		"hid1"},
	{__LINE__, NULL, NULL, "# " ONE " hid9\n\n" ONE " hid1\n", ONE, ERR_OK,
		"hid1"},
	{__LINE__, NULL, NULL, "#" ONE " hid9\n", ONE, ERR_REFUSED, ONE},
	{__LINE__, NULL, NULL, "#" ONE " hid9\n", "#" ONE, ERR_REFUSED,
		"AccountSid"},
	{__LINE__, NULL, NULL, "# hid9\n", "#", ERR_REFUSED, "AccountSid"},
	{__LINE__, NULL, NULL, "", ONE, ERR_REFUSED, ONE},
	{__LINE__, NULL, NULL, TWO " hid2\n", ONE, ERR_REFUSED, ONE},
	{__LINE__, NULL, NULL, TWO " " ONE " hid2\n", ONE, ERR_REFUSED, ONE},
	{__LINE__, NULL, NULL, TWO "\n" ONE " hid1\n", ONE, ERR_OK, "hid1"},
	{__LINE__, NULL, NULL, ONE "1 hid9\n" ONE " hid1\n", ONE, ERR_OK,
		"hid1"},
	{__LINE__, NULL, NULL, ONE " hid1\n", "AC1", ERR_REFUSED, "AC1"},
	{__LINE__, NULL, NULL, ONE "\n" TWO " hid2\n", ONE, ERR_SETTING,
		"/accounts"},
	{__LINE__, NULL, NULL, ONE " \r\n", ONE, ERR_SETTING, "/accounts"},
	{__LINE__, NULL, NULL, ONE " hid1 hid2 hid3 hid4 hid5", ONE,
		ERR_SETTING, "/accounts"},

	/* A SID that spans what separates. */
	{__LINE__, NULL, NULL, ONE " x hid1\n", ONE " x", ERR_REFUSED,
		"account"},
	{__LINE__, NULL, NULL, ONE " hid1\n", ONE "\n", ERR_REFUSED, "account"},
	{__LINE__, NULL, NULL, "\n" ONE " hid1\n", "\n" ONE, ERR_REFUSED,
		"account"},

	/* Without a SID in the request, or with our own beside the file. */
	{__LINE__, NULL, NULL, ONE " hid1\n", NULL, ERR_REFUSED,
		"TWILIO_ACCOUNT_SID"},
	{__LINE__, TWO, "hid2", ONE " hid1\n", ONE, ERR_OK, "hid1"},
	{__LINE__, TWO, "hid2", ONE " hid1\n", TWO, ERR_OK, "hid2"},
	{__LINE__, TWO, "hid2", ONE " hid1\n", NULL, ERR_OK, "hid2"},
	{__LINE__, TWO, "hid2", ONE " hid1\n", "AC3", ERR_REFUSED, "AC3"},
};
/* clang-format on */

static void
test_own(void **state)
{
	for (size_t i = 0; i < N_OF(own); i++)
		check_row(*state, &own[i]);
}

static void
test_several(void **state)
{
	for (size_t i = 0; i < N_OF(several); i++)
		check_row(*state, &several[i]);
}

/* A SID that could not become a key is nobody's. */
static void
test_long_sid(void **state)
{
	char sid[LIMIT_SID + 2], text[LIMIT_SID + 32];
	struct row row = {__LINE__, NULL, NULL, text, sid, ERR_OK, "hid1"};

	sample_fill(sid, LIMIT_SID + 1, 'A');
	(void)snprintf(text, sizeof text, "%s hid1\n", sid);
	check_row(*state, &row);
	sample_fill(sid, LIMIT_SID + 2, 'A');
	(void)snprintf(text, sizeof text, "%s hid1\n", sid);
	row.want = ERR_REFUSED;
	row.tokens = "AccountSid";
	check_row(*state, &row);
}

static enum err
find_in(const char *path, const char *document_root, struct reason *reason)
{
	struct settings settings = {{NULL}};
	struct account account;
	enum err err;

	set(&settings, SETTING_ACCOUNTS, path);
	err = account_find(&account, &settings, document_root, ONE, reason);
	account_free(&account);
	settings_free(&settings);
	return err;
}

/* Whatever is wrong with the file is a matter of the settings. */
static void
test_file_rules(void **state)
{
	static char large[LIMIT_ACCOUNTS_FILE + 2];
	const char *www = scratch_mkdir(*state, "www");
	const char *good = scratch_write(*state, "good", ONE " hid\n", 0640);
	const char *paths[] = {
		scratch_path(*state, "none"),
		*state,
		scratch_write(*state, "others", ONE " hid\n", 0644),
		scratch_write(*state, "group", ONE " hid\n", 0660),
		scratch_write(*state, "www/accounts", ONE " hid\n", 0600),
	};
	struct reason reason = {""};

	assert_int_equal(find_in(good, www, &reason), ERR_OK);
	for (size_t i = 0; i < N_OF(paths); i++) {
		assert_int_equal(find_in(paths[i], www, &reason), ERR_SETTING);
		CHECK_HOLDS((int)i, reason.text, paths[i]);
	}
	sample_fill(large, sizeof large, '#');
	assert_int_equal(find_in(scratch_write(*state, "large", large, 0600),
				 www, &reason),
		ERR_SETTING);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

/* Own SID and tokens, the file's text, what is called back: "SID a|b;". */
static const struct each_row {
	int line;
	const char *own_sid, *own_tokens, *accounts;
	enum err want;
	const char *called;
} each_rows[] = {
	{__LINE__, NULL, NULL,  NULL,                                   ERR_OK,      ""         },
	{__LINE__, ONE,  "a b", NULL,                                   ERR_OK,      ONE " a|b;"},
	{__LINE__, ONE,  NULL,  NULL,                                   ERR_OK,      ""         },
	{__LINE__, NULL, "a",   NULL,                                   ERR_OK,      ""         },
	{__LINE__, NULL, NULL,  "# x y\n\n \t" ONE " a\n" TWO "\tb  c", ERR_OK,
         ONE " a;" TWO " b|c;"								  },
	{__LINE__, ONE,  "a",   TWO " b\n" ONE " c\n",                  ERR_OK,
         ONE " a;" TWO " b;" ONE " c;"							  },
	{__LINE__, ONE,  "a",   TWO "\n" ONE " c\n",                    ERR_SETTING, ONE " a;"  },
	{__LINE__, NULL, NULL,  "x 1 2 3 4 5",                          ERR_SETTING, ""         },
	{__LINE__, NULL, NULL,  "",				     ERR_OK,      ""         },
};

static void
note_account(void *context, const struct account *account)
{
	char *called = context, tokens[256];
	size_t len = strlen(called);

	join_tokens(account, tokens, sizeof tokens);
	(void)snprintf(
		called + len, 1024 - len, "%s %s;", account->sid, tokens);
}

static void
test_each(void **state)
{
	for (size_t i = 0; i < N_OF(each_rows); i++) {
		const struct each_row *row = &each_rows[i];
		struct settings settings = {{NULL}};
		struct reason reason = {""};
		char called[1024] = "", name[32];

		(void)snprintf(name, sizeof name, "accounts%zu", i);
		set(&settings, SETTING_ACCOUNT_SID, row->own_sid);
		set(&settings, SETTING_AUTH_TOKEN, row->own_tokens);
		if (row->accounts != NULL)
			set(&settings, SETTING_ACCOUNTS,
				scratch_write(
					*state, name, row->accounts, 0600));
		CHECK_NUMBER(row->line,
			account_each(
				&settings, NULL, note_account, called, &reason),
			row->want);
		CHECK_TEXT(row->line, called, row->called);
		CHECK(row->line, row->want == ERR_OK || reason.text[0] != '\0');
		settings_free(&settings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_own),
		TEST(test_several),
		TEST(test_long_sid),
		TEST(test_file_rules),
		TEST(test_each),
	};

	return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
