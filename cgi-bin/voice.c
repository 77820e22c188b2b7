/*
 * A call that wants instructions: an incoming one, the TwiML request of an
 * outbound one, and the actions of <Dial>, <Record> and <Gather>.
 *
 * Twilio takes TwiML as the answer.  An action goes to the same URL unless
 * the verb names another, so that the greeting must not answer it: the call
 * would go round in circles.
 */
#include "config.h"

#include "endpoints.h"
#include "statements.h"

#define GREETING                                                               \
	TWIML_HEAD "<Response><Say>Hello. Thank you for calling.</Say>"        \
		   "<Pause length=\"1\"/><Say>Goodbye.</Say></Response>\n"

static const char *const subjects[] = {"CallSid", NULL};

/* needs, statement */
static const struct write writes[] = {
	{{"CallSid", "To"},          &statement_channel    },
	{{"CallSid"},                &statement_call       },
	{{"CallSid", "DialCallSid"}, &statement_dialed_call},
	{{"RecordingSid"},           &statement_recording  },
	{{"CallSid"},                &statement_call_reply },
	{{NULL},		     NULL                  },
};

/* parameter, file, without such a file */
static const struct twiml_reply replies[] = {
	{"DialCallStatus",  "voice-dial.xml",   TWIML_EMPTY},
	{"RecordingUrl",    "voice-record.xml", TWIML_EMPTY},
	{"Digits",          "voice-gather.xml", TWIML_EMPTY},
	{"SpeechResult",    "voice-gather.xml", TWIML_EMPTY},
	{"DialCallSid",     "voice-dial.xml",   TWIML_EMPTY},
	{"QueueResult",     "voice-action.xml", TWIML_EMPTY},
	{"DequeueResult",   "voice-action.xml", TWIML_EMPTY},
	{"ReferCallStatus", "voice-action.xml", TWIML_EMPTY},
	{"PaymentMethod",   "voice-action.xml", TWIML_EMPTY},
	{NULL,              "voice.xml",        GREETING   },
};

const struct endpoint endpoint_voice = {
	.name = "voice",
	.subjects = subjects,
	.writes = writes,
	.replies = replies,
};
