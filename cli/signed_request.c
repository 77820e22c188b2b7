#include "config.h"

#include "signed_request.h"

#include <stdlib.h>
#include <string.h>

#include "limit.h"
#include "signature.h"
#include "url_parts.h"

void
signed_request_init(struct signed_request *request)
{
	memset(request, 0, sizeof *request);
	buf_init(&request->url, LIMIT_ORIGIN + LIMIT_TARGET);
	buf_init(&request->body, LIMIT_BODY);
}

void
signed_request_free(struct signed_request *request)
{
	buf_free(&request->url);
	buf_free(&request->body);
}

/* What Twilio signs of a URL as it was configured. */
static enum err
add_url(struct buf *out, const char *url, struct reason *reason)
{
	struct url_parts parts;

	if (!url_split(&parts, url))
		return err_reason(reason, ERR_MALFORMED, URL_SHAPE);
	parts.part[URL_USER] = url_piece_of("");
	return url_join(out, &parts, URL_SCHEME, URL_QUERY);
}

/* Puts more behind the query. */
static enum err
add_query(struct buf *url, const void *text, size_t len)
{
	const char *mark = strchr(buf_text(url), '?');
	enum err err = ERR_OK;

	if (len == 0)
		return ERR_OK;
	if (mark == NULL)
		err = buf_add(url, "?", 1);
	else if (mark[1] != '\0')
		err = buf_add(url, "&", 1);
	return err == ERR_OK ? buf_add(url, text, len) : err;
}

/* Whether the query has a bodySHA256, which must then be the body's. */
static enum err
check_digest(const struct signed_request *request, bool *has_digest,
	struct reason *reason)
{
	const char *mark = strchr(buf_text(&request->url), '?');
	struct intake intake;
	enum err err;

	*has_digest = false;
	if (mark == NULL)
		return ERR_OK;
	intake_init(&intake);
	err = intake_parse(&intake, CARRIER_QUERY, "", 0, mark + 1,
		strlen(mark + 1), reason);
	*has_digest = form_find(&intake.form, "bodySHA256") != NULL;
	if (err == ERR_OK && *has_digest)
		err = signature_verify_body(&intake.form,
			buf_text(&request->body), request->body.len, reason);
	intake_free(&intake);
	return err;
}

static enum err
add_digest(struct signed_request *request, struct reason *reason)
{
	char pair[sizeof "bodySHA256=" + DIGEST_SHA256_HEX] = "bodySHA256=";
	bool has_digest;
	enum err err = check_digest(request, &has_digest, reason);

	if (err != ERR_OK || has_digest)
		return err;
	digest_sha256(buf_text(&request->body), request->body.len,
		pair + strlen(pair));
	return add_query(&request->url, pair, strlen(pair));
}

/* Signs URL and parameters, of which only a form's are signed one by one. */
static enum err
sign(struct signed_request *request, const char *token, struct reason *reason)
{
	struct intake intake;
	enum err err = ERR_OK;

	intake_init(&intake);
	if (request->carrier == CARRIER_FORM)
		err = intake_parse(&intake, CARRIER_FORM,
			buf_text(&request->body), request->body.len, "", 0,
			reason);
	if (err == ERR_OK)
		err = signature_sign(token, buf_text(&request->url),
			&intake.form, intake.n_body, request->signature);
	intake_free(&intake);
	return err;
}

enum err
signed_request_make(struct signed_request *request, const char *token,
	const char *url, enum carrier carrier, const void *content, size_t len,
	struct reason *reason)
{
	enum err err;

	buf_clear(&request->url);
	buf_clear(&request->body);
	request->carrier = carrier;
	(void)err_reason(reason, ERR_MEMORY, "out of memory");
	err = add_url(&request->url, url, reason);
	if (err == ERR_OK && carrier == CARRIER_QUERY)
		err = add_query(&request->url, content, len);
	else if (err == ERR_OK)
		err = buf_add(&request->body, content, len);
	if (err == ERR_OK && carrier == CARRIER_JSON)
		err = add_digest(request, reason);
	if (err == ERR_TOO_LARGE)
		return err_reason(reason, err,
			"the URL exceeds %d bytes, or the body %d",
			LIMIT_ORIGIN + LIMIT_TARGET, LIMIT_BODY);
	return err == ERR_OK ? sign(request, token, reason) : err;
}
