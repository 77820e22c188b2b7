/*
 * HTTP requests, against a server of our own on loopback.
 */
#include "config.h"

#include "http.h"

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MOST 8192

/*
 * Answers every connection's first request, and closes it.  The path says
 * how: see answers.
 */
struct server {
	int fd;
	int port;
	int other_port; /* of another server, for redirects */
	pthread_t thread;
	pthread_mutex_t mutex;
	char request[REQUEST_MOST]; /* the last one */
	size_t requests;
};

/* path, answer; NULL: a redirect to the other server */
static const struct answer {
	const char *path, *text;
} answers[] = {
	{"/good",    "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
		  "X-Two: a\r\nx-two: b\r\nContent-Length: 4\r\n\r\nbody"},
	{"/none",    "HTTP/1.1 204 No Content\r\n\r\n"                                    },
	{"/refused", "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"                     },
	{"/away",    ""								   },
	{"/cut",     "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nbody"                  },
	{"/stuck",   "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\nbody"                  },
	{"/same",    "HTTP/1.1 302 Found\r\nLocation: /good\r\n"
		  "Content-Length: 5\r\n\r\nthere"                       },
	{"/other",   NULL								 },
	{"/loop",    "HTTP/1.1 302 Found\r\nLocation: /loop\r\n"
		  "Content-Length: 0\r\n\r\n"                            },
	{"/file",    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
		  "Content-Length: 0\r\n\r\n"                            },
};

/* Reads a request's headers; the tests' bodies come in the same packet. */
static void
read_request(struct server *server, int fd, char request[REQUEST_MOST])
{
	size_t len = 0;
	ssize_t n;

	request[0] = '\0';
	while (strstr(request, "\r\n\r\n") == NULL &&
		(n = read(fd, request + len, REQUEST_MOST - len - 1)) > 0)
		request[len += (size_t)n] = '\0';
	(void)pthread_mutex_lock(&server->mutex);
	(void)snprintf(server->request, sizeof server->request, "%s", request);
	server->requests++;
	(void)pthread_mutex_unlock(&server->mutex);
}

static const char *
find_answer(const struct server *server, const char *path, char moved[128])
{
	for (size_t i = 0; i < N_OF(answers); i++) {
		size_t len = strlen(answers[i].path);

		if (strncmp(path, answers[i].path, len) == 0 &&
			answers[i].text != NULL)
			return answers[i].text;
	}
	(void)snprintf(moved, 128,
		"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:%d/good\r\n"
		"Content-Length: 0\r\n\r\n",
		server->other_port);
	return moved;
}

static void
answer(struct server *server, int fd)
{
	char request[REQUEST_MOST], moved[128];
	struct pollfd client = {.fd = fd, .events = POLLIN};
	const char *path, *text;
	ssize_t n;

	read_request(server, fd, request);
	path = strchr(request, '/');
	if (path == NULL)
		return;
	if (strncmp(path, "/slow", 5) == 0)
		(void)poll(NULL, 0, 1000);
	text = find_answer(server, path, moved);
	n = write(fd, text, strlen(text));
	(void)n;
	if (strncmp(path, "/stuck", 6) == 0)
		(void)poll(&client, 1, 10000); /* until it has given up */
}

static void *
serve(void *context)
{
	struct server *server = context;
	int fd;

	while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
		answer(server, fd);
		(void)shutdown(fd, SHUT_WR);
		(void)close(fd);
	}
	return NULL;
}

static void
server_open(struct server *server)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof address;

	memset(server, 0, sizeof *server);
	(void)pthread_mutex_init(&server->mutex, NULL);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(server->fd >= 0);
	assert_int_equal(
		bind(server->fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server->fd, 16), 0);
	assert_int_equal(
		getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(
		pthread_create(&server->thread, NULL, serve, server), 0);
}

static void
server_close(struct server *server)
{
	(void)shutdown(server->fd, SHUT_RDWR);
	(void)close(server->fd);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)pthread_mutex_destroy(&server->mutex);
}

/* Two servers, a client, and what was answered last. */
struct fixture {
	struct server server, other;
	struct http_client *client;
	struct http_answer answer;
	struct reason reason;
	char url[128];
};

static void
fixture_open(struct fixture *fixture)
{
	server_open(&fixture->server);
	server_open(&fixture->other);
	fixture->server.other_port = fixture->other.port;
	assert_int_equal(http_client_new(&fixture->client), ERR_OK);
	http_answer_init(&fixture->answer);
}

static void
fixture_close(struct fixture *fixture)
{
	http_answer_free(&fixture->answer);
	http_client_free(fixture->client);
	server_close(&fixture->server);
	server_close(&fixture->other);
}

static enum err
ask(struct fixture *fixture, const char *path, struct http_request request)
{
	(void)snprintf(fixture->url, sizeof fixture->url,
		"http://127.0.0.1:%d%s", fixture->server.port, path);
	request.url = fixture->url;
	fixture->reason.text[0] = '\0';
	return http_send(
		fixture->client, &request, &fixture->answer, &fixture->reason);
}

static void
test_answer(void **state)
{
	static const char *const headers[] = {
		"X-Twilio-Signature: abc=", "User-Agent: Other/1", NULL};
	struct fixture fixture;
	const char *request = fixture.server.request;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(ask(&fixture, "/good?a=1",
				 (struct http_request){.method = "POST",
					 .headers = headers,
					 .body = "Body=x",
					 .body_len = 6}),
		ERR_OK);
	assert_int_equal(fixture.answer.status, 200);
	assert_true(fixture.answer.seconds > 0);
	CHECK_TEXT(__LINE__, buf_text(&fixture.answer.body), "body");
	CHECK_TEXT(__LINE__, http_header(&fixture.answer, "content-type"),
		"text/xml");
	CHECK_TEXT(__LINE__, http_header(&fixture.answer, "X-Two"), "a");
	CHECK_TEXT(__LINE__, http_header(&fixture.answer, "X-T"), NULL);
	CHECK_HOLDS(__LINE__, request, "POST /good?a=1 HTTP/1.1\r\n");
	CHECK_HOLDS(__LINE__, request, "X-Twilio-Signature: abc=\r\n");
	CHECK_HOLDS(__LINE__, request, "User-Agent: Other/1\r\n");
	CHECK_HOLDS(__LINE__, request,
		"Content-Type: application/x-www-form-urlencoded\r\n");
	CHECK_HOLDS(__LINE__, request, "Content-Length: 6\r\n");
	CHECK_LACKS(__LINE__, request, "Authorization");

	/* Nothing of the last request is in the next. */
	assert_int_equal(
		ask(&fixture, "/none", (struct http_request){.url = NULL}),
		ERR_OK);
	assert_int_equal(fixture.answer.status, 204);
	assert_int_equal(fixture.answer.body.len, 0);
	CHECK_TEXT(__LINE__, http_header(&fixture.answer, "X-Two"), NULL);
	CHECK_HOLDS(__LINE__, request, "GET /none HTTP/1.1\r\n");
	CHECK_HOLDS(__LINE__, request, "User-Agent: hookswitch/");
	CHECK_LACKS(__LINE__, request, "abc=");

	assert_int_equal(ask(&fixture, "/refused",
				 (struct http_request){.method = "DELETE",
					 .user = "AC1",
					 .password = "secret"}),
		ERR_OK);
	assert_int_equal(fixture.answer.status, 403);
	CHECK_HOLDS(__LINE__, request, "DELETE /refused HTTP/1.1\r\n");
	CHECK_HOLDS(__LINE__, request, "Authorization: Basic QUMxOnNlY3JldA==");
	assert_int_equal(
		ask(&fixture, "/good", (struct http_request){.method = "POST"}),
		ERR_OK);
	CHECK_HOLDS(__LINE__, request, "POST /good HTTP/1.1\r\n");
	CHECK_HOLDS(__LINE__, request, "Content-Length: 0\r\n");
	fixture_close(&fixture);
}

/* path, request, error, a part of the reason, why */
static const struct failure_row {
	int line;
	const char *path;
	struct http_request request;
	enum err err;
	const char *reason;
	enum http_trouble trouble;
} failures[] = {
	{__LINE__, "/away", {.url = NULL},        ERR_IO,
         "no whole answer from \"127.0.0.1\": it closed the connection "
		"before it "
		"answered",							 HTTP_BROKEN  },
	{__LINE__, "/cut",  {.url = NULL},        ERR_IO,
         "no whole answer from \"127.0.0.1\": the connection ended in "
		"the middle",						       HTTP_BROKEN  },
	{__LINE__, "/slow", {.milliseconds = 50}, ERR_IO,
         "no whole answer from \"127.0.0.1\": operation timed out",		 HTTP_TOO_SLOW},
	{__LINE__, "/good", {.most = 3},          ERR_TOO_LARGE, "exceeds 3 bytes",
         HTTP_BROKEN									     },
	{__LINE__, "/loop", {.redirects = 3},     ERR_IO,
         "redirects more than 3 times",                                             HTTP_FINE    },
	{__LINE__, "/file", {.redirects = 3},     ERR_MALFORMED, "must look like",
         HTTP_BROKEN									     },
};

static void
test_failures(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	for (size_t i = 0; i < N_OF(failures); i++) {
		const struct failure_row *row = &failures[i];

		CHECK_NUMBER(row->line, ask(&fixture, row->path, row->request),
			row->err);
		CHECK_HOLDS(row->line, fixture.reason.text, row->reason);
		CHECK_NUMBER(row->line, fixture.answer.trouble, row->trouble);
		/* What follows a redirect to a file was not sent. */
		CHECK_NUMBER(row->line, fixture.answer.is_sent,
			row->err != ERR_MALFORMED);
	}
	/* What is left of a failure does not stay. */
	assert_int_equal(
		ask(&fixture, "/good", (struct http_request){.url = NULL}),
		ERR_OK);
	assert_int_equal(fixture.answer.trouble, HTTP_FINE);
	assert_int_equal(fixture.answer.expires, 0);
	fixture_close(&fixture);
}

/* Nobody listens, and a name that there cannot be (RFC 6761). */
static void
test_nobody_there(void **state)
{
	struct fixture fixture;
	struct http_request request = {.url = "http://hookswitch.invalid/"};
	char url[64];

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(http_send(fixture.client, &request, &fixture.answer,
				 &fixture.reason),
		ERR_IO);
	assert_int_equal(fixture.answer.trouble, HTTP_NO_HOST);
	(void)snprintf(
		url, sizeof url, "http://127.0.0.1:%d/", fixture.server.port);
	fixture_close(&fixture);
	assert_int_equal(http_client_new(&fixture.client), ERR_OK);
	request.url = url;
	assert_int_equal(http_send(fixture.client, &request, &fixture.answer,
				 &fixture.reason),
		ERR_IO);
	assert_int_equal(fixture.answer.trouble, HTTP_NO_CONNECTION);
	assert_false(fixture.answer.is_sent);
	http_answer_free(&fixture.answer);
	http_client_free(fixture.client);
}

static void
test_time(void **state)
{
	static const struct time_row {
		const char *text;
		long long seconds;
	} rows[] = {
		{"Wed, 08 Oct 2025 13:54:12 GMT",   1759931652},
		{"Wed, 08 Oct 2025 13:54:12 +0000", 1759931652},
		{"Wed, 08 Oct 2025 15:54:12 +0200", 1759931652},
		{"Oct  8 13:54:12 2025 GMT",        1759931652},
		{"",				0         },
		{"tomorrow",                        0         },
		{NULL,			      0         },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		CHECK_NUMBER((int)i, http_time(rows[i].text), rows[i].seconds);
}

static void
test_bad_urls(void **state)
{
	static const char *const urls[] = {"", "example.com:x/",
		"ftp://127.0.0.1/", "file:///etc/passwd", "http://", "/path"};
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	for (size_t i = 0; i < N_OF(urls); i++) {
		const struct http_request request = {.url = urls[i]};

		CHECK_NUMBER((int)i,
			http_send(fixture.client, &request, &fixture.answer,
				&fixture.reason),
			ERR_MALFORMED);
	}
	fixture_close(&fixture);
}

/* What is for one server does not go to another, which is a port here. */
static void
test_redirects(void **state)
{
	static const char *const headers[] = {"X-Secret: hidden", NULL};
	const struct http_request request = {.headers = headers,
		.user = "AC1",
		.password = "secret",
		.redirects = 2};
	struct http_request post = request;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(ask(&fixture, "/same", request), ERR_OK);
	assert_int_equal(fixture.answer.status, 200);
	assert_int_equal(fixture.server.requests, 2);
	CHECK_TEXT(__LINE__, buf_text(&fixture.answer.body), "body");
	CHECK_HOLDS(__LINE__, fixture.server.request, "GET /good ");
	CHECK_HOLDS(__LINE__, fixture.server.request, "Authorization: Basic");
	CHECK_HOLDS(__LINE__, fixture.server.request, "X-Secret: hidden");

	assert_int_equal(ask(&fixture, "/other", request), ERR_OK);
	assert_int_equal(fixture.answer.status, 200);
	assert_int_equal(fixture.other.requests, 1);
	CHECK_HOLDS(__LINE__, fixture.other.request, "GET /good ");
	CHECK_LACKS(__LINE__, fixture.other.request, "Authorization");
	CHECK_LACKS(__LINE__, fixture.other.request, "hidden");

	/* A POST is not repeated elsewhere. */
	post.method = "POST";
	assert_int_equal(ask(&fixture, "/other", post), ERR_OK);
	assert_int_equal(fixture.answer.status, 307);
	post = request;
	post.redirects = 0;
	assert_int_equal(ask(&fixture, "/same", post), ERR_OK);
	assert_int_equal(fixture.answer.status, 302);
	CHECK_TEXT(__LINE__, buf_text(&fixture.answer.body), "there");
	assert_int_equal(fixture.other.requests, 1);
	fixture_close(&fixture);
}

static bool
keep(void *context, const void *data, size_t len)
{
	return buf_add(context, data, len) == ERR_OK;
}

/* A body that goes elsewhere, which may say no; a redirect's does not. */
static void
test_write(void **state)
{
	struct fixture fixture;
	struct buf kept;

	(void)state;
	fixture_open(&fixture);
	buf_init(&kept, 100);
	assert_int_equal(ask(&fixture, "/same",
				 (struct http_request){.redirects = 1,
					 .write = keep,
					 .context = &kept}),
		ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&kept), "body");
	assert_int_equal(fixture.answer.body.len, 0);
	/* What is no success is not what was asked for. */
	assert_int_equal(
		ask(&fixture, "/refused",
			(struct http_request){.write = keep, .context = &kept}),
		ERR_OK);
	CHECK_TEXT(__LINE__, buf_text(&kept), "body");
	CHECK_TEXT(__LINE__, buf_text(&fixture.answer.body), "no");
	kept.max = 5;
	assert_int_equal(
		ask(&fixture, "/good",
			(struct http_request){.write = keep, .context = &kept}),
		ERR_IO);
	CHECK_HOLDS(__LINE__, fixture.reason.text, "could not take the answer");
	buf_free(&kept);
	fixture_close(&fixture);
}

static bool
note_answer(void *context, const void *data, size_t len)
{
	const struct http_answer *answer = context;

	(void)data;
	assert_int_equal(len, 4);
	assert_int_equal(answer->status, 200);
	CHECK_TEXT(__LINE__, http_header(answer, "Content-Length"), "4");
	return true;
}

static bool
keep_nothing(void *context, const void *data, size_t len)
{
	(void)context;
	(void)data;
	return len > 0;
}

/* The rest of a file is asked for wherever it is; a file as it is. */
static void
test_range(void **state)
{
	struct fixture fixture;
	static const char *const headers[] = {"X-Private: yes", NULL};
	struct http_request request = {.headers = headers,
		.redirects = 1,
		.write = note_answer,
		.from = 5000000000,
		.validator = "\"abc\""};

	(void)state;
	fixture_open(&fixture);
	request.context = &fixture.answer;
	assert_int_equal(ask(&fixture, "/other", request), ERR_OK);
	CHECK_HOLDS(__LINE__, fixture.server.request,
		"Range: bytes=5000000000-\r\n");
	CHECK_HOLDS(__LINE__, fixture.server.request, "If-Range: \"abc\"\r\n");
	CHECK_HOLDS(__LINE__, fixture.server.request, "X-Private: yes\r\n");
	CHECK_HOLDS(__LINE__, fixture.other.request,
		"Range: bytes=5000000000-\r\n");
	CHECK_HOLDS(__LINE__, fixture.other.request, "If-Range: \"abc\"\r\n");
	CHECK_LACKS(__LINE__, fixture.other.request, "X-Private");
	CHECK_LACKS(__LINE__, fixture.other.request, "gzip");
	request.validator = NULL;
	assert_int_equal(ask(&fixture, "/good", request), ERR_OK);
	CHECK_HOLDS(__LINE__, fixture.server.request, "Range: bytes=");
	CHECK_LACKS(__LINE__, fixture.server.request, "If-Range");
	request.from = 0;
	request.validator = "\"abc\"";
	assert_int_equal(ask(&fixture, "/good", request), ERR_OK);
	CHECK_LACKS(__LINE__, fixture.server.request, "Range");
	request.write = NULL;
	assert_int_equal(ask(&fixture, "/good", request), ERR_OK);
	CHECK_HOLDS(__LINE__, fixture.server.request, "gzip");
	/* It began, and stopped. */
	request.write = keep_nothing;
	request.stall = 1;
	request.milliseconds = 60000;
	assert_int_equal(ask(&fixture, "/stuck", request), ERR_IO);
	assert_int_equal(fixture.answer.trouble, HTTP_TOO_SLOW);
	assert_int_equal(fixture.answer.status, 0);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_range),
	};

	(void)setenv("no_proxy", "*", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
