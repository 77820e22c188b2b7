#ifndef HOOKSWITCH_QUERY_H
#define HOOKSWITCH_QUERY_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "form.h"
#include "request.h"

/*
 * The query of a GET: parameters of which each is known, there once at the
 * most, and text.  A misspelt one must not pass for one that is not there.
 */

struct query {
	struct form form;
	struct buf text; /* that the form points into */
};

/*
 * Reads the request's query.  ERR_MALFORMED for one that is no well-formed
 * query, has a name twice, or a value with NUL or bytes that are no UTF-8;
 * ERR_TOO_LARGE over LIMIT_TARGET, ERR_MEMORY.  The caller ends with
 * query_free in every case.
 */
enum err query_read(struct query *query, const struct request *request,
	struct reason *reason) NODISCARD;

void query_free(struct query *query);

/* A value; NULL if it is not there, or is empty. */
const char *query_value(const struct query *query, const char *name);

/* ERR_MALFORMED, naming it, if there is any parameter but these; NULL ends. */
enum err query_allow(const struct query *query, const char *const *names,
	struct reason *reason) NODISCARD;

/*
 * A number from 1 to max; *number stays as it is if there is none.
 * ERR_MALFORMED, naming the parameter, for what is none.
 */
enum err query_number(const struct query *query, const char *name, size_t max,
	size_t *number, struct reason *reason) NODISCARD;

#endif
