#include "config.h"

#include "sample.h"

#include <stdlib.h>

#include "check.h"

void
sample_open(struct sample *sample, const char *text)
{
	struct reason reason = {""};

	form_init(&sample->form);
	sample->text = strdup(text);
	assert_non_null(sample->text);
	if (form_parse(&sample->form, sample->text, strlen(text), &reason) !=
		ERR_OK)
		fail_msg("\"%s\" is not a form: %s", text, reason.text);
}

void
sample_close(struct sample *sample)
{
	form_free(&sample->form);
	free(sample->text);
	sample->text = NULL;
}

void
sample_fill(char *text, size_t size, char c)
{
	memset(text, c, size - 1);
	text[size - 1] = '\0';
}
