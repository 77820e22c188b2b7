#ifndef HOOKSWITCH_HTTP_FORM_H
#define HOOKSWITCH_HTTP_FORM_H

#include "buf.h"
#include "err.h"

/*
 * Names and values as they are sent: application/x-www-form-urlencoded.
 */

/*
 * Appends "name=value" to a form's body or a query, encoded, after an "&" if
 * *out is not empty.  A blank becomes "+".
 */
enum err http_add_pair(
	struct buf *out, const char *name, const char *value) NODISCARD;

#endif
