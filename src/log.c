#include "config.h"

#include "log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "limit.h"
#include "utf8.h"

static const char *const level_names[] = {"error", "info", "debug"};

bool
log_level_parse(const char *name, enum log_level *level)
{
	const size_t n = sizeof level_names / sizeof level_names[0];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* The length of a character that may stand in a line as it is, else 0. */
static size_t
printable(const char *text, size_t len)
{
	size_t step = utf8_char(text, len);
	unsigned char first = (unsigned char)text[0];

	if (step == 1 && (first < 0x20 || first == 0x7F || first == '\\'))
		return 0;
	if (step == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0)
		return 0; /* C1 controls drive terminals too */
	return step;
}

/* Copies text, escaped, into out of size bytes; cuts at a whole character. */
static void
escape(char *out, size_t size, const char *text)
{
	size_t len = strlen(text), at = 0, used = 0;

	while (at < len) {
		size_t step = printable(text + at, len - at);
		size_t need = step > 0 ? step : 4;

		if (used + need >= size)
			break;
		if (step > 0)
			memcpy(out + used, text + at, step);
		else if (text[at] == '\\')
			need = (size_t)snprintf(out + used, 5, "\\\\");
		else
			(void)snprintf(out + used, 5, "\\x%02X",
				(unsigned)(unsigned char)text[at]);
		used += need;
		at += step > 0 ? step : 1;
	}
	out[used] = '\0';
}

void
log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	char text[LIMIT_LOG_LINE], line[LIMIT_LOG_LINE];
	int prefix;
	va_list args;

	if (level > log->level)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	prefix = snprintf(line, sizeof line, "hookswitch-%.32s: ", log->name);
	escape(line + prefix, sizeof line - (size_t)prefix, text);
	log->write(log->context, line);
}
