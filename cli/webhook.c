#include "config.h"

#include "webhook.h"

#include <string.h>

/* Names and typical values follow captured requests. */

#define PLACES(who, city, state, zip, country)                                 \
	who "City = " city "\n" who "State = " state "\n" who "Zip = " zip     \
	    "\n" who "Country = " country "\n"
#define THERE(who) PLACES(who, "LOS ANGELES", "CA", "91604", "US")
#define HERE(who) PLACES(who, "", "", "", "US")
#define API_VERSION "ApiVersion = 2010-04-01\n"
#define RECORDINGS                                                             \
	"https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/"

/* A call from them to us, and its further requests. */
#define INBOUND_LEG                                                            \
	"CallSid = {call}\n"                                                   \
	"AccountSid = {account}\n"                                             \
	"From = {them}\n"                                                      \
	"To = {us}\n"                                                          \
	"Caller = {them}\n"                                                    \
	"Called = {us}\n" THERE("From") THERE("Caller") HERE("To")             \
		HERE("Called") "Direction = inbound\n" API_VERSION
#define OUTBOUND_LEG                                                           \
	"CallSid = {call}\n"                                                   \
	"AccountSid = {account}\n"                                             \
	"From = {us}\n"                                                        \
	"To = {them}\n"                                                        \
	"Caller = {us}\n"                                                      \
	"Called = {them}\n" HERE("From") HERE("Caller") THERE("To")            \
		THERE("Called") "Direction = outbound-api\n" API_VERSION
#define CALL_ACTION INBOUND_LEG "CallStatus = in-progress\n"

#define MESSAGE                                                                \
	"MessageSid = {message}\n"                                             \
	"SmsSid = {message}\n"                                                 \
	"AccountSid = {account}\n" API_VERSION
#define INBOUND_MESSAGE                                                        \
	MESSAGE "SmsMessageSid = {message}\n"                                  \
		"SmsStatus = received\n"                                       \
		"NumSegments = 1\n"
#define FROM_THEM                                                              \
	"From = {them}\n"                                                      \
	"To = {us}\n" THERE("From") HERE("To")
#define MEDIA                                                                  \
	"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/"       \
	"{message}/Media/"

#define ROOM                                                                   \
	"RoomSid = {room}\n"                                                   \
	"RoomName = apt-48-test\n"                                             \
	"RoomType = group\n"                                                   \
	"RoomStatus = in-progress\n"                                           \
	"AccountSid = {account}\n"                                             \
	"Timestamp = {isotime}\n"

static const struct webhook inbound_call = {
	.name = "inbound-call",
	.purpose = "a call comes in",
	.endpoint = "voice",
	.subject = "CallSid",
	.state = "CallStatus",
	.wants_twiml = true,
	.parameters = INBOUND_LEG "CallStatus = ringing\n"
				  "StirVerstat = TN-Validation-Passed-A\n",
};

static const struct webhook outbound_call = {
	.name = "outbound-call",
	.purpose = "a call of ours is answered and wants TwiML",
	.endpoint = "voice",
	.subject = "CallSid",
	.state = "CallStatus",
	.wants_twiml = true,
	.parameters = OUTBOUND_LEG "CallStatus = in-progress\n",
};

static const struct webhook dial_action = {
	.name = "dial-action",
	.purpose = "a <Dial> has ended",
	.endpoint = "voice",
	.subject = "CallSid",
	.state = "DialCallStatus",
	.wants_twiml = true,
	.parameters = CALL_ACTION "DialCallStatus = completed\n"
				  "DialCallSid = {call2}\n"
				  "DialCallDuration = 33\n"
				  "DialBridged = true\n",
};

static const struct webhook record_action = {
	.name = "record-action",
	.purpose = "a <Record> has ended",
	.endpoint = "voice",
	.subject = "CallSid",
	.state = "Digits",
	.wants_twiml = true,
	.parameters = CALL_ACTION "RecordingSid = {recording}\n"
				  "RecordingUrl = " RECORDINGS "{recording}\n"
				  "RecordingDuration = 12\n"
				  "Digits = hangup\n",
};

static const struct webhook gather_action = {
	.name = "gather-action",
	.purpose = "a <Gather> has ended",
	.endpoint = "voice",
	.subject = "CallSid",
	.state = "Digits",
	.wants_twiml = true,
	.parameters = CALL_ACTION "Digits = 42\n"
				  "FinishedOnKey = #\n"
				  "msg = Gather End\n",
};

static const struct webhook call_status = {
	.name = "call-status",
	.purpose = "a call of ours has come to another status",
	.endpoint = "status",
	.subject = "CallSid",
	.state = "CallStatus",
	.parameters = OUTBOUND_LEG "CallStatus = completed\n"
				   "CallbackSource = call-progress-events\n"
				   "SequenceNumber = 3\n"
				   "Timestamp = {time}\n",
};

static const struct webhook inbound_call_status = {
	.name = "inbound-call-status",
	.purpose = "a call that came in has ended",
	.endpoint = "status",
	.subject = "CallSid",
	.state = "CallStatus",
	.parameters = INBOUND_LEG "CallStatus = completed\n"
				  "CallbackSource = call-progress-events\n"
				  "SequenceNumber = 0\n"
				  "CallDuration = 19\n"
				  "Duration = 1\n"
				  "SipResponseCode = 200\n"
				  "Timestamp = {time}\n",
};

static const struct webhook answering_machine = {
	.name = "answering-machine",
	.purpose = "who or what has answered, found out apart",
	.endpoint = "status",
	.subject = "CallSid",
	.state = "AnsweredBy",
	.parameters = "CallSid = {call}\n"
		      "AccountSid = {account}\n"
		      "AnsweredBy = human\n"
		      "MachineDetectionDuration = 2350\n",
};

static const struct webhook recording_status = {
	.name = "recording-status",
	.purpose = "a recording is ready, or is none",
	.endpoint = "recording",
	.subject = "RecordingSid",
	.state = "RecordingStatus",
	.parameters = "RecordingSid = {recording}\n"
		      "RecordingUrl = " RECORDINGS "{recording}\n"
		      "RecordingStatus = completed\n"
		      "RecordingDuration = 15\n"
		      "RecordingChannels = 1\n"
		      "RecordingSource = OutboundAPI\n"
		      "RecordingTrack = both\n"
		      "RecordingStartTime = {time-20}\n"
		      "ErrorCode = 0\n"
		      "CallSid = {call}\n"
		      "AccountSid = {account}\n",
};

static const struct webhook inbound_message = {
	.name = "inbound-message",
	.purpose = "an SMS comes in",
	.endpoint = "sms",
	.subject = "MessageSid",
	.state = "SmsStatus",
	.wants_twiml = true,
	.parameters = INBOUND_MESSAGE FROM_THEM "NumMedia = 0\n"
						"Body = Is anybody there?\n",
};

static const struct webhook inbound_mms = {
	.name = "inbound-mms",
	.purpose = "an MMS with two pictures comes in",
	.endpoint = "sms",
	.subject = "MessageSid",
	.state = "SmsStatus",
	.wants_twiml = true,
	.parameters =
		INBOUND_MESSAGE FROM_THEM "NumMedia = 2\n"
					  "Body =\n"
					  "MediaUrl0 = " MEDIA "{media}\n"
					  "MediaContentType0 = image/jpeg\n"
					  "MediaUrl1 = " MEDIA "{media2}\n"
					  "MediaContentType1 = image/png\n",
};

static const struct webhook inbound_whatsapp = {
	.name = "inbound-whatsapp",
	.purpose = "a WhatsApp message comes in",
	.endpoint = "whatsapp",
	.subject = "MessageSid",
	.state = "SmsStatus",
	.wants_twiml = true,
	.parameters = INBOUND_MESSAGE
	"From = whatsapp:{them}\n"
	"To = whatsapp:{us}\n"
	"ProfileName = Zo\303\253\n"
	"WaId = 14158675309\n"
	"MessageType = text\n"
	"NumMedia = 0\n"
	"ReferralNumMedia = 0\n"
	"Body = Is anybody there? \360\237\221\213\n"
	"ChannelMetadata = {\"type\":\"whatsapp\",\"data\":"
	"{\"context\":{\"ProfileName\":\"Zo\303\253\"}}}\n",
};

static const struct webhook message_status = {
	.name = "message-status",
	.purpose = "a message of ours has come to another status",
	.endpoint = "status",
	.subject = "MessageSid",
	.state = "MessageStatus",
	.parameters = MESSAGE "MessageStatus = delivered\n"
			      "SmsStatus = delivered\n"
			      "From = {us}\n"
			      "To = {them}\n",
};

static const struct webhook whatsapp_status = {
	.name = "whatsapp-status",
	.purpose = "the same of WhatsApp",
	.endpoint = "status",
	.subject = "MessageSid",
	.state = "MessageStatus",
	.parameters = MESSAGE "MessageStatus = read\n"
			      "SmsStatus = read\n"
			      "EventType = READ\n"
			      "ChannelPrefix = whatsapp\n"
			      "ChannelInstallSid = {channel}\n"
			      "From = whatsapp:{us}\n"
			      "To = whatsapp:{them}\n",
};

static const struct webhook video_room = {
	.name = "video-room",
	.purpose = "something has happened in a video room",
	.endpoint = "video-room",
	.subject = "RoomSid",
	.state = "StatusCallbackEvent",
	.parameters = ROOM "StatusCallbackEvent = room-created\n"
			   "SequenceNumber = 0\n",
};

static const struct webhook video_participant = {
	.name = "video-participant",
	.purpose = "somebody has come or gone",
	.endpoint = "video-room",
	.subject = "RoomSid",
	.state = "StatusCallbackEvent",
	.parameters = ROOM "StatusCallbackEvent = participant-connected\n"
			   "SequenceNumber = 1\n"
			   "ParticipantSid = {participant}\n"
			   "ParticipantStatus = connected\n"
			   "ParticipantIdentity = Dr. O'Neill\n",
};

static const struct webhook video_composition = {
	.name = "video-composition",
	.purpose = "a composition of a room's recordings is ready",
	.endpoint = "video-room",
	.subject = "RoomSid",
	.state = "StatusCallbackEvent",
	.parameters = "RoomSid = {room}\n"
		      "AccountSid = {account}\n"
		      "CompositionSid = {composition}\n"
		      "CompositionUri = /v1/Compositions/{composition}\n"
		      "MediaUri = /v1/Compositions/{composition}/Media\n"
		      "StatusCallbackEvent = composition-available\n"
		      "Duration = 40\n"
		      "Size = 5000000\n"
		      "Timestamp = {isotime}\n",
};

static const struct webhook debugger = {
	.name = "debugger",
	.purpose = "Twilio's debugger reports an error",
	.endpoint = "status",
	.subject = "Sid",
	.state = "Level",
	.parameters = "Sid = {notification}\n"
		      "AccountSid = {account}\n"
		      "Timestamp = {isotime}\n"
		      "Level = ERROR\n"
		      "PayloadType = application/json\n"
		      "Payload = {\"resource_sid\":\"{call}\",\"error_code\":"
		      "\"11200\",\"more_info\":{\"Msg\":\"HTTP retrieval "
		      "failure\"},\"webhook\":{\"type\":"
		      "\"application/json\"}}\n",
};

const struct webhook *const webhooks[] = {
	&inbound_call,
	&outbound_call,
	&dial_action,
	&record_action,
	&gather_action,
	&call_status,
	&inbound_call_status,
	&answering_machine,
	&recording_status,
	&inbound_message,
	&inbound_mms,
	&inbound_whatsapp,
	&message_status,
	&whatsapp_status,
	&video_room,
	&video_participant,
	&video_composition,
	&debugger,
	NULL,
};

const struct webhook *
webhook_find(const char *name)
{
	for (size_t i = 0; webhooks[i] != NULL; i++)
		if (strcmp(webhooks[i]->name, name) == 0)
			return webhooks[i];
	return NULL;
}
