#include "config.h"

#include "option.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sid.h"

/* What getopt returns for a row: above every character. */
#define FIRST_CODE 256

/* Where the second column of --help begins. */
#define COLUMN 22

/* The rows of all sets as getopt wants them, and where each came from. */
struct known {
	struct option options[OPTION_MOST + 1];
	int n_options;
	char letters[2 * OPTION_MOST + 3]; /* ":hn:" */
	const struct option_row *rows[OPTION_MOST];
	void *values[OPTION_MOST];
	int n;
	int help; /* the row that -h stands for; -1 if there is none */
};

static bool
is_letter(const struct option_row *row)
{
	return row->name[1] == '\0';
}

/* What stands before its name. */
static const char *
dashes(const struct option_row *row)
{
	return is_letter(row) ? "-" : "--";
}

/* As getopt wants it: the row is told by its number. */
static void
add(struct known *known, const struct option_row *row)
{
	struct option *option = &known->options[known->n_options];

	if (is_letter(row)) {
		size_t len = strlen(known->letters);

		known->letters[len] = row->name[0];
		if (row->kind != OPTION_SWITCH)
			known->letters[len + 1] = ':';
		return;
	}
	option->name = row->name;
	option->has_arg = row->kind != OPTION_SWITCH;
	option->val = FIRST_CODE + known->n;
	known->n_options++;
}

static void
collect(struct known *known, const struct option_set *sets, size_t n)
{
	memset(known, 0, sizeof *known);
	memcpy(known->letters, ":h", sizeof ":h");
	known->help = -1;
	for (size_t i = 0; i < n; i++) {
		const struct option_row *row = sets[i].rows;

		for (; row != NULL && row->name != NULL; row++) {
			if (known->n == OPTION_MOST)
				abort(); /* a table has outgrown OPTION_MOST */
			if (strcmp(row->name, "help") == 0)
				known->help = known->n;
			add(known, row);
			known->rows[known->n] = row;
			known->values[known->n++] = sets[i].values;
		}
	}
}

/* The row of what getopt has found; -1 for an error of its. */
static int
find_row(const struct known *known, int code)
{
	if (code == 'h')
		return known->help;
	for (int i = 0; i < known->n; i++)
		if (is_letter(known->rows[i]) &&
			known->rows[i]->name[0] == code)
			return i;
	return code - FIRST_CODE;
}

static bool
read_count(unsigned long *value, const char *text, unsigned long most)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*value = strtoul(text, &end, 10);
	return errno == 0 && *end == '\0' && *value >= 1 && *value <= most;
}

static enum err
add_to_list(struct option_list *list, const struct option_row *row,
	const char *argument, struct reason *reason)
{
	if (list->n == row->most || list->n == OPTION_LIST_MOST)
		return err_reason(reason, ERR_MALFORMED,
			"option \"--%s\" is there more than %zu times",
			row->name, list->n);
	list->texts[list->n++] = argument;
	return ERR_OK;
}

static enum err
set_value(const struct option_row *row, void *values, const char *argument,
	struct reason *reason)
{
	char *value = (char *)values + row->offset;
	unsigned long count;
	bool on = true;
	enum err err;

	switch (row->kind) {
	case OPTION_SWITCH:
		memcpy(value, &on, sizeof on);
		break;
	case OPTION_TEXT:
		memcpy(value, &argument, sizeof argument);
		break;
	case OPTION_SID:
		err = sid_check(argument, row->letters, row->name, reason);
		memcpy(value, &argument, sizeof argument);
		return err;
	case OPTION_COUNT:
		if (!read_count(&count, argument, row->most))
			return err_reason(reason, ERR_MALFORMED,
				"option \"%s%s\" needs a number from 1 to %lu",
				dashes(row), row->name, row->most);
		memcpy(value, &count, sizeof count);
		break;
	case OPTION_LIST:
		return add_to_list((struct option_list *)(void *)value, row,
			argument, reason);
	}
	return ERR_OK;
}

/* What getopt did not like: code is '?' or ':'. */
static enum err
complain(const struct known *known, int code, const char *word,
	struct reason *reason)
{
	if (code == ':')
		return err_reason(reason, ERR_MALFORMED,
			"option \"%.60s\" requires an argument", word);
	if (optopt >= FIRST_CODE)
		return err_reason(reason, ERR_MALFORMED,
			"option \"--%s\" takes no argument",
			known->rows[optopt - FIRST_CODE]->name);
	if (optopt != 0)
		return err_reason(reason, ERR_MALFORMED,
			"unrecognized option \"-%c\"", optopt);
	return err_reason(
		reason, ERR_MALFORMED, "unrecognized option \"%.60s\"", word);
}

enum err
option_read(const struct option_set *sets, size_t n, int argc, char *argv[],
	int *first, struct reason *reason)
{
	struct known known;
	enum err err = ERR_OK;
	int code;

	collect(&known, sets, n);
	opterr = 0; /* the messages are ours */
	optind = 0; /* from the start, whoever was here before */
	while (err == ERR_OK) {
		int row;

		code = getopt_long(
			argc, argv, known.letters, known.options, NULL);
		if (code == -1)
			break;
		row = find_row(&known, code);
		err = row >= 0 ? set_value(known.rows[row], known.values[row],
					 optarg, reason)
			       : complain(&known, code, argv[optind - 1],
					 reason);
	}
	*first = optind;
	return err;
}

/* A help text whose further lines stand below its first. */
static void
print_help(FILE *out, const char *help)
{
	for (; *help != '\0'; help++) {
		fputc(*help, out);
		if (*help == '\n')
			fprintf(out, "%*s", COLUMN + 2, "");
	}
	fputc('\n', out);
}

void
option_print(FILE *out, const struct option_row *rows)
{
	for (; rows != NULL && rows->name != NULL; rows++) {
		int width = fprintf(out, "  %s%s%s%s%s",
			strcmp(rows->name, "help") == 0 ? "-h, " : "",
			dashes(rows), rows->name,
			rows->argument != NULL ? " " : "",
			rows->argument != NULL ? rows->argument : "");

		if (width > COLUMN)
			fprintf(out, "\n%*s", COLUMN + 2, "");
		else
			fprintf(out, "%*s", COLUMN + 2 - width, "");
		print_help(out, rows->help);
	}
}
