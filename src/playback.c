#include "config.h"

#include "playback.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "byte_range.h"
#include "limit.h"
#include "reads.h"
#include "recording_file.h"

/* Bytes that are read and sent at a time. */
#define PIECE (32 * 1024)

/* Columns of recording_files.sql. */
enum { COLUMN_FORMAT, COLUMN_SIZE, COLUMN_SHA256 };

/* Of a digest: so many characters tell one file from all others. */
#define DIGEST 32
#define TAG_SIZE (DIGEST + 32)
#define HEADERS_SIZE 512

/*
 * Asked for anew each time, and mostly told that it is the same: what has been
 * erased must not go on sounding out of a browser's cache.  And not for another
 * site's page, in the name of a user whom the browser logs in by itself.
 */
#define HEADERS                                                                \
	"Cache-Control: private, no-cache\r\n"                                 \
	"X-Content-Type-Options: nosniff\r\n"                                  \
	"Cross-Origin-Resource-Policy: same-origin\r\n"

enum answer { ANSWER_UNKNOWN, ANSWER_NONE, ANSWER_MISSING, ANSWER_OFF };

/* One recording on its way. */
struct playback {
	const struct playback_site *site;
	struct request *request;
	const struct log *log;
	struct recording_file file;
	char tag[TAG_SIZE]; /* ETag */
	enum byte_range range;
	unsigned long long first, len; /* what is sent of it */
};

static bool
has_method(const struct playback *playback, const char *method)
{
	const char *sent =
		request_variable(playback->request, "REQUEST_METHOD");

	return sent != NULL && strcmp(sent, method) == 0;
}

static void
answer_not_found(const struct playback *playback, enum answer answer)
{
	/* clang-format off */
	static const char *const texts[] = {
		[ANSWER_UNKNOWN] =
			"{\"error\":\"there is no such recording\","
			"\"file\":\"unknown\"}\n",
		[ANSWER_NONE] =
			"{\"error\":\"the recording has not been fetched\","
			"\"file\":\"none\"}\n",
		[ANSWER_MISSING] =
			"{\"error\":\"the recording's file is not there\","
			"\"file\":\"missing\"}\n",
		[ANSWER_OFF] =
			"{\"error\":\"recordings are not given out here\","
			"\"file\":\"off\"}\n",
	};
	/* clang-format on */
	const struct reply reply = {.status = 404,
		.content_type = "application/json",
		.headers = "Cache-Control: no-store\r\n"
			   "X-Content-Type-Options: nosniff\r\n",
		.body = texts[answer],
		.len = strlen(texts[answer])};

	(void)!request_reply(playback->request, &reply);
}

/* The first file that is as it was fetched. */
static enum err
open_file(struct playback *playback, int directory, const char *recording,
	const struct reader_result *files, struct reason *reason)
{
	enum err err = ERR_IO;

	for (size_t i = 0; err == ERR_IO && i < reader_rows(files); i++) {
		unsigned long long size =
			strtoull(reader_text(files, i, COLUMN_SIZE), NULL, 10);

		recording_file_close(&playback->file);
		err = recording_file_open(&playback->file, directory, recording,
			reader_text(files, i, COLUMN_FORMAT), size, reason);
		(void)snprintf(playback->tag, sizeof playback->tag,
			"\"%.*s-%llx\"", DIGEST,
			reader_text(files, i, COLUMN_SHA256), size);
	}
	return err;
}

/*
 * Finds and opens the file.  ERR_OK with none open if the answer is that there
 * is none, which then is out.
 */
static enum err
find_file(
	struct playback *playback, const char *recording, struct reason *reason)
{
	const struct playback_site *site = playback->site;
	const struct reader_value values[] = {
		{"recording", recording},
                {NULL,        NULL     }
        };
	struct reader_result *files = NULL;
	int directory = -1;
	enum err err = reader_run(site->reader, site->connection,
		&read_recording_files, values, &files, reason);

	if (err != ERR_OK)
		return err;
	if (reader_rows(files) == 0) {
		answer_not_found(playback, ANSWER_UNKNOWN);
	} else if (site->directory == NULL) {
		answer_not_found(playback, ANSWER_OFF);
	} else if (reader_is_null(files, 0, COLUMN_FORMAT)) {
		answer_not_found(playback, ANSWER_NONE);
	} else {
		err = recording_file_directory(&directory, site->directory,
			request_variable(playback->request, "DOCUMENT_ROOT"),
			reason);
		if (err == ERR_OK)
			err = open_file(
				playback, directory, recording, files, reason);
	}
	if (err == ERR_IO) {
		log_line(playback->log, LOG_ERROR, "404: %s", reason->text);
		recording_file_close(&playback->file);
		answer_not_found(playback, ANSWER_MISSING);
		err = ERR_OK;
	}
	if (directory >= 0)
		(void)close(directory);
	reader_result_free(files);
	return err;
}

/* Whether what the client has is what there is. */
static bool
is_known_to_client(const struct playback *playback)
{
	const char *known =
		request_variable(playback->request, "HTTP_IF_NONE_MATCH");

	return known != NULL && (strcmp(known, "*") == 0 ||
					strstr(known, playback->tag) != NULL);
}

/* A part only of what the client has the other parts of (If-Range). */
static void
choose_range(struct playback *playback)
{
	const char *range = request_variable(playback->request, "HTTP_RANGE");
	const char *of = request_variable(playback->request, "HTTP_IF_RANGE");

	if (of != NULL && strcmp(of, playback->tag) != 0)
		range = NULL;
	/* RFC 9110, 14.2: of GET alone. */
	if (!has_method(playback, "GET"))
		range = NULL;
	playback->range = byte_range_read(
		range, playback->file.size, &playback->first, &playback->len);
}

/* Content-Range; "" if all of it is sent. */
static void
write_content_range(const struct playback *playback, char *out, size_t size)
{
	out[0] = '\0';
	if (playback->range == BYTE_RANGE_PART)
		(void)snprintf(out, size,
			"Content-Range: bytes %llu-%llu/%llu\r\n",
			playback->first, playback->first + playback->len - 1,
			playback->file.size);
	else if (playback->range == BYTE_RANGE_NONE)
		(void)snprintf(out, size, "Content-Range: bytes */%llu\r\n",
			playback->file.size);
}

static enum err
send_head(struct playback *playback)
{
	static const int statuses[] = {
		[BYTE_RANGE_WHOLE] = 200,
		[BYTE_RANGE_PART] = 206,
		[BYTE_RANGE_NONE] = 416,
	};
	char range[96], headers[HEADERS_SIZE];
	const struct reply reply = {.status = statuses[playback->range],
		.content_type = playback->file.type,
		.headers = headers};

	write_content_range(playback, range, sizeof range);
	(void)snprintf(headers, sizeof headers,
		HEADERS "Accept-Ranges: bytes\r\n"
			"Content-Disposition: inline; filename=\"%s\"\r\n"
			"ETag: %s\r\n%s"
			"Content-Length: %llu\r\n",
		playback->file.name, playback->tag, range, playback->len);
	return request_start(playback->request, &reply);
}

static void
send_not_modified(struct playback *playback)
{
	char headers[HEADERS_SIZE];
	const struct reply reply = {.status = 304, .headers = headers};

	(void)snprintf(
		headers, sizeof headers, HEADERS "ETag: %s\r\n", playback->tag);
	(void)!request_start(playback->request, &reply);
}

static ssize_t
read_piece(const struct playback *playback, void *piece, size_t len,
	unsigned long long at)
{
	ssize_t n;

	do {
		n = pread(playback->file.fd, piece, len, (off_t)at);
	} while (n < 0 && errno == EINTR);
	return n;
}

/*
 * Sends the bytes, until they are all out, or nobody takes them.  One that
 * pauses for long is let go, and asks for the rest when it goes on.
 */
static void
send_bytes(struct playback *playback)
{
	unsigned long long at = playback->first;
	unsigned long long left = playback->len;
	char piece[PIECE];

	while (left > 0) {
		size_t want = left < sizeof piece ? (size_t)left : sizeof piece;
		ssize_t n = read_piece(playback, piece, want, at);

		if (n <= 0) {
			log_line(playback->log, LOG_ERROR,
				"the recording's file could not be read: %s",
				n < 0 ? strerror(errno) : "it ends too early");
			return;
		}
		if (request_send(playback->request, piece, (size_t)n) != ERR_OK)
			return;
		at += (unsigned long long)n;
		left -= (unsigned long long)n;
		if (left > 0 && request_wait(playback->request, -1, 0) !=
					REQUEST_WAKE_TIME)
			return;
	}
}

enum err
playback_serve(const struct playback_site *site, struct request *request,
	const char *recording, const struct log *log, struct reason *reason)
{
	struct playback playback = {
		.site = site,
		.request = request,
		.log = log,
		.file.fd = -1,
	};
	enum err err = find_file(&playback, recording, reason);

	if (err != ERR_OK || playback.file.fd < 0)
		goto out;
	if (is_known_to_client(&playback)) {
		send_not_modified(&playback);
		goto out;
	}
	choose_range(&playback);
	if (send_head(&playback) == ERR_OK && has_method(&playback, "GET"))
		send_bytes(&playback);
out:
	recording_file_close(&playback.file);
	return err;
}
