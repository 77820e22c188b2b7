#include "config.h"

#include "feed_request.h"

#include <string.h>

#include "event_stream.h"
#include "kind.h"
#include "limit.h"
#include "timestamp.h"

/* Events that are looked at unless something else is asked for. */
#define EVENTS_DEFAULT 100

/* Whether the client takes server-sent events, as browsers ask for them. */
static bool
accepts_stream(const struct request *request)
{
	const char *accepted = request_variable(request, "HTTP_ACCEPT");

	return accepted != NULL && strstr(accepted, EVENT_STREAM_TYPE) != NULL;
}

static enum err
take_kind(struct feed_request *asked, const struct query *query,
	struct reason *reason)
{
	const char *kind = query_value(query, "kind");
	bool is_known = kind == NULL;

	for (int i = 0; !is_known && i < KIND__MAX; i++)
		is_known = strcmp(kind, kind_name((enum kind)i)) == 0;
	asked->filter.kind = kind;
	if (!is_known)
		return err_reason(reason, ERR_MALFORMED,
			"there is no kind \"%.60s\"", kind);
	return ERR_OK;
}

static enum err
take_endpoint(struct feed_request *asked, const struct query *query,
	const struct endpoint *const *known, struct reason *reason)
{
	const char *name = query_value(query, "endpoint");

	asked->filter.endpoint = name;
	if (name == NULL)
		return ERR_OK;
	while (*known != NULL && strcmp((*known)->name, name) != 0)
		known++;
	if (*known == NULL)
		return err_reason(reason, ERR_MALFORMED,
			"there is no endpoint \"%.60s\"", name);
	return ERR_OK;
}

static enum err
take_since(struct feed_request *asked, const struct query *query,
	struct reason *reason)
{
	char time[TIMESTAMP_SIZE];

	asked->since = query_value(query, "since");
	if (asked->since == NULL)
		return ERR_OK;
	if (!timestamp_parse(asked->since, time))
		return err_reason(reason, ERR_MALFORMED,
			"parameter \"since\" is not a time such as "
			"2026-11-20T12:00:00Z");
	if (query_value(query, "after") != NULL)
		return err_reason(reason, ERR_MALFORMED,
			"parameters \"after\" and \"since\" exclude each "
			"other");
	asked->beginning = FEED_SINCE;
	return ERR_OK;
}

/* A client that comes back says so in a header, its URL being the old one. */
static enum err
take_cursor(struct feed_request *asked, const struct request *request,
	const struct query *query, struct reason *reason)
{
	const char *last = request_variable(request, "HTTP_LAST_EVENT_ID");
	const char *after = query_value(query, "after");

	if (asked->wants_stream && last != NULL && last[0] != '\0')
		after = last;
	if (after == NULL)
		return ERR_OK;
	if (strcmp(after, "newest") == 0)
		asked->beginning = FEED_NOW;
	else if (strcmp(after, "oldest") == 0)
		asked->beginning = FEED_OLDEST;
	else if (feed_cursor_parse(&asked->cursor, after))
		asked->beginning = FEED_CURSOR;
	else
		return err_reason(reason, ERR_MALFORMED,
			"%s is none that the feed has given out: begin with "
			"after=oldest or after=newest",
			after == last ? "Last-Event-ID"
				      : "parameter \"after\"");
	return ERR_OK;
}

enum err
feed_request_take(struct feed_request *asked, const struct request *request,
	const struct query *query, const struct endpoint *const *endpoints,
	struct reason *reason)
{
	static const char *const names[] = {
		"account", "after", "endpoint", "kind", "limit", "since", NULL};
	enum err err = query_allow(query, names, reason);

	memset(asked, 0, sizeof *asked);
	asked->limit = EVENTS_DEFAULT;
	asked->wants_stream = accepts_stream(request);
	asked->beginning = asked->wants_stream ? FEED_NOW : FEED_NEWEST_EVENTS;
	asked->filter.account_sid = query_value(query, "account");
	if (err == ERR_OK)
		err = query_number(query, "limit", LIMIT_FEED_EVENTS,
			&asked->limit, reason);
	if (err == ERR_OK)
		err = take_kind(asked, query, reason);
	if (err == ERR_OK)
		err = take_endpoint(asked, query, endpoints, reason);
	if (err == ERR_OK)
		err = take_since(asked, query, reason);
	return err == ERR_OK ? take_cursor(asked, request, query, reason) : err;
}
