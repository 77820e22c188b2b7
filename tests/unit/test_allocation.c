/*
 * Memory that runs out at every call to the allocator in turn, ours and the
 * libraries'.  A request still gets a whole answer, a 2xx one only if it is
 * kept on disk; what was taken is given back; and a replay loses nothing and
 * sets nothing aside for it.
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "endpoints.h"
#include "file.h"
#include "json.h"
#include "libpq.h"
#include "libxml.h"
#include "limit.h"
#include "replay.h"
#include "sample.h"
#include "scarce.h"
#include "scratch.h"
#include "settings.h"
#include "signature.h"
#include "spool_record.h"

/*
 * What the linker hands us (--wrap).
 */

int __wrap_fsync(int fd);
void __wrap_store_run_all(struct store *store,
	const struct store_database *where, struct store_job *jobs, size_t n);

/* No power will be cut here. */
int
__wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}

/*
 * A process's first request makes thousands of calls, most of them while
 * OpenSSL reads its error texts: one in so many is tried, unless
 * HOOKSWITCH_SCARCE_STEP says otherwise.
 */
#define FIRST_STEP 53

/* The calls that fail in one run. */
struct shortage {
	size_t first, n;
};

static const struct shortage plenty = {1, 0};

/* Fails, naming the row and the shortage. */
#define EXPECT(line, shortage, condition, shown)                               \
	do {                                                                   \
		if (!(condition))                                              \
			fail_msg("row of line %d, %zu calls failing from "     \
				 "call %zu: %s:\n%s\n",                        \
				(line), (shortage).n, (shortage).first,        \
				#condition, (shown));                          \
	} while (0)

/*
 * Each call alone, and each with all that follow: calls run, whose argument
 * has a shortage first in it, for every step-th of n calls.
 */
static void
each_shortage(
	size_t n, size_t step, void (*run)(void *, struct shortage), void *of)
{
	for (size_t first = 1; first <= n; first += step) {
		run(of, (struct shortage){first, 1});
		run(of, (struct shortage){first, SCARCE_FOR_GOOD});
	}
}

/* More are never open here. */
#define DESCRIPTORS 64

/* What a run must leave as it was. */
struct holdings {
	size_t n_blocks;
	size_t n_descriptors;
};

/* The last error of this thread, which libxml2 keeps. */
static void
forget_xml_error(void)
{
	void *library = dlopen(LIBXML_SONAME, RTLD_LAZY);
	void (*reset)(void);
	void *function;

	assert_non_null(library);
	function = dlsym(library, "xmlResetLastError");
	assert_non_null(function);
	memcpy(&reset, &function, sizeof reset);
	reset();
	assert_int_equal(dlclose(library), 0);
}

static size_t
count_descriptors(void)
{
	struct pollfd fds[DESCRIPTORS];
	size_t n = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		fds[fd] = (struct pollfd){.fd = fd};
	assert_true(poll(fds, DESCRIPTORS, 0) >= 0);
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		n += (fds[fd].revents & POLLNVAL) == 0;
	return n;
}

static struct holdings
take_stock(void)
{
	struct holdings now;

	forget_xml_error();
	OPENSSL_thread_stop(); /* its errors */
	now.n_blocks = scarce_blocks();
	now.n_descriptors = count_descriptors();
	return now;
}

static void
check_holdings(
	int line, struct shortage shortage, const struct holdings *before)
{
	const struct holdings after = take_stock();

	EXPECT(line, shortage, after.n_blocks == before->n_blocks,
		"blocks are left");
	EXPECT(line, shortage, after.n_descriptors == before->n_descriptors,
		"descriptors are left open");
}

/*
 * Requests
 */

#define ACCOUNT "AC11111111111111111111111111111111"
#define TOKEN "hidden-token"
#define ORIGIN "https://example.com"

static const char *const usual[] = {
	"REQUEST_METHOD=POST",
	"CONTENT_TYPE=application/x-www-form-urlencoded; charset=UTF-8",
	"HTTP_HOST=example.com",
	"HTTPS=on",
	"HTTP_I_TWILIO_IDEMPOTENCY_TOKEN=0a-1b",
	"DOCUMENT_ROOT=/usr",
};

#define CHANGES 2
#define VARIABLES (N_OF(usual) + CHANGES + 5)

enum signing { SIGNED, FORGED, UNSIGNED };

struct expectation {
	int line;
	const struct endpoint *endpoint;
	const char *query; /* of the URL */
	const char *body;  /* NULL: a GET */
	enum signing signing;
	const char *changes[CHANGES]; /* "NAME=value" */
	int status;
	const char *answer;   /* "" without a document */
	const char *built_in; /* where there is no memory for that */
};

/* A row's request, put together. */
struct sent {
	const struct expectation *row;
	const char *variables[VARIABLES];
	size_t n;
	char uri[1024], length[64], config[2 * SCRATCH_PATH], signature[64];
};

/* What came of a request. */
struct outcome {
	enum err err; /* before there was a request to answer */
	size_t n_calls, n_failed;
	char output[8192], log[8192];
};

/* In memory that children share. */
static struct shared {
	char signature[DIGEST_SIGNATURE_SIZE];
	struct outcome outcome, next;
} * shared;

static char config[SCRATCH_PATH], spool[SCRATCH_PATH], next_spool[SCRATCH_PATH];

/*
 * Runs something in a child: what libraries do but once is then not done in
 * this process.  Returns how the child ended, as waitpid does.
 */
static int
in_child(void (*run)(const void *argument), const void *argument)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		run(argument);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void
add(struct sent *sent, const char *variable)
{
	size_t len = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < sent->n; i++)
		if (strncmp(sent->variables[i], variable, len) == 0) {
			sent->variables[i] = variable;
			return;
		}
	assert_true(sent->n < VARIABLES - 1);
	sent->variables[sent->n++] = variable;
}

/* Signs a request as Twilio does: of JSON, the URL alone. */
static void
sign(const void *argument)
{
	const struct sent *sent = argument;
	const struct expectation *row = sent->row;
	const char *token = row->signing == SIGNED ? TOKEN : "another-token";
	bool has_form = row->body != NULL && row->body[0] != '{';
	struct sample sample;
	char url[2048];

	(void)snprintf(url, sizeof url, ORIGIN "%s",
		sent->uri + strlen("REQUEST_URI="));
	sample_open(&sample, has_form ? row->body : "");
	if (signature_sign(token, url, &sample.form, sample.form.n,
		    shared->signature) != ERR_OK)
		abort();
	sample_close(&sample);
}

static void
put_together(struct sent *sent, const struct expectation *row)
{
	memset(sent, 0, sizeof *sent);
	sent->row = row;
	for (size_t i = 0; i < N_OF(usual); i++)
		add(sent, usual[i]);
	(void)snprintf(sent->config, sizeof sent->config,
		"HOOKSWITCH_CONFIG=%s", config);
	add(sent, sent->config);
	(void)snprintf(sent->uri, sizeof sent->uri, "REQUEST_URI=/hooks%s%s",
		row->query[0] != '\0' ? "?" : "", row->query);
	add(sent, sent->uri);
	(void)snprintf(sent->length, sizeof sent->length, "CONTENT_LENGTH=%zu",
		row->body != NULL ? strlen(row->body) : 0);
	add(sent, row->body != NULL ? sent->length : "REQUEST_METHOD=GET");
	for (size_t i = 0; i < CHANGES && row->changes[i] != NULL; i++)
		add(sent, row->changes[i]);
	if (row->signing == UNSIGNED)
		return;
	assert_int_equal(in_child(sign, sent), 0);
	(void)snprintf(sent->signature, sizeof sent->signature,
		"HTTP_X_TWILIO_SIGNATURE=%s", shared->signature);
	add(sent, sent->signature);
}

/* What a program does that gets one request, from start to end. */
static enum err
run_program(
	const struct endpoint *endpoint, const struct request_memory *memory)
{
	struct service service = {.endpoint = endpoint,
		.endpoints = endpoints,
		.is_replaying = ATOMIC_FLAG_INIT};
	struct request *request = NULL;
	enum err err = request_open_memory(&request, memory);

	if (err == ERR_OK)
		err = store_new(
			&service.store, endpoint->name, STORE_MILLISECONDS);
	if (err == ERR_OK && request_next(request) == REQUEST_READY)
		endpoint_serve(&service, request);
	request_close(request);
	store_free(service.store);
	return err;
}

static void
serve(const struct sent *sent, struct shortage shortage,
	struct outcome *outcome)
{
	const char *body = sent->row->body;
	struct buf output, log;
	const struct request_memory memory = {
		.variables = sent->variables,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
		.output = &output,
		.log = &log,
	};

	/* The web server's: they have their memory. */
	buf_init(&output, sizeof outcome->output - 1);
	buf_init(&log, sizeof outcome->log - 1);
	if (buf_reserve(&output, output.max) != ERR_OK ||
		buf_reserve(&log, log.max) != ERR_OK)
		abort();
	scarce_begin(shortage.first, shortage.n);
	outcome->err = run_program(sent->row->endpoint, &memory);
	outcome->n_calls = scarce_end(&outcome->n_failed);
	memcpy(outcome->output, output.data, output.len + 1);
	memcpy(outcome->log, log.data, log.len + 1);
	buf_free(&output);
	buf_free(&log);
}

/*
 * What is to be true of every answer
 */

static const char *
status_text(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 204:
		return "No Content";
	case 403:
		return "Forbidden";
	default:
		return "Service Unavailable";
	}
}

/* Whether what was sent is this and nothing else, to the last byte. */
static bool
is_answer(const struct outcome *outcome, int status, const char *body)
{
	char want[sizeof outcome->output];

	(void)snprintf(want, sizeof want,
		"Status: %d %s\r\n%sContent-Length: %zu\r\n\r\n%s", status,
		status_text(status),
		status == 200 ? "Content-Type: text/xml; charset=utf-8\r\n"
			      : "",
		strlen(body), body);
	return strcmp(outcome->output, want) == 0;
}

static bool
is_full_answer(const struct outcome *outcome, const struct expectation *row)
{
	return is_answer(outcome, row->status, row->answer);
}

/* The answers there can be instead where memory is missing. */
static bool
is_poor_answer(const struct outcome *outcome, const struct expectation *row)
{
	return is_answer(outcome, 503, "") ||
	       (row->status == 200 && is_answer(outcome, 200, row->built_in));
}

/* What a lack of memory must not be taken for. */
static const char *const accusations[] = {"setting", "document root", "install",
	"well-formed", "connection string", "answer is the", "signature does",
	"damaged", "exceeds", "must"};

/* One line, or more, that say what was answered, and nothing that is false. */
static void
check_log(const struct expectation *row, struct shortage shortage,
	const struct outcome *outcome)
{
	const char *log = outcome->log;
	char start[64];

	(void)snprintf(start, sizeof start, "hookswitch-%s: %.3s, ",
		row->endpoint->name, outcome->output + strlen("Status: "));
	EXPECT(row->line, shortage, strstr(log, start) != NULL, log);
	EXPECT(row->line, shortage, log[strlen(log) - 1] == '\n', log);
	EXPECT(row->line, shortage, strstr(log, ": \n") == NULL, log);
	EXPECT(row->line, shortage, strstr(log, ": ;") == NULL, log);
	EXPECT(row->line, shortage, strstr(log, TOKEN) == NULL, log);
	for (size_t i = 0; i < N_OF(accusations); i++)
		EXPECT(row->line, shortage,
			row->status >= 400 ||
				strstr(log, accusations[i]) == NULL,
			log);
}

/* A file of the spool is the row's request, whole. */
static void
check_record(const struct expectation *row, const char *path)
{
	const char *body = row->body != NULL ? row->body : "";
	struct reason reason = {""};
	struct spool_record record;
	struct buf text;

	buf_init(&text, LIMIT_SPOOL_RECORD);
	if (file_read(&text, path, &reason) != ERR_OK ||
		spool_record_parse(&record, text.data, text.len, &reason) !=
			ERR_OK)
		fail_msg("%s: %s", path, reason.text);
	CHECK_TEXT(row->line, record.endpoint.data, row->endpoint->name);
	CHECK_TEXT(row->line, record.account_sid.data, ACCOUNT);
	CHECK_TEXT(row->line, record.query.data, row->query);
	CHECK_TEXT(row->line, record.body.data, body);
	buf_free(&text);
}

/* Takes the files out of a folder, each of them a record; how many. */
static size_t
take_records(const struct expectation *row, const char *in, const char *folder)
{
	DIR *directory = opendir(scratch_path(in, folder));
	const struct dirent *file;
	size_t n = 0;

	while (directory != NULL && (file = readdir(directory)) != NULL) {
		char path[2 * SCRATCH_PATH];

		if (file->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s/%s", in, folder,
			file->d_name);
		check_record(row, path);
		assert_int_equal(unlink(path), 0);
		n++;
	}
	if (directory != NULL)
		(void)closedir(directory);
	return n;
}

/* A 2xx stands for one record, no answer for none, and a half one for none. */
static void
check_outcome(const struct expectation *row, struct shortage shortage,
	const struct outcome *outcome, const char *in)
{
	size_t n = take_records(row, in, "new");
	bool is_taken = strncmp(outcome->output, "Status: 2", 9) == 0;

	EXPECT(row->line, shortage, n == 1 || !is_taken, outcome->output);
	EXPECT(row->line, shortage, n <= (row->status < 400), outcome->output);
	EXPECT(row->line, shortage, take_records(row, in, "tmp") == 0,
		outcome->output);
	EXPECT(row->line, shortage, take_records(row, in, "rejected") == 0,
		outcome->output);
	if (outcome->err != ERR_OK) {
		EXPECT(row->line, shortage, n == 0, outcome->output);
		EXPECT(row->line, shortage, outcome->output[0] == '\0',
			outcome->output);
		EXPECT(row->line, shortage, outcome->n_failed > 0, "");
		return;
	}
	check_log(row, shortage, outcome);
	EXPECT(row->line, shortage,
		is_full_answer(outcome, row) ||
			(outcome->n_failed > 0 && is_poor_answer(outcome, row)),
		outcome->log);
}

static void
check_plenty(const struct expectation *row, const struct outcome *outcome)
{
	EXPECT(row->line, plenty, outcome->n_failed == 0, "");
	EXPECT(row->line, plenty, outcome->err == ERR_OK, "");
	EXPECT(row->line, plenty, is_full_answer(outcome, row),
		outcome->output);
}

/*
 * Rows
 */

#define REPLY                                                                  \
	"<Response><!-- {Body} -->\n<Message to=\"{From}\" from='{To}'>You "   \
	"said: {Body} &amp; more<Body><![CDATA[{Body} <{ProfileName}>]]>"      \
	"</Body><Media>https://x/{MessageSid}</Media></Message>"               \
	"<Redirect>/x?a={Body}&amp;b={MessageSid}</Redirect></Response>"

#define REPLIED                                                                \
	TWIML_HEAD                                                             \
	"<Response><!-- {Body} -->\n<Message to=\"+14158675309\" "             \
	"from=\"+15005550006\">You said: a &lt;&amp;&gt; b &amp; more<Body>"   \
	"a &lt;&amp;&gt; b &lt;&gt;</Body><Media>https://x/SM1</Media>"        \
	"</Message><Redirect>/x?a=a &lt;&amp;&gt; b&amp;b=SM1</Redirect>"      \
	"</Response>\n"

#define MESSAGE                                                                \
	"ToCountry=US&ToState=&SmsMessageSid=SM1&NumMedia=2&ToCity=&FromZip="  \
	"&SmsSid=SM1&FromState=CA&SmsStatus=received&FromCity=SAN+FRANCISCO"   \
	"&Body=a+%3C%26%3E+b&FromCountry=US&To=%2B15005550006&ToZip="          \
	"&NumSegments=1&MessageSid=SM1&AccountSid=" ACCOUNT                    \
	"&From=%2B14158675309&ApiVersion=2010-04-01"

#define MEDIA                                                                  \
	"&MediaUrl0=https://x&MediaContentType0=image/png&MediaUrl1=https://y" \
	"&MediaContentType1=image/png"

#define CALL                                                                   \
	"CallSid=CA1&AccountSid=" ACCOUNT "&From=%2B14158675309&To=%2B1500"    \
	"&Direction=inbound&CallStatus=ringing"

#define GREETING                                                               \
	TWIML_HEAD "<Response><Say>Hello. Thank you for calling.</Say>"        \
		   "<Pause length=\"1\"/><Say>Goodbye.</Say></Response>\n"

/* More parameters than a form has room for at first. */
#define TEN(a)                                                                 \
	"&" a "0=&" a "1=&" a "2=&" a "3=&" a "4=&" a "5=&" a "6=&" a "7=&" a  \
	"8=&" a "9="
#define MANY TEN("a") TEN("b") TEN("c") TEN("d") TEN("e") TEN("f") TEN("g")

/* SHA-256 of "{}" */
#define BRACES                                                                 \
	"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

#define DEBUG "HOOKSWITCH_LOG=debug"

/* line, endpoint, query, body, signing, changes, status, answer, built in */
/* clang-format off */
static const struct expectation rows[] = {
	{__LINE__, &endpoint_sms, "campaignId=7", MESSAGE MEDIA, SIGNED, {NULL},
		200, REPLIED, TWIML_EMPTY},
	{__LINE__, &endpoint_sms, "", MESSAGE, SIGNED,
		{"HOOKSWITCH_DATABASE=postgresql://u:p@/d?host=/nonexistent",
			"HOOKSWITCH_REPLIES=/nonexistent"},
		200, TWIML_EMPTY, TWIML_EMPTY},
	{__LINE__, &endpoint_whatsapp, "", MESSAGE "&ProfileName=A%F0%9F%98%80",
		SIGNED, {DEBUG}, 200, TWIML_EMPTY, TWIML_EMPTY},
	{__LINE__, &endpoint_voice, CALL "&SipDomain=it%27s", NULL, SIGNED,
		{NULL}, 200, GREETING, GREETING},
	{__LINE__, &endpoint_voice, "", CALL "&Digits=42", SIGNED, {NULL}, 200,
		TWIML_HEAD "<Response><Say>42</Say></Response>\n", TWIML_EMPTY},
	{__LINE__, &endpoint_status, "x=1&bodySHA256=" BRACES, "{}", SIGNED,
		{"CONTENT_TYPE=application/json"}, 204, "", ""},
	{__LINE__, &endpoint_status, "", "MessageSid=SM1&MessageStatus=sent",
		SIGNED, {"TWILIO_AUTH_TOKEN=old " TOKEN}, 204, "", ""},
	{__LINE__, &endpoint_recording, "", "RecordingSid=RE1" MANY,
		SIGNED, {"HOOKSWITCH_PUBLIC_URL=https://example.com"}, 204, "",
		""},
	/* What PostgreSQL cannot hold, and a name that is repeated. */
	{__LINE__, &endpoint_video_room, "",
		"RoomSid=RM1&RoomName=%FF%00&a=1&a=2&a=3&ParticipantSid=PA1",
		SIGNED, {NULL}, 204, "", ""},
	{__LINE__, &endpoint_sms, "", MESSAGE, FORGED, {DEBUG}, 403, "", ""},
	{__LINE__, &endpoint_sms, "", MESSAGE, UNSIGNED, {NULL}, 403, "", ""},
};
/* clang-format on */

/*
 * Tests of requests
 */

/* In this process, where the libraries have all that they keep. */
static void
serve_here(void *of, struct shortage shortage)
{
	const struct sent *sent = of;
	const struct holdings before = take_stock();

	serve(sent, shortage, &shared->outcome);
	check_holdings(sent->row->line, shortage, &before);
	check_outcome(sent->row, shortage, &shared->outcome, spool);
}

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sent sent;

		put_together(&sent, &rows[i]);
		serve(&sent, plenty, &shared->outcome);
		serve_here(&sent, plenty);
		check_plenty(&rows[i], &shared->outcome);
		each_shortage(shared->outcome.n_calls, 1, serve_here, &sent);
		/* It has left nothing behind. */
		serve_here(&sent, plenty);
		check_plenty(&rows[i], &shared->outcome);
	}
}

struct first {
	const struct sent *sent;
	struct shortage shortage;
};

/* A program that could start serves the next request as well. */
static void
serve_first(const void *argument)
{
	const struct first *first = argument;

	/* Libraries complain there. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		abort();
	serve(first->sent, first->shortage, &shared->outcome);
	if (shared->outcome.err != ERR_OK)
		return;
	if (setenv("HOOKSWITCH_SPOOL", next_spool, 1) != 0)
		abort();
	serve(first->sent, plenty, &shared->next);
}

/* How a process ends that the dynamic linker gives up, without any answer. */
#define ENDED_BY_LINKER (127 << 8)

static void
check_first(void *of, struct shortage shortage)
{
	const struct first first = {of, shortage};
	const struct expectation *row = first.sent->row;
	int status;

	memset(shared, 0, sizeof *shared);
	status = in_child(serve_first, &first);
	if (status == ENDED_BY_LINKER) {
		EXPECT(row->line, shortage, shared->outcome.output[0] == '\0',
			shared->outcome.output);
		EXPECT(row->line, shortage, take_records(row, spool, "new") < 2,
			"");
		return;
	}
	EXPECT(row->line, shortage, status == 0, shared->outcome.log);
	check_outcome(row, shortage, &shared->outcome, spool);
	if (shared->outcome.err != ERR_OK)
		return;
	check_outcome(row, plenty, &shared->next, next_spool);
	check_plenty(row, &shared->next);
}

/*
 * The first request that a process gets, for which libraries are loaded and
 * set up: once and for all, so that a child stands for the process.
 */
static void
test_first_request(void **state)
{
	const char *step = getenv("HOOKSWITCH_SCARCE_STEP");
	struct sent sent;

	(void)state;
	put_together(&sent, &rows[0]);
	check_first(&sent, plenty);
	check_plenty(&rows[0], &shared->outcome);
	each_shortage(shared->outcome.n_calls,
		step != NULL ? strtoul(step, NULL, 10) : FIRST_STEP,
		check_first, &sent);
}

/*
 * Documents
 */

/* One that makes libxml2 use what the rows above do not. */
static const char *const documents[] = {
	"<Response/>",
	("<?xml version='1.0' encoding='ISO-8859-1'?>"
	 "<Response>\xE4 {Body}<Say a='\xF6 "
	 "{Body}&quot;'>&#xE3;</Say></Response>"),
	("<!-- a --><?b c?><Response xmlns:d='urn:e'><d:Say d:f='{Body}'/>"
	 "<?g {Body}?><Say><![CDATA[{Body}]]></Say></Response><!-- h -->"),
};

struct filling {
	const char *document;
	const struct sample *sample;
	struct buf out; /* what is filled in with memory enough */
};

/* All of it, or nothing and the reason. */
static void
check_fill(void *of, struct shortage shortage)
{
	const struct filling *filling = of;
	const struct holdings before = take_stock();
	struct reason reason = {""};
	struct buf out;
	size_t n_failed;
	enum err err;

	buf_init(&out, LIMIT_TWIML);
	assert_int_equal(buf_add_text(&out, "before"), ERR_OK);
	scarce_begin(shortage.first, shortage.n);
	err = twiml_fill(&out, filling->document, strlen(filling->document),
		&filling->sample->form, &reason);
	(void)scarce_end(&n_failed);
	if (err == ERR_OK) {
		EXPECT(__LINE__, shortage,
			strcmp(out.data + strlen("before"),
				buf_text(&filling->out)) == 0,
			out.data);
	} else {
		EXPECT(__LINE__, shortage, err == ERR_MEMORY, reason.text);
		EXPECT(__LINE__, shortage, reason.text[0] != '\0', "");
		EXPECT(__LINE__, shortage, n_failed > 0, reason.text);
		EXPECT(__LINE__, shortage, strcmp(out.data, "before") == 0,
			out.data);
	}
	buf_free(&out);
	check_holdings(__LINE__, shortage, &before);
}

static void
test_documents(void **state)
{
	static char long_body[3 * 4096];
	struct sample sample;

	(void)state;
	sample_fill(long_body, sizeof long_body, 'x');
	memcpy(long_body, "Body=%C3%A4", 11);
	sample_open(&sample, long_body);
	for (size_t i = 0; i < N_OF(documents); i++) {
		struct filling filling = {documents[i], &sample, {0}};
		size_t n;

		buf_init(&filling.out, LIMIT_TWIML);
		scarce_begin(plenty.first, plenty.n);
		assert_int_equal(
			twiml_fill(&filling.out, documents[i],
				strlen(documents[i]), &sample.form, NULL),
			ERR_OK);
		n = scarce_end(NULL);
		each_shortage(n, 1, check_fill, &filling);
		check_fill(&filling, plenty);
		buf_free(&filling.out);
	}
	sample_close(&sample);
}

/*
 * A replay, with a database that says what the test wants.
 */

/* What it says of everything; ERR_OK: of each what the table does. */
static enum err mood;

/* What becomes of a file in the spool. */
struct fate {
	struct buf text; /* what is in it */
	bool is_told;    /* the database has been asked, and what it said */
	enum err told;
	char plan[2048]; /* that it was asked to take */
	char want[2048]; /* that it is asked to take with memory enough */
};

/* A name that a buffer has to grow for. */
#define LONG                                                                   \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"0123456789012345678901234567890123456789012345678901234567890123456"

/* name, endpoint, carrier, query, body, what the database says, where it goes
 * whatever that says */
/* clang-format off */
static const struct waiting {
	const char *name, *endpoint;
	enum carrier carrier;
	const char *query, *body;
	enum err says;
	const char *place;
} waiting[] = {
	{"stored", "sms", CARRIER_FORM, "",
		"MessageSid=SM1&Body=stored&a=1&a=2&a=3&" LONG "=1", ERR_OK,
		NULL},
	{"json", "status", CARRIER_JSON, "Body=json", "{}", ERR_OK, NULL},
	{"odd", "voice", CARRIER_QUERY, "CallSid=CA1&Body=odd&From=%FF", "",
		ERR_OK, NULL},
	{"bad", "sms", CARRIER_FORM, "", "Body=bad", ERR_REJECTED, NULL},
	{"unknown", "telex", CARRIER_FORM, "", "Body=unknown", ERR_OK,
		"rejected"},
	{"garbage", NULL, CARRIER_FORM, NULL, NULL, ERR_OK, "unreadable"},
};
/* clang-format on */

static struct fate fates[N_OF(waiting)];

static size_t
find_waiting(const struct plan *plan)
{
	const char *body = form_value(plan->form, "Body");

	for (size_t i = 0; i < N_OF(waiting); i++)
		if (body != NULL && strcmp(waiting[i].name, body) == 0)
			return i;
	abort();
}

/* What is written beside the parameters themselves; allocates nothing. */
static void
write_plan(char *out, size_t size, const struct plan *plan)
{
	size_t len = (size_t)snprintf(out, size, "%zu", plan->n);

	for (size_t i = 0; i < FACT__MAX; i++)
		len += (size_t)snprintf(out + len, size - len, " %s",
			plan->facts[i] != NULL ? plan->facts[i] : "(NULL)");
}

void
__wrap_store_run_all(struct store *store, const struct store_database *where,
	struct store_job *jobs, size_t n)
{
	(void)store;
	(void)where;
	for (size_t i = 0; i < n; i++) {
		size_t which = find_waiting(jobs[i].plan);
		struct fate *fate = &fates[which];

		fate->is_told = true;
		write_plan(fate->plan, sizeof fate->plan, jobs[i].plan);
		fate->told = mood != ERR_OK ? mood : waiting[which].says;
		jobs[i].err = err_reason(
			&jobs[i].reason, fate->told, "the database says so");
	}
}

/* Where a file has to be now; NULL if nowhere. */
static const char *
place_of(const struct waiting *one, const struct fate *fate)
{
	if (one->place != NULL)
		return one->place;
	if (fate->is_told && fate->told == ERR_OK)
		return NULL;
	return fate->is_told && fate->told == ERR_REJECTED ? "rejected" : "new";
}

static void
format_waiting(const struct waiting *one, struct buf *text)
{
	struct spool_record record = {
		.account_sid = spool_text("AC1"),
		.idempotency_token = spool_text("0a-1b"),
		.carrier = one->carrier,
		.received_at = {1759931640, 0},
	};

	buf_init(text, LIMIT_SPOOL_RECORD);
	if (one->endpoint == NULL) {
		assert_int_equal(buf_add_text(text, "garbage"), ERR_OK);
		return;
	}
	record.endpoint = spool_text(one->endpoint);
	record.query = spool_text(one->query);
	record.body = spool_text(one->body);
	assert_int_equal(spool_record_format(text, &record), ERR_OK);
}

/* Takes a file out of a folder, if it is there; text gets what is in it. */
static bool
take_file(const char *folder, const char *name, struct buf *text)
{
	char path[2 * SCRATCH_PATH];

	(void)snprintf(path, sizeof path, "%s/%s/%s", spool, folder, name);
	buf_clear(text);
	if (file_read(text, path, NULL) != ERR_OK)
		return false;
	assert_int_equal(unlink(path), 0);
	return true;
}

/*
 * Takes a record and its reason out of a folder.  Both are whole, if they are
 * there; there is no reason without a record.
 */
static bool
take_waiting(size_t which, const char *folder, struct shortage shortage)
{
	char name[64];
	struct buf text;
	bool is_there;

	buf_init(&text, LIMIT_SPOOL_RECORD);
	is_there = take_file(folder, waiting[which].name, &text);
	if (is_there)
		EXPECT(__LINE__, shortage,
			strcmp(text.data, fates[which].text.data) == 0,
			waiting[which].name);
	(void)snprintf(name, sizeof name, "%s.reason", waiting[which].name);
	if (take_file(folder, name, &text))
		EXPECT(__LINE__, shortage,
			is_there && text.len > 2 &&
				text.data[text.len - 1] == '\n',
			name);
	buf_free(&text);
	return is_there;
}

/* It is once, and where it belongs, or waits since memory was missing. */
static void
check_place(size_t which, struct shortage shortage, bool is_short,
	struct replay_count *found)
{
	static const char *const folders[] = {"new", "rejected", "unreadable"};
	const char *name = waiting[which].name;
	const char *place = place_of(&waiting[which], &fates[which]);
	bool is_in[N_OF(folders)];
	size_t n = 0;

	for (size_t i = 0; i < N_OF(folders); i++) {
		is_in[i] = take_waiting(which, folders[i], shortage);
		n += is_in[i];
		EXPECT(__LINE__, shortage,
			!is_in[i] || (i == 0 && is_short && place != NULL) ||
				(place != NULL &&
					strcmp(place, folders[i]) == 0),
			name);
	}
	EXPECT(__LINE__, shortage, n == (place != NULL), name);
	found->stored += n == 0;
	found->rejected += is_in[1];
	found->unreadable += is_in[2];
}

static void
fill_spool(void)
{
	for (size_t i = 0; i < N_OF(waiting); i++) {
		char name[64];

		fates[i].is_told = false;
		(void)snprintf(name, sizeof name, "new/%s", waiting[i].name);
		(void)scratch_write(spool, name, fates[i].text.data, 0600);
	}
}

/* of: gets how many calls there were. */
static void
check_replay(void *of, struct shortage shortage)
{
	const struct replay replay = {
		.spool = spool,
		.database = {"dbname=none", true},
		.endpoints = endpoints,
	};
	const struct holdings before = take_stock();
	size_t *n_calls = of, n_failed;
	struct replay_count count, found = {0, 0, 0};
	struct reason reason = {""};
	enum err err;

	fill_spool();
	scarce_begin(shortage.first, shortage.n);
	err = replay_run(&replay, &count, &reason);
	*n_calls = scarce_end(&n_failed);
	check_holdings(__LINE__, shortage, &before);
	for (size_t i = 0; i < N_OF(waiting); i++) {
		struct fate *fate = &fates[i];

		check_place(i, shortage, n_failed > 0, &found);
		if (n_failed == 0)
			memcpy(fate->want, fate->plan, sizeof fate->want);
		EXPECT(__LINE__, shortage,
			!fate->is_told || strcmp(fate->plan, fate->want) == 0,
			fate->plan);
	}
	EXPECT(__LINE__, shortage, memcmp(&found, &count, sizeof found) == 0,
		"the counts");
	/* All went well only if nothing waits. */
	EXPECT(__LINE__, shortage, err == mood || n_failed > 0, reason.text);
	EXPECT(__LINE__, shortage,
		err != ERR_OK ||
			found.stored + found.rejected + found.unreadable ==
				N_OF(waiting),
		"");
	EXPECT(__LINE__, shortage, err == ERR_OK || reason.text[0] != '\0', "");
}

static void
test_replay(void **state)
{
	static const enum err moods[] = {ERR_OK, ERR_DATABASE, ERR_MEMORY};
	size_t n_calls, n;

	(void)state;
	/* It is there if requests were kept before. */
	(void)mkdir(scratch_path(spool, "new"), 0700);
	for (size_t i = 0; i < N_OF(waiting); i++)
		format_waiting(&waiting[i], &fates[i].text);
	for (size_t i = 0; i < N_OF(moods); i++) {
		mood = moods[i];
		check_replay(&n_calls, plenty);
		check_replay(&n_calls, plenty);
		n = n_calls;
		each_shortage(n, 1, check_replay, &n_calls);
	}
	for (size_t i = 0; i < N_OF(waiting); i++)
		buf_free(&fates[i].text);
}

/*
 * The allocator itself
 */

/* It is everybody's: ours, the C library's, and that of all the others. */
static void
test_reach(void **state)
{
	struct sample sample;
	struct buf buf;
	const struct libpq *pq;
	const struct libxml *xml;
	char *message = NULL;

	(void)state;
	assert_int_equal(libpq_load(&pq, NULL), ERR_OK);
	assert_int_equal(libxml_load(&xml, NULL), ERR_OK);
	sample_open(&sample, "a=b");
	buf_init(&buf, 100);
	scarce_begin(1, SCARCE_FOR_GOOD);
	const enum err added = buf_add_text(&buf, "a");
	const enum err dumped = json_from_form(&buf, &sample.form);
	const void *const got[] = {opendir("/"), EVP_MD_CTX_new(),
		xml->xmlNewParserCtxt(),
		pq->PQconninfoParse("dbname=a", &message)};
	scarce_end(NULL);
	assert_int_equal(added, ERR_MEMORY);
	assert_int_equal(dumped, ERR_MEMORY);
	for (size_t i = 0; i < N_OF(got); i++)
		assert_null(got[i]);
	sample_close(&sample);
	buf_free(&buf);
}

/* The settings of the process itself do not count, but for two. */
static bool
set_environment(void)
{
	for (int i = 0; i < SETTING__MAX; i++)
		if (unsetenv(settings_name((enum setting)i)) != 0)
			return false;
	return unsetenv("HOOKSWITCH_CONFIG") == 0 &&
	       setenv("HOOKSWITCH_DATABASE", "host=/nonexistent user=u", 1) ==
		       0 &&
	       setenv("HOOKSWITCH_SPOOL", spool, 1) == 0;
}

static int
setup(void **state)
{
	char text[3 * SCRATCH_PATH];
	const char *accounts;

	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || scratch_setup(state) != 0)
		return -1;
	(void)snprintf(
		spool, sizeof spool, "%s", scratch_mkdir(*state, "spool"));
	(void)snprintf(next_spool, sizeof next_spool, "%s",
		scratch_mkdir(*state, "next-spool"));
	(void)scratch_write(*state, "sms.xml", REPLY, 0644);
	(void)scratch_write(*state, "voice-gather.xml",
		"<Response><Say>{Digits}</Say></Response>", 0644);
	accounts = scratch_write(
		*state, "accounts", "AC0 x\n" ACCOUNT " " TOKEN "\n", 0600);
	(void)snprintf(text, sizeof text,
		"TWILIO_ACCOUNT_SID = " ACCOUNT "\nHOOKSWITCH_ACCOUNTS = %s\n"
		"HOOKSWITCH_REPLIES = %s\n",
		accounts, (const char *)*state);
	(void)snprintf(config, sizeof config, "%s",
		scratch_write(*state, "config", text, 0600));
	return set_environment() ? 0 : -1;
}

/*
 * Memcheck puts its own allocator in the place of any other, so that no call
 * would fail.  It can be told not to, and then takes some minutes:
 * --soname-synonyms=somalloc=nouserintercepts.
 */
static bool
is_under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: the others load libraries. */
		cmocka_unit_test(test_first_request),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_reach),
	};

	if (is_under_valgrind() && !scarce_is_in_place()) {
		printf("1..0 # SKIP valgrind has an allocator of its own\n");
		return EXIT_SUCCESS;
	}
	return cmocka_run_group_tests_name(
		"allocation", tests, setup, scratch_teardown);
}
