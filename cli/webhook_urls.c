#include "config.h"

#include "webhook_urls.h"

#include <string.h>
#include <strings.h>

#include "overrides.h"
#include "url_parts.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define MARK "{endpoint}"

/* The endpoint that takes every kind of webhook. */
#define ANY "webhook"

/* parameter, member, method's parameter, method's member, what for */
static const struct webhook_place service_places[] = {
	{"InboundRequestUrl", "inbound_request_url", "InboundMethod",
         "inbound_method",								WEBHOOK_MESSAGES, WEBHOOK_MAIN,     "sms"   },
	{"FallbackUrl",       "fallback_url",        "FallbackMethod", "fallback_method",
         WEBHOOK_MESSAGES,										  WEBHOOK_FALLBACK, "sms"   },
	{"StatusCallback",    "status_callback",     NULL,             NULL,              WEBHOOK_MESSAGES,
         WEBHOOK_STATUS,												      "status"},
};

/* A number has the same, but the last. */
static const struct webhook_place application_places[] = {
	{"VoiceUrl",              "voice_url",               "VoiceMethod",          "voice_method", WEBHOOK_CALLS,
         WEBHOOK_MAIN,														   "voice" },
	{"VoiceFallbackUrl",      "voice_fallback_url",      "VoiceFallbackMethod",
         "voice_fallback_method",								    WEBHOOK_CALLS,    WEBHOOK_FALLBACK,
         "voice"																 },
	{"StatusCallback",        "status_callback",         "StatusCallbackMethod",
         "status_callback_method",								   WEBHOOK_CALLS,    WEBHOOK_STATUS,
         "status"																},
	{"SmsUrl",                "sms_url",                 "SmsMethod",            "sms_method",   WEBHOOK_MESSAGES,
         WEBHOOK_MAIN,														   "sms"   },
	{"SmsFallbackUrl",        "sms_fallback_url",        "SmsFallbackMethod",
         "sms_fallback_method",								      WEBHOOK_MESSAGES, WEBHOOK_FALLBACK,
         "sms"																   },
	{"MessageStatusCallback", "message_status_callback", NULL,                   NULL,
         WEBHOOK_MESSAGES,											     WEBHOOK_STATUS,   "status"},
};

/* text, what its owner calls it, places, their number */
static const struct kind {
	const char *text, *name_member;
	const struct webhook_place *places;
	size_t n;
} kinds[WEBHOOK_KIND__MAX] = {
	[WEBHOOK_NUMBER] = {"phone number",      "phone_number",  application_places,
			    N_OF(application_places) - 1						      },
	[WEBHOOK_SERVICE] = {"messaging service", "friendly_name",
			    service_places,					   N_OF(service_places)    },
	[WEBHOOK_APPLICATION] = {"TwiML application", "friendly_name",
			    application_places,				       N_OF(application_places)},
};

/* name, text, whether it is drift by itself */
static const struct state {
	const char *name, *text;
	bool is_drift;
} states[WEBHOOK_STATE__MAX] = {
	[WEBHOOK_RIGHT] = {"right",           "right",                  false},
	[WEBHOOK_ELSEWHERE] = {"elsewhere",       "another site stands in", false},
	[WEBHOOK_NOT_SET] = {"not-set",         "not set",                true },
	[WEBHOOK_OTHER_URL] = {"other-url",       "other URL",              true },
	[WEBHOOK_OTHER_METHOD] = {"other-method",    "wrong method",           true },
	[WEBHOOK_OTHER_OVERRIDES] = {"other-overrides",
			   "other connection overrides",                true },
	[WEBHOOK_BY_APPLICATION] = {"by-application",
			   "overridden by a TwiML application",         true },
	[WEBHOOK_BY_SERVICE] = {"by-service",
			   "overridden by a messaging service",         true },
	[WEBHOOK_BY_TRUNK] = {"by-trunk",        "overridden by a trunk",  true },
	[WEBHOOK_BY_NUMBERS] = {"by-numbers",
			   "the service leaves it to its senders",      false},
};

/* Addresses that other systems had, and that apache/ and lighttpd/ know. */
static const struct old {
	const char *path, *endpoint;
} old_addresses[] = {
	{"/api/webhooks/inbound-sms",    "sms"   },
	{"/api/twilio/call-status",      "status"},
	{"/api/twilio/status",           "status"},
	{"/api/twilio/voice-response",   "voice" },
	{"/functions/v1/twilio-webhook", ANY     },
};

const struct webhook_place *
webhook_places(enum webhook_kind kind, size_t *n)
{
	*n = kinds[kind].n;
	return kinds[kind].places;
}

const char *
webhook_kind_text(enum webhook_kind kind)
{
	return kinds[kind].text;
}

const char *
webhook_sid(const struct webhook_resource *resource)
{
	return json_member_text(resource->document, "sid");
}

const char *
webhook_name(const struct webhook_resource *resource)
{
	return json_member_text(
		resource->document, kinds[resource->kind].name_member);
}

const char *
webhook_state_name(enum webhook_state state)
{
	return states[state].name;
}

const char *
webhook_state_text(enum webhook_state state)
{
	return states[state].text;
}

bool
webhook_leaves_to_numbers(const struct webhook_resource *service)
{
	return json_is_yes(json_member(
		service->document, "use_inbound_webhook_on_number"));
}

static bool
is_text(struct url_piece piece, const char *text)
{
	return url_piece_equal(piece, url_piece_of(text));
}

static bool
begins(struct url_piece piece, const char *text, size_t len)
{
	return piece.len >= len && memcmp(piece.text, text, len) == 0;
}

/* The rest behind the first len bytes. */
static struct url_piece
behind(struct url_piece piece, size_t len)
{
	return (struct url_piece){piece.text + len, piece.len - len};
}

/* Whether it is before, then name, then after. */
static bool
is_joined(struct url_piece piece, const char *before, size_t before_len,
	const char *name, const char *after)
{
	size_t len = strlen(name);

	return begins(piece, before, before_len) &&
	       begins(behind(piece, before_len), name, len) &&
	       is_text(behind(piece, before_len + len), after);
}

/* Whether a path, below the site's own, leads to just that endpoint. */
static bool
is_address(struct url_piece path, const char *endpoint)
{
	for (size_t i = 0; i < N_OF(old_addresses); i++)
		if (strcmp(old_addresses[i].endpoint, endpoint) == 0 &&
			is_text(path, old_addresses[i].path))
			return true;
	return is_joined(path, "/api/webhooks/", 14, endpoint, "") ||
	       is_joined(path, "/hookswitch/", 12, endpoint, ".fcgi");
}

/* A path without the "/" at its end, which makes no difference. */
static struct url_piece
without_slash(struct url_piece path)
{
	while (path.len > 0 && path.text[path.len - 1] == '/')
		path.len--;
	return path;
}

static bool
is_path(const struct url_parts *site, struct url_piece path,
	const char *endpoint)
{
	struct url_piece own = without_slash(site->part[URL_PATH]);
	const char *mark = memmem(own.text, own.len, MARK, strlen(MARK));
	size_t before = mark != NULL ? (size_t)(mark - own.text) : own.len;
	struct url_piece after = behind(own, before);

	path = without_slash(path);
	if (mark == NULL)
		return begins(path, own.text, own.len) &&
		       is_address(behind(path, own.len), endpoint);
	after = behind(after, strlen(MARK));
	if (begins(path, own.text, before) &&
		begins(behind(path, before), endpoint, strlen(endpoint)) &&
		url_piece_equal(behind(path, before + strlen(endpoint)), after))
		return true;
	return is_address(path, endpoint);
}

static bool
is_same_word(struct url_piece a, struct url_piece b)
{
	return a.len == b.len && strncasecmp(a.text, b.text, a.len) == 0;
}

/* ":443", or what stands for it. */
static struct url_piece
port_of(const struct url_parts *parts)
{
	bool is_https = parts->part[URL_SCHEME].len == strlen("https");

	if (parts->part[URL_PORT].len > 1)
		return parts->part[URL_PORT];
	return url_piece_of(is_https ? ":443" : ":80");
}

static bool
is_same_origin(const struct url_parts *a, const struct url_parts *b)
{
	return is_same_word(a->part[URL_SCHEME], b->part[URL_SCHEME]) &&
	       is_same_word(a->part[URL_HOST], b->part[URL_HOST]) &&
	       url_piece_equal(port_of(a), port_of(b));
}

/* Whether a URL leads to an endpoint of a site, by whatever address. */
static bool
leads_to(const char *url, const char *site, const char *endpoint)
{
	struct url_parts there, here;

	return url_split(&there, url) && url_split(&here, site) &&
	       is_same_origin(&there, &here) &&
	       (is_path(&here, there.part[URL_PATH], endpoint) ||
		       is_path(&here, there.part[URL_PATH], ANY));
}

static bool
has_overrides(const struct webhook_urls *urls, const char *url)
{
	const char *fragment = strchr(url, '#');

	if (!urls->are_overrides_chosen)
		return fragment != NULL && overrides_repeat(fragment);
	return strcmp(fragment != NULL ? fragment + 1 : "",
		       urls->endpoints.overrides) == 0;
}

/* Another fallback than a site of ours is as good, unless one was named. */
static bool
may_be_elsewhere(
	const struct webhook_urls *urls, const struct webhook_place *place)
{
	return place->role == WEBHOOK_FALLBACK && urls->fallback == NULL;
}

static const char *
site_of(const struct webhook_urls *urls, const struct webhook_place *place)
{
	return place->role == WEBHOOK_FALLBACK && urls->fallback != NULL
		       ? urls->fallback
		       : urls->endpoints.site;
}

/* A place by itself, whatever goes before it. */
static enum webhook_state
state_of(const struct webhook_urls *urls, const struct webhook_place *place,
	const char *url, const char *method)
{
	if (url[0] == '\0')
		return WEBHOOK_NOT_SET;
	if (!leads_to(url, site_of(urls, place), place->endpoint))
		return may_be_elsewhere(urls, place) ? WEBHOOK_ELSEWHERE
						     : WEBHOOK_OTHER_URL;
	if (strcmp(method, "POST") != 0)
		return WEBHOOK_OTHER_METHOD;
	return has_overrides(urls, url) ? WEBHOOK_RIGHT
					: WEBHOOK_OTHER_OVERRIDES;
}

static const char *
url_at(const struct webhook_resource *resource,
	const struct webhook_place *place)
{
	return json_member_text(resource->document, place->member);
}

static const char *
method_at(const struct webhook_resource *resource,
	const struct webhook_place *place)
{
	const char *method = place->method_member != NULL
				     ? json_member_text(resource->document,
					       place->method_member)
				     : "";

	return method[0] != '\0' ? method : "POST";
}

/* The place of a kind that is for the same. */
static const struct webhook_place *
same_place(enum webhook_kind kind, const struct webhook_place *place)
{
	for (size_t i = 0; i < kinds[kind].n; i++)
		if (kinds[kind].places[i].traffic == place->traffic &&
			kinds[kind].places[i].role == place->role)
			return &kinds[kind].places[i];
	return NULL;
}

static bool
has_drift_at(const struct webhook_urls *urls,
	const struct webhook_resource *resource,
	const struct webhook_place *place)
{
	return states[state_of(urls, place, url_at(resource, place),
			      method_at(resource, place))]
		.is_drift;
}

/* Something goes before it: its SID, and what is known of it. */
static void
put_behind(struct webhook_finding *finding, const struct webhook_urls *urls,
	enum webhook_state state, const char *by,
	const struct webhook_resource *other)
{
	const struct webhook_place *place =
		other != NULL ? same_place(other->kind, finding->place) : NULL;

	finding->state = state;
	finding->by = by;
	finding->is_drift = place != NULL ? has_drift_at(urls, other, place)
					  : states[state].is_drift;
}

/* Calls: a trunk goes before an application, and that before the number. */
static void
look_before_calls(
	struct webhook_finding *finding, const struct webhook_urls *urls)
{
	const struct webhook_resource *number = finding->resource;
	const char *trunk = json_member_text(number->document, "trunk_sid");
	const char *application =
		json_member_text(number->document, "voice_application_sid");

	if (trunk[0] != '\0')
		put_behind(finding, urls, WEBHOOK_BY_TRUNK, trunk, NULL);
	else if (application[0] != '\0')
		put_behind(finding, urls, WEBHOOK_BY_APPLICATION, application,
			number->voice_application);
}

/* Messages: likewise a service, unless it leaves them to the number. */
static void
look_before_messages(
	struct webhook_finding *finding, const struct webhook_urls *urls)
{
	const struct webhook_resource *number = finding->resource;
	const struct webhook_resource *service = number->service;
	const char *application =
		json_member_text(number->document, "sms_application_sid");

	if (service != NULL && !webhook_leaves_to_numbers(service))
		put_behind(finding, urls, WEBHOOK_BY_SERVICE,
			webhook_sid(service), service);
	else if (application[0] != '\0')
		put_behind(finding, urls, WEBHOOK_BY_APPLICATION, application,
			number->sms_application);
}

static void
look_before(struct webhook_finding *finding, const struct webhook_urls *urls)
{
	const struct webhook_place *place = finding->place;
	enum webhook_kind kind = finding->resource->kind;

	if (kind == WEBHOOK_NUMBER && place->traffic == WEBHOOK_CALLS)
		look_before_calls(finding, urls);
	else if (kind == WEBHOOK_NUMBER)
		look_before_messages(finding, urls);
	else if (kind == WEBHOOK_SERVICE && place->role != WEBHOOK_STATUS &&
		 webhook_leaves_to_numbers(finding->resource))
		put_behind(finding, urls, WEBHOOK_BY_NUMBERS, "", NULL);
}

/* Whether anything can come there. */
static bool
is_in_use(const struct webhook_urls *urls,
	const struct webhook_resource *resource,
	const struct webhook_place *place)
{
	const struct json *document = resource->document;

	if (place->role == WEBHOOK_FALLBACK && urls->fallback != NULL &&
		strcmp(urls->fallback, "none") == 0)
		return false;
	if (resource->kind != WEBHOOK_NUMBER)
		return true;
	if (place->traffic == WEBHOOK_MESSAGES)
		return !json_is_no(json_member(document, "capabilities/sms")) ||
		       json_is_yes(json_member(document, "capabilities/mms"));
	return !json_is_no(json_member(document, "capabilities/voice")) &&
	       strcmp(json_member_text(document, "voice_receive_mode"),
		       "fax") != 0;
}

/*
 * What should be there: what is, if it leads to the endpoint, but for its
 * overrides; otherwise the endpoint's own URL.
 */
static enum err
add_should(struct buf *out, const struct webhook_urls *urls,
	const struct webhook_finding *finding)
{
	struct endpoint_urls there = urls->endpoints;
	const char *url = finding->url;
	enum webhook_state state =
		state_of(urls, finding->place, finding->url, finding->method);
	enum err err;

	there.site = site_of(urls, finding->place);
	if (state == WEBHOOK_NOT_SET || state == WEBHOOK_OTHER_URL)
		return endpoint_url_add(
			out, &there, finding->place->endpoint, NULL);
	if (state == WEBHOOK_ELSEWHERE || has_overrides(urls, url))
		return buf_add_text(out, url);
	err = buf_add(out, url, strcspn(url, "#"));
	if (err == ERR_OK && there.overrides[0] != '\0')
		err = buf_add_text(out, "#");
	return err == ERR_OK ? buf_add_text(out, there.overrides) : err;
}

static enum err
judge_place(const struct webhook_urls *urls, struct webhook_finding *finding,
	void (*take)(void *context, const struct webhook_finding *finding),
	void *context)
{
	struct buf should;
	enum err err;

	finding->url = url_at(finding->resource, finding->place);
	finding->method = method_at(finding->resource, finding->place);
	finding->state =
		state_of(urls, finding->place, finding->url, finding->method);
	finding->is_drift = states[finding->state].is_drift;
	finding->by = "";
	look_before(finding, urls);
	buf_init(&should, ENDPOINT_URL + strlen(finding->url));
	err = add_should(&should, urls, finding);
	finding->should = buf_text(&should);
	if (err == ERR_OK)
		take(context, finding);
	buf_free(&should);
	return err;
}

enum err
webhook_judge(const struct webhook_urls *urls,
	const struct webhook_resource *resource,
	void (*take)(void *context, const struct webhook_finding *finding),
	void *context)
{
	const struct kind *kind = &kinds[resource->kind];
	enum err err = ERR_OK;

	for (size_t i = 0; i < kind->n && err == ERR_OK; i++) {
		struct webhook_finding finding = {
			.resource = resource, .place = &kind->places[i]};

		if (is_in_use(urls, resource, &kind->places[i]))
			err = judge_place(urls, &finding, take, context);
	}
	return err;
}

enum err
webhook_show_url(struct buf *out, const char *url)
{
	struct url_parts parts;

	if (!url_split(&parts, url))
		return buf_add_text(out, url);
	if (parts.part[URL_USER].len > 0)
		parts.part[URL_USER] = url_piece_of("...@");
	return url_join(out, &parts, URL_SCHEME, URL_FRAGMENT);
}
