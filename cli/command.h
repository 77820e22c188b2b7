#ifndef HOOKSWITCH_COMMAND_H
#define HOOKSWITCH_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"
#include "option.h"
#include "settings.h"

/*
 * What the subcommands of hookswitch share.
 *
 * A command is a struct command: its texts, its table of options, and a
 * function.  Parsing, --help, messages and exit statuses are the same for
 * all:
 *
 *	0  done
 *	1  not done; one line on standard error says why (EXIT_FAILURE)
 *	2  called in a wrong way; one line on standard error (EXIT_USAGE)
 *
 * Results go to standard output; progress, where standard error is a
 * terminal, to that.
 */

#define EXIT_USAGE 2

/* Options that are not each command's own. */
enum command_takes {
	TAKES_CONFIG = 1, /* --config: it uses the settings */
	TAKES_JSON = 2,   /* --json */
	TAKES_QUIET = 4,  /* --quiet */
};

struct invocation;

struct command {
	const char *name;
	const char *purpose;     /* one line, for the list of commands */
	const char *usage;       /* what follows the name, a line each */
	const char *description; /* lines; what --help says first */
	const char *examples;    /* lines; what it says last */
	size_t most_words;       /* that are no options; more are misuse */
	unsigned takes;          /* of enum command_takes, added up */
	const struct option_row *options; /* of its own; NULL for none */
	size_t options_size;              /* of the struct they fill */
	/* NULL, or: prints what --help says between options and examples */
	void (*print_more)(FILE *out);
	/* Returns the exit status, as command_fail and command_misuse do. */
	int (*run)(struct invocation *invocation);
};

/* Of a command that looks at its words itself. */
#define ANY_WORDS SIZE_MAX

/* One call of a command. */
struct invocation {
	const struct command *command;
	void *options; /* the command's own, filled; zero if not given */
	char **words;  /* what is no option; borrowed */
	size_t n_words;
	const char *config; /* --config; see command_config */
	bool help;
	bool json;                /* print JSON, for a script to read */
	bool quiet;               /* print nothing if all went well */
	struct settings settings; /* empty before command_settings */
};

/*
 * Runs a command with its arguments, its name first; the exit status.
 */
int command_run(const struct command *command, int argc, char *argv[]);

/*
 * The exit status where this would be one: another, and the reason said, if
 * what was printed could not be written.  NULL: of no command.
 */
int command_end_output(const struct command *command, int status);

/* Prints what --help does. */
void command_print_help(const struct command *command, FILE *out);

/*
 * Loads the settings: from the file of --config, which may be relative, or of
 * HOOKSWITCH_CONFIG, then from the environment.  They are wiped when the
 * command has run.  Errors as settings_load.
 */
enum err command_settings(
	struct invocation *invocation, struct reason *reason) NODISCARD;

/*
 * The settings file that --config or HOOKSWITCH_CONFIG names, as it is named;
 * NULL if none is.
 */
const char *command_config(const struct invocation *invocation);

/*
 * What to add to a reason where the settings file may only not be named:
 * "; name the settings file by --config", or "".
 */
const char *command_hint(
	const struct invocation *invocation, const struct reason *reason);

/* Says why the command could not do it; returns EXIT_FAILURE. */
int command_fail(
	const struct invocation *invocation, const struct reason *reason);

/* Says what is wrong with how it was called; returns EXIT_USAGE. */
int command_misuse(const struct invocation *invocation, const char *format, ...)
	PRINTF_LIKE(2, 3);

#endif
