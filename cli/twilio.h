#ifndef HOOKSWITCH_TWILIO_H
#define HOOKSWITCH_TWILIO_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "api_address.h"
#include "buf.h"
#include "err.h"
#include "http.h"
#include "json.h"
#include "settings.h"

/*
 * Twilio's REST API, as one account.
 *
 * What is retried: 429, which says that nothing was done, with growing pauses
 * or those that Retry-After asks for; 401, with the account's other tokens;
 * and a GET that failed for other reasons than its own.  A POST or DELETE that
 * may have been done is not.
 */

struct twilio;

/*
 * A client for account_sid; NULL: for TWILIO_ACCOUNT_SID, or for the only one
 * of HOOKSWITCH_ACCOUNTS.  *out is ended with twilio_close; NULL on error.
 * ERR_SETTING, naming it, for one that is missing or cannot be used.
 */
enum err twilio_open(struct twilio **out, const struct settings *settings,
	const char *account_sid, struct reason *reason) NODISCARD;

/* Wipes and frees.  NULL is allowed. */
void twilio_close(struct twilio *twilio);

/*
 * For whoever sits and waits: from now on a request is tried once, and given up
 * after so many milliseconds.
 */
#define TWILIO_HURRY 15000
void twilio_hurry(struct twilio *twilio);

/* Its SID.  Borrowed. */
const char *twilio_account_sid(const struct twilio *twilio);

/*
 * How often a request is tried in all: that nothing was done for, since there
 * were too many, and a GET that failed.
 */
#define TWILIO_TRIES 6
#define TWILIO_TRIES_GET 3

/* Answers are read up to this size: 1,000 resources of some 5 KiB. */
#define TWILIO_ANSWER (16 * 1024 * 1024)

/* A path with its query. */
#define TWILIO_PATH (16 * 1024)

/*
 * What became of a request beside its enum err, which is
 * ERR_OK        2xx, and a body that is JSON (or empty)
 * ERR_REFUSED   401 or 403: the token is not right, or may not do this
 * ERR_REJECTED  any other 4xx, with Twilio's words and code in the reason
 * ERR_IO        no answer, 429 to the end, 5xx, or one that is none of the API,
 *               or interrupt_came while it was to wait before the next try
 */
struct twilio_result {
	struct json *document; /* NULL if there is none; ended by the caller */
	int status;            /* of HTTP; 0 if there was no answer */
	long long code;        /* Twilio's; 0 if it gave none */
	bool is_unknown;       /* it may have been done, or not */
	long long date;        /* by Twilio's clock, since 1970; 0: not told */
};

/*
 * Appends the URL that twilio_send asks for.  ERR_MALFORMED for a path that
 * does not begin with "/", ERR_TOO_LARGE over the buffer's ceiling.
 */
enum err twilio_url(const struct twilio *twilio, enum twilio_product product,
	const char *path, struct buf *out) NODISCARD;

/*
 * Sends a request.  In path "{AccountSid}" stands for the client's; a query is
 * part of it.  form is a body as http_add_pair makes it; NULL for none.
 * method is "GET", "POST" or "DELETE".  *result is always filled.
 */
enum err twilio_send(struct twilio *twilio, enum twilio_product product,
	const char *method, const char *path, const struct buf *form,
	struct twilio_result *result, struct reason *reason) NODISCARD;

/*
 * Gets a file, which may be where Twilio redirects to, once: whoever writes
 * what has come knows how to go on.  Of *how the caller gives milliseconds,
 * stall, most, write, context, from and validator.  Errors as twilio_send, with
 * the status in *answer, which is http_send's; where a redirect led to another
 * host, ERR_IO for whatever that does not have: it is not Twilio's word.
 */
enum err twilio_fetch(struct twilio *twilio, enum twilio_product product,
	const char *path, const struct http_request *how,
	struct http_answer *answer, struct reason *reason) NODISCARD;

/*
 * Gets one page of a list: the resources are the array of that name in the
 * document.  path is as of twilio_send for the first page; *next, which may be
 * the same text, is what leads to the next one, and empty after the last.
 * Nothing but its path and query is taken from what the page says.
 * ERR_IO for a page that has no such array, or leads to itself.
 */
enum err twilio_page(struct twilio *twilio, enum twilio_product product,
	const char *path, const char *name, struct twilio_result *result,
	struct buf *next, struct reason *reason) NODISCARD;

/*
 * Gets a list page by page, and calls back for every resource; false from the
 * callback ends it, with ERR_OK.  Errors as twilio_page.
 */
enum err twilio_list(struct twilio *twilio, enum twilio_product product,
	const char *path, const char *name,
	bool (*take)(void *context, const struct json *resource), void *context,
	struct reason *reason) NODISCARD;

#endif
