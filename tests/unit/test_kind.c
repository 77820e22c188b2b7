/*
 * Which kind of webhook a set of parameters is.
 */
#include "config.h"

#include "kind.h"

#include "check.h"
#include "sample.h"

#define CALL "CallSid=CA1&AccountSid=AC1&From=a&To=b&Direction=inbound"
#define PROGRESS CALL "&CallbackSource=call-progress-events&SequenceNumber=0"
#define MESSAGE "MessageSid=SM1&SmsSid=SM1&AccountSid=AC1&From=a&To=b"

/* line, form, kind */
static const struct {
	int line;
	const char *form, *kind;
} rows[] = {
	{__LINE__, CALL "&CallStatus=ringing",                                   "call"                       },
	{__LINE__, CALL "&CallStatus=in-progress&AnsweredBy=human",              "call"                       },
	{__LINE__, CALL "&CallStatus=ringing&Recordingurl=x",                    "call"                       },
	{__LINE__, CALL "&CallStatus=in-progress&Digits=1",                      "call-action"                },
	{__LINE__, CALL "&CallStatus=in-progress&Digits=",                       "call-action"                },
	{__LINE__, CALL "&CallStatus=in-progress&SpeechResult=",                 "call-action"                },
	{__LINE__, CALL "&CallStatus=completed&RecordingUrl=x&RecordingSid=RE1",
         "call-action"											},
	{__LINE__, CALL "&CallStatus=in-progress&DialCallStatus=busy",
         "call-action"											},
	{__LINE__, PROGRESS "&CallStatus=completed",                             "call-status"                },
	{__LINE__, PROGRESS "&CallStatus=completed&RecordingUrl=x",
         "call-status"											},
	{__LINE__, PROGRESS "&CallStatus=in-progress&Digits=1",                  "call-status"                },
	{__LINE__,
         "CallSid=CA1&AccountSid=AC1&AnsweredBy=human"
		"&MachineDetectionDuration=3000",				"answering-machine-detection"},
	{__LINE__,
         CALL "&CallStatus=in-progress&AnsweredBy=human"
		     "&MachineDetectionDuration=3000",			   "call"		       },
	{__LINE__, MESSAGE "&SmsStatus=received&Body=hi",                        "message"                    },
	{__LINE__, MESSAGE "&SmsStatus=received&Body=",                          "message"                    },
	{__LINE__, MESSAGE,						      "message"                    },
	{__LINE__, MESSAGE "&MessageStatus=sent&SmsStatus=sent",
         "message-status"										     },
	{__LINE__, MESSAGE "&MessageStatus=sent&Body=x",                         "message-status"             },
	{__LINE__, MESSAGE "&SmsStatus=delivered",                               "message-status"             },
	{__LINE__, "RecordingSid=RE1&RecordingStatus=completed&CallSid=CA1",
         "recording-status"										   },
	{__LINE__,
         "RecordingSid=RE1&RecordingStatus=completed"
		"&ConferenceSid=CF1",					    "recording-status"           },
	{__LINE__, "RoomSid=RM1&RoomName=x&StatusCallbackEvent=room-created",
         "video-room"											 },
	{__LINE__,
         "RoomSid=RM1&RoomName=x&RecordingSid=RT1"
		"&StatusCallbackEvent=recording-started",			"video-room"                 },
	{__LINE__,
         "RoomSid=RM1&CompositionSid=CJ1"
		"&StatusCallbackEvent=composition-started",		      "video-composition"          },
	{__LINE__,
         "ConferenceSid=CF1&StatusCallbackEvent=participant-join"
		"&CallSid=CA1",						  "conference"                 },
	{__LINE__,
         "TranscriptionSid=TR1&RecordingSid=RE1&CallSid=CA1"
		"&TranscriptionStatus=completed",				"transcription"              },
	{__LINE__,
         "Sid=NO1&AccountSid=AC1&Level=ERROR&Payload=%7B%7D"
		"&PayloadType=application/json",				 "debugger"                   },
	{__LINE__, "AccountSid=AC1",					     "other"                      },
	{__LINE__, "",							   "other"                      },
	{__LINE__, "callsid=CA1&callstatus=ringing",                             "other"                      },
	{__LINE__, "CallStatus=ringing",					 "other"                      },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct sample sample;

		sample_open(&sample, rows[i].form);
		CHECK_TEXT(rows[i].line, kind_name(kind_of(&sample.form)),
			rows[i].kind);
		sample_close(&sample);
	}
}

/* The ledger's names are not to be mixed up. */
static void
test_names(void **state)
{
	(void)state;
	for (int i = 0; i < KIND__MAX; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(kind_name((enum kind)i),
				kind_name((enum kind)j));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
