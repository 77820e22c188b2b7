#include "config.h"

#include "intake.h"

#include <string.h>

#include "limit.h"

void
intake_init(struct intake *intake)
{
	memset(intake, 0, sizeof *intake);
	form_init(&intake->form);
	buf_init(&intake->body, LIMIT_BODY);
	buf_init(&intake->query, LIMIT_TARGET);
}

void
intake_free(struct intake *intake)
{
	form_free(&intake->form);
	buf_free(&intake->body);
	buf_free(&intake->query);
}

/* Adds what a copy of text holds to the form. */
static enum err
parse_copy(struct intake *intake, struct buf *copy, const char *text,
	size_t len, struct reason *reason)
{
	enum err err = buf_add(copy, text, len);

	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err,
			"the parameters exceed %zu bytes", copy->max);
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	return form_parse(&intake->form, copy->data, len, reason);
}

enum err
intake_parse(struct intake *intake, enum carrier carrier, const char *body,
	size_t body_len, const char *query, size_t query_len,
	struct reason *reason)
{
	enum err err = ERR_OK;

	if (carrier == CARRIER_FORM)
		err = parse_copy(intake, &intake->body, body, body_len, reason);
	intake->n_body = intake->form.n;
	if (err == ERR_OK)
		err = parse_copy(
			intake, &intake->query, query, query_len, reason);
	return err;
}
