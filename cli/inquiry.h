#ifndef HOOKSWITCH_INQUIRY_H
#define HOOKSWITCH_INQUIRY_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "diagnosis.h"
#include "digest.h"
#include "err.h"
#include "intake.h"
#include "url_parts.h"
#include "url_variant.h"

/*
 * What is known of a request that was refused, put in order: only
 * diagnosis.c and plain.c look at it.
 */

/* A URL, and the text that its parts point into. */
struct inquiry_url {
	struct buf text;
	struct url_parts parts;
	bool is_known;
};

struct inquiry {
	const struct question *question;
	const char *method; /* "" if it is not known */
	const char *type;   /* content type, "" if it is not known */
	enum carrier carrier;
	bool knows_parameters;
	struct intake intake;
	/* The header as it came, NULL if there is none, "" if only its length
	 * is known; and, where it can be one, the signature in it. */
	const char *header;
	size_t header_len;
	char signature[DIGEST_SIGNATURE_SIZE];
	bool has_signature;
	struct inquiry_url given; /* in Twilio's console */
	struct inquiry_url seen;  /* what the endpoint takes it for */
	const char *path;         /* that was asked for; NULL: not known */
	struct inquiry_url others[URL_VARIANT_HINTS];
	size_t n_others;
	struct url_piece prefix; /* of HOOKSWITCH_PUBLIC_URL */
};

/* Fills *inquiry; errors as diagnose.  The caller ends with inquiry_free. */
enum err inquiry_open(struct inquiry *inquiry, const struct question *question,
	struct reason *reason) NODISCARD;

void inquiry_free(struct inquiry *inquiry);

/*
 * The first value of a header that a proxy writes, which may be a list, as a
 * piece; empty if it is not there.
 */
struct url_piece inquiry_header(
	const struct inquiry *inquiry, const char *name);

#endif
