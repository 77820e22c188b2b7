#include "config.h"

#include "service.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/select.h>

#include "limit.h"

/* What a piece that is replayed behind an answer may take. */
#define REPLAY_MILLISECONDS 500

/*
 * File descriptors: what the process has beside its requests (its stores'
 * connections, above all), and what one request has at the most (its own
 * connection, the spool's directories, a file).
 */
#define OWN_DESCRIPTORS 24
#define REQUEST_DESCRIPTORS 6

/* One thread and what it works on. */
struct worker {
	struct crew *crew;
	struct request *request;
	pthread_t thread;
};

struct crew {
	struct service service; /* first: see make_room */
	pthread_mutex_t mutex;  /* for n and is_closing */
	struct worker workers[LIMIT_THREADS];
	size_t n;
	bool is_closing;      /* nobody is hired any more */
	atomic_size_t n_idle; /* threads that wait for a request */
};

static void *work(void *argument);

/*
 * How many threads there are descriptors for.  A request that got the last one
 * could not even read its settings.  libfcgi's select has a ceiling, too.
 */
static size_t
most_threads(void)
{
	struct rlimit limit = {.rlim_cur = FD_SETSIZE};
	size_t descriptors, most;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	descriptors = limit.rlim_cur < FD_SETSIZE ? limit.rlim_cur : FD_SETSIZE;
	if (descriptors < OWN_DESCRIPTORS + REQUEST_DESCRIPTORS)
		return 1;
	most = (descriptors - OWN_DESCRIPTORS) / REQUEST_DESCRIPTORS;
	return most < LIMIT_THREADS ? most : LIMIT_THREADS;
}

/*
 * One more thread.  ERR_TOO_LARGE if there may be none, ERR_TYPE if requests
 * do not come at the same time.
 */
static enum err
hire(struct crew *crew)
{
	struct worker *worker;
	enum err err = ERR_TOO_LARGE;

	(void)pthread_mutex_lock(&crew->mutex);
	worker = &crew->workers[crew->n];
	if (crew->is_closing || crew->n >= crew->service.most_threads ||
		crew->n >= atomic_load(&crew->service.threads))
		goto out;
	worker->crew = crew;
	err = request_open_another(crew->workers[0].request, &worker->request);
	if (err != ERR_OK)
		goto out;
	if (pthread_create(&worker->thread, NULL, work, worker) == 0) {
		crew->n++;
	} else {
		request_close(worker->request);
		err = ERR_MEMORY;
	}
out:
	(void)pthread_mutex_unlock(&crew->mutex);
	return err;
}

static bool
make_room(struct service *service)
{
	struct crew *crew = (struct crew *)service; /* its first member */
	enum err err = ERR_OK;

	if (atomic_load(&crew->n_idle) == 0)
		err = hire(crew);
	return err == ERR_OK || err == ERR_TYPE;
}

static enum request_state
next(struct worker *worker)
{
	enum request_state state;

	atomic_fetch_add(&worker->crew->n_idle, 1);
	state = request_next(worker->request);
	atomic_fetch_sub(&worker->crew->n_idle, 1);
	return state;
}

/* Gives back what is not needed while no requests come. */
static void
rest(struct service *service)
{
	store_idle(service->store);
	store_idle(service->replay_store);
	if (service->endpoint->idle != NULL)
		service->endpoint->idle(service);
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;
	enum request_state state;

	while ((state = next(worker)) != REQUEST_STOP) {
		if (state == REQUEST_IDLE) {
			rest(&crew->service);
			continue;
		}
		/* That there can be no more is no fault. */
		if (atomic_load(&crew->n_idle) == 0 &&
			request_is_crowded(worker->request))
			(void)!hire(crew);
		endpoint_serve(&crew->service, worker->request);
	}
	return NULL;
}

/* Waits for the others to serve what they have in hand. */
static void
dismiss(struct crew *crew)
{
	size_t n;

	(void)pthread_mutex_lock(&crew->mutex);
	crew->is_closing = true;
	n = crew->n;
	(void)pthread_mutex_unlock(&crew->mutex);
	for (size_t i = 1; i < n; i++)
		(void)pthread_join(crew->workers[i].thread, NULL);
	for (size_t i = 0; i < n; i++)
		request_close(crew->workers[i].request);
}

/* What all threads share. */
static enum err
open_service(struct service *service)
{
	const struct endpoint *endpoint = service->endpoint;
	enum err err =
		store_new(&service->store, endpoint->name, STORE_MILLISECONDS);

	if (err == ERR_OK)
		err = store_new(&service->replay_store, endpoint->name,
			REPLAY_MILLISECONDS);
	if (err == ERR_OK && endpoint->open != NULL)
		err = endpoint->open(service);
	return err;
}

static void
close_service(struct service *service)
{
	if (service->endpoint->close != NULL)
		service->endpoint->close(service);
	store_free(service->replay_store);
	store_free(service->store);
}

static enum err
run(struct crew *crew)
{
	struct worker *first = &crew->workers[0];
	enum err err = request_open(&first->request);

	if (err != ERR_OK)
		return err;
	err = open_service(&crew->service);
	if (err == ERR_OK) {
		first->crew = crew;
		crew->n = 1;
		(void)work(first);
		dismiss(crew);
	} else {
		request_close(first->request);
	}
	close_service(&crew->service);
	return err;
}

int
service_main(const struct endpoint *endpoint,
	const struct endpoint *const *endpoints)
{
	static struct crew crew = {
		.service.is_replaying = ATOMIC_FLAG_INIT,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
	};
	enum err err;

	crew.service.endpoint = endpoint;
	crew.service.endpoints = endpoints;
	crew.service.make_room = make_room;
	crew.service.most_threads = most_threads();
	atomic_init(&crew.service.threads, 1);
	/* Each thread with a heap of its own would cost memory, and gain
	 * little. */
	(void)mallopt(M_ARENA_MAX, 2);
	err = run(&crew);
	if (err != ERR_OK)
		(void)fprintf(stderr, "hookswitch-%s: could not start: %s\n",
			endpoint->name, err_text(err));
	return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
