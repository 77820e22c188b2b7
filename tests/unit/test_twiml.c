/*
 * TwiML answers: the owner's documents filled in, and nothing that a sender
 * writes ever becomes markup.
 */
#include "config.h"

#include "twiml.h"

#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "limit.h"
#include "sample.h"
#include "scratch.h"

#define RESPONSE(inner) TWIML_HEAD "<Response>" inner "</Response>\n"
#define SAY(text) RESPONSE("<Say>" text "</Say>")

/* line, form, document, what comes out */
/* clang-format off */
static const struct {
	int line;
	const char *form;
	const char *document;
	const char *want;
} fills[] = {
	/* Nothing to fill in: the document, with its declaration made ours. */
	{__LINE__, "", "<Response/>", TWIML_EMPTY},
	{__LINE__, "", "<Response></Response>", TWIML_EMPTY},
	{__LINE__, "", TWIML_EMPTY, TWIML_EMPTY},
	{__LINE__, "", "<?xml version='1.0'?>\n\n<Response/>\n\n", TWIML_EMPTY},
	{__LINE__, "", "\xEF\xBB\xBF<Response/>", TWIML_EMPTY},
	{__LINE__, "", "<Response><Say>Hi</Say></Response>", SAY("Hi")},
	{__LINE__, "", "<Response>\n\t<Say>Hi</Say>\n</Response>",
		RESPONSE("\n\t<Say>Hi</Say>\n")},
	{__LINE__, "", "<Response><!-- {Body} --><Hangup/></Response>",
		RESPONSE("<!-- {Body} --><Hangup/>")},

	/* In text. */
	{__LINE__, "Body=Hi", "<Response><Say>{Body}</Say></Response>",
		SAY("Hi")},
	{__LINE__, "Body=Hi", "<Response><Say>a{Body}b</Say></Response>",
		SAY("aHib")},
	{__LINE__, "Body=Hi&From=%2B1",
		"<Response><Say>{From}{Body}, {Body}</Say></Response>",
		SAY("+1Hi, Hi")},
	{__LINE__, "Body=Hi", "<Response>{Body}</Response>", RESPONSE("Hi")},
	{__LINE__, "Body=Hi",
		"<Response><Say>a<Pause/>{Body}</Say>{Body}</Response>",
		RESPONSE("<Say>a<Pause/>Hi</Say>Hi")},
	{__LINE__, "Body=Hi",
		"<Response><A><B><C>{Body}</C></B></A></Response>",
		RESPONSE("<A><B><C>Hi</C></B></A>")},
	{__LINE__, "Body=S%C3%A3o", "<Response><Say>{Body}</Say></Response>",
		SAY("S\xC3\xA3o")},
	{__LINE__, "Body=%F0%9F%98%80",
		"<Response><Say>{Body}</Say></Response>",
		SAY("\xF0\x9F\x98\x80")},
	{__LINE__, "Body=1&Body=2", "<Response><Say>{Body}</Say></Response>",
		SAY("1")},

	/* In attributes. */
	{__LINE__, "To=%2B1", "<Response><Dial callerId=\"{To}\"/></Response>",
		RESPONSE("<Dial callerId=\"+1\"/>")},
	{__LINE__, "To=%2B1&Body=Hi",
		"<Response><A b=\"x{To}y\" c='{Body}'>{Body}</A></Response>",
		RESPONSE("<A b=\"x+1y\" c=\"Hi\">Hi</A>")},
	{__LINE__, "Body=Hi", "<Response a=\"{Body}\"/>",
		TWIML_HEAD "<Response a=\"Hi\"/>\n"},
	{__LINE__, "a=1", "<Response><R>/x?a={a}&amp;b={b}</R></Response>",
		RESPONSE("<R>/x?a=1&amp;b=</R>")},

	/* What the request does not have is nothing. */
	{__LINE__, "", "<Response><Say>a{Body}b</Say></Response>", SAY("ab")},
	{__LINE__, "Body=", "<Response><Say>a{Body}b</Say></Response>",
		SAY("ab")},
	{__LINE__, "", "<Response><A b=\"{Body}\"/></Response>",
		RESPONSE("<A b=\"\"/>")},
	{__LINE__, "body=Hi", "<Response><Say>a{Body}b</Say></Response>",
		SAY("ab")},

	/* Names that Twilio makes, and braces that are none. */
	{__LINE__, "SipHeader_X-Id=7&a.b=8&MediaUrl0=9",
		"<Response><Say>{SipHeader_X-Id}{a.b}{MediaUrl0}</Say>"
		"</Response>",
		SAY("789")},
	{__LINE__, "Body=Hi",
		"<Response><Say>{ Body} {Body } {} { {0} {a</Say></Response>",
		SAY("{ Body} {Body } {} { {0} {a")},
	{__LINE__, "Body=Hi", "<Response><Say>{{Body}}</Say></Response>",
		SAY("{Hi}")},
	{__LINE__, "Body=Hi", "<Response><Say>}{Body}{</Say></Response>",
		SAY("}Hi{")},
	{__LINE__, "Body=Hi", "<Response><Say>{Bo{Body}</Say></Response>",
		SAY("{BoHi")},
	{__LINE__, "Body=Hi", "<Response><Say>{Body,From}</Say></Response>",
		SAY("{Body,From}")},

	/* Sender's text with markup. */
	{__LINE__, "Body=%3CHangup/%3E",
		"<Response><Say>{Body}</Say></Response>",
		SAY("&lt;Hangup/&gt;")},
	{__LINE__, "Body=%3C/Say%3E%3CDial%3E900%3C/Dial%3E",
		"<Response><Say>{Body}</Say></Response>",
		SAY("&lt;/Say&gt;&lt;Dial&gt;900&lt;/Dial&gt;")},
	{__LINE__, "Body=%26lt%3B%26%2360%3B%26x%3B%26",
		"<Response><Say>{Body}</Say></Response>",
		SAY("&amp;lt;&amp;#60;&amp;x;&amp;")},
	{__LINE__, "Body=%5D%5D%3E%3CHangup/%3E",
		"<Response><Say>{Body}</Say></Response>",
		SAY("]]&gt;&lt;Hangup/&gt;")},
	{__LINE__, "Body=%5D%5D%3E%3CHangup/%3E",
		"<Response><Say><![CDATA[<{Body}>]]></Say></Response>",
		SAY("&lt;]]&gt;&lt;Hangup/&gt;&gt;")},
	{__LINE__, "Body=%3C!--", "<Response><Say>{Body}</Say></Response>",
		SAY("&lt;!--")},
	{__LINE__, "Body=%3C!DOCTYPE+a%3E%3C?a?%3E",
		"<Response><Say>{Body}</Say></Response>",
		SAY("&lt;!DOCTYPE a&gt;&lt;?a?&gt;")},
	{__LINE__, "To=%22+action=%22x%26y%3C",
		"<Response><Dial callerId=\"{To}\"/></Response>",
		RESPONSE("<Dial callerId=\"&quot; "
			 "action=&quot;x&amp;y&lt;\"/>")},
	{__LINE__, "To='+a='b", "<Response><Dial callerId='{To}'/></Response>",
		RESPONSE("<Dial callerId=\"' a='b\"/>")},
	{__LINE__, "To=a%0Ab%09c", "<Response><A b=\"{To}\"/></Response>",
		RESPONSE("<A b=\"a&#10;b&#9;c\"/>")},
	{__LINE__, "Body=a%0D%0Ab", "<Response><Say>{Body}</Say></Response>",
		SAY("a&#13;\nb")},

	/* Put in once: braces in a value stay. */
	{__LINE__, "Body={From}&From=secret",
		"<Response><Say>{Body}</Say></Response>", SAY("{From}")},
	{__LINE__, "Body={Body}", "<Response><Say>{Body}</Say></Response>",
		SAY("{Body}")},
	{__LINE__, "a={&From=Body}",
		"<Response><Say>{a}{From}</Say></Response>", SAY("{Body}")},

	/* Bytes that XML cannot hold are left out. */
	{__LINE__, "Body=a%00b", "<Response><Say>{Body}</Say></Response>",
		SAY("ab")},
	{__LINE__, "Body=a%01%08%0B%0C%0E%1Fb",
		"<Response><Say>{Body}</Say></Response>", SAY("ab")},
	{__LINE__, "Body=a%FFb%C3", "<Response><Say>{Body}</Say></Response>",
		SAY("ab")},
	{__LINE__, "Body=a%EF%BF%BEb%EF%BF%BFc",
		"<Response><Say>{Body}</Say></Response>", SAY("abc")},
	{__LINE__, "Body=a%ED%A0%80b", "<Response><Say>{Body}</Say></Response>",
		SAY("ab")},
	{__LINE__, "Body=%EF%BF%BD", "<Response><Say>{Body}</Say></Response>",
		SAY("\xEF\xBF\xBD")},
	{__LINE__, "To=a%00%1Fb", "<Response><A b=\"{To}\"/></Response>",
		RESPONSE("<A b=\"ab\"/>")},

	/* Whatever the document's encoding was, ours is UTF-8. */
	{__LINE__, "Body=%C3%A9",
		"<?xml version='1.0' encoding='ISO-8859-1'?>"
		"<Response><Say>\xE3{Body}</Say></Response>",
		SAY("\xC3\xA3\xC3\xA9")},
	{__LINE__, "Body=%C3%A9",
		"<?xml version='1.0' encoding='ISO-8859-1'?>"
		"<Response><A b='\xE3{Body}'/></Response>",
		RESPONSE("<A b=\"\xC3\xA3\xC3\xA9\"/>")},

	/* Entities of the document itself. */
	{__LINE__, "Body=Hi",
		"<Response><Say>&lt;{Body}&gt; &amp; &#xE3;</Say></Response>",
		SAY("&lt;Hi&gt; &amp; \xC3\xA3")},
	{__LINE__, "Body=Hi",
		"<Response><A b=\"&amp;{Body}&quot;\"/></Response>",
		RESPONSE("<A b=\"&amp;Hi&quot;\"/>")},
};
/* clang-format on */

static void
test_fill(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(fills); i++) {
		struct reason reason = {""};
		struct sample sample;
		struct buf out;
		enum err err;

		sample_open(&sample, fills[i].form);
		buf_init(&out, LIMIT_TWIML);
		err = twiml_fill(&out, fills[i].document,
			strlen(fills[i].document), &sample.form, &reason);
		CHECK_TEXT(fills[i].line, reason.text, "");
		CHECK_NUMBER(fills[i].line, err, ERR_OK);
		CHECK_TEXT(fills[i].line, buf_text(&out), fills[i].want);
		buf_free(&out);
		sample_close(&sample);
	}
}

/* line, document, what the reason says */
/* clang-format off */
static const struct {
	int line;
	const char *document;
	const char *reason;
} refused[] = {
	{__LINE__, "", "well-formed"},
	{__LINE__, " ", "well-formed"},
	{__LINE__, "Hello", "well-formed"},
	{__LINE__, "<Response>", "well-formed"},
	{__LINE__, "<Response/><Response/>", "well-formed"},
	{__LINE__, "<Response>&nbsp;</Response>", "well-formed"},
	{__LINE__, "<Response>a & b</Response>", "well-formed"},
	{__LINE__, "<Response a=1/>", "well-formed"},
	{__LINE__, "<Response a=\"1\" a=\"2\"/>", "well-formed"},
	{__LINE__, "<Response>\xFF</Response>", "well-formed"},
	{__LINE__, "<Response>\x01</Response>", "well-formed"},
	{__LINE__, "<Response>\n<Say>\n</Response>", "line 3"},
	{__LINE__, "<response/>", "<Response>"},
	{__LINE__, "<Responses/>", "<Response>"},
	{__LINE__, "<html><Response/></html>", "<Response>"},
	{__LINE__, "<!DOCTYPE Response><Response/>", "DOCTYPE"},
	{__LINE__,
		"<!DOCTYPE Response SYSTEM \"file:///etc/passwd\">"
		"<Response/>",
		"DOCTYPE"},
	{__LINE__,
		"<!DOCTYPE Response [<!ENTITY a \"b\">]>"
		"<Response>&a;</Response>",
		"DOCTYPE"},
	{__LINE__,
		"<!DOCTYPE Response [<!ENTITY a SYSTEM "
		"\"file:///etc/passwd\">]><Response>&a;</Response>",
		"DOCTYPE"},
};
/* clang-format on */

static void
test_refused(void **state)
{
	struct sample sample;

	(void)state;
	sample_open(&sample, "Body=Hi");
	for (size_t i = 0; i < N_OF(refused); i++) {
		struct reason reason = {""};
		struct buf out;

		buf_init(&out, LIMIT_TWIML);
		assert_int_equal(buf_add_text(&out, "before"), ERR_OK);
		CHECK_NUMBER(refused[i].line,
			twiml_fill(&out, refused[i].document,
				strlen(refused[i].document), &sample.form,
				&reason),
			ERR_MALFORMED);
		CHECK_HOLDS(refused[i].line, reason.text, refused[i].reason);
		CHECK_LACKS(refused[i].line, reason.text, "\n");
		CHECK_TEXT(refused[i].line, buf_text(&out), "before");
		CHECK_NUMBER(refused[i].line, out.len, strlen("before"));
		buf_free(&out);
	}
	sample_close(&sample);
}

/* Only the bytes given count, whatever comes after them. */
static void
test_length(void **state)
{
	static const char document[] = "<Response/>trailing";
	struct sample sample;
	struct buf out;

	(void)state;
	sample_open(&sample, "");
	buf_init(&out, LIMIT_TWIML);
	assert_int_equal(twiml_fill(&out, document, strlen("<Response/>"),
				 &sample.form, NULL),
		ERR_OK);
	assert_string_equal(buf_text(&out), TWIML_EMPTY);
	buf_free(&out);
	sample_close(&sample);
}

/* Fits exactly, and one byte less does not; nothing is left half written. */
static void
test_ceiling(void **state)
{
	static const char document[] = "<Response><Say>{Body}</Say></Response>";
	static const char want[] = SAY("Hi");
	struct sample sample;

	(void)state;
	sample_open(&sample, "Body=Hi");
	for (size_t max = 0; max <= sizeof want; max++) {
		bool fits = max >= sizeof want - 1;
		struct buf out;

		buf_init(&out, max);
		assert_int_equal(twiml_fill(&out, document, sizeof document - 1,
					 &sample.form, NULL),
			fits ? ERR_OK : ERR_TOO_LARGE);
		assert_string_equal(buf_text(&out), fits ? want : "");
		assert_int_equal(out.len, fits ? sizeof want - 1 : 0);
		buf_free(&out);
	}
	sample_close(&sample);
}

/* A value that makes one text larger than TwiML may be. */
static void
test_grown(void **state)
{
	static const char document[] = "<Response><Say>{a}{a}</Say></Response>";
	static char form[LIMIT_TWIML];
	struct sample sample;
	struct buf out;

	(void)state;
	sample_fill(form, sizeof form, 'x');
	memcpy(form, "a=", 2);
	sample_open(&sample, form);
	buf_init(&out, LIMIT_TWIML);
	assert_int_equal(twiml_fill(&out, document, sizeof document - 1,
				 &sample.form, NULL),
		ERR_TOO_LARGE);
	assert_int_equal(out.len, 0);
	buf_free(&out);
	sample_close(&sample);
}

/* What is logged, a line each. */
static void
write_line(void *context, const char *line)
{
	assert_int_equal(buf_add_text(context, line), ERR_OK);
	assert_int_equal(buf_add_text(context, "\n"), ERR_OK);
}

static size_t
count_lines(const struct buf *lines)
{
	size_t n = 0;

	for (const char *c = buf_text(lines); *c != '\0'; c++)
		n += *c == '\n';
	return n;
}

/* parameter, file, without such a file */
static const struct twiml_reply replies[] = {
	{"Digits", "digits.xml", RESPONSE("digits")},
	{"Speech", "speech.xml", RESPONSE("speech")},
	{NULL,     "any.xml",    RESPONSE("any")   },
};

/* Answers a form; lines gets the log at a level. */
static void
answer(struct buf *out, struct buf *lines, const char *directory,
	const char *form, enum log_level level)
{
	const struct log log = {"test", level, write_line, lines};
	struct sample sample;
	const char *given;

	buf_init(out, LIMIT_TWIML);
	buf_init(lines, 10000);
	sample_open(&sample, form);
	given = twiml_answer(out, twiml_choose(replies, &sample.form),
		directory, &sample.form, &log);
	if (given != buf_text(out))
		assert_int_equal(buf_add_text(out, given), ERR_OK);
	sample_close(&sample);
}

/* The first row whose parameter the request has. */
static void
test_rows(void **state)
{
	/* clang-format off */
	static const struct {
		int line;
		const char *form;
		const char *built_in;
		const char *from_file;
	} rows[] = {
		{__LINE__, "", RESPONSE("any"), RESPONSE("file any")},
		{__LINE__, "Body=Hi", RESPONSE("any"), RESPONSE("file anyHi")},
		{__LINE__, "Digits=1", RESPONSE("digits"),
			RESPONSE("file digits1")},
		{__LINE__, "Digits=", RESPONSE("digits"),
			RESPONSE("file digits")},
		{__LINE__, "Speech=yes&Digits=1", RESPONSE("digits"),
			RESPONSE("file digits1")},
		{__LINE__, "Speech=yes", RESPONSE("speech"),
			RESPONSE("speech")},
	};
	/* clang-format on */

	(void)scratch_write(
		*state, "any.xml", "<Response>file any{Body}</Response>", 0644);
	(void)scratch_write(*state, "digits.xml",
		"<Response>file digits{Digits}</Response>", 0644);
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct buf out, lines;

		answer(&out, &lines, NULL, rows[i].form, LOG_DEBUG);
		CHECK_TEXT(rows[i].line, buf_text(&out), rows[i].built_in);
		CHECK_TEXT(rows[i].line, buf_text(&lines), "");
		buf_free(&out);
		buf_free(&lines);
		answer(&out, &lines, *state, rows[i].form, LOG_INFO);
		CHECK_TEXT(rows[i].line, buf_text(&out), rows[i].from_file);
		CHECK_TEXT(rows[i].line, buf_text(&lines), "");
		buf_free(&out);
		buf_free(&lines);
	}
}

/* A file that is missing: silent but for debug. */
static void
test_missing_file(void **state)
{
	const char *const directories[] = {
		*state, scratch_path(*state, "none")};
	struct buf out, lines;

	for (size_t i = 0; i < N_OF(directories); i++) {
		answer(&out, &lines, directories[i], "", LOG_INFO);
		assert_string_equal(buf_text(&out), RESPONSE("any"));
		assert_string_equal(buf_text(&lines), "");
		buf_free(&out);
		buf_free(&lines);
		answer(&out, &lines, directories[i], "", LOG_DEBUG);
		assert_string_equal(buf_text(&out), RESPONSE("any"));
		assert_int_equal(count_lines(&lines), 1);
		CHECK_HOLDS(__LINE__, buf_text(&lines), "any.xml");
		buf_free(&out);
		buf_free(&lines);
	}
}

/* One error line that names the file, and the answer that is built in. */
static void
check_broken(int line, const char *directory)
{
	struct buf out, lines;

	answer(&out, &lines, directory, "Body=private", LOG_ERROR);
	CHECK_TEXT(line, buf_text(&out), RESPONSE("any"));
	CHECK_NUMBER(line, count_lines(&lines), 1);
	CHECK_HOLDS(line, buf_text(&lines), directory);
	CHECK_HOLDS(line, buf_text(&lines), "any.xml");
	CHECK_LACKS(line, buf_text(&lines), "private");
	buf_free(&out);
	buf_free(&lines);
}

static void
test_broken_file(void **state)
{
	static const char *const documents[] = {"", "<Response>", "<Reply/>",
		"<!DOCTYPE Response><Response/>",
		"<Response>{Body}<Say></Response>"};
	const char *path = scratch_path(*state, "any.xml");

	for (size_t i = 0; i < N_OF(documents); i++) {
		(void)scratch_write(*state, "any.xml", documents[i], 0644);
		check_broken(__LINE__, *state);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	check_broken(__LINE__, *state);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)alarm(20); /* a test that hangs is ended */
	check_broken(__LINE__, *state);
	(void)alarm(0);
}

/* A document as large as TwiML may be, and one byte more. */
static void
test_large_file(void **state)
{
	static char text[LIMIT_TWIML + 2];
	static const char end[] = "</Response>";
	size_t head = strlen(TWIML_HEAD "<Response>");
	size_t tail = sizeof end - 1;
	size_t most = LIMIT_TWIML - 1; /* a newline is added at the end */
	struct buf out, lines;

	sample_fill(text, sizeof text, 'x');
	memcpy(text, TWIML_HEAD "<Response>", head);
	memcpy(text + most - tail, end, sizeof end);
	(void)scratch_write(*state, "any.xml", text, 0644);
	answer(&out, &lines, *state, "", LOG_DEBUG);
	assert_string_equal(buf_text(&lines), "");
	assert_int_equal(out.len, LIMIT_TWIML);
	buf_free(&out);
	buf_free(&lines);

	sample_fill(text, sizeof text, 'x');
	memcpy(text, TWIML_HEAD "<Response>", head);
	memcpy(text + LIMIT_TWIML + 1 - tail, end, sizeof end);
	(void)scratch_write(*state, "any.xml", text, 0644);
	check_broken(__LINE__, *state);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_grown),
		TEST(test_rows),
		TEST(test_missing_file),
		TEST(test_broken_file),
		TEST(test_large_file),
	};

	return cmocka_run_group_tests_name("twiml", tests, NULL, NULL);
}
