#include "config.h"

#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "file.h"
#include "limit.h"

#define CONFIG_FILE "HOOKSWITCH_CONFIG"
/* Threads are made when requests wait, so that more cost nothing. */
#define THREADS_DEFAULT 16
#define BLANKS " \t\r"

static bool
is_log_level(const char *value)
{
	enum log_level level;

	return log_level_parse(value, &level);
}

static bool
is_switch(const char *value)
{
	return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
}

static bool
is_count(const char *value)
{
	return strspn(value, "0123456789") == strlen(value) &&
	       strlen(value) <= 3 && value[0] != '0';
}

static bool
is_count_or_none(const char *value)
{
	return is_count(value) || strcmp(value, "0") == 0;
}

static bool
is_path(const char *value)
{
	return value[0] == '/';
}

/* Every setting: its name, and what its value has to be, if anything. */
static const struct row {
	const char *name;
	bool (*allows)(const char *value);
	const char *allowed;
} rows[SETTING__MAX] = {
	[SETTING_ACCOUNT_SID] = {"TWILIO_ACCOUNT_SID",       NULL,             NULL              },
	[SETTING_AUTH_TOKEN] = {"TWILIO_AUTH_TOKEN",        NULL,             NULL              },
	[SETTING_ACCOUNTS] = {"HOOKSWITCH_ACCOUNTS",      is_path,
				 "an absolute path"					      },
	[SETTING_PUBLIC_URL] = {"HOOKSWITCH_PUBLIC_URL",    NULL,             NULL              },
	[SETTING_DATABASE] = {"HOOKSWITCH_DATABASE",      NULL,             NULL              },
	[SETTING_SPOOL] = {"HOOKSWITCH_SPOOL",         is_path,          "an absolute path"},
	[SETTING_REPLIES] = {"HOOKSWITCH_REPLIES",       is_path,          "an absolute path"},
	[SETTING_RECORDINGS] = {"HOOKSWITCH_RECORDINGS",    is_path,
				 "an absolute path"					      },
	[SETTING_FEED_TOKEN] = {"HOOKSWITCH_FEED_TOKEN",    NULL,             NULL              },
	[SETTING_FEED_DATABASE] = {"HOOKSWITCH_FEED_DATABASE", NULL,             NULL              },
	[SETTING_FEED_STREAMS] = {"HOOKSWITCH_FEED_STREAMS",  is_count_or_none,
				 "a number from 0 to 999"					},
	[SETTING_PREPARE] = {"HOOKSWITCH_PREPARE",       is_switch,
				 "\"on\" or \"off\""					     },
	[SETTING_THREADS] = {"HOOKSWITCH_THREADS",       is_count,
				 "a number from 1 to 999"					},
	[SETTING_PHONE_NUMBER] = {"TWILIO_PHONE_NUMBER",      NULL,             NULL              },
	[SETTING_TWILIO_API] = {"HOOKSWITCH_TWILIO_API",    NULL,             NULL              },
	[SETTING_TWILIO_EDGE] = {"TWILIO_EDGE",              NULL,             NULL              },
	[SETTING_TWILIO_REGION] = {"TWILIO_REGION",            NULL,             NULL              },
	[SETTING_LOG] = {"HOOKSWITCH_LOG",           is_log_level,
				 "\"error\", \"info\" or \"debug\""                              },
};

const char *
settings_name(enum setting setting)
{
	return rows[setting].name;
}

static enum setting
find_setting(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < SETTING__MAX; i++)
		if (strlen(rows[i].name) == len &&
			memcmp(rows[i].name, name, len) == 0)
			break;
	return (enum setting)i;
}

/* The request's own value: NAME, REDIRECT_NAME, SSL_NAME. */
static const char *
from_request(const struct settings_source *source, const char *name)
{
	static const char *const prefixes[] = {"", "REDIRECT_", "SSL_"};
	char prefixed[64];

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		const char *value;

		(void)snprintf(
			prefixed, sizeof prefixed, "%s%s", prefixes[i], name);
		value = source->variable(source->context, prefixed);
		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

static const char *
from_environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

enum err
settings_set(struct settings *settings, enum setting setting, const char *value,
	size_t len, struct reason *reason)
{
	if (settings->values[setting] != NULL || len == 0)
		return ERR_OK;
	if (len > LIMIT_SETTING)
		return err_reason(reason, ERR_SETTING,
			"setting \"%s\" exceeds %d bytes", rows[setting].name,
			LIMIT_SETTING);
	settings->values[setting] = strndup(value, len);
	return settings->values[setting] != NULL
		       ? ERR_OK
		       : err_reason(reason, ERR_MEMORY, "out of memory");
}

/* The text between from and *to without the blanks at both ends. */
static const char *
trim(const char *from, const char **to)
{
	while (from < *to && strchr(BLANKS, *from) != NULL)
		from++;
	while (*to > from && strchr(BLANKS, (*to)[-1]) != NULL)
		--*to;
	return from;
}

/* One line of the file, without its newline. */
static enum err
read_line(struct settings *settings, const char *line, const char *end,
	const char *path, int number, struct reason *reason)
{
	const char *equals, *name, *name_end, *value;
	enum setting setting;

	line = trim(line, &end);
	if (line == end || *line == '#')
		return ERR_OK;
	equals = memchr(line, '=', (size_t)(end - line));
	if (equals == NULL)
		return err_reason(reason, ERR_SETTING,
			"line %d of file \"%s\" is not \"NAME = value\"",
			number, path);
	name_end = equals;
	name = trim(line, &name_end);
	value = trim(equals + 1, &end);
	setting = find_setting(name, (size_t)(name_end - name));
	if (setting == SETTING__MAX)
		return err_reason(reason, ERR_SETTING,
			"unrecognized setting \"%.*s\" in line %d of file "
			"\"%s\"",
			(int)(name_end - name < 64 ? name_end - name : 64),
			name, number, path);
	return settings_set(
		settings, setting, value, (size_t)(end - value), reason);
}

/* Every line of a file's text. */
static enum err
read_lines(struct settings *settings, const char *text, const char *path,
	struct reason *reason)
{
	const char *line, *end;
	int number = 0;
	enum err err = ERR_OK;

	for (line = text; err == ERR_OK && *line != '\0';
		line = *end == '\n' ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		err = read_line(settings, line, end, path, ++number, reason);
	}
	return err;
}

static enum err
read_file(struct settings *settings, const char *path,
	const char *document_root, struct reason *reason)
{
	struct buf text;
	enum err err;

	if (!is_path(path))
		return err_reason(reason, ERR_SETTING,
			"setting \"" CONFIG_FILE "\" must be an absolute path");
	buf_init(&text, LIMIT_SETTINGS_FILE);
	err = file_read_private(&text, path, document_root, reason);
	if (err != ERR_OK && err != ERR_MEMORY)
		err = ERR_SETTING; /* whatever kept us from reading it */
	if (err == ERR_OK)
		err = read_lines(settings, buf_text(&text), path, reason);
	buf_free(&text);
	return err;
}

/* Sets what the given look-up knows of the settings not set yet. */
static enum err
set_from(struct settings *settings, const struct settings_source *source,
	struct reason *reason)
{
	enum err err = ERR_OK;

	for (int i = 0; err == ERR_OK && i < SETTING__MAX; i++) {
		const char *value = source != NULL
					    ? from_request(source, rows[i].name)
					    : from_environment(rows[i].name);

		if (value != NULL)
			err = settings_set(settings, (enum setting)i, value,
				strlen(value), reason);
	}
	return err;
}

static enum err
check_values(const struct settings *settings, struct reason *reason)
{
	for (int i = 0; i < SETTING__MAX; i++) {
		const char *value = settings->values[i];

		if (value != NULL && rows[i].allows != NULL &&
			!rows[i].allows(value))
			return err_reason(reason, ERR_SETTING,
				"setting \"%s\" must be %s", rows[i].name,
				rows[i].allowed);
	}
	return ERR_OK;
}

enum err
settings_load(struct settings *settings, const struct settings_source *source,
	struct reason *reason)
{
	const char *path = from_request(source, CONFIG_FILE);
	enum err err;

	memset(settings, 0, sizeof *settings);
	if (path == NULL)
		path = from_environment(CONFIG_FILE);
	err = set_from(settings, source, reason);
	if (err == ERR_OK && path != NULL)
		err = read_file(settings, path,
			source->variable(source->context, "DOCUMENT_ROOT"),
			reason);
	if (err == ERR_OK)
		err = set_from(settings, NULL, reason);
	if (err == ERR_OK)
		err = check_values(settings, reason);
	return err;
}

enum err
settings_parse(struct settings *settings, const char *text, const char *path,
	struct reason *reason)
{
	enum err err;

	memset(settings, 0, sizeof *settings);
	err = read_lines(settings, text, path, reason);
	return err == ERR_OK ? check_values(settings, reason) : err;
}

void
settings_free(struct settings *settings)
{
	for (int i = 0; i < SETTING__MAX; i++) {
		char *value = settings->values[i];

		if (value != NULL)
			explicit_bzero(value, strlen(value));
		free(value);
	}
	memset(settings, 0, sizeof *settings);
}

const char *
settings_get(const struct settings *settings, enum setting setting)
{
	return settings->values[setting];
}

enum err
settings_require(const struct settings *settings, enum setting setting,
	const char **value, struct reason *reason)
{
	*value = settings->values[setting];
	if (*value == NULL)
		return err_reason(reason, ERR_SETTING,
			"setting \"%s\" is missing", rows[setting].name);
	return ERR_OK;
}

enum log_level
settings_log_level(const struct settings *settings)
{
	enum log_level level = LOG_INFO;

	if (settings->values[SETTING_LOG] != NULL)
		(void)log_level_parse(settings->values[SETTING_LOG], &level);
	return level;
}

size_t
settings_threads(const struct settings *settings)
{
	const char *value = settings->values[SETTING_THREADS];

	return value != NULL ? strtoul(value, NULL, 10) : THREADS_DEFAULT;
}

size_t
settings_feed_streams(const struct settings *settings)
{
	const char *value = settings->values[SETTING_FEED_STREAMS];

	return value != NULL ? strtoul(value, NULL, 10) : 0;
}

bool
settings_prepare(const struct settings *settings)
{
	const char *value = settings->values[SETTING_PREPARE];

	return value == NULL || strcmp(value, "off") != 0;
}
