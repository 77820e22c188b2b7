#ifndef HOOKSWITCH_DIGEST_H
#define HOOKSWITCH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * Digests and constant-time comparison; the one module that uses OpenSSL.
 */

#define DIGEST_SHA256_HEX 65     /* 64 lower-case hexadecimal digits, NUL */
#define DIGEST_SIGNATURE_SIZE 29 /* 28 characters of base64, NUL */

/*
 * Sets OpenSSL up; to be called before anything else here.  It can be done but
 * once: after ERR_MEMORY the process must not ask for digests, and ends.
 */
enum err digest_start(void) NODISCARD;

/* SHA-256 of len bytes as lower-case hexadecimal. */
enum err digest_sha256(
	const void *data, size_t len, char hex[DIGEST_SHA256_HEX]) NODISCARD;

/* HMAC-SHA1 under one key, used for any number of messages. */
struct digest_hmac;

/*
 * *out gets a computation keyed with key, which is not kept as given; the
 * caller ends it with digest_hmac_free.  NULL on error.
 */
enum err digest_hmac_new(struct digest_hmac **out, const char *key) NODISCARD;

/* Wipes the key.  NULL is allowed. */
void digest_hmac_free(struct digest_hmac *hmac);

/* The pieces of a message, end to end. */
struct digest_piece {
	const void *data;
	size_t len;
};

/* base64(HMAC-SHA1(key, the n pieces)), as Twilio writes a signature. */
enum err digest_hmac_base64(struct digest_hmac *hmac,
	const struct digest_piece *pieces, size_t n,
	char out[DIGEST_SIGNATURE_SIZE]) NODISCARD;

/* Whether len bytes are equal, in a time that does not depend on them. */
bool digest_equal(const void *a, const void *b, size_t len);

#endif
