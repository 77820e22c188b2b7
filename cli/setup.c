#include "config.h"

#include "setup.h"

#include <stdio.h>
#include <string.h>

#include "data.h"
#include "endpoints.h"
#include "file.h"
#include "shipped.h"

#define MODE_PUBLIC 0755
#define MODE_PRIVATE 0700

/* Ceiling on a shipped file. */
#define SHIPPED (64 * 1024)

/* How its comment starts the programs behind mod_proxy_fcgi. */
#define LOOP                                                                   \
	"cd /home/example && for program in public_html/hookswitch/*.fcgi; "   \
	"do\n"
#define SPAWN                                                                  \
	"spawn-fcgi -s run/$name.sock -M 0660 -P run/$name.pid -- "            \
	"/home/example/$program\n"

/* directory/name, for messages and files that are known to fit. */
static const char *
under(char path[PATH_MAX], const char *directory, const char *name)
{
	if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX)
		path[0] = '\0';
	return path;
}

/* A shipped file, and by what is known that its lines were put in by hand. */
struct shipped {
	const char *const *lines;
	const char *token;
};

static const struct shipped site = {
	shipped_apache_htaccess, "HOOKSWITCH_CONFIG"};
static const struct shipped handler = {
	shipped_apache_hookswitch_htaccess, "SetHandler"};
static const struct shipped proxy = {
	shipped_apache_proxy_fcgi_htaccess, "SetHandler"};
static const struct shipped page = {
	shipped_apache_console_htaccess, "Content-Security-Policy"};
static const struct shipped lighttpd = {
	shipped_lighttpd_hookswitch_conf, "fastcgi.server"};

/* It as a block, with its example paths replaced. */
static enum err
add_shipped(struct steps *steps, const struct setup *setup, const char *path,
	const struct shipped *shipped, struct reason *reason)
{
	const struct place *place = &setup->place;
	char run[PATH_MAX], console[PATH_MAX], loop[2 * PATH_MAX],
		spawn[3 * PATH_MAX];
	const struct shipped_change changes[] = {
  /* What its reader need not do any more. */
		{"# Replace /home/example by your home directory.\n", ""              },
		{" Replace the four paths.\n",                        "\n"            },
		{" Replace /home/example by your home\n",             "\n"            },
		{"# directory.\n",				    ""              },
		{LOOP,						loop            },
		{SPAWN,					       spawn           },
		{"/home/example/private/hookswitch.conf",             place->config   },
		{"/home/example/private",                             place->private  },
		{"/home/example/libexec/hookswitch",                  setup->installed},
		{"/home/example/public_html",                         place->root     },
		{"/home/example/share/hookswitch/console",            console         },
		{"/home/example/run",                                 under(run,        place->private, "run")},
		{NULL,					     NULL							    },
	};
	struct buf content;
	enum err err;

	(void)snprintf(loop, sizeof loop, "for program in %s/*.fcgi; do\n",
		place->programs);
	(void)snprintf(spawn, sizeof spawn,
		"spawn-fcgi -s %s/run/$name.sock -M 0660 \\\n"
		"#             -P %s/run/$name.pid -- $program\n",
		place->private, place->private);
	/* Where it would be, if it is not. */
	if (data_find(console, "console", NULL) != ERR_OK)
		(void)snprintf(
			console, sizeof console, "%s/console", PKGDATADIR);
	buf_init(&content, SHIPPED);
	err = shipped_write(&content, shipped->lines, changes);
	if (err != ERR_OK)
		err = err_reason(reason, err, "the paths are too long");
	else
		err = steps_add_block(steps, path, buf_text(&content),
			shipped->token, reason);
	buf_free(&content);
	return err;
}

static enum err
add_program(struct steps *steps, const struct setup *setup, const char *name,
	struct reason *reason)
{
	char file[64], path[PATH_MAX], from[PATH_MAX];

	(void)snprintf(file, sizeof file, "%s.fcgi", name);
	return steps_add_program(steps,
		under(path, setup->place.programs, file),
		under(from, setup->installed, file), setup->way, reason);
}

static enum err
add_programs(
	struct steps *steps, const struct setup *setup, struct reason *reason)
{
	enum err err = add_program(steps, setup, endpoint_health.name, reason);

	/* By its name alone: what serves it is no part of the command. */
	if (err == ERR_OK)
		err = add_program(steps, setup, "events", reason);
	for (size_t i = 0; endpoints[i] != NULL && err == ERR_OK; i++)
		err = add_program(steps, setup, endpoints[i]->name, reason);
	return err;
}

/* The directory for sockets. */
static enum err
add_run(struct steps *steps, const struct setup *setup, struct reason *reason)
{
	char run[PATH_MAX];

	return steps_add_directory(steps,
		under(run, setup->place.private, "run"), MODE_PRIVATE, reason);
}

/* The live page, where it is installed. */
static enum err
add_page(struct steps *steps, const struct setup *setup, struct reason *reason)
{
	char path[PATH_MAX], from[PATH_MAX], htaccess[PATH_MAX];
	enum err err;

	if (data_find(from, "console", NULL) != ERR_OK)
		return ERR_OK;
	err = steps_add_tree(steps,
		under(path, setup->place.programs, "console"), from, reason);
	if (err == ERR_OK && steps->list[steps->n - 1].note == NULL)
		err = add_shipped(steps, setup,
			under(htaccess, path, ".htaccess"), &page, reason);
	return err;
}

/*
 * What the web server shows.  The last file is the one that leads requests to
 * all the others.
 */
static enum err
add_public(struct steps *steps, const struct setup *setup,
	const struct shipped *handlers, struct reason *reason)
{
	const struct place *place = &setup->place;
	char path[PATH_MAX];
	enum err err = steps_add_directory(
		steps, place->directory, MODE_PUBLIC, reason);

	if (err == ERR_OK)
		err = steps_add_directory(
			steps, place->programs, MODE_PUBLIC, reason);
	if (err == ERR_OK)
		err = add_programs(steps, setup, reason);
	if (err == ERR_OK)
		err = add_shipped(steps, setup,
			under(path, place->programs, ".htaccess"), handlers,
			reason);
	if (err == ERR_OK)
		err = add_page(steps, setup, reason);
	if (err == ERR_OK)
		err = add_shipped(steps, setup,
			under(path, place->directory, ".htaccess"), &site,
			reason);
	return err;
}

static enum err
plan_apache(
	struct steps *steps, const struct setup *setup, struct reason *reason)
{
	return add_public(steps, setup, &handler, reason);
}

static enum err
plan_proxy_fcgi(
	struct steps *steps, const struct setup *setup, struct reason *reason)
{
	enum err err = add_run(steps, setup, reason);

	return err == ERR_OK ? add_public(steps, setup, &proxy, reason) : err;
}

static enum err
plan_lighttpd(
	struct steps *steps, const struct setup *setup, struct reason *reason)
{
	char path[PATH_MAX];
	enum err err = add_run(steps, setup, reason);

	return err == ERR_OK ? add_shipped(steps, setup,
				       under(path, setup->place.private,
					       "lighttpd.conf"),
				       &lighttpd, reason)
			     : err;
}

/* What another user that the programs run as must be let into. */
static void
advise_user(FILE *out, const struct setup *setup)
{
	const struct place *place = &setup->place;

	fprintf(out,
		"  setfacl -m u:www-data:x %s\n"
		"  setfacl -m u:www-data:r %s\n"
		"  setfacl -m u:www-data:rwx %s\n",
		place->private, place->config,
		settings_get(&setup->settings, SETTING_SPOOL));
}

static void
advise_apache(FILE *out, const struct setup *setup)
{
	fprintf(out,
		"\nWhere the programs do not run as you, but as the web "
		"server's user (then its log\n"
		"says \"Permission denied\"), let that user in, and nobody "
		"else:\n");
	advise_user(out, setup);
}

static void
advise_proxy_fcgi(FILE *out, const struct setup *setup)
{
	const struct place *place = &setup->place;

	fprintf(out,
		"\nStart the programs, from cron (@reboot) or as systemd user "
		"services:\n"
		"  for program in %s/*.fcgi; do\n"
		"      name=$(basename $program .fcgi)\n"
		"      spawn-fcgi -s %s/run/$name.sock -M 0660 -P "
		"%s/run/$name.pid -- $program\n"
		"  done\n"
		"and let the web server's user get to their sockets:\n"
		"  setfacl -m u:www-data:x %s %s/run\n"
		"  setfacl -m u:www-data:rw %s/run/*.sock\n",
		place->programs, place->private, place->private, place->private,
		place->private, place->private);
}

static void
advise_lighttpd(FILE *out, const struct setup *setup)
{
	const struct place *place = &setup->place;

	fprintf(out,
		"\nInclude this in lighttpd's configuration, at the top level "
		"or inside the site's\n"
		"condition, with mod_rewrite, mod_setenv and mod_fastcgi "
		"loaded before:\n"
		"  include \"%s/lighttpd.conf\"\n"
		"The programs then run as lighttpd's user.  Let that one in, "
		"and nobody else:\n",
		place->private);
	advise_user(out, setup);
	fprintf(out, "  setfacl -m u:www-data:rwx %s/run\n", place->private);
}

/* Whether a file of the site has a text in it. */
static bool
holds(const char *directory, const char *name, const char *text)
{
	char path[PATH_MAX];
	struct buf content;
	bool holds;

	buf_init(&content, SHIPPED);
	holds = file_read(&content, under(path, directory, name), NULL) ==
			ERR_OK &&
		strstr(buf_text(&content), text) != NULL;
	buf_free(&content);
	return holds;
}

static bool
is_lighttpd(const struct place *place)
{
	return holds(place->private, "lighttpd.conf", "fastcgi.server");
}

static bool
is_proxy_fcgi(const struct place *place)
{
	return holds(place->programs, ".htaccess", "proxy:unix:");
}

static const struct setup_server servers[] = {
	{"lighttpd",   is_lighttpd,   plan_lighttpd,   advise_lighttpd  },
	{"proxy-fcgi", is_proxy_fcgi, plan_proxy_fcgi, advise_proxy_fcgi},
	{"apache",     NULL,          plan_apache,     advise_apache    },
};

#define SERVERS (sizeof servers / sizeof servers[0])

const struct setup_server *
setup_server_find(const char *name)
{
	for (size_t i = 0; i < SERVERS; i++)
		if (strcmp(servers[i].name, name) == 0)
			return &servers[i];
	return NULL;
}

const struct setup_server *
setup_server_guess(const struct place *place)
{
	for (size_t i = 0; i < SERVERS - 1; i++)
		if (servers[i].is_in_use(place))
			return &servers[i];
	return &servers[SERVERS - 1];
}

/* A directory that a setting names. */
static enum err
add_named(struct steps *steps, const struct setup *setup, enum setting setting,
	struct reason *reason)
{
	const char *path = settings_get(&setup->settings, setting);
	enum err err = place_check_outside(
		&setup->place, settings_name(setting), path, reason);

	return err == ERR_OK
		       ? steps_add_directory(steps, path, MODE_PRIVATE, reason)
		       : err;
}

/* What nobody is shown. */
static enum err
add_private(
	struct steps *steps, const struct setup *setup, struct reason *reason)
{
	const struct place *place = &setup->place;
	enum err err =
		place_check_plain("the settings file", place->config, reason);

	if (err == ERR_OK)
		err = place_check_plain(
			"the directory", place->private, reason);
	if (err == ERR_OK)
		err = place_check_outside(
			place, "the settings file", place->config, reason);
	if (err == ERR_OK)
		err = place_check_outside(
			place, "the directory", place->private, reason);
	if (err == ERR_OK)
		err = steps_add_directory(
			steps, place->private, MODE_PRIVATE, reason);
	if (err == ERR_OK)
		err = steps_add_private(steps, place->config, &setup->text,
			setup->has_file ? buf_text(&setup->before) : NULL,
			reason);
	if (err == ERR_OK)
		err = add_named(steps, setup, SETTING_SPOOL, reason);
	if (err == ERR_OK)
		err = add_named(steps, setup, SETTING_REPLIES, reason);
	if (err == ERR_OK)
		err = add_named(steps, setup, SETTING_RECORDINGS, reason);
	return err;
}

enum err
setup_plan(const struct setup_server *server, struct steps *steps,
	const struct setup *setup, struct reason *reason)
{
	enum err err = add_private(steps, setup, reason);

	return err == ERR_OK ? server->plan(steps, setup, reason) : err;
}
