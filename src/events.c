#include "config.h"

#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "event_stream.h"
#include "feed.h"
#include "feed_request.h"
#include "feed_stream.h"
#include "json.h"
#include "limit.h"
#include "lists.h"
#include "log.h"
#include "playback.h"
#include "query.h"
#include "site.h"
#include "watch.h"

/* What a read may take: of the feed, which many wait for, and of a list. */
#define FEED_MILLISECONDS 3000
#define LISTS_MILLISECONDS 5000

/* Room for what is around them. */
#define AROUND (64 * 1024)

#define HEADERS "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"

struct events {
	struct reader *feed, *lists;
	struct watch *watch;
	atomic_size_t n_streams;
};

/* The HTTP status of an outcome. */
static const int statuses[ERR__MAX] = {
	[ERR_OK] = 200,
	[ERR_MEMORY] = 503,
	[ERR_TOO_LARGE] = 400,
	[ERR_MALFORMED] = 400,
	[ERR_METHOD] = 405,
	[ERR_TYPE] = 400,
	[ERR_REFUSED] = 401,
	[ERR_SETTING] = 500,
	[ERR_DATABASE] = 503,
	[ERR_REJECTED] = 400,
	[ERR_IO] = 503,
};

/* One request on its way to an answer. */
struct visit {
	struct service *service;
	struct events *events;
	struct request *request;
	struct log log;
	struct site site;
	const char *connection;
	struct query query;
	struct feed_request asked;
	struct feed_cursor cursor; /* how far the feed has been read */
	bool is_gone; /* the cursor: then there is the newest instead */
	bool is_answered;
	const char *type; /* of the answer */
	struct buf answer;
	struct reason reason;
};

enum err
events_open(struct service *service)
{
	struct events *events = calloc(1, sizeof *events);
	enum err err = ERR_MEMORY;

	if (events == NULL)
		return err;
	service->events = events; /* events_close ends it */
	atomic_init(&events->n_streams, 0);
	err = reader_new(
		&events->feed, service->endpoint->name, FEED_MILLISECONDS);
	if (err == ERR_OK)
		err = reader_new(&events->lists, service->endpoint->name,
			LISTS_MILLISECONDS);
	if (err == ERR_OK)
		err = watch_new(&events->watch, events->feed);
	return err;
}

void
events_idle(struct service *service)
{
	reader_idle(service->events->feed);
	reader_idle(service->events->lists);
}

void
events_close(struct service *service)
{
	struct events *events = service->events;

	if (events == NULL)
		return;
	watch_free(events->watch);
	reader_free(events->lists);
	reader_free(events->feed);
	free(events);
	service->events = NULL;
}

static void
write_log(void *context, const char *line)
{
	request_log(context, line);
}

static void
visit_init(
	struct visit *visit, struct service *service, struct request *request)
{
	memset(visit, 0, sizeof *visit);
	visit->service = service;
	visit->events = service->events;
	visit->request = request;
	visit->log = (struct log){
		service->endpoint->name, LOG_INFO, write_log, request};
	visit->type = "application/json";
	form_init(&visit->query.form);
	buf_init(&visit->query.text, LIMIT_TARGET);
	buf_init(&visit->answer, LIMIT_ANSWER + AROUND);
}

static void
visit_free(struct visit *visit)
{
	buf_free(&visit->answer);
	query_free(&visit->query);
	site_free(&visit->site);
}

static bool
has_method(const struct visit *visit, const char *method)
{
	const char *sent = request_variable(visit->request, "REQUEST_METHOD");

	return sent != NULL && strcmp(sent, method) == 0;
}

/*
 * The threads that there may be: those for requests that are answered at
 * once, and one for each stream.
 */
static void
allow_threads(const struct visit *visit, size_t n_streams)
{
	atomic_store(&visit->service->threads,
		settings_threads(&visit->site.settings) + n_streams);
}

static enum err
load_site(struct visit *visit)
{
	const struct settings *settings = &visit->site.settings;
	enum err err = site_load(&visit->site, visit->request, &visit->reason);

	visit->log.level = settings_log_level(settings);
	visit->connection = settings_get(settings, SETTING_FEED_DATABASE);
	if (visit->connection == NULL)
		visit->connection = visit->site.database.connection;
	allow_threads(visit, atomic_load(&visit->events->n_streams));
	return err;
}

/* The cursor to begin behind, whatever was asked for. */
static enum err
find_beginning(struct visit *visit)
{
	bool wants_events = visit->asked.beginning == FEED_NEWEST_EVENTS;
	enum err err;

	visit->cursor = visit->asked.cursor;
	if (visit->asked.beginning == FEED_CURSOR)
		return ERR_OK;
	err = feed_begin(visit->events->feed, visit->connection,
		wants_events ? visit->asked.limit : 0, visit->asked.since,
		&visit->cursor, &visit->reason);
	if (err == ERR_OK && visit->asked.beginning == FEED_OLDEST) {
		const struct feed_cursor newest = visit->cursor;

		feed_first(&visit->cursor, &newest);
	}
	return err;
}

static enum err
add_member(struct buf *out, const char *before, const struct feed_cursor *value)
{
	char text[LIMIT_CURSOR + 1];
	enum err err = buf_add_text(out, before);

	feed_cursor_format(value, text);
	return err == ERR_OK ? json_add_string(out, text, strlen(text)) : err;
}

/* {"events": [...], "cursor": "...", "more": false} */
static enum err
write_page(struct visit *visit, const struct feed_page *page)
{
	struct buf *out = &visit->answer;
	enum err err = buf_add_text(out, "{\"events\":[");
	const char *comma = "";
	size_t i = 0;

	for (; err == ERR_OK && i < page->n && out->len < LIMIT_ANSWER; i++) {
		const struct feed_event event = feed_page_event(page, i);

		feed_page_note(page, &event, &visit->cursor);
		if (!feed_filter_takes(&visit->asked.filter, &event))
			continue;
		err = buf_add_text(out, comma);
		if (err == ERR_OK)
			err = feed_event_write(out, &event, &visit->cursor);
		comma = ",";
	}
	if (i == page->n)
		feed_page_end(page, &visit->cursor);
	if (err == ERR_OK)
		err = add_member(out, "],\"cursor\":", &visit->cursor);
	if (err == ERR_OK)
		err = buf_add_text(out, page->has_more || i < page->n
						? ",\"more\":true}\n"
						: ",\"more\":false}\n");
	return err;
}

/* What somebody is told whose cursor is not good: where to go on. */
static enum err
write_gone(struct visit *visit)
{
	struct buf *out = &visit->answer;
	struct feed_cursor oldest;
	enum err err = feed_begin(visit->events->feed, visit->connection, 0,
		NULL, &visit->cursor, &visit->reason);

	if (err != ERR_OK)
		return err;
	if (visit->asked.wants_stream)
		return feed_stream_write_gone(out, &visit->cursor);
	visit->is_gone = true;
	feed_first(&oldest, &visit->cursor);
	err = buf_add_text(out,
		"{\"error\":\"the cursor is of another database, or its event "
		"is not there any more\",\"oldest\":");
	if (err == ERR_OK)
		err = add_member(out, "", &oldest);
	if (err == ERR_OK)
		err = add_member(out, ",\"newest\":", &visit->cursor);
	return err == ERR_OK ? buf_add_text(out, "}\n") : err;
}

/* Answers in one piece, as JSON or as server-sent events. */
static enum err
poll_feed(struct visit *visit)
{
	struct feed_page page = {.n = 0};
	enum err err = find_beginning(visit);

	if (visit->asked.wants_stream)
		visit->type = EVENT_STREAM_TYPE;
	if (err == ERR_OK)
		err = feed_read(visit->events->feed, visit->connection,
			&visit->cursor, visit->asked.limit, &page,
			&visit->reason);
	if (err == ERR_OK && page.is_gone)
		err = write_gone(visit);
	if (err == ERR_OK && visit->asked.wants_stream)
		err = feed_stream_write(&visit->answer, &page,
			&visit->asked.filter, &visit->cursor);
	else if (err == ERR_OK && !page.is_gone)
		err = write_page(visit, &page);
	feed_page_free(&page);
	return err;
}

/* Sends events as they come, until it is over. */
static enum err
stream_feed(struct visit *visit)
{
	struct feed_stream stream = {
		.request = visit->request,
		.reader = visit->events->feed,
		.connection = visit->connection,
		.filter = &visit->asked.filter,
		.log = &visit->log,
	};
	enum err err = watch_join(visit->events->watch, visit->connection,
		&stream.watcher, &visit->reason);

	if (err == ERR_OK)
		err = find_beginning(visit);
	if (err == ERR_OK) {
		visit->is_answered = true;
		stream.cursor = visit->cursor;
		feed_stream_run(&stream);
	}
	watch_leave(stream.watcher);
	return err;
}

/*
 * Whether there may be one more stream, of so many as are wanted at the most,
 * which n_streams then counts: it needs a thread for itself, and another to
 * take what comes meanwhile.  A tenth of the threads stays for those who are
 * answered at once.
 */
static bool
take_place(struct visit *visit, size_t wanted)
{
	const struct service *service = visit->service;
	size_t most = service->most_threads - service->most_threads / 10;
	size_t n = atomic_fetch_add(&visit->events->n_streams, 1) + 1;

	if (most > wanted)
		most = wanted;
	allow_threads(visit, n);
	if (n <= most && service->make_room != NULL &&
		service->make_room(visit->service))
		return true;
	atomic_fetch_sub(&visit->events->n_streams, 1);
	return false;
}

static void
leave_place(const struct visit *visit)
{
	atomic_fetch_sub(&visit->events->n_streams, 1);
}

static enum err
serve_feed(struct visit *visit)
{
	enum err err = feed_request_take(&visit->asked, visit->request,
		&visit->query, visit->service->endpoints, &visit->reason);

	if (err != ERR_OK)
		return err;
	if (!visit->asked.wants_stream || !has_method(visit, "GET") ||
		!take_place(
			visit, settings_feed_streams(&visit->site.settings)))
		return poll_feed(visit);
	err = stream_feed(visit);
	leave_place(visit);
	return err;
}

static enum err
serve_list(struct visit *visit)
{
	const struct lists_site site = {
		.reader = visit->events->lists,
		.connection = visit->connection,
		.spool = settings_get(&visit->site.settings, SETTING_SPOOL),
	};

	return lists_write(
		&visit->answer, &site, &visit->query, &visit->reason);
}

/* Who listens takes a thread for long, and counts as a stream. */
static enum err
serve_recording(struct visit *visit)
{
	static const char *const names[] = {"recording", NULL};
	const char *recording = query_value(&visit->query, "recording");
	const struct playback_site site = {
		.reader = visit->events->lists,
		.connection = visit->connection,
		.directory =
			settings_get(&visit->site.settings, SETTING_RECORDINGS),
	};
	enum err err = query_allow(&visit->query, names, &visit->reason);

	if (err != ERR_OK)
		return err;
	if (!take_place(visit, visit->service->most_threads))
		return err_reason(&visit->reason, ERR_IO,
			"as much is being listened to as can be");
	err = playback_serve(&site, visit->request,
		recording != NULL ? recording : "", &visit->log,
		&visit->reason);
	leave_place(visit);
	visit->is_answered = err == ERR_OK;
	return err;
}

/* From the request's bytes to an answer, which may be out already. */
static enum err
take(struct visit *visit)
{
	enum err err;

	if (!has_method(visit, "GET") && !has_method(visit, "HEAD"))
		return err_reason(&visit->reason, ERR_METHOD,
			"the method is neither GET nor HEAD");
	err = load_site(visit);
	if (err == ERR_OK)
		err = access_check(
			visit->request, &visit->site.settings, &visit->reason);
	if (err == ERR_OK)
		err = query_read(&visit->query, visit->request, &visit->reason);
	if (err != ERR_OK)
		return err;
	if (form_find(&visit->query.form, "list") != NULL)
		return serve_list(visit);
	if (form_find(&visit->query.form, "recording") != NULL)
		return serve_recording(visit);
	return serve_feed(visit);
}

/*
 * {"error": "..."}: what is wrong with the request.  What is wrong with the
 * site is in the log alone.
 */
static void
write_error(struct visit *visit, enum err err)
{
	const char *text =
		statuses[err] == 400 ? visit->reason.text : err_text(err);

	if (err == ERR_REFUSED)
		text = "a user or a bearer token is needed";
	buf_clear(&visit->answer);
	visit->type = "application/json";
	/* Without memory the status has to do. */
	if (buf_add_text(&visit->answer, "{\"error\":") != ERR_OK ||
		json_add_string(&visit->answer, text, strlen(text)) != ERR_OK ||
		buf_add_text(&visit->answer, "}\n") != ERR_OK)
		buf_clear(&visit->answer);
}

static void
log_outcome(const struct visit *visit, enum err err, int status)
{
	enum log_level level = status >= 500 ? LOG_ERROR : LOG_INFO;

	if (err == ERR_OK)
		log_line(&visit->log, LOG_DEBUG, "%d", status);
	else
		log_line(&visit->log, level, "%d: %s", status,
			visit->reason.text);
}

static void
send_answer(struct visit *visit, enum err err)
{
	struct reply reply = {.status = statuses[err],
		.content_type = visit->type,
		.headers = HEADERS};

	if (err != ERR_OK)
		write_error(visit, err);
	if (err == ERR_OK && visit->is_gone)
		reply.status = 410;
	if (err == ERR_METHOD)
		reply.headers = HEADERS "Allow: GET, HEAD\r\n";
	if (err == ERR_REFUSED)
		reply.headers = HEADERS
			"WWW-Authenticate: Bearer realm=\"hookswitch\"\r\n";
	reply.content_type = visit->type;
	reply.body = buf_text(&visit->answer);
	reply.len = visit->answer.len;
	log_outcome(visit, err, reply.status);
	/* A server that is gone needs no answer. */
	(void)!request_reply(visit->request, &reply);
}

void
events_serve(struct service *service, struct request *request)
{
	struct visit visit;
	enum err err;

	visit_init(&visit, service, request);
	err = take(&visit);
	if (!visit.is_answered)
		send_answer(&visit, err);
	visit_free(&visit);
}
