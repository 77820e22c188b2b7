#include "config.h"

#include "digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#define SHA1_SIZE 20

struct digest_hmac {
	EVP_MAC *mac;
	EVP_MAC_CTX *context;
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

enum err
digest_start(void)
{
	char hex[DIGEST_SHA256_HEX];
	struct digest_hmac *hmac = NULL;
	enum err err;

	/* Whatever comes next would crash in 3.0 without this. */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		return ERR_MEMORY;
	err = digest_sha256("", 0, hex);
	if (err == ERR_OK)
		err = digest_hmac_new(&hmac, "key");
	digest_hmac_free(hmac);
	return err;
}

enum err
digest_sha256(const void *data, size_t len, char hex[DIGEST_SHA256_HEX])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int size = 0;

	hex[0] = '\0';
	if (EVP_Digest(data, len, bytes, &size, EVP_sha256(), NULL) != 1)
		return ERR_MEMORY;
	write_hex(bytes, size, hex);
	return ERR_OK;
}

enum err
digest_hmac_new(struct digest_hmac **out, const char *key)
{
	char digest[] = "SHA1";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct digest_hmac *hmac = calloc(1, sizeof *hmac);

	*out = NULL;
	if (hmac == NULL)
		return ERR_MEMORY;
	hmac->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (hmac->mac != NULL)
		hmac->context = EVP_MAC_CTX_new(hmac->mac);
	if (hmac->context == NULL ||
		EVP_MAC_init(hmac->context, (const unsigned char *)key,
			strlen(key), parameters) != 1) {
		digest_hmac_free(hmac);
		return ERR_MEMORY;
	}
	*out = hmac;
	return ERR_OK;
}

void
digest_hmac_free(struct digest_hmac *hmac)
{
	if (hmac == NULL)
		return;
	EVP_MAC_CTX_free(hmac->context); /* wipes the key */
	EVP_MAC_free(hmac->mac);
	free(hmac);
}

enum err
digest_hmac_base64(struct digest_hmac *hmac, const struct digest_piece *pieces,
	size_t n, char out[DIGEST_SIGNATURE_SIZE])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t size = 0;

	out[0] = '\0';
	/* Without a key: starts the next message under the same one. */
	if (EVP_MAC_init(hmac->context, NULL, 0, NULL) != 1)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		if (EVP_MAC_update(
			    hmac->context, pieces[i].data, pieces[i].len) != 1)
			return ERR_MEMORY;
	if (EVP_MAC_final(hmac->context, mac, &size, sizeof mac) != 1 ||
		size != SHA1_SIZE)
		return ERR_MEMORY;
	(void)EVP_EncodeBlock((unsigned char *)out, mac, SHA1_SIZE);
	return ERR_OK;
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
