/*
 * The URLs that Twilio may have signed.
 */
#include "config.h"

#include "url.h"

#include "check.h"
#include "guard.h"

#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* A set made from texts that end where memory ends. */
struct sample {
	struct url_set set;
	struct reason reason;
	enum err err;
};

static void
sample_fill(struct sample *sample, const char *public_url, const char *target,
	const char *host, bool https)
{
	struct guard guards[3];
	const char *url = guard_text(&guards[0], public_url);
	const struct url_seen seen = {
		.target = guard_text(&guards[1], target),
		.host = guard_text(&guards[2], host),
		.https = https,
	};

	memset(sample, 0xA5, sizeof *sample);
	memset(&sample->reason, 0, sizeof sample->reason);
	sample->err = url_set_fill(&sample->set, url, &seen, &sample->reason);
	for (size_t i = 0; i < N_OF(guards); i++)
		guard_free(&guards[i]); /* the set owns its texts */
}

static void
sample_close(struct sample *sample)
{
	url_set_free(&sample->set);
	assert_int_equal(sample->set.n_origins, 0);
	assert_int_equal(sample->set.n_targets, 0);
}

static bool
holds(const struct url_set *set, const char *url)
{
	for (size_t i = 0; i < set->n_origins; i++) {
		size_t len = strlen(set->origins[i]);

		if (strncmp(url, set->origins[i], len) != 0)
			continue;
		for (size_t j = 0; j < set->n_targets; j++)
			if (strcmp(url + len, set->targets[j]) == 0)
				return true;
	}
	return false;
}

static void
check_list(int line, char *const *list, size_t n, size_t max)
{
	CHECK(line, n > 0);
	CHECK(line, n <= max);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(line, strcmp(list[i], list[j]) != 0);
}

/* What holds for every set: short lists without repeats, whole URLs. */
static void
check_sound(int line, const struct url_set *set)
{
	check_list(line, set->origins, set->n_origins, LIMIT_URL_ORIGINS);
	check_list(line, set->targets, set->n_targets, LIMIT_URL_TARGETS);
	for (size_t i = 0; i < set->n_origins; i++) {
		const char *origin = set->origins[i];

		CHECK(line, strlen(origin) <= LIMIT_ORIGIN);
		CHECK(line, strstr(origin, "://") != NULL);
		CHECK(line, origin[strlen(origin) - 1] != '/');
	}
	for (size_t i = 0; i < set->n_targets; i++) {
		CHECK(line, strchr("/", set->targets[i][0]) != NULL);
		CHECK(line, strchr(set->targets[i], '#') == NULL);
	}
}

/*
 * public_url, target, host, https: what was seen; a URL, and whether it is
 * one of those that may have been signed.
 */
static const struct url_row {
	int line;
	const char *public_url, *target, *host;
	bool https;
	const char *url;
	bool present;
} url_rows[] = {
	/* built from the request */
	ROW(NULL, "/p", "h.example", true, "https://h.example/p", true),
	ROW(NULL, "/p", "h.example", false, "http://h.example/p", true),
	ROW(NULL, "/p", "h.example", true, "http://h.example/p", false),
	ROW(NULL, "/p", "h.example", false, "https://h.example/p", false),
	ROW(NULL, "/p", "h.example", true, "https://h.example/", false),
	ROW(NULL, "/p", "h.example", true, "https://h.example", false),
	ROW(NULL, "/p", "h.example", true, "https://h.example/p/", false),
	ROW(NULL, "/p/", "h.example", true, "https://h.example/p", false),
	ROW(NULL, "/p", "h.example", true, "wss://h.example/p", false),
	/* the scheme's own port, shown and hidden */
	ROW(NULL, "/p", "h", true, "https://h:443/p", true),
	ROW(NULL, "/p", "h:443", true, "https://h/p", true),
	ROW(NULL, "/p", "h:443", true, "https://h:443/p", true),
	ROW(NULL, "/p", "h", false, "http://h:80/p", true),
	ROW(NULL, "/p", "h:80", false, "http://h/p", true),
	ROW(NULL, "/p", "h", true, "https://h:80/p", false),
	ROW(NULL, "/p", "h", false, "http://h:443/p", false),
	/* another port */
	ROW(NULL, "/p", "h:8443", true, "https://h:8443/p", true),
	ROW(NULL, "/p", "h:8443", true, "https://h/p", true),
	ROW(NULL, "/p", "h:8443", true, "https://h:443/p", true),
	ROW(NULL, "/p", "h", true, "https://h:8443/p", false),
	ROW(NULL, "/p", "h:8443", true, "https://h:844/p", false),
	/* host in capitals: as written, and in lower case */
	ROW(NULL, "/P", "H.Example", true, "https://H.Example/P", true),
	ROW(NULL, "/P", "H.Example", true, "https://h.example/P", true),
	ROW(NULL, "/P", "H.Example:8", true, "https://h.example:8/P", true),
	ROW(NULL, "/P", "H.Example", true, "https://h.example/p", false),
	ROW(NULL, "/P", "h.example", true, "https://H.example/P", false),
	/* IPv6 */
	ROW(NULL, "/p", "[2001:db8::1]", true, "https://[2001:db8::1]/p", true),
	ROW(NULL, "/p", "[2001:db8::1]", true, "https://[2001:db8::1]:443/p",
		true),
	ROW(NULL, "/p", "[2001:db8::1]:8443", true,
		"https://[2001:db8::1]:8443/p", true),
	ROW(NULL, "/p", "[2001:db8::1]:8443", true, "https://[2001:db8::1]/p",
		true),
	ROW(NULL, "/p", "[2001:DB8::A]", false, "http://[2001:db8::a]:80/p",
		true),
	ROW(NULL, "/p", "[2001:db8::1]", true, "https://[2001/p", false),
	ROW("https://[::1]:8443/x", "/p", "h", false, "https://[::1]/x/p",
		true),
	ROW("https://u:p@[::1]:8443", "/p", "h", false,
		"https://u:p@[::1]:8443/p", true),
	/* a public URL replaces scheme, host and port */
	ROW("https://pub.example", "/p", "h:8080", false,
		"https://pub.example/p", true),
	ROW("https://pub.example", "/p", "h:8080", false,
		"https://pub.example:443/p", true),
	ROW("https://pub.example", "/p", "h:8080", false,
		"https://pub.example:8080/p", false),
	ROW("https://pub.example", "/p", "h", true, "https://h/p", false),
	ROW("https://pub.example", "/p", NULL, false, "https://pub.example/p",
		true),
	ROW("https://pub.example", "/p", "", false, "https://pub.example/p",
		true),
	ROW("https://pub.example:8443", "/p", "h", false,
		"https://pub.example:8443/p", true),
	ROW("https://pub.example:8443", "/p", "h", false,
		"https://pub.example/p", true),
	ROW("http://pub.example", "/p", "h", true, "http://pub.example:80/p",
		true),
	ROW("http://pub.example", "/p", "h", true, "https://pub.example/p",
		false),
	ROW("HTTPS://Pub.Example", "/p", "h", false, "HTTPS://Pub.Example/p",
		true),
	ROW("HTTPS://Pub.Example", "/p", "h", false,
		"https://pub.example:443/p", true),
	/* user and password: without and with */
	ROW("https://User:Pass@h", "/p", "x", false, "https://h/p", true),
	ROW("https://User:Pass@h", "/p", "x", false, "https://User:Pass@h/p",
		true),
	ROW("https://User:Pass@h", "/p", "x", false,
		"https://User:Pass@h:443/p", true),
	ROW("https://User:Pass@h:8443", "/p", "x", false,
		"https://User:Pass@h:8443/p", true),
	ROW("https://User:Pass@h:8443", "/p", "x", false,
		"https://User:Pass@h/p", true),
	ROW("https://User:Pass@h", "/p", "x", false, "https://user:pass@h/p",
		false),
	ROW("https://User:Pass@H", "/p", "x", false, "https://User:Pass@h/p",
		true),
	ROW("https://user@h", "/p", "x", false, "https://user@h/p", true),
	ROW("https://a@b@h", "/p", "x", false, "https://h/p", true),
	/* a prefix that the proxy cuts off */
	ROW("https://h/hooks", "/p?a=1", "x", false, "https://h/hooks/p?a=1",
		true),
	ROW("https://h/hooks/", "/p", "x", false, "https://h/hooks/p", true),
	ROW("https://h/hooks//", "/p", "x", false, "https://h/hooks/p", true),
	ROW("https://h/", "/p", "x", false, "https://h/p", true),
	ROW("https://h:8443/A/b", "/p", "x", false, "https://h:443/A/b/p",
		true),
	ROW("https://H/A/b", "/p", "x", false, "https://h/A/b/p", true),
	ROW("https://H/A/b", "/p", "x", false, "https://h/a/b/p", false),
	ROW("https://h/hooks", "/p", "x", false, "https://h/p", false),
	ROW("https://h/hooks", "/", "x", false, "https://h/hooks/", true),
	ROW("https://h/hooks", "/", "x", false, "https://h/hooks", false),
	/* the root, asked for as "/" */
	ROW(NULL, "/", "h", true, "https://h/", true),
	ROW(NULL, "/", "h", true, "https://h", true),
	ROW(NULL, "/", "h", true, "https://h:443", true),
	ROW("https://h", "/", "x", false, "https://h", true),
	ROW("https://h/", "/", "x", false, "https://h", true),
	ROW(NULL, "//", "h", true, "https://h", false),
	/* absolute form: its origin counts for nothing */
	ROW(NULL, "http://other:81/p?a=1", "h", true, "https://h/p?a=1", true),
	ROW(NULL, "http://other:81/p", "h", true, "http://other:81/p", false),
	ROW(NULL, "https://h", "h", true, "https://h", true),
	ROW(NULL, "https://h", "h", true, "https://h/", true),
	ROW(NULL, "https://h/", "h", true, "https://h/", true),
	ROW(NULL, "https://u@h/p", "h", true, "https://h/p", true),
	ROW("https://h/x", "http://other/p", "y", true, "https://h/x/p", true),
	/* a fragment was never signed */
	ROW(NULL, "/p#rc=3&rt=5000", "h", true, "https://h/p", true),
	ROW(NULL, "/p?a=1#rc=3", "h", true, "https://h/p?a=1", true),
	ROW(NULL, "/p?a=1#rc=3", "h", true, "https://h/p?a=1#rc=3", false),
	ROW(NULL, "/p#?a=1", "h", true, "https://h/p", true),
	ROW(NULL, "/#", "h", true, "https://h", true),
	ROW(NULL, "http://o#f", "h", true, "https://h/", true),
	ROW(NULL, "http://o/p#f", "h", true, "https://h/p", true),
	/* the path is taken as it came */
	ROW(NULL, "//p/./a/../b", "h", true, "https://h//p/./a/../b", true),
	ROW(NULL, "/a%27b'c+d%40e", "h", true, "https://h/a%27b'c+d%40e", true),
	ROW(NULL, "/a%27b", "h", true, "https://h/a'b", false),
	ROW(NULL, "/a'b", "h", true, "https://h/a%27b", false),
	ROW(NULL, "/a+b?c", "h", true, "https://h/a%20b?c", false),
	ROW(NULL, "/a%40b?c=%40", "h", true, "https://h/a@b?c=@", false),
	ROW(NULL, "/a%40b?c=%40", "h", true, "https://h/a%40b?c=@", true),
	ROW(NULL,
		"/Espa\xC3\xB1"
		"a?a\xC3\xB1o=2",
		"h", true,
		"https://h/Espa\xC3\xB1"
		"a?a\xC3\xB1o=2",
		true),
	/* the query as it came */
	ROW(NULL, "/p?", "h", true, "https://h/p?", true),
	ROW(NULL, "/p?", "h", true, "https://h/p", false),
	ROW(NULL, "/p", "h", true, "https://h/p?", false),
	ROW(NULL, "/p?b=2&a=1", "h", true, "https://h/p?b=2&a=1", true),
	ROW(NULL, "/p?b=2&a=1", "h", true, "https://h/p?a=1&b=2", false),
	ROW(NULL, "/p?a=1&a=1&&b", "h", true, "https://h/p?a=1&a=1&&b", true),
	ROW(NULL, "/p?a=%", "h", true, "https://h/p?a=%", true),
	ROW(NULL, "/p?a?b=/c", "h", true, "https://h/p?a?b=/c", true),
	/* quotes: signed raw or encoded, seen the other way */
	ROW(NULL, "/p?a=It%27s+so", "h", true, "https://h/p?a=It's+so", true),
	ROW(NULL, "/p?a=It's+so", "h", true, "https://h/p?a=It%27s+so", true),
	ROW(NULL, "/p?a=%27%27", "h", true, "https://h/p?a=''", true),
	ROW(NULL, "/p?a=''", "h", true, "https://h/p?a=%27%27", true),
	ROW(NULL, "/p?a=%28%27%29", "h", true, "https://h/p?a=%28'%29", true),
	ROW(NULL, "/p?a=%2527", "h", true, "https://h/p?a=%25'", false),
	/* as Node's querystring writes it */
	ROW(NULL, "/p?a=b+c", "h", true, "https://h/p?a=b%20c", true),
	ROW(NULL, "/p?a=It%27s+so", "h", true, "https://h/p?a=It's%20so", true),
	ROW(NULL, "/p?a=%2b%c3%b1", "h", true, "https://h/p?a=%2B%C3%B1", true),
	ROW(NULL, "/p?a=%41%2D%5F%2E%21%7E%2A%28%29", "h", true,
		"https://h/p?a=A-_.!~*()", true),
	ROW(NULL, "/p?a=b:c@d/e?f,g;h", "h", true,
		"https://h/p?a=b%3Ac%40d%2Fe%3Ff%2Cg%3Bh", true),
	ROW(NULL, "/p?a=%26%3D", "h", true, "https://h/p?a=%26%3D", true),
	ROW(NULL, "/p?a=%26b%3D", "h", true, "https://h/p?a=&b=", false),
	ROW(NULL, "/p?a%20b=1", "h", true, "https://h/p?a%20b=1", true),
	ROW(NULL, "/p?a=%zz", "h", true, "https://h/p?a=%25zz", true),
	ROW(NULL, "/p?a=%4", "h", true, "https://h/p?a=%254", true),
	/* not the other way round */
	ROW(NULL, "/p?a=b%20c", "h", true, "https://h/p?a=b+c", false),
	ROW(NULL, "/p?a=%2B", "h", true, "https://h/p?a=%2b", false),
	ROW(NULL, "/p?a=%2B", "h", true, "https://h/p?a=+", false),
	ROW(NULL, "/p?a=%C3%B1", "h", true, "https://h/p?a=\xC3\xB1", false),
	/* SIP addresses */
	ROW(NULL, "/p?To=sip%3Aa%40b&c=1", "h", true,
		"https://h/p?To=sip:a@b&c=1", true),
	ROW(NULL, "/p?To=sip%3aa%40b", "h", true, "https://h/p?To=sip:a@b",
		true),
	ROW(NULL, "/p?a=%40", "h", true, "https://h/p?a=@", true),
	ROW(NULL, "/p?a=%3A", "h", true, "https://h/p?a=:", true),
	ROW(NULL, "/p?a=%40%2B+%27", "h", true, "https://h/p?a=@%2B+%27", true),
	ROW(NULL, "/p?a=%253A", "h", true, "https://h/p?a=%3A", false),
};

static void
test_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(url_rows); i++) {
		const struct url_row *row = &url_rows[i];
		struct sample sample;

		sample_fill(&sample, row->public_url, row->target, row->host,
			row->https);
		CHECK_NUMBER(row->line, sample.err, ERR_OK);
		check_sound(row->line, &sample.set);
		CHECK(row->line, holds(&sample.set, row->url) == row->present);
		sample_close(&sample);
	}
}

static const struct first_row {
	int line;
	const char *public_url, *target, *host;
	bool https;
	const char *origin, *rest; /* first in their lists */
} first_rows[] = {
	ROW(NULL, "/p?a=It%27s", "h", true, "https://h", "/p?a=It%27s"),
	ROW(NULL, "/", "h:8080", false, "http://h:8080", "/"),
	ROW("https://Pub/x/", "/p?a=+", "h", false, "https://Pub/x", "/p?a=+"),
	/* Twilio documents that it takes them out. */
	ROW("https://u:p@pub", "/p", "h", false, "https://pub", "/p"),
};

/* The likeliest stands first: the URL as it was seen or set. */
static void
test_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(first_rows); i++) {
		const struct first_row *row = &first_rows[i];
		struct sample sample;

		sample_fill(&sample, row->public_url, row->target, row->host,
			row->https);
		CHECK_NUMBER(row->line, sample.err, ERR_OK);
		CHECK_TEXT(row->line, sample.set.origins[0], row->origin);
		CHECK_TEXT(row->line, sample.set.targets[0], row->rest);
		sample_close(&sample);
	}
}

/* Everything that can differ does: the lists are long enough for it. */
static void
test_most(void **state)
{
	struct sample sample;

	(void)state;
	sample_fill(&sample, "HTTPS://User:Pass@Pub.Example:8443/X",
		"/p?a=%27&b='&c=+&d=%40", "h", false);
	assert_int_equal(sample.err, ERR_OK);
	check_sound(__LINE__, &sample.set);
	assert_int_equal(sample.set.n_origins, 12);
	assert_int_equal(sample.set.n_targets, 5);
	sample_close(&sample);
	sample_fill(&sample, NULL, "/", "h", true);
	assert_int_equal(sample.set.n_origins, 2);
	assert_int_equal(sample.set.n_targets, 2);
	sample_close(&sample);
}

/*
 * No URL of the set leaves out a part of the query: what it leaves out would
 * be taken although nobody signed it.
 */
static void
test_nothing_is_left_out(void **state)
{
	static const char *const hex = "0123456789abcdef";

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char target[] = "/p?a=%00&last=1";
		struct sample sample;

		target[6] = hex[byte >> 4];
		target[7] = hex[byte & 15];
		sample_fill(&sample, NULL, target, "h", true);
		assert_int_equal(sample.err, ERR_OK);
		for (size_t i = 0; i < sample.set.n_targets; i++)
			if (strstr(sample.set.targets[i], "&last=1") == NULL)
				fail_msg("%s gives %s", target,
					sample.set.targets[i]);
		sample_close(&sample);
	}
}

/* Absolute form loses its origin, not its query. */
static void
test_absolute_form_keeps_query(void **state)
{
	struct sample sample;

	(void)state;
	sample_fill(&sample, NULL, "https://h?a=1", "h", true);
	for (size_t i = 0; i < sample.set.n_targets; i++)
		assert_non_null(strstr(sample.set.targets[i], "?a=1"));
	sample_close(&sample);
}

static const struct fault_row {
	int line;
	const char *public_url, *target, *host;
	enum err err;
} fault_rows[] = {
	/* not a public URL */
	ROW("", "/p", "h", ERR_SETTING),
	ROW("pub.example", "/p", "h", ERR_SETTING),
	ROW("//pub.example", "/p", "h", ERR_SETTING),
	ROW("https", "/p", "h", ERR_SETTING),
	ROW("https:", "/p", "h", ERR_SETTING),
	ROW("https:/pub", "/p", "h", ERR_SETTING),
	ROW("https//pub", "/p", "h", ERR_SETTING),
	ROW("https://", "/p", "h", ERR_SETTING),
	ROW("https:///x", "/p", "h", ERR_SETTING),
	ROW("https://:443", "/p", "h", ERR_SETTING),
	ROW("https://user@", "/p", "h", ERR_SETTING),
	ROW("https://user@:443/x", "/p", "h", ERR_SETTING),
	ROW("ftp://pub", "/p", "h", ERR_SETTING),
	ROW("wss://pub", "/p", "h", ERR_SETTING),
	ROW("httpss://pub", "/p", "h", ERR_SETTING),
	ROW("xhttps://pub", "/p", "h", ERR_SETTING),
	ROW(" https://pub", "/p", "h", ERR_SETTING),
	ROW("pub?https://x", "/p", "h", ERR_SETTING),
	ROW("https://pub?a=1", "/p", "h", ERR_SETTING),
	ROW("https://pub/x?a=1", "/p", "h", ERR_SETTING),
	ROW("https://pub#rc=3", "/p", "h", ERR_SETTING),
	ROW("https://pub/x#rc=3", "/p", "h", ERR_SETTING),
	ROW("https://pub/x y", "/p", "h", ERR_SETTING),
	ROW("https://?a", "/p", "h", ERR_SETTING),
	/* no target */
	ROW(NULL, NULL, "h", ERR_MALFORMED),
	ROW(NULL, "", "h", ERR_MALFORMED),
	ROW(NULL, "*", "h", ERR_MALFORMED),
	ROW(NULL, "p", "h", ERR_MALFORMED),
	ROW(NULL, "h:443", "h", ERR_MALFORMED),
	ROW(NULL, "?a=1", "h", ERR_MALFORMED),
	ROW("https://pub", NULL, "h", ERR_MALFORMED),
	ROW("https://pub", "*", "h", ERR_MALFORMED),
	/* no host */
	ROW(NULL, "/p", NULL, ERR_MALFORMED),
	ROW(NULL, "/p", "", ERR_MALFORMED),
	ROW(NULL, "http://other/p", NULL, ERR_MALFORMED),
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(fault_rows); i++) {
		const struct fault_row *row = &fault_rows[i];
		struct sample sample;

		sample_fill(
			&sample, row->public_url, row->target, row->host, true);
		CHECK_NUMBER(row->line, sample.err, row->err);
		CHECK(row->line, sample.reason.text[0] != '\0');
		sample_close(&sample);
	}
}

/* A port or a user alone is no host. */
static void
test_header_without_host(void **state)
{
	static const char *const hosts[] = {":8080", "user@", "user@:8080"};

	(void)state;
	for (size_t i = 0; i < N_OF(hosts); i++) {
		struct sample sample;

		sample_fill(&sample, NULL, "/p", hosts[i], true);
		assert_int_equal(sample.err, ERR_MALFORMED);
		sample_close(&sample);
	}
}

/* No reason tells a password or a query, and none is needed. */
static void
test_reasons(void **state)
{
	const struct url_seen seen = {"*?Body=secret", "h", true};
	struct url_set set;
	struct sample sample;

	(void)state;
	sample_fill(&sample, "ftp://user:secret@h", "/p", "h", true);
	assert_null(strstr(sample.reason.text, "secret"));
	assert_non_null(strstr(sample.reason.text, "HOOKSWITCH_PUBLIC_URL"));
	sample_close(&sample);
	sample_fill(&sample, NULL, seen.target, seen.host, true);
	assert_int_equal(sample.err, ERR_MALFORMED);
	assert_null(strstr(sample.reason.text, "secret"));
	sample_close(&sample);
	assert_int_equal(url_set_fill(&set, NULL, &seen, NULL), ERR_MALFORMED);
	url_set_free(&set);
	assert_int_equal(url_set_fill(&set, "h", &seen, NULL), ERR_SETTING);
	url_set_free(&set);
}

/* len bytes: start, then fill. */
static char *
long_text(const char *start, char fill, size_t len)
{
	char *text = malloc(len + 1);
	size_t start_len = strlen(start);

	assert_non_null(text);
	assert_true(start_len <= len);
	memcpy(text, start, start_len);
	memset(text + start_len, fill, len - start_len);
	text[len] = '\0';
	return text;
}

static const struct limit_row {
	int line;
	const char *start;
	char fill;
	size_t len;
	enum err err;
} target_rows[] = {
	ROW("/", 'p', LIMIT_TARGET, ERR_OK),
	ROW("/", 'p', LIMIT_TARGET + 1, ERR_TOO_LARGE),
	ROW("/?", 'a', LIMIT_TARGET, ERR_OK),
	ROW("/?", 'a', LIMIT_TARGET + 1, ERR_TOO_LARGE),
	/* three times as long when encoded */
	ROW("/?", '\'', LIMIT_TARGET, ERR_OK),
	ROW("/?", ':', LIMIT_TARGET, ERR_OK),
	ROW("/?", '+', LIMIT_TARGET, ERR_OK),
	ROW("/?", '%', LIMIT_TARGET, ERR_OK),
	ROW("/?%27%40", '\xFF', LIMIT_TARGET, ERR_OK),
	/* the origin of an absolute form does not count */
	ROW("http://other.example/", 'p',
		LIMIT_TARGET + sizeof "http://other.example" - 1, ERR_OK),
	ROW("http://other.example/", 'p',
		LIMIT_TARGET + sizeof "http://other.example", ERR_TOO_LARGE),
};

static void
test_long_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(target_rows); i++) {
		const struct limit_row *row = &target_rows[i];
		char *target = long_text(row->start, row->fill, row->len);
		struct sample sample;

		sample_fill(&sample, NULL, target, "h", true);
		CHECK_NUMBER(row->line, sample.err, row->err);
		if (row->err == ERR_OK)
			check_sound(row->line, &sample.set);
		sample_close(&sample);
		free(target);
	}
}

/* Longer ones may add ":443"; what is over even without it is refused. */
static const struct limit_row host_rows[] = {
	ROW("h", 'h', 253, ERR_OK),
	ROW("h", 'h', LIMIT_ORIGIN - sizeof "https://:443" + 1, ERR_OK),
	ROW("h", 'h', LIMIT_ORIGIN - sizeof "https://" + 2, ERR_TOO_LARGE),
	ROW("h", 'h', 8 * LIMIT_ORIGIN, ERR_TOO_LARGE),
	ROW("u:", 'h', 8 * LIMIT_ORIGIN, ERR_TOO_LARGE),
};

static void
test_long_host(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(host_rows); i++) {
		const struct limit_row *row = &host_rows[i];
		char *host = long_text(row->start, row->fill, row->len);
		struct sample sample;

		sample_fill(&sample, NULL, "/p", host, true);
		CHECK_NUMBER(row->line, sample.err, row->err);
		if (row->err == ERR_OK)
			check_sound(row->line, &sample.set);
		else
			CHECK(row->line, sample.reason.text[0] != '\0');
		sample_close(&sample);
		free(host);
	}
}

static void
test_long_public_url(void **state)
{
	char *url = long_text("https://h/", 'x', LIMIT_ORIGIN + 1);
	struct sample sample;

	(void)state;
	sample_fill(&sample, url, "/p", "h", true);
	assert_int_equal(sample.err, ERR_TOO_LARGE);
	sample_close(&sample);
	url[LIMIT_ORIGIN - strlen(":443")] = '\0';
	sample_fill(&sample, url, "/p", "h", true);
	assert_int_equal(sample.err, ERR_OK);
	sample_close(&sample);
	free(url);
}

/* Every text cut anywhere: a sound set or an error, and nothing leaks. */
static void
test_truncated(void **state)
{
	static const char url[] = "https://u:p@[2001:db8::1]:8443/x/y/";
	static const char target[] =
		"http://u@[::1]:80/p?a=%27&b='&c=+%40%3a&%C3%B1=%#f%4";
	static const char host[] = "u:p@[2001:DB8::1]:8443";

	(void)state;
	for (size_t i = 0; i < 3 * sizeof target; i++) {
		char texts[3][sizeof target] = {"", "", ""};
		const size_t len = i / 3;
		struct sample sample;

		memcpy(texts[0], url, sizeof url);
		memcpy(texts[1], target, sizeof target);
		memcpy(texts[2], host, sizeof host);
		texts[i % 3][len] = '\0';
		sample_fill(&sample, i % 3 == 0 ? texts[0] : NULL, texts[1],
			texts[2], true);
		if (sample.err == ERR_OK)
			check_sound(__LINE__, &sample.set);
		else
			assert_true(sample.err == ERR_SETTING ||
				    sample.err == ERR_MALFORMED);
		sample_close(&sample);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_most),
		cmocka_unit_test(test_nothing_is_left_out),
		cmocka_unit_test(test_absolute_form_keeps_query),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_header_without_host),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_long_target),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_long_public_url),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
