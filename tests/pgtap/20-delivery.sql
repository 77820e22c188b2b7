-- 20-delivery.sql: twilio_errors, country_of, and how messages and calls are counted.

\ir begin.psql

SELECT plan(35);

-- Errors

SELECT set_has(
    'SELECT code FROM hookswitch.twilio_errors',
    $$SELECT unnest(ARRAY[
        11200, 11205, 11206, 11210, 11215, 11220, 11235, 11237, 11750, 11751, 12100, 12200, 12300,
        14107, 15003, 20003, 20404, 20429, 21211, 21408, 21610, 21614, 30001, 30002, 30003, 30004,
        30005, 30006, 30007, 30008, 30009, 30010, 30022, 30024, 30034, 30038, 63007, 63016
    ])$$,
    'the common codes are explained');
SELECT is_empty(
    $$SELECT code FROM hookswitch.twilio_errors
    WHERE message = '' OR length(message) > 60 OR coalesce(length(explanation), 0) < 10
        OR shipped_digest IS NULL$$,
    'each in a few words, and with what to do');

-- An upgrade: a new row, one with other texts, one that the owner changed, and two of the owner's, of
-- which one has a code that is ours now.
DELETE FROM hookswitch.twilio_errors WHERE code = 30001;
UPDATE hookswitch.twilio_errors
SET
    message = 'Older text',
    explanation = 'Older explanation',
    shipped_digest = sha256(E'Older text\nOlder explanation'::bytea)
WHERE code = 30002;
UPDATE hookswitch.twilio_errors
SET explanation = 'Ask Ann', shipped_digest = sha256('another version'::bytea)
WHERE code = 30003;
UPDATE hookswitch.twilio_errors SET message = 'Ours since yesterday' WHERE code = 30004;
DELETE FROM hookswitch.twilio_errors WHERE code = 30005;
INSERT INTO hookswitch.twilio_errors (code, message) VALUES (30005, 'Gone'), (99999, 'Own code');
SELECT sum(code) AS before FROM hookswitch.twilio_errors \gset
\ir ../../sql/twilio_errors.sql

SELECT is(sum(code), :before::bigint + 30001, 'an upgrade brings new codes and no others')
FROM hookswitch.twilio_errors;
SELECT results_eq(
    $$SELECT code, message, left(explanation, 8) FROM hookswitch.twilio_errors
    WHERE code IN (30001, 30002, 30003, 30004, 30005, 99999) ORDER BY code$$,
    $$VALUES
        (30001, 'Queue overflow', 'Messages'), (30002, 'Account suspended', 'The acco'),
        (30003, 'Recipient''s phone unreachable', 'Ask Ann'),
        (30004, 'Ours since yesterday', 'The reci'), (30005, 'Gone', NULL),
        (99999, 'Own code', NULL)$$,
    'it brings new texts, and leaves those of the owner');

CREATE TEMPORARY TABLE before AS
    SELECT code, ctid AS place FROM hookswitch.twilio_errors;
\ir ../../sql/twilio_errors.sql
SELECT is_empty(
    $$SELECT code FROM hookswitch.twilio_errors AS now JOIN before USING (code)
    WHERE now.ctid <> before.place$$,
    'a second run writes nothing');

-- Countries

SELECT results_eq(
    $$SELECT address, hookswitch.country_of(address) FROM (VALUES
        (1, '+15551230001'), (2, '+14165551234'), (3, '+18095551234'), (4, '+18005551234'),
        (5, '+12425551234'), (6, '+442071234567'), (7, '+447911123456'), (8, '+447911223456'),
        (9, '+441534123456'), (10, '+79161234567'), (11, '+77011234567'), (12, '+4915112345678'),
        (13, '+390612345678'), (14, '+390669812345'), (15, '+390669912345'), (16, '+35818123456'),
        (17, '+358401234567'), (18, '+85212345678'), (19, '+2908123'), (20, '+38344123456'),
        (21, '+59991234567'), (22, '+5997123456')
    ) AS given (n, address) ORDER BY n$$,
    $$VALUES
        ('+15551230001', 'US'), ('+14165551234', 'CA'), ('+18095551234', 'DO'),
        ('+18005551234', 'US'), ('+12425551234', 'BS'), ('+442071234567', 'GB'),
        ('+447911123456', 'GG'), ('+447911223456', 'GB'), ('+441534123456', 'JE'),
        ('+79161234567', 'RU'), ('+77011234567', 'KZ'), ('+4915112345678', 'DE'),
        ('+390612345678', 'IT'), ('+390669812345', 'VA'), ('+390669912345', 'IT'),
        ('+35818123456', 'AX'), ('+358401234567', 'FI'), ('+85212345678', 'HK'),
        ('+2908123', 'SH'), ('+38344123456', 'XK'), ('+59991234567', 'CW'), ('+5997123456', 'BQ')$$,
    'the longest prefix tells the country');
SELECT results_eq(
    $$SELECT address, hookswitch.country_of(address) FROM (VALUES
        (1, 'whatsapp:+5491151234567'), (2, 'WhatsApp: +54 9 (11) 5123-4567'),
        (3, '+54351528XXXX'), (4, 'whatsapp:+54351528XXXX'), (5, 'rcs:+4915112345678'),
        (6, ' +15551230001'), (7, '+1 (242) 555-1234'), (8, '+4')
    ) AS given (n, address) ORDER BY n$$,
    $$VALUES
        ('whatsapp:+5491151234567', 'AR'), ('WhatsApp: +54 9 (11) 5123-4567', 'AR'),
        ('+54351528XXXX', 'AR'), ('whatsapp:+54351528XXXX', 'AR'), ('rcs:+4915112345678', 'DE'),
        (' +15551230001', 'US'), ('+1 (242) 555-1234', 'BS'), ('+4', NULL)$$,
    'however the number is written, and masked');
SELECT is(hookswitch.country_of(address), NULL, format('%L is in no country', address))
FROM unnest(ARRAY[
    NULL, '', '+', '12345', '15551230001', 'BigShop', 'rcs:brand_agent', 'messenger:123456789012',
    'client:alice', 'client:+15551230001', 'sip:+15551230001@example.com', 'anonymous',
    '+266696687', '+80012345678', '+881612345678', '+2101234567', 'Call+15551230001'
]) AS address;
SELECT is_empty(
    $$SELECT address FROM (
        SELECT '+' || prefix || digit FROM hookswitch.dialing_codes, generate_series(0, 9) AS digit
        UNION ALL SELECT '+' || n FROM generate_series(0, 9999) AS n
    ) AS given (address), hookswitch.country_codes()
    WHERE hookswitch.country_of(address) IS DISTINCT FROM hookswitch.country_of(address, codes)$$,
    'both ways to ask give the same');
-- A longer prefix of no country must not fall back to a shorter one.
INSERT INTO hookswitch.dialing_codes (prefix, country) VALUES ('1800', NULL);
SELECT results_eq(
    $$SELECT
        hookswitch.country_of('+18005551234'), hookswitch.country_of('+18005551234', codes)
    FROM hookswitch.country_codes()$$,
    'SELECT NULL::text, NULL::text',
    'what the owner adds counts at once');
UPDATE hookswitch.dialing_codes SET country = 'FR' WHERE prefix = '590';
DELETE FROM hookswitch.dialing_codes WHERE prefix = '49';
\ir ../../sql/dialing_codes.sql
SELECT results_eq(
    $$SELECT prefix, country FROM hookswitch.dialing_codes
    WHERE prefix IN ('1800', '49', '590') ORDER BY prefix$$,
    $$VALUES ('1800'::text COLLATE "C", NULL), ('49', 'DE'), ('590', 'FR')$$,
    'an upgrade brings what is missing and leaves the rest');
SELECT is_empty(
    $$SELECT prefix FROM hookswitch.dialing_codes WHERE length(prefix) > 7$$,
    'no prefix is longer than those that are looked up');

-- Messages

\ir request.psql
\set campaignId '''spring'''
\set From '''+15551230001'''
\set To '''+4915112345678'''

-- In all orders: here a failure arrives before the message was heard of.
\set MessageSid '''SM1'''
\set MessageStatus '''undelivered'''
\set ErrorCode 30003
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\set ErrorCode NULL
\set MessageStatus '''sent'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql

SELECT results_eq(
    $$SELECT sid, country, status, error_code, error_message, explanation, sent_at IS NULL
    FROM hookswitch.delivery_status$$,
    $$SELECT 'SM1', 'DE', 'undelivered', 30003, message, explanation, false
    FROM hookswitch.twilio_errors WHERE code = 30003$$,
    'a status that came first waits in the row, with words for its error');

INSERT INTO hookswitch.campaigns (id, account_sid, name) VALUES
    ('spring', NULL, 'Spring sale'), ('other', 'AC1', 'Of another account');
INSERT INTO hookswitch.messages (
    sid, account_sid, direction, to_address, status, error_code, error_message, campaign_id,
    created_at, failed_at, updated_at
)
SELECT
    sid, account_sid, direction, '+33612345678', status, error_code, error_message, campaign_id,
    '2025-10-08 12:00:00+00', failed_at, '2025-10-09 12:00:00+00'
FROM (VALUES
    ('SM2', 'AC1', 'outbound', 'delivered', NULL, NULL, 'spring', NULL),
    ('SM3', 'AC1', 'outbound', 'delivered', NULL, NULL, 'spring', NULL),
    ('SM4', 'AC1', 'outbound', 'read', NULL, NULL, 'spring', NULL),
    ('SM5', 'AC1', 'outbound', 'failed', 30003, 'Theirs', 'spring',
        timestamptz '2025-10-08 23:59+00'),
    ('SM6', 'AC1', 'outbound', 'failed', 12345, 'Theirs', 'spring', '2025-10-09 00:01+00'),
    ('SM7', 'AC1', 'outbound', 'sent', NULL, NULL, 'spring', NULL),
    ('SM8', 'AC1', 'outbound', 'queued', NULL, NULL, 'spring', NULL),
    ('SM9', 'AC1', NULL, NULL, NULL, NULL, 'spring', NULL),
    ('SM10', 'AC1', 'outbound', 'asleep', NULL, NULL, 'spring', NULL),
    ('SM11', 'AC1', 'outbound', 'canceled', NULL, NULL, 'spring', NULL),
    ('SM12', 'AC1', 'inbound', 'received', NULL, NULL, 'spring', NULL),
    ('SM18', 'AC1', 'inbound', 'receiving', NULL, NULL, 'spring', NULL),
    ('SM13', 'AC2', 'outbound', 'delivered', NULL, NULL, 'spring', NULL),
    ('SM14', 'AC2', 'outbound', 'sent', NULL, NULL, 'other', NULL),
    ('SM15', 'AC2', 'outbound', 'failed', 30003, NULL, NULL, '2025-10-08 00:00+00'),
    ('SM16', 'AC2', 'outbound', 'failed', 30003, NULL, NULL, '2025-10-08 23:00+00'),
    ('SM17', 'AC2', 'outbound', 'failed', 30003, NULL, NULL, NULL)
) AS given (
    sid, account_sid, direction, status, error_code, error_message, campaign_id, failed_at
);

SELECT results_eq(
    'SELECT * FROM hookswitch.campaign_delivery ORDER BY campaign_id, account_sid',
    $$VALUES
        ('other', 'AC2', NULL, 1::bigint, 1::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
            0::bigint, 1::bigint, NULL),
        ('spring', 'AC1', 'Spring sale', 11, 5, 3, 1, 1, 2, 1, 4, 50.0),
        ('spring', 'AC2', 'Spring sale', 1, 1, 1, 0, 0, 0, 0, 0, 100.0)$$,
    'a campaign''s messages are counted by what became of them');
SELECT is_empty(
    $$SELECT * FROM hookswitch.campaign_delivery
    WHERE messages <> delivered + undelivered + failed + canceled + pending$$,
    'each is counted once');

-- Days are the same wherever the question comes from.
SET LOCAL TimeZone = 'Pacific/Auckland';
SELECT results_eq(
    $$SELECT error_code, error_message, explanation IS NOT NULL, country, day, account_sid, messages
    FROM hookswitch.delivery_errors ORDER BY error_code, account_sid, country, day$$,
    $$VALUES
        (12345, 'Theirs', false, 'FR', date '2025-10-09', 'AC1', 1::bigint),
        (30003, 'Recipient''s phone unreachable', true, 'DE', '2025-10-08', 'AC1', 1),
        (30003, 'Recipient''s phone unreachable', true, 'FR', '2025-10-08', 'AC1', 1),
        (30003, 'Recipient''s phone unreachable', true, 'FR', '2025-10-08', 'AC2', 2),
        (30003, 'Recipient''s phone unreachable', true, 'FR', '2025-10-09', 'AC2', 1)$$,
    'errors are counted by code, country, day and account');
SET LOCAL TimeZone = 'UTC';

SELECT results_eq(
    $$SELECT sid, error_message FROM hookswitch.delivery_status
    WHERE sid IN ('SM5', 'SM12', 'SM15') ORDER BY sid$$,
    $$VALUES ('SM15', 'Recipient''s phone unreachable'), ('SM5', 'Theirs')$$,
    'words that Twilio sent come first; what came in is not listed');

-- Calls

INSERT INTO hookswitch.calls (
    sid, account_sid, parent_sid, status, answered_by, duration, campaign_id, created_at, updated_at
)
SELECT sid, 'AC1', parent_sid, status, answered_by, duration, 'spring', now(), now()
FROM (VALUES
    ('CA1', NULL, 'completed', 'human', 30),
    ('CA2', NULL, 'completed', 'machine_end_beep', 5),
    ('CA3', NULL, 'completed', NULL, NULL),
    ('CA4', NULL, 'in-progress', 'fax', NULL),
    ('CA5', NULL, 'busy', NULL, 0),
    ('CA6', NULL, 'no-answer', NULL, 0),
    ('CA7', NULL, 'failed', NULL, 0),
    ('CA8', NULL, 'canceled', 'machine_start', NULL),
    ('CA9', NULL, 'ringing', NULL, NULL),
    ('CA10', NULL, NULL, NULL, NULL),
    ('CA11', 'CA1', 'completed', NULL, 1000)
) AS given (sid, parent_sid, status, answered_by, duration);

SELECT results_eq(
    'SELECT * FROM hookswitch.campaign_calls',
    $$VALUES ('spring', 'AC1', 'Spring sale', 10::bigint, 4::bigint, 2::bigint, 1::bigint, 1::bigint,
        1::bigint, 1::bigint, 2::bigint, 35::bigint, 17.5)$$,
    'a campaign''s calls are counted by what became of them, dialled legs are not');

-- No content is too long for the indexes. These texts cannot be compressed into them.

SELECT quote_literal(string_agg(sha256(n::text::bytea)::text, '')) AS long
FROM generate_series(1, 200) AS n \gset
\ir request.psql
\set campaignId :long
\set MessageSid '''SM90'''
\set MessageStatus :long
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\set MessageSid '''SM91'''
\set SmsStatus :long
\ir ../../sql/statements/message_inbound.sql
\set CallSid '''CA90'''
\set CallStatus :long
\set AnsweredBy :long
\set ParentCallSid '''CA1'''
\set CallDuration 1
\ir ../../sql/statements/call.sql
\set DialCallSid '''CA91'''
\set DialCallStatus :long
\ir ../../sql/statements/dialed_call.sql
SELECT results_eq(
    $$SELECT length(status) FROM hookswitch.messages WHERE sid IN ('SM90', 'SM91')
    UNION ALL SELECT length(status) FROM hookswitch.calls WHERE sid IN ('CA90', 'CA91')
    UNION ALL SELECT length(answered_by) FROM hookswitch.calls WHERE sid = 'CA90'$$,
    'SELECT 64 FROM generate_series(1, 5)',
    'a status of any length is taken');

SELECT * FROM finish();
ROLLBACK;
