#include "config.h"

#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "limit.h"
#include "transport.h"

/* An answer with its headers, if it is no longer, goes out in one piece. */
#define PIECE 4096

atomic_bool transport_stop;
int transport_stop_fd = -1;

/* The signals that are let through while a request is waited for. */
static sigset_t waiting_mask;

static const int stop_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

static void
on_stop(int signal)
{
	const uint64_t one = 1;
	int saved = errno;

	(void)signal;
	transport_stop = 1;
	if (write(transport_stop_fd, &one, sizeof one) < 0)
		errno = saved; /* the flag will be seen all the same */
}

/*
 * Blocks the signals that ask to stop; *waiting gets the mask under which
 * they are let through.  Set up before libfcgi could install its own
 * handlers, which cut answers short.
 */
static enum err
own_signals(sigset_t *waiting)
{
	const size_t n = sizeof stop_signals / sizeof stop_signals[0];
	struct sigaction action;
	sigset_t blocked;

	transport_stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (transport_stop_fd < 0)
		return ERR_IO;
	memset(&action, 0, sizeof action);
	action.sa_handler = on_stop;
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < n; i++)
		(void)sigaddset(&blocked, stop_signals[i]);
	if (pthread_sigmask(SIG_BLOCK, &blocked, waiting) != 0)
		return ERR_IO;
	for (size_t i = 0; i < n; i++) {
		/* In case that they were blocked when we were started. */
		(void)sigdelset(waiting, stop_signals[i]);
		if (sigaction(stop_signals[i], &action, NULL) != 0)
			return ERR_IO;
	}
	action.sa_handler = SIG_IGN;
	return sigaction(SIGPIPE, &action, NULL) == 0 ? ERR_OK : ERR_IO;
}

/* Makes sure that 0, 1 and 2 are open, so that nothing else becomes them. */
static enum err
own_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= 2);
	if (fd < 0)
		return ERR_IO;
		/*
		 * mod_fcgid leaves its process manager's pipes open in
		 * children.  An old kernel lacks the call, and can do without:
		 * they are only untidy.
		 */
#ifdef HAVE_CLOSE_RANGE
	(void)close_range(3, ~0U, 0);
#else
	(void)close(fd);
#endif
	return ERR_OK;
}

static bool
is_listening(int fd)
{
	int listening = 0;
	socklen_t len = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) ==
		       0 &&
	       listening != 0;
}

enum err
request_open(struct request **out)
{
	enum err err = own_descriptors();

	*out = NULL;
	if (err == ERR_OK)
		err = own_signals(&waiting_mask);
	if (err != ERR_OK)
		return err;
	return is_listening(STDIN_FILENO)
		       ? request_open_fastcgi(out, &waiting_mask)
		       : request_open_cgi(out);
}

enum request_state
request_next(struct request *request)
{
	return request->transport->next(request);
}

enum err
request_open_another(const struct request *first, struct request **out)
{
	*out = NULL;
	if (first->transport->another == NULL)
		return ERR_TYPE;
	return first->transport->another(first, out);
}

bool
request_is_crowded(const struct request *request)
{
	return request->transport->is_crowded != NULL &&
	       request->transport->is_crowded(request);
}

void
request_close(struct request *request)
{
	if (request != NULL)
		request->transport->close(request);
}

const char *
request_variable(const struct request *request, const char *name)
{
	return request->transport->variable(request, name);
}

bool
transport_parse_length(const char *text, size_t *length)
{
	size_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		size_t digit = (size_t)(unsigned char)*text - '0';

		if (*text < '0' || *text > '9' ||
			value > (SIZE_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*length = value;
	return true;
}

static enum err
too_large(const struct buf *body, struct reason *reason)
{
	return err_reason(
		reason, ERR_TOO_LARGE, "the body exceeds %zu bytes", body->max);
}

/* Whether a body has taken longer than any that Twilio sends. */
static bool
is_late(const struct timespec *start)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec > LIMIT_BODY_SECONDS;
}

/* Reads the next piece of at most want bytes; *n is 0 at the end of input. */
static enum err
read_piece(struct request *request, struct buf *body, size_t want, size_t *n,
	struct reason *reason)
{
	char chunk[8192];
	ssize_t got = request->transport->read(
		request, chunk, want < sizeof chunk ? want : sizeof chunk);
	enum err err;

	*n = got > 0 ? (size_t)got : 0;
	if (got < 0)
		return err_reason(reason, ERR_IO, "could not read the body");
	err = buf_add(body, chunk, *n);
	if (err == ERR_TOO_LARGE)
		return too_large(body, reason);
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	return ERR_OK;
}

/* Reads until the end of input, or until limit bytes are there. */
static enum err
read_up_to(struct request *request, struct buf *body, size_t limit,
	struct reason *reason)
{
	struct timespec start;
	size_t n = 1;
	enum err err = ERR_OK;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	while (err == ERR_OK && n > 0 && body->len < limit) {
		err = read_piece(request, body, limit - body->len, &n, reason);
		if (err == ERR_OK && is_late(&start))
			err = err_reason(reason, ERR_IO,
				"the body was not there after %d s",
				LIMIT_BODY_SECONDS);
	}
	return err;
}

const char *const *
request_variables(const struct request *request)
{
	return request->transport->variables(request);
}

enum err
request_read_body(
	struct request *request, struct buf *body, struct reason *reason)
{
	const char *announced = request_variable(request, "CONTENT_LENGTH");
	size_t length = SIZE_MAX;
	bool known = announced != NULL && announced[0] != '\0';
	enum err err;

	if (known && !transport_parse_length(announced, &length))
		return err_reason(reason, ERR_MALFORMED,
			"CONTENT_LENGTH is not a number");
	if (known && length > body->max)
		return too_large(body, reason);
	err = read_up_to(request, body, length, reason);
	if (err == ERR_OK && known && body->len != length)
		return err_reason(reason, ERR_MALFORMED,
			"the body ends after %zu of the %zu bytes announced",
			body->len, length);
	return err;
}

static const char *
status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{200, "OK"                    },
		{204, "No Content"            },
		{206, "Partial Content"       },
		{304, "Not Modified"          },
		{400, "Bad Request"           },
		{401, "Unauthorized"          },
		{403, "Forbidden"             },
		{404, "Not Found"             },
		{405, "Method Not Allowed"    },
		{410, "Gone"                  },
		{413, "Content Too Large"     },
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable" },
		{500, "Internal Server Error" },
		{503, "Service Unavailable"   },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "Unknown";
}

/* The status and the headers but Content-Length; returns their length. */
static size_t
write_head(char *out, size_t size, const struct reply *reply)
{
	const char *type = reply->content_type;

	return (size_t)snprintf(out, size, "Status: %d %s\r\n%s%.64s%s%.512s",
		reply->status, status_text(reply->status),
		type != NULL ? "Content-Type: " : "", type != NULL ? type : "",
		type != NULL ? "\r\n" : "",
		reply->headers != NULL ? reply->headers : "");
}

enum err
request_reply(struct request *request, const struct reply *reply)
{
	const struct transport *transport = request->transport;
	char piece[PIECE];
	size_t len = write_head(piece, sizeof piece, reply);
	size_t left = reply->len;

	len += (size_t)snprintf(piece + len, sizeof piece - len,
		"Content-Length: %zu\r\n\r\n", reply->len);

	/* One record, one packet; and no memory that could be missing. */
	if (left <= sizeof piece - len) {
		if (left > 0)
			memcpy(piece + len, reply->body, left);
		return transport->end(request, piece, len + left) ? ERR_OK
								  : ERR_IO;
	}
	if (!transport->write(request, piece, len) ||
		!transport->end(request, reply->body, left))
		return ERR_IO;
	return ERR_OK;
}

enum err
request_start(struct request *request, const struct reply *reply)
{
	char head[PIECE];
	size_t len = write_head(head, sizeof head, reply);

	len += (size_t)snprintf(head + len, sizeof head - len, "\r\n");
	return request_send(request, head, len);
}

enum err
request_send(struct request *request, const void *data, size_t len)
{
	return request->transport->write(request, data, len) ? ERR_OK : ERR_IO;
}

enum request_wake
request_wait(struct request *request, int fd, long milliseconds)
{
	const struct timespec time = {.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000};
	const struct transport *transport = request->transport;
	struct pollfd wanted[] = {
		{.fd = fd,			     .events = POLLIN},
		{.fd = transport_stop_fd,              .events = POLLIN},
 /* Hanging up only: some servers have closed their half. */
		{.fd = transport->descriptor != NULL
				? transport->descriptor(request)
				: -1,
                 .events = 0					   },
	};

	/* Here, too, signals arrive: nothing is being sent. */
	if (!transport_stop)
		(void)ppoll(wanted, 3, &time, &waiting_mask);
	if (transport_stop)
		return REQUEST_WAKE_STOP;
	if (wanted[2].revents != 0)
		return REQUEST_WAKE_GONE;
	return wanted[0].revents != 0 ? REQUEST_WAKE_INPUT : REQUEST_WAKE_TIME;
}

void
request_detach(struct request *request)
{
	if (request->transport->detach != NULL)
		request->transport->detach(request);
}

void
request_log(struct request *request, const char *line)
{
	request->transport->log(request, line);
}

void
transport_log_stderr(const char *line)
{
	char newline[] = "\n";
	struct iovec parts[] = {
		{(void *)(uintptr_t)line, strlen(line)},
		{newline,                 1           },
	};

	/* There is nobody to tell if this fails. */
	if (writev(STDERR_FILENO, parts, 2) < 0)
		return;
}
