/*
 * Digests and comparison, against published values.
 */
#include "config.h"

#include "digest.h"

#include "check.h"
#include "guard.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* FIPS 180-2 and what the JSON rules name. */
static const struct sha256_row {
	int line;
	const char *text;
	const char *want;
} sha256_rows[] = {
	ROW("", "e3b0c44298fc1c149afbf4c8996fb924"
		"27ae41e4649b934ca495991b7852b855"),
	ROW("abc", "ba7816bf8f01cfea414140de5dae2223"
		   "b00361a396177a9cb410ff61f20015ad"),
	ROW("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039"
		"a33ce45964ff2167f6ecedd419db06c1"),
	ROW("{}", "44136fa355b3678a1146ad16f7e8649e"
		  "94fb4fc21fe77e8310c060f61caaff8a"),
	ROW("{\"property\": \"value\", \"boolean\": true}",
		"0a1ff7634d9ab3b95db5c9a2dfe9416e"
		"41502b283a80c7cf19632632f96e6620"),
	ROW("{\"message\": \"a post body\"}",
		"8d90d640c6ba47d595ac56203d7f5c6b"
		"511be80fdf44a2055acca75a119b9fd2"),
};

static void
test_sha256(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(sha256_rows); i++) {
		const struct sha256_row *row = &sha256_rows[i];
		size_t len = strlen(row->text);
		struct guard data, out;
		char *hex;

		(void)guard_bytes(&data, row->text, len);
		hex = guard_buffer(&out, "", 0, DIGEST_SHA256_HEX);
		digest_sha256(data.data, len, hex);
		CHECK_TEXT(row->line, hex, row->want);
		guard_free(&data);
		guard_free(&out);
	}
}

/* In pieces of every length, the digest is the same. */
static void
test_sum(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(sha256_rows); i++) {
		const struct sha256_row *row = &sha256_rows[i];
		size_t len = strlen(row->text);

		for (size_t piece = 1; piece <= len + 1; piece++) {
			char hex[DIGEST_SHA256_HEX];
			struct digest_sum *sum;

			assert_int_equal(digest_sum_new(&sum), ERR_OK);
			for (size_t at = 0; at < len; at += piece)
				digest_sum_add(sum, row->text + at,
					len - at < piece ? len - at : piece);
			digest_sum_end(sum, hex);
			CHECK_TEXT(row->line, hex, row->want);
			digest_sum_free(sum);
		}
	}
	digest_sum_free(NULL);
}

static void
test_sha256_long(void **state)
{
	const size_t len = 1000000;
	char hex[DIGEST_SHA256_HEX];
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', len);
	digest_sha256(text, len, hex);
	assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67"
				 "f1809a48a497200e046d39ccc7112cd0");
	free(text);
}

static void
test_sha256_nul(void **state)
{
	char one[DIGEST_SHA256_HEX], two[DIGEST_SHA256_HEX];

	(void)state;
	digest_sha256("a\0b", 3, one);
	digest_sha256("a\0c", 3, two);
	assert_string_not_equal(one, two);
	digest_sha256(NULL, 0, one);
	assert_string_equal(one, sha256_rows[0].want);
}

#define AA20                                                                   \
	"\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA"                             \
	"\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA\xAA"
#define DD10 "\xDD\xDD\xDD\xDD\xDD\xDD\xDD\xDD\xDD\xDD"

/* RFC 2202, section 3, in base64; the last four are computed. */
static const struct hmac_row {
	int line;
	const char *key;
	const char *text;
	const char *want;
} hmac_rows[] = {
	ROW("\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B"
	    "\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B\x0B",
		"Hi There", "thcxhlUFcmTii8C2+zeMjvFGvgA="),
	ROW("Jefe", "what do ya want for nothing?",
		"7/zfauXrL6LSdBbV8YTfnCWafHk="),
	ROW(AA20, DD10 DD10 DD10 DD10 DD10, "El1zQrmsEc2Ro5r0iqF7T2PxddM="),
	ROW(AA20 AA20 AA20 AA20,
		"Test Using Larger Than Block-Size Key - Hash Key First",
		"qkrl4VJy0A6VcFY3zoo7Ve1AIRI="),
	ROW(AA20 AA20 AA20 AA20,
		"Test Using Larger Than Block-Size Key and Larger Than One "
		"Block-Size Data",
		"6OmdD0UjfXhta7qnllx4CLv/GpE="),
	ROW("12345", "", "KT7FsM8VSFUliCTsf6xdxj0XaRU="),
	/* As long as a block, and longer by one. */
	ROW(AA20 AA20 AA20 "\xAA\xAA\xAA\xAA", "Hi There",
		"6D7hw2LIbMAE30+RKmQcG9hE82w="),
	ROW(AA20 AA20 AA20 "\xAA\xAA\xAA\xAA\xAA", "Hi There",
		"XA+2PcauoL7Y+i+OoSChROFcvVA="),
	ROW("", "", "+9sdGxiqbAgyS31ktx+3Y3BpDh0="),
};

static void
test_hmac(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(hmac_rows); i++) {
		const struct hmac_row *row = &hmac_rows[i];
		struct guard key, data, out;
		struct digest_hmac *hmac = NULL;
		struct digest_piece piece;
		char *base64;

		piece.len = strlen(row->text);
		piece.data = guard_bytes(&data, row->text, piece.len);
		base64 = guard_buffer(&out, "", 0, DIGEST_SIGNATURE_SIZE);
		CHECK_NUMBER(row->line,
			digest_hmac_new(&hmac, guard_text(&key, row->key)),
			ERR_OK);
		CHECK(row->line, hmac != NULL);
		guard_free(&key); /* not kept as given */
		digest_hmac_base64(hmac, &piece, 1, base64);
		CHECK_TEXT(row->line, base64, row->want);
		digest_hmac_free(hmac);
		guard_free(&data);
		guard_free(&out);
	}
}

/* Cut in three at any two places, the message stays the same. */
static void
test_pieces(void **state)
{
	const struct hmac_row *row = &hmac_rows[1];
	size_t len = strlen(row->text);
	struct digest_hmac *hmac;
	char base64[DIGEST_SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(digest_hmac_new(&hmac, row->key), ERR_OK);
	for (size_t from = 0; from <= len; from++)
		for (size_t to = from; to <= len; to++) {
			const struct digest_piece pieces[] = {
				{row->text,        from     },
				{row->text + from, to - from},
				{row->text + to,   len - to },
			};

			digest_hmac_base64(hmac, pieces, 3, base64);
			assert_string_equal(base64, row->want);
		}
	digest_hmac_free(hmac);
}

static void
test_no_pieces(void **state)
{
	const struct digest_piece empty = {NULL, 0};
	struct digest_hmac *hmac;
	char base64[DIGEST_SIGNATURE_SIZE];

	(void)state;
	assert_int_equal(digest_hmac_new(&hmac, "12345"), ERR_OK);
	digest_hmac_base64(hmac, &empty, 0, base64);
	assert_string_equal(base64, "KT7FsM8VSFUliCTsf6xdxj0XaRU=");
	digest_hmac_base64(hmac, &empty, 1, base64);
	assert_string_equal(base64, "KT7FsM8VSFUliCTsf6xdxj0XaRU=");
	digest_hmac_free(hmac);
}

/* One key after the other message, two keys at the same time. */
static void
test_reuse(void **state)
{
	struct digest_hmac *hmacs[N_OF(hmac_rows)];
	char base64[DIGEST_SIGNATURE_SIZE];

	(void)state;
	for (size_t i = 0; i < N_OF(hmac_rows); i++)
		assert_int_equal(
			digest_hmac_new(&hmacs[i], hmac_rows[i].key), ERR_OK);
	for (size_t round = 0; round < 3; round++)
		for (size_t i = 0; i < N_OF(hmac_rows); i++) {
			const struct hmac_row *row = &hmac_rows[i];
			const struct digest_piece other = {"other", 5};
			const struct digest_piece piece = {
				row->text, strlen(row->text)};

			digest_hmac_base64(hmacs[i], &other, 1, base64);
			CHECK(row->line, strcmp(base64, row->want) != 0);
			digest_hmac_base64(hmacs[i], &piece, 1, base64);
			CHECK_TEXT(row->line, base64, row->want);
		}
	for (size_t i = 0; i < N_OF(hmac_rows); i++)
		digest_hmac_free(hmacs[i]);
	digest_hmac_free(NULL);
}

static void
test_equal(void **state)
{
	static const char text[] = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
	const size_t len = sizeof text - 1;
	struct guard a, b;

	(void)state;
	(void)guard_bytes(&a, text, len);
	(void)guard_buffer(&b, text, len, 0);
	assert_true(digest_equal(a.data, b.data, len));
	assert_true(digest_equal(a.data, "x", 0));
	for (size_t i = 0; i < 8 * len; i++) {
		char bit = (char)(1 << i % 8);

		b.data[i / 8] ^= bit;
		assert_false(digest_equal(a.data, b.data, len));
		assert_true(digest_equal(a.data, b.data, i / 8));
		b.data[i / 8] ^= bit;
	}
	assert_false(digest_equal("a\0b", "a\0c", 3));
	guard_free(&a);
	guard_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_sha256_long),
		cmocka_unit_test(test_sha256_nul),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_no_pieces),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
