#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "transport.h"

struct memory {
	struct request request;
	struct request_memory given;
	size_t at; /* bytes of the body read */
	bool taken;
};

static enum request_state
next(struct request *request)
{
	struct memory *memory = (struct memory *)request;

	if (memory->taken)
		return REQUEST_STOP;
	memory->taken = true;
	return REQUEST_READY;
}

static const char *
variable(const struct request *request, const char *name)
{
	const struct memory *memory = (const struct memory *)request;
	const char *const *variables = memory->given.variables;
	size_t len = strlen(name);

	for (; *variables != NULL; variables++)
		if (strncmp(*variables, name, len) == 0 &&
			(*variables)[len] == '=')
			return *variables + len + 1;
	return NULL;
}

static const char *const *
variables(const struct request *request)
{
	return ((const struct memory *)request)->given.variables;
}

static ssize_t
read_body(struct request *request, void *data, size_t len)
{
	struct memory *memory = (struct memory *)request;
	size_t left = memory->given.body_len - memory->at;

	if (len > left)
		len = left;
	if (len > 0)
		memcpy(data, (const char *)memory->given.body + memory->at,
			len);
	memory->at += len;
	return (ssize_t)len;
}

static bool
write_all(struct request *request, const void *data, size_t len)
{
	struct memory *memory = (struct memory *)request;

	return buf_add(memory->given.output, data, len) == ERR_OK;
}

static void
log_memory(struct request *request, const char *line)
{
	struct memory *memory = (struct memory *)request;

	/* A log that is full loses lines; nothing else depends on it. */
	if (buf_add_text(memory->given.log, line) != ERR_OK ||
		buf_add_text(memory->given.log, "\n") != ERR_OK)
		return;
}

static void
close_memory(struct request *request)
{
	free(request);
}

static const struct transport memory_transport = {
	.next = next,
	.variable = variable,
	.variables = variables,
	.read = read_body,
	.write = write_all,
	.end = write_all,
	.log = log_memory,
	.close = close_memory,
};

enum err
request_open_memory(struct request **out, const struct request_memory *given)
{
	struct memory *memory = calloc(1, sizeof *memory);

	*out = NULL;
	if (memory == NULL)
		return ERR_MEMORY;
	memory->request.transport = &memory_transport;
	memory->given = *given;
	*out = &memory->request;
	return ERR_OK;
}
