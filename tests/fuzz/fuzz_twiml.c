/*
 * TwiML: the first line of the input is a form, the rest a reply file.  What
 * comes out is again a document that can be filled in.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "limit.h"
#include "twiml.h"

static void
fill(struct form *form, const char *document, size_t len)
{
	struct buf once, twice;

	buf_init(&once, LIMIT_TWIML);
	buf_init(&twice, 2 * LIMIT_TWIML);
	if (twiml_fill(&once, document, len, form, NULL) == ERR_OK) {
		form->n = 0;
		FUZZ_REQUIRE(twiml_fill(&twice, buf_text(&once), once.len, form,
				     NULL) == ERR_OK);
	}
	buf_free(&once);
	buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	struct form form;
	struct buf line;

	if (newline == NULL || size > LIMIT_TWIML)
		return 0;
	buf_init(&line, LIMIT_TWIML);
	form_init(&form);
	if (buf_add(&line, data, (size_t)(newline - data)) == ERR_OK &&
		form_parse(&form, line.data, line.len, NULL) == ERR_OK)
		fill(&form, (const char *)newline + 1,
			size - (size_t)(newline - data) - 1);
	form_free(&form);
	buf_free(&line);
	return 0;
}
