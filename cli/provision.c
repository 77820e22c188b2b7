/*
 * hookswitch provision: sets the webhooks of an account's numbers, messaging
 * services and TwiML applications.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "change.h"
#include "commands.h"
#include "interrupt.h"
#include "inventory.h"
#include "overrides.h"
#include "provision_report.h"
#include "sid.h"
#include "terminal.h"
#include "undo_file.h"

/* A file of old values: some 300 bytes for each. */
#define LIMIT_UNDO (64 * 1024 * 1024)

struct provision_options {
	bool all, check, dry_run, undo;
	const char *undo_file, *site, *overrides, *fallback, *account;
};

static const struct option_row options[] = {
	SWITCH_OPTION("all", struct provision_options, all,
		"everything that the account has"),
	SWITCH_OPTION("check", struct provision_options, check,
		"change nothing, and say what is not as it should\n"
		"be; without names, of everything"),
	SWITCH_OPTION("dry-run", struct provision_options, dry_run,
		"print what would be changed, and change nothing"),
	SWITCH_OPTION("undo", struct provision_options, undo,
		"put back what was there before the last time"),
	TEXT_OPTION("undo-file", "FILE", struct provision_options, undo_file,
		"where old values are kept (otherwise beside the\n"
		"settings file, or in the spool)"),
	TEXT_OPTION("site", "URL", struct provision_options, site,
		ENDPOINT_URL_SITE_HELP),
	TEXT_OPTION("fallback", "URL", struct provision_options, fallback,
		"a site like that which stands in for it, or \"none\"\n"
		"to leave fallback URLs alone (otherwise those that\n"
		"are set stay, and the others become the site's)"),
	TEXT_OPTION("overrides", "TEXT", struct provision_options, overrides,
		ENDPOINT_URL_OVERRIDES_HELP),
	SID_OPTION("account", "AC", struct provision_options, account,
		"the account (otherwise TWILIO_ACCOUNT_SID)"),
	END_OF_OPTIONS,
};

/* One run of the command. */
struct provision {
	const struct invocation *invocation;
	const struct provision_options *chosen;
	struct twilio *twilio;
	struct inventory inventory;
	bool *is_chosen; /* of the inventory's resources */
	struct webhook_urls urls;
	struct changes changes;
	enum err err; /* of what a callback could not do */
	char undo_path[PATH_MAX];
};

static struct provision_report
make_report(const struct invocation *invocation)
{
	return (struct provision_report){
		.json = invocation->json, .quiet = invocation->quiet};
}

static struct undo_place
find_place(const struct provision *provision)
{
	return (struct undo_place){.file = provision->chosen->undo_file,
		.config = command_config(provision->invocation),
		.spool = settings_get(
			&provision->invocation->settings, SETTING_SPOOL)};
}

static enum err
choose_urls(struct provision *provision, struct reason *reason)
{
	const struct provision_options *chosen = provision->chosen;

	provision->urls.are_overrides_chosen = chosen->overrides != NULL;
	provision->urls.fallback = chosen->fallback;
	return endpoint_urls_choose(&provision->urls.endpoints,
		&provision->invocation->settings, chosen->site,
		chosen->overrides, reason);
}

/* A service that leaves messages to its numbers is these, too. */
static void
choose_senders(
	struct provision *provision, const struct webhook_resource *service)
{
	const struct inventory *inventory = &provision->inventory;

	for (size_t i = 0; i < inventory->n; i++)
		if (inventory->resources[i].service == service &&
			webhook_leaves_to_numbers(service))
			provision->is_chosen[i] = true;
}

static enum err
choose_one(struct provision *provision, const char *word, struct reason *reason)
{
	const struct inventory *inventory = &provision->inventory;

	for (size_t i = 0; i < inventory->n; i++) {
		const struct webhook_resource *resource =
			&inventory->resources[i];

		if (strcmp(word, webhook_sid(resource)) != 0 &&
			(resource->kind != WEBHOOK_NUMBER ||
				strcmp(word, webhook_name(resource)) != 0))
			continue;
		provision->is_chosen[i] = true;
		choose_senders(provision, resource);
		return ERR_OK;
	}
	return err_reason(reason, ERR_REJECTED,
		"account \"%s\" has no \"%.60s\"",
		twilio_account_sid(provision->twilio), word);
}

/* What was named, or everything. */
static enum err
choose(struct provision *provision, struct reason *reason)
{
	const struct invocation *invocation = provision->invocation;
	size_t n = provision->inventory.n;
	enum err err = ERR_OK;

	provision->is_chosen = calloc(n + 1, sizeof *provision->is_chosen);
	if (provision->is_chosen == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < n && invocation->n_words == 0; i++)
		provision->is_chosen[i] = true;
	for (size_t i = 0; i < invocation->n_words && err == ERR_OK; i++)
		err = choose_one(provision, invocation->words[i], reason);
	return err;
}

/* Judges all that was chosen. */
static enum err
judge(struct provision *provision,
	void (*take)(void *context, const struct webhook_finding *finding),
	void *context, struct reason *reason)
{
	const struct inventory *inventory = &provision->inventory;
	enum err err = ERR_OK;

	for (size_t i = 0; i < inventory->n && err == ERR_OK; i++)
		if (provision->is_chosen[i])
			err = webhook_judge(&provision->urls,
				&inventory->resources[i], take, context);
	if (err == ERR_OK)
		err = provision->err;
	return err == ERR_OK ? err : err_reason(reason, err, "out of memory");
}

static enum err
check(struct provision *provision, struct reason *reason)
{
	struct provision_report report = make_report(provision->invocation);
	enum err err;

	provision_report_begin(&report, twilio_account_sid(provision->twilio));
	err = judge(provision, provision_report_finding, &report, reason);
	if (provision_report_end(&report) != ERR_OK && err == ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	if (err == ERR_OK && report.n_drift > 0)
		err = err_reason(reason, ERR_REJECTED,
			"%zu of %zu URLs are not as they should be",
			report.n_drift, report.n);
	return err;
}

/* Whether what goes before a place is set, too, so that it leads here. */
static bool
is_set_too(const struct provision *provision,
	const struct webhook_finding *finding)
{
	const struct inventory *inventory = &provision->inventory;
	const struct webhook_resource *before = NULL;

	if (finding->state == WEBHOOK_BY_APPLICATION)
		before = inventory_find(
			inventory, WEBHOOK_APPLICATION, finding->by);
	else if (finding->state == WEBHOOK_BY_SERVICE)
		before = finding->resource->service;
	return before != NULL &&
	       provision->is_chosen[before - inventory->resources];
}

static void
add_finding(void *context, const struct webhook_finding *finding)
{
	struct provision *provision = context;

	if (provision->err == ERR_OK && !is_set_too(provision, finding))
		provision->err =
			changes_add_finding(&provision->changes, finding);
}

/* Keeps the old values; nothing is changed before that. */
static enum err
keep(struct provision *provision, struct reason *reason)
{
	const struct undo_place place = find_place(provision);
	struct reason why = {"out of memory"};
	struct buf text;
	enum err err;

	buf_init(&text, LIMIT_UNDO);
	err = changes_write(&provision->changes,
		twilio_account_sid(provision->twilio), &text);
	if (err == ERR_TOO_LARGE)
		(void)err_reason(&why, err,
			"too much is to be changed at a "
			"time: name less");
	if (err == ERR_OK)
		err = undo_file_write(
			&place, &text, provision->undo_path, &why);
	buf_free(&text);
	if (err != ERR_OK) {
		provision->undo_path[0] = '\0';
		return err_reason(reason, err,
			"%.400s; nothing was changed, since old values have to "
			"be kept: see --undo-file",
			why.text);
	}
	return ERR_OK;
}

/*
 * Makes all changes that are planned, of one resource after the other.  What
 * one of them does not take is its own matter; anything else ends it, and so
 * does a signal: what was changed is to be told.
 */
static enum err
make_all(struct provision *provision, bool is_turned, struct reason *reason)
{
	struct changes *changes = &provision->changes;
	bool is_dry = provision->chosen->dry_run;
	enum err err = ERR_OK;
	size_t end;

	interrupt_catch();
	for (size_t first = 0; first < changes->n && err == ERR_OK;
		first = end) {
		end = changes_group(changes, first);
		terminal_progress("%zu of %zu", first, changes->n);
		if (is_turned)
			err = changes_turn(
				changes, first, end, provision->twilio, reason);
		if (err == ERR_OK && !is_dry)
			err = changes_make(
				changes, first, end, provision->twilio, reason);
		if (err == ERR_REJECTED)
			err = ERR_OK;
		if (err == ERR_OK && end < changes->n && interrupt_came())
			err = err_reason(reason, ERR_IO, "interrupted");
	}
	terminal_progress_end();
	return err;
}

static enum err
report(struct provision *provision, bool is_undo)
{
	const struct provision_report report =
		make_report(provision->invocation);
	const struct provision_summary summary = {
		.changes = &provision->changes,
		.account_sid = twilio_account_sid(provision->twilio),
		.undo_file = provision->undo_path[0] != '\0'
				     ? provision->undo_path
				     : NULL,
		.is_dry = provision->chosen->dry_run,
		.is_undo = is_undo};

	return provision_report_changes(&report, &summary);
}

/* What has to be said of it in one line; ERR_OK if all is well. */
static enum err
sum_up(const struct provision *provision, enum err err, struct reason *reason)
{
	const struct changes *changes = &provision->changes;
	size_t n = changes->n;
	size_t left = changes_count(changes, CHANGE_LEFT);
	size_t good = changes_count(changes, CHANGE_DONE) +
		      changes_count(changes, CHANGE_NEEDLESS);
	struct reason why = *reason;

	if (provision->chosen->dry_run && err == ERR_OK)
		good += changes_count(changes, CHANGE_PLANNED);
	if (err != ERR_OK)
		return err_reason(reason, err,
			"%.300s; %zu of %zu values were set", why.text, good,
			n);
	if (good + left < n)
		return err_reason(reason, ERR_REJECTED,
			"%zu of %zu values could not be set", n - good - left,
			n);
	if (left > 0)
		return err_reason(reason, ERR_REJECTED,
			"%zu of %zu values were left as they are", left, n);
	return ERR_OK;
}

static enum err
change(struct provision *provision, struct reason *reason)
{
	struct changes *changes = &provision->changes;
	enum err err = judge(provision, add_finding, provision, reason);
	bool is_real = !provision->chosen->dry_run &&
		       changes_count(changes, CHANGE_PLANNED) > 0;

	if (err == ERR_OK && is_real)
		err = keep(provision, reason);
	if (err != ERR_OK)
		return err;
	if (is_real)
		err = make_all(provision, false, reason);
	err = sum_up(provision, err, reason);
	if (report(provision, false) != ERR_OK)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	return err;
}

static enum err
provision(struct provision *provision, struct reason *reason)
{
	const struct settings *settings = &provision->invocation->settings;
	enum err err = choose_urls(provision, reason);

	if (err == ERR_OK)
		err = twilio_open(&provision->twilio, settings,
			provision->chosen->account, reason);
	if (err == ERR_OK)
		err = inventory_read(
			&provision->inventory, provision->twilio, reason);
	if (err == ERR_OK)
		err = choose(provision, reason);
	if (err != ERR_OK)
		return err;
	return provision->chosen->check ? check(provision, reason)
					: change(provision, reason);
}

/* What was kept, and whose it is. */
static enum err
read_kept(struct provision *provision, char account_sid[64],
	struct reason *reason)
{
	const struct undo_place place = find_place(provision);
	struct json *document = NULL;
	struct reason fault;
	struct buf text;
	enum err err;

	buf_init(&text, LIMIT_UNDO);
	err = undo_file_read(&place, &text, provision->undo_path, reason);
	if (err != ERR_OK) {
		buf_free(&text);
		return err;
	}
	err = json_read(&document, buf_text(&text), text.len, &fault);
	if (err == ERR_OK)
		err = changes_read(
			&provision->changes, document, account_sid, &fault);
	if (err != ERR_OK)
		(void)err_reason(reason, err,
			"could not use file \"%.200s\": %.200s",
			provision->undo_path, fault.text);
	json_free(document);
	buf_free(&text);
	return err;
}

/* Whether there is nothing left that could be put back. */
static bool
is_over(const struct changes *changes)
{
	return changes_count(changes, CHANGE_PLANNED) +
		       changes_count(changes, CHANGE_FAILED) +
		       changes_count(changes, CHANGE_UNKNOWN) ==
	       0;
}

static enum err
undo(struct provision *provision, struct reason *reason)
{
	const char *account = provision->chosen->account;
	char account_sid[64];
	enum err err = read_kept(provision, account_sid, reason);

	if (err == ERR_OK && account != NULL &&
		strcmp(account, account_sid) != 0)
		err = err_reason(reason, ERR_REJECTED,
			"the values in file \"%.300s\" are those of account "
			"\"%s\"",
			provision->undo_path, account_sid);
	if (err == ERR_OK)
		err = twilio_open(&provision->twilio,
			&provision->invocation->settings, account_sid, reason);
	if (err != ERR_OK)
		return err;
	err = make_all(provision, true, reason);
	if (err == ERR_OK && !provision->chosen->dry_run &&
		is_over(&provision->changes))
		err = undo_file_finish(provision->undo_path, reason);
	err = sum_up(provision, err, reason);
	if (report(provision, true) != ERR_OK)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	return err;
}

/* A number, or the SID of something that has webhooks. */
static bool
is_name(const char *word)
{
	static const char *const prefixes[] = {"PN", "MG", "AP"};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		if (sid_begins(word, prefixes[i]))
			return true;
	return address_is_number(word);
}

/* What is wrong with the options; NULL if nothing is. */
static const char *
find_misuse(const struct provision_options *chosen, size_t n)
{
	if (chosen->undo &&
		(n > 0 || chosen->all || chosen->check ||
			chosen->site != NULL || chosen->overrides != NULL ||
			chosen->fallback != NULL))
		return "--undo puts back all that was set, and takes nothing "
		       "beside it but --dry-run, --undo-file and --account";
	if (chosen->check && chosen->dry_run)
		return "--check and --dry-run exclude each other";
	if (chosen->check && chosen->undo_file != NULL)
		return "--undo-file is for changes";
	if (chosen->all && n > 0)
		return "--all is everything: name nothing beside it";
	if (!chosen->all && !chosen->check && !chosen->undo && n == 0)
		return "name numbers or SIDs, or give --all";
	return NULL;
}

static enum err
check_call(const struct invocation *invocation, struct reason *reason)
{
	const struct provision_options *chosen = invocation->options;
	const char *misuse = find_misuse(chosen, invocation->n_words);
	enum err err =
		endpoint_urls_check(chosen->site, chosen->overrides, reason);

	if (err == ERR_OK && chosen->fallback != NULL &&
		strcmp(chosen->fallback, "none") != 0)
		err = endpoint_url_check(
			chosen->fallback, "--fallback", reason);
	if (err == ERR_OK && misuse != NULL)
		err = err_reason(reason, ERR_MALFORMED, "%s", misuse);
	for (size_t i = 0; i < invocation->n_words && err == ERR_OK; i++)
		if (!is_name(invocation->words[i]))
			err = err_reason(reason, ERR_MALFORMED,
				"\"%.60s\" is neither a number like "
				"+15551230001 nor a SID of one (PN...), of a "
				"messaging service (MG...) or of a TwiML "
				"application (AP...)",
				invocation->words[i]);
	return err;
}

static int
run(struct invocation *invocation)
{
	struct provision run = {
		.invocation = invocation, .chosen = invocation->options};
	struct reason reason = {"out of memory"};
	enum err err = check_call(invocation, &reason);

	if (err != ERR_OK)
		return command_misuse(invocation, "%s", reason.text);
	err = command_settings(invocation, &reason);
	if (err == ERR_OK)
		err = run.chosen->undo ? undo(&run, &reason)
				       : provision(&run, &reason);
	changes_free(&run.changes);
	inventory_free(&run.inventory);
	free(run.is_chosen);
	twilio_close(run.twilio);
	return err == ERR_OK ? EXIT_SUCCESS : command_fail(invocation, &reason);
}

const struct command command_provision = {
	.name = "provision",
	.purpose = "set the webhooks of numbers, services and applications",
	.usage = "[OPTION...] NUMBER|SID...\n"
		 "[OPTION...] --all\n"
		 "--check [OPTION...] [NUMBER|SID...]\n"
		 "--undo [OPTION...]",
	.description =
		"Has the webhooks of an account's phone numbers, messaging "
		"services and TwiML\n"
		"applications lead to the site, by Twilio's REST API.  The old "
		"values are kept\n"
		"in a file before anything is changed; --undo puts them back.\n"
		"\n"
		"URLs that lead to the right endpoint by another address, or "
		"with a query, stay.\n"
		"Where something else goes before a number's own URL, such as "
		"a messaging\n"
		"service, the URL is left and named: name the service, too.  "
		"--all takes\n"
		"applications of softphones as well.",
	.examples = "hookswitch provision --check\n"
		    "hookswitch provision --dry-run --all\n"
		    "hookswitch provision +15551230001 +15551230002\n"
		    "hookswitch provision MG0123... --fallback "
		    "https://backup.example.com\n"
		    "hookswitch provision --all --overrides 'rc=2&rp=5xx,ct'\n"
		    "hookswitch provision --undo\n"
		    "\n"
		    "for crontab, which sends by mail what is printed:\n"
		    "0 7 * * * $HOME/hookswitch/bin/hookswitch provision "
		    "--check --quiet --config "
		    "$HOME/private/hookswitch.conf",
	.most_words = ANY_WORDS,
	.takes = TAKES_CONFIG | TAKES_JSON | TAKES_QUIET,
	.options = options,
	.options_size = sizeof(struct provision_options),
	.run = run,
};
