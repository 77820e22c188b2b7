#include "config.h"

#include "advice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "data.h"

/* What is to be tried, and what cron is to do. */
static void
advise_commands(const struct setup *setup, const char *url)
{
	const struct place *place = &setup->place;
	const char *public_url =
		settings_get(&setup->settings, SETTING_PUBLIC_URL);
	bool is_below = public_url != NULL && url[0] != '\0' &&
			strcmp(public_url, url) != 0;
	char self[PATH_MAX];

	data_find_self(self);
	printf("\nThen, with this in your profile:\n"
	       "  export HOOKSWITCH_CONFIG=%s\n",
		place->config);
	printf("is all in order?\n"
	       "  hookswitch doctor %s%s%s\n"
	       "does a message arrive?\n"
	       "  hookswitch send inbound-message %s%s%sBody='first light'\n",
		place->directory, is_below ? " --site " : "",
		is_below ? url : "", is_below ? url : "",
		is_below ? "/api/webhooks/{endpoint}" : "",
		is_below ? " " : "");
	printf("and for crontab, so that nothing waits when no request "
	       "comes:\n"
	       "  */5 * * * * %s replay --quiet --config %s\n"
	       "so that recordings can be played on the page:\n"
	       "  47 * * * * %s recordings --prune --quiet --config %s\n",
		self, place->config, self, place->config);
}

/* Where one can watch, and what one is asked for there. */
static void
advise_page(const struct setup *setup, const char *url)
{
	char installed[PATH_MAX];

	if (data_find(installed, "console", NULL) != ERR_OK)
		return;
	printf("\nThe page that shows what comes in, as it comes:\n"
	       "  %s/hookswitch/console/\n",
		url);
	if (settings_get(&setup->settings, SETTING_FEED_TOKEN) != NULL)
		printf("It asks for the token that stands in the settings file "
		       "as HOOKSWITCH_FEED_TOKEN.\n");
	else
		printf("It opens to users of the web server, or who has a "
		       "token: write one into the\n"
		       "settings file as HOOKSWITCH_FEED_TOKEN, from "
		       "\"openssl rand -hex 24\".\n");
}

/* What Twilio is told. */
static void
advise_urls(const char *url)
{
	static const struct {
		const char *endpoint, *of;
	} rows[] = {
		{"voice",      "a call comes in"                    },
		{"sms",        "a message comes in"                 },
		{"whatsapp",   "WhatsApp: when a message comes in"  },
		{"status",     "status callbacks of calls, messages"},
		{"recording",  "recording status callbacks"         },
		{"video-room", "video room status callbacks"        },
		{"webhook",    "any of these, Monitor and Debugger" },
	};

	printf("\nThe URLs for Twilio, all with POST; \"hookswitch "
	       "provision\" sets them, or you do in\n"
	       "its console:\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		printf("  %-38s %s/api/webhooks/%s\n", rows[i].of, url,
			rows[i].endpoint);
}

void
advice_print(const struct setup_server *server, const struct setup *setup,
	const char *url)
{
	server->advise(stdout, setup);
	advise_commands(setup, url);
	advise_page(setup, url);
	advise_urls(url);
}
