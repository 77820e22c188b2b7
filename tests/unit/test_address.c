/*
 * The shapes of addresses.
 */
#include "config.h"

#include "address.h"

#include "check.h"
#include "guard.h"

#define TO_CALL ADDRESS_CALL_TO
#define CALLER ADDRESS_CALL_FROM
#define TO ADDRESS_MESSAGE_TO
#define FROM ADDRESS_MESSAGE_FROM
#define CALL (TO_CALL | CALLER)
#define MESSAGE (TO | FROM)

#define ROW(...)                                                               \
	{                                                                      \
		__LINE__, __VA_ARGS__                                          \
	}

/* address; what it can be used for */
static const struct row {
	int line;
	const char *address;
	unsigned uses;
} rows[] = {
	ROW("+15551230001", CALL | MESSAGE),
	ROW("+6834000", CALL | MESSAGE), /* Niue */
	ROW("+123456789012345", CALL | MESSAGE), ROW("+1234567890123456", 0),
	ROW("+123456", 0), ROW("+05551230001", 0), ROW("+1 555 123 0001", 0),
	ROW("+1-555-123-0001", 0), ROW("(555) 123-0001", 0),
	ROW("+1555123000x", 0), ROW("+15551230001\n", 0),
	ROW(" +15551230001", 0), ROW("0015551230001", 0),
	ROW("5551230001", 0), /* too long for a short code */
	ROW("", 0), ROW("+", 0), ROW("sip:alice@example.com", CALL),
	ROW("sip:alice@example.com:5061;transport=tls", CALL),
	ROW("sips:alice@example.com", CALL), ROW("sip:example.com", 0),
	ROW("sip:@example.com", 0), ROW("sip:alice@", 0),
	ROW("sip:al ice@example.com", 0), ROW("client:alice_1", CALL),
	ROW("client:", 0), ROW("client:a b", 0),
	ROW("whatsapp:+15551230001", MESSAGE), ROW("whatsapp:15551230001", 0),
	ROW("WhatsApp:+15551230001", 0), ROW("rcs:+15551230001", MESSAGE),
	ROW("rcs:example_agent", FROM), ROW("messenger:1234567890", MESSAGE),
	ROW("messenger:", 0), ROW("12345", FROM), ROW("123", FROM),
	ROW("12", 0), ROW("12345678", FROM), ROW("123456789", 0),
	ROW("Example Inc", FROM), ROW("A&B+C-D_E 1", FROM),
	ROW("Example Inc.", 0), ROW("Example Inc2", 0), /* 12 characters */
	ROW("123 456", 0),                              /* no letter */
};

/* What names somebody in the tables. */
static void
test_contacts(void **state)
{
	static const struct {
		int line;
		const char *address;
		bool is_one;
	} contacts[] = {
		ROW("+15551230009", true),
		ROW("1 (555) 123-00.09", true),
		ROW("+1555", true), /* how short is for the database */
		ROW("whatsapp:+15551230009", true),
		ROW("WhatsApp:1 555 123 0009", true),
		ROW("client:alice", true),
		ROW("sip:alice@example.com", true),
		ROW("SIPS:alice@example.com", true),
		ROW("messenger:0123", true),
		ROW("client:", false),
		ROW("foo", false),
		ROW("+1555x", false),
		ROW("alice@example.com", false),
		ROW("mailto:alice", false),
	};

	(void)state;
	for (size_t i = 0; i < N_OF(contacts); i++)
		CHECK(contacts[i].line,
			address_is_contact(contacts[i].address) ==
				contacts[i].is_one);
}

static void
test_shapes(void **state)
{
	static const enum address_use uses[] = {TO_CALL, CALLER, TO, FROM};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct row *row = &rows[i];
		struct guard guard;
		const char *address = guard_text(&guard, row->address);
		unsigned found = 0;

		for (size_t j = 0; j < N_OF(uses); j++)
			if (address_check(address, uses[j], "--to", NULL) ==
				ERR_OK)
				found |= uses[j];
		CHECK_NUMBER(row->line, found, row->uses);
		CHECK_NUMBER(row->line, address_is_number(address),
			row->address[0] == '+' && row->uses != 0);
		CHECK_NUMBER(row->line, address_is_whatsapp(address),
			strncmp(row->address, "whatsapp:", 9) == 0);
		guard_free(&guard);
	}
}

static void
test_reason(void **state)
{
	struct reason reason;

	(void)state;
	assert_int_equal(address_check("0171 5551", TO_CALL, "--to", &reason),
		ERR_MALFORMED);
	CHECK_TEXT(__LINE__, reason.text,
		"--to must look like +15551230001, sip:alice@example.com or "
		"client:alice, not like \"0171 5551\"");
	assert_int_equal(address_check("x", CALLER, "setting \"N\"", &reason),
		ERR_MALFORMED);
	CHECK_TEXT(__LINE__, reason.text,
		"setting \"N\" must look like +15551230001 or client:alice, "
		"not like \"x\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_contacts),
		cmocka_unit_test(test_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
