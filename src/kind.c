#include "config.h"

#include "kind.h"

#include <stdbool.h>
#include <stddef.h>

#define MARKER_HAS 3

/* Parameters that are there, whatever their values, and one that is not. */
struct marker {
	const char *has[MARKER_HAS]; /* NULL where there are fewer */
	const char *lacks;           /* NULL for none */
	enum kind kind;
};

static const char *const names[KIND__MAX] = {
	[KIND_OTHER] = "other",
	[KIND_CALL] = "call",
	[KIND_CALL_ACTION] = "call-action",
	[KIND_CALL_STATUS] = "call-status",
	[KIND_ANSWERING_MACHINE_DETECTION] = "answering-machine-detection",
	[KIND_MESSAGE] = "message",
	[KIND_MESSAGE_STATUS] = "message-status",
	[KIND_RECORDING_STATUS] = "recording-status",
	[KIND_VIDEO_ROOM] = "video-room",
	[KIND_VIDEO_COMPOSITION] = "video-composition",
	[KIND_CONFERENCE] = "conference",
	[KIND_TRANSCRIPTION] = "transcription",
	[KIND_DEBUGGER] = "debugger",
};

/*
 * The first that fits counts.  A call's status callback can bring the
 * recording along, so it comes before the action of a <Record>; a message
 * that came in has a Body, if only an empty one, and its status none.
 */
static const struct marker markers[] = {
	{{"Payload", "PayloadType", "Level"},      NULL,         KIND_DEBUGGER         },
	{{"CompositionSid"},                       NULL,         KIND_VIDEO_COMPOSITION},
	{{"RoomSid", "StatusCallbackEvent"},       NULL,         KIND_VIDEO_ROOM       },
	{{"ConferenceSid", "StatusCallbackEvent"}, NULL,         KIND_CONFERENCE       },
	{{"TranscriptionSid"},                     NULL,         KIND_TRANSCRIPTION    },
	{{"RecordingSid", "RecordingStatus"},      NULL,         KIND_RECORDING_STATUS },
	{{"MessageSid", "MessageStatus"},          NULL,         KIND_MESSAGE_STATUS   },
	{{"MessageSid", "Body"},                   NULL,         KIND_MESSAGE          },
	{{"MessageSid", "SmsStatus"},              NULL,         KIND_MESSAGE_STATUS   },
	{{"MessageSid"},			   NULL,         KIND_MESSAGE          },
	{{"CallSid", "CallbackSource"},            NULL,         KIND_CALL_STATUS      },
	{{"CallSid", "MachineDetectionDuration"},  "CallStatus",
         KIND_ANSWERING_MACHINE_DETECTION                                              },
	{{"CallSid", "DialCallStatus"},            NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "RecordingUrl"},              NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "Digits"},                    NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "QueueResult"},               NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "DequeueResult"},             NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "ReferCallStatus"},           NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "Result", "PaymentMethod"},   NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "DialCallSid"},               NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "SpeechResult"},              NULL,         KIND_CALL_ACTION      },
	{{"CallSid", "CallStatus"},                NULL,         KIND_CALL             },
};

static bool
fits(const struct marker *marker, const struct form *form)
{
	for (size_t i = 0; i < MARKER_HAS && marker->has[i] != NULL; i++)
		if (form_find(form, marker->has[i]) == NULL)
			return false;
	return marker->lacks == NULL || form_find(form, marker->lacks) == NULL;
}

enum kind
kind_of(const struct form *form)
{
	for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++)
		if (fits(&markers[i], form))
			return markers[i].kind;
	return KIND_OTHER;
}

const char *
kind_name(enum kind kind)
{
	return names[kind];
}
