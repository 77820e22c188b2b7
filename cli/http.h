#ifndef HOOKSWITCH_HTTP_H
#define HOOKSWITCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "buf.h"
#include "err.h"

/*
 * HTTP requests; the one module of the command that uses libcurl.
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

/* Ceilings on an answer's body, unless the request says, and its headers. */
#define HTTP_BODY (1024 * 1024)
#define HTTP_HEADERS (64 * 1024)

/* Of a validator that is sent back to the server. */
#define HTTP_VALIDATOR 256

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

/* The value of the first header of that name; NULL if there is none. */
const char *http_header(const struct http_answer *answer, const char *name);

/*
 * How many seconds the answer asks to wait, HTTP_RETRY_AFTER_MOST at most; 0
 * if it does not ask, or names a date.
 */
unsigned http_retry_after(const struct http_answer *answer);

#endif
