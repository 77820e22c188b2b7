#ifndef HOOKSWITCH_TEST_SPOOL_SAMPLE_H
#define HOOKSWITCH_TEST_SPOOL_SAMPLE_H

#include "buf.h"
#include "spool_record.h"

/*
 * A record for the tests of the spool.
 */

#define SPOOL_TEXT(literal)                                                    \
	{                                                                      \
		(literal), sizeof(literal) - 1                                 \
	}

extern const struct spool_record spool_sample;

/* A record is that one. */
void spool_sample_check(int line, const struct spool_record *got,
	const struct spool_record *want);

/* A record's bytes; the caller frees them. */
void spool_sample_format(
	int line, struct buf *text, const struct spool_record *record);

#endif
