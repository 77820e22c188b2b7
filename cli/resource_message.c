/*
 * What a message of the REST API says, as webhooks.
 *
 * Callbacks about a message have no time; what the resource has comes
 * closest: when it was sent, and when it last changed.
 */
#include "config.h"

#include "resource_row.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "endpoints.h"
#include "http_form.h"

/* Where webhooks say that media are. */
#define MEDIA_ORIGIN "https://api.twilio.com"

/* Those that tell more soon, and what only the request that made it said. */
static const char *const beginnings[] = {
	"accepted", "queued", "receiving", "scheduled", "sending", "", NULL};
static const char *const after_sending[] = {"delivered", "partially_delivered",
	"read", "sent", "undelivered", NULL};

static bool
is_inbound(const struct json *message)
{
	return resource_has(message, "direction", "inbound");
}

static bool
is_from_whatsapp(const struct json *message)
{
	return strncasecmp(json_member_text(message, "from"), "whatsapp:", 9) ==
	       0;
}

static bool
has_come(const struct json *message)
{
	return is_inbound(message) &&
	       !resource_has_any(message, "status", beginnings);
}

static bool
is_sms(const struct json *message)
{
	return has_come(message) && !is_from_whatsapp(message);
}

static bool
is_whatsapp(const struct json *message)
{
	return has_come(message) && is_from_whatsapp(message);
}

static bool
was_sent(const struct json *message)
{
	return !is_inbound(message) &&
	       resource_has_any(message, "status", after_sending);
}

static bool
is_final(const struct json *message)
{
	return !is_inbound(message) &&
	       !resource_has_any(message, "status", beginnings) &&
	       !resource_has(message, "status", "sent");
}

static void
sent_at(const struct json *message, char out[RESOURCE_MOMENT])
{
	resource_moment(message, "date_sent", "date_created", out);
}

static void
changed_at(const struct json *message, char out[RESOURCE_MOMENT])
{
	resource_moment(message, "date_updated", "date_sent", out);
}

/* "MediaUrl0" and "MediaContentType0". */
static enum err
add_medium(struct buf *form, size_t n, const struct json *medium)
{
	const char *uri = json_member_text(medium, "uri");
	size_t len = strlen(uri);
	char name[40], url[512];
	enum err err;

	if (len > 5 && strcmp(uri + len - 5, ".json") == 0)
		len -= 5;
	(void)snprintf(url, sizeof url, MEDIA_ORIGIN "%.*s", (int)len, uri);
	(void)snprintf(name, sizeof name, "MediaUrl%zu", n);
	err = http_add_pair(form, name, url);
	(void)snprintf(name, sizeof name, "MediaContentType%zu", n);
	if (err == ERR_OK)
		err = http_add_pair(
			form, name, json_member_text(medium, "content_type"));
	return err;
}

/* A body belongs to every message that came in, if only an empty one. */
static enum err
add_body(const struct resource *resource, struct buf *form)
{
	enum err err = http_add_pair(
		form, "Body", json_member_text(resource->document, "body"));

	for (size_t i = 0; err == ERR_OK && i < json_size(resource->media); i++)
		err = add_medium(form, i, json_item(resource->media, i));
	return err;
}

static const struct resource_pair pairs[] = {
	{"MessageSid",          "sid"                  },
	{"MessagingServiceSid", "messaging_service_sid"},
	{"From",                "from"                 },
	{"To",		  "to"		   },
	{"ApiVersion",          "api_version"          },
	{NULL,		  NULL		   },
};
static const struct resource_pair inbound_pairs[] = {
	{"NumMedia",    "num_media"   },
	{"NumSegments", "num_segments"},
	{NULL,          NULL          },
};
static const struct resource_pair error_pairs[] = {
	{"ErrorCode",    "error_code"   },
	{"ErrorMessage", "error_message"},
	{NULL,           NULL           },
};

static const struct resource_row received = {
	.is_proven = is_sms,
	.parameter = "SmsStatus",
	.tables = &endpoint_sms,
	.moment = sent_at,
	.more = inbound_pairs,
	.add = add_body,
};

static const struct resource_row received_on_whatsapp = {
	.is_proven = is_whatsapp,
	.parameter = "SmsStatus",
	.tables = &endpoint_whatsapp,
	.moment = sent_at,
	.more = inbound_pairs,
	.add = add_body,
};

static const struct resource_row sent = {
	.is_proven = was_sent,
	.parameter = "MessageStatus",
	.event = "sent",
	.tables = &endpoint_status,
	.moment = sent_at,
};

static const struct resource_row arrived = {
	.is_proven = is_final,
	.parameter = "MessageStatus",
	.tables = &endpoint_status,
	.moment = changed_at,
	.more = error_pairs,
};

static const struct resource_row *const rows[] = {
	&received, &received_on_whatsapp, &sent, &arrived, NULL};

const struct resource_tables resource_message = {
	.name = "message",
	.rows = rows,
	.pairs = pairs,
};
