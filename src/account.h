#ifndef HOOKSWITCH_ACCOUNT_H
#define HOOKSWITCH_ACCOUNT_H

#include <stddef.h>

#include "err.h"
#include "limit.h"
#include "settings.h"

/*
 * The Twilio account that a request says it speaks for, and the tokens that
 * would prove it.
 */

struct account {
	char sid[LIMIT_SID + 1];
	const char *tokens[LIMIT_TOKENS]; /* point into text */
	size_t n_tokens;
	char *text;
	size_t text_len;
};

/*
 * Finds the account whose SID the request names, in TWILIO_ACCOUNT_SID with
 * TWILIO_AUTH_TOKEN, or else in the file HOOKSWITCH_ACCOUNTS, which has
 * lines "SID token [token ...]" and follows the rules of file_read_private.
 * A NULL sid stands for TWILIO_ACCOUNT_SID.
 *
 * ERR_REFUSED for an account that is not there; ERR_SETTING if there is none
 * at all, if one has no token or too many, or if the file cannot be used.
 * In every case the caller ends with account_free.
 */
enum err account_find(struct account *account, const struct settings *settings,
	const char *document_root, const char *sid,
	struct reason *reason) NODISCARD;

/*
 * Calls back for every account of the settings, with its tokens, which stay
 * for the call; TWILIO_ACCOUNT_SID, if it has a token, comes first.  An
 * account that is there twice is called back twice.  Errors as account_find,
 * but that there may be none.
 */
enum err account_each(const struct settings *settings,
	const char *document_root,
	void (*call)(void *context, const struct account *account),
	void *context, struct reason *reason) NODISCARD;

/* Wipes the tokens and frees them. */
void account_free(struct account *account);

#endif
