#ifndef HOOKSWITCH_ACCOUNTS_H
#define HOOKSWITCH_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"
#include "err.h"
#include "limit.h"
#include "settings.h"

/*
 * The accounts that a command is for: the one that was chosen, or the one that
 * is meant, or all that the settings have a token of.
 */

/* Far more than a site has. */
#define ACCOUNTS_MOST 10000

struct accounts {
	char (*sids)[LIMIT_SID + 1]; /* each once */
	size_t n;
	bool is_full;
};

/*
 * chosen is NULL for all.  ERR_SETTING if there is none, if there are more
 * than ACCOUNTS_MOST, or if a setting cannot be used.  In every case the
 * caller ends with accounts_free.
 */
enum err accounts_find(struct accounts *accounts,
	const struct settings *settings, const char *chosen,
	struct reason *reason) NODISCARD;

void accounts_free(struct accounts *accounts);

/*
 * The one account that a command speaks as, with its tokens: chosen, or where
 * that is NULL TWILIO_ACCOUNT_SID, or the only one of HOOKSWITCH_ACCOUNTS.
 * ERR_SETTING, naming it, for a setting that is missing or cannot be used.  In
 * every case the caller ends with account_free.
 */
enum err accounts_choose(struct account *account,
	const struct settings *settings, const char *chosen,
	struct reason *reason) NODISCARD;

#endif
