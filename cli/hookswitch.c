/*
 * hookswitch: the command for whoever installs and runs a site.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "similar.h"

static const struct command *const commands[] = {
	&command_init,
	&command_doctor,
	&command_send,
	&command_sign,
	&command_explain,
	&command_status,
	&command_tail,
	&command_migrate,
	&command_replay,
	&command_purge,
	&command_call,
	&command_message,
	&command_provision,
	&command_backfill,
	&command_recordings,
	&command_erase,
	NULL,
};

static void
print_list(FILE *out)
{
	fprintf(out, "usage: hookswitch COMMAND [OPTION...]\n\n"
		     "commands:\n");
	for (size_t i = 0; commands[i] != NULL; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name,
			commands[i]->purpose);
	fprintf(out,
		"  %-10s %s\n"
		"\n\"hookswitch COMMAND --help\" tells more, with examples; "
		"\"hookswitch --version\"\n"
		"says which version this is.\n",
		"help", "print this, or what a command's --help does");
}

static const struct command *
find(const char *name)
{
	for (size_t i = 0; commands[i] != NULL; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	return NULL;
}

static int
no_command(const char *name)
{
	struct similar similar = {name, NULL, 0};
	struct reason meant;

	for (size_t i = 0; commands[i] != NULL; i++)
		similar_try(&similar, commands[i]->name);
	fprintf(stderr, "hookswitch: there is no command \"%s\"%s\n", name,
		similar.name != NULL ? similar_words(&similar, &meant)
				     : "; \"hookswitch help\" lists them");
	return EXIT_USAGE;
}

/* "hookswitch --json status" */
static int
no_option(const char *name)
{
	fprintf(stderr,
		"hookswitch: options stand behind the command, and \"%s\" "
		"before any; see \"hookswitch help\"\n",
		name);
	return EXIT_USAGE;
}

static int
help(const char *name)
{
	const struct command *command = name != NULL ? find(name) : NULL;

	if (name != NULL && command == NULL && strcmp(name, "help") != 0)
		return no_command(name);
	if (command != NULL)
		command_print_help(command, stdout);
	else
		print_list(stdout);
	return command_end_output(command, EXIT_SUCCESS);
}

/*
 * A connection or a file that is opened later would have the number of an
 * output that is closed, and get what is printed.  What stands in for it is
 * open the wrong way round, so that to print is an error still.
 */
static bool
hold_standard_files(void)
{
	static const int modes[] = {
		[STDIN_FILENO] = O_WRONLY,
		[STDOUT_FILENO] = O_RDONLY,
		[STDERR_FILENO] = O_RDONLY,
	};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
			open("/dev/null", modes[fd]) != fd)
			return false;
	return true;
}

int
main(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find(name);

	if (!hold_standard_files())
		return EXIT_FAILURE;
	/* Whose output nobody reads any more ends what it has begun. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (command != NULL)
		return command_run(command, argc - 1, argv + 1);
	if (name[0] == '\0') {
		print_list(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "--version") == 0) {
		printf("%s\n", PACKAGE_STRING);
		return command_end_output(NULL, EXIT_SUCCESS);
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
		strcmp(name, "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	return name[0] == '-' ? no_option(name) : no_command(name);
}
