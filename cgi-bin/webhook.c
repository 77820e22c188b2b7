/*
 * Every kind of webhook at one URL, told apart by what is in it.
 *
 * For a site that has given Twilio one address for everything.  Each webhook
 * is taken as the endpoint of its kind takes it; what has no endpoint of its
 * own is kept in the ledger.
 */
#include "config.h"

#include <strings.h>

#include "endpoints.h"
#include "kind.h"

static const char *const subjects[] = {
	"ConferenceSid", "TranscriptionSid", "CallSid", "Sid", NULL};

/* needs, statement */
static const struct write writes[] = {
	{{NULL}, NULL},
};

/* What the ledger alone keeps. */
static const struct endpoint ledger = {
	.name = "webhook",
	.subjects = subjects,
	.writes = writes,
};

static const struct endpoint *const by_kind[KIND__MAX] = {
	[KIND_OTHER] = &ledger,
	[KIND_CALL] = &endpoint_voice,
	[KIND_CALL_ACTION] = &endpoint_voice,
	[KIND_CALL_STATUS] = &endpoint_status,
	[KIND_ANSWERING_MACHINE_DETECTION] = &endpoint_status,
	[KIND_MESSAGE] = &endpoint_sms,
	[KIND_MESSAGE_STATUS] = &endpoint_status,
	[KIND_RECORDING_STATUS] = &endpoint_recording,
	[KIND_VIDEO_ROOM] = &endpoint_video_room,
	[KIND_VIDEO_COMPOSITION] = &endpoint_video_room,
	[KIND_CONFERENCE] = &ledger,
	[KIND_TRANSCRIPTION] = &ledger,
	[KIND_DEBUGGER] = &endpoint_status,
};

static const struct endpoint *
choose(const struct form *form)
{
	const char *from = form_value(form, "From");
	enum kind kind = kind_of(form);

	if (kind == KIND_MESSAGE && from != NULL &&
		strncasecmp(from, "whatsapp:", 9) == 0)
		return &endpoint_whatsapp;
	return by_kind[kind];
}

const struct endpoint endpoint_webhook = {
	.name = "webhook",
	.choose = choose,
};
