#include "config.h"

#include "answer.h"

#include <string.h>

#include "reply_cache.h"

/* Columns of the queries message_reply and call_reply. */
enum { COLUMN_TWIML, COLUMN_IS_GENERAL };

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* What the same reply answers: all requests to a channel, or of a campaign. */
static struct reply_key
general_key(const struct answer *answer)
{
	const struct plan *plan = answer->plan;
	const char *campaign = plan->facts[FACT_CAMPAIGN_ID];

	return (struct reply_key){
		.what = answer->endpoint,
		.account_sid = plan->facts[FACT_ACCOUNT_SID],
		.address = campaign != NULL ? campaign
					    : text_or_empty(form_value(
						      plan->form, "To")),
		.contact = "",
	};
}

static struct reply_key
opted_out_key(const struct answer *answer)
{
	const struct plan *plan = answer->plan;

	return (struct reply_key){
		.what = "opted out",
		.account_sid = plan->facts[FACT_ACCOUNT_SID],
		.address = text_or_empty(form_value(plan->form, "To")),
		.contact = text_or_empty(form_value(plan->form, "From")),
	};
}

/* For later, when the database may be away. */
static void
remember(const struct answer *answer)
{
	const struct reply_key key = general_key(answer);
	const struct row *row = answer->plan->row;

	if (!row->is_there)
		reply_cache_keep(answer->spool, &key, NULL);
	else if (row_text(row, COLUMN_IS_GENERAL)[0] == 't')
		reply_cache_keep(
			answer->spool, &key, row_text(row, COLUMN_TWIML));
}

static void
remember_opt_out(const struct answer *answer)
{
	const char *word = answer->plan->facts[FACT_OPT_OUT];
	const struct reply_key key = opted_out_key(answer);

	if (word != NULL && strcmp(word, "STOP") == 0)
		reply_cache_keep(answer->spool, &key, word);
	else if (word != NULL && strcmp(word, "HELP") != 0)
		reply_cache_keep(answer->spool, &key, NULL);
}

/*
 * What to say without the database: nothing to who has opted out, or who
 * speaks of it, since what there is to say to that nobody knows.
 */
static bool
recall(const struct answer *answer, struct buf *template)
{
	const char *word = answer->plan->facts[FACT_OPT_OUT];
	struct reply_key key = opted_out_key(answer);

	if ((word != NULL && strcmp(word, "YES") != 0) ||
		reply_cache_find(template, answer->spool, &key)) {
		buf_clear(template);
		return buf_add_text(template, TWIML_EMPTY) == ERR_OK;
	}
	key = general_key(answer);
	return reply_cache_find(template, answer->spool, &key);
}

/* The document of the database, or what is known of it. */
static bool
find_template(const struct answer *answer, struct buf *template)
{
	const struct row *row = answer->plan->row;

	if (answer->is_away)
		return answer->spool != NULL && recall(answer, template);
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
		if (answer->spool != NULL && !answer->is_away)
			remember(answer);
		if (answer->spool != NULL)
			remember_opt_out(answer);
		if (answer_from_database(out, answer))
			return buf_text(out);
	}
	return twiml_answer(out, reply, answer->directory, form, answer->log);
}
