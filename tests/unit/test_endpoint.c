/*
 * One request through endpoint_serve, from its bytes to its answer, as far as
 * it gets without a database: every refusal, its status, its line in the log.
 */
#include "config.h"

#include "endpoint.h"

#include <stdlib.h>

#include "check.h"
#include "digest.h"
#include "limit.h"
#include "sample.h"
#include "settings.h"
#include "signature.h"
#include "statements.h"

#define ACCOUNT "AC11111111111111111111111111111111"
#define TOKEN "hidden-token"
#define ORIGIN "https://example.com"

/* Everything that must not be seen again has this in it. */
#define HIDDEN "hidden"

static const char *const subjects[] = {"MessageSid", NULL};

static const struct write writes[] = {
	{{"MessageSid"}, &statement_message_inbound},
	{{NULL},         NULL		      },
};

static const struct twiml_reply twiml_replies[] = {
	{NULL, "test.xml", TWIML_EMPTY},
};

static const struct endpoint endpoint = {
	.name = "test",
	.subjects = subjects,
	.writes = writes,
	.replies = twiml_replies,
};

static const struct endpoint *const all[] = {&endpoint, NULL};

/* A request as Twilio sends it; the rows below say what is different. */
static const char *const usual[] = {
	"REQUEST_METHOD=POST",
	"REQUEST_URI=/hooks/test?campaignId=hidden-query",
	"QUERY_STRING=campaignId=hidden-query",
	"CONTENT_TYPE=application/x-www-form-urlencoded; charset=UTF-8",
	"HTTP_HOST=example.com",
	"HTTPS=on",
	"HTTP_I_TWILIO_IDEMPOTENCY_TOKEN=hidden-idempotency",
	"TWILIO_ACCOUNT_SID=" ACCOUNT,
	"TWILIO_AUTH_TOKEN=" TOKEN,
	"HOOKSWITCH_DATABASE=host=/nonexistent user=u password=hidden-password",
};

#define USUAL_BODY                                                             \
	"MessageSid=SM1&AccountSid=" ACCOUNT                                   \
	"&From=%2B14158675309&Body=hidden-body"

#define CHANGES 5
#define VARIABLES (N_OF(usual) + CHANGES + 3)

enum signing {
	SIGNED,   /* by our token */
	FORGED,   /* by another */
	UNSIGNED, /* not at all */
};

struct expectation {
	int line;
	const char *changes[CHANGES]; /* "NAME=value", or "NAME": without it */
	const char *body;             /* NULL: the usual one */
	enum signing signing;
	int status;
	const char *logged;
};

/* A request put together from a row. */
struct sent {
	const char *variables[VARIABLES];
	size_t n;
	char length[64];
	char signature[64];
	struct request *request;
	struct buf output;
	struct buf log;
};

static size_t
name_len(const char *variable)
{
	return strcspn(variable, "=");
}

static const char *
value_of(const struct sent *sent, const char *name)
{
	for (size_t i = 0; i < sent->n; i++) {
		size_t len = name_len(sent->variables[i]);

		if (strlen(name) == len &&
			memcmp(sent->variables[i], name, len) == 0)
			return sent->variables[i] + len + 1;
	}
	return NULL;
}

static bool
is_changed(const struct expectation *row, const char *variable)
{
	size_t len = name_len(variable);

	for (size_t i = 0; i < CHANGES && row->changes[i] != NULL; i++)
		if (name_len(row->changes[i]) == len &&
			memcmp(row->changes[i], variable, len) == 0)
			return true;
	return false;
}

static void
add(struct sent *sent, const struct expectation *row, const char *variable)
{
	if (row != NULL && is_changed(row, variable))
		return;
	assert_true(sent->n < VARIABLES - 1);
	sent->variables[sent->n++] = variable;
}

/* Signs what the row sends, as Twilio would for our origin. */
static void
sign(struct sent *sent, const struct expectation *row, const char *body)
{
	const char *type = value_of(sent, "CONTENT_TYPE");
	const char *method = value_of(sent, "REQUEST_METHOD");
	const char *uri = value_of(sent, "REQUEST_URI");
	char text[DIGEST_SIGNATURE_SIZE];
	char *copy = strdup(body);
	char *url = malloc(LIMIT_TARGET * 2);
	struct form form;
	bool has_form = type != NULL && method != NULL &&
			strncmp(type, "application/x-www", 17) == 0 &&
			strcmp(method, "POST") == 0;

	assert_non_null(copy);
	assert_non_null(url);
	(void)snprintf(
		url, LIMIT_TARGET * 2, "%s%s", ORIGIN, uri != NULL ? uri : "/");
	form_init(&form);
	/* A form that does not parse has no signature that counts. */
	if (has_form && form_parse(&form, copy, strlen(copy), NULL) != ERR_OK)
		form.n = 0;
	assert_int_equal(
		signature_sign(row->signing == SIGNED ? TOKEN : "another-token",
			url, &form, form.n, text),
		ERR_OK);
	(void)snprintf(sent->signature, sizeof sent->signature,
		"HTTP_X_TWILIO_SIGNATURE=%s", text);
	form_free(&form);
	free(url);
	free(copy);
}

static void
send_row(struct sent *sent, const struct expectation *row, struct store *store)
{
	struct service service = {.endpoint = &endpoint,
		.endpoints = all,
		.is_replaying = ATOMIC_FLAG_INIT};
	const char *body = row->body != NULL ? row->body : USUAL_BODY;
	const struct request_memory memory = {
		.variables = sent->variables,
		.body = body,
		.body_len = strlen(body),
		.output = &sent->output,
		.log = &sent->log,
	};

	memset(sent, 0, sizeof *sent);
	buf_init(&sent->output, LIMIT_TWIML + 1024);
	buf_init(&sent->log, 100000);
	for (size_t i = 0; i < N_OF(usual); i++)
		add(sent, row, usual[i]);
	for (size_t i = 0; i < CHANGES && row->changes[i] != NULL; i++)
		if (strchr(row->changes[i], '=') != NULL)
			add(sent, NULL, row->changes[i]);
	(void)snprintf(sent->length, sizeof sent->length, "CONTENT_LENGTH=%zu",
		strlen(body));
	add(sent, row, sent->length);
	if (row->signing != UNSIGNED) {
		sign(sent, row, body);
		add(sent, row, sent->signature);
	}
	assert_int_equal(request_open_memory(&sent->request, &memory), ERR_OK);
	assert_int_equal(request_next(sent->request), REQUEST_READY);
	service.store = store;
	endpoint_serve(&service, sent->request);
}

static void
end(struct sent *sent)
{
	request_close(sent->request);
	buf_free(&sent->output);
	buf_free(&sent->log);
}

static size_t
count_lines(const struct buf *lines)
{
	size_t n = 0;

	for (const char *c = buf_text(lines); *c != '\0'; c++)
		n += *c == '\n';
	return n;
}

/* An answer without a body, and its status. */
static void
check_answer(int line, const struct sent *sent, int status)
{
	const char *output = buf_text(&sent->output);
	char want[32];

	(void)snprintf(want, sizeof want, "Status: %d ", status);
	CHECK_HOLDS(line, output, want);
	CHECK(line, strncmp(output, want, strlen(want)) == 0);
	CHECK_HOLDS(line, output, "\r\nContent-Length: 0\r\n");
	CHECK_LACKS(line, output, "Content-Type");
	CHECK_NUMBER(line, strstr(output, "\r\nAllow: GET, POST\r\n") != NULL,
		status == 405);
	CHECK_TEXT(line, strstr(output, "\r\n\r\n"), "\r\n\r\n");
	CHECK_LACKS(line, output, HIDDEN);
}

static void
check_row(const struct expectation *row, struct store *store)
{
	struct sent sent;
	char start[64];

	send_row(&sent, row, store);
	check_answer(row->line, &sent, row->status);
	(void)snprintf(start, sizeof start,
		"hookswitch-test: %d, not stored: ", row->status);
	CHECK_HOLDS(row->line, buf_text(&sent.log), start);
	CHECK(row->line,
		strncmp(buf_text(&sent.log), start, strlen(start)) == 0);
	CHECK_HOLDS(row->line, buf_text(&sent.log), row->logged);
	CHECK_NUMBER(row->line, count_lines(&sent.log), 1);
	CHECK_LACKS(row->line, buf_text(&sent.log), HIDDEN);
	CHECK_LACKS(row->line, buf_text(&sent.log), "campaignId");
	CHECK_NUMBER(row->line,
		strstr(buf_text(&sent.log), "HOOKSWITCH_LOG = debug") != NULL,
		row->status == 403);
	end(&sent);
}

#define QUERY(text) "QUERY_STRING=" text, "REQUEST_URI=/hooks/test?" text
#define JSON "CONTENT_TYPE=application/json"

/* SHA-256 of "{}" */
#define BRACES                                                                 \
	"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

/* line, changes, body, signing, status, what the log says */
/* clang-format off */
static const struct expectation refusals[] = {
	/* Method and type. */
	{__LINE__, {"REQUEST_METHOD=PUT"}, NULL, SIGNED, 405, "\"PUT\""},
	{__LINE__, {"REQUEST_METHOD=HEAD"}, NULL, SIGNED, 405, "\"HEAD\""},
	{__LINE__, {"REQUEST_METHOD=post"}, NULL, SIGNED, 405, "\"post\""},
	{__LINE__, {"REQUEST_METHOD="}, NULL, SIGNED, 405, "GET nor POST"},
	{__LINE__, {"REQUEST_METHOD"}, NULL, SIGNED, 405, "GET nor POST"},
	{__LINE__, {"REQUEST_METHOD=PO\nST"}, NULL, SIGNED, 405, "PO\\x0AST"},
	{__LINE__, {"CONTENT_TYPE=text/plain"}, NULL, SIGNED, 415, "type"},
	{__LINE__, {"CONTENT_TYPE=multipart/form-data; boundary=x"}, NULL,
		SIGNED, 415, "type"},
	{__LINE__, {"CONTENT_TYPE=application/x-www-form-urlencodedx"}, NULL,
		SIGNED, 415, "type"},
	{__LINE__, {"CONTENT_TYPE=application/jsonp"}, "{}", SIGNED, 415,
		"type"},
	{__LINE__, {"CONTENT_TYPE="}, NULL, SIGNED, 415, "type"},
	{__LINE__, {"CONTENT_TYPE"}, NULL, SIGNED, 415, "type"},

	/* The body, before anything is read out of it. */
	{__LINE__, {"CONTENT_LENGTH=1000"}, NULL, SIGNED, 400, "of the 1000"},
	{__LINE__, {"CONTENT_LENGTH=x"}, NULL, SIGNED, 400, "CONTENT_LENGTH"},
	{__LINE__, {"CONTENT_LENGTH=-1"}, NULL, SIGNED, 400, "CONTENT_LENGTH"},
	{__LINE__, {"CONTENT_LENGTH=262145"}, NULL, SIGNED, 413, "262144"},
	{__LINE__, {NULL}, "Body=%zz", SIGNED, 400, "form"},
	{__LINE__, {NULL}, "Body=100%", SIGNED, 400, "form"},
	{__LINE__, {QUERY("a=%")}, NULL, SIGNED, 400, "form"},

	/* JSON. */
	{__LINE__, {JSON}, "{}", SIGNED, 400, "bodySHA256"},
	{__LINE__, {JSON, QUERY("bodySHA256=" BRACES)}, "{ }", SIGNED, 400,
		"bodySHA256"},
	{__LINE__, {JSON, QUERY("bodySHA256=" BRACES "&bodySHA256=0")}, "{}",
		SIGNED, 400, "bodySHA256"},
	{__LINE__, {JSON, QUERY("bodySHA256=" BRACES)}, "{}", FORGED, 403,
		"signature"},

	/* Who signed. */
	{__LINE__, {NULL}, NULL, UNSIGNED, 403, "X-Twilio-Signature"},
	{__LINE__, {NULL}, NULL, FORGED, 403, "signature"},
	{__LINE__, {"HTTP_X_TWILIO_SIGNATURE="}, NULL, SIGNED, 403,
		"X-Twilio-Signature"},
	{__LINE__, {"HTTP_X_TWILIO_SIGNATURE=hidden"}, NULL, SIGNED, 403,
		"X-Twilio-Signature"},
	{__LINE__, {"HTTP_X_TWILIO_SIGNATURE=hiddenhiddenhiddenhiddenABC="},
		NULL, SIGNED, 403, "signature"},
	{__LINE__, {"HTTP_HOST=example.org"}, NULL, SIGNED, 403, "signature"},
	{__LINE__, {"HTTPS"}, NULL, SIGNED, 403, "signature"},
	{__LINE__, {"HTTPS=off"}, NULL, SIGNED, 403, "signature"},
	{__LINE__, {"HOOKSWITCH_PUBLIC_URL=https://example.org"}, NULL, SIGNED,
		403, "signature"},
	{__LINE__, {"TWILIO_AUTH_TOKEN=hidden-other"}, NULL, SIGNED, 403,
		"signature"},
	{__LINE__, {"REQUEST_METHOD=GET"}, NULL, FORGED, 403, "signature"},
	{__LINE__, {"REQUEST_METHOD=GET"}, NULL, UNSIGNED, 403,
		"X-Twilio-Signature"},
	{__LINE__, {NULL}, "AccountSid=AC2&Body=hidden", SIGNED, 403,
		"\"AC2\""},
	{__LINE__, {NULL}, "AccountSid=AC%0A2", SIGNED, 403, "AC\\x0A2"},
	{__LINE__, {NULL}, "AccountSid=%FF", SIGNED, 403, "\\xFF"},

	/* A header is not a setting. */
	{__LINE__, {"HTTP_TWILIO_AUTH_TOKEN=another-token"}, NULL, FORGED, 403,
		"signature"},

	/* Settings. */
	{__LINE__, {"HOOKSWITCH_DATABASE"}, NULL, SIGNED, 500,
		"HOOKSWITCH_DATABASE"},
	{__LINE__, {"HOOKSWITCH_DATABASE="}, NULL, SIGNED, 500,
		"HOOKSWITCH_DATABASE"},
	{__LINE__, {"TWILIO_ACCOUNT_SID"}, NULL, SIGNED, 500,
		"TWILIO_ACCOUNT_SID"},
	{__LINE__, {"TWILIO_AUTH_TOKEN"}, NULL, SIGNED, 500,
		"TWILIO_AUTH_TOKEN"},
	{__LINE__,
		{"TWILIO_AUTH_TOKEN=hidden1 hidden2 hidden3 hidden4 "
		 "hidden5"},
		NULL, SIGNED, 500, "TWILIO_AUTH_TOKEN"},
	{__LINE__, {"TWILIO_ACCOUNT_SID", "HOOKSWITCH_ACCOUNTS=/nonexistent"},
		NULL, SIGNED, 500, "/nonexistent"},
	{__LINE__, {"HOOKSWITCH_CONFIG=/nonexistent"}, NULL, SIGNED, 500,
		"/nonexistent"},
	{__LINE__, {"HOOKSWITCH_CONFIG=hidden"}, NULL, SIGNED, 500,
		"HOOKSWITCH_CONFIG"},
	{__LINE__, {"HOOKSWITCH_LOG=hidden"}, NULL, SIGNED, 500,
		"HOOKSWITCH_LOG"},
	{__LINE__, {"HOOKSWITCH_PREPARE=hidden"}, NULL, SIGNED, 500,
		"HOOKSWITCH_PREPARE"},
	{__LINE__, {"HOOKSWITCH_PUBLIC_URL=hidden"}, NULL, SIGNED, 500,
		"HOOKSWITCH_PUBLIC_URL"},
	{__LINE__, {"HOOKSWITCH_PUBLIC_URL=https://example.com/?hidden"}, NULL,
		SIGNED, 500, "HOOKSWITCH_PUBLIC_URL"},

	/* A server that does not say what was asked for. */
	{__LINE__, {"HTTP_HOST"}, NULL, SIGNED, 400, "HOOKSWITCH_PUBLIC_URL"},
	{__LINE__, {"HTTP_HOST="}, NULL, SIGNED, 400, "HOOKSWITCH_PUBLIC_URL"},
	{__LINE__, {"HTTP_HOST=a\nhidden"}, NULL, SIGNED, 400,
		"HOOKSWITCH_PUBLIC_URL"},
	{__LINE__, {"HTTP_HOST=u:hidden@example.com"}, NULL, SIGNED, 400,
		"HOOKSWITCH_PUBLIC_URL"},
	{__LINE__, {"REQUEST_URI"}, NULL, SIGNED, 400, "REQUEST_URI"},
};
/* clang-format on */

/* Without a store: whoever asked it for anything would not come back. */
static void
test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(refusals); i++)
		check_row(&refusals[i], NULL);
}

static void
test_large(void **state)
{
	static char body[LIMIT_BODY + 2], uri[LIMIT_TARGET + 64];
	static char query[LIMIT_TARGET + 64], pairs[4 * LIMIT_PARAMETERS];
	const struct expectation rows[] = {
		{__LINE__, {"CONTENT_LENGTH"}, body,  UNSIGNED, 413, "262144"},
		{__LINE__, {NULL},             body,  UNSIGNED, 413, "262144"},
		{__LINE__, {uri, query},       NULL,  UNSIGNED, 413, "16384" },
		{__LINE__, {NULL},             pairs, UNSIGNED, 400, "1000"  },
	};

	(void)state;
	sample_fill(body, sizeof body, 'x');
	sample_fill(query, sizeof query, 'x');
	memcpy(query, "QUERY_STRING=", 13);
	sample_fill(uri, sizeof uri, 'x');
	memcpy(uri, "REQUEST_URI=/?", 14);
	for (size_t i = 0; i <= LIMIT_PARAMETERS; i++)
		memcpy(pairs + 2 * i, "a&", 3);
	for (size_t i = 0; i < N_OF(rows); i++)
		check_row(&rows[i], NULL);
}

/* Signed requests that only the database keeps from being stored. */
/* clang-format off */
static const struct expectation stored[] = {
	{__LINE__, {NULL}, NULL, SIGNED, 503, "could not connect"},
	{__LINE__, {"HOOKSWITCH_PREPARE=off"}, NULL, SIGNED, 503,
		"could not connect"},
	{__LINE__, {"REQUEST_METHOD=GET"}, "", SIGNED, 503,
		"could not connect"},
	{__LINE__,
		{"REQUEST_METHOD=GET",
			QUERY("MessageSid=SM1&AccountSid=" ACCOUNT)},
		"", SIGNED, 503, "could not connect"},
	{__LINE__,
		{"REQUEST_METHOD=GET", "QUERY_STRING",
			"REQUEST_URI=/hooks/test"},
		"", SIGNED, 503, "could not connect"},
	{__LINE__, {"CONTENT_LENGTH"}, NULL, SIGNED, 503, "could not connect"},
	{__LINE__, {"CONTENT_TYPE=application/x-www-form-urlencoded"}, NULL,
		SIGNED, 503, "could not connect"},
	{__LINE__, {JSON, QUERY("bodySHA256=" BRACES)}, "{}", SIGNED, 503,
		"could not connect"},
	{__LINE__,
		{"CONTENT_TYPE=APPLICATION/JSON;charset=utf-8",
			QUERY("bodySHA256=" BRACES)},
		"{}", SIGNED, 503, "could not connect"},

	/* Without AccountSid it is our own account's. */
	{__LINE__, {NULL}, "MessageSid=SM1", SIGNED, 503, "could not connect"},
	{__LINE__, {NULL}, "", SIGNED, 503, "could not connect"},

	/* Whatever it holds. */
	{__LINE__, {NULL}, "MessageSid=SM%00%FF&Body=%00%C3", SIGNED, 503,
		"could not connect"},
	{__LINE__, {NULL}, "event_key=hidden&account_sid=hidden", SIGNED, 503,
		"could not connect"},

	/* What the server made of the query was not signed. */
	{__LINE__, {"QUERY_STRING=AccountSid=hidden&a=%"}, "MessageSid=SM1",
		SIGNED, 503, "could not connect"},

	/* The public URL, by each of the ways that there are. */
	{__LINE__, {"HTTPS", "REQUEST_SCHEME=https"}, NULL, SIGNED, 503,
		"could not connect"},
	{__LINE__, {"HTTPS=ON"}, NULL, SIGNED, 503, "could not connect"},
	{__LINE__,
		{"HTTPS", "HTTP_HOST=10.0.0.1:8080",
			"HOOKSWITCH_PUBLIC_URL=https://example.com"},
		NULL, SIGNED, 503, "could not connect"},
	{__LINE__,
		{"REDIRECT_HOOKSWITCH_PUBLIC_URL=https://example.com",
			"HTTP_HOST"},
		NULL, SIGNED, 503, "could not connect"},
	{__LINE__, {"TWILIO_AUTH_TOKEN=hidden-old " TOKEN}, NULL, SIGNED, 503,
		"could not connect"},

	/* A connection string that is none may hold a password. */
	{__LINE__, {"HOOKSWITCH_DATABASE=hidden=x"}, NULL, SIGNED, 500,
		"HOOKSWITCH_DATABASE"},
	{__LINE__, {"HOOKSWITCH_DATABASE=postgresql://u:hidden@[x/db"}, NULL,
		SIGNED, 500, "HOOKSWITCH_DATABASE"},
	{__LINE__, {"HOOKSWITCH_DATABASE=host=/nonexistent password='hidden"},
		NULL, SIGNED, 500, "HOOKSWITCH_DATABASE"},
};
/* clang-format on */

static void
test_unreachable(void **state)
{
	struct store *store;

	(void)state;
	assert_int_equal(store_new(&store, "test", STORE_MILLISECONDS), ERR_OK);
	for (size_t i = 0; i < N_OF(stored); i++)
		check_row(&stored[i], store);
	store_free(store);
}

/* Serves one request with the given body and signature; must refuse it. */
static void
check_refused(const char *body, const char *signature)
{
	const struct expectation row = {
		__LINE__, {signature}, body, UNSIGNED, 403, ""};
	struct sent sent;

	send_row(&sent, &row, NULL);
	/* 400 where it is no form any more, 403 otherwise. */
	if (strstr(buf_text(&sent.output), "Status: 403 ") == NULL)
		CHECK_HOLDS(__LINE__, buf_text(&sent.output), "Status: 400 ");
	CHECK_NUMBER(__LINE__, count_lines(&sent.log), 1);
	end(&sent);
}

/* Any bit of a signed body or of its signature makes it another request. */
static void
test_flipped_bits(void **state)
{
	static const char body[] =
		"MessageSid=SM1&From=14158675309&Body=Hi+you";
	const struct expectation row = {__LINE__, {NULL}, body, SIGNED, 0, ""};
	char changed[sizeof body], signature[64];
	size_t start = strlen("HTTP_X_TWILIO_SIGNATURE=");
	struct store *store;
	struct sent sent;

	(void)state;
	assert_int_equal(store_new(&store, "test", STORE_MILLISECONDS), ERR_OK);
	send_row(&sent, &row, store);
	check_answer(__LINE__, &sent, 503); /* as it is, it is let through */
	(void)snprintf(signature, sizeof signature, "%s", sent.signature);
	end(&sent);
	store_free(store);

	for (size_t bit = 0; bit < 8 * (sizeof body - 1); bit++) {
		memcpy(changed, body, sizeof body);
		changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
		if (strlen(changed) == sizeof body - 1)
			check_refused(changed, signature);
	}
	for (size_t bit = 8 * start; bit < 8 * strlen(signature); bit++) {
		char *byte = &signature[bit / 8];

		*byte = (char)(*byte ^ (1 << bit % 8));
		check_refused(body, signature);
		*byte = (char)(*byte ^ (1 << bit % 8));
	}
	for (size_t cut = 0; cut < sizeof body - 1; cut++) {
		memcpy(changed, body, cut);
		changed[cut] = '\0';
		check_refused(changed, signature);
	}
}

#define DEBUG "HOOKSWITCH_LOG=debug"
#define PUBLIC(url) "HOOKSWITCH_PUBLIC_URL=" url

/* What debug tells: the URLs that were tried, and still no secret. */
/* clang-format off */
static const struct expectation debugged[] = {
	{__LINE__, {DEBUG}, NULL, FORGED, 403,
		"tried URL https://example.com/hooks/test?(query)\n"},
	{__LINE__, {DEBUG}, NULL, FORGED, 403,
		"tried URL https://example.com:443/hooks/test?(query)\n"},
	{__LINE__, {DEBUG}, NULL, UNSIGNED, 403, "X-Twilio-Signature"},
	{__LINE__, {DEBUG, "REQUEST_URI=/hooks/test", "QUERY_STRING="}, NULL,
		FORGED, 403, "tried URL https://example.com/hooks/test\n"},
	{__LINE__, {DEBUG, "REQUEST_URI=/a\nb"}, NULL, FORGED, 403,
		"tried URL https://example.com/a\\x0Ab\n"},
	{__LINE__, {DEBUG, PUBLIC("https://u:hidden@example.com/p")}, NULL,
		FORGED, 403, "(user and password)@example.com/p/hooks/test"},
	{__LINE__, {DEBUG, "HTTP_HOST=u:hidden@example.com"}, NULL, FORGED, 400,
		"HOOKSWITCH_PUBLIC_URL"},
	{__LINE__,
		{DEBUG, "REQUEST_URI=http://u:hidden@example.com/x?a=hidden"},
		NULL, FORGED, 403, "tried URL https://example.com/x?(query)\n"},
	{__LINE__, {DEBUG, "TWILIO_AUTH_TOKEN=hidden-old hidden-new"}, NULL,
		FORGED, 403, "tried URL"},
	{__LINE__, {DEBUG}, "AccountSid=AC2&Body=hidden", FORGED, 403,
		"\"AC2\""},
	{__LINE__, {DEBUG, "REQUEST_METHOD=PUT"}, NULL, FORGED, 405, "PUT"},
	{__LINE__, {DEBUG}, NULL, SIGNED, 503, "signed by token 1"},
	{__LINE__, {DEBUG, "TWILIO_AUTH_TOKEN=hidden-old " TOKEN}, NULL, SIGNED,
		503, "signed by token 2"},
};
/* clang-format on */

static void
check_debug(const struct expectation *row, struct store *store)
{
	struct sent sent;

	send_row(&sent, row, store);
	check_answer(row->line, &sent, row->status);
	CHECK_HOLDS(row->line, buf_text(&sent.log), row->logged);
	CHECK_LACKS(row->line, buf_text(&sent.log), HIDDEN);
	CHECK_LACKS(row->line, buf_text(&sent.log), "campaignId=");
	end(&sent);
}

static void
test_debug(void **state)
{
	struct store *store;

	(void)state;
	assert_int_equal(store_new(&store, "test", STORE_MILLISECONDS), ERR_OK);
	for (size_t i = 0; i < N_OF(debugged); i++)
		check_debug(&debugged[i], store);
	store_free(store);
}

/* The last "@" before the path ends the password. */
static void
test_debug_password(void **state)
{
	static const struct expectation row = {
		__LINE__, {DEBUG, PUBLIC("https://u:p@hidden@example.com")},
		NULL, FORGED, 403,
		"(user and password)@example.com/hooks/test"
        };

	(void)state;
	check_debug(&row, NULL);
}

/* An "@" in the path does not. */
static void
test_debug_prefix(void **state)
{
	static const struct expectation row = {
		__LINE__, {DEBUG, PUBLIC("https://example.com/a@b")},
                 NULL,
		FORGED, 403, "tried URL https://example.com/a@b/hooks/test"
        };

	(void)state;
	check_debug(&row, NULL);
}

/* A refusal is an error, which no level leaves out. */
static void
test_quiet(void **state)
{
	/* clang-format off */
	static const struct expectation rows[] = {
		{__LINE__, {"HOOKSWITCH_LOG=error"}, NULL, FORGED, 403,
			"signature"},
		{__LINE__, {"HOOKSWITCH_LOG=error", "REQUEST_METHOD=PUT"}, NULL,
			FORGED, 405, "PUT"},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		check_row(&rows[i], NULL);
}

/* The settings of the process itself do not count here. */
static int
setup(void **state)
{
	(void)state;
	for (int i = 0; i < SETTING__MAX; i++)
		if (unsetenv(settings_name((enum setting)i)) != 0)
			return -1;
	return unsetenv("HOOKSWITCH_CONFIG");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_debug),
		cmocka_unit_test(test_debug_password),
		cmocka_unit_test(test_debug_prefix),
		cmocka_unit_test(test_quiet),
	};

	return cmocka_run_group_tests_name("endpoint", tests, setup, NULL);
}
