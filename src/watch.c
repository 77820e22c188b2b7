#include "config.h"

#include "watch.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "digest.h"
#include "limit.h"

/* Databases that are followed at a time. */
#define PLACES 4

/* Pages that are kept. */
#define PAGES 16

/* Events of one page. */
#define PAGE_EVENTS 200

/* How long to wait before asking again; longer if the database is away. */
#define INTERVAL_MILLISECONDS 250
#define RETRY_MILLISECONDS 1000

/* A page, and how many have it in hand or keep it. */
struct shared {
	struct feed_page page;
	size_t n_users;
};

/* One database that is followed. */
struct live {
	struct watch *watch;
	char key[DIGEST_SHA256_HEX]; /* of the connection string */
	char *connection;
	bool is_running;       /* it has a thread; else this place is free */
	bool is_ready;         /* the thread has begun to read */
	bool is_failing;       /* and cannot at the moment */
	struct reason why;     /* it cannot */
	struct watcher *first; /* of those who follow it */
	struct shared *pages[PAGES]; /* number n is at n % PAGES */
	uint64_t n_pages;            /* that there have been */
};

struct watcher {
	struct live *live;
	struct watcher *next;
	int fd;
	uint64_t n_seen;        /* pages; the next has this number */
	struct shared *in_hand; /* NULL: nothing */
};

struct watch {
	struct reader *reader;
	pthread_mutex_t mutex; /* for all that is below, pages' texts apart */
	pthread_cond_t changed;
	struct live lives[PLACES];
	size_t n_threads;
	bool is_closing;
};

enum err
watch_new(struct watch **out, struct reader *reader)
{
	struct watch *watch = calloc(1, sizeof *watch);

	*out = NULL;
	if (watch == NULL)
		return ERR_MEMORY;
	watch->reader = reader;
	(void)pthread_mutex_init(&watch->mutex, NULL);
	clock_condition(&watch->changed);
	*out = watch;
	return ERR_OK;
}

void
watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	(void)pthread_mutex_lock(&watch->mutex);
	watch->is_closing = true;
	(void)pthread_cond_broadcast(&watch->changed);
	while (watch->n_threads > 0)
		(void)pthread_cond_wait(&watch->changed, &watch->mutex);
	(void)pthread_mutex_unlock(&watch->mutex);
	(void)pthread_cond_destroy(&watch->changed);
	(void)pthread_mutex_destroy(&watch->mutex);
	free(watch);
}

/* With the mutex.  NULL is allowed. */
static void
let_go(struct shared *shared)
{
	if (shared == NULL || --shared->n_users > 0)
		return;
	feed_page_free(&shared->page);
	free(shared);
}

/* Wakes whoever waits for the descriptor; it stays readable until read. */
static void
wake(const struct watcher *watcher)
{
	const uint64_t one = 1;

	/* Full, it can be read all the same. */
	(void)!write(watcher->fd, &one, sizeof one);
}

/* With the mutex: a page for everyone. */
static void
publish(struct live *live, struct shared *shared)
{
	struct shared **place = &live->pages[live->n_pages % PAGES];

	let_go(*place);
	*place = shared;
	live->n_pages++;
	for (struct watcher *each = live->first; each != NULL;
		each = each->next)
		wake(each);
}

/* What the thread of a database keeps to itself. */
struct follower {
	struct live *live;
	struct feed_cursor cursor;
	bool has_begun;
	bool is_lost;    /* its cursor was not good, and nobody knows yet */
	bool is_at_end;  /* all there was has been read */
	struct buf seen; /* when it was: see feed_look */
};

static enum err
begin(struct follower *follower, struct reason *reason)
{
	struct live *live = follower->live;
	enum err err = ERR_OK;

	if (!follower->has_begun)
		err = feed_begin(live->watch->reader, live->connection, 0, NULL,
			&follower->cursor, reason);
	follower->has_begun = err == ERR_OK;
	return err;
}

/* Reads what is behind the cursor, unless nothing can be. */
static enum err
read_on(struct follower *follower, struct feed_page *page,
	struct reason *reason)
{
	struct live *live = follower->live;
	struct reader *reader = live->watch->reader;
	bool is_same = false;
	enum err err = feed_look(
		reader, live->connection, &follower->seen, &is_same, reason);

	if (err == ERR_OK && (!is_same || !follower->is_at_end))
		err = feed_read(reader, live->connection, &follower->cursor,
			PAGE_EVENTS, page, reason);
	follower->is_at_end = err == ERR_OK && !page->has_more;
	return err;
}

/* Reads the next page, or tells that something may be missing before it. */
static enum err
read_page(struct follower *follower, struct feed_page *page,
	struct reason *reason)
{
	enum err err = begin(follower, reason);

	if (err == ERR_OK && !follower->is_lost)
		err = read_on(follower, page, reason);
	if (err == ERR_OK && page->is_gone) {
		follower->is_lost = true;
		follower->has_begun = false;
		follower->is_at_end = false;
		err = begin(follower, reason);
	}
	if (err != ERR_OK)
		return err;
	page->is_gone = follower->is_lost;
	follower->is_lost = false;
	for (size_t i = 0; i < page->n; i++) {
		const struct feed_event event = feed_page_event(page, i);

		feed_page_note(page, &event, &follower->cursor);
	}
	feed_page_end(page, &follower->cursor);
	return ERR_OK;
}

/* With the mutex: waits until it is time, or there is nobody to read for. */
static void
rest(struct live *live, long milliseconds)
{
	struct watch *watch = live->watch;
	long long until = clock_milliseconds() + milliseconds;

	while (live->first != NULL && !watch->is_closing &&
		clock_wait(&watch->changed, &watch->mutex, until))
		;
}

/* With the mutex, which is let go meanwhile: reads once, and rests. */
static void
follow_once(struct follower *follower)
{
	struct live *live = follower->live;
	struct watch *watch = live->watch;
	struct shared *shared;
	struct reason reason = {"out of memory"};
	enum err err = ERR_MEMORY;
	bool has_more = false;

	(void)pthread_mutex_unlock(&watch->mutex);
	shared = calloc(1, sizeof *shared);
	if (shared != NULL) {
		shared->n_users = 1;
		err = read_page(follower, &shared->page, &reason);
		has_more = shared->page.has_more;
	}
	(void)pthread_mutex_lock(&watch->mutex);
	live->is_ready = true;
	live->is_failing = err != ERR_OK;
	live->why = reason;
	(void)pthread_cond_broadcast(&watch->changed);
	if (err == ERR_OK && (shared->page.n > 0 || shared->page.is_gone))
		publish(live, shared); /* transferred */
	else
		let_go(shared);
	if (err != ERR_OK)
		rest(live, RETRY_MILLISECONDS);
	else if (!has_more)
		rest(live, INTERVAL_MILLISECONDS);
}

/* With the mutex: makes the place free. */
static void
forget(struct live *live)
{
	for (size_t i = 0; i < PAGES; i++)
		let_go(live->pages[i]);
	explicit_bzero(live->connection, strlen(live->connection));
	free(live->connection);
	memset(live, 0, sizeof *live);
}

/* The thread of one database: reads as long as somebody follows. */
static void *
follow(void *argument)
{
	struct follower follower = {.live = argument};
	struct live *live = follower.live;
	struct watch *watch = live->watch;

	buf_init(&follower.seen, LIMIT_SNAPSHOT);
	(void)pthread_mutex_lock(&watch->mutex);
	while (live->first != NULL && !watch->is_closing)
		follow_once(&follower);
	forget(live);
	watch->n_threads--;
	(void)pthread_cond_broadcast(&watch->changed);
	(void)pthread_mutex_unlock(&watch->mutex);
	buf_free(&follower.seen);
	return NULL;
}

/* With the mutex: starts the thread of a place. */
static enum err
start(struct watch *watch, struct live *live, const char *key,
	const char *connection)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int failed;

	live->watch = watch;
	memcpy(live->key, key, sizeof live->key);
	live->connection = strdup(connection);
	if (live->connection == NULL)
		return ERR_MEMORY;
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	failed = pthread_create(&thread, &attributes, follow, live);
	(void)pthread_attr_destroy(&attributes);
	if (failed != 0) {
		forget(live);
		return ERR_MEMORY;
	}
	live->is_running = true;
	watch->n_threads++;
	return ERR_OK;
}

/* With the mutex: the database that is followed, or a free place, or NULL. */
static struct live *
find_live(struct watch *watch, const char *key)
{
	struct live *vacant = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct live *live = &watch->lives[i];

		if (live->is_running && strcmp(live->key, key) == 0)
			return live;
		if (!live->is_running && vacant == NULL)
			vacant = live;
	}
	return vacant;
}

/* With the mutex: enters a watcher, and has the database followed. */
static enum err
enter(struct watch *watch, struct watcher *watcher, const char *connection,
	struct reason *reason)
{
	char key[DIGEST_SHA256_HEX];
	struct live *live;
	enum err err = ERR_OK;

	digest_sha256(connection, strlen(connection), key);
	live = find_live(watch, key);
	if (live == NULL)
		return err_reason(reason, ERR_DATABASE,
			"too many databases are followed at a time");
	if (!live->is_running)
		err = start(watch, live, key, connection);
	if (err != ERR_OK)
		return err_reason(reason, err, "could not start a thread");
	watcher->live = live;
	watcher->n_seen = live->n_pages;
	watcher->next = live->first;
	live->first = watcher;
	return ERR_OK;
}

static void
leave(struct watcher *watcher)
{
	struct watcher **at = &watcher->live->first;

	while (*at != watcher)
		at = &(*at)->next;
	*at = watcher->next;
	let_go(watcher->in_hand);
	(void)pthread_cond_broadcast(&watcher->live->watch->changed);
}

enum err
watch_join(struct watch *watch, const char *connection, struct watcher **out,
	struct reason *reason)
{
	struct watcher *watcher = calloc(1, sizeof *watcher);
	enum err err;

	*out = NULL;
	if (watcher == NULL)
		return err_reason(reason, ERR_MEMORY, "out of memory");
	watcher->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (watcher->fd < 0) {
		free(watcher);
		return err_reason(
			reason, ERR_MEMORY, "no descriptors are left");
	}
	(void)pthread_mutex_lock(&watch->mutex);
	err = enter(watch, watcher, connection, reason);
	while (err == ERR_OK && !watcher->live->is_ready)
		(void)pthread_cond_wait(&watch->changed, &watch->mutex);
	if (err == ERR_OK && watcher->live->is_failing) {
		err = ERR_DATABASE;
		*reason = watcher->live->why;
		leave(watcher);
	}
	(void)pthread_mutex_unlock(&watch->mutex);
	if (err != ERR_OK) {
		(void)close(watcher->fd);
		free(watcher);
		return err;
	}
	*out = watcher;
	return ERR_OK;
}

void
watch_leave(struct watcher *watcher)
{
	struct watch *watch;

	if (watcher == NULL)
		return;
	watch = watcher->live->watch;
	(void)pthread_mutex_lock(&watch->mutex);
	leave(watcher);
	(void)pthread_mutex_unlock(&watch->mutex);
	(void)close(watcher->fd);
	free(watcher);
}

int
watch_descriptor(const struct watcher *watcher)
{
	return watcher->fd;
}

enum watch_news
watch_next(struct watcher *watcher, const struct feed_page **page)
{
	struct live *live = watcher->live;
	enum watch_news news = WATCH_NOTHING;
	uint64_t count;

	*page = NULL;
	(void)pthread_mutex_lock(&live->watch->mutex);
	let_go(watcher->in_hand);
	watcher->in_hand = NULL;
	if (live->n_pages - watcher->n_seen > PAGES) {
		watcher->n_seen = live->n_pages;
		news = WATCH_BEHIND;
	} else if (live->n_pages > watcher->n_seen) {
		watcher->in_hand = live->pages[watcher->n_seen++ % PAGES];
		watcher->in_hand->n_users++;
		*page = &watcher->in_hand->page;
		news = WATCH_PAGE;
	} else {
		(void)!read(watcher->fd, &count, sizeof count);
	}
	(void)pthread_mutex_unlock(&live->watch->mutex);
	return news;
}

bool
watch_is_failing(struct watcher *watcher, struct reason *reason)
{
	struct live *live = watcher->live;
	bool is_failing;

	(void)pthread_mutex_lock(&live->watch->mutex);
	is_failing = live->is_failing;
	if (is_failing)
		*reason = live->why;
	(void)pthread_mutex_unlock(&live->watch->mutex);
	return is_failing;
}
