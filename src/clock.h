#ifndef HOOKSWITCH_CLOCK_H
#define HOOKSWITCH_CLOCK_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Milliseconds of a clock that only goes forward, and threads that wait until
 * one of them.
 */

long long clock_milliseconds(void);

/* Makes a condition that clock_wait takes; ended with pthread_cond_destroy. */
void clock_condition(pthread_cond_t *condition);

/*
 * Waits for a condition, at the most until that millisecond; false if it is
 * over.  As pthread_cond_timedwait otherwise.
 */
bool clock_wait(
	pthread_cond_t *condition, pthread_mutex_t *mutex, long long deadline);

#endif
