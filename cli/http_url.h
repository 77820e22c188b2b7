#ifndef HOOKSWITCH_HTTP_URL_H
#define HOOKSWITCH_HTTP_URL_H

#include <stdbool.h>

#include <curl/curl.h>

/*
 * What of a URL decides whom a request goes to, as libcurl reads it, which
 * sends it.  Only http*.c include this.
 */

/* A part of a URL; the caller frees it with curl_free.  NULL if it has none. */
char *http_url_part(const char *url, CURLUPart which);

/* Whether scheme, host and port are the same. */
bool http_url_has_same_origin(const char *a, const char *b);

bool http_url_has_scheme(const char *url, const char *wanted);

#endif
