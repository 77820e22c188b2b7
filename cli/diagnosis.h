#ifndef HOOKSWITCH_DIAGNOSIS_H
#define HOOKSWITCH_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "finding.h"
#include "key.h"
#include "refused.h"

/*
 * Why a request was refused: what is plain from its shape, and what of URL,
 * parameters and token has to be otherwise for its signature to be right.
 *
 * It only looks.  What it finds makes no endpoint accept anything.
 */

struct question {
	const struct refused *request;
	const char *url;        /* as in Twilio's console; NULL: not known */
	const char *signature;  /* NULL: the request's own */
	const char *method;     /* NULL: the request's own */
	const char *public_url; /* HOOKSWITCH_PUBLIC_URL; NULL: not set */
	const char *own_sid;    /* TWILIO_ACCOUNT_SID; NULL: not set */
	const struct keys *keys;
};

#define DIAGNOSIS_ITEMS 24

struct diagnosis_item {
	enum finding finding;
	struct buf found; /* sentences */
	struct buf mend;  /* empty: nothing to mend */
};

struct diagnosis {
	struct diagnosis_item items[DIAGNOSIS_ITEMS];
	size_t n;
	bool is_signed;        /* something fits, and that is: */
	struct buf signed_url; /* without password */
	struct buf seen_url;   /* what the endpoint took for it */
	char key_name[128];    /* of the token */
	size_t tried;          /* combinations */
};

/*
 * Fills *diagnosis, causes first, then notes.  ERR_MALFORMED for
 * parameters that are no form, for a URL that is none, or without any
 * signature where there should be one; ERR_TOO_LARGE over LIMIT_BODY or
 * LIMIT_TARGET.  In every case the caller ends with diagnosis_free.
 */
enum err diagnose(struct diagnosis *diagnosis, const struct question *question,
	struct reason *reason) NODISCARD;

void diagnosis_free(struct diagnosis *diagnosis);

/* Adds an item, unless it is there, or there are too many. */
enum err diagnosis_add(struct diagnosis *diagnosis, enum finding finding,
	const struct finding_texts *texts) NODISCARD;

/* Whether a cause is among the items. */
bool diagnosis_has_cause(const struct diagnosis *diagnosis);

/*
 * The account that the request says it is of, for keys_load: NULL if it
 * names none.  *sid is freed by the caller.  Errors as diagnose.
 */
enum err diagnosis_account(char **sid, const struct question *question,
	struct reason *reason) NODISCARD;

#endif
