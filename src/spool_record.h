#ifndef HOOKSWITCH_SPOOL_RECORD_H
#define HOOKSWITCH_SPOOL_RECORD_H

#include <stddef.h>
#include <time.h>

#include "buf.h"
#include "digest.h"
#include "err.h"
#include "intake.h"

/*
 * What a file of the spool says: one request as it came, and what verifying it
 * has shown.  It holds no token and no signature.
 *
 * A record is a sequence of fields, each "name length\nbytes\n", the version
 * first and a SHA-256 of all that comes before it last.
 */

struct spool_text {
	const char *data; /* followed by a NUL */
	size_t len;
};

/* A string as such a text, borrowed. */
struct spool_text spool_text(const char *text);

struct spool_record {
	struct spool_text endpoint;
	struct spool_text account_sid;
	struct spool_text idempotency_token; /* empty if there was none */
	struct spool_text query;
	struct spool_text body;
	enum carrier carrier;
	struct timespec received_at;
};

/*
 * Reads a record from len bytes at text, which it then points into, and in
 * which it ends each field with a NUL.
 * ERR_MALFORMED, with the reason, for one that is damaged or newer;
 * ERR_MEMORY if that could not be found out.
 */
enum err spool_record_parse(struct spool_record *record, char *text, size_t len,
	struct reason *reason) NODISCARD;

/* Appends a record as spool_record_parse reads it. */
enum err spool_record_format(
	struct buf *out, const struct spool_record *record) NODISCARD;

/*
 * The name of its file: a digest of what was asked, without when, so that the
 * same request has the same name.
 */
enum err spool_record_name(const struct spool_record *record,
	char name[DIGEST_SHA256_HEX]) NODISCARD;

#endif
