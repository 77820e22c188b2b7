#include "config.h"

#include "scenario_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "expand.h"
#include "input.h"
#include "similar.h"

#define DIRECTORY "scenarios"

enum err
scenario_read(
	struct scenario *scenario, const char *path, struct reason *reason)
{
	struct buf text;
	enum err err;

	buf_init(&text, SCENARIO_FILE);
	err = input_read(&text, path, reason);
	if (err == ERR_OK)
		err = scenario_parse(
			scenario, path, buf_text(&text), text.len, reason);
	buf_free(&text);
	return err;
}

/* The path of an installed one; its name cannot lead elsewhere. */
static enum err
find_installed(char path[PATH_MAX], const char *name, struct reason *reason)
{
	char below[sizeof DIRECTORY + EXPAND_NAME_SIZE];

	if (!expand_is_name(name, strlen(name)))
		return ERR_MALFORMED;
	(void)snprintf(below, sizeof below, DIRECTORY "/%s", name);
	return data_find(path, below, reason);
}

/* The first line without its "#", if it is a comment. */
static void
read_purpose(const char *name, char *purpose, size_t size)
{
	char path[PATH_MAX];
	struct buf text;
	const char *line;

	purpose[0] = '\0';
	buf_init(&text, SCENARIO_FILE);
	if (find_installed(path, name, NULL) == ERR_OK &&
		input_read(&text, path, NULL) == ERR_OK) {
		line = buf_text(&text);
		line += strspn(line, "# ");
		(void)snprintf(
			purpose, size, "%.*s", (int)strcspn(line, "\n"), line);
	}
	buf_free(&text);
}

size_t
scenario_list(
	void (*call)(void *context, const char *name, const char *purpose),
	void *context)
{
	char path[PATH_MAX], purpose[100];
	struct dirent **entries = NULL;
	size_t n_called = 0;
	int n = -1;

	if (data_find(path, DIRECTORY, NULL) == ERR_OK)
		n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (expand_is_name(name, strlen(name))) {
			read_purpose(name, purpose, sizeof purpose);
			call(context, name, purpose);
			n_called++;
		}
		free(entries[i]);
	}
	free(entries);
	return n_called;
}

/* What the word is most like; the name is kept in text. */
struct guess {
	struct similar similar;
	char text[EXPAND_NAME_SIZE];
};

static void
guess(void *context, const char *name, const char *purpose)
{
	struct guess *best = context;
	const char *before = best->similar.name;

	(void)purpose;
	similar_try(&best->similar, name);
	if (best->similar.name == before)
		return;
	(void)snprintf(best->text, sizeof best->text, "%s", name);
	best->similar.name = best->text;
}

static enum err
no_such(const char *name, struct reason *reason)
{
	struct guess best = {
		{name, NULL, 0},
                ""
        };

	struct reason meant;

	for (size_t i = 0; webhooks[i] != NULL; i++)
		guess(&best, webhooks[i]->name, NULL);
	(void)scenario_list(guess, &best);
	return err_reason(reason, ERR_MALFORMED,
		"there is no webhook or scenario \"%.60s\"%s", name,
		similar_words(&best.similar, &meant));
}

enum err
scenario_find(
	struct scenario *scenario, const char *name, struct reason *reason)
{
	char path[PATH_MAX];

	if (webhook_find(name) != NULL)
		return scenario_parse(
			scenario, name, name, strlen(name), reason);
	if (find_installed(path, name, reason) != ERR_OK)
		return no_such(name, reason);
	return scenario_read(scenario, path, reason);
}
