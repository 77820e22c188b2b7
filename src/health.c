#include "config.h"

#include "health.h"

#include <string.h>

#include "json.h"
#include "limit.h"
#include "log.h"
#include "row.h"
#include "schema.h"
#include "site.h"
#include "spool.h"
#include "statements.h"

/* What was found out; each is one word. */
struct health {
	const char *database, *schema, *spool;
	bool is_good;
};

static void
write_log(void *context, const char *line)
{
	request_log(context, line);
}

static void
judge_schema(
	struct health *health, const struct row *row, const struct log *log)
{
	const char *version = row_text(row, 0);
	bool fits = strcmp(version, SCHEMA_VERSION) == 0;

	health->schema = fits ? "ok" : "other";
	if (fits)
		return;
	health->is_good = false;
	log_line(log, LOG_ERROR,
		"schema \"hookswitch\" has version \"%.20s\", and the program "
		"goes with " SCHEMA_VERSION
		": run install.sql of the program's release",
		version);
}

static void
judge_database(
	struct health *health, const struct row *row, const struct log *log)
{
	if (row_text(row, 1)[0] != 't')
		return;
	health->database = "read-only";
	health->is_good = false;
	log_line(log, LOG_ERROR,
		"the database takes no writes: name the primary, or several "
		"hosts and target_session_attrs=read-write");
}

/*
 * Why the version could not be read.  Only these two SQLSTATEs mean that there
 * is none: a right may be missing, or the owner be busy with the table.
 */
static void
judge_failure(struct health *health, const struct store_job *job)
{
	bool is_missing = strcmp(job->sqlstate, "42P01") == 0 ||
			  strcmp(job->sqlstate, "3F000") == 0;

	health->is_good = false;
	if (job->is_away || job->is_late)
		health->database = "away";
	health->schema = is_missing ? "missing" : "unknown";
}

/* Asks the schema's version: that the database answers is the other half. */
static void
check_database(struct health *health, const struct site *site,
	struct store *store, const struct log *log)
{
	struct row row;
	const struct plan plan = {
		.statements = {&statement_health},
		.n = 1,
		.row = &row,
	};
	struct store_job job = {.plan = &plan};

	row_init(&row);
	store_run_all(store, &site->database, &job, 1);
	health->database = "ok";
	if (job.err == ERR_OK) {
		judge_schema(health, &row, log);
		judge_database(health, &row, log);
	} else {
		judge_failure(health, &job);
		log_line(log, LOG_ERROR, "%s", job.reason.text);
	}
	row_free(&row);
}

static void
check_spool(
	struct health *health, const struct site *site, const struct log *log)
{
	const char *spool = settings_get(&site->settings, SETTING_SPOOL);
	struct reason reason = {""};

	health->spool = "off";
	if (spool == NULL)
		return;
	health->spool = "ok";
	if (spool_check(spool, &reason) == ERR_OK)
		return;
	health->spool = "failed";
	health->is_good = false;
	log_line(log, LOG_ERROR, "%s", reason.text);
}

static enum err
write_report(struct buf *out, const struct health *health)
{
	const struct json_text texts[] = {
		{"status",               health->is_good ? "ok" : "error"                               },
		{"message",              health->is_good
				    ? "webhook endpoints are ready"
				    : "something is wrong; the log says what"},
		{"endpoints/voice",      "/api/webhooks/voice"                                          },
		{"endpoints/sms",        "/api/webhooks/sms"                                            },
		{"endpoints/whatsapp",   "/api/webhooks/whatsapp"                                       },
		{"endpoints/status",     "/api/webhooks/status"                                         },
		{"endpoints/recording",  "/api/webhooks/recording"                                      },
		{"endpoints/video-room", "/api/webhooks/video-room"                                     },
		{"database",             health->database					       },
		{"schema",               health->schema						 },
		{"spool",                health->spool						  },
	};

	return json_from_texts(out, texts, sizeof texts / sizeof texts[0]);
}

static bool
has_method(const struct request *request, const char *wanted)
{
	const char *method = request_variable(request, "REQUEST_METHOD");

	return method != NULL && strcmp(method, wanted) == 0;
}

/* Finds everything out, and says it. */
static void
report(struct service *service, struct request *request, struct reply *reply,
	struct buf *out)
{
	struct health health = {"unknown", "unknown", "unknown", true};
	struct log log = {"health", LOG_INFO, write_log, request};
	struct reason reason = {""};
	struct site site;

	reply->status = 500;
	if (site_load(&site, request, &reason) == ERR_OK) {
		check_database(&health, &site, service->store, &log);
		check_spool(&health, &site, &log);
		reply->status = health.is_good ? 200 : 503;
	} else {
		health.is_good = false;
		log_line(&log, LOG_ERROR, "%s", reason.text);
	}
	site_free(&site);
	if (write_report(out, &health) != ERR_OK)
		return;
	reply->content_type = "application/json";
	reply->body = buf_text(out);
	reply->len = out->len;
}

/* What an endpoint would have made of a POST. */
static const char *const verdicts[ERR__MAX] = {
	[ERR_OK] = "ok",
	[ERR_MEMORY] = "failed",
	[ERR_TOO_LARGE] = "too-large",
	[ERR_MALFORMED] = "malformed",
	[ERR_METHOD] = "failed",
	[ERR_TYPE] = "type",
	[ERR_REFUSED] = "wrong",
	[ERR_SETTING] = "setting",
	[ERR_DATABASE] = "failed",
	[ERR_REJECTED] = "failed",
	[ERR_IO] = "malformed",
};

/* The answer stays 405, which no sender takes for "stored". */
static void
report_signature(struct service *service, struct request *request,
	struct reply *reply, struct buf *out)
{
	struct json_text text = {"signature", "missing"};

	if (request_variable(request, "HTTP_X_TWILIO_SIGNATURE") != NULL)
		text.text = verdicts[endpoint_verify(service, request)];
	if (json_from_texts(out, &text, 1) != ERR_OK)
		return;
	reply->content_type = "application/json";
	reply->body = buf_text(out);
	reply->len = out->len;
}

void
health_serve(struct service *service, struct request *request)
{
	struct reply reply = {
		.status = 405, .body = "", .headers = "Allow: GET, HEAD\r\n"};
	struct buf out;

	buf_init(&out, LIMIT_LOG_LINE);
	if (has_method(request, "GET") || has_method(request, "HEAD")) {
		reply.headers = NULL;
		report(service, request, &reply, &out);
	} else if (has_method(request, "POST")) {
		report_signature(service, request, &reply, &out);
	}
	/* A server that is gone needs no answer. */
	(void)!request_reply(request, &reply);
	buf_free(&out);
}
