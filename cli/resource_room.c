/*
 * What a video room of the REST API says, and who was there, as webhooks.
 */
#include "config.h"

#include "resource_row.h"

#include "endpoints.h"
#include "http_form.h"

static const char *const ends[] = {"completed", "failed", NULL};

static bool
has_ended(const struct json *room)
{
	return resource_has_any(room, "status", ends);
}

static bool
has_left(const struct json *participant)
{
	return resource_has(participant, "status", "disconnected");
}

static void
created_at(const struct json *room, char out[RESOURCE_MOMENT])
{
	resource_moment(room, "date_created", "date_updated", out);
}

static void
began(const struct json *participant, char out[RESOURCE_MOMENT])
{
	resource_moment(participant, "start_time", "date_created", out);
}

static void
end_came(const struct json *document, char out[RESOURCE_MOMENT])
{
	resource_moment(document, "end_time", "date_updated", out);
}

/* One without a name is called by its SID. */
static enum err
add_room_name(const struct json *room, struct buf *form)
{
	const char *name = json_member_text(room, "unique_name");

	return http_add_pair(form, "RoomName",
		name[0] != '\0' ? name : json_member_text(room, "sid"));
}

static enum err
add_created(const struct resource *resource, struct buf *form)
{
	enum err err = add_room_name(resource->document, form);

	return err == ERR_OK ? http_add_pair(form, "RoomStatus", "in-progress")
			     : err;
}

static enum err
add_ended(const struct resource *resource, struct buf *form)
{
	enum err err = add_room_name(resource->document, form);

	return err == ERR_OK
		       ? http_add_pair(form, "RoomStatus",
				 json_member_text(resource->document, "status"))
		       : err;
}

/* The room that somebody comes into, or leaves, goes on. */
static enum err
add_room(const struct resource *resource, struct buf *form)
{
	enum err err = add_room_name(resource->room, form);

	if (err == ERR_OK)
		err = http_add_pair(form, "RoomType",
			json_member_text(resource->room, "type"));
	return err == ERR_OK ? http_add_pair(form, "RoomStatus", "in-progress")
			     : err;
}

static const struct resource_pair room_pairs[] = {
	{"RoomSid",  "sid" },
	{"RoomType", "type"},
	{NULL,       NULL  },
};
static const struct resource_pair room_end_pairs[] = {
	{"RoomDuration", "duration"},
	{NULL,           NULL      },
};

static const struct resource_row created = {
	.parameter = "StatusCallbackEvent",
	.event = "room-created",
	.tables = &endpoint_video_room,
	.moment = created_at,
	.add = add_created,
};

static const struct resource_row ended = {
	.is_proven = has_ended,
	.parameter = "StatusCallbackEvent",
	.event = "room-ended",
	.tables = &endpoint_video_room,
	.moment = end_came,
	.more = room_end_pairs,
	.add = add_ended,
};

static const struct resource_row *const room_rows[] = {&created, &ended, NULL};

static const struct resource_pair participant_pairs[] = {
	{"ParticipantSid",      "sid"     },
	{"RoomSid",             "room_sid"},
	{"ParticipantIdentity", "identity"},
	{NULL,		  NULL      },
};
static const struct resource_pair participant_end_pairs[] = {
	{"ParticipantDuration", "duration"},
	{NULL,		  NULL      },
};

static const struct resource_row connected = {
	.parameter = "StatusCallbackEvent",
	.event = "participant-connected",
	.tables = &endpoint_video_room,
	.moment = began,
	.add = add_room,
};

static const struct resource_row disconnected = {
	.is_proven = has_left,
	.parameter = "StatusCallbackEvent",
	.event = "participant-disconnected",
	.tables = &endpoint_video_room,
	.moment = end_came,
	.more = participant_end_pairs,
	.add = add_room,
};

static const struct resource_row *const participant_rows[] = {
	&connected, &disconnected, NULL};

const struct resource_tables resource_room = {
	.name = "room",
	.rows = room_rows,
	.pairs = room_pairs,
};

const struct resource_tables resource_participant = {
	.name = "participant",
	.rows = participant_rows,
	.pairs = participant_pairs,
};
