#ifndef HOOKSWITCH_PLACE_H
#define HOOKSWITCH_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * Where the parts of a site are: what the web server shows, and, outside of
 * that, what it must not show.
 */

struct place {
	char directory[PATH_MAX]; /* that the site's URL leads to */
	char root[PATH_MAX];      /* the document root: it, or above it */
	char programs[PATH_MAX];  /* directory/hookswitch */
	char private[PATH_MAX];   /* settings, spool and so on */
	char config[PATH_MAX];    /* the settings file */
};

/*
 * Fills *place for a directory, which has to be there, or the one above it.
 * Where private or config, which may be NULL, does not say it, what is private
 * goes into "private" in home (which may be NULL) if the directory is below
 * that, or else beside the outermost directory on the way that looks like a
 * document root.  ERR_IO, ERR_SETTING, with the reason.
 */
enum err place_find(struct place *place, const char *directory,
	const char *private, const char *config, const char *home,
	struct reason *reason) NODISCARD;

/*
 * Takes in what the site's URL is.  Where the directory's name ends as the
 * URL does, https://example.com/hooks for /home/example/public_html/hooks, it
 * is not the document root, but below it.  *path gets the length of the URL
 * without what leads to the directory.
 */
void place_learn_url(struct place *place, const char *url, size_t *len);

/*
 * ERR_SETTING, naming it, if a path is below the document root, or on the way
 * to it a link that leads there.
 */
enum err place_check_outside(const struct place *place, const char *what,
	const char *path, struct reason *reason) NODISCARD;

/*
 * Whether a path, with every link on it resolved, has a name in it that hosts
 * give to document roots.
 */
bool place_is_served(const char *path);

/*
 * ERR_SETTING, naming it, if a path has a character in it that would need to
 * be quoted in a web server's configuration, or is not absolute.
 */
enum err place_check_plain(
	const char *what, const char *path, struct reason *reason) NODISCARD;

#endif
