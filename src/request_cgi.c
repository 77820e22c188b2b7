#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "limit.h"
#include "transport.h"

/* Plain CGI (RFC 3875): one request in the environment and on stdin. */
struct cgi {
	struct request request;
	bool taken;
	size_t left; /* bytes of the body not read yet, if they all come */
};

/* How long a body the server announces; SIZE_MAX for a chunked one. */
static size_t
announced_length(void)
{
	const char *length = getenv("CONTENT_LENGTH");
	size_t bytes = 0;

	if (length != NULL && transport_parse_length(length, &bytes))
		return bytes;
	return getenv("HTTP_TRANSFER_ENCODING") != NULL ? SIZE_MAX : 0;
}

static enum request_state
next(struct request *request)
{
	struct cgi *cgi = (struct cgi *)request;

	if (cgi->taken)
		return REQUEST_STOP;
	cgi->taken = true;
	cgi->left = announced_length();
	return REQUEST_READY;
}

static const char *
variable(const struct request *request, const char *name)
{
	(void)request;
	return getenv(name);
}

static const char *const *
variables(const struct request *request)
{
	(void)request;
	return (const char *const *)environ;
}

static ssize_t
read_body(struct request *request, void *data, size_t len)
{
	struct cgi *cgi = (struct cgi *)request;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, data, len);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		cgi->left -= (size_t)n < cgi->left ? (size_t)n : cgi->left;
	return n;
}

static bool
write_all(struct request *request, const void *data, size_t len)
{
	(void)request;
	return file_write_all(STDOUT_FILENO, data, len);
}

static int
descriptor(const struct request *request)
{
	(void)request;
	return STDOUT_FILENO;
}

static void
log_stderr(struct request *request, const char *line)
{
	(void)request;
	transport_log_stderr(line);
}

/*
 * Reads what is left of the body.  Under mod_cgid input and output are one
 * socket: closing it with input unread would reset the connection, and the
 * answer on its way with it.
 */
static void
drain(struct request *request)
{
	struct cgi *cgi = (struct cgi *)request;
	char chunk[8192];
	size_t drained = 0;

	while (cgi->left > 0 && drained < LIMIT_DRAIN) {
		size_t len = sizeof chunk;
		ssize_t n;

		if (len > cgi->left)
			len = cgi->left;
		n = read_body(request, chunk, len);
		if (n <= 0)
			break;
		drained += (size_t)n;
	}
}

static bool
is_pipe(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/*
 * Leaves what is left to a child of our own, out of the server's reach; if
 * there can be none, we do it while the server waits.
 */
static void
detach(struct request *request)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t child;

	drain(request);
	child = null >= 0 ? fork() : -1;
	if (child > 0)
		_exit(EXIT_SUCCESS);
	if (child == 0) {
		(void)setsid();
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		/* mod_cgi would read it to its end, and the client wait. */
		if (is_pipe(STDERR_FILENO))
			(void)dup2(null, STDERR_FILENO);
		((struct cgi *)request)->left = 0;
	}
	if (null >= 0)
		(void)close(null);
}

static void
close_cgi(struct request *request)
{
	drain(request);
	free(request);
}

static const struct transport cgi_transport = {
	.next = next,
	.variable = variable,
	.variables = variables,
	.read = read_body,
	.write = write_all,
	.end = write_all,
	.descriptor = descriptor,
	.log = log_stderr,
	.close = close_cgi,
	.detach = detach,
};

enum err
request_open_cgi(struct request **out)
{
	struct cgi *cgi = calloc(1, sizeof *cgi);

	*out = NULL;
	if (cgi == NULL)
		return ERR_MEMORY;
	cgi->request.transport = &cgi_transport;
	*out = &cgi->request;
	return ERR_OK;
}
