#include "config.h"

#include "diagnosis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "body_variant.h"
#include "endpoints.h"
#include "inquiry.h"
#include "limit.h"
#include "plain.h"
#include "search.h"
#include "signature.h"

/* A description, and a URL in it. */
#define LIMIT_DESCRIPTION (8 * LIMIT_TARGET)

/* What a part that differs means where no rule explains it. */
static const enum finding otherwise[] = {
	[URL_SCHEME] = FINDING_SCHEME_HTTPS,
	[URL_USER] = FINDING_USER_KEPT,
	[URL_HOST] = FINDING_HOST_OTHER,
	[URL_PORT] = FINDING_PORT_OTHER,
	[URL_PATH] = FINDING_PATH_OTHER,
	[URL_QUERY] = FINDING_QUERY_OTHER,
};

/* Everything that a diagnosis is made from. */
struct work {
	struct diagnosis *diagnosis;
	struct inquiry inquiry;
	struct url_hints hints;
	struct url_variants *bases; /* SEARCH_BASES of them */
	size_t n_bases;
	bool is_guess; /* the bases are guesses at an endpoint's URL */
	struct candidates tails;
	struct search search;
};

enum err
diagnosis_add(struct diagnosis *diagnosis, enum finding finding,
	const struct finding_texts *texts)
{
	struct diagnosis_item *item = &diagnosis->items[diagnosis->n];

	for (size_t i = 0; i < diagnosis->n; i++)
		if (diagnosis->items[i].finding == finding)
			return ERR_OK;
	if (finding == FINDING_NONE || diagnosis->n == DIAGNOSIS_ITEMS)
		return ERR_OK;
	item->finding = finding;
	buf_init(&item->found, LIMIT_DESCRIPTION);
	buf_init(&item->mend, LIMIT_DESCRIPTION);
	diagnosis->n++;
	return finding_describe(finding, texts, &item->found, &item->mend);
}

void
diagnosis_free(struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->n; i++) {
		buf_free(&diagnosis->items[i].found);
		buf_free(&diagnosis->items[i].mend);
	}
	buf_free(&diagnosis->signed_url);
	buf_free(&diagnosis->seen_url);
	diagnosis->n = 0;
}

bool
diagnosis_has_cause(const struct diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->n; i++)
		if (finding_weight(diagnosis->items[i].finding) == WEIGHT_CAUSE)
			return true;
	return false;
}

/* A URL as it may be shown. */
static enum err
show_url(struct buf *out, const struct url_parts *parts)
{
	enum err err = url_join(out, parts, URL_SCHEME, URL_SCHEME);

	if (err == ERR_OK && parts->part[URL_USER].len > 0)
		err = buf_add_text(out, "(user and password)@");
	return err == ERR_OK ? url_join(out, parts, URL_HOST, URL_QUERY) : err;
}

/*
 * What HOOKSWITCH_PUBLIC_URL has to be for the endpoint to take the URL that
 * was signed: its origin, and of its path what was not asked for.
 */
static enum err
write_origin(
	struct buf *out, const struct work *work, const struct url_parts *parts)
{
	const char *asked = work->inquiry.path;
	struct url_piece path = parts->part[URL_PATH];
	size_t len = asked != NULL ? strcspn(asked, "?#") : 0;
	enum err err = url_join(out, parts, URL_SCHEME, URL_SCHEME);

	if (err == ERR_OK)
		err = url_join(out, parts, URL_HOST, URL_PORT);
	if (err == ERR_OK && asked != NULL && path.len > len &&
		memcmp(path.text + path.len - len, asked, len) == 0)
		err = buf_add(out, path.text, path.len - len);
	return err;
}

static enum finding
part_finding(const struct url_variants *seen, enum url_part part,
	struct url_piece was_signed)
{
	const struct candidate *known = candidates_find(
		&seen->parts[part], was_signed.text, was_signed.len);

	return known != NULL ? known->finding : otherwise[part];
}

/* One part that was signed other than it was seen. */
static enum err
add_difference(struct diagnosis *diagnosis, enum finding finding,
	enum url_part part, struct url_piece was_signed, struct url_piece seen,
	const char *origin)
{
	struct finding_texts texts = {.origin = origin};
	struct buf one, two;
	enum err err;

	buf_init(&one, LIMIT_DESCRIPTION);
	buf_init(&two, LIMIT_DESCRIPTION);
	err = buf_add(&one, was_signed.text, was_signed.len);
	if (err == ERR_OK)
		err = buf_add(&two, seen.text, seen.len);
	if (part != URL_USER) { /* a password is not shown */
		texts.was_signed = buf_text(&one);
		texts.seen = buf_text(&two);
	}
	if (err == ERR_OK)
		err = diagnosis_add(diagnosis, finding, &texts);
	buf_free(&one);
	buf_free(&two);
	return err;
}

/* Every part that differs. */
static enum err
add_differences(struct work *work, const struct url_variants *seen,
	const struct url_parts *was_signed)
{
	struct buf origin;
	enum err err;

	buf_init(&origin, LIMIT_DESCRIPTION);
	err = write_origin(&origin, work, was_signed);
	for (int i = URL_SCHEME; i <= URL_QUERY && err == ERR_OK; i++) {
		enum url_part part = (enum url_part)i;
		const struct candidate *own = &seen->parts[i].list[0];
		enum finding finding =
			part_finding(seen, part, was_signed->part[i]);

		/* The parameters were taken for the query's: once is enough. */
		if (work->search.is_found && part == URL_QUERY &&
			work->tails.list[work->search.tail].finding ==
				FINDING_BODY_AS_QUERY)
			continue;
		err = add_difference(work->diagnosis, finding, part,
			was_signed->part[i],
			(struct url_piece){own->text, own->len},
			buf_text(&origin));
	}
	buf_free(&origin);
	return err;
}

static struct url_parts
parts_of(const struct url_variants *variants)
{
	struct url_parts parts;

	memset(&parts, 0, sizeof parts);
	for (size_t i = 0; i <= URL_QUERY; i++)
		parts.part[i] =
			(struct url_piece){variants->parts[i].list[0].text,
				variants->parts[i].list[0].len};
	return parts;
}

/* The key and the parameters, where they are not as they should be. */
static enum err
add_others(struct work *work)
{
	const struct search *search = &work->search;
	const struct key *key = &search->keys->list[search->key];
	const struct candidate *tail = &search->tails->list[search->tail];
	struct finding_texts texts = {.name = key->name};
	enum err err = diagnosis_add(work->diagnosis, key->finding, &texts);

	texts.name = tail->name;
	return err == ERR_OK
		       ? diagnosis_add(work->diagnosis, tail->finding, &texts)
		       : err;
}

/* What was found, in words. */
static enum err
report(struct work *work)
{
	const struct search *search = &work->search;
	struct diagnosis *diagnosis = work->diagnosis;
	const struct url_variants *seen =
		&work->bases[work->is_guess ? search->base : 0];
	struct url_parts seen_parts = parts_of(seen), parts;
	enum err err;

	memset(&parts, 0, sizeof parts);
	for (int i = 0; i <= URL_QUERY; i++) {
		const struct candidate *part =
			search_part(search, (enum url_part)i);

		parts.part[i] = (struct url_piece){part->text, part->len};
	}
	diagnosis->is_signed = true;
	(void)snprintf(diagnosis->key_name, sizeof diagnosis->key_name, "%s",
		search->keys->list[search->key].name);
	err = show_url(&diagnosis->signed_url, &parts);
	if (err == ERR_OK)
		err = show_url(&diagnosis->seen_url, &seen_parts);
	if (err == ERR_OK)
		err = add_differences(work, seen, &parts);
	if (err == ERR_OK)
		err = add_others(work);
	/* Whichever endpoint it was, it has nothing to refuse. */
	if (err == ERR_OK && diagnosis->n == 0)
		err = diagnosis_add(diagnosis, FINDING_ACCEPTED,
			&(struct finding_texts){NULL, NULL, NULL, NULL});
	return err;
}

/* Whether the endpoint itself would take it, as far as all is known. */
static bool
is_accepted(const struct work *work)
{
	const struct inquiry *inquiry = &work->inquiry;
	const struct question *question = inquiry->question;
	const struct url_piece *parts = inquiry->seen.parts.part;
	const char *tokens[KEYS_MOST];
	struct url_seen seen = {.https = parts[URL_SCHEME].len == 5};
	struct signature_match match;
	struct url_set set;
	struct buf host;
	size_t n = 0;
	bool is_right;

	if (!inquiry->seen.is_known || !question->keys->has_account)
		return false;
	memset(&set, 0, sizeof set);
	for (size_t i = 0; i < question->keys->n; i++)
		if (question->keys->list[i].cost == 0)
			tokens[n++] = question->keys->list[i].token;
	buf_init(&host, LIMIT_ORIGIN);
	is_right = url_join(&host, &inquiry->seen.parts, URL_HOST, URL_PORT) ==
		   ERR_OK;
	seen.host = buf_text(&host);
	seen.target = parts[URL_PATH].len > 0 ? parts[URL_PATH].text : "/";
	/* What the setting has before the path it puts there itself. */
	if (question->public_url != NULL &&
		strncmp(seen.target, inquiry->prefix.text,
			inquiry->prefix.len) == 0)
		seen.target += inquiry->prefix.len;
	is_right = is_right &&
		   url_set_fill(&set, question->public_url, &seen, NULL) ==
			   ERR_OK &&
		   signature_verify(&set, &inquiry->intake.form,
			   inquiry->intake.n_body, tokens, n,
			   inquiry->signature, &match, NULL) == ERR_OK;
	url_set_free(&set);
	buf_free(&host);
	return is_right;
}

/* The URLs to begin with: what was seen, what the console says. */
static enum err
make_bases(struct work *work)
{
	struct inquiry *inquiry = &work->inquiry;
	struct url_hints *hints = &work->hints;
	enum err err = ERR_OK;

	hints->prefix = inquiry->prefix;
	if (inquiry->given.is_known)
		hints->urls[hints->n++] = inquiry->given.parts;
	for (size_t i = 0;
		i < inquiry->n_others && hints->n < URL_VARIANT_HINTS; i++)
		if (inquiry->others[i].is_known)
			hints->urls[hints->n++] = inquiry->others[i].parts;
	if (inquiry->seen.is_known)
		err = url_variants_fill(&work->bases[work->n_bases++],
			&inquiry->seen.parts, hints);
	if (inquiry->given.is_known && err == ERR_OK)
		err = url_variants_fill(&work->bases[work->n_bases++],
			&inquiry->given.parts, hints);
	return err;
}

/* Nothing but the site is known: each of its endpoints may be meant. */
static enum err
guess_bases(struct work *work)
{
	const char *public_url = work->inquiry.question->public_url;
	struct url_parts parts;
	struct buf url;
	enum err err = ERR_OK;

	work->is_guess = true;
	if (public_url == NULL)
		return ERR_OK;
	buf_init(&url, LIMIT_ORIGIN + LIMIT_TARGET);
	for (size_t i = 0; endpoints[i] != NULL && err == ERR_OK &&
			   work->n_bases < SEARCH_BASES;
		i++) {
		buf_clear(&url);
		if (!url_split(&parts, public_url))
			break;
		parts.part[URL_PATH] = work->inquiry.prefix;
		err = url_join(&url, &parts, URL_SCHEME, URL_PATH);
		if (err == ERR_OK)
			err = buf_add_text(&url, "/api/webhooks/");
		if (err == ERR_OK)
			err = buf_add_text(&url, endpoints[i]->name);
		if (err == ERR_OK && url_split(&parts, buf_text(&url)))
			err = url_variants_fill(&work->bases[work->n_bases++],
				&parts, &work->hints);
	}
	buf_free(&url);
	return err;
}

/* Looks for what the signature fits. */
static enum err
look(struct work *work)
{
	const struct inquiry *inquiry = &work->inquiry;
	enum err err = body_variants_fill(
		&work->tails, &inquiry->intake.form, inquiry->intake.n_body);

	work->search = (struct search){
		.signature = inquiry->signature,
		.keys = inquiry->question->keys,
		.bases = work->bases,
		.n_bases = work->n_bases,
		.tails = &work->tails,
	};
	if (err == ERR_OK)
		err = search_run(&work->search);
	work->diagnosis->tried = work->search.tried;
	return err;
}

/* The endpoint takes it, or would if it knew the URL. */
static enum err
report_accepted(struct work *work)
{
	const struct inquiry *inquiry = &work->inquiry;
	struct diagnosis *diagnosis = work->diagnosis;
	bool knows_url =
		inquiry->question->public_url != NULL || inquiry->path != NULL;
	struct finding_texts texts = {NULL, NULL, NULL, NULL};
	struct buf origin;
	enum err err;

	buf_init(&origin, LIMIT_DESCRIPTION);
	diagnosis->is_signed = true;
	err = write_origin(&origin, work, &inquiry->seen.parts);
	texts.origin = buf_text(&origin);
	if (err == ERR_OK)
		err = show_url(&diagnosis->signed_url, &inquiry->seen.parts);
	if (err == ERR_OK)
		err = diagnosis_add(diagnosis,
			knows_url ? FINDING_ACCEPTED : FINDING_URL_UNKNOWN,
			&texts);
	buf_free(&origin);
	return err;
}

/* Whether the URLs that the log says were tried have the console's. */
static bool
was_tried(const struct work *work)
{
	const struct refused *request = work->inquiry.question->request;
	const struct url_parts *given = &work->inquiry.given.parts;

	for (size_t i = 0; i < request->n_tried; i++) {
		struct url_parts parts;
		bool same = url_split(&parts, request->tried[i]);

		for (int j = URL_SCHEME; j <= URL_PATH && same; j++)
			same = j == URL_USER ||
			       url_piece_equal(parts.part[j], given->part[j]);
		if (same)
			return true;
	}
	return false;
}

/* A log, and the console's URL: what the endpoint tried is not that. */
static enum err
compare_log(struct work *work)
{
	const struct refused *request = work->inquiry.question->request;
	const struct url_parts *given = &work->inquiry.given.parts;
	struct url_parts seen, was_signed = *given;
	struct url_variants variants;
	enum err err;

	if (request->n_tried == 0 || !work->inquiry.given.is_known ||
		was_tried(work) || !url_split(&seen, request->tried[0]))
		return ERR_OK;
	seen.part[URL_QUERY] = url_piece_of("");
	seen.part[URL_USER] = url_piece_of("");
	was_signed.part[URL_QUERY] = url_piece_of("");
	was_signed.part[URL_USER] = url_piece_of("");
	work->hints.urls[0] = was_signed;
	work->hints.n = 1;
	err = url_variants_fill(&variants, &seen, &work->hints);
	if (err == ERR_OK)
		err = add_differences(work, &variants, &was_signed);
	url_variants_free(&variants);
	return err;
}

/* All that has to do with the signature. */
static enum err
diagnose_signature(struct work *work)
{
	const struct inquiry *inquiry = &work->inquiry;
	enum err err;

	if (!inquiry->knows_parameters)
		return compare_log(work);
	if (!inquiry->has_signature || inquiry->question->keys->n == 0)
		return ERR_OK;
	if (is_accepted(work) && !diagnosis_has_cause(work->diagnosis))
		return report_accepted(work);
	err = make_bases(work);
	if (err == ERR_OK && work->n_bases == 0)
		err = guess_bases(work);
	if (err == ERR_OK)
		err = look(work);
	return err == ERR_OK && work->search.is_found ? report(work) : err;
}

/* What must be there for anything to be found. */
static enum err
check(const struct inquiry *inquiry, struct reason *reason)
{
	const struct refused *request = inquiry->question->request;

	if (request->source == REFUSED_FORM && inquiry->header == NULL)
		return err_reason(reason, ERR_MALFORMED,
			"the signature is missing: give it by --signature");
	if (request->source == REFUSED_FORM && !inquiry->given.is_known &&
		inquiry->question->public_url == NULL)
		return err_reason(reason, ERR_MALFORMED,
			"the URL in Twilio's console is missing: give it "
			"by --url");
	return ERR_OK;
}

static enum err
run(struct work *work, struct reason *reason)
{
	struct diagnosis *diagnosis = work->diagnosis;
	enum err err = check(&work->inquiry, reason);

	if (err != ERR_OK)
		return err;
	err = plain_causes(&work->inquiry, diagnosis);
	if (err == ERR_OK)
		err = diagnose_signature(work);
	if (err == ERR_OK && !diagnosis->is_signed)
		err = plain_rest(&work->inquiry, diagnosis);
	return err == ERR_OK ? ERR_OK
			     : err_reason(reason, err, "out of memory");
}

static void
work_free(struct work *work)
{
	for (size_t i = 0; i < work->n_bases; i++)
		url_variants_free(&work->bases[i]);
	free(work->bases);
	candidates_free(&work->tails);
	inquiry_free(&work->inquiry);
	free(work);
}

enum err
diagnose(struct diagnosis *diagnosis, const struct question *question,
	struct reason *reason)
{
	struct work *work = calloc(1, sizeof *work);
	enum err err;

	memset(diagnosis, 0, sizeof *diagnosis);
	buf_init(&diagnosis->signed_url, LIMIT_DESCRIPTION);
	buf_init(&diagnosis->seen_url, LIMIT_DESCRIPTION);
	if (work == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	work->diagnosis = diagnosis;
	work->bases = calloc(SEARCH_BASES, sizeof *work->bases);
	err = inquiry_open(&work->inquiry, question, reason);
	if (err == ERR_OK && work->bases == NULL)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	if (err == ERR_OK)
		err = run(work, reason);
	work_free(work);
	return err;
}

enum err
diagnosis_account(
	char **sid, const struct question *question, struct reason *reason)
{
	struct inquiry inquiry;
	const char *found;
	enum err err = inquiry_open(&inquiry, question, reason);

	*sid = NULL;
	found = form_value(&inquiry.intake.form, "AccountSid");
	if (err == ERR_OK && found != NULL) {
		*sid = strdup(found);
		if (*sid == NULL)
			err = err_reason(reason, ERR_MEMORY, "out of memory");
	}
	inquiry_free(&inquiry);
	return err;
}
