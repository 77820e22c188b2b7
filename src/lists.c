#include "config.h"

#include "lists.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "limit.h"
#include "reads.h"
#include "spool.h"
#include "spool_survey.h"

/* Columns of every list. */
enum { LIST_AT, LIST_ID, LIST_ITEM };

/* Placeholders that are the page's; the others are parameters. */
#define AT "at"
#define ID "id"
#define LIMIT "limit"

/* Between at and id in "next". */
#define BORDER '~'

/* name, read, parameter that must be there, whether the spool is told of */
static const struct list {
	const char *name;
	const struct statement *read;
	const char *needed;
	bool has_spool;
} lists[] = {
	{"calls",         &read_calls,         NULL,      false},
	{"campaigns",     &read_campaigns,     NULL,      false},
	{"channels",      &read_channels,      NULL,      false},
	{"conversations", &read_conversations, NULL,      false},
	{"deliveries",    &read_deliveries,    NULL,      false},
	{"health",        &read_health,        NULL,      true },
	{"live-calls",    &read_live_calls,    NULL,      false},
	{"live-rooms",    &read_live_rooms,    NULL,      false},
	{"messages",      &read_messages,      "session", false},
	{"recordings",    &read_recordings,    NULL,      false},
	{"rooms",         &read_rooms,         NULL,      false},
	{"timeline",      &read_timeline,      "sid",     false},
};

/* One list on its way: what is asked, and what is said. */
struct listing {
	const struct list *list;
	const struct query *query;
	size_t limit;
	char limit_text[24];
	char next[2 * LIMIT_SID + 2]; /* as given, and cut in two */
	const char *at, *id;          /* in it; NULL from the beginning */
	struct reader_value values[STATEMENT_PLACEHOLDERS + 1];
	struct reason *reason;
};

static const struct list *
find_list(const char *name)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if (strcmp(lists[i].name, name) == 0)
			return &lists[i];
	return NULL;
}

static bool
is_of_page(const char *name)
{
	return strcmp(name, AT) == 0 || strcmp(name, ID) == 0 ||
	       strcmp(name, LIMIT) == 0;
}

static bool
has_placeholder(const struct statement *read, const char *name)
{
	for (size_t i = 0; i < read->n; i++)
		if (strcmp(read->placeholders[i].name, name) == 0)
			return true;
	return false;
}

/* Only parameters that the list has, and the one that it needs. */
static enum err
check_names(const struct listing *listing)
{
	const struct statement *read = listing->list->read;
	const char *names[STATEMENT_PLACEHOLDERS + 4] = {"list", LIMIT};
	const char *needed = listing->list->needed;
	size_t n = 2;

	if (has_placeholder(read, ID))
		names[n++] = "next";
	for (size_t i = 0; i < read->n; i++)
		if (!is_of_page(read->placeholders[i].name))
			names[n++] = read->placeholders[i].name;
	if (needed != NULL && query_value(listing->query, needed) == NULL)
		return err_reason(listing->reason, ERR_MALFORMED,
			"list \"%s\" needs the parameter \"%s\"",
			listing->list->name, needed);
	return query_allow(listing->query, names, listing->reason);
}

/* Where the page begins: "at~id", or "~id" where the order is that of ids. */
static enum err
take_next(struct listing *listing)
{
	const char *next = query_value(listing->query, "next");
	bool has_at = has_placeholder(listing->list->read, AT);
	char *border;

	if (next == NULL)
		return ERR_OK;
	if (strlen(next) < sizeof listing->next) {
		memcpy(listing->next, next, strlen(next) + 1);
		border = strchr(listing->next, BORDER);
		if (border != NULL && border[1] != '\0' &&
			has_at == (border > listing->next)) {
			*border = '\0';
			listing->at = listing->next;
			listing->id = border + 1;
			return ERR_OK;
		}
	}
	return err_reason(listing->reason, ERR_MALFORMED,
		"parameter \"next\" is none that a page has ended with");
}

/* The text for a placeholder, NULL if there is none. */
static const char *
find_text(const struct listing *listing, const char *name)
{
	if (strcmp(name, AT) == 0)
		return listing->at;
	if (strcmp(name, ID) == 0)
		return listing->id;
	if (strcmp(name, LIMIT) == 0)
		return listing->limit_text;
	return query_value(listing->query, name);
}

/* The values of all placeholders; each has to fit. */
static enum err
take_values(struct listing *listing)
{
	const struct statement *read = listing->list->read;

	for (size_t i = 0; i < read->n; i++) {
		const struct placeholder *placeholder = &read->placeholders[i];
		const char *text = find_text(listing, placeholder->name);
		char scratch[STATEMENT_VALUE_SIZE];

		if (text != NULL && text[0] != '\0' &&
			(strlen(text) > LIMIT_SID ||
				statement_value(placeholder, text, scratch) ==
					NULL))
			return err_reason(listing->reason, ERR_MALFORMED,
				"parameter \"%s\" has a value that cannot be",
				is_of_page(placeholder->name)
					? "next"
					: placeholder->name);
		listing->values[i].name = placeholder->name;
		listing->values[i].text = text;
	}
	return ERR_OK;
}

static enum err
understand(struct listing *listing)
{
	const char *name = query_value(listing->query, "list");
	enum err err;

	listing->list = find_list(name != NULL ? name : "");
	if (listing->list == NULL)
		return err_reason(listing->reason, ERR_MALFORMED,
			"there is no list \"%.60s\"", name != NULL ? name : "");
	err = check_names(listing);
	if (err == ERR_OK)
		err = query_number(listing->query, LIMIT, LISTS_LIMIT,
			&listing->limit, listing->reason);
	(void)snprintf(listing->limit_text, sizeof listing->limit_text, "%zu",
		listing->limit);
	if (err == ERR_OK)
		err = take_next(listing);
	return err == ERR_OK ? take_values(listing) : err;
}

/* "next": where the row ends, or null. */
static enum err
write_next(struct buf *out, const struct reader_result *result, size_t row,
	bool is_there)
{
	struct buf next;
	char border = BORDER;
	enum err err;

	if (!is_there)
		return buf_add_text(out, "],\"next\":null");
	buf_init(&next, 4 * LIMIT_SID);
	err = buf_add_text(out, "],\"next\":");
	if (err == ERR_OK)
		err = buf_add_text(&next, reader_text(result, row, LIST_AT));
	if (err == ERR_OK)
		err = buf_add(&next, &border, 1);
	if (err == ERR_OK)
		err = buf_add_text(&next, reader_text(result, row, LIST_ID));
	if (err == ERR_OK)
		err = json_add_string(out, buf_text(&next), next.len);
	buf_free(&next);
	return err;
}

/*
 * The items, as many as fit.  A row without one, which comes last, is where
 * the search for more has to go on.
 */
static enum err
write_items(struct buf *out, const struct listing *listing,
	const struct reader_result *result)
{
	size_t n = reader_rows(result), i = 0;
	enum err err = buf_add_text(out, "{\"items\":[");
	bool is_full;

	for (; err == ERR_OK && i < n; i++) {
		const char *item = reader_text(result, i, LIST_ITEM);
		size_t len = strlen(item);

		if (reader_is_null(result, i, LIST_ITEM) ||
			(i > 0 && out->len + len > LIMIT_ANSWER))
			break;
		if (i > 0)
			err = buf_add_text(out, ",");
		if (err == ERR_OK)
			err = buf_add(out, item, len);
	}
	if (err != ERR_OK)
		return err;
	is_full = i == listing->limit && !reader_is_null(result, 0, LIST_ID);
	if (i < n && reader_is_null(result, i, LIST_ITEM) && !is_full)
		return write_next(out, result, i, true);
	return write_next(out, result, i > 0 ? i - 1 : 0, is_full || i < n);
}

static enum err
write_spool(struct buf *out, const char *spool)
{
	struct spool_survey survey = {0, 0, 0, 0};
	const char *state = "off";
	char text[160];

	if (spool != NULL) {
		state = spool_check(spool, NULL) == ERR_OK ? "ok" : "failed";
		if (spool_survey(spool, &survey, NULL) != ERR_OK)
			state = "failed";
	}
	(void)snprintf(text, sizeof text,
		",\"spool\":{\"state\":\"%s\",\"waiting\":%zu,"
		"\"rejected\":%zu,\"unreadable\":%zu}",
		state, survey.n_waiting, survey.n_rejected,
		survey.n_unreadable);
	return buf_add_text(out, text);
}

enum err
lists_write(struct buf *out, const struct lists_site *site,
	const struct query *query, struct reason *reason)
{
	struct listing listing = {
		.query = query, .limit = LISTS_DEFAULT, .reason = reason};
	struct reader_result *result = NULL;
	enum err err = understand(&listing);

	if (err == ERR_OK)
		err = reader_run(site->reader, site->connection,
			listing.list->read, listing.values, &result, reason);
	if (err == ERR_OK) {
		err = write_items(out, &listing, result);
		if (err == ERR_OK && listing.list->has_spool)
			err = write_spool(out, site->spool);
		if (err == ERR_OK)
			err = buf_add_text(out, "}\n");
		if (err != ERR_OK)
			(void)err_reason(reason, err, "%s", err_text(err));
	}
	reader_result_free(result);
	return err;
}
