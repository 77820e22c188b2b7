-- 08-orders.sql: three webhooks of each kind, of which two disagree in every column and one knows
-- nothing, in every order: the row is always the same. Column by column.

\ir begin.psql

SELECT plan(11);

-- Each order in an account of its own.

\set account '''AC1'''
\ir webhooks-one.psql
\ir webhooks-other.psql
\ir webhooks-bare.psql

\set account '''AC2'''
\ir webhooks-one.psql
\ir webhooks-bare.psql
\ir webhooks-other.psql

\set account '''AC3'''
\ir webhooks-other.psql
\ir webhooks-one.psql
\ir webhooks-bare.psql

\set account '''AC4'''
\ir webhooks-other.psql
\ir webhooks-bare.psql
\ir webhooks-one.psql

\set account '''AC5'''
\ir webhooks-bare.psql
\ir webhooks-one.psql
\ir webhooks-other.psql

\set account '''AC6'''
\ir webhooks-bare.psql
\ir webhooks-other.psql
\ir webhooks-one.psql

-- The tables without the account: what is left are the rows that differ.

CREATE TEMPORARY TABLE calls AS SELECT * FROM hookswitch.calls;
CREATE TEMPORARY TABLE messages AS
SELECT
    message.*,
    hookswitch.channel_name(channel_id) AS channel,
    (SELECT contact_address FROM hookswitch.sessions WHERE id = session_id) AS contact,
    (SELECT started_at FROM hookswitch.sessions WHERE id = session_id) AS started_at
FROM hookswitch.messages AS message;
CREATE TEMPORARY TABLE message_media AS SELECT * FROM hookswitch.message_media;
CREATE TEMPORARY TABLE recordings AS SELECT * FROM hookswitch.recordings;
CREATE TEMPORARY TABLE rooms AS SELECT * FROM hookswitch.rooms;
CREATE TEMPORARY TABLE room_participants AS SELECT * FROM hookswitch.room_participants;
SELECT is(count(DISTINCT (sid, account_sid)), 24::bigint, 'four calls in six orders') FROM calls;
ALTER TABLE pg_temp.calls DROP account_sid;
ALTER TABLE pg_temp.messages DROP account_sid, DROP channel_id, DROP session_id;
ALTER TABLE pg_temp.message_media DROP account_sid;
ALTER TABLE pg_temp.recordings DROP account_sid;
ALTER TABLE pg_temp.rooms DROP account_sid;
ALTER TABLE pg_temp.room_participants DROP account_sid;

CREATE FUNCTION pg_temp.at(hour integer) RETURNS timestamptz LANGUAGE sql
RETURN timestamptz '2025-10-08 00:00:00+00' + make_interval(hours => hour);

SELECT results_eq(
    $$SELECT DISTINCT * FROM calls WHERE sid = 'CA1'$$,
    $$SELECT 'CA1', 'CA93', 'trunking-terminating', 'rcs:+7', 'messenger:8', 'completed', 3,
        'Another', 'machine_start', 486, 33, pg_temp.at(5), pg_temp.at(5), pg_temp.at(5),
        pg_temp.at(5), pg_temp.at(5), pg_temp.at(20)$$,
    'call.sql');
SELECT results_eq(
    $$SELECT DISTINCT * FROM calls WHERE sid = 'CA2'$$,
    $$SELECT 'CA2', 'CA92', 'outbound-dial', NULL::text, NULL::text, 'completed', NULL::integer,
        NULL::text, NULL::text, NULL::integer, 34, pg_temp.at(5), pg_temp.at(5), pg_temp.at(5),
        pg_temp.at(5), pg_temp.at(5), pg_temp.at(20)$$,
    'dialed_call.sql');
SELECT results_eq(
    $$SELECT DISTINCT * FROM calls WHERE sid IN ('CA3', 'CA4') ORDER BY sid$$,
    $$SELECT sid, 'CA93', 'trunking-terminating', 'rcs:+7', 'messenger:8', 'completed', 3,
        'Another', 'machine_start', 486, 34, NULL::timestamptz, NULL::timestamptz,
        NULL::timestamptz, pg_temp.at(5), pg_temp.at(5), pg_temp.at(20)
    FROM (VALUES ('CA3'), ('CA4')) AS call (sid)$$,
    'call.sql and dialed_call.sql');
SELECT results_eq(
    $$SELECT DISTINCT * FROM messages WHERE sid = 'SM1'$$,
    $$SELECT 'SM1', 'inbound', 'rcs', 'rcs:+7', 'messenger:8', 'hello', 10, 10, 'received',
        NULL::integer, NULL::text, 'ann', '2', 'Another', pg_temp.at(5), NULL::timestamptz,
        NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, pg_temp.at(20), pg_temp.at(5),
        'sms:8', '+1', pg_temp.at(5)$$,
    'message_inbound.sql');
SELECT results_eq(
    $$SELECT DISTINCT * FROM messages WHERE sid = 'SM2'$$,
    $$SELECT 'SM2', 'outbound', 'messenger', 'rcs:+7', 'messenger:8', NULL::text, NULL::integer,
        NULL::integer, 'read', 30008, 'unreachable', NULL::text, NULL::text, 'Another',
        pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(20),
        NULL::timestamptz, NULL::text, NULL::text, NULL::timestamptz$$,
    'message_status.sql');
SELECT results_eq(
    $$SELECT DISTINCT * FROM messages WHERE sid IN ('SM3', 'SM4') ORDER BY sid$$,
    $$SELECT sid, 'inbound', 'rcs', 'rcs:+7', 'messenger:8', 'hello', 10, 10, 'received', 30008,
        'unreachable', 'ann', '2', 'Another', pg_temp.at(5), pg_temp.at(5), NULL::timestamptz,
        NULL::timestamptz, NULL::timestamptz, pg_temp.at(20), pg_temp.at(5), 'sms:8', '+1',
        pg_temp.at(5)
    FROM (VALUES ('SM3'), ('SM4')) AS message (sid)$$,
    'message_inbound.sql and message_status.sql');
SELECT results_eq(
    'SELECT DISTINCT * FROM message_media ORDER BY position',
    $$VALUES ('SM1', 0, 'https://example.com/1', 'image/png'),
        ('SM1', 1, 'https://example.com/1', 'text/vcard')$$,
    'message_media.sql');
SELECT results_eq(
    'SELECT DISTINCT * FROM recordings',
    $$SELECT 'RE1', 'CA92', 'CF2', 'https://example.com/2', 'deleted', 10, 2, 'RecordVerb',
        'inbound', 30008, pg_temp.at(5)$$,
    'recording.sql');
SELECT results_eq(
    'SELECT DISTINCT * FROM rooms',
    $$SELECT 'RM1', 'apt-10-x', 'group', 'completed', pg_temp.at(5), pg_temp.at(5), 600,
        10::bigint$$,
    'room.sql');
SELECT results_eq(
    'SELECT DISTINCT * FROM room_participants',
    $$SELECT 'PA1', 'RM92', 'ann', pg_temp.at(5), pg_temp.at(5), 10$$, 'room_participant.sql');

SELECT * FROM finish();
ROLLBACK;
