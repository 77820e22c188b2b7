#ifndef HOOKSWITCH_TWIML_H
#define HOOKSWITCH_TWIML_H

#include "buf.h"
#include "err.h"
#include "form.h"
#include "log.h"

/*
 * TwiML answers.
 *
 * The owner's reply files are TwiML documents in which "{Body}", "{From}" or
 * any other parameter's name in braces stands for the request's value, or
 * for nothing if the request has none.  They are put in as text, after the
 * document was parsed, so that nothing a sender writes becomes markup, and
 * only once: braces in a value stay as they are.
 */

#define TWIML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define TWIML_EMPTY TWIML_HEAD "<Response/>\n"

/*
 * One row of an endpoint's table: which document answers a request.  The
 * first row whose parameter the request has counts; the table ends with a
 * row for any request.
 */
struct twiml_reply {
	const char *parameter; /* NULL for any request */
	const char *file;      /* in the directory HOOKSWITCH_REPLIES */
	const char *otherwise; /* the document where there is no such file */
};

/* The row of a table that answers a request with these parameters. */
const struct twiml_reply *twiml_choose(
	const struct twiml_reply *replies, const struct form *form);

/*
 * The answer, which is in *out or static.  directory is NULL if there are no
 * files.  A file that is missing is no fault; one that cannot be used is
 * logged, and the document built in is taken.  There is always an answer.
 */
const char *twiml_answer(struct buf *out, const struct twiml_reply *reply,
	const char *directory, const struct form *form, const struct log *log);

/*
 * Fills in one document of len bytes and appends it to *out.
 *
 * ERR_MALFORMED if it is not well-formed, has a DOCTYPE, or its root is not
 * <Response>; ERR_TOO_LARGE if *out cannot hold it; ERR_SETTING if libxml2
 * is not installed.
 */
enum err twiml_fill(struct buf *out, const char *document, size_t len,
	const struct form *form, struct reason *reason) NODISCARD;

#endif
