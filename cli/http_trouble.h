#ifndef HOOKSWITCH_HTTP_TROUBLE_H
#define HOOKSWITCH_HTTP_TROUBLE_H

#include <curl/curl.h>

#include "err.h"
#include "http_answer.h"

/*
 * Why no answer came, in our words: libcurl's are for those who know it.
 * Only http*.c include this.
 */

struct http_transfer;

enum http_trouble http_trouble_of(CURLcode code);

/* The error of a transfer to that URL that ended so, with the reason. */
enum err http_trouble_tell(const struct http_transfer *transfer, CURLcode code,
	const char *url, struct reason *reason) NODISCARD;

#endif
