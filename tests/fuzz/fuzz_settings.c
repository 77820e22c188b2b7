/*
 * Settings: the input's lines are a request's variables ("NAME=value") up to
 * an empty one, the rest is the settings file.  What is taken is as it should
 * be, and written to a file again it reads the same.
 */
#include "config.h"

#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "fuzz.h"
#include "limit.h"

#define VARIABLES 32

static char path[256];

static void
remove_file(void)
{
	(void)unlink(path);
}

/* The file that all inputs are written to, one after the other. */
static int
open_file(void)
{
	static int fd = -1;
	const char *directory = getenv("TMPDIR");

	if (fd >= 0)
		return fd;
	(void)snprintf(path, sizeof path, "%s/hookswitch-fuzz-XXXXXX",
		directory != NULL && directory[0] == '/' ? directory : "/tmp");
	fd = mkstemp(path);
	FUZZ_REQUIRE(fd >= 0);
	FUZZ_REQUIRE(atexit(remove_file) == 0);
	return fd;
}

static void
write_file(const char *text, size_t len)
{
	int fd = open_file();

	FUZZ_REQUIRE(ftruncate(fd, 0) == 0);
	FUZZ_REQUIRE(pwrite(fd, text, len, 0) == (ssize_t)len);
}

/* A variable; which file it is, is ours to say. */
static const char *
variable(const void *context, const char *name)
{
	const char *const *variables = context;
	size_t len = strlen(name);

	if (strcmp(name, "HOOKSWITCH_CONFIG") == 0)
		return path;
	for (; *variables != NULL; variables++)
		if (strncmp(*variables, name, len) == 0 &&
			(*variables)[len] == '=')
			return *variables + len + 1;
	return NULL;
}

/* Cuts the variables off; what is left is the file. */
static const char *
split(char *text, size_t size, const char **variables)
{
	char *end = text + size;
	size_t n = 0;

	while (text < end && *text != '\n' && n < VARIABLES - 1) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		if (newline == NULL)
			newline = end;
		*newline = '\0';
		variables[n++] = text;
		text = newline < end ? newline + 1 : end;
	}
	variables[n] = NULL;
	return text < end ? text + 1 : end;
}

/* Whether a line of the file can hold it. */
static bool
fits_line(const char *value)
{
	return strchr(value, '\n') == NULL &&
	       strchr(" \t\r", value[0]) == NULL &&
	       strchr(" \t\r", value[strlen(value) - 1]) == NULL;
}

static void
check_values(const struct settings *settings)
{
	static const enum setting paths[] = {
		SETTING_ACCOUNTS, SETTING_SPOOL, SETTING_REPLIES};
	const char *threads = settings_get(settings, SETTING_THREADS);

	for (int i = 0; i < SETTING__MAX; i++) {
		const char *value = settings_get(settings, (enum setting)i);

		FUZZ_REQUIRE(value == NULL || value[0] != '\0');
		FUZZ_REQUIRE(value == NULL || strlen(value) <= LIMIT_SETTING);
	}
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		const char *value = settings_get(settings, paths[i]);

		FUZZ_REQUIRE(value == NULL || value[0] == '/');
	}
	FUZZ_REQUIRE(threads == NULL || strtoul(threads, NULL, 10) >= 1);
	FUZZ_REQUIRE(threads == NULL || strtoul(threads, NULL, 10) <= 999);
}

/* All of them as a file; false if lines cannot hold them. */
static bool
format(struct buf *text, const struct settings *settings)
{
	for (int i = 0; i < SETTING__MAX; i++) {
		const char *name = settings_name((enum setting)i);
		const char *value = settings_get(settings, (enum setting)i);

		if (value == NULL)
			continue;
		if (!fits_line(value) || buf_add_text(text, name) != ERR_OK ||
			buf_add_text(text, "=") != ERR_OK ||
			buf_add_text(text, value) != ERR_OK ||
			buf_add_text(text, "\n") != ERR_OK)
			return false;
	}
	return true;
}

/* Written as a file, and read with no other source. */
static void
check_again(const struct settings *settings)
{
	static const char *const nothing[] = {NULL};
	const struct settings_source source = {variable, nothing};
	struct settings again;
	struct buf text;

	buf_init(&text, LIMIT_SETTINGS_FILE);
	if (format(&text, settings)) {
		write_file(buf_text(&text), text.len);
		FUZZ_REQUIRE(settings_load(&again, &source, NULL) == ERR_OK);
		for (int i = 0; i < SETTING__MAX; i++) {
			enum setting setting = (enum setting)i;
			const char *a = settings_get(settings, setting);
			const char *b = settings_get(&again, setting);

			FUZZ_REQUIRE((a == NULL) == (b == NULL));
			FUZZ_REQUIRE(a == NULL || strcmp(a, b) == 0);
		}
		settings_free(&again);
	}
	buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *variables[VARIABLES];
	const struct settings_source source = {variable, variables};
	struct reason reason = {""};
	struct settings settings;
	const char *file;
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	file = split(text, size, variables);
	write_file(file, (size_t)(text + size - file));
	if (settings_load(&settings, &source, &reason) == ERR_OK) {
		check_values(&settings);
		check_again(&settings);
	} else {
		FUZZ_REQUIRE(reason.text[0] != '\0');
	}
	settings_free(&settings);
	for (int i = 0; i < SETTING__MAX; i++)
		FUZZ_REQUIRE(settings_get(&settings, (enum setting)i) == NULL);
	free(text);
	return 0;
}
