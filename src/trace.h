#ifndef HOOKSWITCH_TRACE_H
#define HOOKSWITCH_TRACE_H

#include <stddef.h>

#include "form.h"
#include "log.h"
#include "request.h"

/*
 * A request as a developer needs to see it who asks why nothing arrives:
 * method, path, the names in its query, headers, and the names of its
 * parameters.
 *
 * No value that could be a secret or a person's: of the parameters only the
 * names, where they look like names and not like a body of another type; of
 * the headers only the values of those that are known to hold none, and of the
 * others, the signature among them, how long they are.
 */

/* Writes it to the log, if that takes LOG_DEBUG; the first n_body of the
 * form's parameters are the body's. */
void trace_request(const struct log *log, const struct request *request,
	const struct form *form, size_t n_body);

#endif
