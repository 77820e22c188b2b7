#ifndef HOOKSWITCH_BACKFILL_REPORT_H
#define HOOKSWITCH_BACKFILL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "json_writer.h"
#include "reconcile.h"

/*
 * What hookswitch backfill prints: each resource that webhooks had missed, as
 * it is found, and the numbers at the end.
 */

struct backfill_report {
	bool json, quiet, verbose;
	bool is_dry;
	bool has_many; /* accounts: each is named */
	struct json_writer writer;
	size_t refused; /* of all accounts */
	bool is_short;  /* something could not be printed */
};

/* Begins; the caller ends with backfill_report_end in every case. */
void backfill_report_begin(struct backfill_report *report);

/* For struct reconcile: prints the finding, if it is to be. */
void backfill_report_tell(
	void *context, const struct reconcile_finding *finding);

/* The numbers of one account; is_whole: all was read that was to be. */
void backfill_report_account(struct backfill_report *report,
	const char *account_sid,
	const struct reconcile_count counts[RESOURCE__MAX], bool is_whole);

/* ERR_MEMORY if something could not be printed. */
enum err backfill_report_end(struct backfill_report *report) NODISCARD;

#endif
