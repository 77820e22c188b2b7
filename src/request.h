#ifndef HOOKSWITCH_REQUEST_H
#define HOOKSWITCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"

/*
 * One request at a time, from FastCGI, from plain CGI, or from memory.
 *
 * Which of the first two is decided by what the program was born with: a
 * listening socket as descriptor 0 means FastCGI.  Below this interface the
 * three differ (request_fastcgi.c, request_cgi.c, request_memory.c); above
 * it nothing does.
 */

struct request;

/* What request_next found. */
enum request_state {
	REQUEST_READY, /* a request: read it, answer it */
	REQUEST_IDLE,  /* none came for a while: give back what is not needed */
	REQUEST_STOP,  /* no more will come, or we were told to stop */
};

/*
 * Prepares the process for its requests: closes inherited descriptors but 0
 * to 2, and keeps SIGTERM, SIGINT, SIGHUP and SIGUSR1 away except while
 * waiting for the next request, so that none is cut short.  Call once, first
 * in main.  *out is ended with request_close.
 */
enum err request_open(struct request **out) NODISCARD;

/*
 * Another one for another thread, from the same place as the first, and with
 * nothing in hand.  ERR_TYPE where requests do not come at the same time.
 */
enum err request_open_another(
	const struct request *first, struct request **out) NODISCARD;

/* Whether one more request waits at this moment for somebody to take it. */
bool request_is_crowded(const struct request *request);

/* Finishes the request in hand, if there is one, and waits for the next. */
enum request_state request_next(struct request *request);

/* Finishes the request in hand and frees.  NULL is allowed. */
void request_close(struct request *request);

/*
 * A variable of the request (RFC 3875, 4.1, and what the server adds), NULL
 * if it is not there.  Valid until the request is finished.
 */
const char *request_variable(const struct request *request, const char *name);

/* All of them, "NAME=value", NULL at the end; NULL if there are none. */
const char *const *request_variables(const struct request *request);

/*
 * Reads the whole body into *body, whose ceiling applies.
 *
 * CONTENT_LENGTH may be missing (a chunked body under mod_cgid): then the
 * body ends where the input ends.  ERR_TOO_LARGE over the ceiling;
 * ERR_MALFORMED if CONTENT_LENGTH is no number or the body is not as long
 * as it says; ERR_IO if reading fails.
 */
enum err request_read_body(struct request *request, struct buf *body,
	struct reason *reason) NODISCARD;

/* An answer.  The pointers are borrowed. */
struct reply {
	int status;               /* HTTP */
	const char *content_type; /* at most 64 bytes; NULL without a body */
	const char *body;         /* len bytes */
	size_t len;
	/* More headers, each with CR LF behind it, or NULL.  At most 512 bytes,
	 * and never made of what somebody else has sent. */
	const char *headers;
};

/*
 * Sends the answer, with Content-Length; needs no memory.  ERR_IO if the server
 * is not there any more to take it, which changes nothing for the caller.
 */
enum err request_reply(
	struct request *request, const struct reply *reply) NODISCARD;

/*
 * Begins an answer that has no end yet: status and headers as above, and no
 * Content-Length unless it is one of these; body and len do not count.  The
 * rest goes out with request_send, piece by piece, until the request is
 * finished.  ERR_IO if nobody takes it any more.
 */
enum err request_start(
	struct request *request, const struct reply *reply) NODISCARD;

/* Sends a piece, at once.  ERR_IO if nobody takes it any more. */
enum err request_send(
	struct request *request, const void *data, size_t len) NODISCARD;

/* Why request_wait has returned. */
enum request_wake {
	REQUEST_WAKE_INPUT, /* fd can be read */
	REQUEST_WAKE_TIME,  /* the time is over */
	REQUEST_WAKE_GONE,  /* nobody takes the answer any more */
	REQUEST_WAKE_STOP,  /* the process has been told to stop */
};

/*
 * Between two pieces: waits until there is something to read from fd (-1 for
 * nothing), for so many milliseconds at the most.  A server that has left is
 * noticed at once, one that has not yet noticed that its client has left is
 * not: so something has to be sent now and then.
 */
enum request_wake request_wait(
	struct request *request, int fd, long milliseconds) NODISCARD;

/*
 * The answer is out, and there is work left that the client must not wait
 * for: finishes the request as far as the server is concerned.  In plain CGI
 * a child goes on, and the process that the server waits for ends.  The
 * request's variables are gone then.
 */
void request_detach(struct request *request);

/* Writes a line to the server's error log. */
void request_log(struct request *request, const char *line);

/*
 * A request from memory, for tests, fuzzing and replay.  variables are
 * "NAME=value" strings, NULL at the end; everything is borrowed until
 * request_close.  What is answered and logged is appended to output and log.
 */
struct request_memory {
	const char *const *variables;
	const void *body;
	size_t body_len;
	struct buf *output;
	struct buf *log;
};

enum err request_open_memory(
	struct request **out, const struct request_memory *memory) NODISCARD;

#endif
