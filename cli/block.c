#include "config.h"

#include "block.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"

#define BEGIN "# BEGIN hookswitch"
#define END "# END hookswitch"

/* Of the digest so many digits are written: it guards against nobody. */
#define DIGITS 16

/* A line that begins with a mark; NULL if there is none from text on. */
static const char *
find_line(const char *text, const char *mark)
{
	const char *at = text;

	while ((at = strstr(at, mark)) != NULL) {
		if (at == text || at[-1] == '\n')
			return at;
		at++;
	}
	return NULL;
}

/* Where the line after this one begins. */
static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/* A digest of text up to end, without the CR of any CR LF. */
static enum err
make_digest(const char *text, const char *end, char hex[DIGEST_SHA256_HEX])
{
	struct buf plain;
	enum err err = ERR_OK;

	buf_init(&plain, (size_t)(end - text));
	for (; text < end && err == ERR_OK; text++)
		if (*text != '\r')
			err = buf_add(&plain, text, 1);
	if (err == ERR_OK)
		digest_sha256(buf_text(&plain), plain.len, hex);
	buf_free(&plain);
	return err;
}

/* Whether what is between the marks is what the first one says. */
static enum err
compare(const char *begin, const char *end, struct block *block)
{
	const char *written = begin + strlen(BEGIN);
	char hex[DIGEST_SHA256_HEX];
	enum err err = make_digest(next_line(begin), end, hex);

	written += strspn(written, " ");
	block->state = err == ERR_OK && strncmp(written, hex, DIGITS) == 0
			       ? BLOCK_OURS
			       : BLOCK_CHANGED;
	return err;
}

enum err
block_find(const char *text, struct block *block)
{
	const char *begin = find_line(text, BEGIN);
	const char *end = find_line(text, END);

	memset(block, 0, sizeof *block);
	if (begin == NULL && end == NULL)
		return ERR_OK;
	block->state = BLOCK_BROKEN;
	if (begin == NULL || end == NULL || end < begin ||
		find_line(next_line(begin), BEGIN) != NULL ||
		find_line(next_line(end), END) != NULL)
		return ERR_OK;
	block->start = (size_t)(begin - text);
	block->end = (size_t)(next_line(end) - text);
	return compare(begin, end, block);
}

static enum err
add_block(struct buf *out, const char *content)
{
	char hex[DIGEST_SHA256_HEX], mark[160];
	enum err err = make_digest(content, content + strlen(content), hex);

	(void)snprintf(mark, sizeof mark,
		BEGIN " %.*s: \"hookswitch init\" renews these lines up to "
		      "END, unless you change them.\n",
		DIGITS, hex);
	if (err == ERR_OK)
		err = buf_add_text(out, mark);
	if (err == ERR_OK)
		err = buf_add_text(out, content);
	return err == ERR_OK ? buf_add_text(out, END "\n") : err;
}

enum err
block_put(struct buf *out, const char *text, const struct block *block,
	const char *content)
{
	const char *rest = text + block->end;
	enum err err = buf_add(out, text, block->start);

	if (err == ERR_OK)
		err = add_block(out, content);
	/* An empty line between ours and theirs. */
	if (err == ERR_OK && block->state == BLOCK_NONE && rest[0] != '\0' &&
		rest[0] != '\n')
		err = buf_add(out, "\n", 1);
	return err == ERR_OK ? buf_add_text(out, rest) : err;
}
