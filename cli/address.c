#include "config.h"

#include "address.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* Digits of a number in E.164: no country has shorter ones than Niue's. */
#define E164_LEAST 7
#define E164_MOST 15

/* Longer ones are somebody's mistake; SIP's can be long. */
#define ADDRESS_MOST 255

static bool
is_made_of(const char *text, const char *set, size_t least, size_t most)
{
	size_t len = strlen(text);

	return len >= least && len <= most && strspn(text, set) == len;
}

/* What follows the "+". */
static bool
is_e164(const char *text)
{
	return text[0] != '0' &&
	       is_made_of(text, DIGITS, E164_LEAST, E164_MOST);
}

static bool
is_number(const char *text)
{
	return text[0] == '+' && is_e164(text + 1);
}

/* Printable, without blanks: what may stand behind most prefixes. */
static bool
is_word(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		if (*at <= ' ' || *at == 0x7F)
			return false;
	return text[0] != '\0';
}

static bool
is_sip(const char *text)
{
	const char *at = strchr(text, '@');

	return is_word(text) && at != NULL && at != text && at[1] != '\0';
}

static bool
is_agent(const char *text)
{
	return is_number(text) ||
	       is_made_of(text, LETTERS DIGITS "_-.", 1, 100);
}

static bool
is_short_code(const char *text)
{
	return is_made_of(text, DIGITS, 3, 8);
}

/* An alphanumeric sender's name has a letter in it. */
static bool
is_sender_name(const char *text)
{
	return is_made_of(text, LETTERS DIGITS " +-_&", 1, 11) &&
	       strpbrk(text, LETTERS) != NULL;
}

#define CALL (ADDRESS_CALL_TO | ADDRESS_CALL_FROM)
#define MESSAGE (ADDRESS_MESSAGE_TO | ADDRESS_MESSAGE_FROM)

/* before, what follows, for which uses */
static const struct shape {
	const char *prefix;
	bool (*fits)(const char *text);
	unsigned uses;
} shapes[] = {
	{"",	       is_number,      CALL | MESSAGE      },
	{"sip:",           is_sip,         CALL                },
	{"sips:",          is_sip,         CALL                },
	{"client:",        is_word,        CALL                },
	{ADDRESS_WHATSAPP, is_number,      MESSAGE             },
	{"rcs:",           is_number,      ADDRESS_MESSAGE_TO  },
	{"rcs:",           is_agent,       ADDRESS_MESSAGE_FROM},
	{"messenger:",     is_word,        MESSAGE             },
	{"",	       is_short_code,  ADDRESS_MESSAGE_FROM},
	{"",	       is_sender_name, ADDRESS_MESSAGE_FROM},
};

static const char *
shape_of(enum address_use use)
{
	switch (use) {
	case ADDRESS_CALL_TO:
		return "+15551230001, sip:alice@example.com or client:alice";
	case ADDRESS_CALL_FROM:
		return "+15551230001 or client:alice";
	case ADDRESS_MESSAGE_TO:
		return "+15551230001, whatsapp:+15551230001 or "
		       "rcs:+15551230001";
	case ADDRESS_MESSAGE_FROM:
		break;
	}
	return "+15551230001, whatsapp:+15551230001, rcs:agent, a short code "
	       "or a name of up to 11 letters";
}

enum err
address_check(const char *address, enum address_use use, const char *name,
	struct reason *reason)
{
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		size_t len = strlen(shapes[i].prefix);

		if ((shapes[i].uses & use) != 0 &&
			strncmp(address, shapes[i].prefix, len) == 0 &&
			strlen(address) <= ADDRESS_MOST &&
			shapes[i].fits(address + len))
			return ERR_OK;
	}
	return err_reason(reason, ERR_MALFORMED,
		"%s must look like %s, not like \"%.60s\"", name, shape_of(use),
		address);
}

bool
address_is_contact(const char *address)
{
	static const char *const prefixes[] = {"client:", "messenger:", "rcs:",
		"sim:", "sip:", "sips:", "whatsapp:"};

	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		size_t len = strlen(prefixes[i]);

		if (strncasecmp(address, prefixes[i], len) == 0)
			return address[len] != '\0';
	}
	return address[strspn(address, DIGITS "+ ().-")] == '\0';
}

bool
address_is_number(const char *address)
{
	return is_number(address);
}

bool
address_is_whatsapp(const char *address)
{
	return strncmp(address, ADDRESS_WHATSAPP, strlen(ADDRESS_WHATSAPP)) ==
	       0;
}
