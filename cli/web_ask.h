#ifndef HOOKSWITCH_WEB_ASK_H
#define HOOKSWITCH_WEB_ASK_H

#include "buf.h"
#include "checkup.h"
#include "http.h"

/*
 * Requests to the site that is checked, as Twilio sends them.
 */

/* What a stranger may send: it has the length of a signature, and is none. */
#define WEB_WRONG_SIGNATURE "AAAAAAAAAAAAAAAAAAAAAAAAAAA="

struct web_request {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *signature;  /* NULL: none is sent */
	const struct buf *body; /* of a form; NULL: none */
};

/*
 * Asks, and waits as long as Twilio does; redirects are not followed.  Errors
 * as http_send.  The slowest answer is noted in the checkup.
 */
enum err web_ask(struct checkup *checkup, const struct web_request *request,
	struct http_answer *answer, struct reason *reason) NODISCARD;

#endif
