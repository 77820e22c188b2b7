#ifndef HOOKSWITCH_SETTINGS_TEXT_H
#define HOOKSWITCH_SETTINGS_TEXT_H

#include "buf.h"
#include "err.h"
#include "limit.h"
#include "settings.h"

/*
 * The text of a settings file: what is there stays byte for byte, and what is
 * missing comes behind it.
 */

/* Ceiling on it. */
#define SETTINGS_TEXT LIMIT_SETTINGS_FILE

/*
 * Appends before, which is "" for a new file, and behind it a line for each of
 * settings that has no value in there, which is what before was parsed to.
 * ERR_TOO_LARGE over the buffer's ceiling.
 */
enum err settings_text_write(struct buf *out, const char *before,
	const struct settings *there,
	const struct settings *settings) NODISCARD;

#endif
