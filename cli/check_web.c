/*
 * The site as Twilio meets it: whether its endpoints are there, and nothing
 * else answers in their place.
 */
#include "config.h"

#include "checks.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "endpoints.h"
#include "probe.h"
#include "web_ask.h"

/* Days that a certificate should have left, and must. */
#define DAYS_NOTE 14
#define DAYS_WRONG 3

/* What an answer may take, in seconds; Twilio waits 15. */
#define SECONDS_NOTE 3.0
#define SECONDS_WRONG 10.0

#define MARK "{endpoint}"

/* What is said of an address may have a part of the answer in it. */
#define PART 120

enum err
check_web_obtain_site(struct checkup *checkup, struct reason *reason)
{
	if (!checkup_has(checkup, NEED_SETTINGS))
		return err_reason(reason, ERR_SETTING, "%s",
			checkup_why(checkup, NEED_SETTINGS));
	if (checkup->is_offline)
		return err_reason(reason, ERR_SETTING, "--offline");
	if (checkup->http == NULL && http_client_new(&checkup->http) != ERR_OK)
		return ERR_MEMORY;
	if (checkup->site == NULL &&
		settings_get(checkup->settings, SETTING_PUBLIC_URL) == NULL)
		return err_reason(reason, ERR_SETTING,
			"HOOKSWITCH_PUBLIC_URL is not set, and there is no "
			"--site");
	return endpoint_urls_choose(&checkup->urls, checkup->settings,
		checkup->site, "none", reason);
}

/* Asks an endpoint by its name. */
static enum err
ask_endpoint(struct checkup *checkup, const char *name,
	struct web_request *request, struct http_answer *answer,
	struct reason *reason)
{
	struct buf url;
	enum err err;

	buf_init(&url, ENDPOINT_URL);
	err = endpoint_url_add(&url, &checkup->urls, name, NULL);
	if (err != ERR_OK)
		(void)err_reason(reason, err, "the site's URL is too long");
	request->url = buf_text(&url);
	if (err == ERR_OK)
		err = web_ask(checkup, request, answer, reason);
	request->url = NULL;
	buf_free(&url);
	return err;
}

enum err
check_web_obtain(struct checkup *checkup, struct reason *reason)
{
	struct web_request request = {.method = "GET"};

	if (!checkup_has(checkup, NEED_SITE))
		return err_reason(reason, ERR_SETTING, "%s",
			checkup_why(checkup, NEED_SITE));
	return ask_endpoint(checkup, endpoint_health.name, &request,
		&checkup->health, reason);
}

/* The answer of health.fcgi; NULL if it is somebody else's. */
static struct json *
read_health(const struct checkup *checkup)
{
	const struct buf *body = &checkup->health.body;
	struct json *document;

	if (json_read(&document, buf_text(body), body->len, NULL) != ERR_OK)
		return NULL;
	if (json_member_text(document, "status")[0] != '\0' &&
		json_member_text(document, "spool")[0] != '\0')
		return document;
	json_free(document);
	return NULL;
}

enum err
check_web_obtain_health(struct checkup *checkup, struct reason *reason)
{
	struct json *document;

	if (!checkup_has(checkup, NEED_WEB))
		return err_reason(
			reason, ERR_IO, "%s", checkup_why(checkup, NEED_WEB));
	document = read_health(checkup);
	if (document == NULL)
		return err_reason(reason, ERR_IO,
			"health.fcgi does not answer at the site");
	json_free(document);
	return ERR_OK;
}

static void
check_answer(struct checkup *checkup)
{
	const char *why;

	if (!checkup_has(checkup, NEED_SITE)) {
		checkup_unknown(checkup, "%s", checkup_why(checkup, NEED_SITE));
	} else if (checkup_has(checkup, NEED_WEB)) {
		checkup_ok(checkup, "%s answers", checkup->urls.site);
	} else {
		why = checkup_why(checkup, NEED_WEB);
		checkup_wrong(checkup,
			probe_mend_trouble(checkup->health.trouble), "%s", why);
	}
}

static void
check_certificate(struct checkup *checkup)
{
	long long left = checkup->health.expires - (long long)time(NULL);
	long long days = left / (24 * 3600);
	const char *days_text = days == 1 ? "day" : "days";
	const char *mend = "renew it, and see that it is renewed by itself: "
			   "Twilio refuses one that has ended (11236)";

	if (strncmp(checkup->urls.site, "https", 5) != 0)
		checkup_unknown(checkup, "the site's URL is not https");
	else if (checkup->health.expires == 0)
		checkup_unknown(checkup, "curl does not tell when it ends");
	else if (days < DAYS_WRONG)
		checkup_wrong(checkup, mend, "its certificate ends in %lld %s",
			days, days_text);
	else if (days < DAYS_NOTE)
		checkup_note(checkup, mend, "its certificate ends in %lld %s",
			days, days_text);
	else
		checkup_ok(checkup,
			"its certificate is trusted, and has %lld days left",
			days);
}

/* What health.fcgi says in a word, and what to do about it. */
static const struct word {
	const char *member, *word, *found, *mend;
} words[] = {
	{"database", "away",      "the endpoints cannot reach the database",
         "the web server's error log says why; what their user may "
		"(reach a socket, read a passfile) can be less than what you "
		"may"														   },
	{"database", "read-only",
         "the endpoints have a database that takes no writes",               "name the primary in HOOKSWITCH_DATABASE, or several hosts "
		"and target_session_attrs=read-write"                     },
	{"schema",   "missing",   "the endpoints find no tables",
         "run \"hookswitch migrate\""												   },
	{"schema",   "other",
         "the tables are of another release than the endpoints",             "run \"hookswitch migrate\", and \"hookswitch init\" again"},
	{"spool",    "failed",    "the endpoints cannot write to the spool",
         "let the user in that they run as: setfacl -m "
		"u:www-data:rwx on it, and x on what is above it"								       },
};

/* Everything that it says is wrong; how much that is. */
static size_t
tell_words(struct checkup *checkup, const struct json *document)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const struct word *word = &words[i];

		if (strcmp(json_member_text(document, word->member),
			    word->word) != 0)
			continue;
		checkup_wrong(checkup, word->mend, "%s", word->found);
		n++;
	}
	return n;
}

static void
check_health(struct checkup *checkup)
{
	struct json *document = read_health(checkup);
	const char *status = json_member_text(document, "status");
	enum probe probe = probe_judge(&checkup->health, "GET");

	if (document == NULL && probe == PROBE_FORBIDDEN)
		checkup_note(checkup,
			"that may be meant so (strangers.htaccess); then run "
			"this from where it is open",
			"health %s", probe_found(probe));
	else if (document == NULL)
		checkup_wrong(checkup, probe_mend(probe), "health %s",
			probe_found(probe));
	else if (checkup->health.status == 500)
		checkup_wrong(checkup, probe_mend(PROBE_SETTING), "health %s",
			probe_found(PROBE_SETTING));
	else if (tell_words(checkup, document) > 0)
		;
	else if (strcmp(status, "ok") == 0)
		checkup_ok(checkup,
			"the endpoints have database, tables and spool");
	else
		checkup_wrong(checkup, "the web server's error log says more",
			"health says that something is wrong");
	json_free(document);
}

/* What answered at an address. */
struct find {
	char url[ENDPOINT_URL];
	char part[PART]; /* of the answer */
	enum probe probe;
};

#define FINDS 16

/* What was found at the addresses of one kind. */
struct finds {
	struct checkup *checkup;
	const char *method;
	bool is_needed; /* or else it is not worth more than a note */
	struct find list[FINDS];
	size_t n, n_good;
};

/* Where it redirects to. */
static void
note_part(struct find *find, const struct http_answer *answer)
{
	const char *location = http_header(answer, "Location");

	find->part[0] = '\0';
	if (find->probe == PROBE_REDIRECT && location != NULL)
		(void)snprintf(find->part, sizeof find->part, " (to %.100s)",
			location);
}

static bool
is_good(enum probe probe, const char *name)
{
	bool is_health = strcmp(name, endpoint_health.name) == 0;

	return probe == (is_health ? PROBE_METHOD : PROBE_ENDPOINT);
}

/* Asks at one address; false if there is no answer at all, which is said. */
static bool
look(struct finds *finds, const char *name, const char *url)
{
	struct web_request request = {.method = finds->method,
		.url = url,
		.signature = WEB_WRONG_SIGNATURE};
	struct find *find = &finds->list[finds->n];
	struct http_answer answer;
	struct reason reason;
	enum err err;

	http_answer_init(&answer);
	err = web_ask(finds->checkup, &request, &answer, &reason);
	if (err != ERR_OK) {
		checkup_wrong(finds->checkup,
			probe_mend_trouble(answer.trouble), "%s: %s", url,
			reason.text);
	} else {
		(void)snprintf(find->url, sizeof find->url, "%s", url);
		find->probe = probe_judge(&answer, finds->method);
		note_part(find, &answer);
		finds->n_good += is_good(find->probe, name);
		finds->n += !is_good(find->probe, name);
	}
	http_answer_free(&answer);
	return err == ERR_OK && finds->n < FINDS;
}

/* How many of those from first on were answered in the same way. */
static size_t
count(const struct finds *finds, size_t first)
{
	size_t n = 0;

	for (size_t i = first; i < finds->n; i++)
		n += finds->list[i].probe == finds->list[first].probe;
	return n;
}

static void
tell_find(const struct finds *finds, size_t i)
{
	const struct find *find = &finds->list[i];
	const char *mend = probe_mend(find->probe);
	bool is_bare =
		find->probe == PROBE_SOURCE || find->probe == PROBE_LISTING;
	char others[64] = "";

	if (count(finds, i) > 1)
		(void)snprintf(others, sizeof others, ", and %zu more,",
			count(finds, i) - 1);
	if (find->probe == PROBE_LIMIT || (!finds->is_needed && !is_bare))
		checkup_note(finds->checkup, mend, "%s %s%s %s%s",
			finds->method, find->url, others,
			probe_found(find->probe), find->part);
	else
		checkup_wrong(finds->checkup, mend, "%s %s%s %s%s",
			finds->method, find->url, others,
			probe_found(find->probe), find->part);
}

/* One remark for all that are good, and one for each way in which not. */
static void
conclude(const struct finds *finds, const char *all)
{
	if (finds->n == 0)
		checkup_ok(finds->checkup, "%zu %s", finds->n_good, all);
	for (size_t i = 0; i < finds->n; i++) {
		bool is_told = false;

		for (size_t j = 0; j < i; j++)
			if (finds->list[j].probe == finds->list[i].probe)
				is_told = true;
		if (!is_told)
			tell_find(finds, i);
	}
}

static void
check_endpoints(struct checkup *checkup)
{
	struct finds finds = {
		.checkup = checkup, .method = "POST", .is_needed = true};
	bool goes_on = true;

	for (size_t i = 0; endpoints[i] != NULL && goes_on; i++) {
		struct buf url;

		buf_init(&url, ENDPOINT_URL);
		if (endpoint_url_add(&url, &checkup->urls, endpoints[i]->name,
			    NULL) == ERR_OK)
			goes_on = look(
				&finds, endpoints[i]->name, buf_text(&url));
		buf_free(&url);
	}
	if (goes_on)
		conclude(&finds,
			"endpoints answer, and refuse what is not signed");
}

/* By a program's own name, below the site. */
static bool
look_at_program(struct finds *finds, const char *name)
{
	const char *site = finds->checkup->urls.site;
	size_t len = strlen(site);
	char url[ENDPOINT_URL];

	while (len > 0 && site[len - 1] == '/')
		len--;
	if (snprintf(url, sizeof url, "%.*s/" PACKAGE_NAME "/%s.fcgi", (int)len,
		    site, name) >= (int)sizeof url)
		return true;
	return look(finds, name, url);
}

/*
 * Nobody need use these where there is mod_rewrite, so that it is worth a
 * note that they are not there; but not where they show the program itself.
 */
static void
check_own_names(struct checkup *checkup)
{
	static const char *const methods[] = {"POST", "GET"};

	if (strstr(checkup->urls.site, MARK) != NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		struct finds finds = {.checkup = checkup, .method = methods[i]};
		bool goes_on = true;

		for (size_t j = 0; endpoints[j] != NULL && goes_on; j++)
			goes_on = look_at_program(&finds, endpoints[j]->name);
		if (!goes_on)
			return;
		conclude(&finds, i == 0 ? "programs take a POST by their own "
					  "names"
					: "programs take a GET by their own "
					  "names");
	}
}

/* Without a signature a filter may stand before the endpoints. */
static void
check_strangers(struct checkup *checkup)
{
	struct web_request request = {.method = "POST"};
	struct http_answer answer;
	struct reason reason;
	enum probe probe;

	http_answer_init(&answer);
	if (ask_endpoint(checkup, endpoint_webhook.name, &request, &answer,
		    &reason) != ERR_OK) {
		checkup_wrong(checkup, probe_mend_trouble(answer.trouble), "%s",
			reason.text);
		http_answer_free(&answer);
		return;
	}
	probe = probe_judge(&answer, "POST");
	if (probe == PROBE_ENDPOINT)
		checkup_ok(checkup, "what has no signature is refused");
	else if (probe == PROBE_FORBIDDEN || probe == PROBE_LIMIT)
		checkup_ok(checkup, "what has no signature is refused before a "
				    "program is started");
	else
		checkup_wrong(checkup, probe_mend(probe),
			"what has no signature is answered with %d",
			answer.status);
	http_answer_free(&answer);
}

/* Twilio takes an empty answer in chunks for a broken one. */
static void
check_length(struct checkup *checkup)
{
	struct web_request request = {
		.method = "POST", .signature = WEB_WRONG_SIGNATURE};
	struct http_answer answer;
	struct reason reason;
	bool has_length =
		http_header(&checkup->health, "Content-Length") != NULL;

	http_answer_init(&answer);
	if (ask_endpoint(checkup, endpoint_webhook.name, &request, &answer,
		    &reason) != ERR_OK)
		checkup_unknown(checkup, "%s", reason.text);
	else if (has_length && http_header(&answer, "Content-Length") != NULL)
		checkup_ok(checkup, "answers have their Content-Length");
	else
		checkup_wrong(checkup,
			"have \"SetEnv ap_trust_cgilike_cl 1\" and \"SetEnv "
			"no-gzip 1\" in hookswitch/.htaccess, and no proxy "
			"that takes it away",
			"answers have no Content-Length; an empty one in "
			"chunks is an error for Twilio (11770)");
	http_answer_free(&answer);
}

static void
check_speed(struct checkup *checkup)
{
	const char *mend = "Twilio gives up after 15 seconds: look at the "
			   "database, and at the host's limits on processes";

	if (checkup->slowest >= SECONDS_WRONG)
		checkup_wrong(checkup, mend, "the slowest answer took %.1f s",
			checkup->slowest);
	else if (checkup->slowest >= SECONDS_NOTE)
		checkup_note(checkup, mend, "the slowest answer took %.1f s",
			checkup->slowest);
	else
		checkup_ok(checkup, "the slowest answer took %.0f ms",
			checkup->slowest * 1000);
}

static const struct check checks[] = {
	{"answer",         NEED_SETTINGS, check_answer     },
	{"certificate",    NEED_WEB,      check_certificate},
	{"health",         NEED_WEB,      check_health     },
	{"endpoints",      NEED_WEB,      check_endpoints  },
	{"own-names",      NEED_WEB,      check_own_names  },
	{"strangers",      NEED_WEB,      check_strangers  },
	{"content-length", NEED_HEALTH,   check_length     },
	{"speed",          NEED_WEB,      check_speed      },
	{NULL,             0,             NULL             },
};

const struct check_group check_web = {"web", checks};
