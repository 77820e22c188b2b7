#ifndef HOOKSWITCH_SHIPPED_H
#define HOOKSWITCH_SHIPPED_H

#include "buf.h"
#include "err.h"

/*
 * The web servers' configuration as it is shipped in apache/ and lighttpd/,
 * built into the command so that it is there wherever the command is.
 */

/* Lines, NULL at the end. */
extern const char *const shipped_apache_hookswitch_htaccess[];
extern const char *const shipped_apache_console_htaccess[];
extern const char *const shipped_apache_htaccess[];
extern const char *const shipped_apache_proxy_fcgi_htaccess[];
extern const char *const shipped_lighttpd_hookswitch_conf[];

/* What its reader is told to replace. */
struct shipped_change {
	const char *from; /* NULL ends them */
	const char *to;
};

/*
 * Appends a file with every change made everywhere, of several that could be
 * made at one place the first.
 */
enum err shipped_write(struct buf *out, const char *const *lines,
	const struct shipped_change *changes) NODISCARD;

#endif
