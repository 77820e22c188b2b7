/*
 * An incoming WhatsApp message.
 *
 * Twilio sends it to the messaging URL of the WhatsApp sender, with
 * "whatsapp:" before both addresses, and takes TwiML as the answer.
 */
#include "config.h"

#include "endpoints.h"
#include "statements.h"

static const char *const subjects[] = {"MessageSid", NULL};

/* needs, statement */
static const struct write writes[] = {
	{{"From", "opt_out"},         &statement_channel        },
	{{"From", "opt_out"},         &statement_opt_out        },
	{{"MessageSid"},              &statement_message_inbound},
	{{"MessageSid", "MediaUrl0"}, &statement_message_media  },
	{{NULL},		      NULL		      },
};

/* parameter, file, without such a file */
static const struct twiml_reply replies[] = {
	{NULL, "whatsapp.xml", TWIML_EMPTY},
};

/* What became of a message of ours, told to the wrong address. */
static const struct endpoint *
choose(const struct form *form)
{
	return form_value(form, "MessageStatus") != NULL ? &endpoint_status
							 : &endpoint_whatsapp;
}

const struct endpoint endpoint_whatsapp = {
	.name = "whatsapp",
	.subjects = subjects,
	.writes = writes,
	.replies = replies,
	.choose = choose,
};
