#include "config.h"

#include "backfill_report.h"

#include <stdio.h>
#include <string.h>

#include "terminal.h"

/* As they are called in the numbers: several of each. */
static const char *const names[RESOURCE__MAX] = {
	[RESOURCE_CALL] = "calls",
	[RESOURCE_MESSAGE] = "messages",
	[RESOURCE_RECORDING] = "recordings",
	[RESOURCE_ROOM] = "rooms",
	[RESOURCE_PARTICIPANT] = "participants",
};

/* In JSON, and behind a finding. */
static const struct {
	const char *name, *remark;
} outcomes[RECONCILE__MAX] = {
	[RECONCILE_STORED] = {"stored",  ""                              },
	[RECONCILE_DELETED] = {"deleted", "; its row was deleted, left so"},
	[RECONCILE_LEFT] = {"left",    ""                              },
	[RECONCILE_REFUSED] = {"refused", "; refused: "                   },
};

void
backfill_report_begin(struct backfill_report *report)
{
	json_writer_open(&report->writer);
	json_write_bool(&report->writer, "dry_run", report->is_dry);
	json_begin_array(&report->writer, "accounts");
}

static void
print_text(const char *text)
{
	terminal_print_part(stdout, text, strlen(text));
}

/* "missing  call  CA...  completed". */
static void
print_finding(const struct reconcile_finding *finding)
{
	printf("%-7s  %-11s  ", finding->is_missing ? "missing" : "behind",
		resource_name(finding->kind));
	print_text(finding->sid);
	printf("  ");
	if (finding->known[0] != '\0') {
		print_text(finding->known);
		printf(" -> ");
	}
	print_text(finding->told);
	printf("%s", outcomes[finding->outcome].remark);
	print_text(finding->why);
	putchar('\n');
}

/* An object in a line of its own, so that there may be any number. */
static bool
print_object(const struct reconcile_finding *finding)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_text(&writer, "kind", resource_name(finding->kind));
	json_write_text(&writer, "sid", finding->sid);
	json_write_bool(&writer, "missing", finding->is_missing);
	json_write_text(&writer, "known",
		finding->known[0] != '\0' ? finding->known : NULL);
	json_write_text(&writer, "told", finding->told);
	json_write_text(&writer, "outcome", outcomes[finding->outcome].name);
	if (finding->why[0] != '\0')
		json_write_text(&writer, "why", finding->why);
	return json_writer_print(&writer, stdout) == ERR_OK;
}

void
backfill_report_tell(void *context, const struct reconcile_finding *finding)
{
	struct backfill_report *report = context;

	/* What the database will never take somebody has to look at. */
	if (!report->verbose &&
		(report->json || finding->outcome != RECONCILE_REFUSED))
		return;
	terminal_progress_end();
	if (report->json)
		report->is_short = !print_object(finding) || report->is_short;
	else
		print_finding(finding);
}

static bool
is_missed(const struct reconcile_count *count)
{
	return count->missing + count->behind > 0;
}

static void
print_counts(const struct backfill_report *report, const char *account_sid,
	const struct reconcile_count counts[RESOURCE__MAX], bool is_whole)
{
	bool is_begun = false;
	size_t deleted = 0;

	for (int i = 0; i < RESOURCE__MAX; i++) {
		const struct reconcile_count *count = &counts[i];

		deleted += count->outcomes[RECONCILE_DELETED];
		if (report->quiet ? !is_missed(count) : count->read == 0)
			continue;
		if (!is_begun)
			printf("%-12s %9s %9s %9s %9s %9s\n",
				report->has_many ? account_sid : "", "read",
				"missing", "behind", "stored", "refused");
		is_begun = true;
		printf("%-12s %9zu %9zu %9zu %9zu %9zu\n", names[i],
			count->read, count->missing, count->behind,
			count->outcomes[RECONCILE_STORED],
			count->outcomes[RECONCILE_REFUSED]);
	}
	if (!is_begun && is_whole && !report->quiet)
		printf("%s%sTwilio has nothing of these days\n",
			report->has_many ? account_sid : "",
			report->has_many ? ": " : "");
	if (deleted > 0)
		printf("%zu of them are in the ledger, and their rows were "
		       "deleted: left so\n",
			deleted);
	if (is_begun && report->is_dry)
		printf("nothing was written (--dry-run)\n");
}

static void
write_counts(struct json_writer *writer, const char *account_sid,
	const struct reconcile_count counts[RESOURCE__MAX])
{
	json_begin_object(writer, NULL);
	json_write_text(writer, "account_sid", account_sid);
	for (int i = 0; i < RESOURCE__MAX; i++) {
		const struct reconcile_count *count = &counts[i];

		json_begin_object(writer, names[i]);
		json_write_number(writer, "read", (long long)count->read);
		json_write_number(writer, "missing", (long long)count->missing);
		json_write_number(writer, "behind", (long long)count->behind);
		for (int j = 0; j < RECONCILE__MAX; j++)
			json_write_number(writer, outcomes[j].name,
				(long long)count->outcomes[j]);
		json_end_object(writer);
	}
	json_end_object(writer);
}

void
backfill_report_account(struct backfill_report *report, const char *account_sid,
	const struct reconcile_count counts[RESOURCE__MAX], bool is_whole)
{
	terminal_progress_end();
	for (int i = 0; i < RESOURCE__MAX; i++)
		report->refused += counts[i].outcomes[RECONCILE_REFUSED];
	if (report->json)
		write_counts(&report->writer, account_sid, counts);
	else
		print_counts(report, account_sid, counts, is_whole);
}

enum err
backfill_report_end(struct backfill_report *report)
{
	enum err err = ERR_OK;

	json_end_array(&report->writer);
	if (report->json)
		err = json_writer_print(&report->writer, stdout);
	else
		json_writer_free(&report->writer);
	return report->is_short ? ERR_MEMORY : err;
}
