#ifndef HOOKSWITCH_HTTP_H
#define HOOKSWITCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "http_answer.h"

/*
 * HTTP requests.  What is behind them, http*.c, alone uses libcurl.
 *
 * Only http and https.  The server's certificate is always verified, by the
 * authorities of the system or of the file in CURL_CA_BUNDLE or SSL_CERT_FILE.
 * A proxy is taken from the environment, as curl does (https_proxy, no_proxy).
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
	/*
	 * It must not go out twice by itself: over a connection that was kept
	 * and turns out to be closed, it would.  So it gets one of its own.
	 */
	bool once;
	size_t most; /* bytes of the answer's body; 0: HTTP_BODY */
	/*
	 * NULL, or: takes the body of an answer with 2xx, or returns false to
	 * stop.  The answer's status and headers are there by then.
	 */
	bool (*write)(void *context, const void *data, size_t len);
	void *context;
	/* For such a body: how many bytes of it are not wanted any more, if it
	 * is what that validator is of (If-Range); otherwise, and where the
	 * server has no parts of it, all of it comes, with 200 instead of 206.
	 * They go wherever a redirect leads to.  NULL: whatever it is. */
	unsigned long long from;
	const char *validator; /* less than HTTP_VALIDATOR bytes */
	/* How many seconds may pass without any of it; 0: as long as all. */
	unsigned long stall;
};

/* What Twilio waits for an answer. */
#define HTTP_MILLISECONDS 15000

/* Of a validator that is sent back to the server. */
#define HTTP_VALIDATOR 256

/*
 * Sends a request and waits for its answer, which takes the place of what
 * *answer held.  ERR_OK whatever the status is; ERR_IO, with a reason that
 * names the host, if no whole answer came; ERR_TOO_LARGE over a ceiling;
 * ERR_MALFORMED for a URL that is none.
 */
enum err http_send(struct http_client *client,
	const struct http_request *request, struct http_answer *answer,
	struct reason *reason) NODISCARD;

/*
 * A time as HTTP and Twilio write it, in seconds since 1970; 0 for what is
 * none, and for NULL.
 */
long long http_time(const char *text);

#endif
