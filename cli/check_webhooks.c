/*
 * The webhooks of the account: whether they lead here, and arrive.
 */
#include "config.h"

#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "inventory.h"
#include "queries.h"
#include "webhook_urls.h"

/* Remarks of one kind; an account can have thousands of numbers. */
#define REMARKS 10

/* What a remark may say of one resource. */
#define PLACES 700

/* Of the calls and messages that come last, so many are looked for. */
#define PAGE "?PageSize=50"

/*
 * Not what may still be on its way, nor what is long gone, nor what came
 * before somebody changed where it leads to; in seconds.
 */
#define YOUNGEST 120
#define OLDEST (30LL * 24 * 3600)

enum err
check_webhooks_obtain(struct checkup *checkup, struct reason *reason)
{
	enum err err;

	if (!checkup_has(checkup, NEED_TWILIO))
		return err_reason(reason, ERR_IO, "%s",
			checkup_why(checkup, NEED_TWILIO));
	if (!checkup_has(checkup, NEED_SITE))
		return err_reason(reason, ERR_SETTING, "%s",
			checkup_why(checkup, NEED_SITE));
	checkup->inventory = calloc(1, sizeof *checkup->inventory);
	if (checkup->inventory == NULL)
		return ERR_MEMORY;
	err = inventory_read(checkup->inventory, checkup->twilio, reason);
	return err;
}

/* Where they should lead; fallbacks are their owner's business. */
static enum err
choose_urls(const struct checkup *checkup, struct webhook_urls *urls,
	struct reason *reason)
{
	memset(urls, 0, sizeof *urls);
	urls->fallback = "none";
	return endpoint_urls_choose(&urls->endpoints, checkup->settings,
		checkup->site, NULL, reason);
}

/* What is found of one resource: how many places, and what is wrong. */
struct look {
	char wrong[PLACES];
	size_t n_here; /* that lead here, if by another resource */
	size_t n_wrong;
	size_t n_unrepeated; /* lead here, and are not repeated */
};

static void
add_wrong(struct look *look, const struct webhook_finding *finding)
{
	size_t len = strlen(look->wrong);

	(void)snprintf(look->wrong + len, sizeof look->wrong - len,
		"%s%s: %s%s%.40s", look->n_wrong > 0 ? "; " : "",
		finding->place->parameter, webhook_state_text(finding->state),
		finding->by[0] != '\0' ? ", " : "", finding->by);
}

static void
look_at(void *context, const struct webhook_finding *finding)
{
	struct look *look = context;

	if (finding->state == WEBHOOK_OTHER_OVERRIDES) {
		look->n_here++;
		look->n_unrepeated++;
	} else if (!finding->is_drift) {
		look->n_here += finding->state != WEBHOOK_BY_NUMBERS;
	} else {
		add_wrong(look, finding);
		look->n_wrong++;
	}
}

/* What is found of them all. */
struct sum {
	struct checkup *checkup;
	size_t n_whole;     /* lead here */
	size_t n_part;      /* in part */
	size_t n_elsewhere; /* not at all */
	size_t n_unrepeated;
};

/* One of which a part leads here: the rest should, too. */
static void
tell_part(struct sum *sum, const struct webhook_resource *resource,
	const struct look *look)
{
	if (++sum->n_part <= REMARKS)
		checkup_wrong(sum->checkup,
			"\"hookswitch provision\" sets them; with --check it "
			"tells more",
			"%s %.60s (%.40s): %s",
			webhook_kind_text(resource->kind),
			webhook_name(resource), webhook_sid(resource),
			look->wrong);
}

static void
tell_elsewhere(struct sum *sum, const struct webhook_resource *resource)
{
	if (++sum->n_elsewhere <= REMARKS)
		checkup_note(sum->checkup,
			"if it should, \"hookswitch provision\" sets its URLs",
			"%s %.60s (%.40s) does not lead here",
			webhook_kind_text(resource->kind),
			webhook_name(resource), webhook_sid(resource));
}

static enum err
judge(struct sum *sum, const struct webhook_urls *urls,
	const struct webhook_resource *resource)
{
	struct look look = {.n_here = 0};
	enum err err = webhook_judge(urls, resource, look_at, &look);

	if (err != ERR_OK)
		return err;
	sum->n_unrepeated += look.n_unrepeated;
	if (look.n_wrong == 0)
		sum->n_whole++;
	else if (look.n_here > 0)
		tell_part(sum, resource, &look);
	else
		tell_elsewhere(sum, resource);
	return ERR_OK;
}

/* What there is to say when each has been looked at. */
static void
conclude(const struct sum *sum)
{
	struct checkup *checkup = sum->checkup;
	size_t n_more =
		(sum->n_part > REMARKS ? sum->n_part - REMARKS : 0) +
		(sum->n_elsewhere > REMARKS ? sum->n_elsewhere - REMARKS : 0);

	if (n_more > 0)
		checkup_note(checkup,
			"\"hookswitch provision --check\" has them all",
			"%zu more do not lead here, or in part", n_more);
	if (sum->n_whole + sum->n_part == 0)
		checkup_wrong(checkup,
			"\"hookswitch provision --all\" has them lead here",
			"nothing of the account leads here");
	else if (sum->n_part == 0)
		checkup_ok(checkup,
			"%zu numbers, services and applications lead here",
			sum->n_whole);
	if (sum->n_unrepeated > 0)
		checkup_note(checkup,
			"\"hookswitch provision\" puts #rc=3&rp=all behind "
			"them",
			"%zu of their URLs have Twilio repeat nothing that "
			"went wrong",
			sum->n_unrepeated);
}

static void
check_urls(struct checkup *checkup)
{
	const struct inventory *inventory = checkup->inventory;
	struct sum sum = {.checkup = checkup};
	struct webhook_urls urls;
	struct reason reason;
	enum err err = choose_urls(checkup, &urls, &reason);

	if (err != ERR_OK) {
		checkup_unknown(checkup, "%s", reason.text);
		return;
	}
	if (inventory->n == 0) {
		checkup_note(checkup,
			"buy a number in Twilio's console, or look whether "
			"this is the right account",
			"the account has no phone number, messaging service "
			"or application");
		return;
	}
	for (size_t i = 0; i < inventory->n && err == ERR_OK; i++)
		err = judge(&sum, &urls, &inventory->resources[i]);
	if (err == ERR_OK)
		conclude(&sum);
	else
		checkup_unknown(checkup, "%s", err_text(err));
}

/* Whether what comes in to a number leads here. */
struct route {
	enum webhook_traffic traffic;
	bool is_here;
};

static void
look_at_route(void *context, const struct webhook_finding *finding)
{
	struct route *route = context;

	if (finding->place->role == WEBHOOK_MAIN &&
		finding->place->traffic == route->traffic)
		route->is_here = !finding->is_drift ||
				 finding->state == WEBHOOK_OTHER_OVERRIDES;
}

/* Calls or messages that came in, and should have been told of. */
struct arrivals {
	struct checkup *checkup;
	const struct webhook_urls *urls;
	enum webhook_traffic traffic;
	struct buf *sids; /* a JSON array that is not closed yet */
	size_t n;
};

/* The number of that name; NULL if the account has none. */
static const struct webhook_resource *
find_number(const struct inventory *inventory, const char *name)
{
	for (size_t i = 0; i < inventory->n; i++)
		if (inventory->resources[i].kind == WEBHOOK_NUMBER &&
			strcmp(webhook_name(&inventory->resources[i]), name) ==
				0)
			return &inventory->resources[i];
	return NULL;
}

/* Whether one of them has to have arrived by now. */
static bool
is_expected(const struct arrivals *arrivals, const struct json *document)
{
	const struct webhook_resource *number = find_number(
		arrivals->checkup->inventory, json_member_text(document, "to"));
	struct route route = {arrivals->traffic, false};
	long long came = http_time(json_member_text(document, "date_created"));
	long long age = (long long)time(NULL) - came;

	if (strcmp(json_member_text(document, "direction"), "inbound") != 0 ||
		number == NULL || came == 0 || age < YOUNGEST || age > OLDEST ||
		came < http_time(json_member_text(
			       number->document, "date_updated")))
		return false;
	return webhook_judge(arrivals->urls, number, look_at_route, &route) ==
		       ERR_OK &&
	       route.is_here;
}

static enum err
add_sid(struct arrivals *arrivals, const char *sid)
{
	enum err err = buf_add_text(
		arrivals->sids, arrivals->sids->len > 0 ? "," : "[");

	arrivals->n++;
	return err == ERR_OK ? json_add_string(arrivals->sids, sid, strlen(sid))
			     : err;
}

/* One page of a list. */
static enum err
find_arrivals(struct arrivals *arrivals, const char *path, const char *name,
	struct reason *reason)
{
	struct twilio_result result = {0};
	const struct json *list;
	struct buf next;
	enum err err;

	buf_init(&next, TWILIO_PATH);
	err = twilio_page(arrivals->checkup->twilio, TWILIO_API, path, name,
		&result, &next, reason);
	list = json_member(result.document, name);
	for (size_t i = 0; i < json_size(list) && err == ERR_OK; i++)
		if (is_expected(arrivals, json_item(list, i)))
			err = add_sid(arrivals,
				json_member_text(json_item(list, i), "sid"));
	json_free(result.document);
	buf_free(&next);
	return err;
}

static void
judge_missing(struct checkup *checkup, size_t n,
	const struct database_result *missing)
{
	const char *mend = "Twilio's console says why, under Monitor, Errors; "
			   "\"hookswitch backfill\" fetches what is missing";
	size_t n_missing = database_rows(missing);

	if (n_missing == 0)
		checkup_ok(checkup,
			"of the last %zu calls and messages that came in, "
			"webhooks have arrived",
			n);
	else
		checkup_wrong(checkup, mend,
			"of %zu of the last %zu calls and messages that came "
			"in no webhook has arrived, such as %.40s",
			n_missing, n, database_text(missing, 0, 0));
}

/* Looks for them in the ledger. */
static void
look_up(struct checkup *checkup, const struct buf *sids, size_t n)
{
	const struct database_value values[] = {
		{"sids",        buf_text(sids)      },
		{"account_sid", checkup->account.sid},
		{NULL,          NULL                },
	};
	struct database_result *missing;
	struct reason reason;

	if (database_run(checkup->database, &query_missing_webhooks, values,
		    &missing, &reason) != ERR_OK) {
		checkup_unknown(checkup, "%s", reason.text);
		return;
	}
	judge_missing(checkup, n, missing);
	database_result_free(missing);
}

static void
check_arrived(struct checkup *checkup)
{
	struct webhook_urls urls;
	struct buf sids;
	struct arrivals arrivals = {.checkup = checkup,
		.urls = &urls,
		.traffic = WEBHOOK_CALLS,
		.sids = &sids};
	struct reason reason = {"out of memory"};
	enum err err;

	buf_init(&sids, 64 * 1024);
	err = choose_urls(checkup, &urls, &reason);
	if (err == ERR_OK)
		err = find_arrivals(&arrivals,
			"/2010-04-01/Accounts/{AccountSid}/Calls.json" PAGE,
			"calls", &reason);
	arrivals.traffic = WEBHOOK_MESSAGES;
	if (err == ERR_OK)
		err = find_arrivals(&arrivals,
			"/2010-04-01/Accounts/{AccountSid}/Messages.json" PAGE,
			"messages", &reason);
	if (err == ERR_OK && arrivals.n > 0)
		err = buf_add_text(&sids, "]");
	if (err != ERR_OK)
		checkup_unknown(checkup, "%s", reason.text);
	else if (arrivals.n == 0)
		checkup_ok(checkup,
			"Twilio knows of no call or message that should have "
			"come here lately");
	else
		look_up(checkup, &sids, arrivals.n);
	buf_free(&sids);
}

static const struct check checks[] = {
	{"urls",    NEED_INVENTORY,               check_urls   },
	{"arrived", NEED_INVENTORY | NEED_SCHEMA, check_arrived},
	{NULL,      0,			    NULL         },
};

const struct check_group check_webhooks = {"webhooks", checks};
