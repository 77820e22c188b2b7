#ifndef HOOKSWITCH_SPOOL_H
#define HOOKSWITCH_SPOOL_H

#include "err.h"
#include "spool_record.h"

/*
 * The spool: verified requests that the database could not take, on disk.
 *
 * A directory of the owner's, in which there are, made when first needed,
 *
 *	new/         records that wait
 *	tmp/         records that are being written
 *	rejected/    records that the database will never take as they are
 *	unreadable/  records that are damaged or of a newer version
 *
 * Nothing in rejected/ and unreadable/ is deleted or looked at again, save by
 * spool_sift; beside each lies NAME.reason.  A record moved back to new/ is
 * tried again, and a .reason there is passed over.
 *
 * A record is a file, which spool_record.h describes; its name is a digest of
 * what was asked, so that a request that comes twice is kept once.
 */

/*
 * Writes a record to new/.  ERR_OK only when it would survive a power cut:
 * the file is synced, renamed, and its directory synced.  ERR_TOO_LARGE over
 * LIMIT_SPOOL_RECORD; ERR_IO otherwise, with a reason that names the file and
 * the fault, and then nothing is left of it that would be replayed.
 */
enum err spool_write(const char *directory, const struct spool_record *record,
	struct reason *reason) NODISCARD;

/* As spool_write, to rejected/, with the reason why. */
enum err spool_write_rejected(const char *directory,
	const struct spool_record *record, const char *why,
	struct reason *reason) NODISCARD;

/*
 * Whether records can be written, as far as that can be told without writing
 * one.  ERR_IO, with the reason, if not.
 */
enum err spool_check(const char *directory, struct reason *reason) NODISCARD;

#endif
