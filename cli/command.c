#include "config.h"

#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct option_row config_option[] = {
	TEXT_OPTION("config", "FILE", struct invocation, config,
		"settings file (otherwise HOOKSWITCH_CONFIG\n"
		"in the environment)"),
	END_OF_OPTIONS,
};
static const struct option_row json_option[] = {
	SWITCH_OPTION("json", struct invocation, json,
		"print JSON, for a script to read"),
	END_OF_OPTIONS,
};
static const struct option_row quiet_option[] = {
	SWITCH_OPTION("quiet", struct invocation, quiet,
		"print nothing if all went well"),
	END_OF_OPTIONS,
};
static const struct option_row help_option[] = {
	SWITCH_OPTION("help", struct invocation, help, "print this"),
	END_OF_OPTIONS,
};

/* In the order in which --help lists them. */
static const struct common_row {
	unsigned takes; /* 0: every command has it */
	const struct option_row *rows;
} common[] = {
	{TAKES_CONFIG, config_option},
	{TAKES_JSON,   json_option  },
	{TAKES_QUIET,  quiet_option },
	{0,	    help_option  },
};

static bool
has(const struct command *command, const struct common_row *row)
{
	return (command->takes & row->takes) == row->takes;
}

/* Lines with the same before each; the first may have another. */
static void
print_lines(FILE *out, const char *first, const char *others, const char *lines)
{
	const char *before = first;

	while (*lines != '\0') {
		int len = (int)strcspn(lines, "\n");

		fprintf(out, "%s%.*s\n", len > 0 ? before : "", len, lines);
		lines += len + (lines[len] == '\n');
		before = others;
	}
}

void
command_print_help(const struct command *command, FILE *out)
{
	char first[64], others[64];

	(void)snprintf(
		first, sizeof first, "usage: hookswitch %s ", command->name);
	(void)snprintf(
		others, sizeof others, "       hookswitch %s ", command->name);
	print_lines(out, first, others, command->usage);
	fputc('\n', out);
	print_lines(out, "", "", command->description);
	fprintf(out, "\noptions:\n");
	option_print(out, command->options);
	for (size_t i = 0; i < N_OF(common); i++)
		if (has(command, &common[i]))
			option_print(out, common[i].rows);
	if (command->print_more != NULL)
		command->print_more(out);
	if (command->examples != NULL) {
		fprintf(out, "\nexamples:\n");
		print_lines(out, "  ", "  ", command->examples);
	}
}

/* One line on standard error; the text may hold what came from elsewhere. */
static void
complain(const struct command *command, const char *text, const char *advice)
{
	terminal_progress_end();
	fprintf(stderr, "hookswitch %s: ", command->name);
	terminal_print_part(stderr, text, strlen(text));
	fprintf(stderr, "%s\n", advice);
}

static int
misuse(const struct command *command, const char *text)
{
	size_t len = strlen(text);
	char advice[80] = "";

	/* "did you mean ...?" is advice enough. */
	if (len == 0 || text[len - 1] != '?')
		(void)snprintf(advice, sizeof advice,
			"; see \"hookswitch %s --help\"", command->name);
	complain(command, text, advice);
	return EXIT_USAGE;
}

int
command_misuse(const struct invocation *invocation, const char *format, ...)
{
	struct reason reason;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason.text, sizeof reason.text, format, args);
	va_end(args);
	return misuse(invocation->command, reason.text);
}

const char *
command_config(const struct invocation *invocation)
{
	const char *config = invocation->config;

	if (config == NULL)
		config = getenv("HOOKSWITCH_CONFIG");
	return config != NULL && config[0] != '\0' ? config : NULL;
}

const char *
command_hint(const struct invocation *invocation, const struct reason *reason)
{
	return strncmp(reason->text, "setting \"", 9) == 0 &&
			       command_config(invocation) == NULL
		       ? "; name the settings file by --config"
		       : "";
}

int
command_fail(const struct invocation *invocation, const struct reason *reason)
{
	complain(invocation->command, reason->text,
		command_hint(invocation, reason));
	return EXIT_FAILURE;
}

/* The only "request variable" here is where the settings are. */
static const char *
variable(const void *context, const char *name)
{
	return strcmp(name, "HOOKSWITCH_CONFIG") == 0 ? context : NULL;
}

enum err
command_settings(struct invocation *invocation, struct reason *reason)
{
	char absolute[PATH_MAX];
	struct settings_source source = {variable, invocation->config};

	/* One that is not there stays as it is, for the message. */
	if (invocation->config != NULL &&
		realpath(invocation->config, absolute) != NULL)
		source.context = absolute;
	return settings_load(&invocation->settings, &source, reason);
}

static enum err
read_options(struct invocation *invocation, int argc, char *argv[],
	struct reason *reason)
{
	const struct command *command = invocation->command;
	struct option_set sets[1 + N_OF(common)];
	size_t n = 0;
	int first;
	enum err err;

	sets[n++] = (struct option_set){command->options, invocation->options};
	for (size_t i = 0; i < N_OF(common); i++)
		if (has(command, &common[i]))
			sets[n++] =
				(struct option_set){common[i].rows, invocation};
	err = option_read(sets, n, argc, argv, &first, reason);
	invocation->words = argv + first;
	invocation->n_words = (size_t)(argc - first);
	return err;
}

int
command_end_output(const struct command *command, int status)
{
	int error = terminal_flush();

	/* Whoever reads no further has what he wants. */
	if (error == 0 || error == EPIPE || status != EXIT_SUCCESS)
		return status;
	terminal_progress_end();
	fprintf(stderr,
		"hookswitch%s%s: could not write to standard output: %s\n",
		command != NULL ? " " : "",
		command != NULL ? command->name : "", strerror(error));
	return EXIT_FAILURE;
}

int
command_run(const struct command *command, int argc, char *argv[])
{
	struct invocation invocation = {.command = command};
	struct reason reason = {"out of memory"};
	int status;

	invocation.options = calloc(1, command->options_size + 1);
	if (invocation.options == NULL)
		return command_fail(&invocation, &reason);
	if (read_options(&invocation, argc, argv, &reason) != ERR_OK) {
		status = misuse(command, reason.text);
	} else if (invocation.help) {
		command_print_help(command, stdout);
		status = EXIT_SUCCESS;
	} else if (invocation.n_words > command->most_words) {
		status = command_misuse(&invocation,
			"unexpected argument \"%.200s\"",
			invocation.words[command->most_words]);
	} else {
		status = command->run(&invocation);
	}
	status = command_end_output(command, status);
	settings_free(&invocation.settings);
	free(invocation.options);
	return status;
}
