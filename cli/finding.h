#ifndef HOOKSWITCH_FINDING_H
#define HOOKSWITCH_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * What can be the matter with a request that was refused, and how it is
 * mended, in words for the person who runs the site.
 */

enum finding {
	FINDING_NONE,
	/* What the whole comes to. */
	FINDING_ACCEPTED,
	FINDING_URL_UNKNOWN,
	/* The URL that was signed is not the one that was seen. */
	FINDING_SCHEME_HTTPS,
	FINDING_SCHEME_HTTP,
	FINDING_WEBSOCKET,
	FINDING_USER_KEPT,
	FINDING_USER_REMOVED,
	FINDING_HOST_CASE,
	FINDING_HOST_WWW,
	FINDING_HOST_DOT,
	FINDING_HOST_OTHER,
	FINDING_PORT_HIDDEN,
	FINDING_PORT_SHOWN,
	FINDING_PORT_OTHER,
	FINDING_PATH_SLASH_LOST,
	FINDING_PATH_SLASH_ADDED,
	FINDING_PATH_PREFIX_LOST,
	FINDING_PATH_PREFIX_ADDED,
	FINDING_PATH_IN_SETTING,
	FINDING_PATH_DOUBLE_SLASH,
	FINDING_PATH_REWRITTEN,
	FINDING_PATH_CASE,
	FINDING_PATH_ESCAPES,
	FINDING_PATH_OTHER,
	FINDING_QUERY_ORDER,
	FINDING_QUERY_PLUS,
	FINDING_QUERY_BLANK,
	FINDING_QUERY_APOSTROPHE,
	FINDING_QUERY_HEX,
	FINDING_QUERY_DECODED,
	FINDING_QUERY_ENCODED,
	FINDING_QUERY_EMPTY,
	FINDING_QUERY_EQUALS,
	FINDING_QUERY_ENTITIES,
	FINDING_QUERY_LOST,
	FINDING_QUERY_ADDED,
	FINDING_QUERY_OTHER,
	/* The parameters that were signed are not those that came. */
	FINDING_BODY_NOT_SIGNED,
	FINDING_BODY_AS_QUERY,
	FINDING_BODY_PLUS,
	FINDING_BODY_EMPTY_DROPPED,
	FINDING_BODY_NULL,
	FINDING_BODY_TRIMMED,
	FINDING_BODY_NEWLINES,
	FINDING_BODY_CHARSET,
	FINDING_BODY_CHARSET_TWICE,
	FINDING_BODY_ENTITIES,
	FINDING_BODY_BACKSLASHES,
	FINDING_BODY_ENCODED_TWICE,
	FINDING_BODY_BRACKETS,
	FINDING_BODY_JOINED,
	FINDING_BODY_ADDED,
	FINDING_BODY_QUERY_ADDED,
	/* The token that signed is not the one that is configured. */
	FINDING_TOKEN_QUOTES,
	FINDING_TOKEN_INVISIBLE,
	FINDING_TOKEN_CASE,
	FINDING_TOKEN_COMMA,
	FINDING_TOKEN_PAIR,
	FINDING_TOKEN_OTHER_ACCOUNT,
	FINDING_TOKEN_EXTRA,
	FINDING_TOKEN_SHAPE,
	FINDING_TOKEN_IS_SID,
	/* What is plain without a look at the signature. */
	FINDING_SIGNATURE_STRIPPED,
	FINDING_SIGNATURE_MISSING,
	FINDING_SIGNATURE_SHA256,
	FINDING_SIGNATURE_TWICE,
	FINDING_SIGNATURE_ALTERED,
	FINDING_SIGNATURE_LENGTH,
	FINDING_ACCOUNT_OTHER,
	FINDING_ACCOUNT_MISSING,
	FINDING_ACCOUNT_SHAPE,
	FINDING_TYPE_MULTIPART,
	FINDING_TYPE_OTHER,
	FINDING_METHOD,
	FINDING_REDIRECTED,
	FINDING_BODY_EMPTY,
	FINDING_BODY_CUT,
	FINDING_BODY_LOWER_CASE,
	FINDING_JSON_DIGEST_MISSING,
	FINDING_JSON_DIGEST_TWO,
	FINDING_JSON_BODY_CHANGED,
	/* What is worth a look. */
	FINDING_FORWARDED_SCHEME,
	FINDING_FORWARDED_HOST,
	FINDING_PUBLIC_URL_UNSET,
	FINDING_PUBLIC_URL_PRIVATE,
	FINDING_HOST_UNDERSCORE,
	FINDING_FRAGMENT,
	FINDING_BODY_UNKNOWN,
	FINDING_URL_NOT_GIVEN,
	FINDING_NO_TOKEN,
	FINDING_NO_FIT,
	FINDING__MAX
};

/* How much a finding says. */
enum finding_weight {
	WEIGHT_CAUSE, /* why it was refused */
	WEIGHT_NOTE,  /* perhaps, or what to do next */
};

/* Its name, for scripts: "scheme-https".  Static. */
const char *finding_name(enum finding finding);

enum finding_weight finding_weight(enum finding finding);

/* What its texts speak of; each may be NULL. */
struct finding_texts {
	const char *seen;       /* the part of the URL as it was seen */
	const char *was_signed; /* and as it was signed */
	const char *origin;     /* what HOOKSWITCH_PUBLIC_URL should be */
	const char *name;       /* of a parameter, a token, an account */
};

/*
 * Appends what is the matter, and what mends it (nothing where there is
 * nothing to mend), as sentences.
 */
enum err finding_describe(enum finding finding,
	const struct finding_texts *texts, struct buf *found,
	struct buf *mend) NODISCARD;

#endif
