/*
 * Where the parts of a site are.
 */
#include "config.h"

#include "place.h"

#include "check.h"
#include "scratch.h"

#include <stdlib.h>
#include <unistd.h>

/* A scratch directory with a home in it; everything below is relative to it. */
struct home {
	char path[PATH_MAX];
	struct place place;
	struct reason reason;
};

static void
home_make(struct home *home, const char *scratch)
{
	static const char *const names[] = {"home", "home/public_html",
		"home/public_html/shop", "srv", "srv/site"};

	for (size_t i = 0; i < N_OF(names); i++)
		(void)scratch_mkdir(scratch, names[i]);
	assert_non_null(realpath(scratch, home->path));
}

/* The rest of a path behind the scratch directory. */
static const char *
rest(const struct home *home, const char *path)
{
	size_t len = strlen(home->path);

	assert_memory_equal(path, home->path, len);
	return path + len;
}

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* directory, home, --private, --config; private, config */
static const struct find_row {
	int line;
	const char *directory, *home, *private, *config;
	const char *found_private, *found_config;
} finds[] = {
	ROW("/home/public_html", "/home", NULL, NULL, "/home/private",
		"/home/private/hookswitch.conf"),
	ROW("/home/public_html/shop", "/home", NULL, NULL, "/home/private",
		"/home/private/hookswitch.conf"),
	ROW("/home/public_html/shop/", NULL, NULL, NULL, "/home/private",
		"/home/private/hookswitch.conf"),
	ROW("/home/public_html/shop/../new", NULL, NULL, NULL, "/home/private",
		"/home/private/hookswitch.conf"),
	ROW("/srv/site", "/home", NULL, NULL, "/srv/private",
		"/srv/private/hookswitch.conf"),
	ROW("/home", "/home", NULL, NULL, "/private",
		"/private/hookswitch.conf"),
	ROW("/srv/site", NULL, "/srv/secret", NULL, "/srv/secret",
		"/srv/secret/hookswitch.conf"),
	ROW("/srv/site", NULL, NULL, "/srv/a.conf", "/srv", "/srv/a.conf"),
	ROW("/srv/site", NULL, "/srv/secret", "/home/b.conf", "/srv/secret",
		"/home/b.conf"),
};

static const char *
under(const struct home *home, const char *name, char path[PATH_MAX])
{
	if (name == NULL)
		return NULL;
	(void)snprintf(path, PATH_MAX, "%.1000s%.1000s", home->path, name);
	return path;
}

static void
test_find(void **state)
{
	static struct home home;

	home_make(&home, *state);
	for (size_t i = 0; i < N_OF(finds); i++) {
		const struct find_row *row = &finds[i];
		char paths[4][PATH_MAX];

		CHECK_NUMBER(row->line,
			place_find(&home.place,
				under(&home, row->directory, paths[0]),
				under(&home, row->private, paths[1]),
				under(&home, row->config, paths[2]),
				under(&home, row->home, paths[3]),
				&home.reason),
			ERR_OK);
		CHECK_TEXT(row->line, rest(&home, home.place.private),
			row->found_private);
		CHECK_TEXT(row->line, rest(&home, home.place.config),
			row->found_config);
		CHECK_TEXT(row->line, home.place.root, home.place.directory);
	}
}

static void
test_not_found(void **state)
{
	static struct home home;
	char path[PATH_MAX];

	home_make(&home, *state);
	assert_int_equal(
		place_find(&home.place, under(&home, "/nowhere/site", path),
			NULL, NULL, NULL, &home.reason),
		ERR_IO);
	CHECK_HOLDS(__LINE__, home.reason.text, "/nowhere\"");
	assert_int_equal(
		place_find(&home.place, "/", NULL, NULL, NULL, &home.reason),
		ERR_IO);
	assert_int_equal(
		place_find(&home.place, "", NULL, NULL, NULL, &home.reason),
		ERR_IO);
}

static void
test_relative(void **state)
{
	static struct home home;
	char before[PATH_MAX];

	home_make(&home, *state);
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(home.path), 0);
	assert_int_equal(place_find(&home.place, "srv/site", "secret", NULL,
				 NULL, &home.reason),
		ERR_OK);
	CHECK_TEXT(__LINE__, rest(&home, home.place.directory), "/srv/site");
	CHECK_TEXT(__LINE__, rest(&home, home.place.programs),
		"/srv/site/hookswitch");
	CHECK_TEXT(__LINE__, rest(&home, home.place.private), "/secret");
	assert_int_equal(chdir(before), 0);
}

/* URL, its part that is the setting, the document root */
static const struct url_row {
	int line;
	const char *url, *setting, *root;
} urls[] = {
	ROW("https://a.de", "https://a.de", "/home/public_html/shop"),
	ROW("https://a.de/", "https://a.de", "/home/public_html/shop"),
	ROW("https://a.de/shop", "https://a.de", "/home/public_html"),
	ROW("https://a.de/shop/", "https://a.de", "/home/public_html"),
	ROW("https://a.de/public_html/shop", "https://a.de", "/home"),
	ROW("https://a.de/hop", "https://a.de/hop", "/home/public_html/shop"),
	ROW("https://a.de/x/shop", "https://a.de/x/shop",
		"/home/public_html/shop"),
	ROW("https://a.de/prefix/", "https://a.de/prefix",
		"/home/public_html/shop"),
};

static void
test_url(void **state)
{
	static struct home home;
	char path[PATH_MAX];

	home_make(&home, *state);
	for (size_t i = 0; i < N_OF(urls); i++) {
		const struct url_row *row = &urls[i];
		size_t len;

		CHECK_NUMBER(row->line,
			place_find(&home.place,
				under(&home, "/home/public_html/shop", path),
				NULL, NULL, NULL, &home.reason),
			ERR_OK);
		place_learn_url(&home.place, row->url, &len);
		CHECK_NUMBER(row->line, len, strlen(row->setting));
		CHECK_TEXT(row->line, rest(&home, home.place.root), row->root);
	}
}

/* a path; whether it is outside of the document root /home/public_html */
static const struct outside_row {
	int line;
	const char *path;
	enum err err;
} outsides[] = {
	ROW("/home/private/spool", ERR_OK),
	ROW("/home/public_html", ERR_SETTING),
	ROW("/home/public_html/private", ERR_SETTING),
	ROW("/home/public_html/none/deep", ERR_SETTING),
	ROW("/home/public_html.old", ERR_OK),
	ROW("/home/link/spool", ERR_SETTING),
};

static void
test_outside(void **state)
{
	static struct home home;
	char path[PATH_MAX];

	home_make(&home, *state);
	(void)scratch_link(*state, "home/link",
		scratch_path(*state, "home/public_html/shop"));
	assert_int_equal(
		place_find(&home.place, under(&home, "/home/public_html", path),
			NULL, NULL, NULL, &home.reason),
		ERR_OK);
	for (size_t i = 0; i < N_OF(outsides); i++) {
		CHECK_NUMBER(outsides[i].line,
			place_check_outside(&home.place, "the spool",
				under(&home, outsides[i].path, path),
				&home.reason),
			outsides[i].err);
		if (outsides[i].err != ERR_OK)
			CHECK_HOLDS(outsides[i].line, home.reason.text,
				"/home/private\"");
	}
	/* What would be no better is not named. */
	(void)scratch_link(*state, "home/private",
		scratch_path(*state, "home/public_html/shop"));
	assert_int_equal(place_check_outside(&home.place, "the spool",
				 under(&home, "/home/private/spool", path),
				 &home.reason),
		ERR_SETTING);
	CHECK_HOLDS(__LINE__, home.reason.text, "another by --private");
	CHECK_LACKS(__LINE__, home.reason.text, "such as");
	/* A document root that is still to be made. */
	assert_int_equal(place_find(&home.place, under(&home, "/srv/new", path),
				 NULL, NULL, NULL, &home.reason),
		ERR_OK);
	assert_int_equal(
		place_check_outside(&home.place, "the spool",
			under(&home, "/srv/new/spool", path), &home.reason),
		ERR_SETTING);
}

static void
test_plain(void **state)
{
	static const char *const good[] = {"/", "/home/example/private",
		"/home/m\xc3\xbcller/a-b_c.d+e~1,2@3"};
	static const char *const bad[] = {"", "home", "/a b", "/a\tb", "/a\"b",
		"/a'b", "/a\\b", "/${a}", "/a%b", "/a#b", "/a\nb", "/a<b"};
	struct reason reason;

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++)
		CHECK_NUMBER((int)i,
			place_check_plain("file", good[i], &reason), ERR_OK);
	for (size_t i = 0; i < N_OF(bad); i++)
		CHECK_NUMBER((int)i, place_check_plain("file", bad[i], &reason),
			ERR_SETTING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_find, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_not_found, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_relative, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_url, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(
			test_outside, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
