#include "config.h"

#include "probe.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "buf.h"

/* found, mend: of an address */
static const struct row {
	const char *found, *mend;
} rows[PROBE__MAX] = {
	[PROBE_ENDPOINT] = {"answers as it should",                                ""                                                     },
	[PROBE_SETTING] = {"has settings that it cannot use (500)",
			    "the web server's error log names the setting; is the settings "
		"file readable for the user that the programs run as?"                                                                    },
	[PROBE_AWAY] = {"cannot store anything (503)",
			    "look at the database and the spool; the web server's error "
		"log says why"													    },
	[PROBE_METHOD] = {"is not an endpoint (405)",
			    "a rule leads the request to another program: run "
		"\"hookswitch init\" again"											       },
	[PROBE_SOURCE] = {"is handed out as a file instead of being run",
			    "the web server has no handler for it: see "
		"hookswitch/.htaccess, which needs AllowOverride FileInfo and "
		"Options=ExecCGI, and mod_fcgid or mod_cgi(d)"									    },
	[PROBE_LISTING] = {"shows a listing of a directory",
			    "run \"hookswitch init\" again: there is no program, and no "
		"rule, for this address"												  },
	[PROBE_STATIC] = {"is taken for a file, to which nobody can POST (405)",
			    "the web server has no handler for it: see "
		"hookswitch/.htaccess, which needs AllowOverride FileInfo and "
		"Options=ExecCGI, and mod_fcgid or mod_cgi(d)"									    },
	[PROBE_REDIRECT] = {"redirects, and a POST that is redirected loses "
			    "its parameters",          "give Twilio the address that it leads to, as "
		"HOOKSWITCH_PUBLIC_URL too, or take these addresses out of "
		"the rule"				       },
	[PROBE_LOGIN] = {"wants a user and a password (401)",
			    "take these addresses out of it, or put user and password "
		"into the URL at Twilio and into HOOKSWITCH_PUBLIC_URL"                                                                   },
	[PROBE_FORBIDDEN] = {"is refused by the web server itself, or by a "
			     "filter before it (403)", "its error log says why: the executable's mode or owner, a "
		"link, ExecCGI, an application firewall"},
	[PROBE_NOT_FOUND] = {"is not there (404)",
			    "are the lines of Hookswitch in .htaccess, above all others, "
		"is .htaccess read at all (AllowOverride), and is mod_rewrite "
		"there?"														  },
	[PROBE_LIMIT] = {"has had too many requests (429)",
			    "wait a minute and try again; what is signed must not be "
		"counted"														 },
	[PROBE_TOO_LARGE] = {"takes no body of that size (413)",
			    "have the limit on bodies raised"									     },
	[PROBE_BROKEN] = {"cannot be run by the web server (500)",
			    "its error log says why: the executable's mode or owner, the "
		"directory's, a library that is missing, a directive that "
		".htaccess must not have"												 },
	[PROBE_GATEWAY] = {"gets no answer from what should run it (502, 503, "
			   "504)",		     "do the programs run, and can the web server reach their "
		"sockets?"						  },
	[PROBE_OTHER] = {"is answered by something else",
			    "another application takes these addresses: put the lines of "
		"Hookswitch in .htaccess above its own"										   },
};

static bool
has_type(const struct http_answer *answer, const char *type)
{
	const char *header = http_header(answer, "Content-Type");

	return header != NULL && strncasecmp(header, type, strlen(type)) == 0;
}

static bool
holds(const struct http_answer *answer, const char *text)
{
	return memmem(buf_text(&answer->body), answer->body.len, text,
		       strlen(text)) != NULL;
}

/* A program for this machine. */
static bool
is_source(const struct http_answer *answer)
{
	return answer->body.len > 4 &&
	       memcmp(buf_text(&answer->body), "\177ELF", 4) == 0;
}

/* Our own answers have no body but a 405's, which is JSON. */
static enum probe
judge_error(const struct http_answer *answer)
{
	bool is_empty = answer->body.len == 0;

	switch (answer->status) {
	case 401:
	case 407:
		return PROBE_LOGIN;
	case 403:
		return is_empty ? PROBE_ENDPOINT : PROBE_FORBIDDEN;
	case 404:
	case 410:
		return PROBE_NOT_FOUND;
	case 405:
		return is_empty || has_type(answer, "application/json")
			       ? PROBE_METHOD
			       : PROBE_STATIC;
	case 413:
		return PROBE_TOO_LARGE;
	case 429:
		return PROBE_LIMIT;
	case 500:
		return is_empty ? PROBE_SETTING : PROBE_BROKEN;
	case 503:
		return is_empty ? PROBE_AWAY : PROBE_GATEWAY;
	case 502:
	case 504:
		return PROBE_GATEWAY;
	default:
		return PROBE_OTHER;
	}
}

enum probe
probe_judge(const struct http_answer *answer, const char *method)
{
	if (answer->status / 100 == 3)
		return PROBE_REDIRECT;
	if (answer->status / 100 != 2)
		return judge_error(answer);
	if (is_source(answer))
		return PROBE_SOURCE;
	if (strcmp(method, "GET") == 0 && holds(answer, "<title>Index of"))
		return PROBE_LISTING;
	return PROBE_OTHER;
}

const char *
probe_found(enum probe probe)
{
	return rows[probe].found;
}

const char *
probe_mend(enum probe probe)
{
	return rows[probe].mend;
}

const char *
probe_mend_trouble(enum http_trouble trouble)
{
	switch (trouble) {
	case HTTP_NO_HOST:
		return "is the name right, and in the DNS?";
	case HTTP_NO_CONNECTION:
		return "does the web server run, on this port, and is no "
		       "firewall before it?";
	case HTTP_NO_TRUST:
		return "Twilio will not trust it either (11220, 11235 to "
		       "11237): get a certificate of a public authority for "
		       "this name, and have it sent with its chain";
	case HTTP_TOO_SLOW:
		return "Twilio gives up after 15 seconds, too (11205): what "
		       "keeps the web server or the program busy?";
	case HTTP_BROKEN:
		return "is it a web server that listens there, and does it "
		       "speak TLS if the URL begins with https?";
	case HTTP_FINE:
		break;
	}
	return "look at the web server's error log";
}
