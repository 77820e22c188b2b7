-- 04-messages.sql: message_inbound.sql, message_media.sql and message_status.sql.

\ir begin.psql

SELECT plan(28);

-- Inbound SMS.

\ir request.psql
\set MessageSid '''SM1'''
\set From '''+15551230002'''
\set To '''+15551230001'''
\set Body '''Grüße, it''''s me'''
\set NumMedia 0
\set NumSegments 2
\set SmsStatus '''received'''
\set campaignId '''64f1c0ffee'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
\ir ../../sql/statements/message_media.sql

SELECT results_eq(
    $$SELECT direction, communication_type, from_address, to_address, body, num_media,
        num_segments, status, profile_name, wa_id, campaign_id, created_at, updated_at
    FROM hookswitch.messages WHERE sid = 'SM1' AND account_sid = 'AC1'$$,
    $$VALUES ('inbound', 'sms', '+15551230002', '+15551230001', 'Grüße, it''s me', 0, 2,
        'received', NULL, NULL, '64f1c0ffee', timestamptz '2025-10-08 12:00:00+00',
        timestamptz '2025-10-08 12:00:00+00')$$,
    'an inbound SMS');
SELECT is_empty('SELECT * FROM hookswitch.message_media', 'it has no attachments');

-- Inbound WhatsApp message with attachments and without text.

\ir request.psql
\set MessageSid '''MM2'''
\set From '''whatsapp:+15551230002'''
\set To '''whatsapp:+15551230001'''
\set ProfileName '''Zoë 🦊'''
\set WaId '''15551230002'''
SELECT quote_literal($${
    "NumMedia": "1", "MediaUrl0": ["https://example.com/0", "https://example.com/x"],
    "MediaContentType0": ["image/jpeg"], "MediaUrl1": "https://example.com/1", "MediaUrl2": "",
    "MediaUrl10": "https://example.com/10", "MediaContentType10": "text/vcard",
    "MediaUrl99": "https://example.com/99", "MediaUrl100": "https://example.com/100",
    "MediaUrlx": "x", "MediaUrl00": "x"
}$$) AS params \gset
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
\ir ../../sql/statements/message_media.sql

SELECT results_eq(
    $$SELECT communication_type, body, num_media, status, profile_name, wa_id
    FROM hookswitch.messages WHERE sid = 'MM2'$$,
    $$VALUES ('whatsapp', '', NULL::integer, 'received', 'Zoë 🦊', '15551230002')$$,
    'an inbound WhatsApp message: its text is empty, not unknown');
SELECT results_eq(
    $$SELECT message_sid, position, account_sid, url, content_type
    FROM hookswitch.message_media ORDER BY position$$,
    $$VALUES ('MM2', 0, 'AC1', 'https://example.com/0', 'image/jpeg'),
        ('MM2', 1, 'AC1', 'https://example.com/1', NULL),
        ('MM2', 10, 'AC1', 'https://example.com/10', 'text/vcard'),
        ('MM2', 99, 'AC1', 'https://example.com/99', NULL)$$,
    'every attachment that is there, whatever NumMedia says');

-- Repeats.

\ir earlier.psql
CREATE TEMPORARY TABLE before AS SELECT *, ctid AS place FROM hookswitch.messages;
CREATE TEMPORARY TABLE before_media AS SELECT *, ctid AS place FROM hookswitch.message_media;
\set Body '''another'''
\set ProfileName '''Another'''
\set received_at '''2025-10-08 13:00:00+00'''
\set params '''{"MediaUrl0": "https://example.com/another", "MediaUrl3": "https://example.com/3"}'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
\ir ../../sql/statements/message_media.sql
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.messages', 'SELECT * FROM before',
    'a repeat does not touch the message');
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.message_media', 'SELECT * FROM before_media',
    'a repeat does not touch its attachments');

-- A further request about the same message, as one to the fallback URL.

\ir request.psql
\set MessageSid '''MM2'''
\set NumMedia 4
SELECT quote_literal($${
    "MediaUrl0": "https://example.com/0", "MediaUrl3": "https://example.com/3",
    "MediaUrl1": "https://example.com/1", "MediaContentType1": "image/png"
}$$) AS params \gset
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
\ir ../../sql/statements/message_media.sql
SELECT results_eq(
    $$SELECT position, url, content_type FROM hookswitch.message_media
    WHERE position IN (0, 1, 3) ORDER BY 1$$,
    $$VALUES (0, 'https://example.com/0', 'image/jpeg'), (1, 'https://example.com/1', 'image/png'),
        (3, 'https://example.com/3', NULL)$$,
    'attachments are added and filled');
SELECT results_eq(
    $$SELECT profile_name, num_media FROM hookswitch.messages WHERE sid = 'MM2'$$,
    $$VALUES ('Zoë 🦊', 4)$$, 'what is known stays, what is not is filled');

-- Other channels.

\ir request.psql
\set MessageSid '''SM3'''
\set From '''messenger:123'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
SELECT is(communication_type, 'messenger', 'a Messenger message')
FROM hookswitch.messages WHERE sid = 'SM3';

\ir request.psql
\set MessageSid '''SM4'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
SELECT results_eq(
    $$SELECT communication_type, from_address, body, status
    FROM hookswitch.messages WHERE sid = 'SM4'$$,
    $$VALUES (NULL::text, NULL::text, '', 'received')$$, 'a message of which nothing is known');

-- Outbound: statuses in the worst order.

\ir request.psql
\set MessageSid '''SM5'''
\set MessageStatus '''delivered'''
\set SmsStatus '''delivered'''
\set From '''+15551230001'''
\set To '''+15551230002'''
\set received_at '''2025-10-08 12:00:03+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\ir request.psql
\set MessageSid '''SM5'''
\set MessageStatus '''sent'''
\set campaignId '''64f1c0ffee'''
\set received_at '''2025-10-08 12:00:02+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\ir request.psql
\set MessageSid '''SM5'''
\set MessageStatus '''queued'''
\set received_at '''2025-10-08 12:00:01+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT direction, communication_type, from_address, to_address, body, status, campaign_id,
        created_at, sent_at, delivered_at, read_at, failed_at, updated_at
    FROM hookswitch.messages WHERE sid = 'SM5'$$,
    $$VALUES ('outbound', 'sms', '+15551230001', '+15551230002', NULL, 'delivered', '64f1c0ffee',
        timestamptz '2025-10-08 12:00:01+00', timestamptz '2025-10-08 12:00:02+00',
        timestamptz '2025-10-08 12:00:03+00', NULL::timestamptz, NULL::timestamptz,
        timestamptz '2025-10-08 12:00:03+00')$$,
    'statuses merge, each has its time');
SELECT is(count(*), 3::bigint, 'each status is in the ledger')
FROM hookswitch.webhook_events
WHERE xid = pg_current_xact_id() AND received_at > '2025-10-08 12:00:00+00';

\ir request.psql
\set MessageSid '''SM5'''
\set MessageStatus '''read'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT status, read_at FROM hookswitch.messages WHERE sid = 'SM5'$$,
    $$VALUES ('read', timestamptz '2025-10-08 12:00:00+00')$$, 'read comes after delivered');

\ir request.psql
\set MessageSid '''SM5'''
\set MessageStatus '''undelivered'''
\set ErrorCode 30003
\set ErrorMessage '''Unreachable destination handset'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT status, error_code, error_message, failed_at FROM hookswitch.messages
    WHERE sid = 'SM5'$$,
    $$VALUES ('read', 30003, 'Unreachable destination handset',
        timestamptz '2025-10-08 12:00:00+00')$$,
    'a contradictory receipt leaves its traces, not its status');

-- Failures keep their reason.

\ir request.psql
\set MessageSid '''SM6'''
\set MessageStatus '''undelivered'''
\set ErrorCode 30003
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\ir request.psql
\set MessageSid '''SM6'''
\set MessageStatus '''delivered'''
\set ErrorCode 0
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT status, error_code FROM hookswitch.messages WHERE sid = 'SM6'$$,
    $$VALUES ('undelivered', 30003)$$, 'of two final statuses the first stays, and its error');

\ir request.psql
\set MessageSid '''SM7'''
\set MessageStatus '''failed'''
\set ErrorCode 0
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT status, error_code, failed_at FROM hookswitch.messages WHERE sid = 'SM7'$$,
    $$VALUES ('failed', NULL::integer, timestamptz '2025-10-08 12:00:00+00')$$,
    'error 0 is none; failed has its time');

-- Each of the statuses Twilio knows, and one it does not know yet, is stored as it came.

\ir request.psql
\set MessageSid '''SM8'''
\set SmsStatus '''sending'''
\set To '''whatsapp:+15551230002'''
\set From '''whatsapp:+15551230001'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT status, communication_type FROM hookswitch.messages WHERE sid = 'SM8'$$,
    $$VALUES ('sending', 'whatsapp')$$, 'SmsStatus stands in for MessageStatus');

\ir request.psql
\set MessageSid '''SM8'''
\set MessageStatus '''teleported'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT is(status, 'teleported', 'a new status is kept as it came')
FROM hookswitch.messages WHERE sid = 'SM8';

\ir request.psql
\set MessageSid '''SM8'''
\set ErrorMessage '''late words'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT status, error_message FROM hookswitch.messages WHERE sid = 'SM8'$$,
    $$VALUES ('teleported', 'late words')$$, 'no status does not replace a status');

-- A status that comes before its inbound message.

\ir request.psql
\set MessageSid '''SM9'''
\set MessageStatus '''receiving'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\ir request.psql
\set MessageSid '''SM9'''
\set Body '''hello'''
\set From '''+15551230002'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
SELECT results_eq(
    $$SELECT status, body, from_address FROM hookswitch.messages WHERE sid = 'SM9'$$,
    $$VALUES ('received', 'hello', '+15551230002')$$, 'the row is there already, and is filled');

-- Without a status nothing tells the direction; that a message came in is told for good.

\ir request.psql
\set MessageSid '''SM10'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT direction, status FROM hookswitch.messages WHERE sid = 'SM10'$$,
    $$VALUES (NULL::text, NULL::text)$$, 'a callback without status does not tell a direction');
\ir ../../sql/statements/message_inbound.sql
SELECT is(direction, 'inbound', 'the message itself does')
FROM hookswitch.messages WHERE sid = 'SM10';

\ir request.psql
\set MessageSid '''SM11'''
\set MessageStatus '''sending'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT is(direction, 'outbound', 'a status we are told is of a message we sent')
FROM hookswitch.messages WHERE sid = 'SM11';
\ir ../../sql/statements/message_inbound.sql
SELECT is(direction, 'inbound', 'unless it turns out to have come in')
FROM hookswitch.messages WHERE sid = 'SM11';

\ir request.psql
\set MessageSid '''SM12'''
\set MessageStatus '''queued'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
\set MessageStatus '''received'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT is(direction, 'inbound', 'as a later callback may tell as well')
FROM hookswitch.messages WHERE sid = 'SM12';
\set SmsStatus '''queued'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql
SELECT is(status, 'received', 'a message that came in does not go back')
FROM hookswitch.messages WHERE sid = 'SM12';

-- Repeats, and other accounts.

\ir request.psql
\set MessageSid '''SM9'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_inbound.sql

\ir earlier.psql
CREATE TEMPORARY TABLE before_status AS SELECT *, ctid AS place FROM hookswitch.messages;
\set MessageStatus '''read'''
\set ErrorCode 1
\set received_at '''2025-10-08 13:00:00+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.messages', 'SELECT * FROM before_status',
    'a repeated status does not touch the message');

\ir request.psql
\set account_sid '''AC2'''
\set MessageSid '''SM5'''
\set MessageStatus '''failed'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/message_status.sql
SELECT results_eq(
    $$SELECT account_sid, status FROM hookswitch.messages WHERE sid = 'SM5' ORDER BY 1$$,
    $$VALUES ('AC1', 'read'), ('AC2', 'failed')$$, 'no account touches another''s row');

SELECT * FROM finish();
ROLLBACK;
