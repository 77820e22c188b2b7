#ifndef HOOKSWITCH_AGE_H
#define HOOKSWITCH_AGE_H

/*
 * How long ago something was, for a person.
 */

#define AGE_SIZE 24

/* "45 s", "3 min", "5 h" or "2 d"; "0 s" for a time to come. */
void age_format(long long seconds, char out[AGE_SIZE]);

#endif
