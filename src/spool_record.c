#include "config.h"

#include "spool_record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "limit.h"

#define MAGIC "hookswitch-spool"
#define RECORD_VERSION "1"
#define CHECKSUM "sha256"

static const char *const carriers[] = {"query", "form", "json"};

struct spool_text
spool_text(const char *text)
{
	return (struct spool_text){text, strlen(text)};
}

/* Text of a received_at: seconds, point, nine digits. */
#define TIME_SIZE 32

static enum err
add_field(struct buf *out, const char *name, const char *data, size_t len)
{
	char head[64];
	enum err err;

	(void)snprintf(head, sizeof head, "%s %zu\n", name, len);
	err = buf_add_text(out, head);
	if (err == ERR_OK)
		err = buf_add(out, data, len);
	if (err == ERR_OK)
		err = buf_add_text(out, "\n");
	return err;
}

/* The fields that say what was asked, without when. */
static enum err
add_content(struct buf *out, const struct spool_record *record)
{
	const char *carrier = carriers[record->carrier];
	const struct {
		const char *name;
		struct spool_text text;
	} fields[] = {
		{"endpoint", record->endpoint          },
		{"account",  record->account_sid       },
		{"carrier",  {carrier, strlen(carrier)}},
		{"query",    record->query             },
		{"body",     record->body              },
	};
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < 5; i++)
		err = add_field(out, fields[i].name, fields[i].text.data,
			fields[i].text.len);
	return err;
}

enum err
spool_record_name(
	const struct spool_record *record, char name[DIGEST_SHA256_HEX])
{
	struct buf content;
	enum err err;

	buf_init(&content, LIMIT_SPOOL_RECORD);
	err = add_content(&content, record);
	if (err == ERR_OK)
		digest_sha256(content.data, content.len, name);
	buf_free(&content);
	return err;
}

enum err
spool_record_format(struct buf *out, const struct spool_record *record)
{
	char received[TIME_SIZE], checksum[DIGEST_SHA256_HEX];
	enum err err =
		add_field(out, MAGIC, RECORD_VERSION, strlen(RECORD_VERSION));

	(void)snprintf(received, sizeof received, "%lld.%09ld",
		(long long)record->received_at.tv_sec,
		record->received_at.tv_nsec);
	if (err == ERR_OK)
		err = add_field(out, "received", received, strlen(received));
	if (err == ERR_OK)
		err = add_field(out, "token", record->idempotency_token.data,
			record->idempotency_token.len);
	if (err == ERR_OK)
		err = add_content(out, record);
	if (err == ERR_OK)
		digest_sha256(out->data, out->len, checksum);
	if (err == ERR_OK)
		err = add_field(out, CHECKSUM, checksum, strlen(checksum));
	return err;
}

/* Where parsing has come to. */
struct cursor {
	const char *at, *end;
};

/* A run of digits, at most 18 of them, before the given character. */
static bool
take_number(struct cursor *cursor, char behind, unsigned long long *number)
{
	int n = 0;

	*number = 0;
	while (cursor->at < cursor->end && *cursor->at >= '0' &&
		*cursor->at <= '9' && n++ < 18)
		*number = *number * 10 + (unsigned)(*cursor->at++ - '0');
	if (n == 0 || cursor->at == cursor->end || *cursor->at != behind)
		return false;
	cursor->at++;
	return true;
}

/* The field of that name: "name length\nbytes\n". */
static bool
take_field(struct cursor *cursor, const char *name, struct spool_text *text)
{
	size_t len = strlen(name), left = (size_t)(cursor->end - cursor->at);
	unsigned long long announced;

	if (left <= len || memcmp(cursor->at, name, len) != 0 ||
		cursor->at[len] != ' ')
		return false;
	cursor->at += len + 1;
	if (!take_number(cursor, '\n', &announced))
		return false;
	left = (size_t)(cursor->end - cursor->at);
	if (left <= announced || cursor->at[announced] != '\n')
		return false;
	text->len = (size_t)announced;
	text->data = cursor->at;
	cursor->at += text->len + 1;
	return true;
}

static bool
is_text(struct spool_text text, const char *other)
{
	return text.len == strlen(other) &&
	       memcmp(text.data, other, text.len) == 0;
}

static bool
parse_carrier(struct spool_text text, enum carrier *carrier)
{
	const size_t n = sizeof carriers / sizeof carriers[0];

	for (size_t i = 0; i < n; i++) {
		if (is_text(text, carriers[i])) {
			*carrier = (enum carrier)i;
			return true;
		}
	}
	return false;
}

/* "seconds.nanoseconds", to the newline behind it. */
static bool
parse_received(struct spool_text text, struct timespec *received)
{
	struct cursor cursor = {text.data, text.data + text.len + 1};
	unsigned long long seconds, nanoseconds;

	if (!take_number(&cursor, '.', &seconds) ||
		!take_number(&cursor, '\n', &nanoseconds) ||
		cursor.at != cursor.end || nanoseconds > 999999999)
		return false;
	received->tv_sec = (time_t)seconds;
	received->tv_nsec = (long)nanoseconds;
	return true;
}

static enum err
damaged(struct reason *reason, const char *what)
{
	return err_reason(
		reason, ERR_MALFORMED, "the record is damaged: %s", what);
}

/* The last field, which is to be the digest of what is before it. */
static enum err
check_checksum(struct cursor *cursor, const char *start, struct reason *reason)
{
	const char *before = cursor->at;
	char computed[DIGEST_SHA256_HEX];
	struct spool_text checksum;

	digest_sha256(start, (size_t)(before - start), computed);
	if (!take_field(cursor, CHECKSUM, &checksum) ||
		!is_text(checksum, computed) || cursor->at != cursor->end)
		return damaged(reason, "its checksum does not fit");
	return ERR_OK;
}

/* The fields in their order; the checksum is not looked at. */
static bool
take_fields(struct cursor *cursor, struct spool_record *record,
	struct spool_text *received, struct spool_text *carrier)
{
	return take_field(cursor, "received", received) &&
	       take_field(cursor, "token", &record->idempotency_token) &&
	       take_field(cursor, "endpoint", &record->endpoint) &&
	       take_field(cursor, "account", &record->account_sid) &&
	       take_field(cursor, "carrier", carrier) &&
	       take_field(cursor, "query", &record->query) &&
	       take_field(cursor, "body", &record->body);
}

/* Puts a NUL where a field's newline is. */
static void
terminate(char *start, struct spool_text text)
{
	start[text.data + text.len - start] = '\0';
}

enum err
spool_record_parse(struct spool_record *record, char *text, size_t len,
	struct reason *reason)
{
	struct cursor cursor = {text, text};
	struct spool_text version, received, carrier;
	enum err err;

	memset(record, 0, sizeof *record);
	if (len > 0) /* what is empty may be NULL */
		cursor.end += len;
	if (!take_field(&cursor, MAGIC, &version))
		return damaged(reason, "it does not begin as one");
	if (!is_text(version, RECORD_VERSION))
		return err_reason(reason, ERR_MALFORMED,
			"the record is of version \"%.*s\", and this program "
			"reads version " RECORD_VERSION "; move it to new/ "
			"when it reads that one too",
			(int)(version.len < 9 ? version.len : 9), version.data);
	if (!take_fields(&cursor, record, &received, &carrier))
		return damaged(reason, "a field is missing or too short");
	err = check_checksum(&cursor, text, reason);
	if (err != ERR_OK)
		return err;
	if (!parse_received(received, &record->received_at) ||
		!parse_carrier(carrier, &record->carrier))
		return damaged(reason, "a field holds what it cannot");
	terminate(text, record->idempotency_token);
	terminate(text, record->endpoint);
	terminate(text, record->account_sid);
	terminate(text, record->query);
	terminate(text, record->body);
	return ERR_OK;
}
