#ifndef HOOKSWITCH_SIGNED_REQUEST_H
#define HOOKSWITCH_SIGNED_REQUEST_H

#include <stddef.h>

#include "buf.h"
#include "digest.h"
#include "err.h"
#include "intake.h"

/*
 * A request with its signature, as Twilio would send it.
 */

struct signed_request {
	struct buf url; /* signed: without user, password and fragment */
	struct buf body;
	enum carrier carrier;
	char signature[DIGEST_SIGNATURE_SIZE];
};

/* Makes *request empty.  The caller ends with signed_request_free. */
void signed_request_init(struct signed_request *request);
void signed_request_free(struct signed_request *request);

/*
 * Signs a request to url, its parameters being content, len bytes:
 *
 *	CARRIER_FORM   a form's body, and signed one by one
 *	CARRIER_QUERY  the same, put behind the URL's query, which is signed
 *	CARRIER_JSON   the body; its bodySHA256 is put behind the query
 *
 * A bodySHA256 that the URL has must be the body's.
 * ERR_MALFORMED for a URL that is none, for such a one, and as form_parse;
 * ERR_TOO_LARGE over LIMIT_BODY or LIMIT_TARGET.
 */
enum err signed_request_make(struct signed_request *request, const char *token,
	const char *url, enum carrier carrier, const void *content, size_t len,
	struct reason *reason) NODISCARD;

#endif
