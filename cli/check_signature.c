/*
 * Whether what Twilio signs arrives as it was signed.
 *
 * A POST to health.fcgi stores nothing, and is told whether an endpoint would
 * have taken it.  With the token one can so find out by trying what happens on
 * the way: a signature that fits another URL is the endpoint's own idea of
 * where it is; a parameter that spoils one has been changed.
 */
#include "config.h"

#include "checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"
#include "endpoints.h"
#include "finding.h"
#include "http_form.h"
#include "key.h"
#include "limit.h"
#include "probe.h"
#include "refused.h"
#include "signed_request.h"
#include "url_parts.h"
#include "url_variant.h"
#include "web_ask.h"

/* Bodies that are tried.  Twilio's largest are some tens of KiB. */
#define BODY_LARGE (200 * 1024)
#define BODY_NEEDED (64 * 1024)

/* Other URLs that are tried. */
#define URLS_MOST 60

#define WORD 32

/* One request, and what became of it. */
struct trial {
	struct checkup *checkup;
	struct buf params; /* a form's body */
	struct http_answer answer;
	struct reason reason;
	enum err err;       /* ERR_OK if there was an answer */
	char verdict[WORD]; /* of health.fcgi; "" if it is not its answer */
};

static void
trial_init(struct trial *trial, struct checkup *checkup)
{
	memset(trial, 0, sizeof *trial);
	trial->checkup = checkup;
	buf_init(&trial->params, LIMIT_BODY);
	http_answer_init(&trial->answer);
}

static void
trial_free(struct trial *trial)
{
	buf_free(&trial->params);
	http_answer_free(&trial->answer);
}

static void
read_verdict(struct trial *trial)
{
	const struct buf *body = &trial->answer.body;
	struct json *document = NULL;

	trial->verdict[0] = '\0';
	if (trial->answer.status == 405)
		(void)!json_read(&document, buf_text(body), body->len, NULL);
	(void)snprintf(trial->verdict, sizeof trial->verdict, "%s",
		json_member_text(document, "signature"));
	json_free(document);
}

static enum err
add_health_url(struct buf *url, const struct checkup *checkup)
{
	return endpoint_url_add(
		url, &checkup->urls, endpoint_health.name, NULL);
}

/*
 * Sends the parameters, with a signature of others and for another URL; NULL:
 * of these, and for the URL that is asked.
 */
static void
try_other(
	struct trial *trial, const char *signed_url, const char *signed_params)
{
	const char *params = signed_params != NULL ? signed_params
						   : buf_text(&trial->params);
	struct checkup *checkup = trial->checkup;
	struct signed_request request;
	struct web_request web = {.method = "POST", .body = &trial->params};
	struct buf url;
	enum err err;

	buf_init(&url, ENDPOINT_URL);
	signed_request_init(&request);
	err = add_health_url(&url, checkup);
	if (err == ERR_OK)
		err = signed_request_make(&request, checkup->account.tokens[0],
			signed_url != NULL ? signed_url : buf_text(&url),
			CARRIER_FORM, params, strlen(params), &trial->reason);
	else
		(void)err_reason(&trial->reason, err, "the URL is too long");
	web.url = buf_text(&url);
	web.signature = request.signature;
	if (err == ERR_OK)
		err = web_ask(checkup, &web, &trial->answer, &trial->reason);
	trial->err = err;
	trial->verdict[0] = '\0';
	if (err == ERR_OK)
		read_verdict(trial);
	signed_request_free(&request);
	buf_free(&url);
}

/* Sends the parameters as Twilio would. */
static void
try(struct trial *trial)
{
	try_other(trial, NULL, NULL);
}

static bool
is_verdict(const struct trial *trial, const char *word)
{
	return trial->err == ERR_OK && strcmp(trial->verdict, word) == 0;
}

/* Parameters of nothing but the account. */
static void
begin_params(struct trial *trial)
{
	buf_clear(&trial->params);
	(void)!http_add_pair(
		&trial->params, "AccountSid", trial->checkup->account.sid);
}

/* What bodies of Twilio's have in them, and what it means if that suffers. */
static const struct feature {
	const char *name, *value;
	enum finding finding;
} features[] = {
	{"From",     "+15551230001",                         FINDING_BODY_PLUS         },
	{"FromCity", "",				     FINDING_BODY_EMPTY_DROPPED},
	{"Blanks",   " a  b ",			       FINDING_BODY_TRIMMED      },
	{"Lines",    "one\r\ntwo\nthree",                    FINDING_BODY_NEWLINES     },
	{"Text",     "Gr\303\274\303\237e \360\237\232\232", FINDING_BODY_CHARSET      },
	{"Marks",    "1 < 2 & 3 > 2",                        FINDING_BODY_ENTITIES     },
	{"Quotes",   "it's \"so\" \\",                       FINDING_BODY_BACKSLASHES  },
	{"Percent",  "50%41 %2B",                            FINDING_BODY_ENCODED_TWICE},
};

#define FEATURES (sizeof features / sizeof features[0])

static void
add_feature(struct trial *trial, const struct feature *feature)
{
	(void)!http_add_pair(&trial->params, feature->name, feature->value);
}

/* A finding of explain's, as a remark. */
static void
tell_finding(struct checkup *checkup, enum finding finding, const char *name)
{
	const struct finding_texts texts = {.name = name};
	struct buf found, mend;

	buf_init(&found, 4096);
	buf_init(&mend, 4096);
	if (finding_describe(finding, &texts, &found, &mend) == ERR_OK)
		checkup_wrong(checkup, buf_text(&mend), "%s", buf_text(&found));
	else
		checkup_unknown(checkup, "out of memory");
	buf_free(&mend);
	buf_free(&found);
}

/* The URL is right, the whole body is not: which part of it is to blame? */
static void
tell_body(struct trial *trial)
{
	size_t n = 0;

	for (size_t i = 0; i < FEATURES; i++) {
		begin_params(trial);
		add_feature(trial, &features[i]);
		try(trial);
		if (trial->err != ERR_OK || is_verdict(trial, "ok"))
			continue;
		n++;
		if (trial->verdict[0] == '\0')
			checkup_wrong(trial->checkup,
				"have these addresses taken out of its rules: "
				"people write what they like",
				"something before the endpoints refuses a "
				"body with %s in it (%d)",
				features[i].value, trial->answer.status);
		else
			tell_finding(trial->checkup, features[i].finding,
				features[i].name);
	}
	if (n == 0)
		checkup_wrong(trial->checkup,
			"have the body passed on as it comes",
			"the body of a request is changed on its way");
}

/* A request as it arrives at an endpoint, signed for another URL. */
static enum err
write_refused(struct buf *text, const struct url_parts *seen,
	const char *signature, const struct buf *params)
{
	struct buf host, target;
	char head[2 * ENDPOINT_URL];
	enum err err;

	buf_init(&host, ENDPOINT_URL);
	buf_init(&target, ENDPOINT_URL);
	err = url_join(&host, seen, URL_HOST, URL_PORT);
	if (err == ERR_OK)
		err = url_join(&target, seen, URL_PATH, URL_QUERY);
	(void)snprintf(head, sizeof head,
		"POST %s HTTP/1.1\r\nHost: %s\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n"
		"X-Twilio-Signature: %s\r\n\r\n",
		buf_text(&target), buf_text(&host), signature);
	if (err == ERR_OK)
		err = buf_add_text(text, head);
	if (err == ERR_OK)
		err = buf_add(text, buf_text(params), params->len);
	buf_free(&target);
	buf_free(&host);
	return err;
}

/* The causes that a diagnosis has found; how many there are. */
static size_t
tell_causes(struct checkup *checkup, const struct diagnosis *diagnosis)
{
	size_t n = 0;

	for (size_t i = 0; i < diagnosis->n; i++) {
		const struct diagnosis_item *item = &diagnosis->items[i];

		if (finding_weight(item->finding) != WEIGHT_CAUSE)
			continue;
		checkup_wrong(checkup, buf_text(&item->mend), "%s",
			buf_text(&item->found));
		n++;
	}
	return n;
}

/* What explain says of it; whether that is anything. */
static bool
explain(struct trial *trial, const char *wanted, const struct url_parts *seen,
	const char *signature)
{
	struct checkup *checkup = trial->checkup;
	struct diagnosis *diagnosis = calloc(1, sizeof *diagnosis);
	struct keys *keys = calloc(1, sizeof *keys);
	struct refused *refused = calloc(1, sizeof *refused);
	struct question question = {.request = refused,
		.url = wanted,
		.keys = keys,
		.own_sid = checkup->account.sid};
	struct buf text, origin;
	bool is_told = false;

	buf_init(&text, REFUSED_INPUT);
	buf_init(&origin, ENDPOINT_URL);
	if (diagnosis != NULL && keys != NULL && refused != NULL &&
		url_join(&origin, seen, URL_SCHEME, URL_PORT) == ERR_OK &&
		write_refused(&text, seen, signature, &trial->params) ==
			ERR_OK &&
		refused_read(refused, buf_text(&text), text.len) == ERR_OK &&
		keys_load(keys, checkup->settings, checkup->account.sid,
			NULL) == ERR_OK) {
		question.public_url = buf_text(&origin);
		is_told = diagnose(diagnosis, &question, NULL) == ERR_OK &&
			  tell_causes(checkup, diagnosis) > 0;
		diagnosis_free(diagnosis);
	}
	if (keys != NULL)
		keys_free(keys);
	if (refused != NULL)
		refused_free(refused);
	buf_free(&origin);
	buf_free(&text);
	free(refused);
	free(keys);
	free(diagnosis);
	return is_told;
}

/* The endpoint takes itself to be at another URL than the site is. */
static void
tell_url(struct trial *trial, const char *seen)
{
	struct checkup *checkup = trial->checkup;
	struct signed_request request;
	struct url_parts parts;
	struct buf wanted;
	bool is_told;

	buf_init(&wanted, ENDPOINT_URL);
	signed_request_init(&request);
	is_told = add_health_url(&wanted, checkup) == ERR_OK &&
		  url_split(&parts, seen) &&
		  signed_request_make(&request, checkup->account.tokens[0],
			  buf_text(&wanted), CARRIER_FORM,
			  buf_text(&trial->params), trial->params.len,
			  &trial->reason) == ERR_OK &&
		  explain(trial, buf_text(&wanted), &parts, request.signature);
	if (!is_told)
		checkup_wrong(checkup,
			"HOOKSWITCH_PUBLIC_URL must be the same for the "
			"endpoints as here: compare what SetEnv says in "
			".htaccess",
			"Twilio signs %s, and the endpoint takes %.300s for it",
			buf_text(&wanted), seen);
	signed_request_free(&request);
	buf_free(&wanted);
}

/* The site's URL with one part replaced by a candidate. */
static enum err
write_variant(struct buf *url, const struct url_parts *seen, enum url_part part,
	const struct candidate *candidate)
{
	struct url_parts parts = *seen;

	parts.part[part] = (struct url_piece){candidate->text, candidate->len};
	buf_clear(url);
	return url_join(url, &parts, URL_SCHEME, URL_QUERY);
}

/* Looks for a URL that the endpoint would have taken; whether there is one. */
static bool
find_url(struct trial *trial, const struct url_variants *variants,
	const struct url_parts *seen)
{
	struct buf url;
	size_t n = 0;
	bool is_found = false;

	buf_init(&url, ENDPOINT_URL);
	for (int i = URL_SCHEME; i <= URL_QUERY && !is_found; i++) {
		const struct candidates *list = &variants->parts[i];

		for (size_t j = 1; j < list->n && !is_found; j++) {
			if (n++ == URLS_MOST ||
				write_variant(&url, seen, (enum url_part)i,
					&list->list[j]) != ERR_OK)
				break;
			try_other(trial, buf_text(&url), NULL);
			is_found = is_verdict(trial, "ok");
		}
	}
	if (is_found)
		tell_url(trial, buf_text(&url));
	buf_free(&url);
	return is_found;
}

/* Nothing but the account was sent, and even that was not right. */
static void
tell_wrong(struct trial *trial)
{
	struct checkup *checkup = trial->checkup;
	struct url_hints hints;
	struct url_variants *variants = calloc(1, sizeof *variants);
	struct url_parts parts;
	struct buf url;
	bool is_found = false;

	memset(&hints, 0, sizeof hints);
	hints.prefix = url_piece_of("");
	buf_init(&url, ENDPOINT_URL);
	begin_params(trial);
	if (variants != NULL && add_health_url(&url, checkup) == ERR_OK &&
		url_split(&parts, buf_text(&url))) {
		if (url_variants_fill(variants, &parts, &hints) == ERR_OK)
			is_found = find_url(trial, variants, &parts);
		url_variants_free(variants);
	}
	free(variants);
	buf_free(&url);
	if (!is_found)
		checkup_wrong(checkup,
			"compare TWILIO_AUTH_TOKEN in the file that SetEnv "
			"HOOKSWITCH_CONFIG names with the one that is checked; "
			"HOOKSWITCH_LOG = debug and \"hookswitch explain\" "
			"tell more",
			"the endpoints refuse what this token has signed, for "
			"whichever URL: they have another token or account");
}

/* Whether the endpoint sees no parameters at all. */
static bool
is_body_lost(struct trial *trial)
{
	try_other(trial, NULL, "");
	return is_verdict(trial, "ok");
}

/* A signed request did not get through as it was. */
static void
tell_refused(struct trial *trial)
{
	struct checkup *checkup = trial->checkup;

	if (is_verdict(trial, "missing")) {
		checkup_wrong(checkup,
			"have the proxy or the firewall pass the header on",
			"the header X-Twilio-Signature is taken out on its "
			"way to the endpoints");
		return;
	}
	if (is_verdict(trial, "setting")) {
		checkup_wrong(checkup, probe_mend(PROBE_SETTING),
			"the endpoints have settings that they cannot use");
		return;
	}
	begin_params(trial);
	try(trial);
	if (is_verdict(trial, "ok"))
		tell_body(trial);
	else if (is_verdict(trial, "wrong") && is_body_lost(trial))
		tell_finding(checkup, FINDING_BODY_EMPTY, NULL);
	else if (is_verdict(trial, "wrong"))
		tell_wrong(trial);
	else if (trial->err == ERR_OK && trial->verdict[0] != '\0')
		checkup_wrong(checkup, "have the body passed on as it comes",
			"the body of a request does not arrive (%s)",
			trial->verdict);
	else
		checkup_unknown(checkup,
			"health.fcgi has not answered to a "
			"POST in its way (%d)",
			trial->answer.status);
}

static void
check_arrival(struct checkup *checkup)
{
	struct trial trial;

	trial_init(&trial, checkup);
	begin_params(&trial);
	for (size_t i = 0; i < FEATURES; i++)
		add_feature(&trial, &features[i]);
	try(&trial);
	if (trial.err != ERR_OK)
		checkup_wrong(checkup, probe_mend_trouble(trial.answer.trouble),
			"%s", trial.reason.text);
	else if (is_verdict(&trial, "ok"))
		checkup_ok(
			checkup, "a signed request arrives as it was signed");
	else
		tell_refused(&trial);
	trial_free(&trial);
}

/* Whether a body of that size arrives whole. */
static bool
try_size(struct trial *trial, size_t size)
{
	enum err err;

	begin_params(trial);
	err = buf_add_text(&trial->params, "&Body=");
	while (err == ERR_OK && trial->params.len < size)
		err = buf_add_text(&trial->params, "0123456789abcdef");
	try(trial);
	return is_verdict(trial, "ok");
}

static void
check_size(struct checkup *checkup)
{
	static const char mend[] =
		"raise the limit: FcgidMaxRequestLen of mod_fcgid, "
		"LimitRequestBody, server.max-request-size of lighttpd";
	struct trial trial;
	int status;

	trial_init(&trial, checkup);
	begin_params(&trial);
	try(&trial);
	if (!is_verdict(&trial, "ok")) {
		checkup_unknown(checkup, "signed requests do not arrive");
	} else if (try_size(&trial, BODY_LARGE)) {
		checkup_ok(
			checkup, "bodies of %d KiB arrive", BODY_LARGE / 1024);
	} else {
		status = trial.answer.status;
		if (try_size(&trial, BODY_NEEDED))
			checkup_note(checkup, mend,
				"bodies of %d KiB do not arrive (%d), of %d "
				"KiB they do; Twilio's are smaller",
				BODY_LARGE / 1024, status, BODY_NEEDED / 1024);
		else
			checkup_wrong(checkup, mend,
				"bodies of %d KiB do not arrive (%d)",
				BODY_NEEDED / 1024, trial.answer.status);
	}
	trial_free(&trial);
}

static const struct check checks[] = {
	{"arrival",   NEED_HEALTH | NEED_ACCOUNT, check_arrival},
	{"body-size", NEED_HEALTH | NEED_ACCOUNT, check_size   },
	{NULL,        0,			  NULL         },
};

const struct check_group check_signature = {"signature", checks};
