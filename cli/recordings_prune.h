#ifndef HOOKSWITCH_RECORDINGS_PRUNE_H
#define HOOKSWITCH_RECORDINGS_PRUNE_H

#include "database.h"
#include "err.h"
#include "folder.h"
#include "recordings_report.h"

/*
 * Deletes files in a folder whose recordings the tables no longer have, since
 * they were purged or erased, those of one account, and tells each; what is
 * noted of such that Twilio did not have; and parts that nobody has gone on
 * with for days.  Files that the tables do not know of stay.
 *
 * ERR_IO if a file cannot be deleted; errors as database_run.
 */
enum err recordings_prune(const struct folder *folder,
	struct database *database, const char *account_sid,
	struct recordings_report *report, struct reason *reason) NODISCARD;

#endif
