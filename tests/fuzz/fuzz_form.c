/*
 * Form parsing: every parameter lies within the input, sorting keeps order,
 * and a cleaned form is clean.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "form.h"
#include "fuzz.h"
#include "limit.h"
#include "utf8.h"

static void
check_bounds(const struct form *form, const char *text, size_t size)
{
	FUZZ_REQUIRE(form->n <= LIMIT_PARAMETERS);
	for (size_t i = 0; i < form->n; i++) {
		const struct parameter *parameter = &form->parameters[i];

		FUZZ_REQUIRE(parameter->name >= text);
		FUZZ_REQUIRE(
			parameter->value + parameter->value_len <= text + size);
		FUZZ_REQUIRE(parameter->name[parameter->name_len] == '\0');
		FUZZ_REQUIRE(parameter->value[parameter->value_len] == '\0');
	}
}

static void
check_sorted(const struct form *form)
{
	const struct parameter **sorted;
	size_t n;

	if (form_sort(form, form->n, &sorted, &n) != ERR_OK)
		return;
	FUZZ_REQUIRE(n <= form->n);
	for (size_t i = 1; i < n; i++)
		FUZZ_REQUIRE(strcmp(sorted[i - 1]->name, sorted[i]->name) <= 0);
	free(sorted);
}

static void
check_clean(struct form *form, size_t size)
{
	struct buf texts;
	bool changed;

	buf_init(&texts, 3 * size + 2 * LIMIT_PARAMETERS);
	FUZZ_REQUIRE(form_clean(form, &texts, &changed) == ERR_OK);
	for (size_t i = 0; i < form->n; i++)
		FUZZ_REQUIRE(utf8_is_clean(form->parameters[i].value,
			form->parameters[i].value_len));
	buf_free(&texts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct form form;
	/* One byte more, and not two: the parser may write that one. */
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	form_init(&form);
	if (form_parse(&form, text, size, NULL) == ERR_OK) {
		check_bounds(&form, text, size);
		check_sorted(&form);
		check_clean(&form, size);
	}
	form_free(&form);
	free(text);
	return 0;
}
