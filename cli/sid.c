#include "config.h"

#include "sid.h"

#include <string.h>

#define HEX "0123456789abcdefABCDEF"

bool
sid_is_plain(const char *sid)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t len = strspn(sid, plain);

	return len > 0 && len <= SID_MOST && sid[len] == '\0' && sid[0] != '-';
}

bool
sid_begins(const char *sid, const char *letters)
{
	return strncmp(sid, letters, 2) == 0 && strlen(sid) == 34 &&
	       strspn(sid + 2, HEX) == 32;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool
is_uuid(const char *text)
{
	static const size_t groups[] = {8, 4, 4, 4, 12};
	const size_t n = sizeof groups / sizeof groups[0];

	for (size_t i = 0; i < n; i++) {
		if (strspn(text, HEX) != groups[i])
			return false;
		text += groups[i];
		if (*text != (i + 1 < n ? '-' : '\0'))
			return false;
		text += i + 1 < n;
	}
	return true;
}

static bool
has_letters(const char *sid)
{
	return strspn(sid, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 2 &&
	       sid_begins(sid, sid);
}

enum err
sid_check(const char *sid, const char *letters, const char *option,
	struct reason *reason)
{
	if (is_uuid(sid) ||
		(letters != NULL ? sid_begins(sid, letters) : has_letters(sid)))
		return ERR_OK;
	return err_reason(reason, ERR_MALFORMED,
		"--%s must look like %s0123456789abcdef0123456789abcdef, not "
		"like \"%.60s\"",
		option, letters != NULL ? letters : "CA", sid);
}
