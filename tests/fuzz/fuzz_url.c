/*
 * URL candidates: the input is public URL, target and host, a line each.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "form.h"
#include "fuzz.h"
#include "url.h"

/*
 * Whatever spelling of the query was signed, its parameters are those of the
 * query that was received: else some of those would be unsigned.
 */
static void
check_same_parameters(const char *received, const char *target)
{
	const char *mark = strchr(target, '?');
	char *a = strdup(received);
	char *b = strdup(mark != NULL ? mark + 1 : "");
	struct form left, right;

	form_init(&left);
	form_init(&right);
	if (form_parse(&left, a, strlen(a), NULL) == ERR_OK) {
		FUZZ_REQUIRE(form_parse(&right, b, strlen(b), NULL) == ERR_OK);
		FUZZ_REQUIRE(left.n == right.n);
	}
	for (size_t i = 0; i < right.n; i++) {
		const struct parameter *x = &left.parameters[i];
		const struct parameter *y = &right.parameters[i];

		FUZZ_REQUIRE(x->name_len == y->name_len);
		FUZZ_REQUIRE(memcmp(x->name, y->name, x->name_len) == 0);
		FUZZ_REQUIRE(x->value_len == y->value_len);
		FUZZ_REQUIRE(memcmp(x->value, y->value, x->value_len) == 0);
	}
	form_free(&left);
	form_free(&right);
	free(a);
	free(b);
}

static void
check_set(const struct url_set *set)
{
	FUZZ_REQUIRE(set->n_origins >= 1 && set->n_targets >= 1);
	FUZZ_REQUIRE(set->n_origins <= LIMIT_URL_ORIGINS);
	FUZZ_REQUIRE(set->n_targets <= LIMIT_URL_TARGETS);
	for (size_t i = 0; i < set->n_origins; i++)
		FUZZ_REQUIRE(strncasecmp(set->origins[i], "http", 4) == 0);
	for (size_t i = 0; i < set->n_targets; i++) {
		FUZZ_REQUIRE(strchr("/", set->targets[i][0]) != NULL);
		check_same_parameters(url_set_query(set), set->targets[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *rest = text;
	struct url_set set;

	if (text != NULL) {
		const char *public_url = strsep(&rest, "\n");
		const char *target = strsep(&rest, "\n");
		const struct url_seen seen = {target, rest, size % 2 == 0};

		if (public_url[0] == '\0')
			public_url = NULL;
		if (url_set_fill(&set, public_url, &seen, NULL) == ERR_OK)
			check_set(&set);
		url_set_free(&set);
	}
	free(text);
	return 0;
}
