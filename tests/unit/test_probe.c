/*
 * What answers where an endpoint should.
 */
#include "config.h"

#include "probe.h"

#include "check.h"

#define HTML "Content-Type: text/html"
#define JSON "Content-Type: application/json"
#define PAGE "<html>no</html>"

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* method, status, header, body; what it is */
static const struct row {
	int line;
	const char *method;
	int status;
	const char *header, *body;
	enum probe probe;
} rows[] = {
	ROW("POST", 403, "Content-Length: 0", "", PROBE_ENDPOINT),
	ROW("GET", 403, "Content-Length: 0", "", PROBE_ENDPOINT),
	ROW("POST", 403, HTML, PAGE, PROBE_FORBIDDEN),
	ROW("POST", 405, JSON, "{\"signature\":\"wrong\"}", PROBE_METHOD),
	ROW("POST", 405, "Allow: GET, HEAD", "", PROBE_METHOD),
	ROW("POST", 405, HTML, PAGE, PROBE_STATIC),
	ROW("GET", 200, "A: b", "\177ELF\2", PROBE_SOURCE),
	ROW("POST", 200, "A: b", "\177ELF\2", PROBE_SOURCE),
	ROW("GET", 200, "A: b", "\177ELF", PROBE_OTHER),
	ROW("GET", 200, HTML, "<title>Index of /</title>", PROBE_LISTING),
	ROW("POST", 200, HTML, "<title>Index of /</title>", PROBE_OTHER),
	ROW("GET", 200, HTML, PAGE, PROBE_OTHER),
	ROW("POST", 204, "A: b", "", PROBE_OTHER),
	ROW("POST", 301, "Location: https://a.de/", "", PROBE_REDIRECT),
	ROW("POST", 308, "Location: https://a.de/", "", PROBE_REDIRECT),
	ROW("POST", 401, HTML, PAGE, PROBE_LOGIN),
	ROW("POST", 407, HTML, PAGE, PROBE_LOGIN),
	ROW("POST", 404, HTML, PAGE, PROBE_NOT_FOUND),
	ROW("POST", 410, HTML, PAGE, PROBE_NOT_FOUND),
	ROW("POST", 413, "A: b", "", PROBE_TOO_LARGE),
	ROW("POST", 429, HTML, PAGE, PROBE_LIMIT),
	ROW("POST", 500, "A: b", "", PROBE_SETTING),
	ROW("POST", 500, HTML, PAGE, PROBE_BROKEN),
	ROW("POST", 503, "A: b", "", PROBE_AWAY),
	ROW("POST", 503, HTML, PAGE, PROBE_GATEWAY),
	ROW("POST", 502, HTML, PAGE, PROBE_GATEWAY),
	ROW("POST", 504, "A: b", "", PROBE_GATEWAY),
	ROW("POST", 400, "A: b", "", PROBE_OTHER),
	ROW("POST", 415, "A: b", "", PROBE_OTHER),
	ROW("POST", 100, "A: b", "", PROBE_OTHER),
};

static void
test_judge(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct http_answer answer;

		http_answer_init(&answer);
		answer.status = row->status;
		assert_int_equal(buf_add(&answer.headers, row->header,
					 strlen(row->header) + 1),
			ERR_OK);
		assert_int_equal(buf_add_text(&answer.body, row->body), ERR_OK);
		CHECK_NUMBER(row->line, probe_judge(&answer, row->method),
			row->probe);
		http_answer_free(&answer);
	}
}

/* Whatever is not as it should be says what to do. */
static void
test_texts(void **state)
{
	(void)state;
	for (int i = 0; i < PROBE__MAX; i++) {
		assert_true(probe_found((enum probe)i)[0] != '\0');
		assert_int_equal(probe_mend((enum probe)i)[0] == '\0',
			i == PROBE_ENDPOINT);
	}
	for (int i = HTTP_FINE; i <= HTTP_BROKEN; i++)
		assert_true(
			probe_mend_trouble((enum http_trouble)i)[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
