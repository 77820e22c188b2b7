#include "config.h"

#include "http_url.h"

#include <strings.h>

char *
http_url_part(const char *url, CURLUPart which)
{
	CURLU *parsed = curl_url();
	char *text = NULL;

	if (parsed != NULL &&
		curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		(void)curl_url_get(parsed, which, &text, CURLU_DEFAULT_PORT);
	curl_url_cleanup(parsed);
	return text;
}

static bool
has_same(const char *a, const char *b, CURLUPart which)
{
	char *left = http_url_part(a, which);
	char *right = http_url_part(b, which);
	bool same =
		left != NULL && right != NULL && strcasecmp(left, right) == 0;

	curl_free(left);
	curl_free(right);
	return same;
}

bool
http_url_has_same_origin(const char *a, const char *b)
{
	return has_same(a, b, CURLUPART_SCHEME) &&
	       has_same(a, b, CURLUPART_HOST) && has_same(a, b, CURLUPART_PORT);
}

bool
http_url_has_scheme(const char *url, const char *wanted)
{
	char *scheme = http_url_part(url, CURLUPART_SCHEME);
	bool has = scheme != NULL && strcasecmp(scheme, wanted) == 0;

	curl_free(scheme);
	return has;
}
