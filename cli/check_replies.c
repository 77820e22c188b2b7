/*
 * The reply files: whether they are what Twilio takes, and are looked for.
 */
#include "config.h"

#include "checks.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "endpoints.h"
#include "file.h"
#include "form.h"
#include "limit.h"
#include "queries.h"
#include "similar.h"
#include "twiml.h"

/* More than anybody has. */
#define FILES_MOST 1000

#define SUFFIX ".xml"

/* Calls back for every name that an endpoint looks for. */
static void
each_name(void (*call)(void *context, const char *name), void *context)
{
	for (size_t i = 0; endpoints[i] != NULL; i++) {
		const struct twiml_reply *reply = endpoints[i]->replies;

		for (; reply != NULL; reply++) {
			call(context, reply->file);
			if (reply->parameter == NULL)
				break;
		}
	}
}

static void
compare(void *context, const char *name)
{
	const char **wanted = context;

	if (*wanted != NULL && strcmp(*wanted, name) == 0)
		*wanted = NULL;
}

static void
try_similar(void *context, const char *name)
{
	similar_try(context, name);
}

/* Whether an endpoint looks for a file; says if not. */
static bool
check_name(struct checkup *checkup, const char *name)
{
	const char *wanted = name;
	struct similar similar = {name, NULL, 0};
	char mend[128];

	each_name(compare, &wanted);
	if (wanted == NULL)
		return true;
	each_name(try_similar, &similar);
	if (similar.name != NULL)
		(void)snprintf(
			mend, sizeof mend, "did you mean %s?", similar.name);
	else
		(void)snprintf(mend, sizeof mend, "%s",
			"man hookswitch.conf has the names, REPLY FILES");
	checkup_note(checkup, mend, "no endpoint looks for %s", name);
	return false;
}

/* Whether a document is what Twilio takes; errors as twiml_fill. */
static enum err
fill(const char *text, size_t len, struct reason *reason)
{
	static const struct form nothing = {.n = 0};
	struct buf out;
	enum err err;

	buf_init(&out, LIMIT_TWIML);
	err = twiml_fill(&out, text, len, &nothing, reason);
	buf_free(&out);
	return err;
}

static bool
check_document(struct checkup *checkup, const char *directory, const char *name)
{
	char path[PATH_MAX];
	struct reason reason;
	struct buf text;
	enum err err;

	if (snprintf(path, sizeof path, "%s/%s", directory, name) >=
		(int)sizeof path)
		return true;
	buf_init(&text, LIMIT_TWIML);
	err = file_read(&text, path, &reason);
	if (err == ERR_OK)
		err = fill(buf_text(&text), text.len, &reason);
	if (err != ERR_OK)
		checkup_wrong(checkup,
			"mend the file: until then the built-in answer is "
			"given",
			"%s: %s", name, reason.text);
	buf_free(&text);
	return err == ERR_OK;
}

static bool
has_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(SUFFIX) &&
	       strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* Every *.xml of the directory. */
static void
check_all(struct checkup *checkup, const char *directory, DIR *names)
{
	const struct dirent *entry;
	size_t n = 0;
	bool is_good = true;

	while (n < FILES_MOST && (entry = readdir(names)) != NULL) {
		if (entry->d_name[0] == '.' || !has_suffix(entry->d_name))
			continue;
		n++;
		if (!check_name(checkup, entry->d_name) ||
			!check_document(checkup, directory, entry->d_name))
			is_good = false;
	}
	if (is_good && n == 0)
		checkup_ok(checkup, "there are none: built-in answers are "
				    "given, or what the database says");
	else if (is_good)
		checkup_ok(checkup, "%zu well-formed in %s", n, directory);
}

static void
check_files_of(struct checkup *checkup)
{
	const char *directory =
		settings_get(checkup->settings, SETTING_REPLIES);
	DIR *names;

	if (directory == NULL) {
		checkup_ok(checkup, "HOOKSWITCH_REPLIES is not set: built-in "
				    "answers are given, or what the database "
				    "says");
		return;
	}
	names = opendir(directory);
	if (names == NULL) {
		checkup_wrong(checkup, "make it, or leave the setting out",
			"HOOKSWITCH_REPLIES, \"%s\", cannot be read: %s",
			directory, strerror(errno));
		return;
	}
	check_all(checkup, directory, names);
	(void)closedir(names);
}

/* Those in the tables, which go before the files. */
static void
check_tables(struct checkup *checkup)
{
	struct database_result *result;
	struct reason reason;
	size_t n_bad = 0, n;

	if (database_run(checkup->database, &query_replies, NULL, &result,
		    &reason) != ERR_OK) {
		checkup_unknown(checkup, "%s", reason.text);
		return;
	}
	n = database_rows(result);
	for (size_t i = 0; i < n; i++) {
		const char *text = database_text(result, i, 1);

		if (fill(text, strlen(text), &reason) == ERR_OK)
			continue;
		n_bad++;
		checkup_wrong(checkup,
			"mend it there: until then what comes next answers",
			"%s: %s", database_text(result, i, 0), reason.text);
	}
	if (n_bad == 0)
		checkup_ok(checkup, "%zu well-formed in the database", n);
	database_result_free(result);
}

static const struct check checks[] = {
	{"reply-files",  NEED_SETTINGS, check_files_of},
	{"reply-tables", NEED_SCHEMA,   check_tables  },
	{NULL,           0,             NULL          },
};

const struct check_group check_replies = {"replies", checks};
