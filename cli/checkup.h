#ifndef HOOKSWITCH_CHECKUP_H
#define HOOKSWITCH_CHECKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"
#include "buf.h"
#include "database.h"
#include "database_state.h"
#include "endpoint_url.h"
#include "err.h"
#include "http.h"
#include "inventory.h"
#include "json.h"
#include "place.h"
#include "settings.h"
#include "similar.h"
#include "twilio.h"

/*
 * A checkup of a site: checks in groups, each of which finds something out and
 * says what it is and what to do about it.  No check depends on another having
 * run.  What several of them need (a connection to the database, an answer of
 * the web server) is looked for at the first need, and where it is not to be
 * had, a check is not run, and why is said instead.
 */

enum mark {
	MARK_OK,
	MARK_NOTE,    /* it works, and is worth a look */
	MARK_WRONG,   /* somebody has to do something */
	MARK_UNKNOWN, /* it was not checked */
	MARK__MAX
};

/* "ok", "note", "wrong", "not checked"; static. */
const char *mark_text(enum mark mark);

/* What a check has found.  The texts stay for the call. */
struct remark {
	const char *group;
	const char *check;
	enum mark mark;
	const char *found;
	const char *mend; /* "" if there is nothing to do */
};

/* What checks need; added up. */
enum need {
	NEED_SETTINGS = 1 << 0,  /* they could be read */
	NEED_DIRECTORY = 1 << 1, /* the site's was named */
	NEED_DATABASE = 1 << 2,  /* there is a connection */
	NEED_SCHEMA = 1 << 3,    /* of the version of this release */
	NEED_SITE = 1 << 4,      /* its URL is known, and may be asked */
	NEED_WEB = 1 << 5,       /* something answers there */
	NEED_HEALTH = 1 << 6,    /* and it is health.fcgi */
	NEED_ACCOUNT = 1 << 7,   /* there is a token to sign with */
	NEED_TWILIO = 1 << 8,    /* it knows the account */
	NEED_INVENTORY = 1 << 9, /* and has told what the account has */
};
#define NEEDS 10

struct checkup;

struct check {
	const char *name; /* NULL ends a group */
	unsigned needs;
	void (*run)(struct checkup *checkup);
};

struct check_group {
	const char *name;
	const struct check *checks;
};

/* Something that checks need. */
struct resource {
	enum { RESOURCE_UNKNOWN, RESOURCE_THERE, RESOURCE_MISSING } state;
	struct reason why; /* it is missing */
};

struct checkup {
	/* What is checked: given by the caller.  Borrowed. */
	const struct settings *settings;
	enum err settings_err; /* of loading them */
	struct reason settings_reason;
	const char *config;      /* the settings file; NULL if there is none */
	const char *directory;   /* the site's; NULL: not given */
	const char *site;        /* its URL; NULL: HOOKSWITCH_PUBLIC_URL */
	bool is_offline;         /* nothing over the network */
	const char *const *only; /* n names of groups or checks */
	size_t n_only;           /* 0: all */
	void (*tell)(void *context, const struct remark *remark);
	/* which check comes next: it may take a while */
	void (*begin)(void *context, const char *group, const char *check);
	void *context;

	/* What was found of what checks need. */
	struct resource resources[NEEDS];
	struct place place;
	struct database *database;
	struct database_state state;
	long long asked_at; /* when, by our clock, in milliseconds */
	struct endpoint_urls urls;
	struct http_client *http;
	struct http_answer health; /* GET of it */
	double slowest;            /* seconds, of all that was asked */
	struct account account;
	struct twilio *twilio;
	enum err twilio_err; /* of asking for the account */
	struct json *twilio_account;
	struct inventory *inventory;
	long long twilio_date; /* by Twilio's clock */
	long long twilio_asked_at;

	/* Which check is at work. */
	const struct check_group *group;
	const struct check *check;
};

/* Makes *checkup empty.  The caller ends with checkup_free. */
void checkup_init(struct checkup *checkup);
void checkup_free(struct checkup *checkup);

/* Runs every check that was asked for. */
void checkup_run(struct checkup *checkup);

/* Whether there is a group or a check of that name; else which may be meant. */
bool checkup_knows(const char *name, struct similar *similar);

/* All groups, NULL at the end. */
extern const struct check_group *const check_groups[];

/*
 * For checks: what was found.  mend is a sentence without a stop, static or
 * at least there for the call.
 */
void checkup_ok(struct checkup *checkup, const char *format, ...)
	PRINTF_LIKE(2, 3);
void checkup_note(struct checkup *checkup, const char *mend, const char *format,
	...) PRINTF_LIKE(3, 4);
void checkup_wrong(struct checkup *checkup, const char *mend,
	const char *format, ...) PRINTF_LIKE(3, 4);
void checkup_unknown(struct checkup *checkup, const char *format, ...)
	PRINTF_LIKE(2, 3);

/*
 * For checks whose need another one is only at times: false, and nothing
 * said, if it is not to be had; the reason is in checkup_why.
 */
bool checkup_has(struct checkup *checkup, enum need need);
const char *checkup_why(const struct checkup *checkup, enum need need);

#endif
