#ifndef HOOKSWITCH_TESTS_SAMPLE_H
#define HOOKSWITCH_TESTS_SAMPLE_H

#include "form.h"

/*
 * A form for a test, parsed from its encoded text.
 */

struct sample {
	struct form form;
	char *text; /* decoded; the form points into it */
};

/* Parses text, which must be well-formed; ended with sample_close. */
void sample_open(struct sample *sample, const char *text);

void sample_close(struct sample *sample);

/* size - 1 times the same character, and a NUL. */
void sample_fill(char *text, size_t size, char c);

#endif
