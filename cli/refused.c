#include "config.h"

#include "refused.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOG_MARK "hookswitch-"

/* The next line of *text without its end, which becomes a NUL. */
static char *
next_line(char **text, char *end)
{
	char *line = *text;
	char *newline = memchr(line, '\n', (size_t)(end - line));

	*text = newline != NULL ? newline + 1 : end;
	if (newline == NULL)
		return line;
	*newline = '\0';
	if (newline > line && newline[-1] == '\r')
		newline[-1] = '\0';
	return line;
}

static bool
starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* "POST /path HTTP/1.1": whether a text begins with such a line. */
static bool
is_request_line(const char *text)
{
	size_t method = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	const char *target = text + method + 1;
	size_t len;

	if (method < 3 || method > 10 || text[method] != ' ')
		return false;
	len = strcspn(target, " \r\n");
	return len > 0 && starts_with(target + len, " HTTP/");
}

/* What was added; NULL if the line is no header, or there are too many. */
static struct refused_header *
add_header(struct refused *refused, char *line)
{
	char *colon = strchr(line, ':');
	struct refused_header *header;

	if (colon == NULL || colon == line ||
		refused->n_headers == REFUSED_HEADERS)
		return NULL;
	header = &refused->headers[refused->n_headers++];
	*colon = '\0';
	header->name = line;
	header->value = colon + 1 + strspn(colon + 1, " \t");
	header->len = strlen(header->value);
	return header;
}

/*
 * The body as long as it was announced: a newline more is from whoever saved
 * it.
 */
static void
take_body(struct refused *refused, char *body, size_t len)
{
	const char *announced = refused_value(refused, "Content-Length");
	bool has_length = announced != NULL &&
			  isdigit((unsigned char)announced[0]) &&
			  strlen(announced) < 10;
	size_t length = has_length ? strtoul(announced, NULL, 10) : 0;

	while (len > length && len > 0 && strchr("\r\n", body[len - 1]) != NULL)
		len--;
	body[len] = '\0';
	refused->body = body;
	refused->body_len = len;
	refused->is_cut = has_length && length != len;
}

static void
read_http(struct refused *refused, char *text, size_t len)
{
	char *end = text + len;
	char *line = next_line(&text, end);

	refused->source = REFUSED_HTTP;
	refused->method = line;
	line += strcspn(line, " ");
	*line++ = '\0';
	refused->target = line;
	line[strcspn(line, " ")] = '\0';
	while (text < end && *(line = next_line(&text, end)) != '\0')
		(void)add_header(refused, line);
	take_body(refused, text, (size_t)(end - text));
}

/* Text behind a mark in a line; NULL if the mark is not there. */
static char *
behind(char *line, const char *mark)
{
	char *found = strstr(line, mark);

	return found != NULL ? found + strlen(mark) : NULL;
}

/* 'POST /path?... from 192.0.2.7, type "T", 77 bytes' */
static void
read_log_request(struct refused *refused, char *text)
{
	char *from = strstr(text, " from ");
	char *type = behind(from, ", type ");
	char *target = strchr(text, ' ');

	*from = '\0';
	*target++ = '\0';
	refused->method = text;
	refused->target = target;
	refused->has_query = strlen(target) > 4 &&
			     strcmp(target + strlen(target) - 4, "?...") == 0;
	if (refused->has_query)
		target[strlen(target) - 4] = '\0';
	/* Apache writes a quote as \". */
	if (type != NULL) {
		type += strspn(type, "\\\"");
		type[strcspn(type, "\\\"")] = '\0';
		refused->type = type;
	}
}

/* "NAME: value", or "NAME: 28 characters" */
static void
read_log_header(struct refused *refused, char *text)
{
	struct refused_header *header = add_header(refused, text);
	char *end;

	if (header == NULL || !isdigit((unsigned char)header->value[0]))
		return;
	header->len = strtoul(header->value, &end, 10);
	if (strcmp(end, " characters") == 0)
		header->value = NULL;
	else
		header->len = strlen(header->value);
}

/*
 * Behind "403, not stored: why; HOOKSWITCH_LOG = debug tells more", or, where
 * health.fcgi was asked, "not verified: why"; NULL if it is another line.
 */
static char *
find_outcome(char *text)
{
	char *why = behind(text, "not stored: ");

	return why != NULL ? why : behind(text, "not verified: ");
}

static void
read_log_outcome(struct refused *refused, char *why)
{
	char *more = strstr(why, "; HOOKSWITCH_LOG = debug");

	if (more != NULL)
		*more = '\0';
	refused->why = why;
	refused->n_refused++;
}

/* Another request begins; of the one before, the count stays. */
static void
begin_log_request(struct refused *refused)
{
	const struct refused before = *refused;

	memset(refused, 0, sizeof *refused);
	refused->source = REFUSED_LOG;
	refused->n_refused = before.n_refused;
	refused->text = before.text;
	refused->text_len = before.text_len;
}

static bool
is_log_request(const char *text)
{
	return (starts_with(text, "GET /") || starts_with(text, "POST /")) &&
	       strstr(text, " from ") != NULL;
}

/* What a line of hookswitch says, behind its name. */
static void
read_log_line(struct refused *refused, char *text)
{
	char *rest;

	if (is_log_request(text)) {
		begin_log_request(refused);
		read_log_request(refused, text);
	} else if ((rest = find_outcome(text)) != NULL) {
		/* Without debug there is nothing but these. */
		if (refused->why != NULL)
			begin_log_request(refused);
		read_log_outcome(refused, rest);
	} else if (starts_with(text, "header ")) {
		read_log_header(refused, text + strlen("header "));
	} else if ((rest = behind(text, "parameters of the body: ")) != NULL) {
		refused->names = rest;
	} else if (starts_with(text, "no parameters in the body")) {
		refused->names = "";
	} else if (starts_with(text, "tried URL ") &&
		   refused->n_tried < REFUSED_TRIED) {
		refused->tried[refused->n_tried++] =
			text + strlen("tried URL ");
	}
}

/* Where in a line hookswitch begins to speak; NULL if it does not. */
static char *
find_log_text(char *line)
{
	char *mark = strstr(line, LOG_MARK);
	size_t name;

	if (mark == NULL)
		return NULL;
	mark += strlen(LOG_MARK);
	name = strspn(mark, "abcdefghijklmnopqrstuvwxyz-");
	return name > 0 && starts_with(mark + name, ": ") ? mark + name + 2
							  : NULL;
}

/* False, and text unchanged but for its line ends, if it is no log. */
static bool
is_log(const char *text)
{
	const char *mark = text;

	while ((mark = strstr(mark, LOG_MARK)) != NULL) {
		const char *name = mark + strlen(LOG_MARK);
		size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz-");

		if (len > 0 && starts_with(name + len, ": "))
			return true;
		mark = name;
	}
	return false;
}

static void
read_log(struct refused *refused, char *text, size_t len)
{
	char *end = text + len;

	begin_log_request(refused);
	while (text < end) {
		char *said = find_log_text(next_line(&text, end));

		if (said != NULL)
			read_log_line(refused, said);
	}
}

enum err
refused_read(struct refused *refused, const void *text, size_t len)
{
	memset(refused, 0, sizeof *refused);
	refused->text = malloc(len + 1);
	if (refused->text == NULL)
		return ERR_MEMORY;
	if (len > 0)
		memcpy(refused->text, text, len);
	refused->text[len] = '\0';
	refused->text_len = len;
	if (is_request_line(refused->text))
		read_http(refused, refused->text, len);
	else if (is_log(refused->text))
		read_log(refused, refused->text, len);
	else
		take_body(refused, refused->text, len);
	return ERR_OK;
}

void
refused_free(struct refused *refused)
{
	if (refused->text != NULL)
		explicit_bzero(refused->text, refused->text_len);
	free(refused->text);
	memset(refused, 0, sizeof *refused);
}

/* Names are equal in any case, and "_" of a log is "-" on the wire. */
static bool
is_name(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		int x = *a == '_' ? '-' : tolower((unsigned char)*a);

		if (x != tolower((unsigned char)*b))
			return false;
	}
	return *a == *b;
}

const struct refused_header *
refused_find(const struct refused *refused, const char *name, size_t *n)
{
	const struct refused_header *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < refused->n_headers; i++)
		if (is_name(refused->headers[i].name, name)) {
			if (count++ == 0)
				first = &refused->headers[i];
		}
	if (n != NULL)
		*n = count;
	return first;
}

const char *
refused_value(const struct refused *refused, const char *name)
{
	const struct refused_header *header = refused_find(refused, name, NULL);

	return header != NULL ? header->value : NULL;
}
