#include "config.h"

#include "api_address.h"

#include <stdio.h>
#include <string.h>

#include "url_parts.h"

static const char *const hosts[TWILIO_PRODUCT__MAX] = {
	[TWILIO_API] = "api",
	[TWILIO_MESSAGING] = "messaging",
	[TWILIO_VIDEO] = "video",
	[TWILIO_TRUNKING] = "trunking",
};

/* A host that is this machine, by a name that nobody else can give. */
static bool
is_here(struct url_piece host)
{
	return url_piece_equal(host, url_piece_of("localhost")) ||
	       url_piece_equal(host, url_piece_of("[::1]")) ||
	       (host.len > 4 && memcmp(host.text, "127.", 4) == 0 &&
		       strspn(host.text, "0123456789.") >= host.len);
}

static enum err
check_api(const char *api, struct reason *reason)
{
	struct url_parts parts;

	if (api == NULL)
		return ERR_OK;
	if (url_split(&parts, api) && parts.part[URL_USER].len == 0 &&
		parts.part[URL_QUERY].len == 0 &&
		parts.part[URL_FRAGMENT].len == 0 &&
		(url_piece_equal(
			 parts.part[URL_SCHEME], url_piece_of("https")) ||
			(url_piece_equal(parts.part[URL_SCHEME],
				 url_piece_of("http")) &&
				is_here(parts.part[URL_HOST]))))
		return ERR_OK;
	return err_reason(reason, ERR_SETTING,
		"setting \"HOOKSWITCH_TWILIO_API\" must look like "
		"https://example.com, or http://127.0.0.1:8080");
}

/* An edge or a region is one label of a host's name. */
static enum err
check_label(const struct settings *settings, enum setting setting,
	struct reason *reason)
{
	const char *value = settings_get(settings, setting);

	if (value != NULL &&
		(value[strspn(value,
			 "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0' ||
			strlen(value) > 63))
		return err_reason(reason, ERR_SETTING,
			"setting \"%s\" must be a name like \"%s\"",
			settings_name(setting),
			setting == SETTING_TWILIO_EDGE ? "dublin" : "ie1");
	return ERR_OK;
}

enum err
api_address_read(struct api_address *address, const struct settings *settings,
	struct reason *reason)
{
	enum err err;

	address->api = settings_get(settings, SETTING_TWILIO_API);
	address->edge = settings_get(settings, SETTING_TWILIO_EDGE);
	address->region = settings_get(settings, SETTING_TWILIO_REGION);
	err = check_api(address->api, reason);
	if (err == ERR_OK)
		err = check_label(settings, SETTING_TWILIO_EDGE, reason);
	if (err == ERR_OK)
		err = check_label(settings, SETTING_TWILIO_REGION, reason);
	return err;
}

/* As Twilio's libraries have it: an edge without a region is in us1. */
enum err
api_address_add(const struct api_address *address, enum twilio_product product,
	struct buf *url)
{
	const char *region = address->region;
	char base[256];
	size_t len;

	if (address->api != NULL) {
		len = strlen(address->api);
		while (len > 0 && address->api[len - 1] == '/')
			len--;
		return buf_add(url, address->api, len);
	}
	if (region == NULL && address->edge != NULL)
		region = "us1";
	(void)snprintf(base, sizeof base, "https://%s%s%s%s%s.twilio.com",
		hosts[product], address->edge != NULL ? "." : "",
		address->edge != NULL ? address->edge : "",
		region != NULL ? "." : "", region != NULL ? region : "");
	return buf_add_text(url, base);
}
