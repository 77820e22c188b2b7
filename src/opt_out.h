#ifndef HOOKSWITCH_OPT_OUT_H
#define HOOKSWITCH_OPT_OUT_H

#include "form.h"

/*
 * Whether a message is a contact's word on getting messages at all.
 *
 * Twilio's parameter OptOutType says so where Advanced Opt-Out is on;
 * otherwise it is one of the standard words, alone in the message, in
 * whatever case: STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE,
 * OPTOUT; START, UNSTOP; HELP, INFO.
 *
 * "STOP", "START" or "HELP"; "YES" for that word, which to Twilio means
 * START, but only from who has said STOP before; NULL for anything else.
 */
const char *opt_out_word(const struct form *form);

#endif
