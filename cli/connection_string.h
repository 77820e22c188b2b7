#ifndef HOOKSWITCH_CONNECTION_STRING_H
#define HOOKSWITCH_CONNECTION_STRING_H

#include <stdbool.h>

#include "buf.h"
#include "err.h"

/*
 * Passwords in connection strings of libpq, which are keywords and values or
 * a URI.  What else is in them is libpq's to say.
 */

/* Whether one has a password in it. */
bool connection_string_has_password(const char *string);

/* Whether it neither has one nor says where there is one. */
bool connection_string_lacks_password(const char *string);

/*
 * Appends a connection string with a password put into it.  ERR_TOO_LARGE
 * over the buffer's ceiling.
 */
enum err connection_string_add_password(
	struct buf *out, const char *string, const char *password) NODISCARD;

#endif
