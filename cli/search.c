#include "config.h"

#include "search.h"

#include <string.h>

#include "digest.h"

/* The dimensions after the key: the parts of the URL, and the tail. */
#define TAIL (URL_QUERY + 1)
#define PIECES (TAIL + 2) /* "://" is one, too */

/* One key, and what is tried under it. */
struct attempt {
	struct search *search;
	struct digest_hmac *hmac;
	const struct url_variants *base;
	struct digest_piece pieces[PIECES];
};

static bool
is_over(const struct attempt *attempt)
{
	const struct search *search = attempt->search;

	return search->is_found || search->tried >= SEARCH_MOST ||
	       search->bytes >= SEARCH_BYTES;
}

static void
try_pieces(struct attempt *attempt)
{
	struct search *search = attempt->search;
	char computed[DIGEST_SIGNATURE_SIZE];

	for (size_t i = 0; i < PIECES; i++)
		search->bytes += attempt->pieces[i].len;
	search->tried++;
	digest_hmac_base64(attempt->hmac, attempt->pieces, PIECES, computed);
	search->is_found = digest_equal(
		computed, search->signature, DIGEST_SIGNATURE_SIZE - 1);
}

/* Every choice from a dimension on that costs exactly what is left. */
static void
try_from(struct attempt *attempt, size_t dimension, unsigned left)
{
	struct search *search = attempt->search;
	bool is_tail = dimension == TAIL;
	const struct candidates *list =
		is_tail ? search->tails : &attempt->base->parts[dimension];
	/* "://" stands behind the first. */
	size_t piece = dimension + (dimension > URL_SCHEME ? 1 : 0);

	for (size_t i = 0; i < list->n && !is_over(attempt); i++) {
		const struct candidate *candidate = &list->list[i];

		if (candidate->cost > left ||
			(is_tail && candidate->cost != left))
			continue;
		attempt->pieces[piece] =
			(struct digest_piece){candidate->text, candidate->len};
		*(is_tail ? &search->tail : &search->part[dimension]) = i;
		if (is_tail)
			try_pieces(attempt);
		else
			try_from(
				attempt, dimension + 1, left - candidate->cost);
		if (search->is_found)
			return;
	}
}

static enum err
try_key(struct search *search, unsigned cost)
{
	const struct key *key = &search->keys->list[search->key];
	struct attempt attempt = {
		.search = search, .base = &search->bases[search->base]};
	enum err err;

	if (key->cost > cost)
		return ERR_OK;
	err = digest_hmac_new(&attempt.hmac, key->token);
	if (err != ERR_OK)
		return err;
	attempt.pieces[1] = (struct digest_piece){"://", 3};
	try_from(&attempt, URL_SCHEME, cost - key->cost);
	digest_hmac_free(attempt.hmac);
	return ERR_OK;
}

enum err
search_run(struct search *search)
{
	enum err err = ERR_OK;

	search->is_found = false;
	search->tried = 0;
	search->bytes = 0;
	for (unsigned cost = 0; cost <= SEARCH_COST; cost++)
		for (size_t i = 0; i < search->n_bases; i++)
			for (size_t j = 0; j < search->keys->n; j++) {
				search->base = i;
				search->key = j;
				err = try_key(search, cost);
				if (err != ERR_OK || search->is_found)
					return err;
			}
	return ERR_OK;
}

const struct candidate *
search_part(const struct search *search, enum url_part part)
{
	const struct url_variants *base = &search->bases[search->base];

	return &base->parts[part].list[search->part[part]];
}
