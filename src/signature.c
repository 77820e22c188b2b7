#include "config.h"

#include "signature.h"

#include <stdlib.h>
#include <string.h>

#include "limit.h"

#define BODY_DIGEST "bodySHA256"

enum err
signature_write_tail(struct buf *tail, const struct form *form, size_t n)
{
	const struct parameter **sorted;
	size_t count;
	enum err err = form_sort(form, n, &sorted, &count);

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = buf_add(tail, sorted[i]->name, sorted[i]->name_len);
		if (err == ERR_OK)
			err = buf_add(
				tail, sorted[i]->value, sorted[i]->value_len);
	}
	free(sorted);
	return err;
}

/* Tries every URL under one token; ERR_REFUSED if none fits. */
static enum err
try_token(const char *token, const struct url_set *urls, const struct buf *tail,
	const char *signature, struct signature_match *match)
{
	char computed[DIGEST_SIGNATURE_SIZE];
	struct digest_hmac *hmac;
	enum err err = digest_hmac_new(&hmac, token);
	size_t n_urls = urls->n_origins * urls->n_targets;

	for (size_t i = 0; err == ERR_OK && i < n_urls; i++) {
		size_t origin = i % urls->n_origins;
		size_t target = i / urls->n_origins;
		const struct digest_piece pieces[] = {
			{urls->origins[origin], strlen(urls->origins[origin])},
			{urls->targets[target], strlen(urls->targets[target])},
			{buf_text(tail),        tail->len                    },
		};

		digest_hmac_base64(hmac, pieces, 3, computed);
		if (digest_equal(
			    computed, signature, DIGEST_SIGNATURE_SIZE - 1)) {
			match->origin = origin;
			match->target = target;
			goto out;
		}
	}
	if (err == ERR_OK)
		err = ERR_REFUSED;
out:
	digest_hmac_free(hmac);
	return err;
}

enum err
signature_verify(const struct url_set *urls, const struct form *form, size_t n,
	const char *const *tokens, size_t n_tokens, const char *signature,
	struct signature_match *match, struct reason *reason)
{
	struct buf tail;
	enum err err;

	memset(match, 0, sizeof *match);
	if (signature == NULL)
		return err_reason(reason, ERR_REFUSED,
			"the request has no X-Twilio-Signature header");
	if (strlen(signature) != DIGEST_SIGNATURE_SIZE - 1)
		return err_reason(reason, ERR_REFUSED,
			"the X-Twilio-Signature header is not %d characters "
			"long",
			DIGEST_SIGNATURE_SIZE - 1);
	buf_init(&tail, LIMIT_BODY);
	err = signature_write_tail(&tail, form, n);
	if (err == ERR_OK)
		err = ERR_REFUSED;
	for (size_t i = 0; err == ERR_REFUSED && i < n_tokens; i++) {
		match->token = i;
		err = try_token(tokens[i], urls, &tail, signature, match);
	}
	buf_free(&tail);
	if (err == ERR_REFUSED)
		return err_reason(reason, err,
			"the signature does not fit the URL and parameters "
			"under any token of the account");
	if (err != ERR_OK)
		return err_reason(reason, err,
			"could not check the "
			"signature: %s",
			err_text(err));
	return ERR_OK;
}

enum err
signature_sign(const char *token, const char *url, const struct form *form,
	size_t n, char signature[DIGEST_SIGNATURE_SIZE])
{
	struct digest_hmac *hmac = NULL;
	struct buf tail;
	enum err err;

	signature[0] = '\0';
	buf_init(&tail, LIMIT_BODY);
	err = signature_write_tail(&tail, form, n);
	if (err == ERR_OK)
		err = digest_hmac_new(&hmac, token);
	if (err == ERR_OK) {
		const struct digest_piece pieces[] = {
			{url,             strlen(url)},
                        {buf_text(&tail), tail.len   }
                };

		digest_hmac_base64(hmac, pieces, 2, signature);
	}
	digest_hmac_free(hmac);
	buf_free(&tail);
	return err;
}

static bool
has_name(const struct parameter *parameter, const char *name)
{
	return parameter->name_len == strlen(name) &&
	       memcmp(parameter->name, name, parameter->name_len) == 0;
}

static bool
has_value_of(const struct parameter *a, const struct parameter *b)
{
	return a->value_len == b->value_len &&
	       memcmp(a->value, b->value, a->value_len) == 0;
}

/* The one bodySHA256 of a query; repeats of the same value are allowed. */
static enum err
find_body_digest(const struct form *query, const struct parameter **out)
{
	const struct parameter *first = form_find(query, BODY_DIGEST);

	*out = NULL;
	if (first == NULL)
		return ERR_MALFORMED;
	for (size_t i = 0; i < query->n; i++) {
		const struct parameter *other = &query->parameters[i];

		if (has_name(other, BODY_DIGEST) && !has_value_of(other, first))
			return ERR_MALFORMED;
	}
	*out = first;
	return ERR_OK;
}

enum err
signature_verify_body(const struct form *query, const void *body, size_t len,
	struct reason *reason)
{
	char hex[DIGEST_SHA256_HEX];
	const struct parameter *announced;
	enum err err = find_body_digest(query, &announced);

	if (err != ERR_OK)
		return err_reason(reason, err,
			"a JSON body needs one bodySHA256 in the query");
	digest_sha256(body, len, hex);
	if (announced->value_len != sizeof hex - 1 ||
		!digest_equal(announced->value, hex, sizeof hex - 1))
		return err_reason(reason, ERR_MALFORMED,
			"the body is not the one that bodySHA256 announces");
	return ERR_OK;
}
