#include "config.h"

#include "inquiry.h"

#include <string.h>
#include <strings.h>

#include "limit.h"

#define SIGNATURE_LEN (DIGEST_SIGNATURE_SIZE - 1)

static void
url_init(struct inquiry_url *url)
{
	buf_init(&url->text, LIMIT_ORIGIN + 2 * LIMIT_TARGET);
}

/* The text is complete: takes it apart. */
static void
url_done(struct inquiry_url *url)
{
	url->is_known = url_split(&url->parts, buf_text(&url->text));
}

struct url_piece
inquiry_header(const struct inquiry *inquiry, const char *name)
{
	const char *value = refused_value(inquiry->question->request, name);
	struct url_piece piece = url_piece_of(value != NULL ? value : "");

	while (piece.len > 0 && strchr(" \t\"", *piece.text) != NULL) {
		piece.text++;
		piece.len--;
	}
	for (size_t i = 0; i < piece.len; i++)
		if (strchr(", \t\"", piece.text[i]) != NULL) {
			piece.len = i;
			break;
		}
	return piece;
}

/* Method, content type, and so how the parameters were sent. */
static void
find_carrier(struct inquiry *inquiry)
{
	const struct question *question = inquiry->question;
	const struct refused *request = question->request;
	const char *type = refused_value(request, "Content-Type");
	const char *method = question->method;

	if (type == NULL)
		type = request->type != NULL ? request->type : "";
	if (method == NULL)
		method = request->method;
	if (method == NULL)
		method = request->body_len > 0 ? "POST" : "";
	inquiry->type = type;
	inquiry->method = method;
	inquiry->carrier = CARRIER_FORM;
	if (strcmp(method, "GET") == 0 ||
		(request->body_len == 0 && strcmp(method, "POST") != 0))
		inquiry->carrier = CARRIER_QUERY;
	else if (strncasecmp(type, "application/json", 16) == 0 ||
		 (request->body_len > 0 &&
			 strchr("{[", request->body[0]) != NULL))
		inquiry->carrier = CARRIER_JSON;
}

/* Puts the scheme and host that a proxy or the server has named before it. */
static enum err
write_url(struct inquiry_url *url, struct url_piece scheme,
	struct url_piece host, struct url_piece port, const char *target)
{
	enum err err;

	url_init(url);
	err = buf_add(&url->text, scheme.text, scheme.len);
	if (err == ERR_OK)
		err = buf_add_text(&url->text, "://");
	if (err == ERR_OK)
		err = buf_add(&url->text, host.text, host.len);
	if (err == ERR_OK && port.len > 0)
		err = buf_add_text(&url->text, ":");
	if (err == ERR_OK)
		err = buf_add(&url->text, port.text, port.len);
	if (err == ERR_OK)
		err = buf_add_text(&url->text, target);
	url_done(url);
	return err;
}

/* Path and query of a target, which may be in absolute form. */
static const char *
origin_form(const char *target)
{
	struct url_parts parts;

	if (target == NULL || !url_split(&parts, target))
		return target;
	return parts.part[URL_PATH].text;
}

/* From HOOKSWITCH_PUBLIC_URL: its path goes before the target's. */
static enum err
see_public(struct inquiry *inquiry, struct reason *reason)
{
	const char *public_url = inquiry->question->public_url;
	struct inquiry_url *seen = &inquiry->seen;
	const char *given = inquiry->given.parts.part[URL_PATH].text;
	struct url_parts parts;
	struct url_piece *prefix = &inquiry->prefix;
	enum err err;

	if (!url_split(&parts, public_url))
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_PUBLIC_URL\" must look like "
			"https://example.com or https://example.com/prefix");
	*prefix = parts.part[URL_PATH];
	while (prefix->len > 0 && prefix->text[prefix->len - 1] == '/')
		prefix->len--;
	parts.part[URL_PATH] = *prefix;
	if (inquiry->path == NULL && !inquiry->given.is_known)
		return ERR_OK;
	err = url_join(&seen->text, &parts, URL_SCHEME, URL_PORT);
	/* Of the console's URL a proxy takes the prefix away, if it does. */
	if (err == ERR_OK &&
		(inquiry->path != NULL ||
			strncmp(given, prefix->text, prefix->len) != 0))
		err = buf_add(&seen->text, prefix->text, prefix->len);
	if (err == ERR_OK)
		err = buf_add_text(&seen->text,
			inquiry->path != NULL ? inquiry->path : given);
	url_done(seen);
	return err;
}

/* From what the web server tells. */
static enum err
see_request(struct inquiry *inquiry)
{
	const char *host = refused_value(inquiry->question->request, "Host");
	bool has_proxy = inquiry_header(inquiry, "X-Forwarded-Proto").len > 0;
	struct url_piece scheme = url_piece_of(has_proxy ? "http" : "https");

	if (inquiry->given.is_known && !has_proxy)
		scheme = inquiry->given.parts.part[URL_SCHEME];
	if (inquiry->path != NULL && host != NULL)
		return write_url(&inquiry->seen, scheme, url_piece_of(host),
			url_piece_of(""), inquiry->path);
	if (!inquiry->given.is_known)
		return ERR_OK;
	url_init(&inquiry->seen);
	if (inquiry->path == NULL)
		inquiry->seen.parts = inquiry->given.parts;
	/* Fragments are never sent. */
	if (url_join(&inquiry->seen.text, &inquiry->given.parts, URL_SCHEME,
		    inquiry->path != NULL ? URL_PORT : URL_QUERY) != ERR_OK)
		return ERR_TOO_LARGE;
	if (inquiry->path != NULL &&
		buf_add_text(&inquiry->seen.text, inquiry->path) != ERR_OK)
		return ERR_TOO_LARGE;
	url_done(&inquiry->seen);
	return ERR_OK;
}

/* "proto=https" in a header Forwarded. */
static struct url_piece
forwarded(const struct inquiry *inquiry, const char *name)
{
	const char *value =
		refused_value(inquiry->question->request, "Forwarded");
	const char *found = value != NULL ? strcasestr(value, name) : NULL;
	struct url_piece piece = {"", 0};

	if (found == NULL)
		return piece;
	piece.text = found + strlen(name);
	piece.text += *piece.text == '"';
	piece.len = strcspn(piece.text, ";,\" \t");
	return piece;
}

/* What a proxy says that it was called by. */
static enum err
see_proxy(struct inquiry *inquiry)
{
	static const char *const targets[] = {"X-Original-URL", "X-Rewrite-URL",
		"X-Forwarded-Uri", "X-Original-Uri"};
	struct url_piece scheme = inquiry_header(inquiry, "X-Forwarded-Proto");
	struct url_piece host = inquiry_header(inquiry, "X-Forwarded-Host");
	struct url_piece port = inquiry_header(inquiry, "X-Forwarded-Port");
	const char *target = NULL, *path = inquiry->path;

	for (size_t i = 0; i < 4 && target == NULL; i++)
		target = refused_value(inquiry->question->request, targets[i]);
	if (scheme.len == 0)
		scheme = forwarded(inquiry, "proto=");
	if (host.len == 0)
		host = forwarded(inquiry, "host=");
	if (scheme.len + host.len + port.len == 0 && target == NULL)
		return ERR_OK;
	if (scheme.len == 0)
		scheme = url_piece_of("https");
	if (host.len == 0)
		host = inquiry_header(inquiry, "Host");
	if (memchr(host.text, ':', host.len) != NULL)
		port.len = 0;
	if (target == NULL)
		target = path != NULL ? path : "";
	return write_url(&inquiry->others[inquiry->n_others++], scheme, host,
		port, target);
}

/* The prefix that a proxy says it has taken away. */
static enum err
see_prefix(struct inquiry *inquiry)
{
	struct url_piece prefix = inquiry_header(inquiry, "X-Forwarded-Prefix");
	struct inquiry_url *other = &inquiry->others[inquiry->n_others];
	enum err err;

	if (prefix.len == 0 || inquiry->path == NULL || !inquiry->seen.is_known)
		return ERR_OK;
	inquiry->n_others++;
	url_init(other);
	err = url_join(
		&other->text, &inquiry->seen.parts, URL_SCHEME, URL_PORT);
	if (err == ERR_OK)
		err = buf_add(&other->text, prefix.text, prefix.len);
	if (err == ERR_OK)
		err = buf_add_text(&other->text, inquiry->path);
	url_done(other);
	return err;
}

/* The host that was asked for, where the setting says another. */
static enum err
see_host(struct inquiry *inquiry)
{
	const char *host = refused_value(inquiry->question->request, "Host");

	if (host == NULL || inquiry->question->public_url == NULL ||
		inquiry->path == NULL)
		return ERR_OK;
	return write_url(&inquiry->others[inquiry->n_others++],
		url_piece_of("https"), url_piece_of(host), url_piece_of(""),
		inquiry->path);
}

static enum err
see_urls(struct inquiry *inquiry, struct reason *reason)
{
	const struct question *question = inquiry->question;
	enum err err = ERR_OK;

	if (question->url != NULL) {
		err = buf_add_text(&inquiry->given.text, question->url);
		url_done(&inquiry->given);
		if (err == ERR_OK && !inquiry->given.is_known)
			return err_reason(reason, ERR_MALFORMED, URL_SHAPE);
	}
	if (err == ERR_OK)
		err = question->public_url != NULL ? see_public(inquiry, reason)
						   : see_request(inquiry);
	if (err == ERR_OK)
		err = see_proxy(inquiry);
	if (err == ERR_OK)
		err = see_prefix(inquiry);
	if (err == ERR_OK)
		err = see_host(inquiry);
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err, "the URL exceeds %d bytes",
			LIMIT_ORIGIN + 2 * LIMIT_TARGET);
	return err;
}

/* The character at the start of text as base64 has it; *taken are its bytes. */
static char
base64_character(const char *text, size_t *taken)
{
	static const struct {
		const char *written;
		char means;
	} ways[] = {
		{"%3D", '='},
                {"%2B", '+'},
                {"%2F", '/'},
                {"-",   '+'},
		{" ",   '+'},
                {"_",   '/'}
        };

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		*taken = strlen(ways[i].written);
		if (strncasecmp(text, ways[i].written, *taken) == 0)
			return ways[i].means;
	}
	*taken = 1;
	return *text;
}

/* What the header may have been before somebody changed it. */
static void
clean_signature(struct inquiry *inquiry)
{
	char text[DIGEST_SIGNATURE_SIZE + 32];
	const char *from = inquiry->header;
	const char *end;
	size_t n = 0, taken;

	from += strspn(from, " \t\"'");
	end = from + strcspn(from, ",\"'\r\n\t");
	while (end > from && end[-1] == ' ')
		end--;
	for (; from < end && n < sizeof text; from += taken)
		text[n++] = base64_character(from, &taken);
	if (n == SIGNATURE_LEN - 1)
		text[n++] = '='; /* which is easily lost in copying */
	inquiry->has_signature = n == SIGNATURE_LEN;
	if (inquiry->has_signature)
		memcpy(inquiry->signature, text, SIGNATURE_LEN);
}

static void
find_signature(struct inquiry *inquiry)
{
	const struct question *question = inquiry->question;
	const struct refused_header *header =
		refused_find(question->request, "X-Twilio-Signature", NULL);

	if (question->signature != NULL) {
		inquiry->header = question->signature;
		inquiry->header_len = strlen(question->signature);
	} else if (header != NULL) {
		inquiry->header = header->value != NULL ? header->value : "";
		inquiry->header_len = header->len;
	}
	if (inquiry->header != NULL)
		clean_signature(inquiry);
}

/* The query: that of the request, or else of the console's URL. */
static struct url_piece
find_query(const struct inquiry *inquiry)
{
	struct url_piece query = {"", 0};
	const char *mark =
		inquiry->path != NULL ? strchr(inquiry->path, '?') : NULL;

	if (mark != NULL)
		query = url_piece_of(mark + 1);
	else if (inquiry->path == NULL && inquiry->given.is_known)
		query = inquiry->given.parts.part[URL_QUERY];
	if (query.len > 0 && *query.text == '?') {
		query.text++;
		query.len--;
	}
	return query;
}

enum err
inquiry_open(struct inquiry *inquiry, const struct question *question,
	struct reason *reason)
{
	const struct refused *request = question->request;
	struct url_piece query;
	enum err err;

	memset(inquiry, 0, sizeof *inquiry);
	inquiry->question = question;
	intake_init(&inquiry->intake);
	url_init(&inquiry->given);
	url_init(&inquiry->seen);
	if (request->source == REFUSED_HTTP)
		inquiry->path = origin_form(request->target);
	find_carrier(inquiry);
	find_signature(inquiry);
	err = see_urls(inquiry, reason);
	if (err != ERR_OK)
		return err;
	inquiry->knows_parameters = request->source == REFUSED_HTTP ||
				    request->body_len > 0 ||
				    (request->source == REFUSED_FORM &&
					    inquiry->carrier == CARRIER_QUERY);
	query = find_query(inquiry);
	return intake_parse(&inquiry->intake, inquiry->carrier,
		request->body != NULL ? request->body : "", request->body_len,
		query.text, query.len, reason);
}

void
inquiry_free(struct inquiry *inquiry)
{
	intake_free(&inquiry->intake);
	buf_free(&inquiry->given.text);
	buf_free(&inquiry->seen.text);
	for (size_t i = 0; i < inquiry->n_others; i++)
		buf_free(&inquiry->others[i].text);
}
