#ifndef HOOKSWITCH_VARIABLE_H
#define HOOKSWITCH_VARIABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "buf.h"
#include "err.h"
#include "expand.h"

/*
 * What "{name}" stands for in a scenario.
 *
 *	{account}          the account that signs
 *	{us} {them}        telephone numbers
 *	{call} {message} {recording} {room} and so on
 *	                   a SID, the same throughout a run and another in
 *	                   each; {call2} is a second one
 *	{time} {time-40}   now, or 40 seconds before, as voice writes times
 *	{isotime}          the same as video does
 *	{run}              the number of the run
 *	{newline}          a newline
 */

#define VARIABLES_SET 32

struct variables {
	const char *account_sid;
	const char *us;           /* NULL for Twilio's test number */
	unsigned char secret[16]; /* makes the SIDs of this call others */
	unsigned long run;
	struct timespec now;
	/* Those that were given; they go before all others. */
	struct {
		const char *name, *value;
	} set[VARIABLES_SET];
	size_t n_set;
};

/* Makes *variables ready; the texts are borrowed.  ERR_IO without chance. */
enum err variables_init(struct variables *variables, const char *account_sid,
	const char *us) NODISCARD;

/* Gives one a value, both borrowed; false if there are too many. */
bool variables_set(
	struct variables *variables, const char *name, const char *value);

/* Appends a value, for struct expand_source. */
enum err variables_value(
	const void *variables, const char *name, struct buf *out) NODISCARD;

/* Whether there is one of that name, as far as none was given. */
bool variable_exists(const char *name);

/*
 * 32 hexadecimal digits that are the same for the same word and run, and for
 * nothing else.
 */
void variables_digits(
	const struct variables *variables, const char *word, char digits[33]);

#endif
