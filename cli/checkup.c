#include "config.h"

#include "checkup.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"

const struct check_group *const check_groups[] = {
	&check_settings,
	&check_files,
	&check_database,
	&check_spool,
	&check_replies,
	&check_web,
	&check_signature,
	&check_twilio,
	&check_webhooks,
	NULL,
};

/* How each need is met: in the order of enum need. */
static enum err (*const obtain[NEEDS])(
	struct checkup *checkup, struct reason *reason) = {
	check_settings_obtain,
	check_files_obtain,
	check_database_obtain,
	check_database_obtain_schema,
	check_web_obtain_site,
	check_web_obtain,
	check_web_obtain_health,
	check_settings_obtain_account,
	check_twilio_obtain,
	check_webhooks_obtain,
};

const char *
mark_text(enum mark mark)
{
	static const char *const texts[MARK__MAX] = {
		[MARK_OK] = "ok",
		[MARK_NOTE] = "note",
		[MARK_WRONG] = "wrong",
		[MARK_UNKNOWN] = "not checked",
	};

	return texts[mark];
}

void
checkup_init(struct checkup *checkup)
{
	memset(checkup, 0, sizeof *checkup);
	http_answer_init(&checkup->health);
}

void
checkup_free(struct checkup *checkup)
{
	if (checkup->inventory != NULL)
		inventory_free(checkup->inventory);
	free(checkup->inventory);
	json_free(checkup->twilio_account);
	twilio_close(checkup->twilio);
	account_free(&checkup->account);
	http_answer_free(&checkup->health);
	http_client_free(checkup->http);
	database_close(checkup->database);
}

static void tell(struct checkup *checkup, enum mark mark, const char *mend,
	const char *format, va_list args) PRINTF_LIKE(4, 0);

static void
tell(struct checkup *checkup, enum mark mark, const char *mend,
	const char *format, va_list args)
{
	char found[1024];
	const struct remark remark = {
		.group = checkup->group->name,
		.check = checkup->check->name,
		.mark = mark,
		.found = found,
		.mend = mend,
	};

	(void)vsnprintf(found, sizeof found, format, args);
	checkup->tell(checkup->context, &remark);
}

void
checkup_ok(struct checkup *checkup, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(checkup, MARK_OK, "", format, args);
	va_end(args);
}

void
checkup_note(struct checkup *checkup, const char *mend, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(checkup, MARK_NOTE, mend, format, args);
	va_end(args);
}

void
checkup_wrong(
	struct checkup *checkup, const char *mend, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(checkup, MARK_WRONG, mend, format, args);
	va_end(args);
}

void
checkup_unknown(struct checkup *checkup, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(checkup, MARK_UNKNOWN, "", format, args);
	va_end(args);
}

/* Which row of the table a need has. */
static size_t
index_of(enum need need)
{
	size_t index = 0;

	while ((1U << index) != (unsigned)need)
		index++;
	return index;
}

bool
checkup_has(struct checkup *checkup, enum need need)
{
	size_t index = index_of(need);
	struct resource *resource = &checkup->resources[index];

	if (resource->state == RESOURCE_UNKNOWN) {
		(void)err_reason(&resource->why, ERR_OK, "out of memory");
		resource->state =
			obtain[index](checkup, &resource->why) == ERR_OK
				? RESOURCE_THERE
				: RESOURCE_MISSING;
	}
	return resource->state == RESOURCE_THERE;
}

const char *
checkup_why(const struct checkup *checkup, enum need need)
{
	return checkup->resources[index_of(need)].why.text;
}

/* Whether all is there that the check in hand needs; says if not. */
static bool
has_needs(struct checkup *checkup)
{
	for (size_t i = 0; i < NEEDS; i++) {
		enum need need = (enum need)(1U << i);

		if ((checkup->check->needs & need) == 0 ||
			checkup_has(checkup, need))
			continue;
		checkup_unknown(checkup, "%s", checkup_why(checkup, need));
		return false;
	}
	return true;
}

static bool
is_wanted(const struct checkup *checkup)
{
	for (size_t i = 0; i < checkup->n_only; i++)
		if (strcmp(checkup->only[i], checkup->group->name) == 0 ||
			strcmp(checkup->only[i], checkup->check->name) == 0)
			return true;
	return checkup->n_only == 0;
}

static void
run_check(struct checkup *checkup)
{
	checkup->begin(
		checkup->context, checkup->group->name, checkup->check->name);
	if (has_needs(checkup))
		checkup->check->run(checkup);
}

void
checkup_run(struct checkup *checkup)
{
	for (size_t i = 0; check_groups[i] != NULL; i++) {
		checkup->group = check_groups[i];
		for (checkup->check = checkup->group->checks;
			checkup->check->name != NULL; checkup->check++)
			if (is_wanted(checkup))
				run_check(checkup);
	}
}

bool
checkup_knows(const char *name, struct similar *similar)
{
	*similar = (struct similar){name, NULL, 0};
	for (size_t i = 0; check_groups[i] != NULL; i++) {
		const struct check *check = check_groups[i]->checks;

		if (strcmp(name, check_groups[i]->name) == 0)
			return true;
		similar_try(similar, check_groups[i]->name);
		for (; check->name != NULL; check++) {
			if (strcmp(name, check->name) == 0)
				return true;
			similar_try(similar, check->name);
		}
	}
	return false;
}
