/*
 * Sends signed messages to an endpoint, as fast as it takes them or so many a
 * second: each one a new SMS, each one signed.  For tests of load, memory,
 * failure and speed.
 * All are signed before the first is sent, so that this costs no time that is
 * measured.
 *
 * usage: load URL ACCOUNT_SID COUNT CONNECTIONS PREFIX [FILE [RATE]]
 *
 * The auth token is read from standard input.  The messages' SIDs are PREFIX
 * and a number; those that were answered with a 2xx are written to FILE, a
 * line each, unless it is "".  Prints what was answered and how long it took;
 * the exit status is 0 whatever the answers were, since a test may want them to
 * be others.
 */
#include "config.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "form.h"
#include "signature.h"

#define CONNECTIONS_MAX 256
#define STATUS_MAX 600
#define BODY_SIZE 1024
#define TIMEOUT_SECONDS 30L

/* What all connections share. */
struct load {
	const char *url, *account, *prefix;
	char token[128];
	long count;
	double rate;  /* messages a second; 0: as many as can be */
	double start; /* by now() */
	char (*signatures)[DIGEST_SIGNATURE_SIZE]; /* of each message */
	FILE *taken; /* NULL if nobody wants to know */
	atomic_long next;
	atomic_long answers[STATUS_MAX]; /* by status; 0: none came */
	double *seconds;                 /* of each request */
};

static double
now(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
compose(const struct load *load, long number, char body[BODY_SIZE])
{
	(void)snprintf(body, BODY_SIZE,
		"ToCountry=US&SmsMessageSid=%s%ld&NumMedia=0&FromZip=94105"
		"&SmsSid=%s%ld&FromState=CA&SmsStatus=received"
		"&FromCity=SAN+FRANCISCO&Body=Message+number+%ld"
		"&FromCountry=US&To=%%2B15005550006&NumSegments=1"
		"&MessageSid=%s%ld&AccountSid=%s&From=%%2B14158675309"
		"&ApiVersion=2010-04-01",
		load->prefix, number, load->prefix, number, number,
		load->prefix, number, load->account);
}

/* Waits until it is the turn of a message. */
static void
pace(const struct load *load, long number)
{
	double left =
		load->rate > 0
			? load->start + (double)number / load->rate - now()
			: 0;
	struct timespec time = {.tv_sec = (time_t)left};

	time.tv_nsec = (long)((left - (double)time.tv_sec) * 1e9);
	if (left > 0)
		(void)nanosleep(&time, NULL);
}

static enum err
sign(const struct load *load, long number)
{
	struct form form;
	char body[BODY_SIZE];
	enum err err;

	compose(load, number, body);
	form_init(&form);
	err = form_parse(&form, body, strlen(body), NULL);
	if (err == ERR_OK)
		err = signature_sign(load->token, load->url, &form, form.n,
			load->signatures[number]);
	form_free(&form);
	return err;
}

static size_t
ignore(char *data, size_t size, size_t n, void *context)
{
	(void)data;
	(void)context;
	return size * n;
}

/* Sends one message; returns the status, 0 if there was no answer. */
static long
send_one(const struct load *load, CURL *curl, long number)
{
	char body[BODY_SIZE], header[64 + DIGEST_SIGNATURE_SIZE];
	struct curl_slist *headers;
	long status = 0;

	compose(load, number, body);
	(void)snprintf(header, sizeof header, "X-Twilio-Signature: %s",
		load->signatures[number]);
	headers = curl_slist_append(NULL, header);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

/* One connection: sends until all messages are out. */
static void *
run(void *argument)
{
	struct load *load = argument;
	CURL *curl = curl_easy_init();
	long number;

	curl_easy_setopt(curl, CURLOPT_URL, load->url);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	while ((number = atomic_fetch_add(&load->next, 1)) < load->count) {
		double start;
		long status;

		pace(load, number);
		start = now();
		status = send_one(load, curl, number);
		load->seconds[number] = now() - start;
		atomic_fetch_add(
			&load->answers[status < STATUS_MAX ? status : 0], 1);
		if (load->taken != NULL && status / 100 == 2)
			fprintf(load->taken, "%s%ld\n", load->prefix, number);
	}
	curl_easy_cleanup(curl);
	return NULL;
}

static int
compare_seconds(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
report(struct load *load, double seconds)
{
	qsort(load->seconds, (size_t)load->count, sizeof *load->seconds,
		compare_seconds);
	for (int status = 0; status < STATUS_MAX; status++)
		if (load->answers[status] > 0)
			printf("answered %d: %ld\n", status,
				(long)load->answers[status]);
	printf("requests/s: %.1f\n", (double)load->count / seconds);
	printf("milliseconds: p50 %.2f p99 %.2f max %.2f\n",
		load->seconds[load->count / 2] * 1e3,
		load->seconds[load->count * 99 / 100] * 1e3,
		load->seconds[load->count - 1] * 1e3);
}

/* Whether there is memory, a file and a token, and all is signed. */
static bool
prepare(struct load *load, const char *taken)
{
	size_t n = (size_t)load->count;
	enum err err = ERR_OK;

	if (taken != NULL && taken[0] == '\0')
		taken = NULL;
	load->taken = taken != NULL ? fopen(taken, "w") : NULL;
	load->seconds = calloc(n, sizeof *load->seconds);
	load->signatures = calloc(n, sizeof *load->signatures);
	if ((taken != NULL && load->taken == NULL) || load->seconds == NULL ||
		load->signatures == NULL ||
		fgets(load->token, sizeof load->token, stdin) == NULL)
		return false;
	load->token[strcspn(load->token, "\n")] = '\0';
	for (long i = 0; i < load->count && err == ERR_OK; i++)
		err = sign(load, i);
	return err == ERR_OK;
}

/* Sends everything over n connections; false if there could not be so many. */
static bool
send_all(struct load *load, int n)
{
	pthread_t threads[CONNECTIONS_MAX];

	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, run, load) != 0)
			return false;
	for (int i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	return true;
}

int
main(int argc, char *argv[])
{
	static struct load load;
	int n = argc >= 6 ? (int)strtoul(argv[4], NULL, 10) : 0;

	if (n < 1 || n > CONNECTIONS_MAX) {
		fprintf(stderr, "usage: load URL ACCOUNT_SID COUNT CONNECTIONS "
				"PREFIX [FILE [RATE]] <TOKEN\n");
		return 2;
	}
	load.url = argv[1];
	load.account = argv[2];
	load.count = (long)strtoul(argv[3], NULL, 10);
	load.prefix = argv[5];
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (load.count < 1 || !prepare(&load, argc > 6 ? argv[6] : NULL)) {
		fprintf(stderr, "load: could not start\n");
		return 2;
	}
	load.rate = argc > 7 ? strtod(argv[7], NULL) : 0;
	load.start = now();
	if (!send_all(&load, n))
		return 2;
	report(&load, now() - load.start);
	free(load.seconds);
	free(load.signatures);
	return load.taken != NULL && fclose(load.taken) != 0 ? 2 : 0;
}
