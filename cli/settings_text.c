#include "config.h"

#include "settings_text.h"

#define HEAD                                                                   \
	"# Settings of Hookswitch, made by \"hookswitch init\".  Keep this "   \
	"file to yourself.\n"                                                  \
	"# What there is to set, and what a line looks like: man "             \
	"hookswitch.conf\n"                                                    \
	"\n"

static enum err
add_line(struct buf *out, enum setting setting, const char *value)
{
	enum err err = buf_add_text(out, settings_name(setting));

	if (err == ERR_OK)
		err = buf_add_text(out, " = ");
	if (err == ERR_OK)
		err = buf_add_text(out, value);
	return err == ERR_OK ? buf_add_text(out, "\n") : err;
}

enum err
settings_text_write(struct buf *out, const char *before,
	const struct settings *there, const struct settings *settings)
{
	enum err err = buf_add_text(out, before[0] != '\0' ? before : HEAD);

	for (int i = 0; i < SETTING__MAX && err == ERR_OK; i++) {
		enum setting setting = (enum setting)i;
		const char *value = settings_get(settings, setting);

		if (value == NULL || settings_get(there, setting) != NULL)
			continue;
		if (buf_text(out)[out->len - 1] != '\n')
			err = buf_add_text(out, "\n");
		if (err == ERR_OK)
			err = add_line(out, setting, value);
	}
	return err;
}
