#include "config.h"

#include "place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "url_parts.h"

#define PRIVATE "private"
#define CONFIG "hookswitch.conf"

/* What hosts call a document root: others of the same account's are in it. */
static const char *const roots[] = {
	"public_html", "htdocs", "httpdocs", "wwwroot"};

static enum err
too_long(const char *path, struct reason *reason)
{
	return err_reason(
		reason, ERR_IO, "the path \"%.100s...\" is too long", path);
}

/* directory/name into out. */
static enum err
join(char out[PATH_MAX], const char *directory, const char *name,
	struct reason *reason)
{
	const char *slash = strcmp(directory, "/") == 0 ? "" : "/";

	if (snprintf(out, PATH_MAX, "%s%s%s", directory, slash, name) >=
		PATH_MAX)
		return too_long(directory, reason);
	return ERR_OK;
}

/* A path with every link on it resolved; its last name may not exist. */
static enum err
resolve(char out[PATH_MAX], const char *path, struct reason *reason)
{
	char above[PATH_MAX], real[PATH_MAX];
	size_t len = strlen(path);
	const char *name;

	if (realpath(path, out) != NULL)
		return ERR_OK;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (errno != ENOENT || len == 0 || len >= sizeof above)
		return err_reason(
			reason, ERR_IO, "could not find \"%.300s\"", path);
	(void)snprintf(above, sizeof above, "%.*s", (int)len, path);
	name = strrchr(above, '/');
	if (name == NULL)
		return realpath(".", real) != NULL
			       ? join(out, real, above, reason)
			       : err_reason(reason, ERR_IO,
					 "could not find \".\"");
	above[name - above] = '\0';
	if (realpath(above[0] != '\0' ? above : "/", real) == NULL)
		return err_reason(reason, ERR_IO,
			"could not find \"%.300s\": there is no \"%.100s\"",
			path, above);
	return join(out, real, name + 1, reason);
}

/* Whether path is directory or lies below it, by their names. */
static bool
is_within(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 &&
	       (path[len] == '\0' || path[len] == '/');
}

/*
 * Of a directory the part before the outermost name that is a document
 * root's, or before its last one.
 */
static void
cut_root(char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');
	char *found = slash;

	for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
		size_t len = strlen(roots[i]);
		char *at = path;

		while ((at = strstr(at, roots[i])) != NULL) {
			if (at[-1] == '/' && strchr("/", at[len]) != NULL &&
				at - 1 < found)
				found = at - 1;
			at += len;
		}
	}
	*found = '\0';
}

static enum err
choose_private(struct place *place, const char *home, struct reason *reason)
{
	char real[PATH_MAX], above[PATH_MAX];

	if (home != NULL && home[0] == '/' && realpath(home, real) != NULL &&
		strcmp(real, "/") != 0 && is_within(place->directory, real) &&
		strcmp(place->directory, real) != 0)
		return join(place->private, real, PRIVATE, reason);
	(void)snprintf(above, sizeof above, "%s", place->directory);
	cut_root(above);
	return join(place->private, above[0] != '\0' ? above : "/", PRIVATE,
		reason);
}

enum err
place_find(struct place *place, const char *directory, const char *private,
	const char *config, const char *home, struct reason *reason)
{
	enum err err;

	memset(place, 0, sizeof *place);
	err = resolve(place->directory, directory, reason);
	if (err == ERR_OK && strcmp(place->directory, "/") == 0)
		return err_reason(
			reason, ERR_IO, "\"/\" cannot be a document root");
	if (err == ERR_OK)
		err = join(place->programs, place->directory, PACKAGE_NAME,
			reason);
	(void)snprintf(place->root, sizeof place->root, "%s", place->directory);
	if (err == ERR_OK && config != NULL)
		err = resolve(place->config, config, reason);
	if (err == ERR_OK && private != NULL) {
		err = resolve(place->private, private, reason);
	} else if (err == ERR_OK && config != NULL) {
		(void)snprintf(place->private, sizeof place->private, "%.*s",
			(int)(strrchr(place->config, '/') - place->config),
			place->config);
	} else if (err == ERR_OK) {
		err = choose_private(place, home, reason);
	}
	if (err == ERR_OK && config == NULL)
		err = join(place->config, place->private, CONFIG, reason);
	return err;
}

void
place_learn_url(struct place *place, const char *url, size_t *len)
{
	size_t directory_len = strlen(place->directory), path_len;
	struct url_parts parts;
	const char *path;

	*len = strlen(url);
	if (!url_split(&parts, url))
		return;
	path = parts.part[URL_PATH].text;
	path_len = parts.part[URL_PATH].len;
	while (path_len > 0 && path[path_len - 1] == '/')
		path_len--;
	*len = (size_t)(path - url) + path_len;
	if (path_len == 0 || path_len >= directory_len ||
		memcmp(place->directory + directory_len - path_len, path,
			path_len) != 0)
		return;
	place->root[directory_len - path_len] = '\0';
	*len = (size_t)(path - url);
}

enum err
place_check_outside(const struct place *place, const char *what,
	const char *path, struct reason *reason)
{
	const char *directory = place->root;
	char above[PATH_MAX], private[PATH_MAX + sizeof PRIVATE];
	bool is_another;
	struct stat status;
	enum err err;

	/* One that is to be made has nothing that leads out of it. */
	if (stat(directory, &status) != 0 && is_within(path, directory))
		err = ERR_SETTING;
	else
		err = file_check_outside(path, directory);
	(void)snprintf(above, sizeof above, "%s", directory);
	cut_root(above);
	(void)snprintf(private, sizeof private, "%s/" PRIVATE, above);
	/* It is refused itself where a link in the root leads to it. */
	is_another = !is_within(path, private) &&
		     file_check_outside(private, directory) == ERR_OK;
	if (err == ERR_SETTING)
		return err_reason(reason, err,
			"%s \"%.150s\" must not be below the document root "
			"\"%.150s\", since the web server could hand it to "
			"anyone; choose another by --private%s%.100s%s",
			what, path, directory, is_another ? ", such as \"" : "",
			is_another ? private : "", is_another ? "\"" : "");
	return err == ERR_OK ? ERR_OK
			     : err_reason(reason, err, "out of memory");
}

enum err
place_check_plain(const char *what, const char *path, struct reason *reason)
{
	bool is_plain = path[0] == '/';

	for (const char *at = path; *at != '\0' && is_plain; at++)
		is_plain = (unsigned char)*at > ' ' && *at != 0x7F &&
			   strchr("\"'\\$%`#{}<>", *at) == NULL;
	if (is_plain)
		return ERR_OK;
	return err_reason(reason, ERR_SETTING,
		"%s \"%.200s\" cannot stand in a web server's configuration: "
		"it must be absolute, without blanks, quotes and the like",
		what, path);
}

bool
place_is_served(const char *path)
{
	while (*path != '\0') {
		size_t len = strcspn(path, "/");

		for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
			if (strlen(roots[i]) == len &&
				strncmp(path, roots[i], len) == 0)
				return true;
		path += len + (path[len] == '/');
	}
	return false;
}
