#ifndef HOOKSWITCH_HTTP_ANSWER_H
#define HOOKSWITCH_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/*
 * What came of an HTTP request: an answer, or why there is none.
 */

/* Ceilings on an answer's body, unless the request says, and its headers. */
#define HTTP_BODY (1024 * 1024)
#define HTTP_HEADERS (64 * 1024)

/* How long Retry-After may keep us, in seconds. */
#define HTTP_RETRY_AFTER_MOST 60U

/* Why no answer came. */
enum http_trouble {
	HTTP_FINE,
	HTTP_NO_HOST,       /* its name leads to no address */
	HTTP_NO_CONNECTION, /* nothing listens there, or nothing gets there */
	HTTP_NO_TRUST,      /* the certificate, or TLS as a whole */
	HTTP_TOO_SLOW,      /* not within the time */
	HTTP_BROKEN,        /* anything else: it ended early, or was no HTTP */
};

/* What was answered. */
struct http_answer {
	int status;
	enum http_trouble trouble;
	bool is_sent;   /* something was, even if no answer came */
	double seconds; /* from the first byte sent to the last received */
	/* When the server's certificate ends, in seconds since 1970; 0 without
	 * TLS, and on a connection that was there before. */
	long long expires;
	char elsewhere[256]; /* the host, if a redirect led away; "" else */
	struct buf headers;  /* "Name: value", each followed by a NUL */
	struct buf body;     /* what was not for the request's write */
};

/* Makes *answer empty.  The caller ends with http_answer_free. */
void http_answer_init(struct http_answer *answer);
void http_answer_free(struct http_answer *answer);

/* Empties one for another, whose body may have so many bytes. */
void http_answer_clear(struct http_answer *answer, size_t most);

/* The value of the first header of that name; NULL if there is none. */
const char *http_header(const struct http_answer *answer, const char *name);

/*
 * How many seconds the answer asks to wait, HTTP_RETRY_AFTER_MOST at most; 0
 * if it does not ask, or names a date.
 */
unsigned http_retry_after(const struct http_answer *answer);

#endif
