#ifndef HOOKSWITCH_TRANSPORT_H
#define HOOKSWITCH_TRANSPORT_H

#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "request.h"

/*
 * What request.c asks of the three ways in which a request can come.  Only
 * request*.c include this.
 */

struct transport {
	enum request_state (*next)(struct request *request);
	const char *(*variable)(
		const struct request *request, const char *name);
	const char *const *(*variables)(const struct request *request);
	/* Up to len bytes of the body; 0 at its end, -1 on failure. */
	ssize_t (*read)(struct request *request, void *data, size_t len);
	/* All len bytes, at once, or false. */
	bool (*write)(struct request *request, const void *data, size_t len);
	/* The same for the last bytes of an answer; nothing follows them. */
	bool (*end)(struct request *request, const void *data, size_t len);
	/* What hangs up when the server has left; NULL: nothing does. */
	int (*descriptor)(const struct request *request);
	void (*log)(struct request *request, const char *line);
	void (*close)(struct request *request);
	void (*detach)(struct request *request); /* NULL: nothing to do */
	/* NULL where requests do not come at the same time. */
	enum err (*another)(const struct request *first, struct request **out);
	bool (*is_crowded)(const struct request *request);
};

/* The first member of each transport's own struct. */
struct request {
	const struct transport *transport;
};

/* Descriptor 0 is a listening socket / is not. */
enum err request_open_fastcgi(
	struct request **out, const sigset_t *waiting) NODISCARD;
enum err request_open_cgi(struct request **out) NODISCARD;

/*
 * Set by a signal that asks the process to stop; the descriptor can then be
 * read, so that every thread that waits is woken.
 */
extern atomic_bool transport_stop;
extern int transport_stop_fd;

/* Digits only; false for anything else and for what no size_t holds. */
bool transport_parse_length(const char *text, size_t *length);

/* Writes a line to standard error in one call. */
void transport_log_stderr(const char *line);

#endif
