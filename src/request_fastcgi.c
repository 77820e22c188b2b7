#include "config.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "transport.h"

/*
 * How long to wait for the next piece of a body, in seconds.  A server that
 * does not buffer uploads (mod_proxy_fcgi) lets a slow sender hold us.
 */
#define READ_SECONDS 5

/*
 * And for a server to take a piece of an answer: one that hands it to a client
 * that does not read would hold us as well.
 */
#define WRITE_SECONDS 20

/* How long to wait for a request before REQUEST_IDLE, in seconds. */
#define IDLE_SECONDS 60

/*
 * For how long those who are connected are still served when the process is
 * told to stop, in seconds: under load there is always somebody.
 */
#define LEAVE_SECONDS 2

struct fastcgi {
	struct request request;
	FCGX_Request fcgx;
	sigset_t waiting; /* lets through the signals that ask to stop */
	bool in_hand;     /* a request is accepted and not finished */
	bool is_begun;    /* the answer is on its way */
	bool is_answered; /* all of it, and the streams are closed */
	time_t leave_by;  /* by CLOCK_MONOTONIC; 0 until told to stop */
};

static void
finish(struct fastcgi *fastcgi)
{
	if (!fastcgi->in_hand)
		return;
	/* A kept connection would hold this process for one peer alone. */
	fastcgi->fcgx.keepConnection = 0;
	FCGX_Finish_r(&fastcgi->fcgx);
	fastcgi->in_hand = false;
}

/*
 * Told to stop.  Connections that nobody has accepted yet would be reset when
 * the process ends, and their requests are sent already: the web server could
 * only answer 500.
 */
static enum request_state
leave(struct fastcgi *fastcgi)
{
	struct pollfd listening = {.fd = STDIN_FILENO, .events = POLLIN};
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (fastcgi->leave_by == 0)
		fastcgi->leave_by = now.tv_sec + LEAVE_SECONDS;
	if (now.tv_sec >= fastcgi->leave_by || poll(&listening, 1, 0) <= 0)
		return REQUEST_STOP;
	return REQUEST_READY;
}

/* The one place where signals arrive: nothing is in hand here. */
static enum request_state
wait_for_connection(struct fastcgi *fastcgi)
{
	const struct timespec idle = {.tv_sec = IDLE_SECONDS};
	struct pollfd wanted[] = {
		{.fd = STDIN_FILENO,      .events = POLLIN},
		{.fd = transport_stop_fd, .events = POLLIN},
	};
	int n;

	if (transport_stop)
		return leave(fastcgi);
	n = ppoll(wanted, 2, &idle, &fastcgi->waiting);
	if (transport_stop)
		return leave(fastcgi);
	if (n < 0 && errno != EINTR)
		return REQUEST_STOP;
	return n > 0 ? REQUEST_READY : REQUEST_IDLE;
}

/*
 * Whether an accept failed only for now: another process was faster, or the
 * system has nothing left at the moment, for which this waits.
 */
static bool
is_passing(int accepted)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	int error = -accepted;

	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		return true;
	if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
		error != ENOMEM)
		return false;
	(void)nanosleep(&pause, NULL);
	return true;
}

static void
limit_waiting(int fd)
{
	const struct timeval reading = {.tv_sec = READ_SECONDS};
	const struct timeval writing = {.tv_sec = WRITE_SECONDS};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &reading, sizeof reading);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &writing, sizeof writing);
}

static enum request_state
next(struct request *request)
{
	struct fastcgi *fastcgi = (struct fastcgi *)request;

	finish(fastcgi);
	for (;;) {
		enum request_state state = wait_for_connection(fastcgi);
		int accepted;

		if (state != REQUEST_READY)
			return state;
		accepted = FCGX_Accept_r(&fastcgi->fcgx);
		if (is_passing(accepted))
			continue;
		if (accepted < 0)
			return REQUEST_STOP;
		limit_waiting(fastcgi->fcgx.ipcFd);
		fastcgi->in_hand = true;
		fastcgi->is_begun = fastcgi->is_answered = false;
		return REQUEST_READY;
	}
}

static const char *
variable(const struct request *request, const char *name)
{
	const struct fastcgi *fastcgi = (const struct fastcgi *)request;

	return FCGX_GetParam(name, fastcgi->fcgx.envp);
}

static const char *const *
variables(const struct request *request)
{
	return (const char *const *)((const struct fastcgi *)request)
		->fcgx.envp;
}

/*
 * Waits for one byte and takes what has come with it: FCGX_GetStr would wait
 * for all len, however slowly they come.
 */
static ssize_t
read_body(struct request *request, void *data, size_t len)
{
	FCGX_Stream *in = ((struct fastcgi *)request)->fcgx.in;
	char *out = data;
	int c = len > 0 ? FCGX_GetChar(in) : EOF;
	size_t there;

	if (c == EOF)
		return FCGX_GetError(in) == 0 ? 0 : -1;
	out[0] = (char)c;
	there = (size_t)(in->stop - in->rdNext);
	if (there > len - 1)
		there = len - 1;
	return 1 + FCGX_GetStr(out + 1, (int)there, in);
}

static bool
write_all(struct request *request, const void *data, size_t len)
{
	struct fastcgi *fastcgi = (struct fastcgi *)request;

	fastcgi->is_begun = true;
	(void)FCGX_FFlush(fastcgi->fcgx.err);
	return len <= INT_MAX &&
	       FCGX_PutStr(data, (int)len, fastcgi->fcgx.out) == (int)len &&
	       FCGX_FFlush(fastcgi->fcgx.out) == 0;
}

/*
 * With the end of the request: the server may leave when it has the answer,
 * and nobody would take what is sent behind it.
 */
static bool
end(struct request *request, const void *data, size_t len)
{
	struct fastcgi *fastcgi = (struct fastcgi *)request;
	bool taken = len <= INT_MAX &&
		     FCGX_PutStr(data, (int)len, fastcgi->fcgx.out) == (int)len;

	fastcgi->is_answered = true;
	/* The last one to be closed ends the request. */
	(void)FCGX_FClose(fastcgi->fcgx.err);
	return FCGX_FClose(fastcgi->fcgx.out) == 0 && taken;
}

static int
descriptor(const struct request *request)
{
	return ((const struct fastcgi *)request)->fcgx.ipcFd;
}

/*
 * Through the request's own error stream: the server adds time and client,
 * and standard error may be /dev/null (lighttpd).
 */
static void
log_stream(struct request *request, const char *line)
{
	struct fastcgi *fastcgi = (struct fastcgi *)request;

	if (!fastcgi->in_hand || fastcgi->is_answered) {
		transport_log_stderr(line);
		return;
	}
	/* A record for each line.  The last one goes out before the answer:
	 * lighttpd reads nothing more behind it. */
	(void)FCGX_FFlush(fastcgi->fcgx.err);
	(void)FCGX_PutS(line, fastcgi->fcgx.err);
	(void)FCGX_PutS("\n", fastcgi->fcgx.err);
	if (fastcgi->is_begun)
		(void)FCGX_FFlush(fastcgi->fcgx.err);
}

static void
close_fastcgi(struct request *request)
{
	struct fastcgi *fastcgi = (struct fastcgi *)request;

	finish(fastcgi);
	free(fastcgi);
}

static void
detach(struct request *request)
{
	finish((struct fastcgi *)request);
}

static bool
is_crowded(const struct request *request)
{
	struct pollfd listening = {.fd = STDIN_FILENO, .events = POLLIN};

	(void)request;
	return poll(&listening, 1, 0) > 0;
}

static enum err make(const sigset_t *waiting, struct request **out);

static enum err
another(const struct request *first, struct request **out)
{
	return make(&((const struct fastcgi *)first)->waiting, out);
}

static const struct transport fastcgi_transport = {
	.next = next,
	.variable = variable,
	.variables = variables,
	.read = read_body,
	.write = write_all,
	.end = end,
	.descriptor = descriptor,
	.log = log_stream,
	.close = close_fastcgi,
	.detach = detach,
	.another = another,
	.is_crowded = is_crowded,
};

static enum err
make(const sigset_t *waiting, struct request **out)
{
	struct fastcgi *fastcgi = calloc(1, sizeof *fastcgi);

	*out = NULL;
	if (fastcgi == NULL)
		return ERR_MEMORY;
	if (FCGX_InitRequest(&fastcgi->fcgx, STDIN_FILENO,
		    FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		free(fastcgi);
		return ERR_IO;
	}
	fastcgi->request.transport = &fastcgi_transport;
	fastcgi->waiting = *waiting;
	*out = &fastcgi->request;
	return ERR_OK;
}

enum err
request_open_fastcgi(struct request **out, const sigset_t *waiting)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	*out = NULL;
	/* Non-blocking: a sibling on the same socket may win the accept. */
	if (FCGX_Init() != 0 || flags < 0 ||
		fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) != 0)
		return ERR_IO;
	return make(waiting, out);
}
