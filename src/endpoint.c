#include "config.h"

#include "endpoint.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "account.h"
#include "answer.h"
#include "intake.h"
#include "limit.h"
#include "log.h"
#include "replay.h"
#include "signature.h"
#include "site.h"
#include "spool.h"
#include "spool_survey.h"
#include "trace.h"
#include "url.h"

/* What is replayed behind one answer, at the most. */
#define REPLAY_RECORDS 32
#define REPLAY_MILLISECONDS 250

/* The one place where an outcome becomes an HTTP status. */
static const int statuses[ERR__MAX] = {
	[ERR_OK] = 200,
	[ERR_MEMORY] = 503,
	[ERR_TOO_LARGE] = 413,
	[ERR_MALFORMED] = 400,
	[ERR_METHOD] = 405,
	[ERR_TYPE] = 415,
	[ERR_REFUSED] = 403,
	[ERR_SETTING] = 500,
	[ERR_DATABASE] = 503,
	[ERR_REJECTED] = 503,
	[ERR_IO] = 400,
};

/* One request on its way from bytes to an answer. */
struct visit {
	const struct endpoint *endpoint; /* that the request came in at */
	const struct endpoint *tables;   /* that apply to it */
	struct request *request;
	struct timespec received_at;
	struct log log;
	struct site site;
	enum carrier carrier;
	struct buf body; /* as received */
	struct intake intake;
	struct url_set urls;
	struct account account;
	struct plan plan;
	struct row row; /* of the plan's query */
	struct buf answer;
	bool is_spooled; /* and not in the database; reason says why */
	struct reason reason;
};

const struct endpoint *
endpoint_for(const struct endpoint *endpoint, const struct form *form)
{
	return endpoint->choose != NULL ? endpoint->choose(form) : endpoint;
}

static void
write_log(void *context, const char *line)
{
	request_log(context, line);
}

static void
visit_init(struct visit *visit, const struct endpoint *endpoint,
	struct request *request)
{
	memset(visit, 0, sizeof *visit);
	(void)clock_gettime(CLOCK_REALTIME, &visit->received_at);
	visit->endpoint = endpoint;
	visit->tables = endpoint;
	visit->request = request;
	visit->log = (struct log){endpoint->name, LOG_INFO, write_log, request};
	buf_init(&visit->body, LIMIT_BODY);
	buf_init(&visit->answer, LIMIT_TWIML);
	intake_init(&visit->intake);
	row_init(&visit->row);
}

static void
visit_free(struct visit *visit)
{
	plan_free(&visit->plan);
	row_free(&visit->row);
	account_free(&visit->account);
	url_set_free(&visit->urls);
	intake_free(&visit->intake);
	buf_free(&visit->answer);
	buf_free(&visit->body);
	site_free(&visit->site);
}

static enum err
load_site(struct visit *visit)
{
	enum err err = site_load(&visit->site, visit->request, &visit->reason);

	visit->log.level = settings_log_level(&visit->site.settings);
	return err;
}

/* Whether the content type is the given one, whatever its parameters. */
static bool
has_type(const struct visit *visit, const char *type)
{
	const char *sent = request_variable(visit->request, "CONTENT_TYPE");
	size_t len = strlen(type);

	return sent != NULL && strncasecmp(sent, type, len) == 0 &&
	       strchr("; \t", sent[len]) != NULL;
}

static enum err
check_method(struct visit *visit)
{
	const char *method = request_variable(visit->request, "REQUEST_METHOD");

	if (method != NULL && strcmp(method, "GET") == 0) {
		visit->carrier = CARRIER_QUERY;
		return ERR_OK;
	}
	if (method == NULL || strcmp(method, "POST") != 0)
		return err_reason(&visit->reason, ERR_METHOD,
			"method \"%.20s\" is neither GET nor POST",
			method != NULL ? method : "");
	if (has_type(visit, "application/x-www-form-urlencoded")) {
		visit->carrier = CARRIER_FORM;
		return ERR_OK;
	}
	if (has_type(visit, "application/json")) {
		visit->carrier = CARRIER_JSON;
		return ERR_OK;
	}
	return err_reason(&visit->reason, ERR_TYPE,
		"the content type is neither a form's nor JSON's");
}

static bool
is_https(const struct visit *visit)
{
	const char *https = request_variable(visit->request, "HTTPS");
	const char *scheme = request_variable(visit->request, "REQUEST_SCHEME");

	if (https != NULL && strcasecmp(https, "on") == 0)
		return true;
	return scheme != NULL && strcasecmp(scheme, "https") == 0;
}

static enum err
build_urls(struct visit *visit)
{
	const struct request *request = visit->request;
	const struct url_seen seen = {
		.target = request_variable(request, "REQUEST_URI"),
		.host = request_variable(request, "HTTP_HOST"),
		.https = is_https(visit),
	};

	return url_set_fill(&visit->urls,
		settings_get(&visit->site.settings, SETTING_PUBLIC_URL), &seen,
		&visit->reason);
}

static enum err
read_parameters(struct visit *visit)
{
	/* The signed one: rewriting can add to QUERY_STRING. */
	const char *query = url_set_query(&visit->urls);
	enum err err = ERR_OK;

	if (visit->carrier != CARRIER_QUERY)
		err = request_read_body(
			visit->request, &visit->body, &visit->reason);
	if (err == ERR_OK)
		err = intake_parse(&visit->intake, visit->carrier,
			buf_text(&visit->body), visit->body.len, query,
			strlen(query), &visit->reason);
	if (err == ERR_OK && visit->carrier == CARRIER_JSON)
		err = signature_verify_body(&visit->intake.form,
			buf_text(&visit->body), visit->body.len,
			&visit->reason);
	return err;
}

/* What a developer needs to see why a signature does not fit. */
static void
log_urls(const struct visit *visit)
{
	struct buf url;

	buf_init(&url, LIMIT_ORIGIN + LIMIT_TARGET);
	for (size_t i = 0; i < visit->urls.n_origins; i++) {
		buf_clear(&url);
		if (url_set_show(&visit->urls, i, &url) == ERR_OK)
			log_line(&visit->log, LOG_DEBUG, "tried URL %s",
				buf_text(&url));
	}
	buf_free(&url);
}

static enum err
verify(struct visit *visit)
{
	const struct request *request = visit->request;
	struct account *account = &visit->account;
	struct signature_match match;
	enum err err = account_find(account, &visit->site.settings,
		request_variable(request, "DOCUMENT_ROOT"),
		form_value(&visit->intake.form, "AccountSid"), &visit->reason);

	if (err == ERR_OK)
		err = signature_verify(&visit->urls, &visit->intake.form,
			visit->intake.n_body, account->tokens,
			account->n_tokens,
			request_variable(request, "HTTP_X_TWILIO_SIGNATURE"),
			&match, &visit->reason);
	if (err == ERR_OK)
		log_line(&visit->log, LOG_DEBUG,
			"signed by token %zu, as URL variant %zu.%zu",
			match.token + 1, match.origin, match.target);
	return err;
}

static enum err
make_plan(struct visit *visit)
{
	const char *query = url_set_query(&visit->urls);
	bool in_body = visit->carrier != CARRIER_QUERY;
	const struct event event = {
		.endpoint = visit->endpoint->name,
		.account_sid = visit->account.sid,
		.subjects = visit->tables->subjects,
		.received_at = visit->received_at,
		.idempotency_token = request_variable(
			visit->request, "HTTP_I_TWILIO_IDEMPOTENCY_TOKEN"),
		.source = "webhook",
		.raw = in_body ? buf_text(&visit->body) : query,
		.raw_len = in_body ? visit->body.len : strlen(query),
		.keep_raw = visit->carrier == CARRIER_JSON,
		.n_body = visit->intake.n_body,
		.row = visit->tables->replies != NULL ? &visit->row : NULL,
	};
	enum err err = plan_make(&visit->plan, &event, &visit->intake.form,
		visit->tables->writes);

	if (err != ERR_OK)
		return err_reason(&visit->reason, err,
			"could not make the plan: %s", err_text(err));
	return ERR_OK;
}

/* The request as the spool keeps it. */
static void
make_record(const struct visit *visit, struct spool_record *record)
{
	const char *query = url_set_query(&visit->urls);
	const char *token = request_variable(
		visit->request, "HTTP_I_TWILIO_IDEMPOTENCY_TOKEN");

	if (token == NULL || strlen(token) > LIMIT_SID)
		token = "";
	record->endpoint = spool_text(visit->endpoint->name);
	record->account_sid = spool_text(visit->account.sid);
	record->idempotency_token = spool_text(token);
	record->query = spool_text(query);
	record->body.data = buf_text(&visit->body);
	record->body.len = visit->body.len;
	record->carrier = visit->carrier;
	record->received_at = visit->received_at;
}

/*
 * Keeps in the spool what the database did not take; why is in the visit's
 * reason.  ERR_OK if it is on disk: then it is as good as stored.
 */
static enum err
keep(struct visit *visit, enum err err)
{
	const char *spool = settings_get(&visit->site.settings, SETTING_SPOOL);
	const struct reason why = visit->reason;
	struct reason why_not = {""};
	struct spool_record record;
	enum err kept;

	if (spool == NULL || err == ERR_SETTING)
		return err;
	make_record(visit, &record);
	kept = err == ERR_REJECTED ? spool_write_rejected(
					     spool, &record, why.text, &why_not)
				   : spool_write(spool, &record, &why_not);
	visit->is_spooled = kept == ERR_OK;
	if (visit->is_spooled)
		return ERR_OK;
	return err_reason(
		&visit->reason, err, "%.250s; %.250s", why_not.text, why.text);
}

static enum err
store_or_keep(struct visit *visit, struct store *store)
{
	enum err err = store_run(
		store, &visit->site.database, &visit->plan, &visit->reason);

	return err == ERR_OK ? ERR_OK : keep(visit, err);
}

/* From the request's bytes to parameters that an account of ours has signed. */
static enum err
admit(struct visit *visit, struct service *service)
{
	enum err err = load_site(visit);

	atomic_store(
		&service->threads, settings_threads(&visit->site.settings));
	if (err == ERR_OK)
		err = check_method(visit);
	if (err == ERR_OK)
		err = build_urls(visit);
	if (err == ERR_OK)
		err = read_parameters(visit);
	return err == ERR_OK ? verify(visit) : err;
}

/* And on to the row that is committed or kept. */
static enum err
take(struct visit *visit, struct service *service)
{
	enum err err = admit(visit, service);

	if (err == ERR_OK)
		visit->tables =
			endpoint_for(visit->endpoint, &visit->intake.form);
	if (err == ERR_OK)
		err = make_plan(visit);
	if (err == ERR_OK)
		err = store_or_keep(visit, service->store);
	return err;
}

static void
log_outcome(const struct visit *visit, enum err err, int status)
{
	const char *subject = visit->plan.facts[FACT_SUBJECT_SID];

	if (subject == NULL)
		subject = "(no SID)";
	if (err == ERR_OK && visit->is_spooled)
		log_line(&visit->log, LOG_ERROR, "%d, spooled %.40s: %s",
			status, subject, visit->reason.text);
	else if (err == ERR_OK)
		log_line(&visit->log, LOG_INFO, "%d, stored %.40s", status,
			subject);
	else
		log_line(&visit->log, LOG_ERROR, "%d, not stored: %s%s", status,
			visit->reason.text,
			err == ERR_REFUSED
				? "; HOOKSWITCH_LOG = debug tells more"
				: "");
	if (err == ERR_REFUSED)
		log_urls(visit);
}

static const char *
make_twiml(struct visit *visit)
{
	const struct answer answer = {
		.endpoint = visit->tables->name,
		.replies = visit->tables->replies,
		.directory =
			settings_get(&visit->site.settings, SETTING_REPLIES),
		.spool = settings_get(&visit->site.settings, SETTING_SPOOL),
		.plan = &visit->plan,
		.is_away = visit->is_spooled,
		.log = &visit->log,
	};

	return answer_make(&visit->answer, &answer);
}

static void
send_answer(struct visit *visit, enum err err)
{
	struct reply reply = {.status = statuses[err], .body = ""};

	if (err == ERR_OK && visit->tables->replies != NULL) {
		reply.content_type = "text/xml; charset=utf-8";
		reply.body = make_twiml(visit);
		reply.len = strlen(reply.body);
	} else if (err == ERR_OK) {
		reply.status = 204;
	}
	if (err == ERR_METHOD)
		reply.headers = "Allow: GET, POST\r\n";
	log_outcome(visit, err, reply.status);
	if (request_reply(visit->request, &reply) != ERR_OK)
		log_line(&visit->log, LOG_ERROR,
			"the web server did not take the answer");
}

/* Whether anything waits in the spool. */
static bool
has_work_left(const struct visit *visit)
{
	const char *spool = settings_get(&visit->site.settings, SETTING_SPOOL);

	return spool != NULL && spool_has_records(spool);
}

/*
 * Replays a piece of the spool.  The answer is out, so that only a request
 * that needs this very thread waits, and not longer than that store lets it.
 */
static void
replay_piece(const struct visit *visit, const struct service *service)
{
	const struct replay replay = {
		.spool = settings_get(&visit->site.settings, SETTING_SPOOL),
		.store = service->replay_store,
		.database = visit->site.database,
		.endpoints = service->endpoints,
		.most = REPLAY_RECORDS,
		.milliseconds = REPLAY_MILLISECONDS,
	};
	struct replay_count count;
	struct reason reason = {""};
	enum err err = replay_run(&replay, &count, &reason);

	if (count.stored > 0)
		log_line(&visit->log, LOG_INFO, "replayed %zu from the spool",
			count.stored);
	if (count.rejected + count.unreadable > 0)
		log_line(&visit->log, LOG_ERROR,
			"set aside %zu rejected and %zu unreadable records in "
			"\"%s\"; see the .reason beside each",
			count.rejected, count.unreadable, replay.spool);
	if (err != ERR_OK)
		log_line(&visit->log, LOG_ERROR, "could not replay: %s",
			reason.text);
}

enum err
endpoint_verify(struct service *service, struct request *request)
{
	struct visit visit;
	enum err err;

	visit_init(&visit, service->endpoint, request);
	err = admit(&visit, service);
	trace_request(
		&visit.log, request, &visit.intake.form, visit.intake.n_body);
	if (err != ERR_OK)
		log_line(&visit.log, LOG_ERROR, "not verified: %s",
			visit.reason.text);
	if (err == ERR_REFUSED)
		log_urls(&visit);
	visit_free(&visit);
	return err;
}

void
endpoint_serve(struct service *service, struct request *request)
{
	struct visit visit;
	enum err err;

	if (service->endpoint->serve != NULL) {
		service->endpoint->serve(service, request);
		return;
	}
	visit_init(&visit, service->endpoint, request);
	err = take(&visit, service);
	trace_request(
		&visit.log, request, &visit.intake.form, visit.intake.n_body);
	send_answer(&visit, err);
	if (err == ERR_OK && !visit.is_spooled && has_work_left(&visit) &&
		!atomic_flag_test_and_set(&service->is_replaying)) {
		request_detach(request);
		replay_piece(&visit, service);
		atomic_flag_clear(&service->is_replaying);
	}
	visit_free(&visit);
}
