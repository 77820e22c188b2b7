#ifndef HOOKSWITCH_KEY_H
#define HOOKSWITCH_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "finding.h"
#include "settings.h"

/*
 * The keys that a request may have been signed with: all tokens of the
 * settings, each as it should have been written, and others to try.
 */

#define KEYS_MOST 128
#define KEYS_FILE (64 * 1024)

struct key {
	char *token;
	char name[128];       /* "token 2 of account AC0123", never the token */
	enum finding finding; /* what it would mean */
	unsigned cost;        /* 0: the one that the endpoint would take */
};

struct keys {
	struct key list[KEYS_MOST];
	size_t n;
	/* Whether the request's account is one of the settings'. */
	bool has_account;
	enum err err; /* of what could not be added */
};

/*
 * Fills *keys for a request of the account sid, NULL if it names none.
 * Errors as account_each.  In every case the caller ends with keys_free.
 */
enum err keys_load(struct keys *keys, const struct settings *settings,
	const char *sid, struct reason *reason) NODISCARD;

/*
 * Adds those of a file, which follows the rules of file_read_private: in each
 * line a name and tokens, or one token alone.  Errors as that.
 */
enum err keys_add_file(
	struct keys *keys, const char *path, struct reason *reason) NODISCARD;

/* Wipes and frees the tokens. */
void keys_free(struct keys *keys);

#endif
