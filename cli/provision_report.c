#include "config.h"

#include "provision_report.h"

#include <stdio.h>
#include <string.h>

#include "terminal.h"

/* Behind which a value stands. */
#define INDENT "      "

/* Twilio's own words, escaped, and without a password in them. */
static void
print_value(const char *value)
{
	struct buf shown;

	buf_init(&shown, strlen(value) + ENDPOINT_URL);
	if (value[0] == '\0')
		fputs("nothing", stdout);
	else if (webhook_show_url(&shown, value) == ERR_OK)
		terminal_print_part(stdout, shown.data, shown.len);
	buf_free(&shown);
}

static void
print_line(const char *before, const char *value)
{
	printf(INDENT "%-10s", before);
	print_value(value);
	fputc('\n', stdout);
}

static void
print_heading(const char *name, const char *sid)
{
	fputs(terminal_colour(stdout, COLOUR_STRONG), stdout);
	terminal_print_part(stdout, name, strlen(name));
	fputs(terminal_colour(stdout, COLOUR_NONE), stdout);
	fputs(name[0] != '\0' ? "  " : "", stdout);
	terminal_print_part(stdout, sid, strlen(sid));
	fputc('\n', stdout);
}

static void
write_url(struct json_writer *writer, const char *name, const char *url)
{
	struct buf shown;

	buf_init(&shown, strlen(url) + ENDPOINT_URL);
	if (webhook_show_url(&shown, url) != ERR_OK)
		writer->err = ERR_MEMORY;
	json_write_text(writer, name, buf_text(&shown));
	buf_free(&shown);
}

void
provision_report_begin(struct provision_report *report, const char *account_sid)
{
	report->resource = NULL;
	report->n = report->n_drift = 0;
	if (!report->json)
		return;
	json_writer_open(&report->writer);
	json_write_text(&report->writer, "account_sid", account_sid);
	json_begin_array(&report->writer, "urls");
}

static void
write_finding(struct json_writer *writer, const struct webhook_finding *finding)
{
	enum webhook_kind kind = finding->resource->kind;

	json_begin_object(writer, NULL);
	json_write_text(writer, "kind", change_kind_name(kind));
	json_write_text(writer, "sid", webhook_sid(finding->resource));
	json_write_text(writer, "name", webhook_name(finding->resource));
	json_write_text(writer, "parameter", finding->place->parameter);
	json_write_text(writer, "state", webhook_state_name(finding->state));
	json_write_bool(writer, "drift", finding->is_drift);
	write_url(writer, "url", finding->url);
	json_write_text(writer, "method", finding->method);
	write_url(writer, "should", finding->should);
	json_write_text(writer, "by", finding->by);
	json_end_object(writer);
}

/* What is at a place that is not simply right. */
static void
print_state(const struct webhook_finding *finding)
{
	fputs(webhook_state_text(finding->state), stdout);
	if (finding->by[0] != '\0') {
		fputs(", ", stdout);
		terminal_print_part(stdout, finding->by, strlen(finding->by));
		fputs(finding->is_drift ? "" : ", which leads here", stdout);
	}
	if (finding->state == WEBHOOK_OTHER_METHOD) {
		fputs(", ", stdout);
		terminal_print_part(
			stdout, finding->method, strlen(finding->method));
	}
}

static void
print_finding(const struct webhook_finding *finding)
{
	bool has_url =
		finding->by[0] == '\0' && finding->state != WEBHOOK_BY_NUMBERS;

	fputs(terminal_colour(
		      stdout, finding->is_drift ? COLOUR_BAD : COLOUR_GOOD),
		stdout);
	printf("  %s: ", finding->place->parameter);
	print_state(finding);
	fputs(terminal_colour(stdout, COLOUR_NONE), stdout);
	if (has_url && !finding->is_drift) {
		fputs(", ", stdout);
		print_value(finding->url);
	}
	fputc('\n', stdout);
	if (!has_url || !finding->is_drift)
		return;
	if (finding->url[0] != '\0')
		print_line("is", finding->url);
	if (strcmp(finding->url, finding->should) != 0)
		print_line("should be", finding->should);
}

void
provision_report_finding(void *context, const struct webhook_finding *finding)
{
	struct provision_report *report = context;

	report->n++;
	report->n_drift += finding->is_drift;
	if (report->json) {
		write_finding(&report->writer, finding);
		return;
	}
	if (report->quiet && !finding->is_drift)
		return;
	if (finding->resource != report->resource)
		print_heading(webhook_name(finding->resource),
			webhook_sid(finding->resource));
	report->resource = finding->resource;
	print_finding(finding);
}

enum err
provision_report_end(struct provision_report *report)
{
	if (!report->json) {
		if (!report->quiet)
			printf("%zu of %zu URLs are as they should be\n",
				report->n - report->n_drift, report->n);
		return ERR_OK;
	}
	json_end_array(&report->writer);
	json_write_number(&report->writer, "n", (long long)report->n);
	json_write_number(&report->writer, "drift", (long long)report->n_drift);
	return json_writer_print(&report->writer, stdout);
}

/* What is said of a change: a value follows, or why. */
static const struct phrase {
	const char *text;
	bool has_value;
} phrases[CHANGE_OUTCOME__MAX] = {
	[CHANGE_PLANNED] = {"not tried",     false},
	[CHANGE_DONE] = {"set",           true },
	[CHANGE_FAILED] = {"not set: ",     false},
	[CHANGE_UNKNOWN] = {"perhaps set: ", false},
	[CHANGE_NEEDLESS] = {"is so already", false},
	[CHANGE_LEFT] = {"left: ",        false},
};

static void
print_change(const struct change *change, bool is_dry)
{
	const struct phrase *phrase = &phrases[change->outcome];
	bool is_planned = is_dry && change->outcome == CHANGE_PLANNED;
	bool is_good = change->outcome == CHANGE_DONE || is_planned ||
		       change->outcome == CHANGE_NEEDLESS;

	fputs(terminal_colour(stdout, is_good ? COLOUR_GOOD : COLOUR_BAD),
		stdout);
	printf("  %s: %s", change->parameter,
		is_planned ? "would be set" : phrase->text);
	terminal_print_part(stdout, change->why.text, strlen(change->why.text));
	printf("%s\n", terminal_colour(stdout, COLOUR_NONE));
	if (phrase->has_value || is_planned) {
		print_line(is_planned ? "is" : "was", change->old);
		print_line(is_planned ? "to" : "is", change->new);
	}
}

static void
print_changes(const struct provision_report *report,
	const struct provision_summary *summary)
{
	const struct changes *changes = summary->changes;
	const char *sid = "";

	for (size_t i = 0; i < changes->n; i++) {
		const struct change *change = &changes->items[i];

		if (report->quiet &&
			(change->outcome == CHANGE_DONE ||
				change->outcome == CHANGE_NEEDLESS))
			continue;
		if (strcmp(sid, change->sid) != 0)
			print_heading(change->name, change->sid);
		sid = change->sid;
		print_change(change, summary->is_dry);
	}
	if (report->quiet)
		return;
	if (changes->n == 0)
		printf("nothing has to be changed\n");
	else if (summary->undo_file != NULL && !summary->is_undo)
		printf("the old values are in \"%s\": "
		       "\"hookswitch provision --undo\" puts them back\n",
			summary->undo_file);
}

static void
write_change(struct json_writer *writer, const struct change *change)
{
	json_begin_object(writer, NULL);
	json_write_text(writer, "kind", change_kind_name(change->kind));
	json_write_text(writer, "sid", change->sid);
	json_write_text(writer, "name", change->name);
	json_write_text(writer, "parameter", change->parameter);
	json_write_text(
		writer, "outcome", change_outcome_name(change->outcome));
	write_url(writer, "old", change->old);
	write_url(writer, "new", change->new);
	json_write_text(writer, "why", change->why.text);
	json_end_object(writer);
}

enum err
provision_report_changes(const struct provision_report *report,
	const struct provision_summary *summary)
{
	const struct changes *changes = summary->changes;
	struct json_writer writer;

	if (!report->json) {
		print_changes(report, summary);
		return ERR_OK;
	}
	json_writer_open(&writer);
	json_write_text(&writer, "account_sid", summary->account_sid);
	json_write_bool(&writer, "dry_run", summary->is_dry);
	json_write_text(&writer, "undo_file", summary->undo_file);
	json_begin_array(&writer, "changes");
	for (size_t i = 0; i < changes->n; i++)
		write_change(&writer, &changes->items[i]);
	json_end_array(&writer);
	for (int i = 0; i < CHANGE_OUTCOME__MAX; i++)
		json_write_number(&writer,
			change_outcome_name((enum change_outcome)i),
			(long long)changes_count(
				changes, (enum change_outcome)i));
	return json_writer_print(&writer, stdout);
}
