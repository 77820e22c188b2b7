/*
 * The files of a site: whether they are where they have to be, and open to
 * whom they have to be.
 */
#include "config.h"

#include "checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"
#include "endpoints.h"
#include "file.h"
#include "limit.h"
#include "recording_file.h"
#include "setup.h"
#include "step.h"
#include "tree.h"

#define HTACCESS (1024 * 1024)

enum err
check_files_obtain(struct checkup *checkup, struct reason *reason)
{
	if (checkup->directory == NULL)
		return err_reason(reason, ERR_SETTING,
			"the site's directory was not named");
	return place_find(&checkup->place, checkup->directory, NULL,
		checkup->config, NULL, reason);
}

/* A setting that names a file or directory; what it is called. */
static const struct named {
	enum setting setting;
	bool is_secret; /* not merely not meant to be shown */
} named[] = {
	{SETTING_ACCOUNTS,   true },
	{SETTING_SPOOL,      true },
	{SETTING_REPLIES,    false},
	{SETTING_RECORDINGS, true },
};

#define NAMED (sizeof named / sizeof named[0])

/* One that must be outside of the document root; whether it is. */
static bool
check_one_outside(struct checkup *checkup, const char *what, const char *path,
	bool is_secret)
{
	static const char mend[] =
		"move it out, and change the setting: the web server could "
		"hand it to anyone";
	struct reason reason;
	enum err err = path != NULL ? place_check_outside(&checkup->place, what,
					      path, &reason)
				    : ERR_OK;

	if (err == ERR_SETTING && is_secret)
		checkup_wrong(checkup, mend,
			"%s, \"%s\", is below the document root", what, path);
	else if (err == ERR_SETTING)
		checkup_note(checkup, mend,
			"%s, \"%s\", is below the document root", what, path);
	return err != ERR_SETTING;
}

static void
check_outside(struct checkup *checkup)
{
	bool is_good = check_one_outside(
		checkup, "the settings file", checkup->config, true);
	const char *site = checkup->site;
	size_t len;

	if (site == NULL)
		site = settings_get(checkup->settings, SETTING_PUBLIC_URL);
	if (site != NULL)
		place_learn_url(&checkup->place, site, &len);
	for (size_t i = 0; i < NAMED; i++)
		if (!check_one_outside(checkup, settings_name(named[i].setting),
			    settings_get(checkup->settings, named[i].setting),
			    named[i].is_secret))
			is_good = false;
	if (is_good)
		checkup_ok(checkup,
			"settings, spool, replies and recordings are outside "
			"of the document root %s",
			checkup->place.root);
}

/* A private directory; true if nobody else can get at what is in it. */
static bool
check_one_private(struct checkup *checkup, const char *what, const char *path,
	mode_t too_open)
{
	struct stat status;

	if (path == NULL || stat(path, &status) != 0 ||
		(status.st_mode & too_open) == 0)
		return true;
	checkup_wrong(checkup,
		(too_open & S_IROTH) != 0 ? "use \"chmod 700\""
					  : "use \"chmod o-w\"",
		"%s, \"%s\", can be %s by everybody", what, path,
		(status.st_mode & S_IWOTH) != 0 ? "changed" : "read");
	return false;
}

static void
check_private(struct checkup *checkup)
{
	const struct settings *settings = checkup->settings;
	char above[PATH_MAX] = "";
	char *slash;
	bool is_good = true;

	if (checkup->config != NULL)
		(void)snprintf(above, sizeof above, "%s", checkup->config);
	slash = strrchr(above, '/');
	if (slash != NULL)
		*slash = '\0';
	if (above[0] != '\0')
		is_good = check_one_private(checkup,
			"the directory of the settings file", above, S_IWOTH);
	if (!check_one_private(checkup, "HOOKSWITCH_SPOOL",
		    settings_get(settings, SETTING_SPOOL), S_IROTH | S_IWOTH))
		is_good = false;
	if (!check_one_private(checkup, "HOOKSWITCH_REPLIES",
		    settings_get(settings, SETTING_REPLIES), S_IWOTH))
		is_good = false;
	if (!check_one_private(checkup, "HOOKSWITCH_RECORDINGS",
		    settings_get(settings, SETTING_RECORDINGS),
		    S_IROTH | S_IWOTH))
		is_good = false;
	if (is_good)
		checkup_ok(checkup, "nobody else can get at what is private");
}

/* The site's server, as far as its files tell. */
static bool
is_under_lighttpd(const struct checkup *checkup)
{
	return strcmp(setup_server_guess(&checkup->place)->name, "lighttpd") ==
	       0;
}

/* What is the matter with one program; NULL if nothing is. */
static const char *
look_at_program(const char *path, const char *installed)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return errno == ENOENT ? "is missing" : "cannot be examined";
	if (S_ISLNK(status.st_mode) && stat(path, &status) != 0)
		return "is a link to nothing";
	if (!S_ISREG(status.st_mode))
		return "is no file";
	if ((status.st_mode & S_IXUSR) == 0)
		return "is not executable";
	if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "can be changed by others, which suexec refuses";
	if (access(installed, R_OK) == 0 &&
		step_examine_program(path, installed) == STEP_PROGRAM_OTHER)
		return "is of another release";
	return NULL;
}

/* How many programs there are something the matter with. */
struct programs {
	struct checkup *checkup;
	char installed[PATH_MAX]; /* "" if it cannot be told */
	size_t n, n_bad;
};

static void
check_program(struct programs *programs, const char *name)
{
	char path[PATH_MAX], installed[PATH_MAX];
	const char *what;

	if (snprintf(path, sizeof path, "%s/%s.fcgi",
		    programs->checkup->place.programs,
		    name) >= (int)sizeof path ||
		snprintf(installed, sizeof installed, "%s/%s.fcgi",
			programs->installed, name) >= (int)sizeof installed)
		return;
	what = look_at_program(path, installed);
	programs->n++;
	if (what == NULL)
		return;
	programs->n_bad++;
	checkup_wrong(programs->checkup,
		"run \"hookswitch init\" again, which mends it", "%s %s", path,
		what);
}

static void
check_programs(struct checkup *checkup)
{
	struct programs programs = {.checkup = checkup};

	if (is_under_lighttpd(checkup)) {
		checkup_ok(checkup,
			"lighttpd starts them where they are installed");
		return;
	}
	if (data_find_programs(programs.installed, NULL) != ERR_OK)
		programs.installed[0] = '\0';
	check_program(&programs, endpoint_health.name);
	check_program(&programs, "events");
	for (size_t i = 0; endpoints[i] != NULL; i++)
		check_program(&programs, endpoints[i]->name);
	if (programs.n_bad == 0)
		checkup_ok(checkup, "%zu in %s, executable and of this release",
			programs.n, checkup->place.programs);
}

/* The live page, whether it is of this release; it need not be there. */
static void
check_page(struct checkup *checkup)
{
	char path[PATH_MAX], installed[PATH_MAX];
	struct reason reason;
	enum tree tree = TREE_NONE;

	if (is_under_lighttpd(checkup) ||
		data_find(installed, "console", NULL) != ERR_OK ||
		snprintf(path, sizeof path, "%s/console",
			checkup->place.programs) >= (int)sizeof path)
		return;
	if (tree_examine(&tree, path, installed, &reason) != ERR_OK)
		checkup_wrong(checkup, "run \"hookswitch init\" again", "%s",
			reason.text);
	else if (tree == TREE_NONE)
		checkup_note(checkup, "run \"hookswitch init\" again",
			"the live page is not there: there is no %s", path);
	else if (tree == TREE_OTHER)
		checkup_wrong(checkup,
			"run \"hookswitch init\" again, which mends it",
			"the live page in %s is of another release", path);
	else
		checkup_ok(checkup, "the live page is in %s", path);
}

/* What is played on it. */
static void
check_recordings(struct checkup *checkup)
{
	const char *path = settings_get(checkup->settings, SETTING_RECORDINGS);
	struct reason reason;
	int directory = -1;

	if (path == NULL)
		return;
	if (recording_file_directory(&directory, path, NULL, &reason) != ERR_OK)
		checkup_wrong(checkup,
			"make it, for nobody else (mode 700), or run "
			"\"hookswitch recordings\", which does",
			"%s", reason.text);
	else
		checkup_ok(checkup, "HOOKSWITCH_RECORDINGS is %s", path);
	if (directory >= 0)
		(void)close(directory);
}

static void
check_directory(struct checkup *checkup)
{
	const char *paths[] = {
		checkup->place.directory, checkup->place.programs};
	bool is_good = true;

	for (size_t i = 0; i < 2; i++) {
		struct stat status;

		if (stat(paths[i], &status) != 0) {
			if (i == 0 || !is_under_lighttpd(checkup))
				checkup_wrong(checkup,
					"run \"hookswitch init\" again",
					"there is no %s", paths[i]);
			is_good = is_good && i > 0;
		} else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
			is_good = false;
			checkup_note(checkup, "use \"chmod go-w\"",
				"%s can be changed by others; suexec refuses "
				"programs in such a directory",
				paths[i]);
		}
	}
	if (is_good)
		checkup_ok(checkup, "%s can be changed by its owner alone",
			paths[0]);
}

/* The value of "SetEnv NAME value" in a text, up to the end of its line. */
static const char *
find_setenv(const char *text, const char *name, size_t *len)
{
	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		size_t name_len = strlen(name);

		line += strspn(line, "\n \t");
		if (strncasecmp(line, "SetEnv", 6) != 0)
			continue;
		line += 6 + strspn(line + 6, " \t");
		if (strncmp(line, name, name_len) != 0 ||
			strchr(" \t", line[name_len]) == NULL)
			continue;
		line += name_len + strspn(line + name_len, " \t\"");
		*len = strcspn(line, " \t\"\r\n");
		return line;
	}
	return NULL;
}

/* Whether it leads to the settings that are checked. */
static void
check_setenv(struct checkup *checkup, const char *path, const char *text)
{
	static const char *const names[] = {
		"HOOKSWITCH_CONFIG", "SSL_HOOKSWITCH_CONFIG"};
	const char *config = checkup->config;
	bool is_good = true;

	for (size_t i = 0; i < 2; i++) {
		size_t len = 0;
		const char *value = find_setenv(text, names[i], &len);

		if (value != NULL && config != NULL &&
			(strlen(config) != len ||
				memcmp(value, config, len) != 0)) {
			is_good = false;
			checkup_wrong(checkup,
				"name the same file there and here",
				"%s says %s %.*s, which is not the file that "
				"is checked",
				path, names[i], (int)len, value);
		} else if (value == NULL) {
			is_good = false;
			checkup_note(checkup,
				"run \"hookswitch init\" again, or set it in "
				"the server's configuration",
				"%s does not say SetEnv %s", path, names[i]);
		}
	}
	if (is_good)
		checkup_ok(checkup, "%s names the settings file", path);
}

/* What must not stand where the web server's user can read it. */
static void
check_secrets(struct checkup *checkup, const char *path, const char *text)
{
	static const enum setting secrets[] = {
		SETTING_AUTH_TOKEN, SETTING_DATABASE, SETTING_FEED_TOKEN};

	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
		const char *name = settings_name(secrets[i]);
		size_t len;

		if (find_setenv(text, name, &len) != NULL)
			checkup_note(checkup,
				"move it into the settings file: others on "
				"this host can often read this one",
				"%s has %s in it", path, name);
	}
}

static void
check_htaccess(struct checkup *checkup)
{
	char path[PATH_MAX];
	struct stat status;
	struct reason reason;
	struct buf text;

	if (is_under_lighttpd(checkup))
		return;
	if (snprintf(path, sizeof path, "%s/.htaccess",
		    checkup->place.directory) >= (int)sizeof path)
		return;
	buf_init(&text, HTACCESS);
	if (file_read(&text, path, &reason) != ERR_OK) {
		checkup_wrong(checkup,
			"run \"hookswitch init\" again; with lighttpd, say "
			"--server lighttpd",
			"%s", reason.text);
	} else {
		check_setenv(checkup, path, buf_text(&text));
		check_secrets(checkup, path, buf_text(&text));
		if (stat(path, &status) == 0 &&
			(status.st_mode & (S_IRGRP | S_IROTH)) == 0)
			checkup_note(checkup, "use \"chmod 644\"",
				"%s can be read by its owner alone: Apache's "
				"own user often is another",
				path);
	}
	buf_free(&text);
}

static const struct check checks[] = {
	{"outside",    NEED_SETTINGS | NEED_DIRECTORY, check_outside   },
	{"private",    NEED_SETTINGS,                  check_private   },
	{"directory",  NEED_DIRECTORY,                 check_directory },
	{"programs",   NEED_DIRECTORY,                 check_programs  },
	{"page",       NEED_DIRECTORY,                 check_page      },
	{"recordings", NEED_SETTINGS,                  check_recordings},
	{"htaccess",   NEED_SETTINGS | NEED_DIRECTORY, check_htaccess  },
	{NULL,         0,			      NULL            },
};

const struct check_group check_files = {"files", checks};
