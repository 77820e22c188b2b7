#include "config.h"

#include "recordings_report.h"

#include <stdio.h>
#include <string.h>

#include "json_writer.h"
#include "terminal.h"

static const struct {
	const char *name, *words;
} outcomes[RECORDING__MAX] = {
	[RECORDING_FETCHED] = {"fetched", "fetched"          },
	[RECORDING_LATER] = {"later",   "not there yet"    },
	[RECORDING_GONE] = {"gone",    "no more at Twilio"},
	[RECORDING_FAILED] = {"failed",  "failed"           },
	[RECORDING_PRUNED] = {"pruned",  "deleted"          },
};

static void
print_text(const char *text)
{
	terminal_print_part(stdout, text, strlen(text));
}

static void
print_file(enum recording_outcome outcome, const char *sid,
	unsigned long long size, const struct reason *why)
{
	print_text(sid);
	printf("  %s", outcomes[outcome].words);
	if (outcome == RECORDING_FETCHED)
		printf("  %llu bytes", size);
	if (why != NULL) {
		printf(": ");
		print_text(why->text);
	}
	putchar('\n');
}

static bool
print_object(const struct recordings_report *report,
	enum recording_outcome outcome, const char *sid,
	unsigned long long size, const struct reason *why)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_text(&writer, "sid", sid);
	json_write_text(&writer, "outcome", outcomes[outcome].name);
	if (outcome == RECORDING_FETCHED) {
		json_write_text(&writer, "format", report->format);
		json_write_number(&writer, "size", (long long)size);
	}
	if (why != NULL)
		json_write_text(&writer, "why", why->text);
	return json_writer_print(&writer, stdout) == ERR_OK;
}

void
recordings_report_file(struct recordings_report *report,
	enum recording_outcome outcome, const char *sid,
	unsigned long long size, const struct reason *why)
{
	report->counts[outcome]++;
	report->bytes += size;
	if (!report->verbose)
		return;
	terminal_progress_end();
	if (!report->json)
		print_file(outcome, sid, size, why);
	else if (!print_object(report, outcome, sid, size, why))
		report->is_short = true;
}

/* "fetched 3 (1234 bytes), 1 not there yet". */
static void
print_counts(const struct recordings_report *report)
{
	printf("fetched %zu (%llu bytes)", report->counts[RECORDING_FETCHED],
		report->bytes);
	for (int i = RECORDING_FETCHED + 1; i < RECORDING__MAX; i++)
		if (report->counts[i] > 0)
			printf(", %zu %s", report->counts[i],
				outcomes[i].words);
	putchar('\n');
}

enum err
recordings_report_end(struct recordings_report *report)
{
	struct json_writer writer;

	if (!report->json) {
		if (!report->quiet || report->counts[RECORDING_GONE] > 0 ||
			report->counts[RECORDING_FAILED] > 0)
			print_counts(report);
		return ERR_OK;
	}
	json_writer_open(&writer);
	for (int i = 0; i < RECORDING__MAX; i++)
		json_write_number(&writer, outcomes[i].name,
			(long long)report->counts[i]);
	json_write_number(&writer, "bytes", (long long)report->bytes);
	if (json_writer_print(&writer, stdout) != ERR_OK)
		report->is_short = true;
	return report->is_short ? ERR_MEMORY : ERR_OK;
}
