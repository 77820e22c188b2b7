#include "config.h"

#include "reply_cache.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "file.h"
#include "limit.h"

#define FOLDER "replies"

/* The file's name is a digest: an address is a sender's text. */
static bool
make_path(
	char *path, size_t size, const char *spool, const struct reply_key *key)
{
	const char *parts[] = {key->what, key->account_sid, key->address,
		key->campaign, key->contact};
	char name[DIGEST_SHA256_HEX];
	struct buf text;
	enum err err = ERR_OK;

	buf_init(&text, LIMIT_BODY);
	for (size_t i = 0; err == ERR_OK && i < sizeof parts / sizeof parts[0];
		i++)
		/* With its NUL, which no part has in it. */
		err = buf_add(&text, parts[i], strlen(parts[i]) + 1);
	if (err == ERR_OK)
		digest_sha256(text.data, text.len, name);
	buf_free(&text);
	return err == ERR_OK && (size_t)snprintf(path, size, "%s/" FOLDER "/%s",
					spool, name) < size;
}

static bool
is_kept(const char *path, const char *text)
{
	struct buf known;
	bool is_same;

	buf_init(&known, LIMIT_TWIML);
	is_same = file_read(&known, path, NULL) == ERR_OK &&
		  strcmp(buf_text(&known), text) == 0;
	buf_free(&known);
	return is_same;
}

void
reply_cache_keep(
	const char *spool, const struct reply_key *key, const char *text)
{
	char path[LIMIT_SETTING + 128];

	if (!make_path(path, sizeof path, spool, key))
		return;
	if (text == NULL)
		(void)unlink(path);
	else if (!is_kept(path, text))
		(void)!file_replace(path, text, strlen(text), NULL);
}

enum err
reply_cache_forget(const char *spool, const struct reply_key *key,
	bool only_looks, bool *is_known, struct reason *reason)
{
	char path[LIMIT_SETTING + 128];
	struct stat status;

	*is_known = false;
	if (!make_path(path, sizeof path, spool, key))
		return err_reason(reason, ERR_MEMORY, "out of memory");
	if (lstat(path, &status) != 0 && errno == ENOENT)
		return ERR_OK;
	*is_known = true;
	if (access(path, F_OK) != 0 ||
		(!only_looks && unlink(path) != 0 && errno != ENOENT))
		return err_reason(reason, ERR_IO,
			"could not delete \"%.200s\": %s", path,
			strerror(errno));
	return ERR_OK;
}

bool
reply_cache_find(
	struct buf *out, const char *spool, const struct reply_key *key)
{
	char path[LIMIT_SETTING + 128];

	return make_path(path, sizeof path, spool, key) &&
	       file_read(out, path, NULL) == ERR_OK;
}
