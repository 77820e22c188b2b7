#ifndef HOOKSWITCH_CHANGE_H
#define HOOKSWITCH_CHANGE_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "json.h"
#include "twilio.h"
#include "webhook_urls.h"

/*
 * Changes of what resources of an account have in places for URLs, and of the
 * methods beside them.
 */

/* What has become of one. */
enum change_outcome {
	CHANGE_PLANNED, /* nothing was asked */
	CHANGE_DONE,
	CHANGE_FAILED,   /* it is as it was, or other than it should be */
	CHANGE_UNKNOWN,  /* done or not: no answer came */
	CHANGE_NEEDLESS, /* it is so already */
	CHANGE_LEFT,     /* it cannot be changed here, or is not ours to be */
	CHANGE_OUTCOME__MAX
};

/* As a script reads it, "done". */
const char *change_outcome_name(enum change_outcome outcome);

/* The same of a kind, "number". */
const char *change_kind_name(enum webhook_kind kind);

struct change {
	enum webhook_kind kind;
	const struct webhook_place *place; /* of that kind */
	const char *sid, *name;            /* of the resource */
	const char *parameter;             /* "VoiceUrl" */
	const char *member;                /* "voice_url" */
	const char *old, *new;             /* values; "" for none */
	struct reason why; /* why it is left, or failed; or "" */
	enum change_outcome outcome;
	char *texts; /* what sid, name, old and new are in */
};

/* Those of one resource stand together. */
struct changes {
	struct change *items;
	size_t n;
	size_t size; /* allocated */
};

/* Makes *changes empty.  The caller ends with changes_free. */
void changes_init(struct changes *changes);
void changes_free(struct changes *changes);

/* Adds what a finding needs that is drift; nothing if it is none. */
enum err changes_add_finding(struct changes *changes,
	const struct webhook_finding *finding) NODISCARD;

/* How many have come to that. */
size_t changes_count(
	const struct changes *changes, enum change_outcome outcome);

/* The end of those of one resource, of which first is the first. */
size_t changes_group(const struct changes *changes, size_t first);

/*
 * Makes the planned changes of one resource, from first up to end, with one
 * request.  Each then says what has become of it; the error, with its reason,
 * is that of the request.  Where no answer tells, the resource is asked.
 */
enum err changes_make(struct changes *changes, size_t first, size_t end,
	struct twilio *twilio, struct reason *reason) NODISCARD;

/*
 * Turns the changes of one resource round: those that the resource still has
 * are planned, from new to old; those that it has not are needless; what
 * somebody else has put there is left, and a method beside such a URL.  Errors
 * as twilio_send; all are left if the resource is gone.
 */
enum err changes_turn(struct changes *changes, size_t first, size_t end,
	struct twilio *twilio, struct reason *reason) NODISCARD;

/* Appends those that are planned, for account_sid, as a JSON document. */
enum err changes_write(const struct changes *changes, const char *account_sid,
	struct buf *out) NODISCARD;

/*
 * Adds those of such a document, and copies whose they are.  ERR_MALFORMED,
 * with the reason, if it is none.
 */
enum err changes_read(struct changes *changes, const struct json *document,
	char account_sid[64], struct reason *reason) NODISCARD;

#endif
