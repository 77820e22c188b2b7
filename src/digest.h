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

/* SHA-256 of len bytes as lower-case hexadecimal. */
void digest_sha256(const void *data, size_t len, char hex[DIGEST_SHA256_HEX]);

/* SHA-256 of what comes piece by piece. */
struct digest_sum;

/* *out is ended with digest_sum_free; NULL, and ERR_MEMORY, without memory. */
enum err digest_sum_new(struct digest_sum **out) NODISCARD;
void digest_sum_add(struct digest_sum *sum, const void *data, size_t len);

/* Writes the digest of all pieces; no more can be added. */
void digest_sum_end(struct digest_sum *sum, char hex[DIGEST_SHA256_HEX]);

/* NULL is allowed. */
void digest_sum_free(struct digest_sum *sum);

/* HMAC-SHA1 under one key, used for any number of messages. */
struct digest_hmac;

/*
 * *out gets a computation keyed with key, which is not kept as given; the
 * caller ends it with digest_hmac_free.  NULL, and ERR_MEMORY, without memory.
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
void digest_hmac_base64(const struct digest_hmac *hmac,
	const struct digest_piece *pieces, size_t n,
	char out[DIGEST_SIGNATURE_SIZE]);

/* Whether len bytes are equal, in a time that does not depend on them. */
bool digest_equal(const void *a, const void *b, size_t len);

#endif
