/*
 * What a call of the REST API says, as webhooks.
 *
 * An inbound call asks for instructions and later tells that it has ended;
 * what we place tells each step.  When it rang only a webhook knows.
 */
#include "config.h"

#include "resource_row.h"

#include "endpoints.h"
#include "http_form.h"
#include "timestamp.h"

static const char *const trunk_directions[] = {
	"trunking-originating", "trunking-terminating", NULL};
static const char *const ends[] = {
	"completed", "busy", "failed", "no-answer", "canceled", NULL};

/* Trunks have no webhooks; nor has a call before it is dialled. */
static bool
is_told(const struct json *call)
{
	if (resource_has_any(call, "direction", trunk_directions) ||
		resource_has(call, "status", "queued"))
		return false;
	return !resource_has(call, "status", "canceled") ||
	       json_member_text(call, "start_time")[0] != '\0';
}

static bool
is_inbound(const struct json *call)
{
	return is_told(call) && resource_has(call, "direction", "inbound");
}

static bool
is_placed(const struct json *call)
{
	return is_told(call) && !resource_has(call, "direction", "inbound");
}

/* Number-level callbacks tell the end alone. */
static bool
is_answered(const struct json *call)
{
	return is_placed(call) && resource_has(call, "status", "completed");
}

static bool
has_ended(const struct json *call)
{
	return is_told(call) && resource_has_any(call, "status", ends);
}

/* Created, and then so long in the queue. */
static void
began(const struct json *call, char out[RESOURCE_MOMENT])
{
	long long seconds, milliseconds;

	out[0] = '\0';
	if (!timestamp_seconds(
		    json_member_text(call, "date_created"), &seconds)) {
		resource_moment(call, "start_time", "date_updated", out);
		return;
	}
	if (json_number(json_member(call, "queue_time"), &milliseconds) &&
		milliseconds > 0)
		seconds += milliseconds / 1000;
	resource_write_moment(seconds, out);
}

/* start_time may be when it was dialled; the length counts from the answer. */
static void
answer_came(const struct json *call, char out[RESOURCE_MOMENT])
{
	long long seconds, duration;

	out[0] = '\0';
	if (timestamp_seconds(json_member_text(call, "end_time"), &seconds) &&
		json_number(json_member(call, "duration"), &duration) &&
		duration >= 0)
		resource_write_moment(seconds - duration, out);
}

static void
end_came(const struct json *call, char out[RESOURCE_MOMENT])
{
	resource_moment(call, "end_time", "date_updated", out);
}

static enum err
add_source(const struct resource *resource, struct buf *form)
{
	(void)resource;
	return http_add_pair(form, "CallbackSource", "call-progress-events");
}

static const struct resource_pair pairs[] = {
	{"CallSid",       "sid"            },
	{"ParentCallSid", "parent_call_sid"},
	{"From",          "from"           },
	{"To",            "to"             },
	{"Direction",     "direction"      },
	{"ForwardedFrom", "forwarded_from" },
	{"CallerName",    "caller_name"    },
	{"ApiVersion",    "api_version"    },
	{NULL,            NULL             },
};
static const struct resource_pair end_pairs[] = {
	{"CallDuration", "duration"   },
	{"AnsweredBy",   "answered_by"},
	{NULL,           NULL         },
};

static const struct resource_row ringing = {
	.is_proven = is_inbound,
	.parameter = "CallStatus",
	.event = "ringing",
	.tables = &endpoint_voice,
	.moment = began,
};

static const struct resource_row initiated = {
	.is_proven = is_placed,
	.parameter = "CallStatus",
	.event = "initiated",
	.tables = &endpoint_status,
	.moment = began,
	.add = add_source,
};

static const struct resource_row answered = {
	.is_proven = is_answered,
	.parameter = "CallStatus",
	.event = "in-progress",
	.tables = &endpoint_status,
	.moment = answer_came,
	.add = add_source,
};

static const struct resource_row ended = {
	.is_proven = has_ended,
	.parameter = "CallStatus",
	.tables = &endpoint_status,
	.moment = end_came,
	.more = end_pairs,
	.add = add_source,
};

static const struct resource_row *const rows[] = {
	&ringing, &initiated, &answered, &ended, NULL};

const struct resource_tables resource_call = {
	.name = "call",
	.rows = rows,
	.pairs = pairs,
};
