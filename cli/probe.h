#ifndef HOOKSWITCH_PROBE_H
#define HOOKSWITCH_PROBE_H

#include "http_answer.h"

/*
 * What it is that answers where an endpoint should: told from its answer to a
 * request with a signature that is wrong, which an endpoint refuses with 403
 * and an empty body.
 */

enum probe {
	PROBE_ENDPOINT,  /* one of ours: 403, and nothing else */
	PROBE_SETTING,   /* one of ours that cannot use its settings */
	PROBE_AWAY,      /* 503 of one of ours, or of what is before it */
	PROBE_METHOD,    /* one of ours: 405 */
	PROBE_SOURCE,    /* the executable itself is handed out */
	PROBE_LISTING,   /* a listing of a directory */
	PROBE_STATIC,    /* a POST is not allowed: it is taken for a file */
	PROBE_REDIRECT,  /* to somewhere else */
	PROBE_LOGIN,     /* a user and a password are wanted */
	PROBE_FORBIDDEN, /* 403 of the web server itself, or of a filter */
	PROBE_NOT_FOUND, /* 404 */
	PROBE_LIMIT,     /* 429: too many requests */
	PROBE_TOO_LARGE, /* 413 */
	PROBE_BROKEN,    /* 500 of the web server: it cannot start it */
	PROBE_GATEWAY,   /* 502, 503, 504 of what is before it */
	PROBE_OTHER,     /* anything else: another program answers */
	PROBE__MAX
};

/* Judges an answer to a request of that method, "GET" or "POST". */
enum probe probe_judge(const struct http_answer *answer, const char *method);

/* What to say of it, "... the executable itself", and to do; static. */
const char *probe_found(enum probe probe);
const char *probe_mend(enum probe probe);

/* What to do if no answer came at all. */
const char *probe_mend_trouble(enum http_trouble trouble);

#endif
