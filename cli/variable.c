#include "config.h"

#include "variable.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "digest.h"

/* From Twilio's test credentials, and from its documentation. */
#define NUMBER_US "+15005550006"
#define NUMBER_THEM "+14158675309"

/* Ten years: a time that was mistyped. */
#define SECONDS_MOST (10UL * 366 * 24 * 3600)

static const struct {
	const char *name, *prefix;
} sids[] = {
	{"application",     "AP"},
	{"call",            "CA"},
	{"channel",         "XE"},
	{"composition",     "CJ"},
	{"conference",      "CF"},
	{"media",           "ME"},
	{"message",         "SM"},
	{"mms",             "MM"},
	{"notification",    "NO"},
	{"number",          "PN"},
	{"participant",     "PA"},
	{"recording",       "RE"},
	{"room",            "RM"},
	{"service",         "MG"},
	{"track",           "MT"},
	{"transcription",   "TR"},
	{"video-recording", "RT"},
};

enum err
variables_init(
	struct variables *variables, const char *account_sid, const char *us)
{
	memset(variables, 0, sizeof *variables);
	variables->account_sid = account_sid;
	variables->us = us != NULL ? us : NUMBER_US;
	(void)clock_gettime(CLOCK_REALTIME, &variables->now);
	if (getrandom(variables->secret, sizeof variables->secret, 0) !=
		(ssize_t)sizeof variables->secret)
		return ERR_IO;
	return ERR_OK;
}

bool
variables_set(struct variables *variables, const char *name, const char *value)
{
	if (variables->n_set == VARIABLES_SET)
		return false;
	variables->set[variables->n_set].name = name;
	variables->set[variables->n_set++].value = value;
	return true;
}

void
variables_digits(
	const struct variables *variables, const char *word, char digits[33])
{
	char text[sizeof variables->secret + 32 + EXPAND_NAME_SIZE];
	char hex[DIGEST_SHA256_HEX];
	size_t len = sizeof variables->secret;

	memcpy(text, variables->secret, len);
	len += (size_t)snprintf(text + len, sizeof text - len, "%lu %.*s",
		variables->run, EXPAND_NAME_SIZE - 1, word);
	digest_sha256(text, len, hex);
	memcpy(digits, hex, 32);
	digits[32] = '\0';
}

/* The prefix of a variable such as "call" or "call2"; NULL if it has none. */
static const char *
sid_prefix(const char *name)
{
	for (size_t i = 0; i < sizeof sids / sizeof sids[0]; i++) {
		size_t len = strlen(sids[i].name);

		if (strncmp(name, sids[i].name, len) == 0 &&
			name[len + strspn(name + len, "0123456789")] == '\0')
			return sids[i].prefix;
	}
	return NULL;
}

static enum err
add_sid(const struct variables *variables, const char *prefix, const char *name,
	struct buf *out)
{
	char digits[33];
	enum err err = buf_add_text(out, prefix);

	variables_digits(variables, name, digits);
	return err == ERR_OK ? buf_add_text(out, digits) : err;
}

/* "", "+40" or "-40" behind the name of a time. */
static bool
read_offset(const char *text, long *seconds)
{
	unsigned long count;

	*seconds = 0;
	if (*text == '\0')
		return true;
	if (strchr("+-", *text) == NULL || !isdigit((unsigned char)text[1]) ||
		strlen(text) > 11 || text[1 + strspn(text + 1, "0123456789")])
		return false;
	count = strtoul(text + 1, NULL, 10);
	*seconds = *text == '-' ? -(long)count : (long)count;
	return count <= SECONDS_MOST;
}

/* Now, or as much before or after as the offset says. */
static bool
find_time(
	const struct variables *variables, const char *offset, struct tm *parts)
{
	time_t time = variables->now.tv_sec;
	long seconds;

	if (!read_offset(offset, &seconds))
		return false;
	time += seconds;
	return gmtime_r(&time, parts) != NULL;
}

/* The rest of each name, behind what the table has, is in rest. */

static enum err
add_account(
	const struct variables *variables, const char *rest, struct buf *out)
{
	return *rest == '\0' ? buf_add_text(out, variables->account_sid)
			     : ERR_MALFORMED;
}

static enum err
add_us(const struct variables *variables, const char *rest, struct buf *out)
{
	return *rest == '\0' ? buf_add_text(out, variables->us) : ERR_MALFORMED;
}

static enum err
add_them(const struct variables *variables, const char *rest, struct buf *out)
{
	(void)variables;
	return *rest == '\0' ? buf_add_text(out, NUMBER_THEM) : ERR_MALFORMED;
}

static enum err
add_newline(
	const struct variables *variables, const char *rest, struct buf *out)
{
	(void)variables;
	return *rest == '\0' ? buf_add(out, "\n", 1) : ERR_MALFORMED;
}

static enum err
add_run(const struct variables *variables, const char *rest, struct buf *out)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%lu", variables->run);
	return *rest == '\0' ? buf_add_text(out, text) : ERR_MALFORMED;
}

static enum err
add_time(const struct variables *variables, const char *rest, struct buf *out)
{
	char text[64];
	struct tm parts;

	if (!find_time(variables, rest, &parts))
		return ERR_MALFORMED;
	(void)strftime(
		text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts);
	return buf_add_text(out, text);
}

static enum err
add_isotime(
	const struct variables *variables, const char *rest, struct buf *out)
{
	char text[64];
	struct tm parts;
	size_t len;

	if (!find_time(variables, rest, &parts))
		return ERR_MALFORMED;
	len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
	(void)snprintf(text + len, sizeof text - len, ".%03dZ",
		(int)(variables->now.tv_nsec / 1000000) % 1000);
	return buf_add_text(out, text);
}

static const struct {
	const char *name;
	enum err (*add)(const struct variables *variables, const char *rest,
		struct buf *out);
} others[] = {
	{"account", add_account},
	{"us",      add_us     },
	{"them",    add_them   },
	{"newline", add_newline},
	{"run",     add_run    },
	{"time",    add_time   },
	{"isotime", add_isotime},
};

enum err
variables_value(const void *context, const char *name, struct buf *out)
{
	const struct variables *variables = context;
	const char *prefix = sid_prefix(name);

	for (size_t i = 0; i < variables->n_set; i++)
		if (strcmp(variables->set[i].name, name) == 0)
			return buf_add_text(out, variables->set[i].value);
	if (prefix != NULL)
		return add_sid(variables, prefix, name, out);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		size_t len = strlen(others[i].name);

		if (strncmp(name, others[i].name, len) == 0)
			return others[i].add(variables, name + len, out);
	}
	return ERR_MALFORMED;
}

bool
variable_exists(const char *name)
{
	struct variables variables = {.account_sid = "", .us = ""};
	struct buf out;
	enum err err;

	buf_init(&out, 256);
	err = variables_value(&variables, name, &out);
	buf_free(&out);
	return err != ERR_MALFORMED;
}
