/*
 * hookswitch replay: puts what waits in the spool into the database.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "endpoints.h"
#include "json_writer.h"
#include "replay.h"
#include "settings.h"
#include "terminal.h"

/*
 * Several replay at once, one working while another waits for the file system;
 * each over a connection of its own, so that what is slow for one is not late
 * for another.
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
	terminal_progress("replayed %zu", atomic_load(&total));
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
	for (size_t i = 0; i < THREADS; i++) {
		parts[i].job = *job;
		if (store_new(&parts[i].job.store, "replay",
			    STORE_MILLISECONDS) != ERR_OK)
			break;
	}
	for (; n < THREADS && parts[n].job.store != NULL; n++)
		if (pthread_create(
			    &parts[n].thread, NULL, run_part, &parts[n]) != 0)
			break;
	if (n == 0)
		err = err_reason(reason, ERR_MEMORY, "could not start");
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
	for (size_t i = 0; i < THREADS; i++)
		store_free(parts[i].job.store);
	return err;
}

static enum err
print_json(const struct replay_count *count)
{
	struct json_writer writer;

	json_writer_open(&writer);
	json_write_number(&writer, "replayed", (long long)count->stored);
	json_write_number(&writer, "rejected", (long long)count->rejected);
	json_write_number(&writer, "unreadable", (long long)count->unreadable);
	return json_writer_print(&writer, stdout);
}

static enum err
report(const struct invocation *invocation, const struct replay_count *count)
{
	terminal_progress_end();
	if (invocation->json)
		return print_json(count);
	if (count->rejected > 0 || count->unreadable > 0 || !invocation->quiet)
		printf("replayed %zu, set aside %zu rejected and %zu "
		       "unreadable\n",
			count->stored, count->rejected, count->unreadable);
	return ERR_OK;
}

static enum err
replay(const struct invocation *invocation, struct reason *reason)
{
	const struct settings *settings = &invocation->settings;
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
	if (err != ERR_OK)
		return err;
	job.database.prepare = settings_prepare(settings);
	job.progress = show_progress;
	err = run_parts(&job, &count, reason);
	if (report(invocation, &count) != ERR_OK && err == ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	return err;
}

static int
run(struct invocation *invocation)
{
	struct reason reason = {"out of memory"};
	enum err err;

	err = command_settings(invocation, &reason);
	if (err == ERR_OK)
		err = replay(invocation, &reason);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_replay = {
	.name = "replay",
	.purpose = "put what waits in the spool into the database",
	.usage = "[OPTION...]",
	.description =
		"Puts the requests that wait in the spool into the database.\n"
		"The exit status is 1 if something is left.",
	.examples = "hookswitch replay --config ~/private/hookswitch.conf\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "*/5 * * * * $HOME/hookswitch/bin/hookswitch replay "
		    "--quiet --config "
		    "$HOME/private/hookswitch.conf",
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.run = run,
};
