#include "config.h"

#include "http_trouble.h"

#include <string.h>

#include "http_transfer.h"
#include "http_url.h"
#include "url_parts.h"
#include "wording.h"

enum http_trouble
http_trouble_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum http_trouble trouble;
	} rows[] = {
		{CURLE_COULDNT_RESOLVE_HOST,     HTTP_NO_HOST      },
		{CURLE_COULDNT_CONNECT,          HTTP_NO_CONNECTION},
		{CURLE_OPERATION_TIMEDOUT,       HTTP_TOO_SLOW     },
		{CURLE_SSL_CONNECT_ERROR,        HTTP_NO_TRUST     },
		{CURLE_PEER_FAILED_VERIFICATION, HTTP_NO_TRUST     },
		{CURLE_SSL_CACERT_BADFILE,       HTTP_NO_TRUST     },
		{CURLE_OK,                       HTTP_FINE         },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == code)
			return rows[i].trouble;
	return HTTP_BROKEN;
}

/* What happened, where curl's words are for those who know curl. */
static const char *
words_of(CURLcode code)
{
	static const struct {
		CURLcode code;
		const char *words;
	} rows[] = {
		{CURLE_COULDNT_RESOLVE_HOST,
                 "its name leads to no address; is it spelt right, and "
			"does this host know a name server?"       },
		{CURLE_COULDNT_RESOLVE_PROXY,
                 "the proxy's name leads to no address; see https_proxy "
			"in the environment"                       },
		{CURLE_GOT_NOTHING,
                 "it closed the connection before it answered"     },
		{CURLE_PARTIAL_FILE,
                 "the connection ended in the middle of the answer"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == code)
			return rows[i].words;
	return NULL;
}

/* What curl tells in a sentence that names the host again. */
static void
describe(const struct http_transfer *transfer, CURLcode code, const char *url,
	struct reason *words)
{
	const char *text = transfer->text[0] != '\0' ? transfer->text
						     : curl_easy_strerror(code);
	char *port = http_url_part(url, CURLUPART_PORT);
	long number = 0;

	(void)curl_easy_getinfo(transfer->curl, CURLINFO_OS_ERRNO, &number);
	if (words_of(code) != NULL)
		(void)err_reason(words, ERR_IO, "%s", words_of(code));
	else if (code == CURLE_COULDNT_CONNECT && number > 0)
		(void)err_reason(words, ERR_IO,
			"no connection to its port %s (%s); is it up, and does "
			"a firewall let this host out?",
			port != NULL ? port : "", strerror((int)number));
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		(void)err_reason(words, ERR_IO,
			"%c%.300s; CURL_CA_BUNDLE can name a file of "
			"authorities to trust",
			wording_first(text), text + 1);
	else
		(void)err_reason(words, ERR_IO, "%c%.300s", wording_first(text),
			text + 1);
	curl_free(port);
}

enum err
http_trouble_tell(const struct http_transfer *transfer, CURLcode code,
	const char *url, struct reason *reason)
{
	char *host = http_url_part(url, CURLUPART_HOST);
	const char *name = host != NULL ? host : "";
	struct reason words;
	enum err err = ERR_IO;

	describe(transfer, code, url, &words);
	if (transfer->err == ERR_TOO_LARGE)
		err = err_reason(reason, transfer->err,
			"the answer of \"%.100s\" exceeds %zu bytes, or its "
			"headers %d",
			name, transfer->answer->body.max, HTTP_HEADERS);
	else if (transfer->err != ERR_OK)
		err = err_reason(reason, transfer->err,
			"could not take the answer of \"%.100s\"", name);
	else if (code == CURLE_OUT_OF_MEMORY)
		err = err_reason(reason, ERR_MEMORY, "out of memory");
	else if (host == NULL || code == CURLE_UNSUPPORTED_PROTOCOL)
		err = err_reason(reason, ERR_MALFORMED, URL_SHAPE);
	else
		(void)err_reason(reason, err, "%s \"%.100s\": %.350s",
			transfer->answer->is_sent ? "no whole answer from"
						  : "could not reach",
			name, words.text);
	curl_free(host);
	return err;
}
