/*
 * URLs in parts.
 */
#include "config.h"

#include "url_parts.h"

#include "check.h"
#include "guard.h"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* URL; its parts */
static const struct row {
	int line;
	const char *url;
	const char *parts[URL_PART__MAX];
} rows[] = {
	ROW("https://example.com",
		{"https", "", "example.com", "", "", "", ""}),
	ROW("https://example.com/a/b?c=1&d#rc=3",
		{"https", "", "example.com", "", "/a/b", "?c=1&d", "#rc=3"}),
	ROW("HTTP://User:Pass@Host:8080/",
		{"HTTP", "User:Pass@", "Host", ":8080", "/", "", ""}),
	ROW("http://a@b@c:1", {"http", "a@b@", "c", ":1", "", "", ""}),
	ROW("wss://[2001:db8::1]:443/x",
		{"wss", "", "[2001:db8::1]", ":443", "/x", "", ""}),
	ROW("ws://[::1]", {"ws", "", "[::1]", "", "", "", ""}),
	ROW("https://h?a=/@#", {"https", "", "h", "", "", "?a=/@", "#"}),
	ROW("https://h#?a", {"https", "", "h", "", "", "", "#?a"}),
	ROW("https://h/?", {"https", "", "h", "", "/", "?", ""}),
	ROW("https://h:", {"https", "", "h", ":", "", "", ""}),
	ROW("https://h/p?u=http://x@y:1/",
		{"https", "", "h", "", "/p", "?u=http://x@y:1/", ""}),
	ROW("https://m\xc3\xbc.de/\xc3\xbc?\xc3\xbc",
		{"https", "", "m\xc3\xbc.de", "", "/\xc3\xbc", "?\xc3\xbc",
			""}),
};

static void
test_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct guard guard;
		struct url_parts parts;
		struct buf joined;

		buf_init(&joined, 1000);
		CHECK(row->line,
			url_split(&parts, guard_text(&guard, row->url)));
		for (size_t j = 0; j < URL_PART__MAX; j++)
			CHECK(row->line, url_piece_equal(parts.part[j],
						 url_piece_of(row->parts[j])));
		assert_int_equal(
			url_join(&joined, &parts, URL_SCHEME, URL_FRAGMENT),
			ERR_OK);
		CHECK_TEXT(row->line, buf_text(&joined), row->url);
		buf_free(&joined);
		guard_free(&guard);
	}
}

static void
test_none(void **state)
{
	static const char *const urls[] = {"", "://", "https",
		"https:", "https:/h", "https://", "https:///p", "https://:80/",
		"h/p", "ftp://h", " https://h", "xhttps://h", "https://u@",
		"//h/p", "https://?a"};
	struct url_parts parts;

	(void)state;
	for (size_t i = 0; i < N_OF(urls); i++)
		if (url_split(&parts, urls[i]))
			fail_msg("taken for a URL: %s", urls[i]);
}

static void
test_private(void **state)
{
	static const char *const private[] = {"localhost", "app.localhost",
		"127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1",
		"172.31.255.255", "169.254.1.1", "0.0.0.0", "[::1]",
		"nas.local", "web.INTERNAL", "a.lan", "a.localdomain"};
	static const char *const public[] = {"", "example.com",
		"10.example.com", "127.example.com", "172.15.0.1", "172.32.0.1",
		"172.2.0.1", "11.0.0.1", "192.169.0.1", "local", ".local",
		"localhost.example.com", "172.", "8.8.8.8"};

	(void)state;
	for (size_t i = 0; i < N_OF(private); i++)
		if (!url_host_is_private(url_piece_of(private[i])))
			fail_msg("not taken for private: %s", private[i]);
	for (size_t i = 0; i < N_OF(public); i++)
		if (url_host_is_private(url_piece_of(public[i])))
			fail_msg("taken for private: %s", public[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
