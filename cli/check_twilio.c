/*
 * Twilio: whether it knows the account, and sends its webhooks here.
 */
#include "config.h"

#include "checks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACCOUNT "/2010-04-01/Accounts/{AccountSid}.json"

/* Further accounts that are asked for. */
#define ACCOUNTS_MOST 20

/* Of what Twilio has refused, and of what it has not answered. */
#define MEND_REFUSED                                                           \
	"copy SID and auth token from the first page of Twilio's console "     \
	"once "                                                                \
	"more"
#define MEND_AWAY                                                              \
	"the endpoints do not need it; call, message, provision and backfill " \
	"do: does this host let programs out to api.twilio.com?"

/* How far Twilio's clock may be from ours, in seconds. */
#define CLOCK_NOTE 30
#define CLOCK_WRONG 300

enum err
check_twilio_obtain(struct checkup *checkup, struct reason *reason)
{
	struct twilio_result result = {0};
	time_t before;
	enum err err;

	if (!checkup_has(checkup, NEED_ACCOUNT))
		return err_reason(reason, ERR_SETTING, "%s",
			checkup_why(checkup, NEED_ACCOUNT));
	if (checkup->is_offline)
		return err_reason(reason, ERR_SETTING, "--offline");
	err = twilio_open(&checkup->twilio, checkup->settings,
		checkup->account.sid, reason);
	if (err != ERR_OK)
		return err;
	twilio_hurry(checkup->twilio);
	before = time(NULL);
	err = twilio_send(checkup->twilio, TWILIO_API, "GET", ACCOUNT, NULL,
		&result, reason);
	checkup->twilio_asked_at = before + (time(NULL) - before) / 2;
	checkup->twilio_date = result.date;
	checkup->twilio_account = result.document;
	checkup->twilio_err = err;
	return err;
}

/* That Twilio is not to be had from here is no fault of the site's. */
static void
tell_failure(
	struct checkup *checkup, const char *sid, enum err err, const char *why)
{
	if (err == ERR_IO)
		checkup_note(checkup, MEND_AWAY, "account %s: %s", sid, why);
	else
		checkup_wrong(
			checkup, MEND_REFUSED, "account %s: %s", sid, why);
}

/* What the account's own document says of it. */
static void
judge_account(
	struct checkup *checkup, const char *sid, const struct json *account)
{
	const char *status = json_member_text(account, "status");

	if (strcmp(status, "active") != 0)
		checkup_wrong(checkup, "see Twilio's console",
			"Twilio says that account %s is %.40s", sid, status);
	else if (strcmp(json_member_text(account, "type"), "Trial") == 0)
		checkup_note(checkup,
			"it calls and writes only to numbers that were "
			"verified",
			"Twilio knows account %s and its token; it is one for "
			"a trial",
			sid);
	else
		checkup_ok(
			checkup, "Twilio knows account %s and its token", sid);
}

static void
check_account(struct checkup *checkup)
{
	if (checkup->is_offline)
		checkup_unknown(checkup, "--offline");
	else if (!checkup_has(checkup, NEED_TWILIO))
		tell_failure(checkup, checkup->account.sid, checkup->twilio_err,
			checkup_why(checkup, NEED_TWILIO));
	else
		judge_account(
			checkup, checkup->account.sid, checkup->twilio_account);
}

/* Asks Twilio for one of the further accounts. */
static void
ask(struct checkup *checkup, const char *sid)
{
	struct twilio_result result = {0};
	struct twilio *twilio = NULL;
	struct reason reason;
	enum err err = twilio_open(&twilio, checkup->settings, sid, &reason);

	if (err == ERR_OK) {
		twilio_hurry(twilio);
		err = twilio_send(twilio, TWILIO_API, "GET", ACCOUNT, NULL,
			&result, &reason);
	}
	if (err == ERR_OK)
		judge_account(checkup, sid, result.document);
	else
		tell_failure(checkup, sid, err, reason.text);
	json_free(result.document);
	twilio_close(twilio);
}

/* The further accounts, and how many were asked for. */
struct others {
	struct checkup *checkup;
	size_t n;
};

static void
ask_other(void *context, const struct account *account)
{
	struct others *others = context;

	if (strcmp(account->sid, others->checkup->account.sid) != 0 &&
		others->n++ < ACCOUNTS_MOST)
		ask(others->checkup, account->sid);
}

static void
check_others(struct checkup *checkup)
{
	struct others others = {.checkup = checkup};

	if (checkup->is_offline) {
		checkup_unknown(checkup, "--offline");
		return;
	}
	/* If they cannot be read, "account-sid" has said so. */
	(void)!account_each(checkup->settings, NULL, ask_other, &others, NULL);
	if (others.n > ACCOUNTS_MOST)
		checkup_unknown(
			checkup, "more than %d accounts", ACCOUNTS_MOST);
}

static void
check_clock(struct checkup *checkup)
{
	long long apart =
		llabs(checkup->twilio_date - checkup->twilio_asked_at);
	const char *mend = "have the clock of this host set by NTP";

	if (checkup->twilio_date == 0)
		checkup_unknown(checkup, "Twilio has not told its time");
	else if (apart >= CLOCK_WRONG)
		checkup_wrong(checkup, mend,
			"Twilio's clock and this one are %lld s apart: times "
			"and certificates are judged wrongly",
			apart);
	else if (apart >= CLOCK_NOTE)
		checkup_note(checkup, mend,
			"Twilio's clock and this one are %lld s apart", apart);
	else
		checkup_ok(checkup, "Twilio's clock and this one agree");
}

static const struct check checks[] = {
	{"account",  NEED_ACCOUNT, check_account},
	{"accounts", NEED_ACCOUNT, check_others },
	{"clock",    NEED_TWILIO,  check_clock  },
	{NULL,       0,            NULL         },
};

const struct check_group check_twilio = {"twilio", checks};
