#include "config.h"

#include "err.h"

#include <stdarg.h>
#include <stdio.h>

const char *
err_text(enum err err)
{
	/* No default, so that the compiler reports a forgotten code. */
	switch (err) {
	case ERR_OK:
		return "success";
	case ERR_MEMORY:
		return "out of memory";
	case ERR_TOO_LARGE:
		return "too large";
	case ERR_MALFORMED:
		return "malformed request";
	case ERR_METHOD:
		return "method not allowed";
	case ERR_TYPE:
		return "unsupported content type";
	case ERR_REFUSED:
		return "not signed by an account that may speak here";
	case ERR_SETTING:
		return "a setting is missing or cannot be used";
	case ERR_DATABASE:
		return "the database cannot take the request now";
	case ERR_REJECTED:
		return "the database does not accept the request";
	case ERR_IO:
		return "input/output error";
	case ERR__MAX:
		break;
	}
	return "unexpected error";
}

enum err
err_reason(struct reason *reason, enum err err, const char *format, ...)
{
	va_list args;

	if (reason != NULL) {
		va_start(args, format);
		(void)vsnprintf(
			reason->text, sizeof reason->text, format, args);
		va_end(args);
	}
	return err;
}
