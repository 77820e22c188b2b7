/*
 * hookswitch: the command for whoever runs a site.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const struct command commands[] = {
	{"replay", "put what waits in the spool into the database",
         command_replay						 },
	{NULL,     NULL,					    NULL},
};

static void
usage(FILE *out)
{
	fprintf(out, "usage: hookswitch COMMAND [OPTION...]\n\n");
	for (const struct command *command = commands; command->name != NULL;
		command++)
		fprintf(out, "  %-10s %s\n", command->name, command->purpose);
	fprintf(out, "\n\"hookswitch COMMAND --help\" tells more.\n");
}

int
main(int argc, char *argv[])
{
	const char *name = argc > 1 ? argv[1] : "";

	for (const struct command *command = commands; command->name != NULL;
		command++)
		if (strcmp(name, command->name) == 0)
			return command->run(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0) {
		printf("%s\n", PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "--help") == 0) {
		usage(stdout);
		return EXIT_SUCCESS;
	}
	if (name[0] != '\0')
		fprintf(stderr, "hookswitch: there is no command \"%s\"\n",
			name);
	usage(stderr);
	return EXIT_USAGE;
}
