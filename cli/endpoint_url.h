#ifndef HOOKSWITCH_ENDPOINT_URL_H
#define HOOKSWITCH_ENDPOINT_URL_H

#include "buf.h"
#include "err.h"
#include "settings.h"

/*
 * The URLs of a site's endpoints, as Twilio is told them.
 *
 * A site is https://example.com, with a path in front of its endpoints if it
 * has one: they are at /api/webhooks/NAME below it.  Or it has "{endpoint}"
 * in it, which their names replace: https://example.com/hookswitch/
 * {endpoint}.fcgi, where the web server rewrites nothing.
 */

/* What the URL of an endpoint may take. */
#define ENDPOINT_URL 2048

/* The help of the options for these two, which several commands have. */
#define ENDPOINT_URL_SITE_HELP                                                 \
	"the site whose endpoints Twilio is told (otherwise\n"                 \
	"HOOKSWITCH_PUBLIC_URL), with \"{endpoint}\" in it if\n"               \
	"they are not at /api/webhooks/"
#define ENDPOINT_URL_OVERRIDES_HELP                                            \
	"connection overrides behind the \"#\" of each URL, or\n"              \
	"\"none\" (otherwise " OVERRIDES_USUAL ")"

/* The endpoints that Twilio is told of. */
struct endpoint_urls {
	const char *site;
	const char *overrides; /* "" for none */
};

/*
 * Whether the options --site and --overrides, NULL if they were not given, are
 * what they should be.  ERR_MALFORMED, with the reason, if not.
 */
enum err endpoint_urls_check(const char *site, const char *overrides,
	struct reason *reason) NODISCARD;

/* As endpoint_urls_check for a site's URL alone, which is called by name. */
enum err endpoint_url_check(
	const char *site, const char *name, struct reason *reason) NODISCARD;

/*
 * Where the endpoints are: site, or HOOKSWITCH_PUBLIC_URL for NULL; and
 * overrides, with "none" for none, or OVERRIDES_USUAL for NULL.  All stay
 * borrowed.  ERR_SETTING if that setting is missing or is none; otherwise as
 * endpoint_urls_check.
 */
enum err endpoint_urls_choose(struct endpoint_urls *urls,
	const struct settings *settings, const char *site,
	const char *overrides, struct reason *reason) NODISCARD;

/*
 * Appends the URL of an endpoint, "voice", with ?campaignId=... unless
 * campaign is NULL.  ERR_TOO_LARGE over the buffer's ceiling.
 */
enum err endpoint_url_add(struct buf *out, const struct endpoint_urls *urls,
	const char *endpoint, const char *campaign) NODISCARD;

#endif
