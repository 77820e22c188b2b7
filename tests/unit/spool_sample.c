#include "config.h"

#include "spool_sample.h"

#include "check.h"
#include "limit.h"

const struct spool_record spool_sample = {
	.endpoint = SPOOL_TEXT("sms"),
	.account_sid = SPOOL_TEXT("AC1"),
	.idempotency_token = SPOOL_TEXT("0a-1b"),
	.query = SPOOL_TEXT("campaignId=7"),
	.body = SPOOL_TEXT("MessageSid=SM1&Body=hello"),
	.carrier = CARRIER_FORM,
	.received_at = {1759931640, 42},
};

static void
check_text(int line, struct spool_text got, struct spool_text want)
{
	CHECK_NUMBER(line, got.len, want.len);
	CHECK(line, memcmp(got.data, want.data, want.len) == 0);
	CHECK_NUMBER(line, got.data[got.len], '\0');
}

void
spool_sample_check(int line, const struct spool_record *got,
	const struct spool_record *want)
{
	check_text(line, got->endpoint, want->endpoint);
	check_text(line, got->account_sid, want->account_sid);
	check_text(line, got->idempotency_token, want->idempotency_token);
	check_text(line, got->query, want->query);
	check_text(line, got->body, want->body);
	CHECK_NUMBER(line, got->carrier, want->carrier);
	CHECK_NUMBER(line, got->received_at.tv_sec, want->received_at.tv_sec);
	CHECK_NUMBER(line, got->received_at.tv_nsec, want->received_at.tv_nsec);
}

void
spool_sample_format(
	int line, struct buf *text, const struct spool_record *record)
{
	buf_init(text, LIMIT_SPOOL_RECORD);
	CHECK_NUMBER(line, spool_record_format(text, record), ERR_OK);
}
