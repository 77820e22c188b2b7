#include "config.h"

#include "url_parts.h"

#include <string.h>
#include <strings.h>

static const char *const schemes[] = {"https", "http", "wss", "ws"};

struct url_piece
url_piece_of(const char *text)
{
	return (struct url_piece){text, strlen(text)};
}

bool
url_piece_equal(struct url_piece a, struct url_piece b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

static struct url_piece
between(const char *from, const char *to)
{
	return (struct url_piece){from, (size_t)(to - from)};
}

/* "user:password@host:port" */
static void
split_authority(struct url_parts *parts, const char *text, const char *end)
{
	const char *at = memrchr(text, '@', (size_t)(end - text));
	const char *host = at != NULL ? at + 1 : text;
	const char *bracket = memchr(host, ']', (size_t)(end - host));
	const char *tail = bracket != NULL ? bracket : host;
	const char *colon = memchr(tail, ':', (size_t)(end - tail));

	if (colon == NULL)
		colon = end;
	parts->part[URL_USER] = between(text, host);
	parts->part[URL_HOST] = between(host, colon);
	parts->part[URL_PORT] = between(colon, end);
}

static bool
has_scheme(const char *url, size_t len)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strlen(schemes[i]) == len &&
			strncasecmp(url, schemes[i], len) == 0)
			return true;
	return false;
}

bool
url_split(struct url_parts *parts, const char *url)
{
	const char *mark = strstr(url, "://");
	const char *authority, *path, *query, *fragment;

	memset(parts, 0, sizeof *parts);
	if (mark == NULL || !has_scheme(url, (size_t)(mark - url)))
		return false;
	authority = mark + 3;
	path = authority + strcspn(authority, "/?#");
	query = path + strcspn(path, "?#");
	fragment = query + strcspn(query, "#");
	parts->part[URL_SCHEME] = between(url, mark);
	split_authority(parts, authority, path);
	parts->part[URL_PATH] = between(path, query);
	parts->part[URL_QUERY] = between(query, fragment);
	parts->part[URL_FRAGMENT] = url_piece_of(fragment);
	return parts->part[URL_HOST].len > 0;
}

enum err
url_join(struct buf *out, const struct url_parts *parts, enum url_part first,
	enum url_part last)
{
	enum err err = ERR_OK;

	for (int i = (int)first; i <= (int)last && err == ERR_OK; i++) {
		err = buf_add(out, parts->part[i].text, parts->part[i].len);
		if (err == ERR_OK && i == URL_SCHEME)
			err = buf_add_text(out, "://");
	}
	return err;
}

static bool
begins(struct url_piece piece, const char *text)
{
	size_t len = strlen(text);

	return piece.len >= len && strncasecmp(piece.text, text, len) == 0;
}

static bool
ends(struct url_piece piece, const char *text)
{
	size_t len = strlen(text);

	return piece.len > len &&
	       strncasecmp(piece.text + piece.len - len, text, len) == 0;
}

/* An IPv4 address of a private network (RFC 1918), or of this machine. */
static bool
is_private_address(struct url_piece host)
{
	static const char *const starts[] = {
		"127.", "10.", "192.168.", "169.254.", "0."};
	unsigned second = 0;

	for (size_t i = 0; i < host.len; i++)
		if (strchr("0123456789.", host.text[i]) == NULL)
			return false;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
		if (begins(host, starts[i]))
			return true;
	if (!begins(host, "172."))
		return false;
	for (size_t i = 4; i < host.len && host.text[i] != '.'; i++)
		second = second * 10 + (unsigned)(host.text[i] - '0');
	return second >= 16 && second <= 31;
}

bool
url_host_is_private(struct url_piece host)
{
	static const char *const endings[] = {
		".localhost", ".local", ".internal", ".localdomain", ".lan"};

	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (ends(host, endings[i]))
			return true;
	return is_private_address(host) ||
	       url_piece_equal(host, url_piece_of("localhost")) ||
	       url_piece_equal(host, url_piece_of("[::1]"));
}
