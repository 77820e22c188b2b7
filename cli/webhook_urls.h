#ifndef HOOKSWITCH_WEBHOOK_URLS_H
#define HOOKSWITCH_WEBHOOK_URLS_H

#include <stdbool.h>
#include <stddef.h>

#include "endpoint_url.h"
#include "err.h"
#include "json.h"

/*
 * Where the webhooks of an account's phone numbers, messaging services and
 * TwiML applications lead, and where they should.
 *
 * What is known here is which places for a URL each of these resources has,
 * which endpoint belongs into which, and when Twilio does not look at a place
 * because something else goes before it.  Nothing is asked or changed: the
 * resources are documents of the REST API.  inventory.h reads those.
 */

/* The resources that have webhooks. */
enum webhook_kind {
	WEBHOOK_NUMBER,      /* IncomingPhoneNumbers, PN... */
	WEBHOOK_SERVICE,     /* messaging Services, MG... */
	WEBHOOK_APPLICATION, /* Applications, AP... */
	WEBHOOK_KIND__MAX
};

/* What comes in. */
enum webhook_traffic { WEBHOOK_CALLS, WEBHOOK_MESSAGES };

enum webhook_role {
	WEBHOOK_MAIN,     /* asks what to do with a call or message */
	WEBHOOK_FALLBACK, /* the same, when that has failed */
	WEBHOOK_STATUS,   /* tells what becomes of it; has no fallback */
};

/* A place for a URL. */
struct webhook_place {
	const char *parameter;        /* "VoiceUrl", as it is set */
	const char *member;           /* "voice_url", as it is read */
	const char *method_parameter; /* NULL: Twilio always sends POSTs */
	const char *method_member;
	enum webhook_traffic traffic;
	enum webhook_role role;
	const char *endpoint; /* "voice": which one belongs there */
};

/* The places of a kind; *n is how many. */
const struct webhook_place *webhook_places(enum webhook_kind kind, size_t *n);

/* "phone number" and so on. */
const char *webhook_kind_text(enum webhook_kind kind);

/* A resource, and those that go before it.  All are borrowed. */
struct webhook_resource {
	enum webhook_kind kind;
	const struct json *document; /* as the REST API has it */
	/*
	 * Of a number: the service whose sender it is, and the applications
	 * that it names; NULL for none, or for one that the account does not
	 * have.
	 */
	const struct webhook_resource *service;
	const struct webhook_resource *voice_application;
	const struct webhook_resource *sms_application;
};

/* Its SID; what its owner calls it: the number, or the friendly name. */
const char *webhook_sid(const struct webhook_resource *resource);
const char *webhook_name(const struct webhook_resource *resource);

/* Whether a service leaves incoming messages to the numbers' own URLs. */
bool webhook_leaves_to_numbers(const struct webhook_resource *service);

/* Where the URLs should lead. */
struct webhook_urls {
	struct endpoint_urls endpoints;
	/*
	 * Whether the overrides have to be just those.  Otherwise any that
	 * have Twilio repeat a request are as good.
	 */
	bool are_overrides_chosen;
	/*
	 * The site that stands in where this one fails, as in
	 * endpoint_urls.site; "none": fallback URLs are not looked at; NULL:
	 * any that is set is good, and one that is not becomes this site's.
	 */
	const char *fallback;
};

/* How it is with a place. */
enum webhook_state {
	WEBHOOK_RIGHT,     /* leads to the endpoint */
	WEBHOOK_ELSEWHERE, /* a fallback at another site, which may be */
	WEBHOOK_NOT_SET,
	WEBHOOK_OTHER_URL,
	WEBHOOK_OTHER_METHOD,
	WEBHOOK_OTHER_OVERRIDES,
	/* Twilio does not look at it: finding.by goes before it. */
	WEBHOOK_BY_APPLICATION,
	WEBHOOK_BY_SERVICE,
	WEBHOOK_BY_TRUNK,
	WEBHOOK_BY_NUMBERS, /* a service leaves it to its numbers */
	WEBHOOK_STATE__MAX
};

/* As a script reads it, "not-set"; as a person does, "not set". */
const char *webhook_state_name(enum webhook_state state);
const char *webhook_state_text(enum webhook_state state);

/* What was found out of a place.  Stays until the callback returns. */
struct webhook_finding {
	const struct webhook_resource *resource;
	const struct webhook_place *place;
	enum webhook_state state;
	/*
	 * Whether webhooks do not come to where they should.  Where another
	 * resource goes before this one, it is that one's place that counts;
	 * a trunk never leads here.
	 */
	bool is_drift;
	const char *url;    /* as it is, "" if it is not set */
	const char *method; /* likewise, "POST" where it is always that */
	const char *should; /* what the URL should be, as a POST */
	const char *by;     /* the SID of what goes before it, or "" */
};

/*
 * Calls back for every place of a resource that can be used at all: not for
 * the messages of a number that takes none, say.  A URL that leads to the
 * endpoint by another address, as the README lists them, with a query, or
 * for all kinds of webhooks, is right.  ERR_MEMORY, ERR_TOO_LARGE.
 */
enum err webhook_judge(const struct webhook_urls *urls,
	const struct webhook_resource *resource,
	void (*take)(void *context, const struct webhook_finding *finding),
	void *context) NODISCARD;

/* Appends a URL as it may be shown: without user and password. */
enum err webhook_show_url(struct buf *out, const char *url) NODISCARD;

#endif
