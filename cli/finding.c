#include "config.h"

#include "finding.h"

#include <string.h>

#include "expand.h"

#define SET_ORIGIN "Set HOOKSWITCH_PUBLIC_URL = {origin}"
#define IN_CONSOLE "in Twilio's console"
#define PASS_BODY                                                              \
	"Have the body passed on as it comes: it is the web application "      \
	"firewall, the proxy or the framework before the endpoint that "       \
	"changes it."

/* name, what is found, what mends it, weight */
static const struct row {
	const char *name, *found, *mend;
	enum finding_weight weight;
} rows[FINDING__MAX] = {
#define ROW(finding, weight, name, found, mend)                                \
	[FINDING_##finding] = {name, found, mend, WEIGHT_##weight}
	ROW(NONE, NOTE, "none", "", ""),
	ROW(ACCEPTED, CAUSE, "accepted",
		"The signature is right, and with these settings the endpoint "
		"takes the request.",
		"If it was refused all the same, the endpoint has other "
		"settings than this command has found: compare what SetEnv "
		"says with the settings file. Or the web server refused it "
		"by itself, and there is no line of hookswitch in its log."),
	ROW(URL_UNKNOWN, CAUSE, "url-unknown",
		"The signature is right for this URL.",
		"The endpoint takes another for it, as it has to build it from "
		"what the web server tells. " SET_ORIGIN),
	ROW(SCHEME_HTTPS, CAUSE, "scheme-https",
		"Twilio signed {signed}, the endpoint saw {seen}: something "
		"before it ends TLS.",
		SET_ORIGIN),
	ROW(SCHEME_HTTP, CAUSE, "scheme-http",
		"Twilio signed {signed}, the endpoint saw {seen}.",
		"Give Twilio the URL with {seen} " IN_CONSOLE
		"; HOOKSWITCH_PUBLIC_URL then begins with it, too."),
	ROW(WEBSOCKET, CAUSE, "websocket",
		"It was signed as {signed}: a websocket, such as a Media "
		"Stream opens.",
		"Hookswitch takes webhooks. Give the stream the address of a "
		"program that speaks websocket."),
	ROW(USER_KEPT, CAUSE, "user-kept",
		"It was signed with the user and the password that are in the "
		"URL.",
		"Write them in HOOKSWITCH_PUBLIC_URL before the host, as they "
		"are " IN_CONSOLE "."),
	ROW(USER_REMOVED, NOTE, "user-removed",
		"User and password were left out before it was signed, as "
		"Twilio documents.",
		""),
	ROW(HOST_CASE, CAUSE, "host-case",
		"Twilio signed the host as \"{signed}\", the endpoint has it "
		"as \"{seen}\".",
		SET_ORIGIN),
	ROW(HOST_WWW, CAUSE, "host-www",
		"Twilio signed \"{signed}\", the endpoint takes itself for "
		"\"{seen}\".",
		SET_ORIGIN " (or give Twilio the other host " IN_CONSOLE ")."),
	ROW(HOST_DOT, CAUSE, "host-dot",
		"The host that Twilio signed is \"{signed}\", not \"{seen}\": "
		"a dot at its end makes it another.",
		"Take the dot away " IN_CONSOLE "."),
	ROW(HOST_OTHER, CAUSE, "host-other",
		"Twilio signed the host \"{signed}\", the endpoint takes "
		"itself for \"{seen}\".",
		SET_ORIGIN),
	ROW(PORT_HIDDEN, CAUSE, "port-hidden",
		"Twilio signed the port \"{signed}\", which the endpoint does "
		"not see.",
		SET_ORIGIN),
	ROW(PORT_SHOWN, CAUSE, "port-shown",
		"Twilio signed no port, the endpoint saw \"{seen}\".",
		SET_ORIGIN),
	ROW(PORT_OTHER, CAUSE, "port-other",
		"Twilio signed the port \"{signed}\", the endpoint saw "
		"\"{seen}\".",
		SET_ORIGIN),
	ROW(PATH_SLASH_LOST, CAUSE, "path-slash-lost",
		"Twilio signed a \"/\" at the end of the path, which is gone "
		"on the way.",
		"Take it away " IN_CONSOLE ", or the rule that removes it."),
	ROW(PATH_SLASH_ADDED, CAUSE, "path-slash-added",
		"The path has got a \"/\" at its end on the way.",
		"Put it there " IN_CONSOLE ", too, or take away the rule that "
		"adds it."),
	ROW(PATH_PREFIX_LOST, CAUSE, "path-prefix-lost",
		"Twilio signed the path \"{signed}\", of which something on "
		"the way left \"{seen}\".",
		SET_ORIGIN),
	ROW(PATH_PREFIX_ADDED, CAUSE, "path-prefix-added",
		"Twilio signed the path \"{signed}\", the endpoint took "
		"\"{seen}\" for it.",
		SET_ORIGIN
		" (if that is what it says, a rule puts the beginning "
		"before the path on the way)."),
	ROW(PATH_IN_SETTING, CAUSE, "path-in-setting",
		"HOOKSWITCH_PUBLIC_URL has the whole address of an endpoint in "
		"it, so that the path is there twice.",
		"It is the address of the site: " SET_ORIGIN),
	ROW(PATH_DOUBLE_SLASH, CAUSE, "path-double-slash",
		"Twilio signed the path \"{signed}\", the endpoint saw "
		"\"{seen}\": two slashes have become one, or one two.",
		"Write it with one " IN_CONSOLE
		", and HOOKSWITCH_PUBLIC_URL without a \"/\" at its end."),
	ROW(PATH_REWRITTEN, CAUSE, "path-rewritten",
		"Twilio signed the path \"{signed}\", the endpoint saw "
		"\"{seen}\", to which a rewrite rule leads.",
		"The web server must pass REQUEST_URI as it was asked for: "
		"rewrite within the server, with no redirect and no proxy to "
		"itself."),
	ROW(PATH_CASE, CAUSE, "path-case",
		"Twilio signed the path \"{signed}\", the endpoint saw "
		"\"{seen}\": capitals count.",
		"Write it the same way " IN_CONSOLE "."),
	ROW(PATH_ESCAPES, CAUSE, "path-escapes",
		"Twilio signed the path \"{signed}\", the endpoint saw "
		"\"{seen}\": something has encoded or decoded it.",
		"Use a path of letters, digits and \"-\" alone."),
	ROW(PATH_OTHER, CAUSE, "path-other",
		"Twilio signed the path \"{signed}\", the endpoint saw "
		"\"{seen}\".",
		"Give Twilio the other one " IN_CONSOLE
		", or mend the rule that changes it."),
	ROW(QUERY_ORDER, CAUSE, "query-order",
		"The query came in another order than it was signed in.",
		"Write its parameters in the order of the alphabet " IN_CONSOLE
		", which Twilio and others sort it into."),
	ROW(QUERY_PLUS, CAUSE, "query-plus",
		"A blank in the query was signed as \"%20\" and came as "
		"\"+\".",
		"Avoid blanks in the query " IN_CONSOLE "."),
	ROW(QUERY_BLANK, CAUSE, "query-blank",
		"A blank in the query was signed as \"+\" and came as "
		"\"%20\".",
		"Avoid blanks in the query " IN_CONSOLE
		", or write \"%20\" there."),
	ROW(QUERY_APOSTROPHE, CAUSE, "query-apostrophe",
		"An apostrophe in the query was signed in one way (' or %27) "
		"and came in the other.",
		"Use POST " IN_CONSOLE ", or avoid apostrophes in the query."),
	ROW(QUERY_HEX, CAUSE, "query-hex",
		"The hexadecimal digits in the query (%2b or %2B) came in "
		"other letters than they were signed in.",
		"Write them in capitals " IN_CONSOLE "."),
	ROW(QUERY_DECODED, CAUSE, "query-decoded",
		"Characters in the query were signed as they are and came "
		"encoded, as SIP addresses do.",
		"Use POST " IN_CONSOLE
		", or write the query in letters and digits."),
	ROW(QUERY_ENCODED, CAUSE, "query-encoded",
		"Characters in the query were signed encoded and came as they "
		"are: something has decoded them.",
		"Write the query in letters and digits " IN_CONSOLE
		", or mend what decodes it."),
	ROW(QUERY_EMPTY, CAUSE, "query-empty",
		"A \"?\" with nothing behind it was signed, or was put there "
		"on the way.",
		"Take it away " IN_CONSOLE "."),
	ROW(QUERY_EQUALS, CAUSE, "query-equals",
		"A parameter of the query without a value was signed with "
		"\"=\" and came without, or the other way round.",
		"Give it a value " IN_CONSOLE "."),
	ROW(QUERY_ENTITIES, CAUSE, "query-entities",
		"The URL was signed with \"&amp;\" in its query.",
		"Write \"&\" " IN_CONSOLE
		"; \"&amp;\" belongs only into TwiML and HTML."),
	ROW(QUERY_LOST, CAUSE, "query-lost",
		"Twilio signed a query, which is gone on the way.",
		"The rewrite rule must keep it (in Apache it does unless the "
		"new address has a \"?\" itself)."),
	ROW(QUERY_ADDED, CAUSE, "query-added",
		"The query has got something on the way that was not signed.",
		"REQUEST_URI must be what was asked for: mend the proxy or the "
		"rule that adds to it."),
	ROW(QUERY_OTHER, CAUSE, "query-other",
		"Twilio signed another query than the endpoint saw.",
		"Mend the proxy or the rule that changes it."),
	ROW(BODY_NOT_SIGNED, CAUSE, "body-not-signed",
		"The URL alone was signed, none of the parameters in the body: "
		"so does Twilio with a GET and with JSON.",
		"Was it a GET that something has made a POST of? Set the "
		"method " IN_CONSOLE " to what arrives."),
	ROW(BODY_AS_QUERY, CAUSE, "body-as-query",
		"The parameters were signed as those of a POST and came in the "
		"query of a GET.",
		"Something has made a GET of the POST, a redirect or a proxy: "
		"give Twilio the address that it leads to."),
	ROW(BODY_PLUS, CAUSE, "body-plus",
		"A \"+\" has become a blank, in telephone numbers first of "
		"all: the body was decoded twice.",
		PASS_BODY),
	ROW(BODY_EMPTY_DROPPED, CAUSE, "body-empty-dropped",
		"Parameters without a value ({name}) were signed and have been "
		"dropped.",
		PASS_BODY),
	ROW(BODY_NULL, CAUSE, "body-null",
		"Parameters without a value came as \"null\".", PASS_BODY),
	ROW(BODY_TRIMMED, CAUSE, "body-trimmed",
		"Blanks or newlines at the end or beginning of a value were "
		"signed and have been cut off.",
		PASS_BODY),
	ROW(BODY_NEWLINES, CAUSE, "body-newlines",
		"Newlines have been written in another way (CR LF or LF) than "
		"they were signed in.",
		PASS_BODY),
	ROW(BODY_CHARSET, CAUSE, "body-charset",
		"The text was signed as UTF-8 and came as Latin-1.", PASS_BODY),
	ROW(BODY_CHARSET_TWICE, CAUSE, "body-charset-twice",
		"The text has been made UTF-8 a second time.", PASS_BODY),
	ROW(BODY_ENTITIES, CAUSE, "body-entities",
		"Characters have become HTML entities, such as \"&amp;\".",
		PASS_BODY),
	ROW(BODY_BACKSLASHES, CAUSE, "body-backslashes",
		"Backslashes have been put before quotes.", PASS_BODY),
	ROW(BODY_ENCODED_TWICE, CAUSE, "body-encoded-twice",
		"The body has been encoded a second time.", PASS_BODY),
	ROW(BODY_BRACKETS, CAUSE, "body-brackets",
		"Names have got \"[]\" at their end.", PASS_BODY),
	ROW(BODY_JOINED, CAUSE, "body-joined",
		"The values of a name that is there several times have been "
		"joined by a comma.",
		PASS_BODY),
	ROW(BODY_ADDED, CAUSE, "body-added",
		"The parameter \"{name}\" was not signed: something has added "
		"it.",
		PASS_BODY),
	ROW(BODY_QUERY_ADDED, CAUSE, "body-query-added",
		"The parameters of the query stand among those of the body, "
		"where they were not signed.",
		"They count once, in the URL. If this list comes from a "
		"framework, take that of the body alone."),
	ROW(TOKEN_QUOTES, CAUSE, "token-quotes",
		"{name} is right but for the quotes around it.",
		"Take the quotes away: what stands behind \"=\" counts as it "
		"is."),
	ROW(TOKEN_INVISIBLE, CAUSE, "token-invisible",
		"{name} is right but for an invisible character in it, which "
		"it was copied with.",
		"Type it again, or copy it from another place."),
	ROW(TOKEN_CASE, CAUSE, "token-case",
		"{name} is right but for its letters, which must be small.",
		"Copy it from Twilio's console as it is."),
	ROW(TOKEN_COMMA, CAUSE, "token-comma",
		"{name} is several tokens with commas between them.",
		"Put blanks between them."),
	ROW(TOKEN_PAIR, CAUSE, "token-pair",
		"{name} is right but for what stands before it.",
		"Leave out what is before the token, such as the SID and "
		"\":\"."),
	ROW(TOKEN_OTHER_ACCOUNT, CAUSE, "token-other-account",
		"It is signed with {name}, and the request says that it is of "
		"another account.",
		"A subaccount's webhooks are signed with the subaccount's own "
		"token: write each token in the line of its own account."),
	ROW(TOKEN_EXTRA, CAUSE, "token-extra",
		"It is signed with {name}, which is not in the settings.",
		"If it is the auth token of that account, add it to "
		"TWILIO_AUTH_TOKEN, behind the others with a blank between "
		"them."),
	ROW(TOKEN_SHAPE, NOTE, "token-shape",
		"{name} does not look like an auth token, which is 32 "
		"hexadecimal digits in small letters.",
		"Webhooks are signed with the account's auth token, never with "
		"an API key's secret."),
	ROW(TOKEN_IS_SID, CAUSE, "token-is-sid",
		"{name} is a SID, not a token.",
		"Put the auth token there, which stands below the account SID "
		"in Twilio's console."),
	ROW(SIGNATURE_STRIPPED, CAUSE, "signature-stripped",
		"The request comes from Twilio by its other headers, but "
		"without X-Twilio-Signature: something on the way has taken "
		"that out.",
		"Have the proxy or the firewall pass the header on."),
	ROW(SIGNATURE_MISSING, CAUSE, "signature-missing",
		"The request has no X-Twilio-Signature: most likely it is not "
		"Twilio's.",
		"Nothing has to be done about strangers. If it is Twilio's, "
		"have the proxy pass the header on; a test of your own is "
		"signed by \"hookswitch send\"."),
	ROW(SIGNATURE_SHA256, CAUSE, "signature-sha256",
		"The signature is as long as one of SHA-256: that of a shared "
		"key of Twilio's Webhooks configuration, not of the auth "
		"token.",
		"Take the rule for this URL away there, so that the auth token "
		"signs."),
	ROW(SIGNATURE_TWICE, CAUSE, "signature-twice",
		"The header X-Twilio-Signature is there several times, or "
		"holds "
		"several.",
		"Have the proxy pass it on once."),
	ROW(SIGNATURE_ALTERED, CAUSE, "signature-altered",
		"The signature has been changed on the way, or when it was "
		"copied: quotes, an encoding, or \"=\" or \"+\" lost.",
		"It is 28 characters that end with \"=\"; have the header "
		"passed on as it is."),
	ROW(SIGNATURE_LENGTH, CAUSE, "signature-length",
		"The signature is not 28 characters long: it is none of "
		"Twilio's, or was cut off.",
		"Look at what the header holds, and at what comes before the "
		"endpoint."),
	ROW(ACCOUNT_OTHER, CAUSE, "account-other",
		"The request is of account {name}, which is not in the "
		"settings.",
		"If it is yours (a subaccount, the account of test "
		"credentials), add it to HOOKSWITCH_ACCOUNTS with its own auth "
		"token."),
	ROW(ACCOUNT_MISSING, NOTE, "account-missing",
		"The request has no AccountSid, so that it is taken as "
		"TWILIO_ACCOUNT_SID's.",
		"Twilio sends one with almost all webhooks: is the body "
		"complete?"),
	ROW(ACCOUNT_SHAPE, CAUSE, "account-shape",
		"TWILIO_ACCOUNT_SID is {name}, which is no account's SID: one "
		"is \"AC\" and 32 hexadecimal digits.",
		"Copy the Account SID from Twilio's console, without quotes; "
		"an "
		"API key's begins with SK."),
	ROW(TYPE_MULTIPART, CAUSE, "type-multipart",
		"The body is multipart/form-data, which Twilio never sends.",
		"Something before the endpoint has written it anew: have it "
		"passed on as it comes. A test is sent as "
		"application/x-www-form-urlencoded."),
	ROW(TYPE_OTHER, CAUSE, "type-other",
		"The content type is \"{name}\", neither a form's nor JSON's.",
		"Have the header Content-Type passed on; a test is sent as "
		"application/x-www-form-urlencoded."),
	ROW(METHOD, CAUSE, "method",
		"The method is \"{name}\"; Twilio sends GET and POST.",
		"It is not a webhook of Twilio's."),
	ROW(REDIRECTED, CAUSE, "redirected",
		"It is a GET without any parameter: a POST looks like that "
		"when it was redirected.",
		"Give Twilio the address that the redirect leads to (with or "
		"without www., https, \"/\" at the end)."),
	ROW(BODY_EMPTY, CAUSE, "body-empty",
		"It is a POST without a body: the parameters are lost.",
		"Look for a redirect, or for a proxy or module that reads the "
		"body and does not pass it on."),
	ROW(BODY_CUT, NOTE, "body-cut",
		"The body is not as long as Content-Length says.",
		"It was cut off, or copied incompletely; line ends count, "
		"too."),
	ROW(BODY_LOWER_CASE, CAUSE, "body-lower-case",
		"The names of the parameters are in small letters: something "
		"has changed them, and they are signed as they were.",
		PASS_BODY),
	ROW(JSON_DIGEST_MISSING, CAUSE, "json-digest-missing",
		"A JSON body must be announced by bodySHA256 in the query, "
		"which is not there.",
		"If Twilio sent it, the query was lost on the way: the rewrite "
		"rule must keep it."),
	ROW(JSON_DIGEST_TWO, CAUSE, "json-digest-two",
		"The query has several bodySHA256 that differ.",
		"Leave it out " IN_CONSOLE ": Twilio puts it there itself."),
	ROW(JSON_BODY_CHANGED, CAUSE, "json-body-changed",
		"The JSON body is not the one that bodySHA256 announces: it "
		"was "
		"changed, or written anew.",
		PASS_BODY),
	ROW(FORWARDED_SCHEME, NOTE, "forwarded-scheme",
		"A proxy says that it was called by {signed}, and the endpoint "
		"tried only {seen}.",
		SET_ORIGIN),
	ROW(FORWARDED_HOST, NOTE, "forwarded-host",
		"A proxy says that it was called as \"{signed}\", and the "
		"endpoint tried only \"{seen}\".",
		SET_ORIGIN),
	ROW(PUBLIC_URL_UNSET, NOTE, "public-url-unset",
		"HOOKSWITCH_PUBLIC_URL is not set, so that the endpoint builds "
		"the URL from what the web server tells it.",
		"Set it to the site's address as Twilio knows it, such as "
		"https://example.com."),
	ROW(PUBLIC_URL_PRIVATE, NOTE, "public-url-private",
		"The host \"{seen}\" is one that only your own network knows.",
		"HOOKSWITCH_PUBLIC_URL must be the address that Twilio calls."),
	ROW(HOST_UNDERSCORE, NOTE, "host-underscore",
		"The host \"{seen}\" has a \"_\" in it, which Twilio does not "
		"take for status callbacks.",
		"Give the host a name without it."),
	ROW(FRAGMENT, NOTE, "fragment",
		"What stands behind \"#\" in the URL is neither sent nor "
		"signed.",
		""),
	ROW(BODY_UNKNOWN, NOTE, "body-unknown",
		"Without the parameters the signature cannot be tried: a log "
		"has only their names.",
		"Give the request itself (--request, or --signature and "
		"--data-file): Twilio's console shows it under Monitor, "
		"Errors."),
	ROW(URL_NOT_GIVEN, NOTE, "url-not-given",
		"Which URL is set in Twilio's console is not known here.",
		"Give it by --url: it is what was signed."),
	ROW(NO_TOKEN, CAUSE, "no-token",
		"There is no auth token in the settings.",
		"Name the settings file by --config, and set "
		"TWILIO_ACCOUNT_SID "
		"and TWILIO_AUTH_TOKEN in it."),
	ROW(NO_FIT, NOTE, "no-fit",
		"The signature fits no URL, no parameters and no token that "
		"were tried. The clock does not matter: Twilio signs no time.",
		"Compare the token with the primary auth token in Twilio's "
		"console: a secondary one signs nothing before it is promoted, "
		"a subaccount and each region has its own, test credentials "
		"and API keys sign nothing. Others can be tried by --tokens."),
#undef ROW
};

const char *
finding_name(enum finding finding)
{
	return rows[finding].name;
}

enum finding_weight
finding_weight(enum finding finding)
{
	return rows[finding].weight;
}

static enum err
text_value(const void *context, const char *name, struct buf *out)
{
	const struct finding_texts *texts = context;
	const struct {
		const char *name, *value;
	} values[] = {
		{"seen",   texts->seen      },
		{"signed", texts->was_signed},
		{"origin", texts->origin    },
		{"name",   texts->name      },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(name, values[i].name) == 0)
			return buf_add_text(out,
				values[i].value != NULL ? values[i].value : "");
	return ERR_MALFORMED;
}

enum err
finding_describe(enum finding finding, const struct finding_texts *texts,
	struct buf *found, struct buf *mend)
{
	const struct expand_source source = {text_value, texts};
	enum err err = expand(found, rows[finding].found, &source, NULL);

	return err == ERR_OK ? expand(mend, rows[finding].mend, &source, NULL)
			     : err;
}
