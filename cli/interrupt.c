#include "config.h"

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t came;

/* What the handler writes to, so that no wait can miss it. */
static int pipes[2] = {-1, -1};

static void
note(int number)
{
	int saved = errno;

	(void)number;
	came = 1;
	(void)!write(pipes[1], "", 1);
	errno = saved;
}

void
interrupt_catch(void)
{
	static const int numbers[] = {SIGINT, SIGTERM};
	struct sigaction action;

	/* Without the pipe a wait ends late, at the end of its time. */
	(void)!pipe2(pipes, O_CLOEXEC | O_NONBLOCK);
	memset(&action, 0, sizeof action);
	action.sa_handler = note;
	action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		(void)sigaction(numbers[i], &action, NULL);
}

bool
interrupt_came(void)
{
	return came != 0;
}

bool
interrupt_wait_for(int fd, int milliseconds)
{
	/* Of those that are -1 nothing comes. */
	struct pollfd ends[] = {
		{pipes[0], POLLIN, 0},
                {fd,       POLLIN, 0}
        };

	if (!interrupt_came())
		(void)!poll(ends, sizeof ends / sizeof ends[0], milliseconds);
	return !interrupt_came();
}

bool
interrupt_wait(int milliseconds)
{
	return interrupt_wait_for(-1, milliseconds);
}
