#include "config.h"

#include "download.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "interrupt.h"
#include "part_file.h"

/* What all of a file may take, in milliseconds; and a pause in it, in s. */
#define PATIENCE (6 * 3600 * 1000UL)
#define STALL 30

/* Where a size_t cannot hold that, no file can be as long. */
#define BODY_MOST                                                              \
	(DOWNLOAD_MOST < SIZE_MAX / 2 ? (size_t)DOWNLOAD_MOST                  \
				      : SIZE_MAX / 2 - 1)

/*
 * How many seconds before it came a file must have changed for that date to be
 * its own: within one second it can change again.
 */
#define VALIDATOR_AGE 60

/* The first pause between tries, in milliseconds. */
#define PAUSE 500

/* A file on its way. */
struct receiving {
	const struct download *download;
	struct http_answer answer;
	struct part_file part;
	bool is_begun; /* its first piece has come */
	bool is_ours;
	enum err err;
	struct reason reason; /* of err */
};

/* A number and what must stand behind it; false if it is none. */
static bool
read_number(const char **text, const char *behind, unsigned long long *number)
{
	size_t digits = strspn(*text, "0123456789");
	size_t len = strlen(behind);

	*number = 0;
	if (digits == 0 || digits > 18 ||
		strncmp(*text + digits, behind, len) != 0)
		return false;
	*number = strtoull(*text, NULL, 10);
	*text += digits + len;
	return true;
}

static bool
fail(struct receiving *receiving, enum err err, const char *why)
{
	receiving->err = err_reason(&receiving->reason, err, "%s", why);
	return false;
}

/* What the folder, which is ours, made of it. */
static bool
took(struct receiving *receiving, enum err err)
{
	receiving->err = err;
	receiving->is_ours = err != ERR_OK;
	return err == ERR_OK;
}

/* Whether it is called what it should be: a page would not be. */
static bool
has_type(struct receiving *receiving)
{
	const char *title = receiving->download->format->title;
	const char *type = http_header(&receiving->answer, "Content-Type");

	if (type == NULL)
		receiving->err = err_reason(&receiving->reason, ERR_IO,
			"what came is no %s file: it has no Content-Type",
			title);
	else if (!sound_has_type(type))
		receiving->err = err_reason(&receiving->reason, ERR_IO,
			"what came is no %s file: its Content-Type is "
			"\"%.100s\"",
			title, type);
	return receiving->err == ERR_OK;
}

/* Whether it is what it is called, by its first bytes. */
static bool
has_beginning(struct receiving *receiving)
{
	const struct sound_format *format = receiving->download->format;
	unsigned char head[SOUND_HEAD];
	size_t len = part_file_head(&receiving->part, head, sizeof head);

	if (format->can_begin(head, len))
		return true;
	receiving->err = err_reason(&receiving->reason, ERR_MALFORMED,
		"what came does not begin as %s files do; does Twilio encrypt "
		"recordings of this account?",
		format->title);
	return false;
}

/*
 * What the file is known by again (RFC 9110, 13.1.5): a strong ETag, or, where
 * it has none, a date by which it cannot have changed a moment later.  NULL for
 * none.
 */
static const char *
find_validator(const struct http_answer *answer)
{
	const char *tag = http_header(answer, "ETag");
	const char *modified = http_header(answer, "Last-Modified");
	long long then = http_time(modified);
	size_t len = tag != NULL ? strlen(tag) : 0;

	if (tag != NULL)
		return len > 2 && tag[0] == '"' && tag[len - 1] == '"' ? tag
								       : NULL;
	return then > 0 && http_time(http_header(answer, "Date")) - then >=
				       VALIDATOR_AGE
		       ? modified
		       : NULL;
}

static bool
is_same_file(const struct receiving *receiving)
{
	const char *validator = find_validator(&receiving->answer);

	return validator != NULL &&
	       strcmp(validator, receiving->part.validator) == 0;
}

/* "bytes 100-199/200": a piece of the rest of what is there. */
static bool
is_next_piece(struct receiving *receiving)
{
	struct part_file *part = &receiving->part;
	const char *range = http_header(&receiving->answer, "Content-Range");
	const char *length = http_header(&receiving->answer, "Content-Length");
	unsigned long long first, last, total, announced;

	if (range == NULL || strncmp(range, "bytes ", 6) != 0)
		return false;
	range += 6;
	if (!read_number(&range, "-", &first) ||
		!read_number(&range, "/", &last) ||
		!read_number(&range, "", &total) || *range != '\0' ||
		first != part->size || last < first || last >= total ||
		(part->total > 0 && total != part->total))
		return false;
	part->total = total;
	return length == NULL || (read_number(&length, "", &announced) &&
					 announced == last - first + 1);
}

/* What comes goes behind what is there; or nothing of that can stay. */
static bool
begin_part(struct receiving *receiving)
{
	if (is_same_file(receiving) && is_next_piece(receiving))
		return true;
	return took(receiving, part_file_begin(&receiving->part, 0, NULL,
				       &receiving->reason)) &&
	       fail(receiving, ERR_IO, "another part came than was asked for");
}

/* All of it, whatever is there. */
static bool
begin_whole(struct receiving *receiving)
{
	const struct http_answer *answer = &receiving->answer;
	const char *length = http_header(answer, "Content-Length");
	const char *coding = http_header(answer, "Transfer-Encoding");
	unsigned long long total = 0;
	bool is_announced = coding == NULL && length != NULL &&
			    read_number(&length, "", &total);

	if (!took(receiving,
		    part_file_begin(&receiving->part, total,
			    find_validator(answer), &receiving->reason)))
		return false;
	/* Or nobody could tell whether all of it has come. */
	return coding != NULL || is_announced ||
	       fail(receiving, ERR_IO, "it came without its length");
}

static bool
begin(struct receiving *receiving)
{
	receiving->is_begun = true;
	if (!has_type(receiving))
		return false;
	return receiving->answer.status == 206 ? begin_part(receiving)
					       : begin_whole(receiving);
}

/* A piece of it has come. */
static bool
take(void *context, const void *data, size_t len)
{
	struct receiving *receiving = context;
	const struct download *download = receiving->download;
	struct part_file *part = &receiving->part;
	bool is_head;

	if (!receiving->is_begun && !begin(receiving))
		return false;
	if (len > DOWNLOAD_MOST - part->size)
		return fail(receiving, ERR_TOO_LARGE, "it exceeds 4 GiB");
	is_head = part->size < SOUND_HEAD;
	if (!took(receiving,
		    part_file_add(part, data, len, &receiving->reason)))
		return false;
	if (is_head && part->size >= SOUND_HEAD && !has_beginning(receiving))
		return false;
	if (download->progress != NULL)
		download->progress(download->context, part->size, part->total);
	return !interrupt_came() ||
	       fail(receiving, ERR_IO, "interrupted; the rest is for later");
}

/* Whether what has come is what was announced. */
static bool
is_whole(struct receiving *receiving)
{
	const struct part_file *part = &receiving->part;

	if (!receiving->is_begun && !begin(receiving))
		return false;
	if (part->size == 0)
		return fail(receiving, ERR_IO, "it is empty");
	if (part->total == 0 || part->size == part->total)
		return part->size >= SOUND_HEAD || has_beginning(receiving);
	receiving->err = err_reason(&receiving->reason, ERR_IO,
		"%llu bytes came instead of %llu", part->size, part->total);
	return false;
}

/* Asks once for what is not there. */
static enum err
receive(struct receiving *receiving, struct reason *reason)
{
	const struct download *download = receiving->download;
	const struct part_file *part = &receiving->part;
	const struct http_request how = {.milliseconds = PATIENCE,
		.stall = STALL,
		.most = BODY_MOST,
		.write = take,
		.context = receiving,
		.from = part->validator[0] != '\0' ? part->size : 0,
		.validator = part->validator};
	enum err err;

	receiving->err = ERR_OK;
	receiving->is_begun = false;
	err = twilio_fetch(download->twilio, TWILIO_API, download->path, &how,
		&receiving->answer, reason);
	if (receiving->err == ERR_OK && err == ERR_OK)
		(void)is_whole(receiving);
	if (receiving->err != ERR_OK)
		return err_reason(
			reason, receiving->err, "%s", receiving->reason.text);
	return err;
}

/* Whether trying again could do what this time did not. */
static bool
is_passing(const struct receiving *receiving, enum err err)
{
	return err == ERR_IO && !receiving->is_ours && !interrupt_came();
}

/* How long to wait before the next try, in milliseconds. */
static int
choose_pause(const struct receiving *receiving, unsigned tries)
{
	unsigned seconds = http_retry_after(&receiving->answer);

	return seconds > 0 ? (int)seconds * 1000 : PAUSE << (tries - 1);
}

/* What is there is not a beginning of it. */
static enum err
begin_anew(struct receiving *receiving, struct reason *reason)
{
	receiving->err = part_file_begin(&receiving->part, 0, NULL, reason);
	receiving->is_ours = receiving->err != ERR_OK;
	return receiving->is_ours ? receiving->err : ERR_IO;
}

/* Asks until all of it is there, or nothing more comes. */
static enum err
receive_all(struct receiving *receiving, struct reason *reason)
{
	const struct part_file *part = &receiving->part;
	unsigned long long most = part->size;
	unsigned tries = 0;
	enum err err;

	for (;;) {
		err = receive(receiving, reason);
		if (part->size > most) {
			most = part->size;
			tries = 0;
		}
		if (receiving->answer.status == 416 && part->size > 0)
			err = begin_anew(receiving, reason);
		if (!is_passing(receiving, err) || ++tries == DOWNLOAD_TRIES ||
			!interrupt_wait(choose_pause(receiving, tries)))
			return err;
	}
}

/* Nothing is kept of what can never be whole. */
static bool
is_kept(enum err err)
{
	return err != ERR_OK && err != ERR_TOO_LARGE && err != ERR_REJECTED &&
	       err != ERR_MALFORMED;
}

enum err
download_run(const struct download *download, struct download_result *result,
	struct reason *reason)
{
	struct receiving receiving = {.download = download};
	struct part_file *part = &receiving.part;
	enum err err =
		part_file_open(part, download->folder, download->part, reason);

	memset(result, 0, sizeof *result);
	http_answer_init(&receiving.answer);
	receiving.is_ours = err != ERR_OK;
	if (err == ERR_OK)
		err = receive_all(&receiving, reason);
	if (err == ERR_OK) {
		err = part_file_finish(
			part, download->name, result->sha256, reason);
		receiving.is_ours = err != ERR_OK;
	}
	part_file_close(part, is_kept(err));
	result->size = part->size;
	result->status = receiving.answer.status;
	result->is_ours = receiving.is_ours;
	http_answer_free(&receiving.answer);
	return err;
}
