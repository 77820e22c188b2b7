#ifndef HOOKSWITCH_JSON_WRITER_H
#define HOOKSWITCH_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "buf.h"
#include "err.h"

/*
 * One JSON object, written as it goes along: what --json prints.
 *
 * A name is NULL for what stands in an array.  A failure is kept, and told
 * by json_writer_print; nothing more is written after it.
 */
struct json_writer {
	struct buf text;
	enum err err;
	bool needs_comma;
};

/* Begins the object. */
void json_writer_open(struct json_writer *writer);

/* Adds a text; one that is NULL as null, bytes that are no UTF-8 as U+FFFD. */
void json_write_text(
	struct json_writer *writer, const char *name, const char *text);
void json_write_bytes(struct json_writer *writer, const char *name,
	const char *text, size_t len);

void json_write_number(
	struct json_writer *writer, const char *name, long long number);

/* With three digits after the point. */
void json_write_decimal(
	struct json_writer *writer, const char *name, double number);

void json_write_bool(struct json_writer *writer, const char *name, bool value);

/* Adds a document as it is: one that is JSON already, as the database's. */
void json_write_document(
	struct json_writer *writer, const char *name, const char *document);

/* What is written until the end goes into an object, or an array. */
void json_begin_object(struct json_writer *writer, const char *name);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer, const char *name);
void json_end_array(struct json_writer *writer);

/* Frees what was written, for nobody to see; nothing if it was printed. */
void json_writer_free(struct json_writer *writer);

/*
 * Ends the object, appends it to *out, and frees.  ERR_MEMORY, ERR_TOO_LARGE
 * over the buffer's ceiling.
 */
enum err json_writer_add(struct json_writer *writer, struct buf *out) NODISCARD;

/*
 * Ends the object, prints it with a newline, control characters escaped so
 * that they command no terminal, and frees.  ERR_MEMORY, and nothing printed,
 * if something could not be written.
 */
enum err json_writer_print(struct json_writer *writer, FILE *out) NODISCARD;

#endif
