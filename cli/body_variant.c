#include "config.h"

#include "body_variant.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "body_change.h"
#include "buf.h"
#include "signature.h"

/* Parameters that a variant has more than came. */
#define MORE 40

/* A form that is made anew; its texts do not move. */
struct draft {
	struct form form;
	size_t room; /* parameters that fit */
	struct buf texts;
};

/* What all variants are made of. */
struct source {
	struct candidates *tails;
	const struct form *form;
	size_t n_body;
	struct draft draft;
	struct buf tail;
};

static enum err
source_open(struct source *source, struct candidates *tails,
	const struct form *form, size_t n_body)
{
	struct draft *draft = &source->draft;
	size_t bytes = 4096;

	memset(source, 0, sizeof *source);
	source->tails = tails;
	source->form = form;
	source->n_body = n_body;
	/* Decoding shrinks, charsets and line ends double at the most. */
	for (size_t i = 0; i < form->n; i++)
		bytes += 2 * (form->parameters[i].name_len +
				     form->parameters[i].value_len) +
			 8;
	buf_init(&source->tail, bytes);
	buf_init(&draft->texts, bytes);
	draft->room = form->n + MORE;
	draft->form.parameters =
		calloc(draft->room, sizeof *draft->form.parameters);
	if (draft->form.parameters == NULL)
		return ERR_MEMORY;
	return buf_reserve(&draft->texts, bytes);
}

static void
source_close(struct source *source)
{
	free(source->draft.form.parameters);
	buf_free(&source->draft.texts);
	buf_free(&source->tail);
}

static bool
is_full(const struct source *source)
{
	return source->tails->n == CANDIDATES_MOST;
}

static void
clear(struct draft *draft)
{
	draft->form.n = 0;
	buf_clear(&draft->texts);
}

/* Ends a text of the draft, which began at start. */
static enum err
end_text(struct draft *draft, size_t start, const char **text, size_t *len)
{
	*len = draft->texts.len - start;
	*text = buf_text(&draft->texts) + start;
	return buf_add(&draft->texts, "", 1);
}

static enum err
add(struct draft *draft, const struct body_change *change,
	const struct parameter *parameter)
{
	struct parameter *added = &draft->form.parameters[draft->form.n];
	size_t start = draft->texts.len;
	enum err err;

	if (draft->form.n == draft->room)
		return ERR_TOO_LARGE;
	err = change->name(&draft->texts, parameter->name, parameter->name_len);
	if (err == ERR_OK)
		err = end_text(draft, start, &added->name, &added->name_len);
	start = draft->texts.len;
	if (err == ERR_OK)
		err = change->value(
			&draft->texts, parameter->value, parameter->value_len);
	if (err == ERR_OK)
		err = end_text(draft, start, &added->value, &added->value_len);
	draft->form.n += err == ERR_OK;
	return err;
}

static enum err
add_pair(struct draft *draft, const char *name, size_t name_len,
	const char *value, size_t value_len)
{
	const struct parameter parameter = {name, name_len, value, value_len};

	return add(draft, &body_as_it_came, &parameter);
}

/* The draft is a variant, if it could be made. */
static void
offer(struct source *source, enum err err, enum finding finding, unsigned cost,
	const char *name)
{
	if (err == ERR_OK) {
		buf_clear(&source->tail);
		err = signature_write_tail(&source->tail, &source->draft.form,
			source->draft.form.n);
	}
	if (err == ERR_OK)
		candidates_add(source->tails, buf_text(&source->tail),
			source->tail.len, finding, cost, name);
	else if (err == ERR_MEMORY)
		source->tails->err = err;
	clear(&source->draft);
}

/* All parameters of the body, changed. */
static void
offer_changed(struct source *source, const struct body_change *change)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < source->n_body && err == ERR_OK; i++)
		err = add(&source->draft, change, &source->form->parameters[i]);
	offer(source, err, change->finding, change->cost, NULL);
}

/* Those of the body that the function does not drop; NULL drops none. */
static enum err
copy_unless(struct source *source,
	bool (*drops)(const struct source *source, size_t i))
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < source->n_body && err == ERR_OK; i++)
		if (drops == NULL || !drops(source, i))
			err = add(&source->draft, &body_as_it_came,
				&source->form->parameters[i]);
	return err;
}

/* Blanks that may have been cut off a message. */
static void
offer_untrimmed(struct source *source)
{
	static const struct {
		const char *before, *after;
	} blanks[] = {
		{"",   " "   },
                {"",   "\n"  },
                {"",   "\r\n"},
                {" ",  ""    },
                {"\n", ""    },
		{"",   "  "  }
        };
	const struct parameter *body = form_find(source->form, "Body");
	size_t at = body != NULL ? (size_t)(body - source->form->parameters)
				 : source->n_body;

	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		struct draft *draft = &source->draft;
		struct buf *texts = &draft->texts;
		struct parameter *last;
		enum err err = copy_unless(source, NULL);

		if (at >= source->n_body || err != ERR_OK)
			return;
		last = &draft->form.parameters[at];
		last->value = buf_text(texts) + texts->len;
		err = buf_add_text(texts, blanks[i].before);
		if (err == ERR_OK)
			err = buf_add(texts, body->value, body->value_len);
		if (err == ERR_OK)
			err = buf_add_text(texts, blanks[i].after);
		last->value_len = body->value_len + strlen(blanks[i].before) +
				  strlen(blanks[i].after);
		offer(source, err, FINDING_BODY_TRIMMED, 1, NULL);
	}
}

/* What Twilio sends often without a value. */
static const char *const places[][4] = {
	{"FromCity",   "FromState",   "FromZip",   "FromCountry"  },
	{"ToCity",     "ToState",     "ToZip",     "ToCountry"    },
	{"CallerCity", "CallerState", "CallerZip", "CallerCountry"},
	{"CalledCity", "CalledState", "CalledZip", "CalledCountry"},
};

#define GROUPS (sizeof places / sizeof places[0])

static bool
has(const struct source *source, const char *name)
{
	const struct parameter *found = form_find(source->form, name);

	return found != NULL &&
	       (size_t)(found - source->form->parameters) < source->n_body;
}

/* Adds those of the places that are not there; mask says of whom. */
static enum err
add_places(struct source *source, unsigned mask, enum err err)
{
	for (size_t i = 0; i < GROUPS; i++)
		for (size_t j = 0; j < 4 && err == ERR_OK; j++)
			if ((mask >> i & 1) != 0 && !has(source, places[i][j]))
				err = add_pair(&source->draft, places[i][j],
					strlen(places[i][j]), "", 0);
	return err;
}

/* One that is not there, as if it had come without a value. */
static void
offer_with(struct source *source, const char *name)
{
	enum err err = copy_unless(source, NULL);

	if (has(source, name))
		err = ERR_MALFORMED;
	if (err == ERR_OK)
		err = add_pair(&source->draft, name, strlen(name), "", 0);
	offer(source, err, FINDING_BODY_EMPTY_DROPPED, 1, name);
}

static void
offer_empty(struct source *source)
{
	static const char *const others[] = {"Body", "ForwardedFrom",
		"CallerName", "SpeechResult", "Digits", "RecordingUrl",
		"ErrorMessage", "AddOns"};
	unsigned most = has(source, "CallSid") ? 15 : 3;

	/* All of them is likelier than some of them. */
	for (unsigned mask = most; mask > 0; mask--) {
		enum err err = copy_unless(source, NULL);

		err = add_places(source, mask, err);
		offer(source, err, FINDING_BODY_EMPTY_DROPPED,
			mask == most ? 1 : 2, "FromCity and the like");
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		offer_with(source, others[i]);
	for (size_t i = 0; i < GROUPS; i++)
		for (size_t j = 0; j < 4; j++)
			offer_with(source, places[i][j]);
	if (!has(source, "Body") && has(source, "MessageSid")) {
		enum err err = copy_unless(source, NULL);

		err = add_places(source, most, err);
		if (err == ERR_OK)
			err = add_pair(&source->draft, "Body", 4, "", 0);
		offer(source, err, FINDING_BODY_EMPTY_DROPPED, 1,
			"Body, FromCity and the like");
	}
}

/* Twilio's names begin with a capital, but for very few. */
static bool
is_foreign(const struct source *source, size_t i)
{
	const char *name = source->form->parameters[i].name;

	return !isupper((unsigned char)name[0]) && strcmp(name, "msg") != 0;
}

static bool
is_in_query(const struct source *source, size_t i)
{
	const struct parameter *one = &source->form->parameters[i];

	for (size_t j = source->n_body; j < source->form->n; j++) {
		const struct parameter *other = &source->form->parameters[j];

		if (one->name_len == other->name_len &&
			memcmp(one->name, other->name, one->name_len) == 0)
			return true;
	}
	return false;
}

/* Without what somebody may have added. */
static void
offer_fewer(struct source *source)
{
	offer(source, copy_unless(source, is_in_query),
		FINDING_BODY_QUERY_ADDED, 1, NULL);
	for (size_t i = 0; i < source->n_body && !is_full(source); i++) {
		enum err err = ERR_OK;

		for (size_t j = 0; j < source->n_body && err == ERR_OK; j++)
			if (j != i)
				err = add(&source->draft, &body_as_it_came,
					&source->form->parameters[j]);
		offer(source, err, FINDING_BODY_ADDED,
			is_foreign(source, i) ? 1 : 2,
			source->form->parameters[i].name);
	}
	offer(source, copy_unless(source, is_foreign), FINDING_BODY_ADDED, 1,
		"those with small letters");
}

/* The values of one parameter, which a comma joins, as several. */
static enum err
add_split(struct draft *draft, const struct parameter *parameter)
{
	const char *text = parameter->value;
	const char *end = text + parameter->value_len;
	enum err err = ERR_OK;

	while (text <= end && err == ERR_OK) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		const char *to = comma != NULL ? comma : end;

		err = add_pair(draft, parameter->name, parameter->name_len,
			text, (size_t)(to - text));
		text = to + 1;
		if (text < end && *text == ' ')
			text++;
	}
	return err;
}

static void
offer_split(struct source *source)
{
	for (size_t i = 0; i < source->n_body; i++) {
		const struct parameter *split = &source->form->parameters[i];
		enum err err = ERR_OK;

		if (is_full(source) ||
			memchr(split->value, ',', split->value_len) == NULL)
			continue;
		for (size_t j = 0; j < source->n_body && err == ERR_OK; j++)
			err = j == i ? add_split(&source->draft, split)
				     : add(&source->draft, &body_as_it_came,
					       &source->form->parameters[j]);
		offer(source, err, FINDING_BODY_JOINED, 2, split->name);
	}
}

/* A GET's parameters as if they had been a POST's. */
static void
offer_query(struct source *source)
{
	enum err err = ERR_OK;

	for (size_t i = source->n_body; i < source->form->n && err == ERR_OK;
		i++)
		err = add(&source->draft, &body_as_it_came,
			&source->form->parameters[i]);
	offer(source, err, FINDING_BODY_AS_QUERY, 1, NULL);
}

enum err
body_variants_fill(
	struct candidates *tails, const struct form *form, size_t n_body)
{
	struct source source;
	enum err err = source_open(&source, tails, form, n_body);

	if (err == ERR_OK) {
		offer_changed(&source, &body_as_it_came);
		candidates_add(tails, "", 0, FINDING_BODY_NOT_SIGNED, 1, NULL);
		if (n_body == 0)
			offer_query(&source);
	}
	if (err == ERR_OK && n_body > 0) {
		for (size_t i = 0; body_changes[i].name != NULL; i++)
			offer_changed(&source, &body_changes[i]);
		offer_untrimmed(&source);
		offer_empty(&source);
		offer_fewer(&source);
		offer_split(&source);
	}
	source_close(&source);
	return err == ERR_OK ? tails->err : err;
}
