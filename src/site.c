#include "config.h"

#include "site.h"

#include "file.h"

static const char *
variable(const void *request, const char *name)
{
	return request_variable(request, name);
}

/* Found out when it is set, not when it is needed. */
static enum err
check_spool(const struct site *site, const struct request *request,
	struct reason *reason)
{
	const char *spool = settings_get(&site->settings, SETTING_SPOOL);
	const char *root = request_variable(request, "DOCUMENT_ROOT");
	enum err err = ERR_OK;

	if (spool != NULL && root != NULL)
		err = file_check_outside(spool, root);
	if (err == ERR_SETTING)
		return err_reason(reason, err,
			"setting \"HOOKSWITCH_SPOOL\" must be a directory "
			"outside the document root");
	if (err != ERR_OK)
		return err_reason(reason, err, "out of memory");
	return ERR_OK;
}

enum err
site_load(
	struct site *site, const struct request *request, struct reason *reason)
{
	const struct settings_source source = {variable, request};
	enum err err = settings_load(&site->settings, &source, reason);

	site->database.connection = NULL;
	if (err == ERR_OK)
		err = settings_require(&site->settings, SETTING_DATABASE,
			&site->database.connection, reason);
	site->database.prepare = settings_prepare(&site->settings);
	if (err == ERR_OK)
		err = check_spool(site, request, reason);
	return err;
}

void
site_free(struct site *site)
{
	settings_free(&site->settings);
}
