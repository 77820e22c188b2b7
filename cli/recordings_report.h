#ifndef HOOKSWITCH_RECORDINGS_REPORT_H
#define HOOKSWITCH_RECORDINGS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

/*
 * What hookswitch recordings prints: each file, if it is to, and the numbers
 * at the end.
 */

enum recording_outcome {
	RECORDING_FETCHED,
	RECORDING_LATER,  /* Twilio does not have it yet */
	RECORDING_GONE,   /* Twilio has it no more; it is not asked for again */
	RECORDING_FAILED, /* it can be tried again */
	RECORDING_PRUNED, /* its file was deleted */
	RECORDING__MAX
};

struct recordings_report {
	bool json, quiet, verbose;
	const char *format;
	size_t counts[RECORDING__MAX];
	unsigned long long bytes;
	bool is_short; /* something could not be printed */
};

/* One file; why is NULL where there is nothing to explain. */
void recordings_report_file(struct recordings_report *report,
	enum recording_outcome outcome, const char *sid,
	unsigned long long size, const struct reason *why);

/* The numbers.  ERR_MEMORY if something could not be printed. */
enum err recordings_report_end(struct recordings_report *report) NODISCARD;

#endif
