#ifndef HOOKSWITCH_STEP_H
#define HOOKSWITCH_STEP_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"
#include "make.h"

/*
 * The steps of setting up a site.  Each is looked into when it is added, which
 * changes nothing, and done when all are: so that what cannot be done is known
 * before anything is.  What is there already and is as it should be, or as the
 * owner has made it, is kept.
 */

enum step_state {
	STEP_KEPT,
	STEP_MADE,    /* it was not there */
	STEP_RENEWED, /* it was, and was not as it should be */
};

enum step_work {
	STEP_NOTHING,
	STEP_DIRECTORY,
	STEP_FILE,
	STEP_COPY,
	STEP_TREE,
	STEP_LINK,
	STEP_MODE,
};

struct step {
	char path[PATH_MAX];
	enum step_state state;
	const char *note; /* why; static, or NULL */
	enum step_work work;
	mode_t mode;
	struct buf content;  /* of a file */
	char from[PATH_MAX]; /* what is copied, or linked to */
};

#define STEPS_MOST 32

/* Ceiling on a file that ours is put into. */
#define STEP_FILE_SIZE (1024 * 1024)

/* Some 280 KiB: not for the stack. */
struct steps {
	struct step list[STEPS_MOST];
	size_t n;
	struct owner owner;
};

/* How programs get to where the web server finds them. */
enum step_way {
	STEP_AS_FITS, /* as it was done before, or as this host needs it */
	STEP_BY_COPY,
	STEP_BY_LINK,
};

/* Wipes and frees what the steps hold. */
void steps_free(struct steps *steps);

/*
 * The following add a step.  ERR_IO, with the reason, for what cannot be done:
 * something else is there, or nobody may write there.
 */

enum err steps_add_directory(struct steps *steps, const char *path, mode_t mode,
	struct reason *reason) NODISCARD;

/*
 * Lines of ours in a file that may have others, see block.h.  Where there are
 * lines already that somebody has put there by hand, which token tells, none
 * are added.  ERR_MALFORMED if the marks in it are no pair.
 */
enum err steps_add_block(struct steps *steps, const char *path,
	const char *content, const char *token,
	struct reason *reason) NODISCARD;

/* One of the programs, as path, from where they are installed. */
enum err steps_add_program(struct steps *steps, const char *path,
	const char *from, enum step_way way, struct reason *reason) NODISCARD;

/* A directory of files to be handed out, as path, from where it is installed.
 */
enum err steps_add_tree(struct steps *steps, const char *path, const char *from,
	struct reason *reason) NODISCARD;

/*
 * A file of the owner's alone with these contents, which are copied; before is
 * what it has in it now, NULL if it is not there.
 */
enum err steps_add_private(struct steps *steps, const char *path,
	const struct buf *content, const char *before,
	struct reason *reason) NODISCARD;

/* Does a step. */
enum err step_do(const struct step *step, const struct owner *owner,
	struct reason *reason) NODISCARD;

/* What a file at a program's place is. */
enum step_program {
	STEP_PROGRAM_SAME,  /* as the installed one */
	STEP_PROGRAM_OTHER, /* of another release */
	STEP_PROGRAM_THEIRS /* no binary program: a wrapper, say */
};

/* Compares it with the program that is installed. */
enum step_program step_examine_program(const char *path, const char *from);

/* "kept", "made" or "renewed"; static. */
const char *step_state_text(enum step_state state);

#endif
