#include "config.h"

#include "candidate.h"

#include <stdlib.h>
#include <string.h>

const struct candidate *
candidates_find(
	const struct candidates *candidates, const char *text, size_t len)
{
	for (size_t i = 0; i < candidates->n; i++)
		if (candidates->list[i].len == len &&
			memcmp(candidates->list[i].text, text, len) == 0)
			return &candidates->list[i];
	return NULL;
}

void
candidates_add(struct candidates *candidates, const char *text, size_t len,
	enum finding finding, unsigned cost, const char *name)
{
	struct candidate *added = &candidates->list[candidates->n];

	if (candidates->n == CANDIDATES_MOST ||
		candidates_find(candidates, text, len) != NULL)
		return;
	added->text = malloc(len + 1);
	if (added->text == NULL) {
		candidates->err = ERR_MEMORY;
		return;
	}
	if (len > 0)
		memcpy(added->text, text, len);
	added->text[len] = '\0';
	added->len = len;
	added->finding = finding;
	added->cost = cost;
	added->name = name;
	candidates->n++;
}

void
candidates_free(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->n; i++) {
		explicit_bzero(
			candidates->list[i].text, candidates->list[i].len);
		free(candidates->list[i].text);
	}
	candidates->n = 0;
}
