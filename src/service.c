#include "config.h"

#include "service.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "digest.h"
#include "limit.h"

/* What a piece that is replayed behind an answer may take. */
#define REPLAY_MILLISECONDS 500

/* One thread and what it works on. */
struct worker {
	struct crew *crew;
	struct request *request;
	pthread_t thread;
};

struct crew {
	struct service service;
	pthread_mutex_t mutex; /* for n and is_closing */
	struct worker workers[LIMIT_THREADS];
	size_t n;
	bool is_closing;      /* nobody is hired any more */
	atomic_size_t n_idle; /* threads that wait for a request */
};

static void *work(void *argument);

/* One more thread, if there may be one.  That it cannot be had is no fault. */
static void
hire(struct crew *crew)
{
	struct worker *worker;

	(void)pthread_mutex_lock(&crew->mutex);
	worker = &crew->workers[crew->n];
	if (crew->is_closing || crew->n >= LIMIT_THREADS ||
		crew->n >= atomic_load(&crew->service.threads))
		goto out;
	worker->crew = crew;
	if (request_open_another(crew->workers[0].request, &worker->request) !=
		ERR_OK)
		goto out;
	if (pthread_create(&worker->thread, NULL, work, worker) == 0)
		crew->n++;
	else
		request_close(worker->request);
out:
	(void)pthread_mutex_unlock(&crew->mutex);
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

static void *
work(void *argument)
{
	struct worker *worker = argument;
	struct crew *crew = worker->crew;
	enum request_state state;

	while ((state = next(worker)) != REQUEST_STOP) {
		if (state == REQUEST_IDLE) {
			store_idle(crew->service.store);
			store_idle(crew->service.replay_store);
			continue;
		}
		if (atomic_load(&crew->n_idle) == 0 &&
			request_is_crowded(worker->request))
			hire(crew);
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

static enum err
run(struct crew *crew, const char *name)
{
	struct worker *first = &crew->workers[0];
	enum err err = request_open(&first->request);

	if (err != ERR_OK)
		return err;
	err = digest_start();
	if (err == ERR_OK)
		err = store_new(&crew->service.store, name, STORE_MILLISECONDS);
	if (err == ERR_OK)
		err = store_new(
			&crew->service.replay_store, name, REPLAY_MILLISECONDS);
	if (err != ERR_OK) {
		store_free(crew->service.store);
		request_close(first->request);
		return err;
	}
	first->crew = crew;
	crew->n = 1;
	(void)work(first);
	dismiss(crew);
	store_free(crew->service.replay_store);
	store_free(crew->service.store);
	return ERR_OK;
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
	atomic_init(&crew.service.threads, 1);
	/* Each thread with a heap of its own would cost memory, and gain
	 * little. */
	(void)mallopt(M_ARENA_MAX, 2);
	err = run(&crew, endpoint->name);
	if (err != ERR_OK)
		(void)fprintf(stderr, "hookswitch-%s: could not start: %s\n",
			endpoint->name, err_text(err));
	return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
