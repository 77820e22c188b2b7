#ifndef HOOKSWITCH_COMMANDS_H
#define HOOKSWITCH_COMMANDS_H

/*
 * The subcommands of hookswitch.  Each takes its own arguments, its name
 * first, and returns an exit status: EXIT_SUCCESS, EXIT_FAILURE with one
 * line on standard error that says why, or EXIT_USAGE.
 */

#define EXIT_USAGE 2

struct command {
	const char *name;
	const char *purpose;
	int (*run)(int argc, char *argv[]);
};

int command_replay(int argc, char *argv[]);

#endif
