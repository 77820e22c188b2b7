#ifndef HOOKSWITCH_INTAKE_H
#define HOOKSWITCH_INTAKE_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "form.h"

/*
 * The parameters of a request, decoded, whether it has just come or was kept
 * in the spool.
 */

/* How the parameters are sent. */
enum carrier {
	CARRIER_QUERY, /* GET */
	CARRIER_FORM,  /* POST of a form */
	CARRIER_JSON,  /* POST of JSON: the query's are all there are */
	CARRIER__MAX
};

struct intake {
	struct form form; /* the body's parameters, then the query's */
	size_t n_body;    /* how many are the body's */
	struct buf body;  /* what the form points into */
	struct buf query;
};

/* Makes *intake empty.  The caller ends with intake_free. */
void intake_init(struct intake *intake);
void intake_free(struct intake *intake);

/*
 * Decodes a request's body, if that is a form, and its query.  Both are
 * copied first: whoever keeps a request keeps its very bytes.
 * ERR_MALFORMED as form_parse, ERR_TOO_LARGE over LIMIT_BODY or LIMIT_TARGET.
 */
enum err intake_parse(struct intake *intake, enum carrier carrier,
	const char *body, size_t body_len, const char *query, size_t query_len,
	struct reason *reason) NODISCARD;

#endif
