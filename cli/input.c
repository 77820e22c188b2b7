#include "config.h"

#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_form.h"

static enum err
read_all(struct buf *out, FILE *in, const char *path, struct reason *reason)
{
	char chunk[4096];
	size_t n = sizeof chunk;
	enum err err = ERR_OK;

	/* Who ends what he types need not do so twice. */
	while (err == ERR_OK && n == sizeof chunk) {
		n = fread(chunk, 1, sizeof chunk, in);
		err = buf_add(out, chunk, n);
	}
	explicit_bzero(chunk, sizeof chunk);
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err, "file \"%s\" exceeds %zu bytes",
			path, out->max);
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	if (ferror(in))
		return err_reason(reason, ERR_IO,
			"could not read file \"%s\": %s", path,
			strerror(errno));
	return ERR_OK;
}

enum err
input_read(struct buf *out, const char *path, struct reason *reason)
{
	FILE *in;
	enum err err;

	if (strcmp(path, "-") == 0)
		return read_all(out, stdin, "-", reason);
	in = fopen(path, "re");
	if (in == NULL)
		return err_reason(reason, ERR_IO,
			"could not open file \"%s\": %s", path,
			strerror(errno));
	err = read_all(out, in, path, reason);
	(void)fclose(in);
	return err;
}

enum err
input_read_form(struct buf *out, const char *path, struct reason *reason)
{
	enum err err = input_read(out, path, reason);

	if (err != ERR_OK)
		return err;
	while (out->len > 0 && strchr("\r\n", out->data[out->len - 1]) != NULL)
		out->data[--out->len] = '\0';
	return ERR_OK;
}

const char *
input_find_bad(char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words[i][0] == '=' || strchr(words[i], '=') == NULL)
			return words[i];
	return NULL;
}

static enum err
add_word(struct buf *out, const char *word, struct reason *reason)
{
	const char *equals = strchr(word, '=');
	char *name = strndup(word, (size_t)(equals - word));
	enum err err = name != NULL ? http_add_pair(out, name, equals + 1)
				    : ERR_MEMORY;

	free(name);
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err,
			"the parameters exceed %zu bytes", out->max);
	return err == ERR_OK ? err : err_reason(reason, err, "out of memory");
}

enum err
input_add_words(
	struct buf *out, char *const *words, size_t n, struct reason *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < n && err == ERR_OK; i++)
		err = add_word(out, words[i], reason);
	return err;
}
