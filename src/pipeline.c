#include "config.h"

#include "pipeline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "clock.h"

/* libpq prints notices to standard error unless it is told where else. */
static void
ignore_notice(void *context, const PGresult *notice)
{
	(void)context;
	(void)notice;
}

enum err
pipeline_open(struct pipeline *pipeline, const char *string, const char *name,
	struct reason *reason)
{
	const struct libpq *pq;
	enum err err;

	memset(pipeline, 0, sizeof *pipeline);
	err = libpq_load(&pipeline->pq, reason);
	if (err == ERR_SETTING)
		return ERR_DATABASE;
	if (err != ERR_OK)
		return err;
	pq = pipeline->pq;
	err = libpq_connect(pq, &pipeline->pg, string, name, reason);
	if (err != ERR_OK)
		return err;
	(void)pq->PQsetNoticeReceiver(pipeline->pg, ignore_notice, NULL);
	if (pq->PQsetnonblocking(pipeline->pg, 1) != 0 ||
		pq->PQenterPipelineMode(pipeline->pg) != 1)
		return err_reason(
			reason, ERR_DATABASE, "could not start a pipeline");
	return ERR_OK;
}

void
pipeline_close(struct pipeline *pipeline)
{
	if (pipeline->pg != NULL)
		pipeline->pq->PQfinish(pipeline->pg);
	pipeline->pg = NULL;
}

bool
pipeline_is_alive(const struct pipeline *pipeline)
{
	const struct libpq *pq = pipeline->pq;
	struct pollfd socket = {
		.fd = pq->PQsocket(pipeline->pg), .events = POLLIN | POLLRDHUP};

	if (poll(&socket, 1, 0) <= 0)
		return true; /* nothing to read: as we left it */
	if ((socket.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0)
		return false;
	return pq->PQconsumeInput(pipeline->pg) == 1 &&
	       pq->PQstatus(pipeline->pg) == CONNECTION_OK;
}

/* Waits until the socket can be used, at most until the deadline. */
static bool
wait_for(const struct pipeline *pipeline, short events)
{
	struct pollfd socket = {
		.fd = pipeline->pq->PQsocket(pipeline->pg), .events = events};
	int n;

	do {
		long long left = pipeline->deadline - clock_milliseconds();

		n = poll(&socket, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

bool
pipeline_flush(const struct pipeline *pipeline)
{
	const struct libpq *pq = pipeline->pq;
	int left;

	while ((left = pq->PQflush(pipeline->pg)) == 1)
		if (!wait_for(pipeline, POLLIN | POLLOUT) ||
			pq->PQconsumeInput(pipeline->pg) != 1)
			return false;
	return left == 0;
}

bool
pipeline_result(const struct pipeline *pipeline, PGresult **result)
{
	const struct libpq *pq = pipeline->pq;

	*result = NULL;
	while (pq->PQisBusy(pipeline->pg))
		if (!wait_for(pipeline, POLLIN) ||
			pq->PQconsumeInput(pipeline->pg) != 1)
			return false;
	*result = pq->PQgetResult(pipeline->pg);
	return true;
}

enum err
pipeline_explain(const struct pipeline *pipeline, struct reason *reason)
{
	const char *text;

	if (clock_milliseconds() >= pipeline->deadline)
		return err_reason(reason, ERR_DATABASE,
			"the database did not answer in time");
	text = pipeline->pq->PQerrorMessage(pipeline->pg);
	return err_reason(reason, ERR_DATABASE,
		"the connection to the database was lost: %.*s",
		(int)strcspn(text, "\n"), text);
}
