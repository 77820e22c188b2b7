/*
 * Who may read.
 */
#include "config.h"

#include "access.h"

#include "check.h"

#define TOKEN "0123456789abcdef-._~+/="

/* line, the request's variables, HOOKSWITCH_FEED_TOKEN, outcome */
/* clang-format off */
static const struct {
	int line;
	const char *variables[3];
	const char *token;
	enum err want;
} rows[] = {
	{__LINE__, {"REMOTE_USER=anna"}, NULL, ERR_OK},
	{__LINE__, {"REMOTE_USER=anna"}, TOKEN, ERR_OK},
	{__LINE__, {"REMOTE_USER=anna"}, "short", ERR_OK},
	{__LINE__, {"REMOTE_USER=anna", "HTTP_AUTHORIZATION=Basic x"}, TOKEN,
		ERR_OK},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer " TOKEN}, TOKEN, ERR_OK},
	{__LINE__, {"HTTP_AUTHORIZATION=BEARER   " TOKEN}, TOKEN, ERR_OK},
	{__LINE__, {"REDIRECT_HTTP_AUTHORIZATION=Bearer " TOKEN}, TOKEN,
		ERR_OK},

	{__LINE__, {NULL}, NULL, ERR_REFUSED},
	{__LINE__, {NULL}, TOKEN, ERR_REFUSED},
	{__LINE__, {"REMOTE_USER="}, TOKEN, ERR_REFUSED},
	/* What a client can have set, and a server left over. */
	{__LINE__, {"HTTP_REMOTE_USER=anna"}, TOKEN, ERR_REFUSED},
	{__LINE__, {"REDIRECT_REMOTE_USER=anna"}, TOKEN, ERR_REFUSED},
	{__LINE__, {"REMOTE_IDENT=anna"}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_X_TWILIO_SIGNATURE=" TOKEN}, TOKEN, ERR_REFUSED},

	{__LINE__, {"HTTP_AUTHORIZATION=Bearer " TOKEN}, NULL, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer "}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer"}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION="}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=" TOKEN}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Basic " TOKEN}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer " TOKEN " "}, TOKEN,
		ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer 0123456789abcdef"}, TOKEN,
		ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer 0123456789ABCDEF-._~+/="},
		TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer x" TOKEN}, TOKEN, ERR_REFUSED},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer x",
		"REDIRECT_HTTP_AUTHORIZATION=Bearer " TOKEN}, TOKEN,
		ERR_REFUSED},

	/* A token that is none opens nothing. */
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer 0123456789abcde"},
		"0123456789abcde", ERR_SETTING},
	{__LINE__, {"HTTP_AUTHORIZATION=Bearer 0123456789 abcdef"},
		"0123456789 abcdef", ERR_SETTING},
	{__LINE__, {NULL}, "0123456789\"abcdef", ERR_SETTING},
	{__LINE__, {NULL}, "0123456789abcd\xc3\xa4", ERR_SETTING},
};
/* clang-format on */

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char setting[64];
		struct settings settings = {.values = {NULL}};
		struct reason reason = {""};
		struct buf output, log;
		struct request *request;
		const struct request_memory memory = {
			.variables = rows[i].variables,
			.output = &output,
			.log = &log,
		};

		if (rows[i].token != NULL) {
			(void)snprintf(
				setting, sizeof setting, "%s", rows[i].token);
			settings.values[SETTING_FEED_TOKEN] = setting;
		}
		assert_int_equal(
			request_open_memory(&request, &memory), ERR_OK);
		CHECK_NUMBER(rows[i].line,
			access_check(request, &settings, &reason),
			rows[i].want);
		CHECK_NUMBER(rows[i].line, reason.text[0] == '\0',
			rows[i].want == ERR_OK);
		CHECK_LACKS(rows[i].line, reason.text, "0123456789");
		request_close(request);
	}
}

/* Each of a token's bits counts. */
static void
test_bits(void **state)
{
	char setting[] = TOKEN;
	struct settings settings = {.values = {NULL}};

	(void)state;
	settings.values[SETTING_FEED_TOKEN] = setting;
	for (size_t bit = 0; bit < 8 * strlen(TOKEN); bit++) {
		char header[] = "HTTP_AUTHORIZATION=Bearer " TOKEN;
		const char *const variables[] = {header, NULL};
		const struct request_memory memory = {.variables = variables};
		struct request *request;
		char *byte = header + strlen(header) - strlen(TOKEN) + bit / 8;

		*byte = (char)(*byte ^ (1 << bit % 8));
		assert_int_equal(
			request_open_memory(&request, &memory), ERR_OK);
		assert_int_equal(
			access_check(request, &settings, NULL), ERR_REFUSED);
		request_close(request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
