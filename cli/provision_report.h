#ifndef HOOKSWITCH_PROVISION_REPORT_H
#define HOOKSWITCH_PROVISION_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "change.h"
#include "err.h"
#include "json_writer.h"
#include "webhook_urls.h"

/*
 * What the command provision prints, in words or as JSON.
 */
struct provision_report {
	bool json;
	bool quiet; /* only what is not as it should be */
	struct json_writer writer;
	const struct webhook_resource *resource; /* the last one's */
	size_t n, n_drift;                       /* places */
};

/* --check: begins, tells of a finding, ends. */
void provision_report_begin(
	struct provision_report *report, const char *account_sid);
void provision_report_finding(
	void *report, const struct webhook_finding *finding);
enum err provision_report_end(struct provision_report *report) NODISCARD;

/* What was changed, or would be. */
struct provision_summary {
	const struct changes *changes;
	const char *account_sid;
	const char *undo_file; /* NULL if there is none */
	bool is_dry, is_undo;
};

/* Tells of changes.  ERR_MEMORY. */
enum err provision_report_changes(const struct provision_report *report,
	const struct provision_summary *summary) NODISCARD;

#endif
