#ifndef HOOKSWITCH_SETTINGS_H
#define HOOKSWITCH_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "log.h"

/*
 * The settings of one request.
 *
 * Each is looked up as NAME, REDIRECT_NAME and SSL_NAME among the request's
 * variables, then in the file that HOOKSWITCH_CONFIG names, then in the
 * process environment; an empty value counts as none.  Never as HTTP_*,
 * which the sender of a request can set.
 *
 * The file has lines "NAME = value"; blanks around name and value do not
 * count, lines that are empty or start with "#" neither.  Of a name that is
 * there twice the first line counts.
 */

enum setting {
	SETTING_ACCOUNT_SID,
	SETTING_AUTH_TOKEN,
	SETTING_ACCOUNTS,
	SETTING_PUBLIC_URL,
	SETTING_DATABASE,
	SETTING_SPOOL,
	SETTING_REPLIES,
	SETTING_RECORDINGS,
	SETTING_FEED_TOKEN,
	SETTING_FEED_DATABASE,
	SETTING_FEED_STREAMS,
	SETTING_PREPARE,
	SETTING_THREADS,
	SETTING_PHONE_NUMBER,
	SETTING_TWILIO_API,
	SETTING_TWILIO_EDGE,
	SETTING_TWILIO_REGION,
	SETTING_LOG,
	SETTING__MAX
};

struct settings {
	char *values[SETTING__MAX];
};

/* Where settings come from: the variables of a request. */
struct settings_source {
	const char *(*variable)(const void *context, const char *name);
	const void *context;
};

/* The setting's name, as the owner writes it.  Static. */
const char *settings_name(enum setting setting);

/*
 * Fills *settings.  ERR_SETTING, naming the setting or the file and line,
 * for a file that cannot be used or a value that is none of those allowed.
 * In every case the caller ends with settings_free.
 */
enum err settings_load(struct settings *settings,
	const struct settings_source *source, struct reason *reason) NODISCARD;

/*
 * As settings_load, from the text of a file alone, whose path is for the
 * reason.
 */
enum err settings_parse(struct settings *settings, const char *text,
	const char *path, struct reason *reason) NODISCARD;

/*
 * Gives a setting a value of len bytes, unless it has one: the first source
 * wins.  No bytes are no value.  ERR_SETTING for one that is too long.
 */
enum err settings_set(struct settings *settings, enum setting setting,
	const char *value, size_t len, struct reason *reason) NODISCARD;

/* Wipes and frees every value. */
void settings_free(struct settings *settings);

/* A value, NULL if it is not set; valid until settings_free. */
const char *settings_get(const struct settings *settings, enum setting setting);

/* As settings_get; ERR_SETTING, naming the setting, if it is not set. */
enum err settings_require(const struct settings *settings, enum setting setting,
	const char **value, struct reason *reason) NODISCARD;

/* HOOKSWITCH_LOG; LOG_INFO if it is not set. */
enum log_level settings_log_level(const struct settings *settings);

/* HOOKSWITCH_THREADS; 16 if it is not set. */
size_t settings_threads(const struct settings *settings);

/* HOOKSWITCH_FEED_STREAMS; 0 if it is not set. */
size_t settings_feed_streams(const struct settings *settings);

/* HOOKSWITCH_PREPARE: true unless "off". */
bool settings_prepare(const struct settings *settings);

#endif
