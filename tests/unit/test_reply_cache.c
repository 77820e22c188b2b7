/*
 * What is kept of replies, and of who has said STOP.
 */
#include "config.h"

#include "reply_cache.h"

#include <stdlib.h>

#include "check.h"
#include "limit.h"
#include "scratch.h"

static const struct reply_key alice = {
	REPLY_CACHE_OPTED_OUT, "AC1", "+1", "", "alice"};
static const struct reply_key bob = {
	REPLY_CACHE_OPTED_OUT, "AC1", "+1", "", "bob"};

static bool
is_kept(const char *spool, const struct reply_key *key, const char *text)
{
	struct buf found;
	bool is_there;

	buf_init(&found, LIMIT_TWIML);
	is_there = reply_cache_find(&found, spool, key) &&
		   strcmp(buf_text(&found), text) == 0;
	buf_free(&found);
	return is_there;
}

static void
test_keep_and_forget(void **state)
{
	const char *spool = *state;
	struct reason reason = {""};
	bool is_known = true;

	assert_int_equal(
		reply_cache_forget(spool, &alice, false, &is_known, &reason),
		ERR_OK);
	assert_false(is_known);
	reply_cache_keep(spool, &alice, "STOP");
	reply_cache_keep(spool, &bob, "STOP");
	assert_int_equal(
		reply_cache_forget(spool, &alice, true, &is_known, &reason),
		ERR_OK);
	assert_true(is_known);
	assert_true(is_kept(spool, &alice, "STOP"));
	assert_int_equal(
		reply_cache_forget(spool, &alice, false, &is_known, &reason),
		ERR_OK);
	assert_true(is_known);
	assert_false(is_kept(spool, &alice, "STOP"));
	assert_true(is_kept(spool, &bob, "STOP"));
	reply_cache_keep(spool, &bob, NULL);
	assert_false(is_kept(spool, &bob, "STOP"));
}

/* What cannot be found out is no "none". */
static void
test_forget_fails(void **state)
{
	const char *spool = *state;
	struct reason reason = {""};
	bool is_known = false;

	(void)scratch_write(spool, "replies", "a file", 0600);
	assert_int_equal(
		reply_cache_forget(spool, &alice, true, &is_known, &reason),
		ERR_IO);
	assert_true(is_known);
	CHECK_HOLDS(__LINE__, reason.text, "could not delete \"");
	CHECK_HOLDS(__LINE__, reason.text, ": Not a directory");
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
		function, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keep_and_forget),
		TEST(test_forget_fails),
	};

	return cmocka_run_group_tests_name("reply_cache", tests, NULL, NULL);
}
