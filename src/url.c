#include "config.h"

#include "url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A piece of a URL, in the text that it came from. */
struct piece {
	const char *text;
	size_t len;
};

/* scheme://userinfo@host:port/prefix */
struct origin {
	struct piece scheme;
	struct piece userinfo; /* with its "@"; empty if there is none */
	struct piece host;     /* "[...]" for IPv6 */
	struct piece port;     /* with its ":"; empty if there is none */
	struct piece prefix;   /* path without "/" at its end */
};

static struct piece
piece_of(const char *text)
{
	return (struct piece){text, strlen(text)};
}

static enum err
add_piece(struct buf *buf, struct piece piece)
{
	return buf_add(buf, piece.text, piece.len);
}

/* Appends a copy of text to a list, unless it stands there already. */
static enum err
list_add(char **list, size_t *n, size_t max, const char *text)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(list[i], text) == 0)
			return ERR_OK;
	if (*n == max)
		return ERR_TOO_LARGE;
	list[*n] = strdup(text);
	if (list[*n] == NULL)
		return ERR_MEMORY;
	++*n;
	return ERR_OK;
}

/* Splits "user:password@host:port" over userinfo, host and port. */
static void
split_authority(struct origin *origin, struct piece authority)
{
	const char *end = authority.text + authority.len;
	const char *at = memrchr(authority.text, '@', authority.len);
	const char *host = at != NULL ? at + 1 : authority.text;
	const char *bracket = memchr(host, ']', (size_t)(end - host));
	const char *tail = bracket != NULL ? bracket : host;
	const char *colon = memchr(tail, ':', (size_t)(end - tail));

	if (colon == NULL)
		colon = end;
	origin->userinfo =
		(struct piece){authority.text, (size_t)(host - authority.text)};
	origin->host = (struct piece){host, (size_t)(colon - host)};
	origin->port = (struct piece){colon, (size_t)(end - colon)};
}

static bool
has_scheme(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0 ||
	       strncasecmp(url, "http://", 7) == 0;
}

/* "http[s]://authority[/prefix]", nothing after it. */
static bool
parse_public_url(struct origin *origin, const char *url)
{
	const char *colon = strstr(url, "://");
	const char *authority = colon != NULL ? colon + 3 : url;
	size_t authority_len = strcspn(authority, "/?#");

	if (!has_scheme(url))
		return false;
	origin->scheme = (struct piece){url, (size_t)(colon - url)};
	split_authority(origin, (struct piece){authority, authority_len});
	origin->prefix = piece_of(authority + authority_len);
	if (strpbrk(url, "?# \t") != NULL)
		return false;
	while (origin->prefix.len > 0 &&
		origin->prefix.text[origin->prefix.len - 1] == '/')
		origin->prefix.len--;
	return origin->host.len > 0;
}

static void
lower(struct buf *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		text->data[i] = (char)tolower((unsigned char)text->data[i]);
}

/* Writes one spelling of an origin and adds it to the set. */
static enum err
add_origin(struct url_set *set, const struct origin *origin,
	struct piece userinfo, struct piece port, bool lower_case)
{
	struct buf text;
	size_t host;
	enum err err;

	buf_init(&text, LIMIT_ORIGIN);
	err = add_piece(&text, origin->scheme);
	if (err == ERR_OK && lower_case)
		lower(&text, 0, text.len);
	if (err == ERR_OK)
		err = buf_add_text(&text, "://");
	if (err == ERR_OK)
		err = add_piece(&text, userinfo);
	host = text.len;
	if (err == ERR_OK)
		err = add_piece(&text, origin->host);
	if (err == ERR_OK && lower_case)
		lower(&text, host, text.len);
	if (err == ERR_OK)
		err = add_piece(&text, port);
	if (err == ERR_OK)
		err = add_piece(&text, origin->prefix);
	if (err == ERR_OK)
		err = list_add(set->origins, &set->n_origins, LIMIT_URL_ORIGINS,
			buf_text(&text));
	buf_free(&text);
	return err;
}

/*
 * Every spelling: port as given, none or the scheme's own; without user and
 * password as Twilio documents, and with them as its libraries test; scheme
 * and host as written, and in lower case.
 */
static enum err
add_origins(struct url_set *set, const struct origin *origin)
{
	bool https = origin->scheme.len == strlen("https");
	const struct piece none = {"", 0};
	const struct piece ports[] = {
		origin->port, none, piece_of(https ? ":443" : ":80")};
	const struct piece users[] = {none, origin->userinfo};
	/* What is empty is "none", too. */
	size_t n_users = origin->userinfo.len > 0 ? 2 : 1;
	size_t first_port = origin->port.len > 0 ? 0 : 1;
	enum err err = ERR_OK;

	for (size_t user = 0; user < n_users; user++)
		for (size_t port = first_port; port < 3; port++)
			for (int low = 0; err == ERR_OK && low < 2; low++)
				err = add_origin(set, origin, users[user],
					ports[port], low == 1);
	return err;
}

/* Replaces every occurrence of one text, case ignored, by another. */
static enum err
replace(struct buf *out, const char *text, const char *from, const char *to)
{
	size_t len = strlen(from);
	enum err err = ERR_OK;

	while (*text != '\0' && err == ERR_OK) {
		if (strncasecmp(text, from, len) == 0) {
			err = buf_add_text(out, to);
			text += len;
		} else {
			err = buf_add(out, text, 1);
			text++;
		}
	}
	return err;
}

/* A quote that Twilio signed raw and sent encoded. */
static enum err
quote_raw(struct buf *out, const char *query)
{
	return replace(out, query, "%27", "'");
}

/* A quote that Twilio signed encoded and sent raw. */
static enum err
quote_encoded(struct buf *out, const char *query)
{
	return replace(out, query, "'", "%27");
}

/* SIP addresses in queries are signed raw and sent encoded. */
static enum err
address_raw(struct buf *out, const char *query)
{
	struct buf step;
	enum err err;

	buf_init(&step, LIMIT_TARGET);
	err = replace(&step, query, "%40", "@");
	if (err == ERR_OK)
		err = replace(out, buf_text(&step), "%3A", ":");
	buf_free(&step);
	return err;
}

/* One byte of a query as Node's querystring.stringify writes it. */
static enum err
add_node_byte(struct buf *out, unsigned char byte)
{
	static const char digits[] = "0123456789ABCDEF";
	char encoded[3] = {'%', digits[byte >> 4], digits[byte & 15]};

	/* strchr also finds the NUL that ends its string. */
	if (isalnum(byte) ||
		(byte != '\0' && strchr("-_.!~*'()", byte) != NULL))
		return buf_add(out, &byte, 1);
	return buf_add(out, encoded, sizeof encoded);
}

/*
 * The query with its values encoded as Node's querystring module does, which
 * older versions of Twilio's own library apply before they sign.
 */
static enum err
node_encoded(struct buf *out, const char *query)
{
	enum err err = ERR_OK;

	for (; *query != '\0' && err == ERR_OK; query++) {
		unsigned byte = (unsigned char)*query;
		char hex[3];

		if (strchr("&=", *query) != NULL) {
			err = buf_add(out, query, 1);
			continue;
		}
		if (*query == '+')
			byte = ' ';
		if (*query == '%' && isxdigit((unsigned char)query[1]) &&
			isxdigit((unsigned char)query[2])) {
			memcpy(hex, query + 1, 2);
			hex[2] = '\0';
			byte = (unsigned)strtoul(hex, NULL, 16);
			query += 2;
		}
		err = add_node_byte(out, (unsigned char)byte);
	}
	return err;
}

/* The target with its query written in another way. */
static enum err
add_target(struct url_set *set, const char *target,
	enum err (*rewrite)(struct buf *, const char *))
{
	const char *mark = strchr(target, '?');
	struct buf text;
	enum err err;

	if (mark == NULL)
		return ERR_OK;
	buf_init(&text, 3 * LIMIT_TARGET); /* a byte becomes at most %XX */
	err = buf_add(&text, target, (size_t)(mark + 1 - target));
	if (err == ERR_OK)
		err = rewrite(&text, mark + 1);
	if (err == ERR_OK)
		err = list_add(set->targets, &set->n_targets, LIMIT_URL_TARGETS,
			buf_text(&text));
	buf_free(&text);
	return err;
}

static enum err
add_targets(struct url_set *set, const char *target, bool has_prefix)
{
	enum err err = list_add(
		set->targets, &set->n_targets, LIMIT_URL_TARGETS, target);

	if (err == ERR_OK)
		err = add_target(set, target, node_encoded);
	if (err == ERR_OK)
		err = add_target(set, target, quote_encoded);
	if (err == ERR_OK)
		err = add_target(set, target, quote_raw);
	if (err == ERR_OK)
		err = add_target(set, target, address_raw);
	/* "https://host" is requested as "/" and signed without it. */
	if (err == ERR_OK && !has_prefix && strcmp(target, "/") == 0)
		err = list_add(
			set->targets, &set->n_targets, LIMIT_URL_TARGETS, "");
	return err;
}

/*
 * Writes the path and query of a request target: absolute form loses its
 * origin, a fragment is dropped.
 */
static enum err
origin_form(struct buf *out, const char *target)
{
	const char *path = target;
	enum err err = ERR_OK;

	if (*target != '/') {
		if (!has_scheme(target))
			return ERR_MALFORMED;
		path = strstr(target, "://") + 3;
		path += strcspn(path, "/?#");
	}
	if (*path != '/')
		err = buf_add_text(out, "/");
	if (err == ERR_OK)
		err = buf_add(out, path, strcspn(path, "#"));
	return err;
}

/* Whether a Host header is one: nothing that would end the host early. */
static bool
is_host(const char *host)
{
	for (const char *c = host; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || strchr("/?#@\\", *c) != NULL)
			return false;
	return true;
}

static enum err
find_origin(struct origin *origin, const char *public_url,
	const struct url_seen *seen, struct reason *reason)
{
	memset(origin, 0, sizeof *origin);
	origin->prefix = piece_of("");
	if (public_url != NULL) {
		if (parse_public_url(origin, public_url))
			return ERR_OK;
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_PUBLIC_URL\" must look like "
			"https://example.com or https://example.com/prefix");
	}
	origin->scheme = piece_of(seen->https ? "https" : "http");
	if (seen->host != NULL && is_host(seen->host))
		split_authority(origin, piece_of(seen->host));
	if (origin->host.len == 0)
		return err_reason(reason, ERR_MALFORMED,
			"the request names no host; set "
			"\"HOOKSWITCH_PUBLIC_URL\"");
	return ERR_OK;
}

enum err
url_set_fill(struct url_set *set, const char *public_url,
	const struct url_seen *seen, struct reason *reason)
{
	struct origin origin;
	struct buf target;
	enum err err;

	memset(set, 0, sizeof *set);
	err = find_origin(&origin, public_url, seen, reason);
	if (err != ERR_OK)
		return err;
	if (seen->target == NULL)
		return err_reason(reason, ERR_MALFORMED,
			"the web server passes no REQUEST_URI");
	buf_init(&target, LIMIT_TARGET);
	err = origin_form(&target, seen->target);
	if (err == ERR_OK)
		err = add_targets(
			set, buf_text(&target), origin.prefix.len > 0);
	if (err == ERR_OK)
		err = add_origins(set, &origin);
	buf_free(&target);
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err,
			"the URL exceeds %d bytes, or its host %d",
			LIMIT_TARGET, LIMIT_ORIGIN);
	if (err != ERR_OK)
		return err_reason(reason, err,
			"could not build the public URL: %s", err_text(err));
	return ERR_OK;
}

const char *
url_set_query(const struct url_set *set)
{
	const char *mark =
		set->n_targets > 0 ? strchr(set->targets[0], '?') : NULL;

	return mark != NULL ? mark + 1 : "";
}

enum err
url_set_show(const struct url_set *set, size_t index, struct buf *out)
{
	const char *origin = set->origins[index];
	const char *target = set->targets[0];
	const char *authority = strstr(origin, "://") + 3;
	const char *at = memrchr(authority, '@', strcspn(authority, "/"));
	size_t path = strcspn(target, "?");
	enum err err = buf_add(out, origin, (size_t)(authority - origin));

	if (err == ERR_OK && at != NULL)
		err = buf_add_text(out, "(user and password)");
	if (err == ERR_OK)
		err = buf_add_text(out, at != NULL ? at : authority);
	if (err == ERR_OK)
		err = buf_add(out, target, path);
	if (err == ERR_OK && target[path] == '?')
		err = buf_add_text(out, "?(query)");
	return err;
}

void
url_set_free(struct url_set *set)
{
	for (size_t i = 0; i < set->n_origins; i++)
		free(set->origins[i]);
	for (size_t i = 0; i < set->n_targets; i++)
		free(set->targets[i]);
	memset(set, 0, sizeof *set);
}
