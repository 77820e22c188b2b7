#ifndef HOOKSWITCH_SCENARIO_H
#define HOOKSWITCH_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "variable.h"
#include "webhook.h"

/*
 * Scenarios: webhooks that are sent one after the other, written down in a
 * text file.
 *
 *	# A call that is answered.
 *	inbound-call  From=+4930123456
 *	wait 2s
 *	inbound-call-status
 *	    CallStatus = completed
 *	    Timestamp  = {time+2}
 *
 * A line that begins in the first column is a step: the name of a webhook
 * (webhook.h), or "wait" and a time in seconds, or in milliseconds with
 * "ms".  Behind the name stand parameters without blanks in them; indented
 * lines below it are parameters with all that stands behind the "=", but for
 * the blanks at both ends.  What is not given is as the webhook has it.
 * Values can have variables (variable.h).  Lines that are empty or begin
 * with "#" do not count.
 */

/* Ceilings, so that a file that is none of these is noticed soon. */
#define SCENARIO_FILE (64 * 1024)
#define SCENARIO_STEPS 500
#define SCENARIO_PARAMETERS 200       /* of a step */
#define SCENARIO_WAIT (3600 * 1000UL) /* milliseconds */

struct scenario_parameter {
	char *name;
	char *value; /* with variables */
};

struct scenario_step {
	const struct webhook *webhook;
	unsigned long wait; /* milliseconds before it */
	struct scenario_parameter *parameters;
	size_t n;
};

struct scenario {
	struct scenario_step *steps;
	size_t n;
};

/* Makes *scenario empty.  The caller ends with scenario_free. */
void scenario_init(struct scenario *scenario);
void scenario_free(struct scenario *scenario);

/*
 * Reads a scenario of len bytes; name is for messages.  ERR_MALFORMED, with
 * the line, for one that is none; ERR_TOO_LARGE over a ceiling.
 */
enum err scenario_parse(struct scenario *scenario, const char *name,
	const char *text, size_t len, struct reason *reason) NODISCARD;

/*
 * Gives a parameter another value in each step that has it, or, if none has
 * it, in all of them.
 */
enum err scenario_set(struct scenario *scenario, const char *name,
	const char *value, struct reason *reason) NODISCARD;

/* Appends the parameters of a step as a form's body. */
enum err scenario_compose(struct buf *out, const struct scenario_step *step,
	const struct variables *variables, struct reason *reason) NODISCARD;

#endif
