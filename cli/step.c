#include "config.h"

#include "step.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block.h"
#include "file.h"
#include "tree.h"

#define MODE_PUBLIC 0644
#define MODE_PRIVATE 0600
#define MODE_PROGRAM 0755

/* Others' rights to a private file, and the group's to write it. */
#define TOO_OPEN (S_IRWXO | S_IWGRP)

void
steps_free(struct steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		buf_free(&steps->list[i].content);
	steps->n = 0;
}

const char *
step_state_text(enum step_state state)
{
	static const char *const texts[] = {
		[STEP_KEPT] = "kept",
		[STEP_MADE] = "made",
		[STEP_RENEWED] = "renewed",
	};

	return texts[state];
}

static enum err
could_not(struct reason *reason, const char *verb, const char *path)
{
	return err_reason(reason, ERR_IO, "could not %s \"%s\": %s", verb, path,
		strerror(errno));
}

/* A step that keeps what is there, until something else is found. */
static enum err
add(struct steps *steps, const char *path, struct step **out,
	struct reason *reason)
{
	struct step *step = &steps->list[steps->n];

	*out = step;
	if (steps->n == STEPS_MOST || strlen(path) >= sizeof step->path)
		return err_reason(reason, ERR_TOO_LARGE,
			"the path \"%.100s...\" is too long", path);
	memset(step, 0, sizeof *step);
	(void)snprintf(step->path, sizeof step->path, "%s", path);
	buf_init(&step->content, STEP_FILE_SIZE + 64 * 1024);
	steps->n++;
	return ERR_OK;
}

static void
plan(struct step *step, enum step_state state, enum step_work work, mode_t mode,
	const char *note)
{
	step->state = state;
	step->work = work;
	step->mode = mode;
	step->note = note;
}

/* Whether an earlier step makes this directory. */
static bool
is_planned(const struct steps *steps, const char *path)
{
	for (size_t i = 0; i < steps->n; i++)
		if ((steps->list[i].work == STEP_DIRECTORY ||
			    steps->list[i].work == STEP_TREE) &&
			strcmp(steps->list[i].path, path) == 0)
			return true;
	return false;
}

/* Whether something can be put into the directory that a path is in. */
static enum err
check_room(const struct steps *steps, const char *path, struct reason *reason)
{
	const char *slash = strrchr(path, '/');
	char above[PATH_MAX];

	(void)snprintf(above, sizeof above, "%.*s",
		slash > path ? (int)(slash - path) : 1, path);
	if (is_planned(steps, above) || access(above, W_OK | X_OK) == 0)
		return ERR_OK;
	return could_not(reason, "write into directory", above);
}

enum err
steps_add_directory(struct steps *steps, const char *path, mode_t mode,
	struct reason *reason)
{
	struct step *step;
	struct stat status;
	enum err err = add(steps, path, &step, reason);

	if (err != ERR_OK)
		return err;
	if (stat(path, &status) != 0) {
		if (errno != ENOENT)
			return could_not(reason, "examine", path);
		err = check_room(steps, path, reason);
		plan(step, STEP_MADE, STEP_DIRECTORY, mode, NULL);
		return err;
	}
	if (!S_ISDIR(status.st_mode))
		return err_reason(
			reason, ERR_IO, "\"%s\" is not a directory", path);
	if ((status.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH)
		return err_reason(reason, ERR_IO,
			"everybody can write into \"%s\"; use \"chmod %o\"",
			path, (unsigned)mode);
	return ERR_OK;
}

/*
 * Reads what is at path, after any link, into *text; *mode gets its mode, or 0
 * if it is not there.
 */
static enum err
read_there(struct step *step, struct buf *text, mode_t *mode,
	struct reason *reason)
{
	char real[PATH_MAX];
	struct stat status;

	*mode = 0;
	if (realpath(step->path, real) == NULL || stat(real, &status) != 0)
		return errno == ENOENT
			       ? ERR_OK
			       : could_not(reason, "examine", step->path);
	if (!S_ISREG(status.st_mode))
		return err_reason(
			reason, ERR_IO, "\"%s\" is not a file", step->path);
	(void)snprintf(step->path, sizeof step->path, "%s", real);
	*mode = status.st_mode & 07777;
	return file_read(text, real, reason);
}

/* What is to be done about a file with a text in it, and a block perhaps. */
static enum err
plan_block(struct step *step, const char *text, mode_t mode,
	const char *content, const char *token, struct reason *reason)
{
	struct block block;
	enum err err = block_find(text, &block);

	if (err == ERR_OK && block.state == BLOCK_BROKEN)
		return err_reason(reason, ERR_MALFORMED,
			"the marks \"# BEGIN hookswitch\" and \"# END "
			"hookswitch\" in file \"%s\" are no pair: take away "
			"what is left of these lines",
			step->path);
	if (block.state == BLOCK_CHANGED)
		step->note = "you have changed these lines; take them out to "
			     "have them made anew";
	else if (block.state == BLOCK_NONE && strstr(text, token) != NULL)
		step->note = "it has such lines already, without the marks";
	if (err != ERR_OK || step->note != NULL)
		return err;
	err = block_put(&step->content, text, &block, content);
	if (err != ERR_OK)
		return err_reason(
			reason, err, "file \"%s\" is too large", step->path);
	if (mode == 0)
		plan(step, STEP_MADE, STEP_FILE, MODE_PUBLIC, NULL);
	else if (strcmp(buf_text(&step->content), text) != 0)
		plan(step, STEP_RENEWED, STEP_FILE, mode,
			block.state == BLOCK_NONE
				? "our lines are put before yours"
				: NULL);
	return ERR_OK;
}

enum err
steps_add_block(struct steps *steps, const char *path, const char *content,
	const char *token, struct reason *reason)
{
	struct step *step;
	struct buf text;
	mode_t mode = 0;
	enum err err = add(steps, path, &step, reason);

	buf_init(&text, STEP_FILE_SIZE);
	if (err == ERR_OK)
		err = read_there(step, &text, &mode, reason);
	if (err == ERR_OK)
		err = plan_block(
			step, buf_text(&text), mode, content, token, reason);
	if (err == ERR_OK && step->work != STEP_NOTHING)
		err = check_room(steps, step->path, reason);
	buf_free(&text);
	return err;
}

/* One that is there; a link stays, and what it is to is renewed. */
static enum err
plan_private(struct step *step, const char *content, const char *before,
	struct reason *reason)
{
	char real[PATH_MAX];
	struct stat status;
	bool is_open;

	if (realpath(step->path, real) == NULL || stat(real, &status) != 0)
		return could_not(reason, "examine", step->path);
	(void)snprintf(step->path, sizeof step->path, "%s", real);
	is_open = (status.st_mode & TOO_OPEN) != 0;
	if (strcmp(content, before) != 0)
		plan(step, STEP_RENEWED, STEP_FILE,
			is_open ? MODE_PRIVATE : status.st_mode & 07777,
			"what was missing is added");
	else if (is_open)
		plan(step, STEP_RENEWED, STEP_MODE, MODE_PRIVATE,
			"others could read or change it");
	return ERR_OK;
}

enum err
steps_add_private(struct steps *steps, const char *path,
	const struct buf *content, const char *before, struct reason *reason)
{
	struct step *step;
	enum err err = add(steps, path, &step, reason);

	if (err == ERR_OK && before == NULL)
		plan(step, STEP_MADE, STEP_FILE, MODE_PRIVATE, NULL);
	else if (err == ERR_OK)
		err = plan_private(step, buf_text(content), before, reason);
	if (err == ERR_OK && step->work == STEP_FILE)
		err = check_room(steps, step->path, reason);
	if (err == ERR_OK && step->work == STEP_FILE &&
		buf_add(&step->content, buf_text(content), content->len) !=
			ERR_OK)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	return err;
}

/* Where suexec is, on the hosts that have it. */
static bool
has_suexec(void)
{
	static const char *const places[] = {"/usr/lib/apache2/suexec",
		"/usr/sbin/suexec", "/usr/local/sbin/suexec",
		"/usr/local/apache/bin/suexec",
		"/usr/local/apache2/bin/suexec"};

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (access(places[i], F_OK) == 0)
			return true;
	return false;
}

/* Whether every directory on the way to a path is open to everybody. */
static bool
is_reachable(const char *path)
{
	char way[PATH_MAX];
	struct stat status;
	char *slash;

	(void)snprintf(way, sizeof way, "%s", path);
	while ((slash = strrchr(way, '/')) != NULL && slash != way) {
		*slash = '\0';
		if (stat(way, &status) != 0 || (status.st_mode & S_IXOTH) == 0)
			return false;
	}
	return true;
}

/*
 * A link follows every upgrade by itself.  But suexec refuses one, Apache
 * wants whoever owns the link to own what it is to, and its user has to get
 * there.  *why gets what speaks against it, or NULL.
 */
static void
find_against_link(const char *from, const struct owner *owner, const char **why)
{
	struct stat status;

	*why = NULL;
	if (has_suexec())
		*why = "copied: suexec refuses links";
	else if (stat(from, &status) != 0 || status.st_uid != owner->user)
		*why = "copied: the installed program is somebody else's";
	else if (!is_reachable(from))
		*why = "copied: the web server cannot reach the installed one";
}

static void
plan_program(struct step *step, const struct owner *owner,
	enum step_state state, enum step_way way)
{
	const char *why = NULL;

	if (way == STEP_AS_FITS)
		find_against_link(step->from, owner, &why);
	if (way == STEP_BY_COPY || why != NULL)
		plan(step, state, STEP_COPY, MODE_PROGRAM, why);
	else
		plan(step, state, STEP_LINK, MODE_PROGRAM, "linked");
}

static bool
is_same(int a, int b)
{
	char left[4096], right[4096];
	ssize_t n, m;

	do {
		n = read(a, left, sizeof left);
		m = read(b, right, sizeof right);
		if (n < 0 || n != m || memcmp(left, right, (size_t)n) != 0)
			return false;
	} while (n > 0);
	return true;
}

enum step_program
step_examine_program(const char *path, const char *from)
{
	enum step_program program = STEP_PROGRAM_THEIRS;
	int a = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int b = open(from, O_RDONLY | O_CLOEXEC);
	char magic[4];

	if (a >= 0 && read(a, magic, sizeof magic) == sizeof magic &&
		memcmp(magic, "\177ELF", sizeof magic) == 0)
		program = STEP_PROGRAM_OTHER;
	if (a >= 0 && b >= 0 && lseek(a, 0, SEEK_SET) == 0 && is_same(a, b))
		program = STEP_PROGRAM_SAME;
	if (a >= 0)
		(void)close(a);
	if (b >= 0)
		(void)close(b);
	return program;
}

static void
plan_for_link(struct step *step, const struct owner *owner, enum step_way way)
{
	char to[PATH_MAX];
	ssize_t len = readlink(step->path, to, sizeof to - 1);

	to[len > 0 ? len : 0] = '\0';
	if (way == STEP_BY_COPY)
		plan_program(step, owner, STEP_RENEWED, way);
	else if (strcmp(to, step->from) != 0)
		plan_program(step, owner, STEP_RENEWED, STEP_BY_LINK);
}

static void
plan_for_file(struct step *step, const struct owner *owner, enum step_way way,
	mode_t mode)
{
	enum step_program program =
		step_examine_program(step->path, step->from);

	if (program == STEP_PROGRAM_THEIRS)
		plan(step, STEP_KEPT, STEP_NOTHING, 0,
			"it is none of our programs");
	else if (way == STEP_BY_LINK)
		plan_program(step, owner, STEP_RENEWED, way);
	else if (program == STEP_PROGRAM_OTHER)
		plan_program(step, owner, STEP_RENEWED, STEP_BY_COPY);
	else if ((mode & S_IXUSR) == 0 || (mode & (S_IWGRP | S_IWOTH)) != 0)
		plan(step, STEP_RENEWED, STEP_MODE, MODE_PROGRAM,
			"its mode is put right");
}

enum err
steps_add_program(struct steps *steps, const char *path, const char *from,
	enum step_way way, struct reason *reason)
{
	struct step *step;
	struct stat status;
	enum err err = add(steps, path, &step, reason);

	if (err != ERR_OK)
		return err;
	if (access(from, R_OK) != 0)
		return could_not(reason, "read", from);
	(void)snprintf(step->from, sizeof step->from, "%s", from);
	if (lstat(path, &status) != 0 && errno != ENOENT)
		return could_not(reason, "examine", path);
	if (lstat(path, &status) != 0)
		plan_program(step, &steps->owner, STEP_MADE, way);
	else if (S_ISLNK(status.st_mode))
		plan_for_link(step, &steps->owner, way);
	else if (S_ISREG(status.st_mode))
		plan_for_file(step, &steps->owner, way, status.st_mode);
	else
		return err_reason(reason, ERR_IO, "\"%s\" is not a file", path);
	return step->work == STEP_NOTHING ? ERR_OK
					  : check_room(steps, path, reason);
}

enum err
steps_add_tree(struct steps *steps, const char *path, const char *from,
	struct reason *reason)
{
	struct step *step;
	enum tree tree;
	enum err err = add(steps, path, &step, reason);

	if (err == ERR_OK)
		err = tree_examine(&tree, path, from, reason);
	if (err != ERR_OK)
		return err;
	(void)snprintf(step->from, sizeof step->from, "%s", from);
	if (tree == TREE_NONE)
		plan(step, STEP_MADE, STEP_TREE, 0, NULL);
	else if (tree == TREE_OTHER)
		plan(step, STEP_RENEWED, STEP_TREE, 0, NULL);
	else if (tree == TREE_LINK)
		plan(step, STEP_KEPT, STEP_NOTHING, 0, "a link of yours");
	return tree == TREE_NONE ? check_room(steps, path, reason) : ERR_OK;
}

enum err
step_do(const struct step *step, const struct owner *owner,
	struct reason *reason)
{
	const struct buf *content = &step->content;

	switch (step->work) {
	case STEP_NOTHING:
		return ERR_OK;
	case STEP_DIRECTORY:
		return make_directory(step->path, step->mode, owner, reason);
	case STEP_FILE:
		return make_file(step->path, buf_text(content), content->len,
			step->mode, owner, reason);
	case STEP_COPY:
		return make_copy(
			step->path, step->from, step->mode, owner, reason);
	case STEP_TREE:
		return tree_copy(step->path, step->from, owner, reason);
	case STEP_LINK:
		return make_link(step->path, step->from, owner, reason);
	case STEP_MODE:
		return make_mode(step->path, step->mode, reason);
	}
	return err_reason(reason, ERR_IO, "no such step");
}
