/*
 * Scenarios: the input is a file.  What is taken keeps its ceilings, and every
 * step of it can be sent.
 */
#include "config.h"

#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "form.h"
#include "fuzz.h"
#include "limit.h"

/* What a step is sent as has its parameters, in their order. */
static void
check_form(const struct scenario_step *step, const struct buf *body)
{
	char *text = strdup(buf_text(body));
	struct form form;

	form_init(&form);
	FUZZ_REQUIRE(text != NULL);
	FUZZ_REQUIRE(form_parse(&form, text, body->len, NULL) == ERR_OK);
	FUZZ_REQUIRE(form.n == step->n);
	for (size_t i = 0; i < form.n; i++)
		FUZZ_REQUIRE(strcmp(form.parameters[i].name,
				     step->parameters[i].name) == 0);
	form_free(&form);
	free(text);
}

static void
check_step(const struct scenario_step *step, struct buf *body)
{
	static const struct variables variables = {
		.account_sid = "AC1", .us = "1", .run = 1};
	enum err err;

	FUZZ_REQUIRE(step->webhook != NULL);
	FUZZ_REQUIRE(step->wait <= SCENARIO_WAIT);
	FUZZ_REQUIRE(step->n > 0 && step->n <= SCENARIO_PARAMETERS);
	buf_clear(body);
	err = scenario_compose(body, step, &variables, NULL);
	FUZZ_REQUIRE(err == ERR_OK || err == ERR_TOO_LARGE);
	if (err == ERR_OK)
		check_form(step, body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reason reason = {""};
	struct scenario scenario;
	struct buf body;

	buf_init(&body, LIMIT_BODY);
	scenario_init(&scenario);
	if (scenario_parse(&scenario, "input", (const char *)data, size,
		    &reason) == ERR_OK) {
		FUZZ_REQUIRE(scenario.n > 0 && scenario.n <= SCENARIO_STEPS);
		for (size_t i = 0; i < scenario.n; i++)
			check_step(&scenario.steps[i], &body);
	} else {
		FUZZ_REQUIRE(reason.text[0] != '\0');
	}
	scenario_free(&scenario);
	buf_free(&body);
	return 0;
}
