#include "config.h"

#include "prompt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

#define BLANKS " \t\r"

/* What must not leave the terminal without its echo. */
static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

#define N_ENDINGS (sizeof endings / sizeof endings[0])

static volatile sig_atomic_t ending; /* the signal that came */

static void
on_ending(int number)
{
	ending = number;
}

/*
 * A terminal that shows nothing, and what it was before.  The signals are
 * blocked but where they are waited for, or one that comes right before the
 * wait would not end it.
 */
struct hush {
	struct termios before;
	struct sigaction actions[N_ENDINGS];
	sigset_t mask;
	bool is_on;
};

static void
hush_begin(struct hush *hush)
{
	struct sigaction action;
	struct termios silent;
	sigset_t blocked;

	ending = 0;
	hush->is_on = tcgetattr(STDIN_FILENO, &hush->before) == 0;
	if (!hush->is_on)
		return;
	memset(&action, 0, sizeof action);
	action.sa_handler = on_ending; /* and no SA_RESTART */
	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < N_ENDINGS; i++) {
		(void)sigaction(endings[i], &action, &hush->actions[i]);
		(void)sigaddset(&blocked, endings[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, &hush->mask);
	silent = hush->before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ECHONL;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
}

static void
hush_end(struct hush *hush)
{
	if (!hush->is_on)
		return;
	(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &hush->before);
	(void)sigprocmask(SIG_SETMASK, &hush->mask, NULL);
	for (size_t i = 0; i < N_ENDINGS; i++)
		(void)sigaction(endings[i], &hush->actions[i], NULL);
	hush->is_on = false;
}

static void
show(const struct prompt *prompt)
{
	const char *shown =
		prompt->shown != NULL ? prompt->shown : prompt->otherwise;

	(void)terminal_flush(); /* or what it is about came after it */
	fputs(prompt->text, stderr);
	if (shown != NULL && shown[0] != '\0')
		fprintf(stderr, " [%s]", shown);
	fputs(": ", stderr);
	(void)fflush(stderr);
}

/*
 * One line, byte by byte: what comes behind it is for somebody else.  mask is
 * that of signals while it waits; NULL: as it is.  ERR_REFUSED where one of
 * those that end came between.
 */
static enum err
read_line(struct buf *line, const sigset_t *mask)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	enum err err = ERR_OK;
	char byte = '\0';

	buf_clear(line);
	while (byte != '\n') {
		int ready = ppoll(&input, 1, NULL, mask);

		if (ready < 0 && errno == EINTR && ending == 0)
			continue;
		if (ready < 0)
			return errno == EINTR ? ERR_REFUSED : ERR_IO;
		if (read(STDIN_FILENO, &byte, 1) != 1)
			return ERR_IO;
		if (byte != '\n' && err == ERR_OK)
			err = buf_add(line, &byte, 1);
	}
	return err;
}

/*
 * Asks with the echo off, from before the question on: who answers it at once
 * is not seen either.  A signal that ends or stops us is let through when the
 * echo is on again, and after a stop the question is new.
 */
static enum err
ask_secret(const struct prompt *prompt, struct buf *line)
{
	struct hush hush;
	int number;
	enum err err;

	for (;;) {
		hush_begin(&hush);
		show(prompt);
		err = read_line(line, hush.is_on ? &hush.mask : NULL);
		hush_end(&hush);
		number = ending;
		if (number != 0) {
			fputc('\n', stderr);
			(void)raise(number);
		}
		if (err != ERR_REFUSED)
			return err;
	}
}

static enum err
ask_plain(const struct prompt *prompt, struct buf *line)
{
	show(prompt);
	ending = 0;
	return read_line(line, NULL);
}

/* Without the blanks around it, in place. */
static void
trim(struct buf *line)
{
	size_t before, len;

	if (line->data == NULL)
		return;
	before = strspn(line->data, BLANKS);
	len = strlen(line->data + before);
	while (len > 0 && strchr(BLANKS, line->data[before + len - 1]) != NULL)
		len--;
	memmove(line->data, line->data + before, len);
	line->data[len] = '\0';
	line->len = len;
}

enum err
prompt_ask(
	const struct prompt *prompt, struct buf *answer, struct reason *reason)
{
	enum err err = prompt->is_secret ? ask_secret(prompt, answer)
					 : ask_plain(prompt, answer);

	if (err == ERR_IO) {
		fputc('\n', stderr);
		return err_reason(reason, err, "the answers have ended");
	}
	if (err != ERR_OK)
		return err_reason(reason, err, "the answer is too long");
	trim(answer);
	if (answer->len == 0 && prompt->otherwise != NULL)
		return buf_add_text(answer, prompt->otherwise);
	return ERR_OK;
}

enum err
prompt_confirm(
	const char *text, bool otherwise, bool *answer, struct reason *reason)
{
	const struct prompt prompt = {
		.text = text, .otherwise = otherwise ? "yes" : "no"};
	struct buf line;
	bool is_said = false;
	enum err err = ERR_OK;

	buf_init(&line, 80);
	while (err == ERR_OK && !is_said) {
		err = prompt_ask(&prompt, &line, reason);
		*answer = strcasecmp(buf_text(&line), "yes") == 0 ||
			  strcasecmp(buf_text(&line), "y") == 0;
		is_said = *answer || strcasecmp(buf_text(&line), "no") == 0 ||
			  strcasecmp(buf_text(&line), "n") == 0;
		if (err == ERR_TOO_LARGE)
			err = ERR_OK;
		if (err == ERR_OK && !is_said)
			fprintf(stderr, "  Say yes or no.\n");
	}
	buf_free(&line);
	return err;
}

const char *
prompt_find_misuse(bool interactive, bool dry_run)
{
	if (interactive && dry_run)
		return "--interactive and --dry-run exclude each other";
	if (interactive && !terminal_can_ask())
		return "--interactive needs a terminal";
	return NULL;
}
