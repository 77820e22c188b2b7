/*
 * Signatures: the input is public URL, target, host, signature and tokens, a
 * line each, and then the form.  What verifies was signed, what was signed
 * verifies, and with one bit changed it does not.
 */
#include "config.h"

#include "signature.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "fuzz.h"
#include "limit.h"

struct signed_request {
	struct url_set urls;
	struct form form;
	const char *tokens[LIMIT_TOKENS];
	size_t n_tokens;
};

static void
take_tokens(struct signed_request *request, char *line)
{
	char *rest = line;
	const char *token;

	while (request->n_tokens < LIMIT_TOKENS &&
		(token = strsep(&rest, " ")) != NULL)
		if (token[0] != '\0')
			request->tokens[request->n_tokens++] = token;
}

static bool
is_verified(const struct signed_request *request, const char *signature)
{
	struct signature_match match;
	struct reason reason = {""};
	enum err err = signature_verify(&request->urls, &request->form,
		request->form.n, request->tokens, request->n_tokens, signature,
		&match, &reason);

	FUZZ_REQUIRE(err == ERR_OK || err == ERR_REFUSED);
	FUZZ_REQUIRE(err == ERR_OK || reason.text[0] != '\0');
	if (err != ERR_OK)
		return false;
	FUZZ_REQUIRE(match.origin < request->urls.n_origins);
	FUZZ_REQUIRE(match.target < request->urls.n_targets);
	FUZZ_REQUIRE(match.token < request->n_tokens);
	return true;
}

/* The signature of one URL of the set under one token. */
static void
sign(const struct signed_request *request, size_t origin, size_t target,
	size_t token, char signature[DIGEST_SIGNATURE_SIZE])
{
	const char *head = request->urls.origins[origin];
	const char *tail = request->urls.targets[target];
	struct buf url;

	buf_init(&url, strlen(head) + strlen(tail));
	FUZZ_REQUIRE(buf_add_text(&url, head) == ERR_OK);
	FUZZ_REQUIRE(buf_add_text(&url, tail) == ERR_OK);
	FUZZ_REQUIRE(
		signature_sign(request->tokens[token], buf_text(&url),
			&request->form, request->form.n, signature) == ERR_OK);
	buf_free(&url);
}

/* Whether it is the signature of any URL under any token. */
static bool
is_signed(const struct signed_request *request, const char *signature)
{
	const struct url_set *urls = &request->urls;
	size_t n_urls = urls->n_origins * urls->n_targets;
	char own[DIGEST_SIGNATURE_SIZE];

	for (size_t i = 0; i < request->n_tokens; i++)
		for (size_t j = 0; j < n_urls; j++) {
			sign(request, j % urls->n_origins, j / urls->n_origins,
				i, own);
			FUZZ_REQUIRE(is_verified(request, own));
			if (signature != NULL && strcmp(own, signature) == 0)
				return true;
		}
	return false;
}

/* A good signature with one bit changed, a shorter one, and none. */
static void
check_forged(const struct signed_request *request, size_t at)
{
	char own[DIGEST_SIGNATURE_SIZE];

	FUZZ_REQUIRE(!is_verified(request, NULL));
	FUZZ_REQUIRE(!is_verified(request, ""));
	if (request->n_tokens == 0)
		return;
	sign(request, 0, 0, 0, own);
	own[at % (DIGEST_SIGNATURE_SIZE - 1)] ^= 1;
	FUZZ_REQUIRE(!is_verified(request, own));
	own[DIGEST_SIGNATURE_SIZE - 2] = '\0';
	FUZZ_REQUIRE(!is_verified(request, own));
}

/* A body that is not a form: only its own digest announces it. */
static void
check_body(const struct signed_request *request)
{
	static const char body[] = "{}";
	const char *announced = form_value(&request->form, "bodySHA256");
	char hex[DIGEST_SHA256_HEX];

	if (signature_verify_body(&request->form, body, 2, NULL) != ERR_OK)
		return;
	digest_sha256(body, 2, hex);
	FUZZ_REQUIRE(announced != NULL && strcmp(announced, hex) == 0);
}

static void
check(const struct signed_request *request, const char *signature, size_t at)
{
	bool verified = is_verified(request, signature);

	FUZZ_REQUIRE(verified == is_signed(request, signature));
	check_forged(request, at);
	check_body(request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *rest = text;
	struct signed_request request;

	if (text == NULL)
		return 0;
	memset(&request, 0, sizeof request);
	form_init(&request.form);
	const char *public_url = strsep(&rest, "\n");
	const char *target = strsep(&rest, "\n");
	const char *host = strsep(&rest, "\n");
	const char *signature = strsep(&rest, "\n");
	char *tokens = strsep(&rest, "\n");
	const struct url_seen seen = {target, host, size % 2 == 0};
	enum err err;

	if (tokens != NULL)
		take_tokens(&request, tokens);
	if (public_url[0] == '\0')
		public_url = NULL;
	err = url_set_fill(&request.urls, public_url, &seen, NULL);
	if (err == ERR_OK && rest != NULL)
		err = form_parse(&request.form, rest, strlen(rest), NULL);
	if (err == ERR_OK)
		check(&request, signature, size);
	url_set_free(&request.urls);
	form_free(&request.form);
	free(text);
	return 0;
}
