#include "config.h"

#include "shape.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "limit.h"
#include "url_parts.h"

#define HEX_DIGITS 32 /* of a SID behind its prefix, and of a token */
#define BLANKS " \t"

static bool
is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr("0123456789abcdef", text[i]) == NULL)
			return false;
	return len == HEX_DIGITS;
}

/* "xxxx", as many as the reader of an example has to replace. */
static bool
is_all_x(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (tolower((unsigned char)text[i]) != 'x')
			return false;
	return len > 1;
}

static bool
is_sid_placeholder(const char *value)
{
	return strncmp(value, "AC", 2) == 0 &&
	       is_all_x(value + 2, strlen(value + 2));
}

static bool
is_api_key(const char *value)
{
	return strncmp(value, "SK", 2) == 0;
}

static bool
is_no_account(const char *value)
{
	return strncmp(value, "AC", 2) != 0 ||
	       !is_hex(value + 2, strlen(value + 2));
}

/* Whether any of the tokens in a value is such a one. */
static bool
has_token(const char *value, bool (*is)(const char *token, size_t len))
{
	for (value += strspn(value, BLANKS); *value != '\0';
		value += strspn(value, BLANKS)) {
		size_t len = strcspn(value, BLANKS);

		if (is(value, len))
			return true;
		value += len;
	}
	return false;
}

static bool
has_token_placeholder(const char *value)
{
	return has_token(value, is_all_x);
}

static bool
is_sid(const char *token, size_t len)
{
	return len == HEX_DIGITS + 2 && isupper((unsigned char)token[0]) &&
	       isupper((unsigned char)token[1]) && is_hex(token + 2, len - 2);
}

static bool
has_sid(const char *value)
{
	return has_token(value, is_sid);
}

static bool
has_quotes(const char *value)
{
	return value[strcspn(value, "\"'`")] != '\0';
}

static bool
has_commas(const char *value)
{
	return value[strcspn(value, ",;")] != '\0';
}

static bool
has_too_many(const char *value)
{
	size_t n = 0;

	for (value += strspn(value, BLANKS); *value != '\0'; n++) {
		value += strcspn(value, BLANKS);
		value += strspn(value, BLANKS);
	}
	return n > LIMIT_TOKENS;
}

static bool
is_no_token(const char *token, size_t len)
{
	return !is_hex(token, len);
}

static bool
has_odd_token(const char *value)
{
	return has_token(value, is_no_token);
}

static bool
is_no_origin(const char *value)
{
	struct url_parts parts;

	return !url_split(&parts, value) ||
	       strncasecmp(value, "http", 4) != 0 ||
	       parts.part[URL_QUERY].len > 0 ||
	       parts.part[URL_FRAGMENT].len > 0 ||
	       value[strcspn(value, BLANKS "\"<>")] != '\0';
}

static struct url_piece
part_of(const char *url, enum url_part part)
{
	struct url_parts parts;

	(void)url_split(&parts, url); /* it was looked at before */
	return parts.part[part];
}

static bool
has_example_host(const char *value)
{
	static const char *const hosts[] = {
		"example.com", "www.example.com", "example.org", "example.net"};
	struct url_piece host = part_of(value, URL_HOST);

	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (url_piece_equal(host, url_piece_of(hosts[i])))
			return true;
	return false;
}

static bool
has_endpoint(const char *value)
{
	struct url_piece path = part_of(value, URL_PATH);

	return memmem(path.text, path.len, "/api/webhooks", 13) != NULL ||
	       memmem(path.text, path.len, ".fcgi", 5) != NULL;
}

static bool
has_underscore(const char *value)
{
	struct url_piece host = part_of(value, URL_HOST);

	return memchr(host.text, '_', host.len) != NULL;
}

static bool
has_private_host(const char *value)
{
	return url_host_is_private(part_of(value, URL_HOST));
}

static bool
is_plain_http(const char *value)
{
	return part_of(value, URL_SCHEME).len == 4;
}

/* The one of the README. */
static bool
is_database_placeholder(const char *value)
{
	return strstr(value, "dbname=example") != NULL &&
	       strstr(value, "password=secret") != NULL;
}

static bool
is_no_number(const char *value)
{
	size_t digits = strspn(value + (value[0] == '+'), "0123456789");

	return value[0] != '+' || value[1] == '0' || digits < 7 ||
	       digits > 15 || value[1 + digits] != '\0';
}

#define SID "TWILIO_ACCOUNT_SID "
#define TOKEN "TWILIO_AUTH_TOKEN "
#define URL "HOOKSWITCH_PUBLIC_URL "
#define COPY_SID "copy the Account SID from the first page of Twilio's console"
#define COPY_TOKEN                                                             \
	"copy the auth token, which stands below the Account SID in Twilio's " \
	"console"

_Static_assert(LIMIT_TOKENS == 4, "a text below says so");

/* Of a setting the first rule that applies counts. */
static const struct rule {
	enum setting setting;
	bool (*applies)(const char *value);
	struct opinion opinion;
} rules[] = {
#define RULE(setting, applies, shape, found, mend)                             \
	{                                                                      \
		SETTING_##setting, applies,                                    \
		{                                                              \
			SHAPE_##shape, found, mend                             \
		}                                                              \
	}
	RULE(ACCOUNT_SID, is_sid_placeholder, WRONG,
		SID "is still the placeholder of the example", COPY_SID),
	RULE(ACCOUNT_SID, is_api_key, WRONG,
		SID "is the SID of an API key; an account's begins with AC",
		COPY_SID),
	RULE(ACCOUNT_SID, is_no_account, WRONG,
		SID "is no account's SID, which is AC and 32 hexadecimal "
		    "digits in small letters",
		COPY_SID),
	RULE(AUTH_TOKEN, has_token_placeholder, WRONG,
		TOKEN "is still the placeholder of the example", COPY_TOKEN),
	RULE(AUTH_TOKEN, has_sid, WRONG, TOKEN "is a SID, not a token",
		COPY_TOKEN),
	RULE(AUTH_TOKEN, has_quotes, WRONG,
		TOKEN "has quotes around it, which count as a part of it",
		"take the quotes away"),
	RULE(AUTH_TOKEN, has_commas, WRONG,
		TOKEN "has commas in it, which count as a part of it",
		"put blanks between tokens"),
	RULE(AUTH_TOKEN, has_too_many, WRONG, TOKEN "holds more than 4 tokens",
		"leave out those that are no longer valid"),
	RULE(AUTH_TOKEN, has_odd_token, ODD,
		TOKEN "does not look like an auth token, which is 32 "
		      "hexadecimal digits in small letters",
		"webhooks are signed with the account's auth token, never with "
		"the secret of an API key"),
	RULE(PUBLIC_URL, is_no_origin, WRONG,
		URL "does not look like https://example.com, with nothing but "
		    "a path behind it",
		"write the address of the site as Twilio knows it"),
	RULE(PUBLIC_URL, has_example_host, WRONG,
		URL "is still the placeholder of the example",
		"write the address of the site as Twilio knows it"),
	RULE(PUBLIC_URL, has_endpoint, WRONG,
		URL "is the address of an endpoint, not of the site",
		"leave out /api/webhooks and what follows it"),
	RULE(PUBLIC_URL, has_private_host, ODD,
		URL "is an address that only your own network knows, and "
		    "Twilio cannot call it",
		"for more than a test, write the address of the site in "
		"public"),
	RULE(PUBLIC_URL, has_underscore, ODD,
		URL "has a host with a \"_\" in it, which Twilio does not take "
		    "for status callbacks",
		"give the host a name without it"),
	RULE(PUBLIC_URL, is_plain_http, ODD,
		URL "has no TLS: everybody on the way can read what people "
		    "write",
		"use https://"),
	RULE(DATABASE, is_database_placeholder, WRONG,
		"HOOKSWITCH_DATABASE is still the placeholder of the example",
		"write the connection string of your database, as your host's "
		"control panel tells it"),
	RULE(PHONE_NUMBER, is_no_number, ODD,
		"TWILIO_PHONE_NUMBER is no number as Twilio writes it, such as "
		"+15551230001",
		"write it with + and the country code, and without blanks"),
#undef RULE
};

struct opinion
shape_judge(enum setting setting, const char *value)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].setting == setting && rules[i].applies(value))
			return rules[i].opinion;
	return (struct opinion){SHAPE_GOOD, NULL, NULL};
}
