#include "config.h"

#include "psql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wording.h"

/* What is kept of what psql says: its first words are what counts. */
#define SAID 8192

/* Where psql could not be started, the child says this instead. */
struct failure {
	enum err err;
	struct reason reason;
};

/* A child that is psql, or will be. */
struct child {
	pid_t pid;
	int said;   /* its standard error */
	int failed; /* struct failure, or nothing if it is psql */
};

static enum err
could_not(struct reason *reason)
{
	return err_reason(
		reason, ERR_IO, "could not run psql: %s", strerror(errno));
}

/* In the child: becomes psql, or returns why not. */
static enum err
become(const struct database *database, const char *path, int said,
	struct reason *reason)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	enum err err;

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(null, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
		return could_not(reason);
	err = database_export(database, reason);
	if (err != ERR_OK)
		return err;
	(void)execlp(
		"psql", "psql", "-X", "-w", "-q", "-f", path, (char *)NULL);
	if (errno != ENOENT)
		return could_not(reason);
	return err_reason(reason, ERR_IO,
		"psql is missing: install it (Debian: postgresql-client), or "
		"run where there is one: psql -d DATABASE -f \"%s\"",
		path);
}

/* The ends of the pipes that are the child's are closed when it is gone. */
static enum err
start(struct child *child, const struct database *database, const char *path,
	struct reason *reason)
{
	int said[2] = {-1, -1}, failed[2] = {-1, -1};
	enum err err = ERR_OK;

	if (pipe2(said, O_CLOEXEC) == 0 && pipe2(failed, O_CLOEXEC) == 0)
		child->pid = fork();
	if (child->pid < 0)
		err = could_not(reason);
	if (child->pid == 0) {
		struct failure failure;

		memset(&failure, 0, sizeof failure);
		failure.err = become(database, path, said[1], &failure.reason);
		(void)!write(failed[1], &failure, sizeof failure);
		_exit(EXIT_FAILURE);
	}
	(void)close(said[1]);
	(void)close(failed[1]);
	child->said = said[0];
	child->failed = failed[0];
	return err;
}

/* Reads to the end, and keeps what fits; how much that is. */
static size_t
read_all(int fd, void *out, size_t size)
{
	char rest[1024];
	size_t len = 0;

	for (;;) {
		ssize_t n = len < size ? read(fd, (char *)out + len, size - len)
				       : read(fd, rest, sizeof rest);

		if (n == 0 || (n < 0 && errno != EINTR))
			return len;
		if (n > 0 && len < size)
			len += (size_t)n;
	}
}

static int
wait_for(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

/* The rest of the line behind a label; NULL if no line has it. */
static const char *
find_label(const char *said, const char *label)
{
	const char *found = strstr(said, label);

	return found != NULL ? found + strlen(label) : NULL;
}

/*
 * "psql:FILE:LINE: ERROR:  TEXT", with lines of detail below and of warnings
 * above it, or "psql: error: TEXT".
 */
static enum err
explain(struct reason *reason, const char *path, const char *said, int status)
{
	const char *text = find_label(said, "ERROR:  ");
	const char *hint = find_label(said, "\nHINT:  ");
	size_t hint_len = hint != NULL ? strcspn(hint, "\n") : 0;

	/* A hint is a sentence. */
	if (hint_len > 0 && hint[hint_len - 1] == '.')
		hint_len--;
	if (text == NULL)
		text = find_label(said, "FATAL:  ");
	if (text == NULL)
		text = find_label(said, "error: ");
	if (text == NULL)
		text = said;
	if (*text == '\0' && WIFSIGNALED(status))
		return err_reason(reason, ERR_DATABASE,
			"psql was ended by signal %d", WTERMSIG(status));
	if (*text == '\0')
		return err_reason(reason, ERR_DATABASE,
			"psql failed over \"%s\" and does not say why", path);
	if (hint_len == 0)
		return err_reason(reason, ERR_DATABASE,
			"\"%.100s\" failed: %.*s", path,
			(int)strcspn(text, "\n"), text);
	return err_reason(reason, ERR_DATABASE,
		"\"%.100s\" failed: %.*s; %c%.*s", path,
		(int)strcspn(text, "\n"), text, wording_first(hint),
		(int)hint_len - 1, hint + 1);
}

enum err
psql_run(const struct database *database, const char *path,
	struct reason *reason)
{
	struct child child = {-1, -1, -1};
	struct failure failure;
	char said[SAID + 1];
	enum err err = start(&child, database, path, reason);
	int status;

	if (err == ERR_OK) {
		said[read_all(child.said, said, SAID)] = '\0';
		status = wait_for(child.pid);
		if (read_all(child.failed, &failure, sizeof failure) ==
			sizeof failure) {
			err = failure.err;
			*reason = failure.reason;
		} else if (status != 0) {
			err = explain(reason, path, said, status);
		}
	}
	(void)close(child.said);
	(void)close(child.failed);
	return err;
}
