/*
 * hookswitch: the command for whoever installs and runs a site.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "similar.h"

static const struct command *const commands[] = {
	&command_send,
	&command_sign,
	&command_explain,
	&command_replay,
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

	for (size_t i = 0; commands[i] != NULL; i++)
		similar_try(&similar, commands[i]->name);
	if (similar.name != NULL)
		fprintf(stderr,
			"hookswitch: there is no command \"%s\"; did you mean "
			"\"%s\"?\n",
			name, similar.name);
	else
		fprintf(stderr,
			"hookswitch: there is no command \"%s\"; \"hookswitch "
			"help\" lists them\n",
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
	return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find(name);

	if (command != NULL)
		return command_run(command, argc - 1, argv + 1);
	if (name[0] == '\0') {
		print_list(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(name, "--version") == 0) {
		printf("%s\n", PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
		strcmp(name, "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	return no_command(name);
}
