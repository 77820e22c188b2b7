#include "config.h"

#include "json.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* Adds one value to an object that may hold the name already; takes it. */
static int
add_value(json_t *object, const struct parameter *parameter, json_t *value)
{
	json_t *known =
		json_object_getn(object, parameter->name, parameter->name_len);
	json_t *array;

	if (known == NULL)
		return json_object_setn_new_nocheck(
			object, parameter->name, parameter->name_len, value);
	if (json_is_array(known))
		return json_array_append_new(known, value);
	array = json_pack("[Oo]", known, value); /* takes value, not known */
	if (array == NULL)
		return -1;
	return json_object_setn_new_nocheck(
		object, parameter->name, parameter->name_len, array);
}

/* Where the text goes, and whether all of it got there. */
struct output {
	struct buf *buf;
	enum err err;
};

/* jansson 2.14 does not look at what this returns where it writes a name. */
static int
append(const char *data, size_t len, void *context)
{
	struct output *output = context;

	if (output->err == ERR_OK)
		output->err = buf_add(output->buf, data, len);
	return output->err == ERR_OK ? 0 : -1;
}

static enum err
dump(const json_t *value, struct buf *out)
{
	struct output output = {out, ERR_OK};

	if (json_dump_callback(value, append, &output,
		    JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		return ERR_MEMORY;
	return output.err;
}

/* The object of that name in another, made if it is not there. */
static json_t *
member_object(json_t *object, const char *name, size_t len)
{
	json_t *member = json_object_getn(object, name, len);

	if (member == NULL) {
		member = json_object();
		if (json_object_setn_new(object, name, len, member) != 0)
			return NULL;
	}
	return member;
}

enum err
json_from_texts(struct buf *out, const struct json_text *texts, size_t n)
{
	json_t *object = json_object();
	enum err err = ERR_MEMORY;

	for (size_t i = 0; i < n; i++) {
		const char *slash = strchr(texts[i].name, '/');
		const char *name = slash != NULL ? slash + 1 : texts[i].name;
		json_t *place = object;

		if (slash != NULL)
			place = member_object(object, texts[i].name,
				(size_t)(slash - texts[i].name));
		if (json_object_set_new(
			    place, name, json_string(texts[i].text)) != 0)
			goto out;
	}
	err = dump(object, out);
out:
	json_decref(object);
	return err;
}

enum err
json_from_form(struct buf *out, const struct form *form)
{
	json_t *object = json_object();
	enum err err = ERR_MEMORY;

	for (size_t i = 0; i < form->n; i++) {
		const struct parameter *parameter = &form->parameters[i];
		json_t *value = json_stringn_nocheck(
			parameter->value, parameter->value_len);

		if (value == NULL || add_value(object, parameter, value) != 0)
			goto out;
	}
	err = dump(object, out);
out:
	json_decref(object);
	return err;
}

enum err
json_add_string(struct buf *out, const char *text, size_t len)
{
	struct buf clean;
	json_t *string = NULL;
	enum err err;

	buf_init(&clean, 3 * len);
	err = utf8_clean(&clean, text, len);
	if (err == ERR_OK)
		string = json_stringn_nocheck(buf_text(&clean), clean.len);
	if (err == ERR_OK)
		err = dump(string, out);
	json_decref(string);
	buf_free(&clean);
	return err;
}

/* struct json is never defined: it is jansson's value under our name. */

static const json_t *
inner(const struct json *value)
{
	return (const json_t *)(const void *)value;
}

static const struct json *
outer(const json_t *value)
{
	return (const struct json *)(const void *)value;
}

enum err
json_read(
	struct json **out, const char *text, size_t len, struct reason *reason)
{
	json_error_t error;
	json_t *value =
		json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	*out = (struct json *)(void *)value;
	if (value != NULL)
		return ERR_OK;
	if (json_error_code(&error) == json_error_out_of_memory)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	return err_reason(reason, ERR_MALFORMED,
		"invalid JSON in line %d, column %d", error.line, error.column);
}

void
json_free(struct json *document)
{
	json_decref((json_t *)(void *)document);
}

enum err
json_keep(struct json **out, const struct json *value)
{
	json_t *copy = json_deep_copy(inner(value));

	*out = (struct json *)(void *)copy;
	return copy == NULL && value != NULL ? ERR_MEMORY : ERR_OK;
}

const struct json *
json_member(const struct json *value, const char *name)
{
	const json_t *place = inner(value);

	while (place != NULL) {
		size_t len = strcspn(name, "/");

		place = json_object_getn(place, name, len);
		if (name[len] == '\0')
			break;
		name += len + 1;
	}
	return outer(place);
}

size_t
json_size(const struct json *value)
{
	return json_array_size(inner(value));
}

const struct json *
json_item(const struct json *value, size_t index)
{
	return outer(json_array_get(inner(value), index));
}

bool
json_is_list(const struct json *value)
{
	return json_is_array(inner(value));
}

bool
json_is_yes(const struct json *value)
{
	return json_is_true(inner(value));
}

bool
json_is_no(const struct json *value)
{
	return json_is_false(inner(value));
}

const char *
json_text(const struct json *value)
{
	return json_string_value(inner(value));
}

const char *
json_member_text(const struct json *value, const char *name)
{
	const char *text = json_text(json_member(value, name));

	return text != NULL ? text : "";
}

bool
json_number(const struct json *value, long long *number)
{
	const char *text = json_text(value);
	char *end;

	if (json_is_integer(inner(value))) {
		*number = json_integer_value(inner(value));
		return true;
	}
	if (text == NULL ||
		!isdigit((unsigned char)text[text[0] == '-' ? 1 : 0]))
		return false;
	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0';
}

enum err
json_add(struct buf *out, const struct json *value)
{
	return dump(inner(value), out);
}
