/*
 * What "explain" is given: the input is the console's URL and our public URL,
 * a line each, and then what is pasted.  What is made of it keeps to what it
 * was made of, and there is something to say about all of it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "body_variant.h"
#include "diagnosis.h"
#include "form.h"
#include "fuzz.h"
#include "limit.h"
#include "refused.h"
#include "url_variant.h"

/* The first is as it came, and no two are the same. */
static void
check_candidates(const struct candidates *candidates)
{
	FUZZ_REQUIRE(candidates->n > 0);
	FUZZ_REQUIRE(candidates->list[0].cost == 0);
	FUZZ_REQUIRE(candidates->list[0].finding == FINDING_NONE);
	for (size_t i = 0; i < candidates->n; i++) {
		const struct candidate *candidate = &candidates->list[i];

		FUZZ_REQUIRE(candidates_find(candidates, candidate->text,
				     candidate->len) == candidate);
		FUZZ_REQUIRE(i == 0 || candidate->cost > 0);
		FUZZ_REQUIRE(candidate->finding < FINDING__MAX);
	}
}

static void
check_url(const char *given, const char *public_url)
{
	struct url_variants variants;
	struct url_hints hints;
	struct url_parts parts;

	memset(&hints, 0, sizeof hints);
	hints.prefix = url_piece_of("");
	if (!url_split(&parts, given))
		return;
	if (url_split(&hints.urls[0], public_url))
		hints.n = 1;
	FUZZ_REQUIRE(url_variants_fill(&variants, &parts, &hints) == ERR_OK);
	for (int i = 0; i <= URL_QUERY; i++) {
		const struct candidate *first = &variants.parts[i].list[0];

		check_candidates(&variants.parts[i]);
		FUZZ_REQUIRE(first->len == parts.part[i].len);
		FUZZ_REQUIRE(memcmp(first->text, parts.part[i].text,
				     first->len) == 0);
	}
	url_variants_free(&variants);
}

static void
check_body(const struct refused *request)
{
	struct candidates tails;
	struct form form;
	char *text = malloc(request->body_len + 1);

	if (text == NULL || request->body_len > LIMIT_BODY ||
		request->body_len == 0) {
		free(text);
		return;
	}
	memset(&tails, 0, sizeof tails);
	memcpy(text, request->body, request->body_len);
	form_init(&form);
	if (form_parse(&form, text, request->body_len, NULL) == ERR_OK) {
		FUZZ_REQUIRE(body_variants_fill(&tails, &form,
				     form.n - form.n / 4) == ERR_OK);
		check_candidates(&tails);
	}
	candidates_free(&tails);
	form_free(&form);
	free(text);
}

/* Every string of it lies in the text that it was read from. */
static void
check_inside(const struct refused *refused, const char *text)
{
	FUZZ_REQUIRE(text == NULL ||
		     (text >= refused->text &&
			     text <= refused->text + refused->text_len) ||
		     text[0] == '\0');
}

static void
check_request(const struct refused *refused)
{
	check_inside(refused, refused->method);
	check_inside(refused, refused->target);
	check_inside(refused, refused->type);
	check_inside(refused, refused->why);
	check_inside(refused, refused->names);
	check_inside(refused, refused->body);
	FUZZ_REQUIRE(refused->n_headers <= REFUSED_HEADERS);
	FUZZ_REQUIRE(refused->n_tried <= REFUSED_TRIED);
	for (size_t i = 0; i < refused->n_headers; i++) {
		check_inside(refused, refused->headers[i].name);
		check_inside(refused, refused->headers[i].value);
	}
	for (size_t i = 0; i < refused->n_tried; i++)
		check_inside(refused, refused->tried[i]);
}

/* Without a key there is no search, which would take its time. */
static void
check_diagnosis(const struct question *question)
{
	struct reason reason = {""};
	struct diagnosis diagnosis;

	if (diagnose(&diagnosis, question, &reason) == ERR_OK) {
		FUZZ_REQUIRE(diagnosis.n > 0);
		FUZZ_REQUIRE(diagnosis_has_cause(&diagnosis));
		for (size_t i = 0; i < diagnosis.n; i++)
			FUZZ_REQUIRE(diagnosis.items[i].found.len > 0);
	} else {
		FUZZ_REQUIRE(reason.text[0] != '\0');
	}
	diagnosis_free(&diagnosis);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct keys no_keys;
	char *text = malloc(size + 1);
	char *rest = text, *given, *public_url;
	struct refused request;
	struct question question = {.request = &request, .keys = &no_keys};

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	given = strsep(&rest, "\n");
	public_url = strsep(&rest, "\n");
	if (rest != NULL && refused_read(&request, rest,
				    (size_t)(text + size - rest)) == ERR_OK) {
		question.url = given[0] != '\0' ? given : NULL;
		question.public_url = public_url[0] != '\0' ? public_url : NULL;
		check_request(&request);
		check_url(given, public_url);
		check_body(&request);
		check_diagnosis(&question);
		question.signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
		check_diagnosis(&question);
		refused_free(&request);
	}
	free(text);
	return 0;
}
