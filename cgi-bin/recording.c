/*
 * What became of a call's recording: in-progress, completed, absent, failed.
 *
 * Twilio sends it to the recordingStatusCallback of the verb or of the REST
 * call, and wants no content in the answer.
 */
#include "config.h"

#include "endpoints.h"
#include "statements.h"

static const char *const subjects[] = {"RecordingSid", NULL};

/* needs, statement */
static const struct write writes[] = {
	{{"RecordingSid"}, &statement_recording},
	{{NULL},           NULL                },
};

const struct endpoint endpoint_recording = {
	.name = "recording",
	.subjects = subjects,
	.writes = writes,
};
