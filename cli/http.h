#ifndef HOOKSWITCH_HTTP_H
#define HOOKSWITCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * HTTP requests; the one module of the command that uses libcurl.
 *
 * Only http and https.  The server's certificate is always verified.  A
 * proxy is taken from the environment, as curl does (https_proxy, no_proxy).
 */

/* Keeps connections open between requests; for one thread at a time. */
struct http_client;

/* *out is ended with http_client_free; NULL on error. */
enum err http_client_new(struct http_client **out) NODISCARD;

/* NULL is allowed. */
void http_client_free(struct http_client *client);

/* What is asked.  The pointers are borrowed; zero means what is said. */
struct http_request {
	const char *method;         /* NULL: GET */
	const char *url;            /* absolute; a fragment is not sent */
	const char *const *headers; /* "Name: value", NULL ends; NULL: none */
	const char *user;           /* NULL, or HTTP Basic with password */
	const char *password;
	const void *body; /* body_len bytes; NULL: none */
	size_t body_len;
	unsigned long milliseconds; /* for all of it; 0: HTTP_MILLISECONDS */
	/*
	 * How often a redirect is followed; a GET's alone is.  To another
	 * scheme, host or port go neither user and password nor headers, and
	 * from https none leads to http.
	 */
	unsigned redirects;
	size_t most; /* bytes of the answer's body; 0: HTTP_BODY */
	/* NULL, or: takes the body of the answer, or returns false to stop */
	bool (*write)(void *context, const void *data, size_t len);
	void *context;
};

/* What Twilio waits for an answer. */
#define HTTP_MILLISECONDS 15000

/* Ceilings on an answer's body, unless the request says, and its headers. */
#define HTTP_BODY (1024 * 1024)
#define HTTP_HEADERS (64 * 1024)

/* What was answered. */
struct http_answer {
	int status;
	double seconds;     /* from the first byte sent to the last received */
	struct buf headers; /* "Name: value", each followed by a NUL */
	struct buf body;    /* empty where the request has a write */
};

/* Makes *answer empty.  The caller ends with http_answer_free. */
void http_answer_init(struct http_answer *answer);
void http_answer_free(struct http_answer *answer);

/*
 * Sends a request and waits for its answer, which takes the place of what
 * *answer held.  ERR_OK whatever the status is; ERR_IO, with a reason that
 * names the host, if no whole answer came; ERR_TOO_LARGE over a ceiling;
 * ERR_MALFORMED for a URL that is none.
 */
enum err http_send(struct http_client *client,
	const struct http_request *request, struct http_answer *answer,
	struct reason *reason) NODISCARD;

/* The value of the first header of that name; NULL if there is none. */
const char *http_header(const struct http_answer *answer, const char *name);

/*
 * Appends "name=value" to a form's body or a query, encoded, after an "&" if
 * *out is not empty.  A blank becomes "+".
 */
enum err http_add_pair(
	struct buf *out, const char *name, const char *value) NODISCARD;

#endif
