#ifndef HOOKSWITCH_REFUSED_H
#define HOOKSWITCH_REFUSED_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * A request that was refused, as far as a person has it: as it was on the
 * wire, as a form's body alone, or as lines of the error log.
 */

/* Ceilings; what is over them is left out. */
#define REFUSED_INPUT (512 * 1024)
#define REFUSED_HEADERS 100
#define REFUSED_TRIED 16

enum refused_source {
	REFUSED_FORM, /* a body, or nothing at all */
	REFUSED_HTTP, /* request line, headers, body */
	REFUSED_LOG,  /* names, and few values */
};

struct refused_header {
	const char *name;  /* as on the wire; in a log "X_TWILIO_SIGNATURE" */
	const char *value; /* NULL: only its length is known */
	size_t len;
};

struct refused {
	enum refused_source source;
	const char *method; /* NULL: not known */
	const char *target; /* raw; NULL: not known */
	bool has_query;     /* of the log: the target had one, not known */
	struct refused_header headers[REFUSED_HEADERS];
	size_t n_headers;
	const char *body; /* NULL: not known */
	size_t body_len;
	bool is_cut; /* the body is not as long as it was announced */
	/* Of a log alone. */
	const char *type;  /* content type */
	const char *why;   /* "the request has no X-Twilio-Signature header" */
	const char *names; /* of the body's parameters: "From, Body" */
	const char *tried[REFUSED_TRIED]; /* URLs */
	size_t n_tried;
	size_t n_refused; /* requests in it; the last one is described */
	char *text;       /* what all this points into */
	size_t text_len;
};

/*
 * Reads a request from len bytes, and tells by itself what they are: a
 * request line, lines of hookswitch in a log, or else a form's body, of which
 * newlines at its end are no part.  ERR_MEMORY without memory.  The caller
 * ends with refused_free.
 */
enum err refused_read(
	struct refused *refused, const void *text, size_t len) NODISCARD;

/* Frees and wipes; *refused is then empty. */
void refused_free(struct refused *refused);

/*
 * A header by its name on the wire, in any case; NULL if it is not there.
 * *n, unless n is NULL, gets how many there are.
 */
const struct refused_header *refused_find(
	const struct refused *refused, const char *name, size_t *n);

/* Its value; NULL if it is not there, or not known. */
const char *refused_value(const struct refused *refused, const char *name);

#endif
