#include "config.h"

#include "similar.h"

#include <string.h>

/* Longer words are like nothing. */
#define LENGTH 40

/* Letters put in, left out, replaced or swapped with the next. */
static size_t
distance(const char *a, const char *b)
{
	size_t rows[3][LENGTH + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *higher = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t least = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < least)
				least = above[j] + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1] &&
				higher[j - 2] + 1 < least)
				least = higher[j - 2] + 1;
			row[j] = least;
		}
	}
	return rows[a_len % 3][b_len];
}

void
similar_try(struct similar *similar, const char *name)
{
	size_t len = strlen(similar->word);
	size_t most = 1 + len / 3;
	size_t found;

	if (len == 0 || len > LENGTH || strlen(name) > LENGTH)
		return;
	found = distance(similar->word, name);
	/* The beginning of a name is meant as that name. */
	if (len > 1 && strncmp(name, similar->word, len) == 0)
		found = 1;
	if (found <= most &&
		(similar->name == NULL || found < similar->distance)) {
		similar->name = name;
		similar->distance = found;
	}
}

const char *
similar_words(const struct similar *similar, struct reason *words)
{
	words->text[0] = '\0';
	if (similar->name != NULL)
		(void)err_reason(words, ERR_OK, "; did you mean \"%.100s\"?",
			similar->name);
	return words->text;
}
