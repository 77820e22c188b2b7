/*
 * What became of a call or of a message: call progress, asynchronous
 * answering machine detection, message delivery.  And what Twilio's debugger
 * reports, of our own endpoints among others.
 *
 * One URL serves them all, told apart by content: a message's callback has a
 * MessageSid, a call's a CallSid.  Twilio wants no content in the answer.
 */
#include "config.h"

#include <stdbool.h>

#include "endpoints.h"
#include "kind.h"
#include "statements.h"

static const char *const subjects[] = {"MessageSid", "CallSid", "Sid", NULL};

/*
 * A message that came in, told to the wrong address: what becomes of one has no
 * Body.
 */
static const struct endpoint *
choose(const struct form *form)
{
	bool is_inbound = form_find(form, "Body") != NULL &&
			  kind_of(form) == KIND_MESSAGE;

	return is_inbound ? endpoint_webhook.choose(form) : &endpoint_status;
}

/* needs, statement */
static const struct write writes[] = {
	{{"MessageSid"},              &statement_message_status},
	{{"CallSid"},                 &statement_call          },
	{{"CallSid", "RecordingSid"}, &statement_recording     },
	{{"Sid", "Level", "Payload"}, &statement_debugger_event},
	{{NULL},		      NULL		     },
};

const struct endpoint endpoint_status = {
	.name = "status",
	.subjects = subjects,
	.writes = writes,
	.choose = choose,
};
