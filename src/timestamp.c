#include "config.h"

#include "timestamp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

struct moment {
	int year, month, day;
	int hour, minute, second;
	char fraction[11]; /* "." and up to nine digits, or "" */
	char sign;         /* of the offset */
	int offset_hour, offset_minute;
};

/* Reads exactly n digits and moves *text behind them; -1 if there are not. */
static int
read_digits(const char **text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		char c = **text;

		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
		++*text;
	}
	return value;
}

static bool
skip(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

static int
days_in(int month, int year)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
is_real(const struct moment *moment)
{
	/* A leap second, which PostgreSQL takes without a fraction only. */
	int last_second = moment->fraction[0] == '\0' ? 60 : 59;

	return moment->year >= 1 && moment->month >= 1 && moment->month <= 12 &&
	       moment->day >= 1 &&
	       moment->day <= days_in(moment->month, moment->year) &&
	       moment->hour >= 0 && moment->hour <= 23 && moment->minute >= 0 &&
	       moment->minute <= 59 && moment->second >= 0 &&
	       moment->second <= last_second && moment->offset_hour >= 0 &&
	       moment->offset_hour <= 14 && moment->offset_minute >= 0 &&
	       moment->offset_minute <= 59;
}

/* hh:mm:ss */
static bool
read_clock(const char **text, struct moment *moment)
{
	moment->hour = read_digits(text, 2);
	if (!skip(text, ':'))
		return false;
	moment->minute = read_digits(text, 2);
	if (!skip(text, ':'))
		return false;
	moment->second = read_digits(text, 2);
	return true;
}

/* "+hhmm" or "+hh:mm", to the end of the text. */
static bool
read_offset(const char *text, struct moment *moment)
{
	moment->sign = *text;
	if (*text != '+' && *text != '-')
		return false;
	text++;
	moment->offset_hour = read_digits(&text, 2);
	(void)skip(&text, ':');
	moment->offset_minute = read_digits(&text, 2);
	return *text == '\0';
}

static bool
read_zone(const char *text, struct moment *moment)
{
	static const char *const names[] = {"", "Z", "z", "GMT", "UTC", "UT"};

	moment->sign = '+';
	moment->offset_hour = moment->offset_minute = 0;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(text, names[i]) == 0)
			return true;
	return read_offset(text, moment);
}

static bool
read_fraction(const char **text, struct moment *moment)
{
	size_t n;

	moment->fraction[0] = '\0';
	if (**text != '.')
		return true;
	n = strspn(*text + 1, "0123456789");
	if (n > 9)
		return false;
	if (n > 0)
		(void)snprintf(moment->fraction, sizeof moment->fraction,
			"%.*s", (int)n + 1, *text);
	*text += n + 1;
	return true;
}

/* 2025-10-27T18:16:01.876Z */
static bool
read_iso(const char *text, struct moment *moment)
{
	moment->year = read_digits(&text, 4);
	if (!skip(&text, '-'))
		return false;
	moment->month = read_digits(&text, 2);
	if (!skip(&text, '-'))
		return false;
	moment->day = read_digits(&text, 2);
	if (!skip(&text, 'T') && !skip(&text, ' '))
		return false;
	return read_clock(&text, moment) && read_fraction(&text, moment) &&
	       read_zone(text, moment);
}

/* 1 to 12 for "Jan" to "Dec", moving *text behind it; -1 otherwise. */
static int
read_month(const char **text)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++) {
		if (strncasecmp(*text, names + 3 * i, 3) == 0) {
			*text += 3;
			return i + 1;
		}
	}
	return -1;
}

/* Wed, 08 Oct 2025 13:54:12 +0000; the name of the day may be missing. */
static bool
read_rfc2822(const char *text, struct moment *moment)
{
	const char *comma = strchr(text, ',');

	if (comma != NULL)
		text = comma + 1 + strspn(comma + 1, " ");
	moment->day = read_digits(&text, text[0] && text[1] == ' ' ? 1 : 2);
	if (!skip(&text, ' '))
		return false;
	moment->month = read_month(&text);
	if (!skip(&text, ' '))
		return false;
	moment->year = read_digits(&text, 4);
	if (!skip(&text, ' ') || !read_clock(&text, moment))
		return false;
	moment->fraction[0] = '\0';
	(void)skip(&text, ' ');
	return read_zone(text, moment);
}

static bool
read_moment(const char *text, struct moment *moment)
{
	memset(moment, 0, sizeof *moment);
	if (!read_iso(text, moment) && !read_rfc2822(text, moment))
		return false;
	return is_real(moment);
}

bool
timestamp_parse(const char *text, char out[TIMESTAMP_SIZE])
{
	struct moment moment;

	out[0] = '\0';
	if (!read_moment(text, &moment))
		return false;
	(void)snprintf(out, TIMESTAMP_SIZE,
		"%04d-%02d-%02d %02d:%02d:%02d%s%c%02d:%02d", moment.year,
		moment.month, moment.day, moment.hour, moment.minute,
		moment.second, moment.fraction, moment.sign, moment.offset_hour,
		moment.offset_minute);
	return true;
}

/* Days since the first of January 1970; before that, fewer than none. */
static long long
count_days(const struct moment *moment)
{
	long long before = moment->year - 1; /* whole years */
	long long days = before * 365 + before / 4 - before / 100 +
			 before / 400 - 719162;

	for (int month = 1; month < moment->month; month++)
		days += days_in(month, moment->year);
	return days + moment->day - 1;
}

bool
timestamp_seconds(const char *text, long long *seconds)
{
	struct moment moment;
	int offset;

	*seconds = 0;
	if (!read_moment(text, &moment))
		return false;
	offset = moment.offset_hour * 3600 + moment.offset_minute * 60;
	*seconds = count_days(&moment) * 86400 + moment.hour * 3600LL +
		   moment.minute * 60LL + moment.second -
		   (moment.sign == '-' ? -offset : offset);
	return true;
}

void
timestamp_format(const struct timespec *time, char out[TIMESTAMP_SIZE])
{
	struct tm utc;
	size_t n;

	out[0] = '\0';
	if (gmtime_r(&time->tv_sec, &utc) == NULL)
		return;
	n = strftime(out, TIMESTAMP_SIZE, "%Y-%m-%d %H:%M:%S", &utc);
	(void)snprintf(out + n, TIMESTAMP_SIZE - n, ".%06ld+00:00",
		time->tv_nsec / 1000);
}
