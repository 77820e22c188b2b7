#ifndef HOOKSWITCH_ANSWER_REPORT_H
#define HOOKSWITCH_ANSWER_REPORT_H

#include <stdbool.h>

#include "delivery.h"
#include "json_writer.h"

/*
 * What "send" prints: each answer as it comes, and the sum of them.
 */

struct answer_report {
	bool json;
	bool quiet; /* prints what was not answered with 2xx, and no sum */
	struct json_writer writer; /* of --json */
};

/* Begins; seed is 0 where nothing is shuffled. */
void answer_report_begin(
	struct answer_report *report, const struct delivery *delivery);

/* One answer: the tell of struct delivery, whose context is the report. */
void answer_report_tell(void *report, const struct delivery_answer *answer);

/* Ends; ERR_MEMORY if the JSON could not be written. */
enum err answer_report_end(struct answer_report *report,
	const struct delivery *delivery,
	const struct delivery_result *result) NODISCARD;

#endif
