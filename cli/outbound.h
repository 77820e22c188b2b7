#ifndef HOOKSWITCH_OUTBOUND_H
#define HOOKSWITCH_OUTBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "address.h"
#include "command.h"
#include "endpoint_url.h"
#include "overrides.h"
#include "twilio.h"

/*
 * A call or a message that Twilio is asked for, once: what the commands call
 * and message have in common.
 *
 * A request that may have been carried out, though no answer says so, is not
 * sent again: it would be another call.  Instead Twilio is asked for the newest
 * ones to that address, and what there is since is told.
 */

/* Options of both. */
struct outbound_options {
	const char *to, *from, *campaign, *account, *site, *overrides;
	bool dry_run;
};

#define OUTBOUND_OPTIONS(type, member)                                         \
	TEXT_OPTION("campaign", "ID", type, member.campaign,                   \
		"campaignId in the query of each URL, by which the\n"          \
		"rows are found"),                                             \
		SID_OPTION("account", "AC", type, member.account,              \
			"the account (otherwise TWILIO_ACCOUNT_SID)"),         \
		TEXT_OPTION("site", "URL", type, member.site,                  \
			ENDPOINT_URL_SITE_HELP),                               \
		TEXT_OPTION("overrides", "TEXT", type, member.overrides,       \
			ENDPOINT_URL_OVERRIDES_HELP),                          \
		SWITCH_OPTION("dry-run", type, member.dry_run,                 \
			"print what would be sent, and send nothing")

enum outbound_kind { OUTBOUND_CALL, OUTBOUND_MESSAGE };

/*
 * What is wrong with the options: ERR_MALFORMED, with the reason.
 */
enum err outbound_check(const struct outbound_options *options,
	enum outbound_kind kind, struct reason *reason) NODISCARD;

/*
 * The request.  Adding fails once and for all: err is looked at when it is
 * sent.  What the pointers lead to is borrowed.
 */
struct outbound {
	enum outbound_kind kind;
	struct twilio *twilio;
	struct endpoint_urls urls;
	const char *campaign;
	const char *to;
	struct buf form;
	enum err err;
};

/* The caller ends with outbound_free. */
void outbound_init(struct outbound *outbound, enum outbound_kind kind);
void outbound_free(struct outbound *outbound);

/*
 * Loads the settings, and opens the API for the account.  Errors as
 * command_settings, twilio_open and endpoint_urls_choose.
 */
enum err outbound_open(struct outbound *outbound, struct invocation *invocation,
	const struct outbound_options *options,
	struct reason *reason) NODISCARD;

/*
 * The sender: from, or TWILIO_PHONE_NUMBER for NULL, checked for that use.
 * ERR_SETTING if there is none, ERR_MALFORMED for one that is none.
 */
enum err outbound_choose_from(const struct settings *settings,
	const char **from, enum address_use use,
	struct reason *reason) NODISCARD;

/* Adds a parameter. */
void outbound_add(
	struct outbound *outbound, const char *name, const char *value);

/* Adds one that is the URL of an endpoint, with the campaign. */
void outbound_add_endpoint(
	struct outbound *outbound, const char *name, const char *endpoint);

/*
 * Sends it; *made is then what Twilio says of it, ended with json_free.  Or
 * prints what would be sent, for a dry run; *made is then NULL.
 * ERR_IO if nobody knows whether it was done, with what was found, which is
 * printed, too, if it is to be JSON; otherwise errors as twilio_send.
 */
enum err outbound_run(struct outbound *outbound,
	const struct invocation *invocation, bool dry_run, struct json **made,
	struct reason *reason) NODISCARD;

/*
 * Prints what Twilio says of it: the members of that name, NULL at the end,
 * where they are.  ERR_MEMORY; ERR_IO if that does not get out, with a reason
 * that says what was done all the same.
 */
enum err outbound_print(enum outbound_kind kind, const struct json *made,
	const char *const *members, bool json, struct reason *reason) NODISCARD;

#endif
