#include "config.h"

#include "scenario.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "http_form.h"
#include "limit.h"
#include "similar.h"

#define BLANKS " \t\r"

/* A piece of a line, and where that line stands. */
struct place {
	const char *file;
	int line;
};

struct word {
	const char *text;
	size_t len;
};

void
scenario_init(struct scenario *scenario)
{
	memset(scenario, 0, sizeof *scenario);
}

void
scenario_free(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++) {
		struct scenario_step *step = &scenario->steps[i];

		for (size_t j = 0; j < step->n; j++) {
			free(step->parameters[j].name);
			free(step->parameters[j].value);
		}
		free(step->parameters);
	}
	free(scenario->steps);
	scenario_init(scenario);
}

static enum err
out_of_memory(struct reason *reason)
{
	return err_reason(reason, ERR_MEMORY, "out of memory");
}

/* Without the blanks at both ends. */
static struct word
trim(const char *from, const char *to)
{
	while (from < to && strchr(BLANKS, *from) != NULL)
		from++;
	while (to > from && strchr(BLANKS, to[-1]) != NULL)
		to--;
	return (struct word){from, (size_t)(to - from)};
}

static struct scenario_parameter *
find_parameter(const struct scenario_step *step, struct word name)
{
	for (size_t i = 0; i < step->n; i++)
		if (strlen(step->parameters[i].name) == name.len &&
			memcmp(step->parameters[i].name, name.text, name.len) ==
				0)
			return &step->parameters[i];
	return NULL;
}

/* Appends one that the step does not have; takes value, also on error. */
static enum err
add_parameter(struct scenario_step *step, struct word name, char *value)
{
	struct scenario_parameter added = {strndup(name.text, name.len), value};
	struct scenario_parameter *longer =
		realloc(step->parameters, (step->n + 1) * sizeof *longer);

	if (longer != NULL)
		step->parameters = longer;
	if (longer == NULL || added.name == NULL) {
		free(added.name);
		free(added.value);
		return ERR_MEMORY;
	}
	step->parameters[step->n++] = added;
	return ERR_OK;
}

/* Sets a parameter of a step, which may have it. */
static enum err
set_parameter(struct scenario_step *step, struct word name, struct word value,
	struct reason *reason)
{
	struct scenario_parameter *parameter = find_parameter(step, name);
	char *copy;

	if (parameter == NULL && step->n == SCENARIO_PARAMETERS)
		return err_reason(reason, ERR_TOO_LARGE,
			"a webhook has more than %d parameters",
			SCENARIO_PARAMETERS);
	copy = strndup(value.text, value.len);
	if (copy == NULL)
		return out_of_memory(reason);
	if (parameter == NULL)
		return add_parameter(step, name, copy) == ERR_OK
			       ? ERR_OK
			       : out_of_memory(reason);
	free(parameter->value);
	parameter->value = copy;
	return ERR_OK;
}

/* Nothing is put in: whether there is such a variable is all we ask. */
static enum err
known_variable(const void *context, const char *name, struct buf *out)
{
	(void)context;
	(void)out;
	return variable_exists(name) ? ERR_OK : ERR_MALFORMED;
}

static enum err
check_variables(struct word value, struct reason *reason)
{
	static const struct expand_source source = {known_variable, NULL};
	char *text = strndup(value.text, value.len);
	struct buf out;
	enum err err;

	if (text == NULL)
		return out_of_memory(reason);
	buf_init(&out, value.len);
	err = expand(&out, text, &source, reason);
	buf_free(&out);
	free(text);
	return err;
}

/* Says where it was that something went wrong, what being in *why. */
static enum err
fail_at(struct place place, enum err err, const struct reason *why,
	struct reason *reason)
{
	if (err == ERR_OK || err == ERR_MEMORY)
		return err == ERR_OK ? err : out_of_memory(reason);
	return err_reason(reason, err, "%.250s in line %d of file \"%.150s\"",
		why->text, place.line, place.file);
}

/* "Name = value" in a line, or a part of one. */
static enum err
read_parameter(struct scenario_step *step, struct word line, struct place place,
	struct reason *reason)
{
	const char *equals = memchr(line.text, '=', line.len);
	struct word name, value;
	struct reason why;
	enum err err;

	if (equals == NULL || equals == line.text)
		return err_reason(reason, ERR_MALFORMED,
			"line %d of file \"%s\" is not \"Name = value\"",
			place.line, place.file);
	name = trim(line.text, equals);
	value = trim(equals + 1, line.text + line.len);
	err = check_variables(value, &why);
	if (err == ERR_OK)
		err = set_parameter(step, name, value, &why);
	return fail_at(place, err, &why, reason);
}

/* The next word of a line, which is then behind it. */
static struct word
next_word(struct word *line)
{
	struct word rest = trim(line->text, line->text + line->len);
	struct word word = {rest.text, 0};

	while (word.len < rest.len && !strchr(BLANKS, rest.text[word.len]))
		word.len++;
	line->text = rest.text + word.len;
	line->len = rest.len - word.len;
	return word;
}

/* "2", "2s", "200ms". */
static bool
read_time(struct word word, unsigned long *milliseconds)
{
	char text[12], *end;

	if (word.len == 0 || word.len >= sizeof text ||
		!isdigit((unsigned char)word.text[0]))
		return false;
	memcpy(text, word.text, word.len);
	text[word.len] = '\0';
	*milliseconds = strtoul(text, &end, 10);
	if (strcmp(end, "ms") != 0) {
		*milliseconds *= 1000;
		if (*end != '\0' && strcmp(end, "s") != 0)
			return false;
	}
	return *milliseconds <= SCENARIO_WAIT;
}

/* Lines "Name = value", such as a webhook's own. */
static enum err
read_defaults(struct scenario_step *step, struct reason *reason)
{
	const char *line = step->webhook->parameters;
	struct place place = {step->webhook->name, 0};
	enum err err = ERR_OK;

	while (err == ERR_OK && *line != '\0') {
		size_t len = strcspn(line, "\n");

		place.line++;
		err = read_parameter(
			step, (struct word){line, len}, place, reason);
		line += len + (line[len] == '\n');
	}
	return err;
}

static enum err
add_step(struct scenario *scenario, const struct webhook *webhook,
	struct place place, struct reason *reason)
{
	struct scenario_step *steps;

	if (scenario->n == SCENARIO_STEPS)
		return err_reason(reason, ERR_TOO_LARGE,
			"more than %d webhooks in line %d of file \"%s\"",
			SCENARIO_STEPS, place.line, place.file);
	steps = realloc(scenario->steps, (scenario->n + 1) * sizeof *steps);
	if (steps == NULL)
		return out_of_memory(reason);
	scenario->steps = steps;
	memset(&steps[scenario->n], 0, sizeof *steps);
	steps[scenario->n].webhook = webhook;
	return read_defaults(&steps[scenario->n++], reason);
}

static enum err
no_webhook(struct word name, struct place place, struct reason *reason)
{
	char text[64];
	struct similar similar = {text, NULL, 0};
	struct reason meant;

	(void)snprintf(text, sizeof text, "%.*s",
		(int)(name.len < sizeof text ? name.len : sizeof text),
		name.text);
	for (size_t i = 0; webhooks[i] != NULL; i++)
		similar_try(&similar, webhooks[i]->name);
	return err_reason(reason, ERR_MALFORMED,
		"there is no webhook \"%s\" in line %d of file \"%s\"%s", text,
		place.line, place.file, similar_words(&similar, &meant));
}

static bool
is_word(struct word word, const char *text)
{
	return strlen(text) == word.len &&
	       memcmp(text, word.text, word.len) == 0;
}

/* The webhook of a step's first word. */
static enum err
read_name(const struct webhook **webhook, struct word name, struct place place,
	struct reason *reason)
{
	for (size_t i = 0; webhooks[i] != NULL; i++)
		if (is_word(name, webhooks[i]->name)) {
			*webhook = webhooks[i];
			return ERR_OK;
		}
	return no_webhook(name, place, reason);
}

static enum err
read_wait(unsigned long *wait, struct word line, struct place place,
	struct reason *reason)
{
	unsigned long more;
	struct word time = next_word(&line);

	if (!read_time(time, &more) || next_word(&line).len > 0 ||
		*wait + more > SCENARIO_WAIT)
		return err_reason(reason, ERR_MALFORMED,
			"line %d of file \"%s\" is not \"wait SECONDS\" or "
			"\"wait NUMBERms\", an hour at the most",
			place.line, place.file);
	*wait += more;
	return ERR_OK;
}

/* A webhook's name, and parameters behind it. */
static enum err
read_step(struct scenario *scenario, struct word line, struct place place,
	struct reason *reason)
{
	const struct webhook *webhook;
	struct word word = next_word(&line);
	enum err err = read_name(&webhook, word, place, reason);

	if (err == ERR_OK)
		err = add_step(scenario, webhook, place, reason);
	while (err == ERR_OK && (word = next_word(&line)).len > 0)
		err = read_parameter(
			&scenario->steps[scenario->n - 1], word, place, reason);
	return err;
}

/* What has been read so far. */
struct reading {
	struct scenario *scenario;
	unsigned long wait; /* before the next step */
	bool has_step;      /* that indented lines belong to */
	struct place place;
};

static enum err
read_line(struct reading *reading, struct word line, struct reason *reason)
{
	struct scenario *scenario = reading->scenario;
	struct word text = trim(line.text, line.text + line.len);
	struct word rest = text;
	enum err err;

	if (text.len == 0 || *text.text == '#')
		return ERR_OK;
	if (text.text != line.text && !reading->has_step)
		return err_reason(reason, ERR_MALFORMED,
			"line %d of file \"%s\" is indented, but there is no "
			"webhook above it",
			reading->place.line, reading->place.file);
	if (text.text != line.text)
		return read_parameter(&scenario->steps[scenario->n - 1], text,
			reading->place, reason);
	reading->has_step = !is_word(next_word(&rest), "wait");
	if (!reading->has_step)
		return read_wait(&reading->wait, rest, reading->place, reason);
	err = read_step(scenario, text, reading->place, reason);
	if (err == ERR_OK)
		scenario->steps[scenario->n - 1].wait = reading->wait;
	reading->wait = 0;
	return err;
}

enum err
scenario_parse(struct scenario *scenario, const char *name, const char *text,
	size_t len, struct reason *reason)
{
	struct reading reading = {
		.scenario = scenario, .place = {name, 0}
        };
	const char *end = text + len;
	enum err err = ERR_OK;

	if (len > SCENARIO_FILE)
		return err_reason(reason, ERR_TOO_LARGE,
			"file \"%s\" exceeds %d bytes", name, SCENARIO_FILE);
	if (len > 0 && memchr(text, '\0', len) != NULL)
		return err_reason(reason, ERR_MALFORMED,
			"file \"%s\" has a NUL byte in it", name);
	while (text < end && err == ERR_OK) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *to = newline != NULL ? newline : end;

		reading.place.line++;
		err = read_line(&reading,
			(struct word){text, (size_t)(to - text)}, reason);
		text = newline != NULL ? newline + 1 : end;
	}
	if (err == ERR_OK && scenario->n == 0)
		return err_reason(reason, ERR_MALFORMED,
			"there is no webhook in file \"%s\"", name);
	return err;
}

enum err
scenario_set(struct scenario *scenario, const char *name, const char *value,
	struct reason *reason)
{
	const struct word name_word = {name, strlen(name)};
	const struct word value_word = {value, strlen(value)};
	bool has_any = false;
	enum err err = check_variables(value_word, reason);

	for (size_t i = 0; i < scenario->n; i++)
		if (find_parameter(&scenario->steps[i], name_word) != NULL)
			has_any = true;
	for (size_t i = 0; i < scenario->n && err == ERR_OK; i++) {
		struct scenario_step *step = &scenario->steps[i];

		if (!has_any || find_parameter(step, name_word) != NULL)
			err = set_parameter(
				step, name_word, value_word, reason);
	}
	return err;
}

enum err
scenario_compose(struct buf *out, const struct scenario_step *step,
	const struct variables *variables, struct reason *reason)
{
	const struct expand_source source = {variables_value, variables};
	struct buf value;
	enum err err = ERR_OK;

	buf_init(&value, LIMIT_BODY);
	for (size_t i = 0; i < step->n && err == ERR_OK; i++) {
		const struct scenario_parameter *parameter =
			&step->parameters[i];

		buf_clear(&value);
		err = expand(&value, parameter->value, &source, reason);
		if (err != ERR_OK)
			break;
		err = http_add_pair(out, parameter->name, buf_text(&value));
		if (err != ERR_OK)
			(void)err_reason(reason, err,
				"the parameters exceed %zu bytes", out->max);
	}
	buf_free(&value);
	return err;
}
