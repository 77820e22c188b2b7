/*
 * A process of its own, as a web server starts it, and the plain CGI transport.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "request.h"
#include "transport.h"

/* A pipe each for what a web server connects, and one that holds us up. */
struct server {
	int input[2], output[2], errors[2], hold[2];
};

static void
open_pipes(struct server *server)
{
	assert_int_equal(pipe(server->input), 0);
	assert_int_equal(pipe(server->output), 0);
	assert_int_equal(pipe(server->errors), 0);
	assert_int_equal(pipe(server->hold), 0);
}

/* The program: answers, detaches itself, and works on until it is let go. */
static void
run_program(const struct server *server)
{
	struct request *request;
	char byte;

	(void)alarm(20);
	(void)dup2(server->input[0], STDIN_FILENO);
	(void)dup2(server->output[1], STDOUT_FILENO);
	(void)dup2(server->errors[1], STDERR_FILENO);
	(void)close(server->output[1]);
	(void)close(server->errors[1]);
	(void)close(server->hold[1]);
	if (request_open_cgi(&request) != ERR_OK ||
		request_next(request) != REQUEST_READY ||
		write(STDOUT_FILENO, "answer", 6) != 6)
		_exit(2);
	request_detach(request);
	request_log(request, "behind the answer");
	(void)!read(server->hold[0], &byte, 1);
	_exit(0);
}

/* All that comes before the end, which must come while we hold the program. */
static void
check_ends(int line, int fd, const char *want)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char text[64];
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0) {
		CHECK(line, poll(&wait, 1, 10000) == 1);
		n = read(fd, text + len, sizeof text - 1 - len);
		CHECK(line, n >= 0);
		len += (size_t)n;
	}
	text[len] = '\0';
	CHECK_TEXT(line, text, want);
}

/*
 * mod_cgi waits for the end of both output and errors before the client has
 * its whole answer: what is done behind it must hold neither.
 */
static void
test_detach_lets_go(void **state)
{
	struct server server;
	pid_t child;
	int status;

	(void)state;
	open_pipes(&server);
	child = fork();
	if (child == 0)
		run_program(&server);
	assert_true(child > 0);
	(void)close(server.output[1]);
	(void)close(server.errors[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	check_ends(__LINE__, server.output[0], "answer");
	check_ends(__LINE__, server.errors[0], "");
	assert_int_equal(write(server.hold[1], "x", 1), 1);
	(void)close(server.input[0]);
	(void)close(server.input[1]);
	(void)close(server.output[0]);
	(void)close(server.errors[0]);
	(void)close(server.hold[0]);
	(void)close(server.hold[1]);
}

#define INHERITED 20

/* As /dev/null is one. */
static bool
is_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode);
}

/* The program, born with one descriptor too many and two too few. */
static void
run_orphan(void)
{
	struct request *request;
	bool is_closed = true;

	(void)alarm(20);
	(void)dup2(STDIN_FILENO, INHERITED);
	(void)close(STDOUT_FILENO);
	(void)close(STDERR_FILENO);
	if (request_open(&request) != ERR_OK)
		_exit(2);
#ifdef HAVE_CLOSE_RANGE
	is_closed = fcntl(INHERITED, F_GETFD) < 0;
#endif
	_exit(is_closed && is_device(STDOUT_FILENO) && is_device(STDERR_FILENO)
			? 0
			: 3);
}

/*
 * mod_fcgid hands down the pipes of its process manager.  And what would be
 * opened as one of the first three, a connection say, would get what is written
 * there.
 */
static void
test_descriptors(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		run_orphan();
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_detach_lets_go),
	};

	return cmocka_run_group_tests_name("request_cgi", tests, NULL, NULL);
}
