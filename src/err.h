#ifndef HOOKSWITCH_ERR_H
#define HOOKSWITCH_ERR_H

/*
 * What can go wrong with a request, and how a function says so.
 *
 * A function that can fail returns an enum err and is marked NODISCARD.
 * Where the reader of the log needs more than the code, the function also
 * takes a struct reason and fills it in PostgreSQL's wording: lower case,
 * no full stop, names the object, says what to do.  A reason never holds a
 * token or a password.
 */

#define NODISCARD __attribute__((__warn_unused_result__))
#define PRINTF_LIKE(at, first)                                                 \
	__attribute__((__format__(__printf__, at, first)))

enum err {
	ERR_OK = 0,
	ERR_MEMORY,    /* out of memory */
	ERR_TOO_LARGE, /* over a ceiling of limit.h */
	ERR_MALFORMED, /* not a well-formed form, or not the announced body */
	ERR_METHOD,    /* neither GET nor POST */
	ERR_TYPE,      /* a content type that Twilio does not send */
	ERR_REFUSED,   /* not signed by an account that may speak here */
	ERR_SETTING,   /* a setting is missing or cannot be used */
	ERR_DATABASE,  /* the database cannot take it now; it may later */
	ERR_REJECTED,  /* the database will never take it as it is */
	ERR_IO,        /* reading or writing failed */
	ERR__MAX
};

struct reason {
	char text[512];
};

/*
 * A short text for a code, never NULL.  Static: the caller does not free it.
 */
const char *err_text(enum err err);

/*
 * Writes a formatted text into *reason, cut to its size, and returns err:
 * "return err_reason(reason, ERR_SETTING, ...)".  A NULL reason is allowed.
 */
enum err err_reason(struct reason *reason, enum err err, const char *format,
	...) PRINTF_LIKE(3, 4);

#endif
