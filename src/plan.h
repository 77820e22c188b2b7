#ifndef HOOKSWITCH_PLAN_H
#define HOOKSWITCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "buf.h"
#include "digest.h"
#include "err.h"
#include "form.h"
#include "limit.h"
#include "row.h"
#include "statement.h"
#include "timestamp.h"

/*
 * What a verified request writes: the statements to run, in order, and the
 * value of each of their placeholders.
 *
 * A plan is made from the request alone.  It never talks to the database,
 * the environment or the network, so that it can be tested, and replayed,
 * with nothing else running.
 */

#define WRITE_NEEDS 3

/*
 * One row of an endpoint's table: the statement runs if every parameter, or
 * fact, in needs has a value.  A table ends with a row without a statement.
 */
struct write {
	const char *needs[WRITE_NEEDS]; /* NULL where there are fewer */
	const struct statement *statement;
};

/* A verified request, as far as the ledger is concerned. */
struct event {
	const char *endpoint;
	const char *account_sid;     /* the one that signed */
	const char *const *subjects; /* parameters that name it; NULL ends */
	struct timespec received_at;
	const char *idempotency_token; /* NULL if there is none */
	const char *source;            /* "webhook", "spool", "backfill" */
	const char *raw;               /* the parameters as they were sent */
	size_t raw_len;
	bool keep_raw; /* params cannot show them: a JSON body */
	size_t n_body; /* parameters of the body; then come the URL's */
	/* Gets what the plan's query finds; NULL if nobody wants it: then
	 * statements that only ask are left out. */
	struct row *row;
};

/* What a plan knows beside the parameters, by its name in the SQL. */
enum fact {
	FACT_EVENT_KEY,
	FACT_ACCOUNT_SID,
	FACT_ENDPOINT,
	FACT_SUBJECT_SID,
	FACT_RECEIVED_AT,
	FACT_PARAMS,
	FACT_RAW_BODY,
	FACT_IDEMPOTENCY_TOKEN,
	FACT_SOURCE,
	FACT_KIND,
	FACT_OPT_OUT,
	FACT_CAMPAIGN_ID, /* the URL's: a caller can name others */
	FACT__MAX
};

struct plan {
	const struct statement *statements[LIMIT_STATEMENTS];
	size_t n;
	const struct form *form;
	struct row *row;              /* of its query; NULL if there is none */
	const char *facts[FACT__MAX]; /* NULL for SQL's NULL */

	char event_key[DIGEST_SHA256_HEX + 2]; /* "\x" and SHA-256 */
	char received_at[TIMESTAMP_SIZE];
	struct buf texts;             /* cleaned parameters */
	struct buf params;            /* JSON */
	struct buf raw_body;          /* "\x" and hexadecimal */
	struct buf idempotency_token; /* cleaned */
};

/*
 * Makes the plan of a request: the ledger's statement, then those of the
 * table that its parameters call for, among them one query at the most.  A SID
 * of more than LIMIT_SID bytes counts as none.
 *
 * The form's texts are cleaned (form_clean).  Form, event and writes are
 * borrowed until plan_free, which the caller calls in every case.
 */
enum err plan_make(struct plan *plan, const struct event *event,
	struct form *form, const struct write *writes) NODISCARD;

/* Frees what the plan holds. */
void plan_free(struct plan *plan);

/*
 * The text of a placeholder's value, NULL for SQL's NULL.  It stays until
 * plan_free, or, where it had to be rewritten, as long as scratch.
 */
const char *plan_value(const struct plan *plan,
	const struct placeholder *placeholder,
	char scratch[STATEMENT_VALUE_SIZE]);

#endif
