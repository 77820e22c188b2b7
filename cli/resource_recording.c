/*
 * What a recording of the REST API says, as a webhook.
 */
#include "config.h"

#include "resource_row.h"

#include "endpoints.h"

static const char *const ends[] = {"absent", "completed", "failed", NULL};

static bool
has_ended(const struct json *recording)
{
	return resource_has_any(recording, "status", ends);
}

static void
end_came(const struct json *recording, char out[RESOURCE_MOMENT])
{
	resource_moment(recording, "date_updated", "start_time", out);
}

static const struct resource_pair pairs[] = {
	{"RecordingSid",       "sid"           },
	{"CallSid",            "call_sid"      },
	{"ConferenceSid",      "conference_sid"},
	{"RecordingUrl",       "media_url"     },
	{"RecordingDuration",  "duration"      },
	{"RecordingChannels",  "channels"      },
	{"RecordingSource",    "source"        },
	{"RecordingStartTime", "start_time"    },
	{"ErrorCode",          "error_code"    },
	{NULL,		 NULL            },
};

static const struct resource_row ended = {
	.is_proven = has_ended,
	.parameter = "RecordingStatus",
	.tables = &endpoint_recording,
	.moment = end_came,
};

static const struct resource_row *const rows[] = {&ended, NULL};

const struct resource_tables resource_recording = {
	.name = "recording",
	.rows = rows,
	.pairs = pairs,
};
