#include "config.h"

#include "json.h"

#include <jansson.h>
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
