#include "config.h"

#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "utf8.h"

/* What is said of a name that somebody else has chosen. */
#define SHOWN 60

static enum err
check(const struct query *query, struct reason *reason)
{
	for (size_t i = 0; i < query->form.n; i++) {
		const struct parameter *parameter = &query->form.parameters[i];

		if (!utf8_is_clean(parameter->name, parameter->name_len) ||
			!utf8_is_clean(parameter->value, parameter->value_len))
			return err_reason(reason, ERR_MALFORMED,
				"the query is not text in UTF-8");
		if (form_find(&query->form, parameter->name) != parameter)
			return err_reason(reason, ERR_MALFORMED,
				"parameter \"%.*s\" is there twice", SHOWN,
				parameter->name);
	}
	return ERR_OK;
}

enum err
query_read(struct query *query, const struct request *request,
	struct reason *reason)
{
	const char *text = request_variable(request, "QUERY_STRING");
	enum err err;

	form_init(&query->form);
	buf_init(&query->text, LIMIT_TARGET);
	err = buf_add_text(&query->text, text != NULL ? text : "");
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err, "the query exceeds %zu bytes",
			query->text.max);
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	err = form_parse(
		&query->form, query->text.data, query->text.len, reason);
	return err == ERR_OK ? check(query, reason) : err;
}

void
query_free(struct query *query)
{
	form_free(&query->form);
	buf_free(&query->text);
}

const char *
query_value(const struct query *query, const char *name)
{
	return form_value(&query->form, name);
}

static bool
is_among(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

enum err
query_allow(const struct query *query, const char *const *names,
	struct reason *reason)
{
	for (size_t i = 0; i < query->form.n; i++) {
		const char *name = query->form.parameters[i].name;

		if (!is_among(name, names))
			return err_reason(reason, ERR_MALFORMED,
				"there is no parameter \"%.*s\" here", SHOWN,
				name);
	}
	return ERR_OK;
}

enum err
query_number(const struct query *query, const char *name, size_t max,
	size_t *number, struct reason *reason)
{
	const char *text = query_value(query, name);
	unsigned long value;

	if (text == NULL)
		return ERR_OK;
	value = strlen(text) <= 9 ? strtoul(text, NULL, 10) : 0;
	if (strspn(text, "0123456789") != strlen(text) || value == 0 ||
		value > max)
		return err_reason(reason, ERR_MALFORMED,
			"parameter \"%s\" is not a number from 1 to %zu", name,
			max);
	*number = value;
	return ERR_OK;
}
