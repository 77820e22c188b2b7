#include "config.h"

#include "json_writer.h"

#include <string.h>

#include "json.h"

/* Far more than a person or a script wants; a burst is summed up. */
#define LIMIT_TEXT (64 * 1024 * 1024)

static void
add(struct json_writer *writer, const char *text)
{
	if (writer->err == ERR_OK)
		writer->err = buf_add_text(&writer->text, text);
}

static void
add_string(struct json_writer *writer, const char *text, size_t len)
{
	if (writer->err == ERR_OK)
		writer->err = json_add_string(&writer->text, text, len);
}

/* What stands before a value. */
static void
add_name(struct json_writer *writer, const char *name)
{
	if (writer->needs_comma)
		add(writer, ",");
	writer->needs_comma = true;
	if (name == NULL)
		return;
	add_string(writer, name, strlen(name));
	add(writer, ":");
}

static void
begin(struct json_writer *writer, const char *name, const char *bracket)
{
	add_name(writer, name);
	add(writer, bracket);
	writer->needs_comma = false;
}

static void
end(struct json_writer *writer, const char *bracket)
{
	add(writer, bracket);
	writer->needs_comma = true;
}

void
json_writer_open(struct json_writer *writer)
{
	memset(writer, 0, sizeof *writer);
	buf_init(&writer->text, LIMIT_TEXT);
	begin(writer, NULL, "{");
}

void
json_write_bytes(struct json_writer *writer, const char *name, const char *text,
	size_t len)
{
	add_name(writer, name);
	add_string(writer, text, len);
}

void
json_write_text(struct json_writer *writer, const char *name, const char *text)
{
	if (text != NULL) {
		json_write_bytes(writer, name, text, strlen(text));
		return;
	}
	add_name(writer, name);
	add(writer, "null");
}

void
json_write_number(
	struct json_writer *writer, const char *name, long long number)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%lld", number);
	add_name(writer, name);
	add(writer, text);
}

void
json_write_decimal(struct json_writer *writer, const char *name, double number)
{
	char text[64];

	(void)snprintf(text, sizeof text, "%.3f", number);
	add_name(writer, name);
	add(writer, text);
}

void
json_write_bool(struct json_writer *writer, const char *name, bool value)
{
	add_name(writer, name);
	add(writer, value ? "true" : "false");
}

void
json_write_document(
	struct json_writer *writer, const char *name, const char *document)
{
	add_name(writer, name);
	add(writer, document);
}

void
json_begin_object(struct json_writer *writer, const char *name)
{
	begin(writer, name, "{");
}

void
json_end_object(struct json_writer *writer)
{
	end(writer, "}");
}

void
json_begin_array(struct json_writer *writer, const char *name)
{
	begin(writer, name, "[");
}

void
json_end_array(struct json_writer *writer)
{
	end(writer, "]");
}

/*
 * Control characters above ASCII's first are allowed in JSON, and could command
 * a terminal.  They stand in strings alone, where they can be written so.
 */
static void
print_harmless(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char byte = (unsigned char)text[0];
		unsigned char next = (unsigned char)text[1];

		if (byte == 0x7F)
			fputs("\\u007F", out);
		else if (byte == 0xC2 && next >= 0x80 && next < 0xA0)
			fprintf(out, "\\u00%02X", (unsigned)*++text & 0xFF);
		else
			putc(byte, out);
	}
}

void
json_writer_free(struct json_writer *writer)
{
	buf_free(&writer->text);
}

enum err
json_writer_add(struct json_writer *writer, struct buf *out)
{
	enum err err;

	end(writer, "}");
	err = writer->err;
	if (err == ERR_OK)
		err = buf_add(out, writer->text.data, writer->text.len);
	buf_free(&writer->text);
	return err;
}

enum err
json_writer_print(struct json_writer *writer, FILE *out)
{
	enum err err;

	end(writer, "}\n");
	err = writer->err;
	if (err == ERR_OK)
		print_harmless(out, buf_text(&writer->text));
	buf_free(&writer->text);
	return err == ERR_OK ? ERR_OK : ERR_MEMORY;
}
