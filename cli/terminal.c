#include "config.h"

#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

/* Where a line of text ends. */
#define WIDTH 78

static const char *const codes[] = {
	[COLOUR_NONE] = "\033[0m",
	[COLOUR_GOOD] = "\033[32m",
	[COLOUR_BAD] = "\033[31m",
	[COLOUR_STRONG] = "\033[1m",
	[COLOUR_FAINT] = "\033[2m",
};

static atomic_bool is_shown; /* progress is */

static bool
is_fancy(FILE *out)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if ((no != NULL && no[0] != '\0') ||
		(term != NULL && strcmp(term, "dumb") == 0))
		return false;
	return isatty(fileno(out)) == 1;
}

const char *
terminal_colour(FILE *out, enum colour colour)
{
	return is_fancy(out) ? codes[colour] : "";
}

void
terminal_progress(const char *format, ...)
{
	char line[128];
	va_list args;

	if (!is_fancy(stderr))
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	flockfile(stderr); /* there may be threads */
	fputc('\r', stderr);
	terminal_print_part(stderr, line, strlen(line));
	fputs("\033[K", stderr);
	funlockfile(stderr);
	atomic_store(&is_shown, true);
}

void
terminal_progress_end(void)
{
	if (atomic_exchange(&is_shown, false))
		fprintf(stderr, "\r\033[K");
}

bool
terminal_is_read(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) <= 0 || (out.revents & POLLERR) == 0;
}

int
terminal_flush(void)
{
	static int first;

	errno = 0;
	if ((fflush(stdout) == 0 && ferror(stdout) == 0) || first != 0)
		return first;
	/* A full buffer was written before, and nobody has kept why not. */
	first = errno != 0 ? errno : EIO;
	if (!terminal_is_read())
		first = EPIPE;
	return first;
}

bool
terminal_can_ask(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

/* One character of len bytes, which is UTF-8 if n is not 0. */
static void
print_character(FILE *out, const char *text, size_t n)
{
	unsigned char byte = (unsigned char)*text;
	/* C1 control characters are 0x80 to 0x9F, in UTF-8 after 0xC2. */
	bool is_control =
		(n == 1 && (byte < ' ' || byte == 0x7F) && byte != '\t') ||
		(n == 2 && byte == 0xC2 && (unsigned char)text[1] < 0xA0);

	if (n > 0 && !is_control)
		(void)fwrite(text, 1, n, out);
	else
		for (size_t i = 0; i < (n > 0 ? n : 1); i++)
			fprintf(out, "\\x%02X", (unsigned char)text[i]);
}

void
terminal_print(FILE *out, const char *before, const char *text, size_t len)
{
	bool is_start = true;

	while (len > 0) {
		size_t n = utf8_char(text, len);

		if (is_start)
			fputs(before, out);
		is_start = *text == '\n';
		if (is_start)
			fputc('\n', out);
		else if (*text != '\r' || len == 1 || text[1] != '\n')
			print_character(out, text, n);
		n = n > 0 ? n : 1;
		text += n;
		len -= n;
	}
	if (!is_start)
		fputc('\n', out);
}

void
terminal_print_part(FILE *out, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = utf8_char(text, len);

		print_character(out, text, n);
		n = n > 0 ? n : 1;
		text += n;
		len -= n;
	}
}

void
terminal_print_wrapped(FILE *out, size_t column, const char *text)
{
	size_t at = column;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', out);
			at++;
		}
		terminal_print_part(out, text, len);
		at += len;
		text += len + (text[len] == ' ');
	}
	fputc('\n', out);
}
