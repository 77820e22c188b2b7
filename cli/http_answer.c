#include "config.h"

#include "http_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
http_answer_init(struct http_answer *answer)
{
	memset(answer, 0, sizeof *answer);
	buf_init(&answer->headers, HTTP_HEADERS);
	buf_init(&answer->body, HTTP_BODY);
}

void
http_answer_free(struct http_answer *answer)
{
	buf_free(&answer->headers);
	buf_free(&answer->body);
}

void
http_answer_clear(struct http_answer *answer, size_t most)
{
	answer->status = 0;
	answer->trouble = HTTP_FINE;
	answer->is_sent = false;
	answer->seconds = 0;
	answer->expires = 0;
	answer->elsewhere[0] = '\0';
	buf_clear(&answer->headers);
	buf_clear(&answer->body);
	answer->body.max = most;
}

const char *
http_header(const struct http_answer *answer, const char *name)
{
	const char *header = buf_text(&answer->headers);
	const char *end = header + answer->headers.len;
	size_t len = strlen(name);

	for (; header < end; header += strlen(header) + 1)
		if (strncasecmp(header, name, len) == 0 && header[len] == ':')
			return header + len + 1 +
			       strspn(header + len + 1, " \t");
	return NULL;
}

unsigned
http_retry_after(const struct http_answer *answer)
{
	const char *text = http_header(answer, "Retry-After");
	unsigned long seconds;

	if (text == NULL || text[0] == '\0' ||
		text[strspn(text, "0123456789")] != '\0')
		return 0;
	seconds = strtoul(text, NULL, 10);
	return seconds < HTTP_RETRY_AFTER_MOST ? (unsigned)seconds
					       : HTTP_RETRY_AFTER_MOST;
}
