#include "config.h"

#include "opt_out.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\n"

static const struct {
	const char *word, *means;
} words[] = {
	{"STOP",        "STOP" },
	{"STOPALL",     "STOP" },
	{"UNSUBSCRIBE", "STOP" },
	{"CANCEL",      "STOP" },
	{"END",         "STOP" },
	{"QUIT",        "STOP" },
	{"REVOKE",      "STOP" },
	{"OPTOUT",      "STOP" },
	{"START",       "START"},
	{"UNSTOP",      "START"},
	{"YES",         "YES"  },
	{"HELP",        "HELP" },
	{"INFO",        "HELP" },
};

/* What a text means that is one of the words and no more. */
static const char *
meaning(const char *text)
{
	size_t len;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]) != NULL)
		len--;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i].word) == len &&
			strncasecmp(text, words[i].word, len) == 0)
			return words[i].means;
	return NULL;
}

const char *
opt_out_word(const struct form *form)
{
	const char *type = form_value(form, "OptOutType");
	const char *body = form_value(form, "Body");

	if (form_value(form, "MessageSid") == NULL)
		return NULL;
	if (type != NULL)
		return meaning(type);
	return body != NULL ? meaning(body) : NULL;
}
