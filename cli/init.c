/*
 * hookswitch init: makes a site.
 */
#include "config.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "advice.h"
#include "commands.h"
#include "connection_string.h"
#include "data.h"
#include "file.h"
#include "input.h"
#include "interview.h"
#include "json_writer.h"
#include "limit.h"
#include "prompt.h"
#include "settings_text.h"
#include "setup.h"
#include "shape.h"
#include "terminal.h"

#define TOKEN_FILE 4096

/* Nobody guesses 24 random bytes. */
#define FEED_TOKEN_BYTES 24

struct init_options {
	const char *server;
	const char *private;
	const char *account;
	const char *token_file;
	const char *public_url;
	const char *database;
	const char *phone_number;
	bool copy;
	bool link;
	bool schema;
	bool offline;
	bool dry_run;
};

static const struct option_row options[] = {
	TEXT_OPTION("server", "NAME", struct init_options, server,
		"apache, lighttpd, or proxy-fcgi (otherwise the one\n"
		"of before, or apache)"),
	TEXT_OPTION("private", "DIR", struct init_options, private,
		"where settings, spool and so on go, outside the\n"
		"document root (otherwise ~/private)"),
	TEXT_OPTION("account", "SID", struct init_options, account,
		"TWILIO_ACCOUNT_SID"),
	TEXT_OPTION("token-file", "FILE", struct init_options, token_file,
		"file with TWILIO_AUTH_TOKEN, as private as the\n"
		"settings file; \"-\" for standard input"),
	TEXT_OPTION("public-url", "URL", struct init_options, public_url,
		"HOOKSWITCH_PUBLIC_URL"),
	TEXT_OPTION("database", "STRING", struct init_options, database,
		"HOOKSWITCH_DATABASE, if there is no password in it"),
	TEXT_OPTION("phone-number", "NUMBER", struct init_options, phone_number,
		"TWILIO_PHONE_NUMBER"),
	SWITCH_OPTION("copy", struct init_options, copy,
		"copy the programs, also where a link would do"),
	SWITCH_OPTION("link", struct init_options, link,
		"link to the programs, whatever speaks against it"),
	SWITCH_OPTION("schema", struct init_options, schema,
		"make the tables, too, as \"hookswitch migrate\" does"),
	SWITCH_OPTION("offline", struct init_options, offline,
		"ask neither Twilio nor the database"),
	SWITCH_OPTION("dry-run", struct init_options, dry_run,
		"change nothing, and say what would be done"),
	END_OF_OPTIONS,
};

/* All that has to be freed. */
struct init {
	const struct invocation *invocation;
	const struct init_options *chosen;
	const struct setup_server *server;
	struct setup setup;
	struct settings there; /* what the settings file has */
	struct buf token;      /* of --token-file */
	struct buf site;       /* the URL that leads to the directory */
	struct steps *steps;
	size_t n_done;
};

static void
init_open(struct init *init, const struct invocation *invocation)
{
	memset(init, 0, sizeof *init);
	init->invocation = invocation;
	init->chosen = invocation->options;
	buf_init(&init->setup.before, LIMIT_SETTINGS_FILE);
	buf_init(&init->setup.text, LIMIT_SETTINGS_FILE);
	buf_init(&init->token, TOKEN_FILE);
	buf_init(&init->site, LIMIT_SETTING);
}

static void
init_close(struct init *init)
{
	if (init->steps != NULL)
		steps_free(init->steps);
	free(init->steps);
	settings_free(&init->setup.settings);
	settings_free(&init->there);
	buf_free(&init->setup.before);
	buf_free(&init->setup.text);
	buf_free(&init->token);
	buf_free(&init->site);
}

/* The home of whose the site is: where root sets it up, not root's own. */
static const char *
find_home(const char *directory)
{
	struct owner owner;
	const struct passwd *entry;

	if (owner_find(&owner, directory, NULL) != ERR_OK || !owner.is_other)
		return getenv("HOME");
	entry = getpwuid(owner.user);
	return entry != NULL ? entry->pw_dir : NULL;
}

static enum err
find_places(struct init *init, struct reason *reason)
{
	const char *directory = init->invocation->words[0];
	const char *config = init->invocation->config;

	if (init->chosen->private == NULL)
		config = command_config(init->invocation);
	return place_find(&init->setup.place, directory, init->chosen->private,
		config, find_home(directory), reason);
}

/* The settings file, if it is there. */
static enum err
read_file(struct init *init, struct reason *reason)
{
	struct setup *setup = &init->setup;
	const char *path = setup->place.config;
	enum err err;

	setup->has_file = access(path, F_OK) == 0;
	if (!setup->has_file)
		return ERR_OK;
	err = file_read(&setup->before, path, reason);
	if (err == ERR_OK)
		err = settings_parse(
			&init->there, buf_text(&setup->before), path, reason);
	if (err == ERR_OK)
		err = settings_parse(&setup->settings, buf_text(&setup->before),
			path, reason);
	return err;
}

/* The token, without what is around it. */
static enum err
read_token(struct init *init, struct reason *reason)
{
	const char *path = init->chosen->token_file;
	struct buf *token = &init->token;
	enum err err;

	if (path == NULL)
		return ERR_OK;
	err = strcmp(path, "-") == 0
		      ? input_read(token, path, reason)
		      : file_read_private(token, path, NULL, reason);
	while (token->len > 0 &&
		strchr(" \t\r\n", token->data[token->len - 1]) != NULL)
		token->data[--token->len] = '\0';
	if (err == ERR_OK && token->len == 0)
		err = err_reason(reason, ERR_SETTING,
			"there is no token in file \"%.200s\"", path);
	return err;
}

/*
 * The setting is the URL of the document root: *url becomes that.  What Twilio
 * is told is kept, too.
 */
static enum err
learn_url(struct init *init, struct buf *url, struct reason *reason)
{
	size_t len;
	enum err err;

	buf_clear(&init->site);
	err = buf_add_text(&init->site, buf_text(url));
	if (err != ERR_OK)
		return err_reason(reason, err, "the URL is too long");
	while (init->site.len > 0 && init->site.data[init->site.len - 1] == '/')
		init->site.data[--init->site.len] = '\0';
	place_learn_url(&init->setup.place, buf_text(url), &len);
	if (url->data != NULL && len < url->len) {
		url->len = len;
		url->data[len] = '\0';
	}
	return ERR_OK;
}

/* The same of one that nobody has given, but typed. */
static enum err
learn_typed_url(struct init *init, struct reason *reason)
{
	char *value = init->setup.settings.values[SETTING_PUBLIC_URL];
	struct buf url;
	enum err err;

	if (value == NULL || init->site.len > 0)
		return ERR_OK;
	buf_init(&url, LIMIT_SETTING);
	err = buf_add_text(&url, value);
	if (err == ERR_OK)
		err = learn_url(init, &url, reason);
	value[url.len] = '\0';
	buf_free(&url);
	return err;
}

/* Account, token and so on. */
static enum err
find_settings(struct init *init, struct reason *reason)
{
	const struct init_options *chosen = init->chosen;
	struct interview interview = {
		.is_terminal = terminal_can_ask() &&
			       (chosen->token_file == NULL ||
				       strcmp(chosen->token_file, "-") != 0),
		.is_offline = chosen->offline,
	};
	struct buf url;
	enum err err = read_token(init, reason);

	buf_init(&url, LIMIT_SETTING);
	if (err == ERR_OK && chosen->public_url != NULL)
		err = buf_add_text(&url, chosen->public_url);
	if (err == ERR_OK && chosen->public_url != NULL)
		err = learn_url(init, &url, reason);
	interview.given[SETTING_ACCOUNT_SID] = chosen->account;
	interview.given[SETTING_AUTH_TOKEN] =
		init->token.len > 0 ? buf_text(&init->token) : NULL;
	interview.given[SETTING_PUBLIC_URL] =
		url.len > 0 ? buf_text(&url) : NULL;
	interview.given[SETTING_DATABASE] = chosen->database;
	interview.given[SETTING_PHONE_NUMBER] = chosen->phone_number;
	if (err == ERR_OK)
		err = interview_run(&interview, &init->setup.settings, reason);
	if (err == ERR_OK)
		err = learn_typed_url(init, reason);
	buf_free(&url);
	return err;
}

/* A directory of ours, unless a setting says where it is. */
static enum err
set_directory(struct init *init, enum setting setting, const char *name,
	struct reason *reason)
{
	char path[PATH_MAX];
	int len = snprintf(
		path, sizeof path, "%s/%s", init->setup.place.private, name);

	if (len >= (int)sizeof path)
		return err_reason(
			reason, ERR_TOO_LARGE, "the paths are too long");
	return settings_set(
		&init->setup.settings, setting, path, (size_t)len, reason);
}

/*
 * A token that opens the live feed and its page, for a new site.  On one that
 * was made before, whose owner may not want it, none.
 */
static enum err
set_feed_token(struct init *init, struct reason *reason)
{
	unsigned char random[FEED_TOKEN_BYTES];
	char token[2 * FEED_TOKEN_BYTES + 1];
	enum err err;

	if (init->setup.has_file)
		return ERR_OK;
	if (getrandom(random, sizeof random, 0) != sizeof random)
		return err_reason(reason, ERR_IO,
			"could not make a token for the feed: %s",
			strerror(errno));
	for (size_t i = 0; i < sizeof random; i++)
		(void)snprintf(token + 2 * i, 3, "%02x", random[i]);
	err = settings_set(&init->setup.settings, SETTING_FEED_TOKEN, token,
		strlen(token), reason);
	explicit_bzero(random, sizeof random);
	explicit_bzero(token, sizeof token);
	return err;
}

/* Everything that is known before anything is done. */
static enum err
prepare(struct init *init, struct reason *reason)
{
	struct setup *setup = &init->setup;
	enum err err = find_places(init, reason);

	if (err == ERR_OK && init->server == NULL)
		init->server = setup_server_guess(&setup->place);
	if (err == ERR_OK)
		err = data_find_programs(setup->installed, reason);
	if (err == ERR_OK)
		err = read_file(init, reason);
	if (err == ERR_OK)
		err = find_settings(init, reason);
	if (err == ERR_OK)
		err = set_directory(init, SETTING_SPOOL, "spool", reason);
	if (err == ERR_OK)
		err = set_directory(init, SETTING_REPLIES, "replies", reason);
	if (err == ERR_OK)
		err = set_directory(
			init, SETTING_RECORDINGS, "recordings", reason);
	if (err == ERR_OK)
		err = set_feed_token(init, reason);
	if (err == ERR_OK &&
		settings_text_write(&setup->text, buf_text(&setup->before),
			&init->there, &setup->settings) != ERR_OK)
		err = err_reason(reason, ERR_TOO_LARGE,
			"the settings file is too large");
	return err;
}

static enum err
plan(struct init *init, struct reason *reason)
{
	const struct place *place = &init->setup.place;
	char above[PATH_MAX];
	enum err err;

	init->steps = calloc(1, sizeof *init->steps);
	if (init->steps == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	/* A directory that is still to be made will be whose the one above is.
	 */
	(void)snprintf(above, sizeof above, "%s", place->directory);
	if (access(above, F_OK) != 0)
		*strrchr(above, '/') = '\0';
	err = owner_find(&init->steps->owner, above, reason);
	return err == ERR_OK ? setup_plan(init->server, init->steps,
				       &init->setup, reason)
			     : err;
}

static void
print_step(const struct init *init, const struct step *step)
{
	static const char *const would[] = {
		[STEP_KEPT] = "kept",
		[STEP_MADE] = "would be made",
		[STEP_RENEWED] = "would be renewed",
	};
	bool is_kept = step->state == STEP_KEPT;

	printf("%s%-*s%s ",
		terminal_colour(stdout, is_kept ? COLOUR_FAINT : COLOUR_GOOD),
		init->chosen->dry_run ? 16 : 7,
		init->chosen->dry_run ? would[step->state]
				      : step_state_text(step->state),
		terminal_colour(stdout, COLOUR_NONE));
	terminal_print_part(stdout, step->path, strlen(step->path));
	if (step->note != NULL)
		printf(" (%s)", step->note);
	putchar('\n');
	(void)terminal_flush();
}

/* One after the other; what was done is printed, also if the next one fails. */
static enum err
perform(struct init *init, struct reason *reason)
{
	struct steps *steps = init->steps;
	enum err err = ERR_OK;

	for (; init->n_done < steps->n && err == ERR_OK; init->n_done++) {
		const struct step *step = &steps->list[init->n_done];

		if (!init->chosen->dry_run)
			err = step_do(step, &steps->owner, reason);
		if (err != ERR_OK)
			break;
		if (!init->invocation->json)
			print_step(init, step);
	}
	return err;
}

static enum err
print_json(const struct init *init)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_bool(&writer, "dry_run", init->chosen->dry_run);
	json_begin_array(&writer, "things");
	for (size_t i = 0; i < init->n_done; i++) {
		const struct step *step = &init->steps->list[i];

		json_begin_object(&writer, NULL);
		json_write_text(&writer, "state", step_state_text(step->state));
		json_write_text(&writer, "path", step->path);
		json_write_text(&writer, "note", step->note);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_write_text(&writer, "config", init->setup.place.config);
	json_write_text(&writer, "site", buf_text(&init->site));
	return json_writer_print(&writer, stdout);
}

/* As "hookswitch migrate" does, which says itself what is wrong. */
static int
make_tables(const struct init *init)
{
	char config[PATH_MAX];
	char name[] = "migrate", option[] = "--config", quiet[] = "--quiet";
	char *words[] = {name, option, config, quiet, NULL};

	(void)snprintf(config, sizeof config, "%s", init->setup.place.config);
	return command_run(
		&command_migrate, init->invocation->json ? 4 : 3, words);
}

/* With --schema, or where somebody says yes. */
static enum err
offer_tables(const struct init *init, int *status, struct reason *reason)
{
	bool wanted = init->chosen->schema;
	enum err err = ERR_OK;

	if (init->chosen->dry_run)
		return ERR_OK;
	if (!wanted && !init->invocation->json && !init->chosen->offline &&
		terminal_can_ask())
		err = prompt_confirm(
			"Make the tables in the database now, or upgrade them",
			true, &wanted, reason);
	if (err == ERR_OK && wanted)
		*status = make_tables(init);
	return err;
}

static enum err
run_all(struct init *init, int *status, struct reason *reason)
{
	enum err err = prepare(init, reason), told = ERR_OK;

	if (err == ERR_OK)
		err = plan(init, reason);
	if (err != ERR_OK)
		return err;
	err = perform(init, reason);
	if (init->invocation->json)
		told = print_json(init);
	if (err == ERR_OK && told != ERR_OK)
		err = err_reason(reason, told, "out of memory");
	if (err == ERR_OK)
		err = offer_tables(init, status, reason);
	if (err == ERR_OK && !init->invocation->json && !init->chosen->dry_run)
		advice_print(init->server, &init->setup, buf_text(&init->site));
	return err;
}

/* The option whose value cannot be one of its setting; NULL if there is none.
 */
static const char *
find_bad_value(const struct init_options *chosen, struct opinion *opinion)
{
	const struct {
		const char *option, *value;
		enum setting setting;
	} rows[] = {
		{"--account",      chosen->account,      SETTING_ACCOUNT_SID },
		{"--public-url",   chosen->public_url,   SETTING_PUBLIC_URL  },
		{"--database",     chosen->database,     SETTING_DATABASE    },
		{"--phone-number", chosen->phone_number, SETTING_PHONE_NUMBER},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].value == NULL)
			continue;
		*opinion = shape_judge(rows[i].setting, rows[i].value);
		if (opinion->shape == SHAPE_WRONG)
			return rows[i].option;
	}
	return NULL;
}

/* What is wrong with how it was called; NULL if nothing is. */
static const char *
find_misuse(struct init *init)
{
	const struct init_options *chosen = init->chosen;

	if (init->invocation->n_words == 0)
		return "the document root is missing";
	if (init->invocation->n_words > 1)
		return "there is more than one directory";
	if (chosen->copy && chosen->link)
		return "--copy and --link exclude each other";
	init->setup.way = chosen->copy   ? STEP_BY_COPY
			  : chosen->link ? STEP_BY_LINK
					 : STEP_AS_FITS;
	if (chosen->database != NULL &&
		connection_string_has_password(chosen->database))
		return "a password does not belong on a command line, where "
		       "others can see it: set HOOKSWITCH_DATABASE in the "
		       "environment";
	if (chosen->token_file != NULL &&
		shape_judge(SETTING_AUTH_TOKEN, chosen->token_file).shape ==
			SHAPE_GOOD)
		return "a token does not belong on a command line, where "
		       "others can see it: give a file that it is in, or set "
		       "TWILIO_AUTH_TOKEN in the environment";
	if (chosen->server != NULL)
		init->server = setup_server_find(chosen->server);
	if (chosen->server != NULL && init->server == NULL)
		return "--server must be apache, lighttpd or proxy-fcgi";
	return NULL;
}

static int
run(struct invocation *invocation)
{
	struct reason reason = {"out of memory"};
	int status = EXIT_SUCCESS;
	struct init *init = malloc(sizeof *init);
	const char *misuse, *bad;
	struct opinion opinion;

	if (init == NULL)
		return command_fail(invocation, &reason);
	init_open(init, invocation);
	misuse = find_misuse(init);
	bad = find_bad_value(init->chosen, &opinion);
	if (misuse != NULL)
		status = command_misuse(invocation, "%s", misuse);
	else if (bad != NULL)
		status = command_misuse(invocation, "%s: %s; %s", bad,
			opinion.found, opinion.mend);
	else if (run_all(init, &status, &reason) != ERR_OK)
		status = command_fail(invocation, &reason);
	init_close(init);
	free(init);
	return status;
}

const struct command command_init = {
	.name = "init",
	.purpose = "make a site: programs, settings and .htaccess",
	.usage = "[OPTION...] DIR",
	.description =
		"Makes a site of DIR, its document root or a directory below "
		"it: puts the programs\n"
		"there, lines of configuration before those that are in "
		".htaccess already, and\n"
		"outside of it the settings file, the spool and a directory "
		"for replies.\n"
		"\n"
		"On a terminal it asks for what is missing.  In a script it "
		"takes that from options\n"
		"and from the environment: TWILIO_ACCOUNT_SID, "
		"TWILIO_AUTH_TOKEN,\n"
		"HOOKSWITCH_PUBLIC_URL, HOOKSWITCH_DATABASE, "
		"TWILIO_PHONE_NUMBER.  First all is\n"
		"checked; then each thing is kept, made or renewed.  Run again "
		"it changes nothing\n"
		"that you have changed, renews what is of an older release, "
		"and makes what is\n"
		"missing.",
	.examples = "hookswitch init ~/public_html\n"
		    "hookswitch init --dry-run ~/public_html\n"
		    "hookswitch init --public-url https://example.com/hooks "
		    "~/public_html/hooks\n"
		    "\n"
		    "in a script, the password in ~/.pgpass:\n"
		    "hookswitch init --account ACxxx --token-file token "
		    "--public-url https://example.com \\\n"
		    "    --database 'host=localhost dbname=me' --schema "
		    "~/public_html",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON,
	.options = options,
	.options_size = sizeof(struct init_options),
	.run = run,
};
