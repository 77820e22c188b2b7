#ifndef HOOKSWITCH_KIND_H
#define HOOKSWITCH_KIND_H

#include "form.h"

/*
 * The kinds of webhooks, told apart by what is in them.
 *
 * For the ledger, and for an endpoint that takes them all at one URL.
 */

enum kind {
	KIND_OTHER,
	KIND_CALL,        /* a call that wants its first instructions */
	KIND_CALL_ACTION, /* a verb of the answer has ended: what now? */
	KIND_CALL_STATUS,
	KIND_ANSWERING_MACHINE_DETECTION,
	KIND_MESSAGE, /* one that came in */
	KIND_MESSAGE_STATUS,
	KIND_RECORDING_STATUS,
	KIND_VIDEO_ROOM,
	KIND_VIDEO_COMPOSITION,
	KIND_CONFERENCE,
	KIND_TRANSCRIPTION,
	KIND_DEBUGGER, /* Twilio's own complaints, ours among them */
	KIND__MAX
};

/* Never fails: what fits nothing else is KIND_OTHER. */
enum kind kind_of(const struct form *form);

/* Its name in the ledger, such as "call-status". */
const char *kind_name(enum kind kind);

#endif
