/*
 * Spool records: the input as it is, and the input with the checksum that it
 * ought to have, since nothing else would get past that.  Each field of what
 * parses lies within it, and formats to a record that says the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "digest.h"
#include "fuzz.h"
#include "spool_record.h"

/* The checksum, and numbers that were written in a shorter way. */
#define SPARE 512

static void
check_field(struct spool_text field, const char *text, size_t size)
{
	FUZZ_REQUIRE(field.data >= text);
	FUZZ_REQUIRE(field.len < size);
	FUZZ_REQUIRE(field.data + field.len < text + size);
	FUZZ_REQUIRE(field.data[field.len] == '\0');
}

static void
check_same(struct spool_text a, struct spool_text b)
{
	FUZZ_REQUIRE(a.len == b.len);
	FUZZ_REQUIRE(memcmp(a.data, b.data, a.len) == 0);
}

/* Formatted, parsed and formatted again: the same bytes. */
static void
check_round_trip(const struct spool_record *record, size_t size)
{
	struct spool_record again;
	struct buf text, copy, other;

	buf_init(&text, size + SPARE);
	buf_init(&copy, size + SPARE);
	buf_init(&other, size + SPARE);
	FUZZ_REQUIRE(spool_record_format(&text, record) == ERR_OK);
	FUZZ_REQUIRE(buf_add(&copy, text.data, text.len) == ERR_OK);
	FUZZ_REQUIRE(spool_record_parse(&again, copy.data, copy.len, NULL) ==
		     ERR_OK);
	check_same(again.endpoint, record->endpoint);
	check_same(again.account_sid, record->account_sid);
	check_same(again.idempotency_token, record->idempotency_token);
	check_same(again.query, record->query);
	check_same(again.body, record->body);
	FUZZ_REQUIRE(again.carrier == record->carrier);
	FUZZ_REQUIRE(again.received_at.tv_sec == record->received_at.tv_sec);
	FUZZ_REQUIRE(again.received_at.tv_nsec == record->received_at.tv_nsec);
	FUZZ_REQUIRE(spool_record_format(&other, &again) == ERR_OK);
	FUZZ_REQUIRE(other.len == text.len);
	FUZZ_REQUIRE(memcmp(other.data, text.data, text.len) == 0);
	buf_free(&text);
	buf_free(&copy);
	buf_free(&other);
}

/* Parses a copy that is exactly as large. */
static void
check(const char *data, size_t size)
{
	struct reason reason = {""};
	struct spool_record record;
	char *text = malloc(size > 0 ? size : 1);

	if (text == NULL)
		return;
	if (size > 0)
		memcpy(text, data, size);
	if (spool_record_parse(&record, text, size, &reason) == ERR_OK) {
		FUZZ_REQUIRE(record.carrier < CARRIER__MAX);
		check_field(record.endpoint, text, size);
		check_field(record.account_sid, text, size);
		check_field(record.idempotency_token, text, size);
		check_field(record.query, text, size);
		check_field(record.body, text, size);
		check_round_trip(&record, size);
	} else {
		FUZZ_REQUIRE(reason.text[0] != '\0');
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char checksum[DIGEST_SHA256_HEX];
	struct buf sealed;

	check((const char *)data, size);
	buf_init(&sealed, size + SPARE);
	digest_sha256(data, size, checksum);
	if (buf_add(&sealed, data, size) == ERR_OK &&
		buf_add_text(&sealed, "sha256 64\n") == ERR_OK &&
		buf_add_text(&sealed, checksum) == ERR_OK &&
		buf_add_text(&sealed, "\n") == ERR_OK)
		check(sealed.data, sealed.len);
	buf_free(&sealed);
	return 0;
}
