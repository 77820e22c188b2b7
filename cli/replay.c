/*
 * hookswitch replay: puts what waits in the spool into the database.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "digest.h"
#include "endpoints.h"
#include "replay.h"
#include "settings.h"

struct options {
	const char *config; /* NULL: from the environment */
	bool quiet;
};

static void
help(void)
{
	printf("usage: hookswitch replay [--config FILE] [--quiet]\n\n"
	       "Puts the requests that wait in the spool into the database.\n\n"
	       "  --config FILE  settings file (otherwise HOOKSWITCH_CONFIG in "
	       "the environment)\n"
	       "  --quiet        print nothing if all went well: for cron\n\n"
	       "Exit status: 0 if nothing is left to replay, 1 if something "
	       "is, "
	       "2 for a wrong option.\n\n"
	       "Example, for crontab:\n"
	       "  */5 * * * * hookswitch replay --quiet --config "
	       "$HOME/private/hookswitch.conf\n");
}

/* -1 to go on, or the exit status. */
static int
parse_options(struct options *options, int argc, char *argv[])
{
	static const struct option known[] = {
		{"config", required_argument, NULL, 'c'},
		{"quiet",  no_argument,       NULL, 'q'},
		{"help",   no_argument,       NULL, 'h'},
		{NULL,     0,                 NULL, 0  },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:qh", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'q':
			options->quiet = true;
			break;
		case 'h':
			help();
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "hookswitch replay: unexpected argument \"%s\"\n",
		argv[optind]);
	return EXIT_USAGE;
}

/* The only "request variable" here is where the settings are. */
static const char *
variable(const void *context, const char *name)
{
	return strcmp(name, "HOOKSWITCH_CONFIG") == 0 ? context : NULL;
}

/*
 * Several replay at once: they share a connection and its transactions, and
 * one works while another waits for the file system.
 */
#define THREADS 4

struct part {
	struct replay job;
	struct replay_count count;
	struct reason reason;
	enum err err;
	pthread_t thread;
};

static atomic_size_t total;

static void
show_progress(void *context, const struct replay_count *count)
{
	size_t *before = context;

	atomic_fetch_add(&total, count->stored - *before);
	*before = count->stored;
	fprintf(stderr, "\rreplayed %zu", atomic_load(&total));
}

static void *
run_part(void *argument)
{
	struct part *part = argument;
	size_t shown = 0;

	part->job.context = &shown;
	part->err = replay_run(&part->job, &part->count, &part->reason);
	return NULL;
}

/* All parts, and their sum; the first error, if there was one. */
static enum err
run_parts(const struct replay *job, struct replay_count *count,
	struct reason *reason)
{
	struct part parts[THREADS];
	size_t n = 0;
	enum err err = ERR_OK;

	memset(parts, 0, sizeof parts);
	memset(count, 0, sizeof *count);
	for (; n < THREADS; n++) {
		parts[n].job = *job;
		if (pthread_create(
			    &parts[n].thread, NULL, run_part, &parts[n]) != 0)
			break;
	}
	if (n == 0)
		return err_reason(reason, ERR_MEMORY, "could not start");
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(parts[i].thread, NULL);
		count->stored += parts[i].count.stored;
		count->rejected += parts[i].count.rejected;
		count->unreadable += parts[i].count.unreadable;
		if (err == ERR_OK && parts[i].err != ERR_OK) {
			err = parts[i].err;
			*reason = parts[i].reason;
		}
	}
	return err;
}

static void
report(const struct options *options, const struct replay_count *count)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	if (count->rejected > 0 || count->unreadable > 0 || !options->quiet)
		printf("replayed %zu, set aside %zu rejected and %zu "
		       "unreadable\n",
			count->stored, count->rejected, count->unreadable);
}

static enum err
replay(const struct options *options, const struct settings *settings,
	struct reason *reason)
{
	struct replay job = {.endpoints = endpoints};
	struct replay_count count;
	enum err err = settings_require(
		settings, SETTING_DATABASE, &job.database.connection, reason);

	if (err == ERR_OK)
		err = settings_require(
			settings, SETTING_SPOOL, &job.spool, reason);
	if (err == ERR_OK && access(job.spool, R_OK | W_OK | X_OK) != 0)
		err = err_reason(reason, ERR_IO,
			"could not use the spool \"%s\": %s", job.spool,
			strerror(errno));
	if (err == ERR_OK)
		err = digest_start();
	if (err == ERR_OK)
		err = store_new(&job.store, "replay", STORE_MILLISECONDS);
	if (err != ERR_OK)
		return err;
	job.database.prepare = settings_prepare(settings);
	if (isatty(STDERR_FILENO))
		job.progress = show_progress;
	err = run_parts(&job, &count, reason);
	report(options, &count);
	store_free(job.store);
	return err;
}

int
command_replay(int argc, char *argv[])
{
	struct options options = {NULL, false};
	struct settings_source source = {variable, NULL};
	struct reason reason = {"out of memory"};
	struct settings settings;
	static char name[] = "hookswitch replay"; /* for getopt's messages */
	int status;
	enum err err;

	argv[0] = name;
	status = parse_options(&options, argc, argv);

	if (status >= 0)
		return status;
	source.context = options.config;
	err = settings_load(&settings, &source, &reason);
	if (err == ERR_OK)
		err = replay(&options, &settings, &reason);
	settings_free(&settings);
	if (err == ERR_OK)
		return EXIT_SUCCESS;
	fprintf(stderr, "hookswitch replay: %s\n", reason.text);
	return EXIT_FAILURE;
}
