#include "config.h"

#include "endpoint_url.h"

#include <string.h>

#include "http_form.h"
#include "overrides.h"
#include "url_parts.h"

#define MARK "{endpoint}"
#define USUAL_PATH "/api/webhooks/"

enum err
endpoint_url_check(const char *site, const char *name, struct reason *reason)
{
	struct url_parts parts;
	const struct url_piece *host = &parts.part[URL_HOST];

	/* Of what url_split takes, ws and wss are no site's. */
	if (!url_split(&parts, site) || memchr("wW", site[0], 2) != NULL ||
		parts.part[URL_USER].len > 0 || parts.part[URL_QUERY].len > 0 ||
		parts.part[URL_FRAGMENT].len > 0)
		return err_reason(reason, ERR_MALFORMED,
			"%s must look like https://example.com", name);
	if (memchr(host->text, '_', host->len) != NULL)
		return err_reason(reason, ERR_MALFORMED,
			"%s has a \"_\" in its host, which Twilio does not "
			"take",
			name);
	if (strlen(site) > ENDPOINT_URL / 2)
		return err_reason(reason, ERR_MALFORMED, "%s exceeds %d bytes",
			name, ENDPOINT_URL / 2);
	return ERR_OK;
}

/* The overrides that an option means. */
static const char *
overrides_of(const char *option)
{
	if (option == NULL)
		return OVERRIDES_USUAL;
	return strcmp(option, "none") == 0 ? "" : option + (option[0] == '#');
}

enum err
endpoint_urls_check(
	const char *site, const char *overrides, struct reason *reason)
{
	enum err err = ERR_OK;

	if (overrides != NULL && strcmp(overrides, "none") != 0)
		err = overrides_check(overrides_of(overrides), reason);
	if (err == ERR_OK && site != NULL)
		err = endpoint_url_check(site, "--site", reason);
	return err;
}

enum err
endpoint_urls_choose(struct endpoint_urls *urls,
	const struct settings *settings, const char *site,
	const char *overrides, struct reason *reason)
{
	const char *setting = settings_get(settings, SETTING_PUBLIC_URL);
	enum err err = endpoint_urls_check(site, overrides, reason);

	urls->site = site != NULL ? site : setting;
	urls->overrides = overrides_of(overrides);
	if (err != ERR_OK || site != NULL)
		return err;
	if (setting == NULL)
		return err_reason(reason, ERR_SETTING,
			"setting \"HOOKSWITCH_PUBLIC_URL\" is missing, and "
			"there is no --site");
	err = endpoint_url_check(
		setting, "setting \"HOOKSWITCH_PUBLIC_URL\"", reason);
	return err == ERR_OK ? ERR_OK : ERR_SETTING;
}

static enum err
add_place(struct buf *out, const char *site, const char *endpoint)
{
	const char *mark = strstr(site, MARK);
	size_t len = mark != NULL ? (size_t)(mark - site) : strlen(site);
	enum err err;

	while (mark == NULL && len > 0 && site[len - 1] == '/')
		len--;
	err = buf_add(out, site, len);
	if (err == ERR_OK && mark == NULL)
		err = buf_add_text(out, USUAL_PATH);
	if (err == ERR_OK)
		err = buf_add_text(out, endpoint);
	if (err == ERR_OK && mark != NULL)
		err = buf_add_text(out, mark + strlen(MARK));
	return err;
}

static enum err
add_campaign(struct buf *out, const char *campaign)
{
	struct buf query;
	enum err err;

	buf_init(&query, ENDPOINT_URL);
	err = http_add_pair(&query, "campaignId", campaign);
	if (err == ERR_OK)
		err = buf_add_text(out, "?");
	if (err == ERR_OK)
		err = buf_add(out, query.data, query.len);
	buf_free(&query);
	return err;
}

enum err
endpoint_url_add(struct buf *out, const struct endpoint_urls *urls,
	const char *endpoint, const char *campaign)
{
	enum err err = add_place(out, urls->site, endpoint);

	if (err == ERR_OK && campaign != NULL)
		err = add_campaign(out, campaign);
	if (err == ERR_OK && urls->overrides[0] != '\0')
		err = buf_add_text(out, "#");
	if (err == ERR_OK)
		err = buf_add_text(out, urls->overrides);
	return err;
}
