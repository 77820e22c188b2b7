/*
 * Events of video rooms: the room itself, its participants, their tracks,
 * recordings.  Compositions, which have a RoomSid but no RoomName, are kept
 * in the ledger only.
 *
 * Twilio sends them to the room's status callback, and wants no content in
 * the answer.
 */
#include "config.h"

#include "endpoints.h"
#include "statements.h"

static const char *const subjects[] = {"RoomSid", "CompositionSid", NULL};

/* needs, statement */
static const struct write writes[] = {
	{{"RoomSid", "RoomName"},                        &statement_room      },
	{{"RoomSid", "RoomName", "ParticipantSid"},
         &statement_room_participant                                          },
	{{"RoomSid", "RoomName", "StatusCallbackEvent"}, &statement_room_event},
	{{"RoomSid", "RoomName", "StatusCallbackEvent"},
         &statement_appointment					       },
	{{NULL},					 NULL                 },
};

const struct endpoint endpoint_video_room = {
	.name = "video-room",
	.subjects = subjects,
	.writes = writes,
};
