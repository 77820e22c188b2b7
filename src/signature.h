#ifndef HOOKSWITCH_SIGNATURE_H
#define HOOKSWITCH_SIGNATURE_H

#include <stddef.h>

#include "buf.h"
#include "digest.h"
#include "err.h"
#include "form.h"
#include "url.h"

/*
 * X-Twilio-Signature: base64(HMAC-SHA1(token, URL || name || value ...)).
 *
 * Covered are the URL with its query and, of a form that was POSTed, every
 * parameter in the order of form_sort, with nothing between them.  Of a GET
 * and of a JSON body nothing but the URL is covered; a JSON body is then
 * tied to it by the bodySHA256 in the query.
 */

/* What matched, for the log. */
struct signature_match {
	size_t origin; /* index into the set's origins */
	size_t target; /* index into the set's targets */
	size_t token;  /* index into the tokens */
};

/*
 * Checks a signature against every URL of the set under every token.
 * The first n parameters of form are those of a POSTed form (0 otherwise).
 * ERR_OK and *match if one fits; ERR_REFUSED if none does, or if signature
 * is NULL.  Comparison takes the same time wherever the texts differ.
 */
enum err signature_verify(const struct url_set *urls, const struct form *form,
	size_t n, const char *const *tokens, size_t n_tokens,
	const char *signature, struct signature_match *match,
	struct reason *reason) NODISCARD;

/*
 * Appends what Twilio signs of the first n parameters of form, which it does
 * behind the URL.
 */
enum err signature_write_tail(
	struct buf *tail, const struct form *form, size_t n) NODISCARD;

/* Signs one URL and the first n parameters of form. */
enum err signature_sign(const char *token, const char *url,
	const struct form *form, size_t n,
	char signature[DIGEST_SIGNATURE_SIZE]) NODISCARD;

/*
 * Checks the body of a request that is not a form against the bodySHA256 of
 * its query.  ERR_MALFORMED if there is none, if there are two that differ,
 * or if it is not the body's.
 */
enum err signature_verify_body(const struct form *query, const void *body,
	size_t len, struct reason *reason) NODISCARD;

#endif
