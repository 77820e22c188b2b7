/*
 * X-Twilio-Signature, against published vectors and against ourselves.
 */
#include "config.h"

#include "signature.h"

#include "check.h"
#include "guard.h"
#include "limit.h"

#include <jansson.h>
#include <stdlib.h>

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

#define TOKEN "12345"
#define SIGNATURE_LEN (DIGEST_SIGNATURE_SIZE - 1)

/* A request as it is after url_set_fill and form_parse. */
struct sample {
	struct url_set urls;
	struct form form;
	struct guard guard; /* what the form points into */
};

static void
sample_open(struct sample *sample, const char *public_url,
	const struct url_seen *seen, const char *body)
{
	size_t len = strlen(body);

	assert_int_equal(
		url_set_fill(&sample->urls, public_url, seen, NULL), ERR_OK);
	form_init(&sample->form);
	(void)guard_buffer(&sample->guard, body, len, 1);
	assert_int_equal(
		form_parse(&sample->form, sample->guard.data, len, NULL),
		ERR_OK);
}

/* The same from a whole URL: its origin is the public one. */
static void
sample_open_url(struct sample *sample, const char *url, const char *body)
{
	const char *authority = strstr(url, "://");
	const char *target;
	char origin[200];

	assert_non_null(authority);
	target = authority + 3 + strcspn(authority + 3, "/?#");
	assert_true((size_t)(target - url) < sizeof origin);
	memcpy(origin, url, (size_t)(target - url));
	origin[target - url] = '\0';
	sample_open(sample, origin,
		&(struct url_seen){target, "proxy:81", false}, body);
}

static void
sample_close(struct sample *sample)
{
	url_set_free(&sample->urls);
	form_free(&sample->form);
	guard_free(&sample->guard);
}

/* Verifies under one token, with all parameters of the form. */
static enum err
verify(const struct sample *sample, const char *token, const char *signature)
{
	const char *const tokens[] = {token};
	struct signature_match match;

	return signature_verify(&sample->urls, &sample->form, sample->form.n,
		tokens, 1, signature, &match, NULL);
}

/* A signature in guarded memory, which has no byte after its NUL. */
static enum err
verify_guarded(
	const struct sample *sample, const char *token, const char *signature)
{
	struct guard guards[2];
	enum err err = verify(sample, guard_text(&guards[0], token),
		guard_text(&guards[1], signature));

	guard_free(&guards[0]);
	guard_free(&guards[1]);
	return err;
}

/* What is wrong with any signature but the right one. */
static void
check_signature_bits(const char *name, const struct sample *sample,
	const char *token, const char *signature)
{
	char flipped[DIGEST_SIGNATURE_SIZE];

	assert_int_equal(strlen(signature), SIGNATURE_LEN);
	memcpy(flipped, signature, sizeof flipped);
	for (size_t i = 0; i < 8 * SIGNATURE_LEN; i++) {
		char bit = (char)(1 << i % 8);

		flipped[i / 8] ^= bit;
		if (verify(sample, token, flipped) != ERR_REFUSED)
			fail_msg("%s: taken with \"%s\"", name, flipped);
		flipped[i / 8] ^= bit;
	}
}

/* Flips every bit of len bytes of the form, one after the other. */
static void
check_text_bits(const char *name, const struct sample *sample,
	const char *token, const char *signature, const char *text, size_t len)
{
	char *bytes = sample->guard.data + (text - sample->guard.data);

	for (size_t i = 0; i < 8 * len; i++) {
		char bit = (char)(1 << i % 8);

		bytes[i / 8] ^= bit;
		if (verify(sample, token, signature) != ERR_REFUSED)
			fail_msg("%s: taken with \"%s\"", name, text);
		bytes[i / 8] ^= bit;
	}
}

static bool
is_repeated(const struct form *form, size_t at)
{
	const struct parameter *a = &form->parameters[at];

	for (size_t i = 0; i < form->n; i++) {
		const struct parameter *b = &form->parameters[i];

		if (i != at && strcmp(a->name, b->name) == 0 &&
			strcmp(a->value, b->value) == 0)
			return true;
	}
	return false;
}

/* Every parameter counts: changed, left out, longer or shorter. */
static void
check_parameters(const char *name, struct sample *sample, const char *token,
	const char *signature)
{
	for (size_t i = 0; i < sample->form.n; i++) {
		struct parameter *parameter = &sample->form.parameters[i];
		const struct parameter whole = *parameter;

		check_text_bits(name, sample, token, signature, whole.name,
			whole.name_len);
		check_text_bits(name, sample, token, signature, whole.value,
			whole.value_len);
		if (is_repeated(&sample->form, i))
			continue;
		for (size_t len = 0; len < whole.name_len; len++) {
			parameter->name_len = len;
			assert_int_equal(
				verify(sample, token, signature), ERR_REFUSED);
		}
		parameter->name_len = whole.name_len;
		for (size_t len = 0; len < whole.value_len; len++) {
			parameter->value_len = len;
			assert_int_equal(
				verify(sample, token, signature), ERR_REFUSED);
		}
		*parameter = sample->form.parameters[--sample->form.n];
		assert_int_equal(verify(sample, token, signature), ERR_REFUSED);
		sample->form.parameters[sample->form.n++] = *parameter;
		*parameter = whole;
	}
	assert_int_equal(verify(sample, token, signature), ERR_OK);
}

/* The order in which parameters come does not matter. */
static void
check_reversed(struct sample *sample, const char *token, const char *signature)
{
	struct parameter *list = sample->form.parameters;
	size_t n = sample->form.n;

	for (size_t i = 0; i < n / 2; i++) {
		struct parameter swapped = list[i];

		list[i] = list[n - 1 - i];
		list[n - 1 - i] = swapped;
	}
	assert_int_equal(verify(sample, token, signature), ERR_OK);
}

/* Everything that a known signature of a known request lets us ask. */
static void
check_vector(const char *name, const char *token, const char *url,
	const char *body, const char *signature)
{
	char computed[DIGEST_SIGNATURE_SIZE];
	struct sample sample;

	sample_open_url(&sample, url, body);
	assert_int_equal(signature_sign(token, url, &sample.form, sample.form.n,
				 computed),
		ERR_OK);
	if (strcmp(computed, signature) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", name, computed, signature);
	if (verify_guarded(&sample, token, signature) != ERR_OK)
		fail_msg("%s: refused", name);
	assert_int_equal(
		verify_guarded(&sample, "12346", signature), ERR_REFUSED);
	check_signature_bits(name, &sample, token, signature);
	check_parameters(name, &sample, token, signature);
	check_reversed(&sample, token, signature);
	sample_close(&sample);
}

/* Every byte but letters and digits percent-encoded. */
static void
add_encoded(struct buf *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char encoded[4];

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			(void)snprintf(encoded, sizeof encoded, "%c", *text);
		else
			(void)snprintf(encoded, sizeof encoded, "%%%02X",
				(unsigned)(unsigned char)*text);
		assert_int_equal(buf_add_text(out, encoded), ERR_OK);
	}
}

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	assert_non_null(text);
	return text;
}

/* params: pairs of name and value, as the form that carries them. */
static void
encode_form(struct buf *out, const json_t *params)
{
	for (size_t i = 0; i < json_array_size(params); i++) {
		const json_t *pair = json_array_get(params, i);

		assert_int_equal(json_array_size(pair), 2);
		add_encoded(out, json_string_value(json_array_get(pair, 0)));
		assert_int_equal(buf_add_text(out, "="), ERR_OK);
		add_encoded(out, json_string_value(json_array_get(pair, 1)));
		assert_int_equal(buf_add_text(out, "&"), ERR_OK);
	}
}

/* The values that Twilio's libraries publish; the file names the sources. */
static void
test_vectors(void **state)
{
	const char *source = getenv("HOOKSWITCH_SOURCE");
	char path[4096];
	json_error_t error;
	json_t *vectors;

	(void)state;
	(void)snprintf(path, sizeof path,
		"%s/tests/data/signature/vectors.json",
		source != NULL ? source : ".");
	vectors = json_load_file(path, 0, &error);
	if (vectors == NULL)
		fail_msg("%s: %s", path, error.text);
	assert_int_equal(json_array_size(vectors), 36);
	for (size_t i = 0; i < json_array_size(vectors); i++) {
		const json_t *vector = json_array_get(vectors, i);
		struct buf body;

		buf_init(&body, LIMIT_BODY);
		encode_form(&body, json_object_get(vector, "params"));
		check_vector(member(vector, "id"), member(vector, "token"),
			member(vector, "url"), buf_text(&body),
			member(vector, "expected"));
		buf_free(&body);
	}
	json_decref(vectors);
}

#define URL "https://mycompany.com/myapp.php?foo=1&bar=2"
#define CALL "CallSid=CA1234567890ABCDE&Digits=1234&To=%2B18005551212&Caller="
#define EMPTY_JSON                                                             \
	"&bodySHA256=44136fa355b3678a1146ad16f7e8649e"                         \
	"94fb4fc21fe77e8310c060f61caaff8a"

/* Those that are not in the file. */
static const struct vector_row {
	int line;
	const char *id;
	const char *url;
	const char *body;
	const char *signature;
} vector_rows[] = {
	ROW("V13 with port",
		"https://mycompany.com:443/myapp.php?foo=1&bar=2" EMPTY_JSON,
		"", "Ldidvp12m26NI7eqEvxnEpkd9Hc="),
	ROW("V13 without port", URL EMPTY_JSON, "",
		"rw/jVviOgicj2+kHZULvebnA4ag="),
	ROW("D01", "https://example.com/myapp.php?foo=1&bar=2",
		CALL "%2B14158675310&From=%2B14158675310",
		"L/OH5YylLD5NRKLltdqwSvS0BnU="),
};

static void
test_more_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(vector_rows); i++) {
		const struct vector_row *row = &vector_rows[i];

		check_vector(
			row->id, TOKEN, row->url, row->body, row->signature);
	}
}

/* Both values of V13 fit a request that shows no port, and one that does. */
static void
test_port_of_v13(void **state)
{
	static const char *const hosts[] = {
		"mycompany.com", "mycompany.com:443"};

	(void)state;
	for (size_t i = 0; i < N_OF(hosts); i++) {
		const struct url_seen seen = {
			"/myapp.php?foo=1&bar=2" EMPTY_JSON, hosts[i], true};
		struct sample sample;

		sample_open(&sample, NULL, &seen, "");
		for (size_t j = 0; j < 2; j++)
			assert_int_equal(verify(&sample, TOKEN,
						 vector_rows[j].signature),
				ERR_OK);
		sample_close(&sample);
	}
}

/* V17, of pairs that were sorted with the value as a part of the name. */
static void
test_wrong_order_of_v17(void **state)
{
	struct sample sample;

	(void)state;
	sample_open_url(&sample, URL,
		CALL "%2B14158675309&From=%2B14158675309&"
		     "ReasonConferenceEnded=test&Reason=Participant");
	assert_int_equal(
		verify(&sample, TOKEN, "vOEb5UThFn24KEfnOFLQY2AE5FY="), ERR_OK);
	assert_int_equal(verify(&sample, TOKEN, "95+Bu0JVPi0r/SsESZCVf0dWAjw="),
		ERR_REFUSED);
	sample_close(&sample);
}

/* V09: signed with "%27", which the web server may show raw. */
static void
test_quote_of_v09(void **state)
{
	struct sample sample;

	(void)state;
	sample_open_url(&sample, URL "&Body=It's+amazing",
		CALL "%2B14158675309&From=%2B14158675309");
	assert_int_equal(
		verify(&sample, TOKEN, "TfZzewPq8wqrGlMfyAud8+/IvJ0="), ERR_OK);
	sample_close(&sample);
}

/* A repeat of a pair changes nothing; another value of its name does. */
static void
test_repeats(void **state)
{
	static const struct repeat_row {
		int line;
		const char *body;
		enum err err;
	} rows[] = {
		ROW("a=1&b=2", ERR_OK),
		ROW("a=1&b=2&a=1", ERR_OK),
		ROW("b=2&b=2&a=1&a=1", ERR_OK),
		ROW("a=1&b=2&a=2", ERR_REFUSED),
		ROW("a=1&b=2&a=", ERR_REFUSED),
		ROW("a=1&b=2&c=", ERR_REFUSED),
		ROW("a=1&B=2", ERR_REFUSED),
		ROW("a=1", ERR_REFUSED),
		ROW("", ERR_REFUSED),
	};
	char signature[DIGEST_SIGNATURE_SIZE];
	struct sample sample;

	(void)state;
	sample_open_url(&sample, URL, rows[0].body);
	assert_int_equal(
		signature_sign(TOKEN, URL, &sample.form, 2, signature), ERR_OK);
	sample_close(&sample);
	for (size_t i = 0; i < N_OF(rows); i++) {
		sample_open_url(&sample, URL, rows[i].body);
		CHECK_NUMBER(rows[i].line, verify(&sample, TOKEN, signature),
			rows[i].err);
		sample_close(&sample);
	}
}

/*
 * What Twilio hashed, and what the verifier sees of it: after what its own
 * libraries take.
 */
static const struct seen_row {
	int line;
	const char *hashed;
	const char *public_url;
	struct url_seen seen;
	enum err err;
} seen_rows[] = {
	/* the root without its slash, and no other slash */
	ROW("https://h/", NULL, {"/", "h", true}, ERR_OK),
	ROW("https://h", NULL, {"/", "h", true}, ERR_OK),
	ROW("https://h/path/", NULL, {"/path", "h", true}, ERR_REFUSED),
	ROW("https://h/path", NULL, {"/path/", "h", true}, ERR_REFUSED),
	ROW("https://h/p?", NULL, {"/p?", "h", true}, ERR_OK),
	/* ports */
	ROW("https://h/p", NULL, {"/p", "h:443", true}, ERR_OK),
	ROW("https://h:443/p", NULL, {"/p", "h", true}, ERR_OK),
	ROW("http://h/p", NULL, {"/p", "h:80", false}, ERR_OK),
	ROW("http://h:80/p", NULL, {"/p", "h", false}, ERR_OK),
	ROW("https://h:8443/p", NULL, {"/p", "h:8443", true}, ERR_OK),
	ROW("https://h/p", NULL, {"/p", "h:8443", true}, ERR_OK),
	ROW("https://h:8443/p", NULL, {"/p", "h", true}, ERR_REFUSED),
	ROW("https://h:8443/p", "https://h:8443", {"/p", "h", true}, ERR_OK),
	ROW("https://h:80/p", NULL, {"/p", "h", true}, ERR_REFUSED),
	/* quotes */
	ROW("https://h/p?a=It's", NULL, {"/p?a=It%27s", "h", true}, ERR_OK),
	ROW("https://h/p?a=It%27s", NULL, {"/p?a=It's", "h", true}, ERR_OK),
	/* blanks and the case of digits: one way only */
	ROW("https://h/p?a=b%20c", NULL, {"/p?a=b+c", "h", true}, ERR_OK),
	ROW("https://h/p?a=b+c", NULL, {"/p?a=b%20c", "h", true}, ERR_REFUSED),
	ROW("https://h/p?a=%2b", NULL, {"/p?a=%2B", "h", true}, ERR_REFUSED),
	/* beyond ASCII */
	ROW("https://h/p?a=\xC3\xB1", NULL, {"/p?a=\xC3\xB1", "h", true},
		ERR_OK),
	ROW("https://h/p?a=\xF0\x9F\x98\x80 b", NULL,
		{"/p?a=\xF0\x9F\x98\x80 b", "h", true}, ERR_OK),
	ROW("https://h/p?a=\xC3\xB1", NULL, {"/p?a=%C3%B1", "h", true},
		ERR_REFUSED),
	/* hosts */
	ROW("https://H/p", NULL, {"/p", "H", true}, ERR_OK),
	ROW("https://h/p", NULL, {"/p", "H", true}, ERR_OK),
	ROW("https://H/p", NULL, {"/p", "h", true}, ERR_REFUSED),
	ROW("https://h/p", NULL, {"/p", "g", true}, ERR_REFUSED),
	ROW("https://[::1]:443/p", NULL, {"/p", "[::1]", true}, ERR_OK),
	ROW("https://[::1]/p", NULL, {"/p", "[::1]:8443", true}, ERR_OK),
	/* user and password */
	ROW("https://u:p@h/p", "https://u:p@h", {"/p", "x", true}, ERR_OK),
	ROW("https://h/p", "https://u:p@h", {"/p", "x", true}, ERR_OK),
	ROW("https://u:p@h:443/p", "https://u:p@h", {"/p", "x", true}, ERR_OK),
	ROW("https://u:p@h/p", "https://h", {"/p", "x", true}, ERR_REFUSED),
	ROW("https://u:q@h/p", "https://u:p@h", {"/p", "x", true}, ERR_REFUSED),
	/* other schemes, other queries */
	ROW("wss://h/p", NULL, {"/p", "h", true}, ERR_REFUSED),
	ROW("http://h/p", NULL, {"/p", "h", true}, ERR_REFUSED),
	ROW("https://h/p?a=1&b=2", NULL, {"/p?b=2&a=1", "h", true},
		ERR_REFUSED),
	ROW("https://h/p?a=1", NULL, {"/p?a=1&b=2", "h", true}, ERR_REFUSED),
	ROW("https://h/p?a=1", NULL, {"/p", "h", true}, ERR_REFUSED),
	/* SIP addresses */
	ROW("https://h/p?a=sip:b@c", NULL, {"/p?a=sip%3Ab%40c", "h", true},
		ERR_OK),
	/* a proxy that takes the prefix off and speaks in absolute form */
	ROW("https://h/x/p?a=1", "https://h/x",
		{"http://inner:81/p?a=1#f", "inner:81", false}, ERR_OK),
	ROW("http://inner:81/p?a=1", "https://h/x",
		{"http://inner:81/p?a=1", "inner:81", false}, ERR_REFUSED),
};

static void
test_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(seen_rows); i++) {
		const struct seen_row *row = &seen_rows[i];
		char signature[DIGEST_SIGNATURE_SIZE];
		struct sample sample;

		sample_open(&sample, row->public_url, &row->seen,
			"b=2&a=1&MessageSid=SM1");
		CHECK_NUMBER(row->line,
			signature_sign(TOKEN, row->hashed, &sample.form,
				sample.form.n, signature),
			ERR_OK);
		CHECK_NUMBER(
			row->line, verify(&sample, TOKEN, signature), row->err);
		sample_close(&sample);
	}
}

/* One signed request does not carry what is put behind a NUL in its query. */
static void
test_query_behind_nul(void **state)
{
	static const struct url_seen seen = {
		"/p?a=1%00&From=%2B15550000000", "h", true};
	char signature[DIGEST_SIGNATURE_SIZE];
	struct sample sample;

	(void)state;
	sample_open(&sample, NULL, &seen, "");
	assert_int_equal(signature_sign(TOKEN, "https://h/p?a=1", &sample.form,
				 0, signature),
		ERR_OK);
	assert_int_equal(verify(&sample, TOKEN, signature), ERR_REFUSED);
	sample_close(&sample);
}

/* Only the first n parameters are signed: the body's, not the query's. */
static void
test_first_parameters(void **state)
{
	const char *const tokens[] = {TOKEN};
	char signatures[4][DIGEST_SIGNATURE_SIZE];
	struct signature_match match;
	struct sample sample;

	(void)state;
	sample_open_url(&sample, URL, "c=3&a=1&b=2");
	for (size_t n = 0; n <= 3; n++)
		assert_int_equal(signature_sign(TOKEN, URL, &sample.form, n,
					 signatures[n]),
			ERR_OK);
	for (size_t n = 0; n <= 3; n++)
		for (size_t i = 0; i <= 3; i++)
			assert_int_equal(
				signature_verify(&sample.urls, &sample.form, n,
					tokens, 1, signatures[i], &match, NULL),
				i == n ? ERR_OK : ERR_REFUSED);
	sample_close(&sample);
}

/* NUL and what is not UTF-8 are signed like other bytes. */
static void
test_any_bytes(void **state)
{
	static const char *const bodies[] = {
		"a=1%002", "a=1%003", "a=1", "a%00=12", "a=%FF", "a=%FE"};
	char signatures[N_OF(bodies)][DIGEST_SIGNATURE_SIZE];

	(void)state;
	for (size_t i = 0; i < N_OF(bodies); i++) {
		struct sample sample;

		sample_open_url(&sample, URL, bodies[i]);
		assert_int_equal(signature_sign(TOKEN, URL, &sample.form, 1,
					 signatures[i]),
			ERR_OK);
		for (size_t j = 0; j <= i; j++)
			assert_int_equal(verify(&sample, TOKEN, signatures[j]),
				j == i ? ERR_OK : ERR_REFUSED);
		sample_close(&sample);
	}
}

/* Any of several tokens; *match says which, and which URL. */
static void
test_tokens(void **state)
{
	static const char *const tokens[] = {"one", "two", "three", "four"};
	struct sample sample;

	(void)state;
	sample_open_url(&sample, "https://u:p@H:8443/p?a=It's+%40", "b=1");
	for (size_t i = 0; i < N_OF(tokens); i++)
		for (size_t n = 0; n <= N_OF(tokens); n++) {
			char signature[DIGEST_SIGNATURE_SIZE];
			struct signature_match match;
			struct reason reason = {""};

			assert_int_equal(signature_sign(tokens[i],
						 "https://h:443/p?a=It's%20%40",
						 &sample.form, 1, signature),
				ERR_OK);
			assert_int_equal(
				signature_verify(&sample.urls, &sample.form, 1,
					tokens, n, signature, &match, &reason),
				i < n ? ERR_OK : ERR_REFUSED);
			if (i >= n) {
				assert_true(reason.text[0] != '\0');
				continue;
			}
			assert_int_equal(match.token, i);
			assert_string_equal(sample.urls.origins[match.origin],
				"https://h:443");
			assert_string_equal(sample.urls.targets[match.target],
				"/p?a=It's%20%40");
		}
	sample_close(&sample);
}

/* Every URL of a set is tried, and the match names it. */
static void
test_every_url(void **state)
{
	static const char *const tokens[] = {"wrong", TOKEN};
	struct sample sample;

	(void)state;
	sample_open_url(&sample, "HTTPS://u:p@H:8443/p?a=It's+%40%27", "b=1");
	assert_true(sample.urls.n_origins * sample.urls.n_targets >= 48);
	for (size_t i = 0; i < sample.urls.n_origins; i++)
		for (size_t j = 0; j < sample.urls.n_targets; j++) {
			char url[200], signature[DIGEST_SIGNATURE_SIZE];
			struct signature_match match;

			(void)snprintf(url, sizeof url, "%s%s",
				sample.urls.origins[i], sample.urls.targets[j]);
			assert_int_equal(signature_sign(TOKEN, url,
						 &sample.form, 1, signature),
				ERR_OK);
			assert_int_equal(
				signature_verify(&sample.urls, &sample.form, 1,
					tokens, 2, signature, &match, NULL),
				ERR_OK);
			assert_int_equal(match.origin, i);
			assert_int_equal(match.target, j);
			assert_int_equal(match.token, 1);
		}
	sample_close(&sample);
}

/* No header, or one that no signature looks like. */
static void
test_header(void **state)
{
	static const char right[] = "zYQTYrRWXE7LtzbG4PfP7/bkkGo=";
	const char *const tokens[] = {TOKEN};
	struct signature_match match;
	struct reason reason = {""};
	struct sample sample;
	char text[3 * SIGNATURE_LEN];

	(void)state;
	sample_open_url(&sample, URL, "");
	assert_int_equal(verify_guarded(&sample, TOKEN, right), ERR_OK);
	assert_int_equal(signature_verify(&sample.urls, &sample.form, 0, tokens,
				 1, NULL, &match, &reason),
		ERR_REFUSED);
	assert_non_null(strstr(reason.text, "X-Twilio-Signature"));
	assert_int_equal(verify(&sample, TOKEN, NULL), ERR_REFUSED);
	for (size_t len = 0; len < sizeof text; len++) {
		memset(text, 'A', sizeof text);
		memcpy(text, right, len < SIGNATURE_LEN ? len : SIGNATURE_LEN);
		text[len] = '\0';
		assert_int_equal(verify_guarded(&sample, TOKEN, text),
			len == SIGNATURE_LEN ? ERR_OK : ERR_REFUSED);
	}
	(void)snprintf(text, sizeof text, " %.27s", right);
	assert_int_equal(verify_guarded(&sample, TOKEN, text), ERR_REFUSED);
	(void)snprintf(text, sizeof text, "%.27s ", right);
	assert_int_equal(verify_guarded(&sample, TOKEN, text), ERR_REFUSED);
	sample_close(&sample);
}

/* A reason tells neither the token nor the signature that would have fit. */
static void
test_reason(void **state)
{
	static const char *const tokens[] = {"secret-token"};
	static const char *const wrong[] = {
		NULL, "", "short", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="};
	char right[DIGEST_SIGNATURE_SIZE];
	struct sample sample;

	(void)state;
	sample_open_url(&sample, URL "&Body=secret-query", "Body=secret-value");
	assert_int_equal(signature_sign(tokens[0], URL "&Body=secret-query",
				 &sample.form, 1, right),
		ERR_OK);
	for (size_t i = 0; i < N_OF(wrong); i++) {
		struct signature_match match;
		struct reason reason = {""};

		assert_int_equal(signature_verify(&sample.urls, &sample.form, 1,
					 tokens, 1, wrong[i], &match, &reason),
			ERR_REFUSED);
		assert_true(reason.text[0] != '\0');
		assert_null(strstr(reason.text, "secret"));
		assert_null(strstr(reason.text, right));
	}
	sample_close(&sample);
}

#define HEX_EMPTY                                                              \
	"e3b0c44298fc1c149afbf4c8996fb924"                                     \
	"27ae41e4649b934ca495991b7852b855"
#define HEX_BRACES                                                             \
	"44136fa355b3678a1146ad16f7e8649e"                                     \
	"94fb4fc21fe77e8310c060f61caaff8a"
#define HEX_V12                                                                \
	"0a1ff7634d9ab3b95db5c9a2dfe9416e"                                     \
	"41502b283a80c7cf19632632f96e6620"
#define HEX_V15                                                                \
	"8d90d640c6ba47d595ac56203d7f5c6b"                                     \
	"511be80fdf44a2055acca75a119b9fd2"
#define BODY_V12 "{\"property\": \"value\", \"boolean\": true}"

static const struct body_row {
	int line;
	const char *query;
	const char *body;
	enum err err;
} body_rows[] = {
	ROW("foo=1&bar=2&bodySHA256=" HEX_V12, BODY_V12, ERR_OK),
	ROW("bodySHA256=" HEX_V12 "&z=1", BODY_V12, ERR_OK),
	ROW("bodySHA256=" HEX_BRACES, "{}", ERR_OK),
	ROW("bodySHA256=" HEX_V15, "{\"message\": \"a post body\"}", ERR_OK),
	ROW("bodySHA256=" HEX_EMPTY, "", ERR_OK),
	/* not the body's */
	ROW("bodySHA256=" HEX_BRACES, "", ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES, "{ }", ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES, "{}\n", ERR_MALFORMED),
	ROW("bodySHA256=" HEX_V12, "{}", ERR_MALFORMED),
	/* none */
	ROW("", "{}", ERR_MALFORMED),
	ROW("foo=1", "{}", ERR_MALFORMED),
	ROW("bodySHA256", "{}", ERR_MALFORMED),
	ROW("bodySHA256=", "{}", ERR_MALFORMED),
	ROW("bodySHA256=", "", ERR_MALFORMED),
	ROW("bodysha256=" HEX_BRACES, "{}", ERR_MALFORMED),
	ROW("xbodySHA256=" HEX_BRACES, "{}", ERR_MALFORMED),
	ROW("bodySHA2567=" HEX_BRACES, "{}", ERR_MALFORMED),
	ROW(HEX_BRACES, "{}", ERR_MALFORMED),
	/* written otherwise */
	ROW("bodySHA256=44136FA355B3678A1146AD16F7E8649E"
	    "94FB4FC21FE77E8310C060F61CAAFF8A",
		"{}", ERR_MALFORMED),
	ROW("bodySHA256=RBNvo1WzZ4oRRq0W9%2BhknpT7T8If536DEMBg9hyq%2F4o=", "{}",
		ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES "0", "{}", ERR_MALFORMED),
	ROW("bodySHA256=+" HEX_BRACES, "{}", ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES "%00", "{}", ERR_MALFORMED),
	/* twice: the same, or not */
	ROW("bodySHA256=" HEX_BRACES "&a=1&bodySHA256=" HEX_BRACES, "{}",
		ERR_OK),
	ROW("bodySHA256=" HEX_BRACES "&bodySHA256=" HEX_V12, "{}",
		ERR_MALFORMED),
	ROW("bodySHA256=" HEX_V12 "&bodySHA256=" HEX_BRACES, "{}",
		ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES "&bodySHA256=", "{}", ERR_MALFORMED),
	ROW("bodySHA256=&bodySHA256=" HEX_BRACES, "{}", ERR_MALFORMED),
	ROW("bodySHA256&bodySHA256=" HEX_BRACES, "{}", ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES "&bodySHA256=" HEX_BRACES
	    "&bodySHA256=" HEX_V12,
		"{}", ERR_MALFORMED),
	/* names and values do not end at a NUL */
	ROW("bodySHA256=" HEX_BRACES "&bodySHA256=" HEX_BRACES "%00" HEX_V12,
		"{}", ERR_MALFORMED),
	ROW("bodySHA256=" HEX_BRACES "&bodySHA256%00=x", "{}", ERR_OK),
};

static enum err
verify_body(
	const char *query, const char *body, size_t len, struct reason *reason)
{
	static const struct url_seen seen = {"/", "h", true};
	struct sample sample;
	struct guard guard;
	enum err err;

	sample_open(&sample, NULL, &seen, query);
	err = signature_verify_body(
		&sample.form, guard_bytes(&guard, body, len), len, reason);
	guard_free(&guard);
	sample_close(&sample);
	return err;
}

static void
test_body(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(body_rows); i++) {
		const struct body_row *row = &body_rows[i];
		struct reason reason = {""};

		CHECK_NUMBER(row->line,
			verify_body(row->query, row->body, strlen(row->body),
				&reason),
			row->err);
		CHECK(row->line,
			(reason.text[0] == '\0') == (row->err == ERR_OK));
		CHECK_NUMBER(row->line,
			verify_body(
				row->query, row->body, strlen(row->body), NULL),
			row->err);
	}
}

/* Every bit of the body and of its digest counts; NUL ends neither. */
static void
test_body_bits(void **state)
{
	char body[] = BODY_V12 "\0tail", query[] = "bodySHA256=" HEX_V12;
	const size_t len = strlen(BODY_V12), start = strlen("bodySHA256=");

	(void)state;
	assert_int_equal(verify_body(query, body, len, NULL), ERR_OK);
	assert_int_equal(
		verify_body(query, body, sizeof body - 1, NULL), ERR_MALFORMED);
	for (size_t i = 0; i < 8 * len; i++) {
		body[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(
			verify_body(query, body, len, NULL), ERR_MALFORMED);
		body[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t i = start; i < strlen(query); i++) {
		char c = query[i];

		query[i] = c == '0' ? '1' : '0';
		assert_int_equal(
			verify_body(query, body, len, NULL), ERR_MALFORMED);
		query[i] = c;
	}
	assert_int_equal(verify_body(query, body, len, NULL), ERR_OK);
}

/* More than a body can hold is an error, not a refusal. */
static void
test_too_large(void **state)
{
	const char *const tokens[] = {TOKEN};
	char signature[DIGEST_SIGNATURE_SIZE];
	struct signature_match match;
	struct parameter parameter = {.name = "", .value = ""};
	struct form form = {&parameter, 1, 1};
	struct reason reason = {""};
	struct sample sample;
	char *value = calloc(1, LIMIT_BODY + 2);

	(void)state;
	assert_non_null(value);
	sample_open_url(&sample, URL, "");
	parameter.value = value;
	parameter.value_len = LIMIT_BODY;
	assert_int_equal(
		signature_sign(TOKEN, URL, &form, 1, signature), ERR_OK);
	assert_int_equal(signature_verify(&sample.urls, &form, 1, tokens, 1,
				 signature, &match, &reason),
		ERR_OK);
	parameter.value_len++;
	assert_int_equal(signature_verify(&sample.urls, &form, 1, tokens, 1,
				 signature, &match, &reason),
		ERR_TOO_LARGE);
	assert_true(reason.text[0] != '\0');
	assert_int_equal(
		signature_sign(TOKEN, URL, &form, 1, signature), ERR_TOO_LARGE);
	assert_string_equal(signature, "");
	free(value);
	sample_close(&sample);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_more_vectors),
		cmocka_unit_test(test_port_of_v13),
		cmocka_unit_test(test_wrong_order_of_v17),
		cmocka_unit_test(test_quote_of_v09),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_seen),
		cmocka_unit_test(test_query_behind_nul),
		cmocka_unit_test(test_first_parameters),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_every_url),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_body_bits),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
