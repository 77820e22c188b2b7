#include "config.h"

#include "event_line.h"

#include <string.h>
#include <time.h>

#include "terminal.h"
#include "utf8.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Characters of a value that are shown. */
#define CUT 60

/*
 * What is told of an event, in this order: of each row the first parameter
 * that has a value.  What callers key in is left out: it may be a secret.
 */
static const struct piece {
	const char *names[6]; /* NULL where there are fewer */
	const char *before, *after;
} pieces[] = {
	{{"From", "Caller"},					     "",       ""  },
	{{"To", "Called"},					       "> ",     ""  },
	{{"RoomName"},						   "",       ""  },
	{{"ParticipantIdentity"},					"",       ""  },
	{{"MessageStatus", "SmsStatus", "RecordingStatus",
		 "StatusCallbackEvent", "CallStatus", "Level"},
         "",								       ""  },
	{{"DialCallStatus"},					     "dial ",  ""  },
	{{"AnsweredBy"},						 "by ",    ""  },
	{{"CallDuration", "RecordingDuration"},                          "",       " s"},
	{{"ErrorCode"},						  "error ", ""  },
	{{"Body", "SpeechResult"},				       "\"",     "\""},
};

/* The bytes of the first so many characters. */
static size_t
cut(const char *text, size_t most)
{
	size_t len = strlen(text), at = 0;

	for (; most > 0 && at < len; most--) {
		size_t n = utf8_char(text + at, len - at);

		at += n > 0 ? n : 1;
	}
	return at;
}

/* A parameter's value, or the first one of several; "" for none. */
static const char *
find_value(const struct json *params, const struct piece *piece)
{
	for (size_t i = 0; i < N_OF(piece->names); i++) {
		const struct json *value;
		const char *text;

		if (piece->names[i] == NULL)
			break;
		value = json_member(params, piece->names[i]);
		if (json_is_list(value))
			value = json_item(value, 0);
		text = json_text(value);
		if (text != NULL && text[0] != '\0')
			return text;
	}
	return "";
}

static void
print_piece(FILE *out, const struct piece *piece, const char *text)
{
	size_t len = cut(text, CUT);

	fprintf(out, " %s", piece->before);
	terminal_print_part(out, text, len);
	fprintf(out, "%s%s", text[len] != '\0' ? "..." : "", piece->after);
}

/* "2026-11-20 15:04:05", where the reader is. */
static void
format_time(long long seconds, char *out, size_t size)
{
	time_t time = seconds;
	struct tm local;

	if (localtime_r(&time, &local) == NULL ||
		strftime(out, size, "%Y-%m-%d %H:%M:%S", &local) == 0)
		out[0] = '\0';
}

void
event_line_print(FILE *out, const struct event_line *event)
{
	char time[32];

	format_time(event->received_at, time, sizeof time);
	fprintf(out, "%s  %-10s ", time, event->endpoint);
	fputs(terminal_colour(out, COLOUR_STRONG), out);
	fprintf(out, "%-16s", event->kind);
	fputs(terminal_colour(out, COLOUR_NONE), out);
	for (size_t i = 0; i < N_OF(pieces); i++) {
		const char *text = find_value(event->params, &pieces[i]);

		if (text[0] != '\0')
			print_piece(out, &pieces[i], text);
	}
	fprintf(out, "  %s", terminal_colour(out, COLOUR_FAINT));
	terminal_print_part(
		out, event->subject_sid, strlen(event->subject_sid));
	if (strcmp(event->source, "webhook") != 0)
		fprintf(out, " (%s)", event->source);
	fprintf(out, "%s\n", terminal_colour(out, COLOUR_NONE));
}
