#include "config.h"

#include "trace.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Of what a stranger sends no more is written than this. */
#define LINES 8
#define LINE_SIZE 700
#define HEADERS 60

/* As CGI has them, after "HTTP_". */
static const char *const harmless[] = {"ACCEPT", "ACCEPT_ENCODING",
	"CACHE_CONTROL", "CONNECTION", "HOST", "MAX_FORWARDS", "USER_AGENT",
	"X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PORT",
	"X_FORWARDED_PROTO", "X_FORWARDED_SSL", "X_HOME_REGION", "X_REAL_IP"};

static bool
is_harmless(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++)
		if (strlen(harmless[i]) == len &&
			memcmp(harmless[i], name, len) == 0)
			return true;
	return false;
}

/* One variable "HTTP_NAME=value" of the request. */
static void
trace_header(const struct log *log, const char *name, const char *equals)
{
	int len = (int)(equals - name);

	/* With an "@" it may be a user and a password. */
	if (is_harmless(name, (size_t)len) && strchr(equals, '@') == NULL)
		log_line(log, LOG_DEBUG, "header %.*s: %.300s", len, name,
			equals + 1);
	else
		log_line(log, LOG_DEBUG, "header %.*s: %zu characters",
			len < 100 ? len : 100, name, strlen(equals + 1));
}

static void
trace_headers(const struct log *log, const struct request *request)
{
	const char *const *variable = request_variables(request);
	int n = 0;

	for (; variable != NULL && *variable != NULL && n < HEADERS;
		variable++) {
		const char *equals = strchr(*variable, '=');

		if (equals == NULL || strncmp(*variable, "HTTP_", 5) != 0)
			continue;
		trace_header(log, *variable + 5, equals);
		n++;
	}
}

/*
 * Whether it looks like a name, and not like a value that has got there: a
 * JSON body sent as a form, a key for a query.  Twilio's own names, which begin
 * with a capital, may come without a value.
 */
static bool
is_plain_name(const struct parameter *parameter)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return parameter->name_len <= 64 &&
	       (parameter->value_len > 0 ||
		       isupper((unsigned char)parameter->name[0])) &&
	       strspn(parameter->name, plain) == parameter->name_len;
}

/* One name; of what is none, how long it is. */
static size_t
add_name(char *line, size_t size, const struct parameter *parameter)
{
	if (is_plain_name(parameter))
		return (size_t)snprintf(line, size, "%s", parameter->name);
	return (size_t)snprintf(
		line, size, "(%zu characters)", parameter->name_len);
}

/* The names of n parameters, as many to a line as it holds. */
static void
trace_names(const struct log *log, const char *where,
	const struct parameter *parameters, size_t n)
{
	char line[LINE_SIZE] = "";
	size_t used = 0, lines = 0;

	for (size_t i = 0; i < n && lines < LINES; i++) {
		if (used > 0)
			used += (size_t)snprintf(
				line + used, sizeof line - used, ", ");
		used += add_name(
			line + used, sizeof line - used, &parameters[i]);
		if (used < sizeof line - 104 && i + 1 < n)
			continue;
		log_line(log, LOG_DEBUG, "parameters of the %s: %s", where,
			line);
		used = 0;
		lines++;
	}
	if (n == 0)
		log_line(log, LOG_DEBUG, "no parameters in the %s", where);
}

static const char *
text(const struct request *request, const char *name)
{
	const char *value = request_variable(request, name);

	return value != NULL ? value : "";
}

/* The path; in absolute form there are a user and a password before it. */
static const char *
path_of(const char *target)
{
	const char *authority = strstr(target, "://");
	const char *slash;

	if (target[0] == '/' || authority == NULL)
		return target;
	slash = strchr(authority + 3, '/');
	return slash != NULL ? slash : "";
}

void
trace_request(const struct log *log, const struct request *request,
	const struct form *form, size_t n_body)
{
	const char *target = path_of(text(request, "REQUEST_URI"));

	if (log->level < LOG_DEBUG)
		return;
	log_line(log, LOG_DEBUG,
		"%.20s %.*s%s from %.100s, type \"%.100s\", "
		"%.20s bytes",
		text(request, "REQUEST_METHOD"), (int)strcspn(target, "?"),
		target, strchr(target, '?') != NULL ? "?..." : "",
		text(request, "REMOTE_ADDR"), text(request, "CONTENT_TYPE"),
		text(request, "CONTENT_LENGTH"));
	trace_headers(log, request);
	/* Those of a form without any are NULL. */
	trace_names(log, "query",
		form->n > 0 ? form->parameters + n_body : NULL,
		form->n - n_body);
	trace_names(log, "body", form->parameters, n_body);
}
