/*
 * hookswitch doctor: checks a site, and says what to do.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "checkup.h"
#include "commands.h"
#include "json_writer.h"
#include "overrides.h"
#include "terminal.h"

/* What stands before a line of text, and how long one can be. */
#define INDENT 14
#define LINE 1024

/* Where a line of --help ends. */
#define WIDTH 78

struct doctor_options {
	const char *site;
	bool offline;
	struct option_list only;
};

static const struct option_row options[] = {
	TEXT_OPTION("site", "URL", struct doctor_options, site,
		ENDPOINT_URL_SITE_HELP),
	SWITCH_OPTION("offline", struct doctor_options, offline,
		"ask nobody over the network, nor the database"),
	LIST_OPTION("only", "NAME", struct doctor_options, only,
		OPTION_LIST_MOST,
		"a group of checks, or one; may be given several\n"
		"times"),
	END_OF_OPTIONS,
};

/* What is printed, and counted. */
struct doctor {
	const struct invocation *invocation;
	struct json_writer json;
	size_t counts[MARK__MAX];
	const char *group; /* whose heading was printed last */
	char unknown[256]; /* checks that were not run, not printed yet */
	struct reason why; /* they were not */
};

static enum colour
colour_of(enum mark mark)
{
	static const enum colour colours[MARK__MAX] = {
		[MARK_OK] = COLOUR_GOOD,
		[MARK_NOTE] = COLOUR_STRONG,
		[MARK_WRONG] = COLOUR_BAD,
		[MARK_UNKNOWN] = COLOUR_FAINT,
	};

	return colours[mark];
}

static void
print_heading(struct doctor *doctor, const char *group)
{
	if (doctor->group == NULL || strcmp(doctor->group, group) != 0)
		printf("%s%s\n", doctor->group != NULL ? "\n" : "", group);
	doctor->group = group;
}

static void
print_line(enum mark mark, const char *text)
{
	printf("%s%-*s%s", terminal_colour(stdout, colour_of(mark)), INDENT,
		mark_text(mark), terminal_colour(stdout, COLOUR_NONE));
	terminal_print_wrapped(stdout, INDENT, text);
}

/* What was not checked for one reason, in one line. */
static void
flush_unknown(struct doctor *doctor)
{
	char text[LINE];

	if (doctor->unknown[0] == '\0')
		return;
	(void)snprintf(
		text, sizeof text, "%s: %s", doctor->unknown, doctor->why.text);
	print_line(MARK_UNKNOWN, text);
	doctor->unknown[0] = '\0';
}

static void
collect_unknown(struct doctor *doctor, const struct remark *remark)
{
	size_t len = strlen(doctor->unknown);

	if (len > 0 && strcmp(doctor->why.text, remark->found) != 0) {
		flush_unknown(doctor);
		len = 0;
	}
	(void)snprintf(doctor->unknown + len, sizeof doctor->unknown - len,
		"%s%s", len > 0 ? ", " : "", remark->check);
	(void)err_reason(&doctor->why, ERR_OK, "%s", remark->found);
}

static void
print_remark(struct doctor *doctor, const struct remark *remark)
{
	if (doctor->group == NULL ||
		strcmp(doctor->group, remark->group) != 0 ||
		remark->mark != MARK_UNKNOWN)
		flush_unknown(doctor);
	print_heading(doctor, remark->group);
	if (remark->mark == MARK_UNKNOWN) {
		collect_unknown(doctor, remark);
		return;
	}
	print_line(remark->mark, remark->found);
	if (remark->mend[0] != '\0') {
		printf("%*s-> ", INDENT - 3, "");
		terminal_print_wrapped(stdout, INDENT, remark->mend);
	}
	(void)terminal_flush();
}

static void
write_remark(struct json_writer *json, const struct remark *remark)
{
	json_begin_object(json, NULL);
	json_write_text(json, "group", remark->group);
	json_write_text(json, "check", remark->check);
	json_write_text(json, "mark", mark_text(remark->mark));
	json_write_text(json, "found", remark->found);
	json_write_text(
		json, "mend", remark->mend[0] != '\0' ? remark->mend : NULL);
	json_end_object(json);
}

static void
tell(void *context, const struct remark *remark)
{
	struct doctor *doctor = context;

	terminal_progress_end();
	doctor->counts[remark->mark]++;
	if (doctor->invocation->json)
		write_remark(&doctor->json, remark);
	else if (!doctor->invocation->quiet || remark->mark == MARK_WRONG)
		print_remark(doctor, remark);
}

/* On a terminal: a network can be slow. */
static void
begin(void *context, const char *group, const char *check)
{
	const struct doctor *doctor = context;

	if (!doctor->invocation->quiet)
		terminal_progress("%s: %s", group, check);
}

/* Everything that was found, in a line. */
static void
print_sum(struct doctor *doctor)
{
	if (doctor->invocation->quiet)
		return;
	flush_unknown(doctor);
	printf("\n%zu ok, %zu noted, %zu wrong, %zu not checked\n",
		doctor->counts[MARK_OK], doctor->counts[MARK_NOTE],
		doctor->counts[MARK_WRONG], doctor->counts[MARK_UNKNOWN]);
}

static enum err
print_json(struct doctor *doctor)
{
	struct json_writer *json = &doctor->json;

	json_end_array(json);
	json_write_number(json, "ok", (long long)doctor->counts[MARK_OK]);
	json_write_number(json, "noted", (long long)doctor->counts[MARK_NOTE]);
	json_write_number(json, "wrong", (long long)doctor->counts[MARK_WRONG]);
	json_write_number(
		json, "not_checked", (long long)doctor->counts[MARK_UNKNOWN]);
	return json_writer_print(json, stdout);
}

/* The settings file, if there is one, as it is named. */
static const char *
find_config(const struct invocation *invocation, char path[PATH_MAX])
{
	const char *config = command_config(invocation);

	return config != NULL && realpath(config, path) != NULL ? path : config;
}

static enum err
examine(struct invocation *invocation, struct reason *reason)
{
	const struct doctor_options *chosen = invocation->options;
	struct doctor doctor = {.invocation = invocation};
	char config[PATH_MAX];
	struct checkup checkup;
	enum err err = ERR_OK;

	checkup_init(&checkup);
	checkup.settings_err =
		command_settings(invocation, &checkup.settings_reason);
	checkup.settings = &invocation->settings;
	checkup.config = find_config(invocation, config);
	checkup.directory =
		invocation->n_words > 0 ? invocation->words[0] : NULL;
	checkup.site = chosen->site;
	checkup.is_offline = chosen->offline;
	checkup.only = chosen->only.texts;
	checkup.n_only = chosen->only.n;
	checkup.tell = tell;
	checkup.begin = begin;
	checkup.context = &doctor;
	if (invocation->json) {
		json_writer_open(&doctor.json);
		json_begin_array(&doctor.json, "findings");
	}
	checkup_run(&checkup);
	terminal_progress_end();
	if (invocation->json)
		err = print_json(&doctor);
	else
		print_sum(&doctor);
	checkup_free(&checkup);
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	if (doctor.counts[MARK_WRONG] > 0)
		return err_reason(reason, ERR_REFUSED,
			"something is wrong: see what is marked so");
	return ERR_OK;
}

static int
run(struct invocation *invocation)
{
	const struct doctor_options *chosen = invocation->options;
	struct reason reason = {"out of memory"}, meant;
	struct similar similar;

	for (size_t i = 0; i < chosen->only.n; i++)
		if (!checkup_knows(chosen->only.texts[i], &similar))
			return command_misuse(invocation,
				"there is no check \"%.40s\"%s",
				chosen->only.texts[i],
				similar_words(&similar, &meant));
	if (chosen->site != NULL &&
		endpoint_url_check(chosen->site, "--site", &reason) != ERR_OK)
		return command_misuse(invocation, "%s", reason.text);
	return examine(invocation, &reason) == ERR_OK
		       ? EXIT_SUCCESS
		       : command_fail(invocation, &reason);
}

/* Names for --only. */
static void
print_more(FILE *out)
{
	fprintf(out, "\nchecks, by group:\n");
	for (size_t i = 0; check_groups[i] != NULL; i++) {
		const struct check *check = check_groups[i]->checks;
		int column = fprintf(out, "  %-11s", check_groups[i]->name);

		for (; check->name != NULL; check++) {
			if (column + 1 + (int)strlen(check->name) > WIDTH)
				column = fprintf(out, "\n%13s", "") - 1;
			column += fprintf(out, " %s", check->name);
		}
		fputc('\n', out);
	}
}

const struct command command_doctor = {
	.name = "doctor",
	.purpose = "check everything, and say what to do",
	.usage = "[OPTION...] [DIR]",
	.description =
		"Checks a site: its settings, the files in DIR (which it was "
		"made in), database,\n"
		"spool and reply files; then, over the network, what answers "
		"at its URL, whether\n"
		"signatures arrive there unharmed, and what Twilio knows of "
		"the account.\n"
		"\n"
		"Each finding is ok, worth a note, or wrong, and below it "
		"stands what to do.  What\n"
		"could not be checked says why.  Nothing is changed or stored; "
		"in the site's error\n"
		"log there will be some forty refused requests.  The exit "
		"status is 1 if anything\n"
		"is wrong.",
	.examples = "hookswitch doctor --config ~/private/hookswitch.conf "
		    "~/public_html\n"
		    "hookswitch doctor --offline\n"
		    "hookswitch doctor --only web --only signature --site "
		    "https://example.com/hooks\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "0 6 * * * $HOME/hookswitch/bin/hookswitch doctor --quiet "
		    "--config "
		    "$HOME/private/hookswitch.conf",
	.most_words = 1,
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct doctor_options),
	.print_more = print_more,
	.run = run,
};
