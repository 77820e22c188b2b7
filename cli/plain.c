#include "config.h"

#include "plain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sid.h"
#include "signature.h"

#define SHA256_LEN 44 /* of base64 */

/* What a rule has to say, and room for texts of its own. */
struct told {
	struct finding_texts texts;
	char one[256], two[256];
};

/* One thing to look for: whether it is so, and of what. */
struct rule {
	enum finding finding;
	bool (*applies)(const struct inquiry *inquiry, struct told *told);
};

static const struct refused *
request_of(const struct inquiry *inquiry)
{
	return inquiry->question->request;
}

static const struct form *
form_of(const struct inquiry *inquiry)
{
	return &inquiry->intake.form;
}

/* What the line in the log says of why. */
static bool
log_says(const struct inquiry *inquiry, const char *text)
{
	const char *why = request_of(inquiry)->why;

	return why != NULL && strstr(why, text) != NULL;
}

/* Whether we would know if there were a signature. */
static bool
has_no_signature(const struct inquiry *inquiry)
{
	const struct refused *request = request_of(inquiry);

	return inquiry->header == NULL &&
	       (request->n_headers > 0 ||
		       log_says(inquiry, "has no X-Twilio-Signature"));
}

static bool
is_from_twilio(const struct inquiry *inquiry)
{
	const struct refused *request = request_of(inquiry);
	const char *agent = refused_value(request, "User-Agent");

	return (agent != NULL && strstr(agent, "Twilio") != NULL) ||
	       refused_find(request, "I-Twilio-Idempotency-Token", NULL) !=
		       NULL ||
	       refused_find(request, "X-Home-Region", NULL) != NULL;
}

static bool
signature_stripped(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return has_no_signature(inquiry) && is_from_twilio(inquiry);
}

static bool
signature_missing(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return has_no_signature(inquiry) && !is_from_twilio(inquiry);
}

static bool
signature_twice(const struct inquiry *inquiry, struct told *told)
{
	size_t n;

	(void)told;
	(void)refused_find(request_of(inquiry), "X-Twilio-Signature", &n);
	return n > 1 || (inquiry->header != NULL &&
				strchr(inquiry->header, ',') != NULL);
}

static bool
signature_altered(const struct inquiry *inquiry, struct told *told)
{
	return inquiry->has_signature && !signature_twice(inquiry, told) &&
	       strcmp(inquiry->signature, inquiry->header) != 0;
}

static bool
signature_sha256(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return inquiry->header != NULL && inquiry->header_len == SHA256_LEN;
}

static bool
signature_length(const struct inquiry *inquiry, struct told *told)
{
	if (log_says(inquiry, "is not 28 characters"))
		return !signature_sha256(inquiry, told);
	return inquiry->header != NULL && !inquiry->has_signature &&
	       inquiry->header_len != DIGEST_SIGNATURE_SIZE - 1 &&
	       !signature_sha256(inquiry, told);
}

static bool
is_json(const struct inquiry *inquiry)
{
	return inquiry->carrier == CARRIER_JSON && inquiry->knows_parameters;
}

static bool
account_other(const struct inquiry *inquiry, struct told *told)
{
	static const char *const openings[] = {"account \"", "account \\\""};

	told->texts.name = form_value(form_of(inquiry), "AccountSid");
	if (told->texts.name != NULL)
		return inquiry->question->keys->n > 0 &&
		       !inquiry->question->keys->has_account;
	for (size_t i = 0; i < 2; i++) {
		const char *why = request_of(inquiry)->why;
		const char *sid = why != NULL ? strstr(why, openings[i]) : NULL;

		if (sid == NULL || strstr(sid, " is not ") == NULL)
			continue;
		sid += strlen(openings[i]);
		(void)snprintf(told->one, sizeof told->one, "%.*s",
			(int)strcspn(sid, "\\\""), sid);
		told->texts.name = told->one;
		return true;
	}
	return false;
}

static bool
account_shape(const struct inquiry *inquiry, struct told *told)
{
	const char *own = inquiry->question->own_sid;

	told->texts.name = own;
	return own != NULL && !sid_begins(own, "AC") &&
	       !inquiry->question->keys->has_account;
}

/* A token of ours that is none. */
static bool
token_is_sid(const struct inquiry *inquiry, struct told *told)
{
	const struct keys *keys = inquiry->question->keys;

	for (size_t i = 0; i < keys->n; i++)
		if (keys->list[i].cost == 0 &&
			(sid_begins(keys->list[i].token, "AC") ||
				sid_begins(keys->list[i].token, "SK"))) {
			told->texts.name = keys->list[i].name;
			return true;
		}
	return false;
}

static bool
no_token(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return inquiry->question->keys->n == 0;
}

static bool
has_type(const struct inquiry *inquiry, const char *type)
{
	return strncasecmp(inquiry->type, type, strlen(type)) == 0;
}

static bool
type_multipart(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return has_type(inquiry, "multipart/");
}

static bool
type_other(const struct inquiry *inquiry, struct told *told)
{
	told->texts.name = inquiry->type;
	return strcmp(inquiry->method, "POST") == 0 &&
	       inquiry->type[0] != '\0' && !has_type(inquiry, "multipart/") &&
	       !has_type(inquiry, "application/x-www-form-urlencoded") &&
	       !has_type(inquiry, "application/json");
}

static bool
wrong_method(const struct inquiry *inquiry, struct told *told)
{
	told->texts.name = inquiry->method;
	return inquiry->method[0] != '\0' &&
	       strcmp(inquiry->method, "GET") != 0 &&
	       strcmp(inquiry->method, "POST") != 0;
}

static bool
websocket(const struct inquiry *inquiry, struct told *told)
{
	const char *upgrade = refused_value(request_of(inquiry), "Upgrade");
	struct url_piece scheme = inquiry->given.parts.part[URL_SCHEME];

	told->texts.was_signed = "wss";
	return (upgrade != NULL && strcasecmp(upgrade, "websocket") == 0) ||
	       (inquiry->given.is_known && tolower(*scheme.text) == 'w');
}

static bool
redirected(const struct inquiry *inquiry, struct told *told)
{
	const struct refused *request = request_of(inquiry);
	bool has_query =
		request->has_query ||
		(inquiry->path != NULL && strchr(inquiry->path, '?') != NULL);

	return strcmp(inquiry->method, "GET") == 0 && !has_query &&
	       !websocket(inquiry, told) && request->target != NULL;
}

static bool
body_empty(const struct inquiry *inquiry, struct told *told)
{
	const struct refused *request = request_of(inquiry);
	bool has_none =
		request->source == REFUSED_HTTP
			? request->body_len == 0
			: request->names != NULL && request->names[0] == '\0';

	(void)told;
	return strcmp(inquiry->method, "POST") == 0 && has_none;
}

static bool
body_cut(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return request_of(inquiry)->is_cut;
}

/* Whether a list of names with ", " between them has one. */
static bool
lists(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (; names != NULL && *names != '\0';
		names += strcspn(names, ","), names += strspn(names, ", "))
		if (strncmp(names, name, len) == 0 &&
			strchr(",", names[len]) != NULL)
			return true;
	return false;
}

/* Whether the request has a parameter of that name. */
static bool
has_name(const struct inquiry *inquiry, const char *name)
{
	return form_find(form_of(inquiry), name) != NULL ||
	       lists(request_of(inquiry)->names, name);
}

static bool
body_lower_case(const struct inquiry *inquiry, struct told *told)
{
	static const char *const names[] = {"accountsid", "callsid",
		"messagesid", "smssid", "account_sid", "call_sid",
		"message_sid"};

	(void)told;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (has_name(inquiry, names[i]))
			return true;
	return false;
}

static bool
json_digest_missing(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return is_json(inquiry) &&
	       form_find(form_of(inquiry), "bodySHA256") == NULL;
}

static bool
json_digest_two(const struct inquiry *inquiry, struct told *told)
{
	const struct form *form = form_of(inquiry);
	const struct parameter *first = form_find(form, "bodySHA256");

	(void)told;
	for (size_t i = 0; i < form->n && first != NULL; i++)
		if (strcmp(form->parameters[i].name, first->name) == 0 &&
			strcmp(form->parameters[i].value, first->value) != 0)
			return is_json(inquiry);
	return false;
}

static bool
json_body_changed(const struct inquiry *inquiry, struct told *told)
{
	const struct refused *request = request_of(inquiry);

	return is_json(inquiry) && !json_digest_missing(inquiry, told) &&
	       !json_digest_two(inquiry, told) &&
	       signature_verify_body(form_of(inquiry), request->body,
		       request->body_len, NULL) == ERR_MALFORMED;
}

static const struct rule causes[] = {
	{FINDING_WEBSOCKET,           websocket          },
	{FINDING_METHOD,              wrong_method       },
	{FINDING_SIGNATURE_STRIPPED,  signature_stripped },
	{FINDING_SIGNATURE_MISSING,   signature_missing  },
	{FINDING_SIGNATURE_TWICE,     signature_twice    },
	{FINDING_SIGNATURE_ALTERED,   signature_altered  },
	{FINDING_SIGNATURE_SHA256,    signature_sha256   },
	{FINDING_SIGNATURE_LENGTH,    signature_length   },
	{FINDING_NO_TOKEN,            no_token           },
	{FINDING_TOKEN_IS_SID,        token_is_sid       },
	{FINDING_ACCOUNT_SHAPE,       account_shape      },
	{FINDING_ACCOUNT_OTHER,       account_other      },
	{FINDING_TYPE_MULTIPART,      type_multipart     },
	{FINDING_TYPE_OTHER,          type_other         },
	{FINDING_JSON_DIGEST_MISSING, json_digest_missing},
	{FINDING_JSON_DIGEST_TWO,     json_digest_two    },
	{FINDING_JSON_BODY_CHANGED,   json_body_changed  },
};

static bool
account_missing(const struct inquiry *inquiry, struct told *told)
{
	bool has_names = request_of(inquiry)->names != NULL &&
			 request_of(inquiry)->names[0] != '\0';

	return (form_of(inquiry)->n > 0 || has_names) && !is_json(inquiry) &&
	       !has_name(inquiry, "AccountSid") &&
	       !body_lower_case(inquiry, told);
}

static bool
token_shape(const struct inquiry *inquiry, struct told *told)
{
	const struct keys *keys = inquiry->question->keys;

	for (size_t i = 0; i < keys->n; i++) {
		const char *token = keys->list[i].token;

		if (keys->list[i].cost > 0 ||
			(strlen(token) == 32 &&
				strspn(token, "0123456789abcdef") == 32))
			continue;
		told->texts.name = keys->list[i].name;
		return !token_is_sid(inquiry, told);
	}
	return false;
}

/* Of the URLs that the endpoint tried, or takes it for, the first. */
static struct url_parts
tried_parts(const struct inquiry *inquiry)
{
	const struct refused *request = request_of(inquiry);
	struct url_parts parts;

	if (request->n_tried > 0 && url_split(&parts, request->tried[0]))
		return parts;
	return inquiry->seen.parts;
}

static bool
forwarded_scheme(const struct inquiry *inquiry, struct told *told)
{
	struct url_piece proto = inquiry_header(inquiry, "X-Forwarded-Proto");
	struct url_parts tried = tried_parts(inquiry);

	told->texts.was_signed = "https";
	told->texts.seen = "http";
	return proto.len == 5 && strncasecmp(proto.text, "https", 5) == 0 &&
	       tried.part[URL_SCHEME].len == 4;
}

static bool
forwarded_host(const struct inquiry *inquiry, struct told *told)
{
	struct url_piece proxy = inquiry_header(inquiry, "X-Forwarded-Host");
	struct url_piece tried = tried_parts(inquiry).part[URL_HOST];

	(void)snprintf(told->one, sizeof told->one, "%.*s", (int)proxy.len,
		proxy.text);
	told->one[strcspn(told->one, ":")] = '\0';
	(void)snprintf(told->two, sizeof told->two, "%.*s", (int)tried.len,
		tried.text != NULL ? tried.text : "");
	told->texts.was_signed = told->one;
	told->texts.seen = told->two;
	return told->one[0] != '\0' && told->two[0] != '\0' &&
	       strcasecmp(told->one, told->two) != 0;
}

static bool
public_url_unset(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return inquiry->question->public_url == NULL;
}

static bool
public_url_private(const struct inquiry *inquiry, struct told *told)
{
	const struct url_parts parts = tried_parts(inquiry);
	struct url_piece host = parts.part[URL_HOST];

	(void)snprintf(told->one, sizeof told->one, "%.*s", (int)host.len,
		host.text != NULL ? host.text : "");
	told->texts.seen = told->one;
	return url_host_is_private(host);
}

static bool
host_underscore(const struct inquiry *inquiry, struct told *told)
{
	struct url_piece piece = inquiry->given.parts.part[URL_HOST];

	if (!inquiry->given.is_known)
		return false;
	(void)snprintf(told->one, sizeof told->one, "%.*s", (int)piece.len,
		piece.text);
	told->texts.seen = told->one;
	return strchr(told->one, '_') != NULL;
}

static bool
fragment(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return inquiry->given.is_known &&
	       inquiry->given.parts.part[URL_FRAGMENT].len > 0;
}

static bool
body_unknown(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return !inquiry->knows_parameters;
}

static bool
url_not_given(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return !inquiry->given.is_known;
}

static bool
no_fit(const struct inquiry *inquiry, struct told *told)
{
	(void)told;
	return inquiry->knows_parameters && inquiry->has_signature;
}

static const struct rule rest[] = {
	{FINDING_REDIRECTED,         redirected        },
	{FINDING_BODY_EMPTY,         body_empty        },
	{FINDING_BODY_LOWER_CASE,    body_lower_case   },
	{FINDING_NO_FIT,             no_fit            },
	{FINDING_FORWARDED_SCHEME,   forwarded_scheme  },
	{FINDING_FORWARDED_HOST,     forwarded_host    },
	{FINDING_BODY_CUT,           body_cut          },
	{FINDING_ACCOUNT_MISSING,    account_missing   },
	{FINDING_TOKEN_SHAPE,        token_shape       },
	{FINDING_PUBLIC_URL_UNSET,   public_url_unset  },
	{FINDING_PUBLIC_URL_PRIVATE, public_url_private},
	{FINDING_HOST_UNDERSCORE,    host_underscore   },
	{FINDING_FRAGMENT,           fragment          },
	{FINDING_BODY_UNKNOWN,       body_unknown      },
	{FINDING_URL_NOT_GIVEN,      url_not_given     },
};

/* What HOOKSWITCH_PUBLIC_URL should be, as far as that can be told. */
static enum err
find_origin(const struct inquiry *inquiry, struct buf *origin)
{
	const struct inquiry_url *best = &inquiry->given;

	if (!best->is_known && inquiry->n_others > 0)
		best = &inquiry->others[0];
	if (!best->is_known)
		return buf_add_text(origin, "https://example.com");
	if (url_join(origin, &best->parts, URL_SCHEME, URL_SCHEME) != ERR_OK)
		return ERR_TOO_LARGE;
	return url_join(origin, &best->parts, URL_HOST, URL_PORT);
}

static enum err
apply(const struct rule *rules, size_t n, const struct inquiry *inquiry,
	struct diagnosis *diagnosis)
{
	struct buf origin;
	enum err err;

	buf_init(&origin, 4096);
	err = find_origin(inquiry, &origin);
	for (size_t i = 0; i < n && err == ERR_OK; i++) {
		struct told told = {
			.texts = {NULL, NULL, NULL, NULL}
                };

		told.texts.origin = buf_text(&origin);
		if (rules[i].applies(inquiry, &told))
			err = diagnosis_add(
				diagnosis, rules[i].finding, &told.texts);
	}
	buf_free(&origin);
	return err;
}

enum err
plain_causes(const struct inquiry *inquiry, struct diagnosis *diagnosis)
{
	return apply(
		causes, sizeof causes / sizeof causes[0], inquiry, diagnosis);
}

enum err
plain_rest(const struct inquiry *inquiry, struct diagnosis *diagnosis)
{
	return apply(rest, sizeof rest / sizeof rest[0], inquiry, diagnosis);
}
