#ifndef HOOKSWITCH_PLAYBACK_H
#define HOOKSWITCH_PLAYBACK_H

#include "err.h"
#include "log.h"
#include "reader.h"
#include "request.h"

/*
 * GET ?recording=RE...: what a recording sounds like, for who may read.
 *
 * The file is one that "hookswitch recordings" has fetched, that table
 * recording_files knows, and that belongs to a recording that is still in the
 * tables: one that was purged or erased cannot be heard, though its file may be
 * there for a while.
 */

/* Where recordings are. */
struct playback_site {
	struct reader *reader;
	const char *connection; /* libpq's string or URI */
	const char *directory;  /* HOOKSWITCH_RECORDINGS; NULL: not set */
};

/*
 * Answers a request for a recording, GET or HEAD, or a part of it (Range): 200,
 * 206, 304 or 416; or 404 with {"error": "...", "file": "..."}, "file" being
 *
 *	unknown    there is no such recording (any more)
 *	none       it has not been fetched
 *	missing    it has been, but is not in the directory as it was fetched
 *	off        HOOKSWITCH_RECORDINGS is not set
 *
 * It goes out in pieces, for as long as the client takes them.
 *
 * ERR_OK if an answer was begun; otherwise the caller answers: ERR_MALFORMED
 * if its SID is none that a file can have, ERR_SETTING if the directory cannot
 * be used, else errors as reader_run.
 */
enum err playback_serve(const struct playback_site *site,
	struct request *request, const char *recording, const struct log *log,
	struct reason *reason) NODISCARD;

#endif
