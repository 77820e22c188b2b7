#include "config.h"

#include "access.h"

#include <string.h>
#include <strings.h>

#include "digest.h"

#define SCHEME "Bearer "

/* What RFC 6750 allows in a token. */
#define TOKEN_CHARACTERS                                                       \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/" \
	"="

/* The token that came with the request, NULL if there is none. */
static const char *
bearer(const struct request *request)
{
	/* Apache itself gives the second name to what a rewrite rule has set.
	 */
	static const char *const names[] = {
		"HTTP_AUTHORIZATION", "REDIRECT_HTTP_AUTHORIZATION"};
	const char *header = NULL;

	for (size_t i = 0; header == NULL && i < 2; i++)
		header = request_variable(request, names[i]);
	if (header == NULL || strncasecmp(header, SCHEME, strlen(SCHEME)) != 0)
		return NULL;
	header += strlen(SCHEME);
	return header + strspn(header, " ");
}

/* By digests: these are of one length, whatever the tokens are. */
static enum err
compare(const char *given, const char *token, struct reason *reason)
{
	char a[DIGEST_SHA256_HEX], b[DIGEST_SHA256_HEX];

	digest_sha256(given, strlen(given), a);
	digest_sha256(token, strlen(token), b);
	if (!digest_equal(a, b, sizeof a))
		return err_reason(reason, ERR_REFUSED,
			"the bearer token is not HOOKSWITCH_FEED_TOKEN");
	return ERR_OK;
}

enum err
access_check(const struct request *request, const struct settings *settings,
	struct reason *reason)
{
	const char *user = request_variable(request, "REMOTE_USER");
	const char *token = settings_get(settings, SETTING_FEED_TOKEN);
	const char *given = bearer(request);

	if (user != NULL && user[0] != '\0')
		return ERR_OK;
	if (token == NULL)
		return err_reason(reason, ERR_REFUSED,
			"the web server has authenticated nobody, and "
			"HOOKSWITCH_FEED_TOKEN is not set");
	if (strlen(token) < ACCESS_TOKEN_MIN ||
		token[strspn(token, TOKEN_CHARACTERS)] != '\0')
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_FEED_TOKEN\" must have at least "
			"%d characters, of A-Z, a-z, 0-9 and -._~+/=",
			ACCESS_TOKEN_MIN);
	if (given == NULL)
		return err_reason(reason, ERR_REFUSED,
			"there is neither a user nor a bearer token");
	return compare(given, token, reason);
}
