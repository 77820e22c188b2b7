#include "config.h"

/*
 * The plain functions and not EVP, which OpenSSL 3 would have us use: EVP reads
 * a configuration file and starts the providers first, and that costs a plain
 * CGI process more than all the rest that it does to refuse a request.  These
 * are a few kilobytes of libcrypto.a, and cannot fail.
 */
#define OPENSSL_API_COMPAT 0x10101000L

#include "digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* RFC 2104: what the key is mixed with. */
#define INNER 0x36
#define OUTER 0x5c

struct digest_sum {
	SHA256_CTX context;
};

struct digest_hmac {
	SHA_CTX inner; /* after the key's block */
	SHA_CTX outer;
};

static void
write_hex(const unsigned char *bytes, size_t len, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*hex++ = digits[bytes[i] >> 4];
		*hex++ = digits[bytes[i] & 15];
	}
	*hex = '\0';
}

/* RFC 4648, padded. */
static void
write_base64(const unsigned char *bytes, size_t len, char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned group = (unsigned)bytes[i] << 16;

		if (i + 1 < len)
			group |= (unsigned)bytes[i + 1] << 8;
		if (i + 2 < len)
			group |= bytes[i + 2];
		*text++ = digits[group >> 18];
		*text++ = digits[group >> 12 & 63];
		*text++ = i + 1 < len ? digits[group >> 6 & 63] : '=';
		*text++ = i + 2 < len ? digits[group & 63] : '=';
	}
	*text = '\0';
}

void
digest_sha256(const void *data, size_t len, char hex[DIGEST_SHA256_HEX])
{
	unsigned char bytes[SHA256_DIGEST_LENGTH];
	SHA256_CTX context;

	(void)SHA256_Init(&context);
	(void)SHA256_Update(&context, data, len);
	(void)SHA256_Final(bytes, &context);
	write_hex(bytes, sizeof bytes, hex);
}

enum err
digest_sum_new(struct digest_sum **out)
{
	struct digest_sum *sum = calloc(1, sizeof *sum);

	*out = sum;
	if (sum == NULL)
		return ERR_MEMORY;
	(void)SHA256_Init(&sum->context);
	return ERR_OK;
}

void
digest_sum_add(struct digest_sum *sum, const void *data, size_t len)
{
	(void)SHA256_Update(&sum->context, data, len);
}

void
digest_sum_end(struct digest_sum *sum, char hex[DIGEST_SHA256_HEX])
{
	unsigned char bytes[SHA256_DIGEST_LENGTH];

	(void)SHA256_Final(bytes, &sum->context);
	write_hex(bytes, sizeof bytes, hex);
}

void
digest_sum_free(struct digest_sum *sum)
{
	free(sum);
}

/* The state after a block of the key mixed with one byte. */
static void
begin(SHA_CTX *context, const unsigned char key[SHA_CBLOCK], unsigned char with)
{
	unsigned char block[SHA_CBLOCK];

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = key[i] ^ with;
	(void)SHA1_Init(context);
	(void)SHA1_Update(context, block, sizeof block);
	explicit_bzero(block, sizeof block);
}

/* A key longer than a block counts as its digest. */
static void
fill_block(unsigned char block[SHA_CBLOCK], const char *key)
{
	size_t len = strlen(key);
	SHA_CTX context;

	memset(block, 0, SHA_CBLOCK);
	if (len <= SHA_CBLOCK) {
		memcpy(block, key, len);
		return;
	}
	(void)SHA1_Init(&context);
	(void)SHA1_Update(&context, key, len);
	(void)SHA1_Final(block, &context);
	explicit_bzero(&context, sizeof context);
}

enum err
digest_hmac_new(struct digest_hmac **out, const char *key)
{
	struct digest_hmac *hmac = calloc(1, sizeof *hmac);
	unsigned char block[SHA_CBLOCK];

	*out = hmac;
	if (hmac == NULL)
		return ERR_MEMORY;
	fill_block(block, key);
	begin(&hmac->inner, block, INNER);
	begin(&hmac->outer, block, OUTER);
	explicit_bzero(block, sizeof block);
	return ERR_OK;
}

void
digest_hmac_free(struct digest_hmac *hmac)
{
	if (hmac == NULL)
		return;
	explicit_bzero(hmac, sizeof *hmac);
	free(hmac);
}

void
digest_hmac_base64(const struct digest_hmac *hmac,
	const struct digest_piece *pieces, size_t n,
	char out[DIGEST_SIGNATURE_SIZE])
{
	unsigned char mac[SHA_DIGEST_LENGTH];
	SHA_CTX inner = hmac->inner, outer = hmac->outer;

	for (size_t i = 0; i < n; i++)
		(void)SHA1_Update(&inner, pieces[i].data, pieces[i].len);
	(void)SHA1_Final(mac, &inner);
	(void)SHA1_Update(&outer, mac, sizeof mac);
	(void)SHA1_Final(mac, &outer);
	write_base64(mac, sizeof mac, out);
	explicit_bzero(&inner, sizeof inner);
	explicit_bzero(&outer, sizeof outer);
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
