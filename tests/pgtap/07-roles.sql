-- 07-roles.sql: the writer can run every statement and little else; the reader only reads.

\ir begin.psql

SELECT rolsuper OR rolcreaterole AS may_create_roles
FROM pg_roles WHERE rolname = current_user \gset

\if :may_create_roles

SELECT plan(94);

SELECT
    to_regrole('hookswitch_writer') IS NULL AS no_writer,
    to_regrole('hookswitch_reader') IS NULL AS no_reader \gset
\if :no_writer
    CREATE ROLE hookswitch_writer NOLOGIN;
\endif
\if :no_reader
    CREATE ROLE hookswitch_reader NOLOGIN;
\endif
\ir ../../sql/grants.sql

CREATE ROLE hookswitch_test_endpoint LOGIN IN ROLE hookswitch_writer;
CREATE ROLE hookswitch_test_analyst LOGIN IN ROLE hookswitch_reader;
CREATE ROLE hookswitch_test_stranger LOGIN;
GRANT hookswitch_test_endpoint, hookswitch_test_analyst, hookswitch_test_stranger TO CURRENT_USER;
GRANT USAGE ON SEQUENCE request_number TO hookswitch_test_endpoint;

-- SQLSTATE that a role gets for a statement: 42501 is insufficient privilege, 00000 is success.
CREATE FUNCTION pg_temp.attempt(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text := '00000';
BEGIN
    EXECUTE format('SET LOCAL ROLE %I', role);
    BEGIN
        EXECUTE statement;
    EXCEPTION WHEN OTHERS THEN
        state := SQLSTATE;
    END;
    RESET ROLE;
    RETURN state;
END
$$;

-- Every statement, as an endpoint's login: first when nothing is there, then when all of it is.

INSERT INTO hookswitch.appointments (id, status) VALUES (48, 'scheduled');

\ir request.psql
\set kind '''message'''
\set opt_out '''START'''
\set CallSid '''CA1'''
\set CallStatus '''ringing'''
\set DialCallSid '''CA2'''
\set MessageSid '''SM1'''
\set Body '''secret'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\set RecordingSid '''RE1'''
\set RoomSid '''RM1'''
\set RoomName '''apt-48'''
\set StatusCallbackEvent '''room-ended'''
\set ParticipantSid '''PA1'''
\set Sid '''NO1'''
\set params '''{"MediaUrl0": "https://example.com/0"}'''

SET LOCAL ROLE hookswitch_test_endpoint;
\ir every-statement.psql
\ir every-statement.psql
\ir ../../sql/statements/health.sql

-- Sessions as they have to be when messages come late, twice, and elsewhere.
\set MessageSid '''SM2'''
\set received_at '''2025-10-10 08:00:00+00'''
\ir inbound.psql
\set MessageSid '''SM3'''
\set received_at '''2025-10-09 10:00:00+00'''
\ir inbound.psql
\set MessageSid '''SM3'''
\set To '''+15551230002'''
\set received_at '''2025-10-09 10:00:00+00'''
\ir inbound.psql
\set MessageSid '''SM3'''
\set To '''+15551230001'''
\set received_at '''2025-10-09 09:00:00+00'''
\ir inbound.psql
RESET ROLE;

SELECT results_eq(
    $$SELECT
        (SELECT count(*) FROM hookswitch.calls), (SELECT count(*) FROM hookswitch.message_media),
        (SELECT count(*) FROM hookswitch.recordings), (SELECT count(*) FROM hookswitch.rooms),
        (SELECT count(*) FROM hookswitch.room_participants),
        (SELECT count(*) FROM hookswitch.room_events), (SELECT count(*) FROM hookswitch.channels),
        (SELECT count(*) FROM hookswitch.opt_outs),
        (SELECT count(*) FROM hookswitch.debugger_events),
        (SELECT status FROM hookswitch.appointments)$$,
    $$SELECT 2::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 1::bigint, 2::bigint, 1::bigint,
        1::bigint, 'completed'$$,
    'the writer runs every statement');
SELECT results_eq(
    $$SELECT message.sid, hookswitch.channel_name(message.channel_id), session.started_at
    FROM hookswitch.messages AS message
    JOIN hookswitch.sessions AS session ON session.id = session_id ORDER BY 1$$,
    $$VALUES ('SM1', 'sms:+15551230001', timestamptz '2025-10-08 12:00:00+00'),
        ('SM2', 'sms:+15551230001', '2025-10-10 08:00:00+00'),
        ('SM3', 'sms:+15551230002', '2025-10-09 09:00:00+00')$$,
    'and its messages join, divide and leave sessions');

-- An application that may close sessions, and nothing else.

CREATE ROLE hookswitch_test_inbox LOGIN;
GRANT hookswitch_test_inbox TO CURRENT_USER;
GRANT USAGE ON SCHEMA hookswitch TO hookswitch_test_inbox;
GRANT SELECT, UPDATE (closed_at) ON hookswitch.sessions TO hookswitch_test_inbox;
SET LOCAL ROLE hookswitch_test_endpoint;
\set MessageSid '''SM4'''
\set received_at '''2025-10-10 10:00:00+00'''
\ir inbound.psql
RESET ROLE;
SELECT is(pg_temp.attempt('hookswitch_test_inbox',
    'UPDATE hookswitch.sessions SET closed_at = ''2025-10-10 09:00:00+00'''), '00000',
    'an application closes sessions');
SELECT is(count(DISTINCT session_id), 2::bigint, 'and what came in since is in another one')
FROM hookswitch.messages WHERE sid IN ('SM2', 'SM4');

-- What the command notes, twice each.

SELECT is(pg_temp.attempt('hookswitch_test_endpoint', statement), '00000',
    'writer: ' || statement)
FROM unnest(ARRAY[
    $$INSERT INTO hookswitch.backfill_places AS known (account_sid, kind, read_until)
    SELECT 'AC1', 'calls', now() FROM generate_series(1, 1)
    ON CONFLICT (account_sid, kind) DO UPDATE SET read_until = excluded.read_until,
        updated_at = now() WHERE known.read_until < excluded.read_until$$,
    $$INSERT INTO hookswitch.recording_files (recording_sid, account_sid, format, failure)
    VALUES ('RE1', 'AC1', 'wav', 'x')
    ON CONFLICT (recording_sid, format, account_sid) DO UPDATE SET failure = 'y'$$,
    'DELETE FROM hookswitch.recording_files'
]) AS statement;

-- What the writer must not do.

SELECT is(pg_temp.attempt('hookswitch_test_endpoint', statement), '42501',
    'writer, denied: ' || statement)
FROM unnest(ARRAY[
    'SELECT idempotency_token FROM hookswitch.webhook_events',
    'SELECT params FROM hookswitch.webhook_events',
    'SELECT raw_body FROM hookswitch.webhook_events',
    'SELECT metadata FROM hookswitch.room_events',
    'SELECT scheduled_at FROM hookswitch.appointments',
    'UPDATE hookswitch.appointments SET account_sid = NULL',
    'UPDATE hookswitch.settings SET value = ''(x)''',
    'SELECT name FROM hookswitch.campaigns',
    'SELECT * FROM hookswitch.migrations',
    'SELECT * FROM hookswitch.twilio_errors',
    'SELECT hookswitch.country_of(''+15551230001'')',
    'SELECT * FROM hookswitch.campaign_delivery',
    'SELECT * FROM hookswitch.purge(''10 years'')',
    'SELECT * FROM hookswitch.erase_contact(''+15551230001'')',
    'UPDATE hookswitch.webhook_events SET params = ''{}''',
    'UPDATE hookswitch.calls SET account_sid = ''AC2''',
    'UPDATE hookswitch.calls SET sid = ''CA2''',
    'UPDATE hookswitch.messages SET account_sid = ''AC2''',
    'UPDATE hookswitch.message_media SET account_sid = ''AC2''',
    'DELETE FROM hookswitch.webhook_events',
    'DELETE FROM hookswitch.calls',
    'DELETE FROM hookswitch.messages',
    'DELETE FROM hookswitch.message_media',
    'TRUNCATE hookswitch.room_events',
    'INSERT INTO hookswitch.migrations (version, name) VALUES (99, '''')',
    'INSERT INTO hookswitch.webhook_events (xid) VALUES (''1'')',
    'CREATE TABLE hookswitch.mine ()',
    'SELECT metadata, room_name FROM hookswitch.room_events',
    'INSERT INTO hookswitch.channels (name) VALUES (''x'')',
    'UPDATE hookswitch.channels SET name = ''x''',
    'DELETE FROM hookswitch.channels',
    'UPDATE hookswitch.sessions SET closed_at = now()',
    'DELETE FROM hookswitch.sessions',
    'INSERT INTO hookswitch.sessions (closed_at) VALUES (now())',
    'DELETE FROM hookswitch.opt_outs',
    'UPDATE hookswitch.opt_outs SET contact_address = ''x''',
    'UPDATE hookswitch.auto_replies SET twiml = ''x''',
    'INSERT INTO hookswitch.auto_replies (account_sid, twiml) VALUES ('''', '''')',
    'UPDATE hookswitch.campaigns SET voice_twiml = ''x''',
    'INSERT INTO hookswitch.appointments (id) VALUES (1)',
    'INSERT INTO hookswitch.settings VALUES (''x'', ''y'')',
    'UPDATE hookswitch.debugger_events SET account_sid = ''AC2''',
    'UPDATE hookswitch.backfill_places SET account_sid = ''AC2''',
    'UPDATE hookswitch.recording_files SET recording_sid = ''RE2''',
    'DELETE FROM hookswitch.debugger_events',
    'SELECT * FROM hookswitch.twilio_errors',
    'SELECT * FROM hookswitch.dialing_codes',
    'SELECT * FROM hookswitch.call_log',
    'SELECT * FROM hookswitch.session_messages',
    'DROP TABLE hookswitch.calls',
    'ALTER TABLE hookswitch.calls ADD COLUMN mine text',
    'CREATE FUNCTION hookswitch.mine() RETURNS integer LANGUAGE sql RETURN 1'
]) AS statement;

-- The reader reads everything and writes nothing.

SELECT is(pg_temp.attempt('hookswitch_test_analyst', 'SELECT * FROM hookswitch.messages'), '00000',
    'the reader reads messages');
-- What functions in it read, a view reads with the rights of who asks.
SELECT is(pg_temp.attempt('hookswitch_test_analyst', statement), '00000', 'reader: ' || statement)
FROM unnest(ARRAY[
    'SELECT * FROM hookswitch.campaign_calls',
    'SELECT * FROM hookswitch.campaign_delivery',
    'SELECT * FROM hookswitch.delivery_errors',
    'SELECT * FROM hookswitch.delivery_status',
    'SELECT * FROM hookswitch.recordings_of_contact(''+15551230001'')'
]) AS statement;
SELECT is_empty(
    $$SELECT oid::regclass FROM pg_class
    WHERE relnamespace = 'hookswitch'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND NOT has_table_privilege('hookswitch_reader', oid, 'SELECT')$$,
    'no table is kept from the reader');
SELECT is(pg_temp.attempt('hookswitch_test_analyst', format('SELECT * FROM %s', oid::regclass)),
    '00000', format('the reader reads %s', oid::regclass))
FROM pg_class
WHERE relnamespace = 'hookswitch'::regnamespace AND relkind = 'v' ORDER BY relname;
SELECT is_empty(
    $$SELECT oid::regclass, privilege FROM pg_class,
        unnest(
            ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
        ) AS privilege
    WHERE relnamespace = 'hookswitch'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
        AND has_table_privilege('hookswitch_reader', oid, privilege)$$,
    'the reader has no other right on any table');
SELECT is(pg_temp.attempt('hookswitch_test_analyst', statement), '42501',
    'reader, denied: ' || statement)
FROM unnest(ARRAY[
    'INSERT INTO hookswitch.campaigns (id) VALUES (''c'')',
    'UPDATE hookswitch.sessions SET closed_at = now()',
    'UPDATE hookswitch.settings SET value = ''(x)''',
    'SELECT hookswitch.divide_sessions(ARRAY[1], ''1 day'', NULL)',
    'SELECT hookswitch.leave_session(''AC1'', ''SM1'')',
    'UPDATE hookswitch.calls SET status = ''completed''',
    'DELETE FROM hookswitch.webhook_events',
    'TRUNCATE hookswitch.webhook_events',
    'UPDATE hookswitch.twilio_errors SET message = ''''',
    'SELECT * FROM hookswitch.purge(''10 years'')',
    'SELECT * FROM hookswitch.erase_contact(''+15551230001'')',
    'CREATE TABLE hookswitch.mine ()',
    'DROP TABLE hookswitch.calls'
]) AS statement;

-- Who has neither role has nothing.

SELECT is(pg_temp.attempt('hookswitch_test_stranger', statement), '42501',
    'stranger, denied: ' || statement)
FROM unnest(ARRAY[
    'SELECT sid FROM hookswitch.calls',
    'SELECT * FROM hookswitch.new_event('''', '''')'
]) AS statement;

SELECT * FROM finish();

\else

SELECT plan(1);
SELECT skip('this user cannot create roles', 1);
SELECT * FROM finish();

\endif

ROLLBACK;
