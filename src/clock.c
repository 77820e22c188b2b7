#include "config.h"

#include "clock.h"

#include <time.h>

long long
clock_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
clock_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(condition, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

bool
clock_wait(
	pthread_cond_t *condition, pthread_mutex_t *mutex, long long deadline)
{
	const struct timespec until = {.tv_sec = deadline / 1000,
		.tv_nsec = deadline % 1000 * 1000000};

	return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
