#include "config.h"

#include "answer.h"

#include <string.h>

#include "reply_cache.h"
#include "spool_survey.h"

/* Columns of what message_inbound and call_reply find. */
enum { COLUMN_TWIML, COLUMN_IS_GENERAL, COLUMN_IS_OPTED_OUT };

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/*
 * What the same reply answers: all requests to a channel, or of a campaign,
 * whose calls go out to all kinds of numbers.
 */
static struct reply_key
general_key(const struct answer *answer)
{
	const struct plan *plan = answer->plan;
	const char *campaign = plan->facts[FACT_CAMPAIGN_ID];
	const char *direction = form_value(plan->form, "Direction");
	bool is_outbound =
		direction != NULL && strncmp(direction, "outbound", 8) == 0;

	return (struct reply_key){
		.what = answer->endpoint,
		.account_sid = plan->facts[FACT_ACCOUNT_SID],
		.address = is_outbound ? ""
				       : text_or_empty(
						 form_value(plan->form, "To")),
		.campaign = text_or_empty(campaign),
		.contact = "",
	};
}

static struct reply_key
opted_out_key(const struct answer *answer)
{
	const struct plan *plan = answer->plan;

	return (struct reply_key){
		.what = REPLY_CACHE_OPTED_OUT,
		.account_sid = plan->facts[FACT_ACCOUNT_SID],
		.address = text_or_empty(form_value(plan->form, "To")),
		.campaign = "",
		.contact = text_or_empty(form_value(plan->form, "From")),
	};
}

static bool
is_word(const struct answer *answer, const char *word)
{
	const char *said = answer->plan->facts[FACT_OPT_OUT];

	return said != NULL && strcmp(said, word) == 0;
}

/* What was just said, and what the database says, for later. */
static void
remember(const struct answer *answer)
{
	const struct reply_key general = general_key(answer);
	const struct reply_key opted_out = opted_out_key(answer);
	const struct row *row = answer->plan->row;
	bool is_told = !answer->is_away && row->is_there;

	if (!answer->is_away && !row->is_there)
		reply_cache_keep(answer->spool, &general, NULL);
	else if (is_told && row_text(row, COLUMN_IS_GENERAL)[0] == 't')
		reply_cache_keep(
			answer->spool, &general, row_text(row, COLUMN_TWIML));
	if (is_word(answer, "STOP") ||
		(is_told && row_text(row, COLUMN_IS_OPTED_OUT)[0] == 't'))
		reply_cache_keep(answer->spool, &opted_out, "STOP");
	else if (is_word(answer, "START") || is_word(answer, "YES") ||
		 (!answer->is_away && !spool_has_records(answer->spool)))
		reply_cache_keep(answer->spool, &opted_out, NULL);
}

/*
 * Whether nothing is to be said: to who has said STOP here, which the
 * database may not know yet, since it waits in the spool.
 */
static bool
is_silent(const struct answer *answer)
{
	const struct reply_key key = opted_out_key(answer);
	struct buf text;
	bool is_opted_out;

	if (answer->spool == NULL || is_word(answer, "HELP"))
		return false;
	buf_init(&text, LIMIT_TWIML);
	is_opted_out = reply_cache_find(&text, answer->spool, &key);
	buf_free(&text);
	return is_opted_out;
}

/*
 * What is known without the database.  What there is to say to STOP, START and
 * HELP is not.
 */
static bool
recall(const struct answer *answer, struct buf *template)
{
	const struct reply_key key = general_key(answer);

	if (is_word(answer, "STOP") || is_word(answer, "START") ||
		is_word(answer, "HELP"))
		return buf_add_text(template, TWIML_EMPTY) == ERR_OK;
	return answer->spool != NULL &&
	       reply_cache_find(template, answer->spool, &key);
}

/* The document of the database, or what is known of it. */
static bool
find_template(const struct answer *answer, struct buf *template)
{
	const struct row *row = answer->plan->row;

	if (answer->is_away)
		return recall(answer, template);
	return row->is_there &&
	       buf_add_text(template, row_text(row, COLUMN_TWIML)) == ERR_OK;
}

static void
complain(const struct answer *answer, const char *why)
{
	log_line(answer->log, LOG_ERROR,
		"the database's reply is not used, see tables auto_replies "
		"and campaigns: %s",
		why);
}

static bool
answer_from_database(struct buf *out, const struct answer *answer)
{
	struct reason reason = {""};
	struct buf template;
	bool is_filled = false;
	enum err err;

	buf_init(&template, LIMIT_TWIML);
	if (find_template(answer, &template)) {
		err = twiml_fill(out, buf_text(&template), template.len,
			answer->plan->form, &reason);
		is_filled = err == ERR_OK;
		if (!is_filled)
			complain(answer, reason.text);
	} else if (!answer->is_away && answer->plan->row->is_lost) {
		complain(answer, "it is longer than 64 KiB");
	}
	buf_free(&template);
	return is_filled;
}

const char *
answer_make(struct buf *out, const struct answer *answer)
{
	const struct form *form = answer->plan->form;
	const struct twiml_reply *reply = twiml_choose(answer->replies, form);

	/* An action goes to the URL of the first request; to say the same
	 * again would go round in circles. */
	if (reply->parameter == NULL && answer->plan->row != NULL) {
		if (answer->spool != NULL)
			remember(answer);
		if (is_silent(answer))
			return TWIML_EMPTY;
		if (answer_from_database(out, answer))
			return buf_text(out);
	}
	return twiml_answer(out, reply, answer->directory, form, answer->log);
}
