#include "config.h"

#include "endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "account.h"
#include "intake.h"
#include "limit.h"
#include "log.h"
#include "settings.h"
#include "signature.h"
#include "url.h"

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
	const struct endpoint *endpoint;
	struct request *request;
	struct timespec received_at;
	struct log log;
	struct settings settings;
	const char *database; /* HOOKSWITCH_DATABASE */
	enum carrier carrier;
	struct buf body; /* as received */
	struct intake intake;
	struct url_set urls;
	struct account account;
	struct plan plan;
	struct buf answer;
	struct reason reason;
};

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
	visit->request = request;
	visit->log = (struct log){endpoint->name, LOG_INFO, write_log, request};
	buf_init(&visit->body, LIMIT_BODY);
	buf_init(&visit->answer, LIMIT_TWIML);
	intake_init(&visit->intake);
}

static void
visit_free(struct visit *visit)
{
	plan_free(&visit->plan);
	account_free(&visit->account);
	url_set_free(&visit->urls);
	intake_free(&visit->intake);
	buf_free(&visit->answer);
	buf_free(&visit->body);
	settings_free(&visit->settings);
}

static const char *
variable(const void *request, const char *name)
{
	return request_variable(request, name);
}

static enum err
load_settings(struct visit *visit)
{
	const struct settings_source source = {variable, visit->request};
	enum err err = settings_load(&visit->settings, &source, &visit->reason);

	visit->log.level = settings_log_level(&visit->settings);
	if (err == ERR_OK)
		err = settings_require(&visit->settings, SETTING_DATABASE,
			&visit->database, &visit->reason);
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
		settings_get(&visit->settings, SETTING_PUBLIC_URL), &seen,
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
	enum err err = account_find(account, &visit->settings,
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
		.subjects = visit->endpoint->subjects,
		.received_at = visit->received_at,
		.idempotency_token = request_variable(
			visit->request, "HTTP_I_TWILIO_IDEMPOTENCY_TOKEN"),
		.source = "webhook",
		.raw = in_body ? buf_text(&visit->body) : query,
		.raw_len = in_body ? visit->body.len : strlen(query),
		.keep_raw = visit->carrier == CARRIER_JSON,
	};
	enum err err = plan_make(&visit->plan, &event, &visit->intake.form,
		visit->endpoint->writes);

	if (err != ERR_OK)
		return err_reason(&visit->reason, err,
			"could not make the plan: %s", err_text(err));
	return ERR_OK;
}

/* From the request's bytes to the committed row and the answer's text. */
static enum err
take(struct visit *visit, struct store *store)
{
	struct store_database database = {NULL, true};
	enum err err = load_settings(visit);

	if (err == ERR_OK)
		err = check_method(visit);
	if (err == ERR_OK)
		err = build_urls(visit);
	if (err == ERR_OK)
		err = read_parameters(visit);
	if (err == ERR_OK)
		err = verify(visit);
	if (err == ERR_OK)
		err = make_plan(visit);
	if (err != ERR_OK)
		return err;
	database.connection = visit->database;
	database.prepare = settings_prepare(&visit->settings);
	err = store_run(store, &database, &visit->plan, &visit->reason);
	if (err == ERR_OK && visit->endpoint->replies != NULL)
		err = twiml_answer(&visit->answer, visit->endpoint->replies,
			settings_get(&visit->settings, SETTING_REPLIES),
			&visit->intake.form, &visit->log);
	return err;
}

static void
log_outcome(const struct visit *visit, enum err err, int status)
{
	const char *subject = visit->plan.facts[FACT_SUBJECT_SID];

	if (err == ERR_OK)
		log_line(&visit->log, LOG_INFO, "%d, stored %.40s", status,
			subject != NULL ? subject : "(no SID)");
	else
		log_line(&visit->log, LOG_ERROR, "%d, not stored: %s%s", status,
			visit->reason.text,
			err == ERR_REFUSED
				? "; HOOKSWITCH_LOG = debug tells more"
				: "");
	if (err == ERR_REFUSED)
		log_urls(visit);
}

static void
answer(const struct visit *visit, enum err err)
{
	struct reply reply = {.status = statuses[err], .body = ""};

	if (err == ERR_OK && visit->answer.len > 0) {
		reply.content_type = "text/xml; charset=utf-8";
		reply.body = buf_text(&visit->answer);
		reply.len = visit->answer.len;
	} else if (err == ERR_OK) {
		reply.status = 204;
	}
	log_outcome(visit, err, reply.status);
	if (request_reply(visit->request, &reply) != ERR_OK)
		log_line(&visit->log, LOG_ERROR,
			"the web server did not take the answer");
}

void
endpoint_serve(const struct endpoint *endpoint, struct request *request,
	struct store *store)
{
	struct visit visit;
	enum err err;

	visit_init(&visit, endpoint, request);
	err = take(&visit, store);
	answer(&visit, err);
	visit_free(&visit);
}

int
endpoint_main(const struct endpoint *endpoint)
{
	struct request *request = NULL;
	struct store *store = NULL;
	enum request_state state;
	enum err err = request_open(&request);

	if (err == ERR_OK)
		err = store_new(&store, endpoint->name);
	if (err == ERR_OK)
		while ((state = request_next(request)) != REQUEST_STOP) {
			if (state == REQUEST_READY)
				endpoint_serve(endpoint, request, store);
			else
				store_idle(store);
		}
	else
		(void)fprintf(stderr, "hookswitch-%s: could not start: %s\n",
			endpoint->name, err_text(err));
	request_close(request);
	store_free(store);
	return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
