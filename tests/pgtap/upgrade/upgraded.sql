-- upgraded.sql: what install.sql made of the database of version-1.psql.

\ir ../begin.psql

SELECT plan(10);

SELECT is(max(version), 5, 'the migrations are noted') FROM hookswitch.migrations;

-- Ledger

SELECT is(count(*), 18::bigint, 'no webhook is lost') FROM hookswitch.webhook_events;
SELECT is_empty(
    'SELECT endpoint, params, kind FROM hookswitch.webhook_events WHERE kind <> subject_sid',
    'each webhook of version 1 has its kind');

-- Channels

SELECT results_eq(
    'SELECT id, address, communication_type FROM hookswitch.channels ORDER BY id',
    $$VALUES (1::bigint, '+15551230001', NULL), (2, 'whatsapp:+15551230001', 'whatsapp'),
        (4, '+15551230001', NULL)$$,
    'two spellings of a number become one channel');
SELECT results_eq(
    'SELECT sid, channel_id FROM hookswitch.messages ORDER BY sid',
    $$VALUES ('SM1', 1::bigint), ('SM2', 1), ('SM3', 2), ('SM4', 2), ('SM5', NULL)$$,
    'its messages follow');

-- Sessions

SELECT results_eq(
    $$SELECT sid, received_at FROM hookswitch.messages
    WHERE received_at IS DISTINCT FROM created_at$$,
    $$VALUES ('SM5', NULL::timestamptz)$$, 'what came in has its time, what went out has none');
SELECT results_eq(
    'SELECT id, channel_id, contact_address, started_at FROM hookswitch.sessions ORDER BY id',
    $$SELECT 1::bigint, 1::bigint, '+15551230002', timestamptz '2025-10-08 10:00:00+00'
    UNION ALL SELECT 2, 2, 'whatsapp:+15551230002', '2025-10-08 09:00:00+00'
    UNION ALL SELECT 4, 2, 'whatsapp:+15551230003', '2025-10-08 08:00:00+00'$$,
    'a conversation begins with its first message');
SELECT results_eq(
    'SELECT sid, session_id FROM hookswitch.messages ORDER BY sid',
    $$VALUES ('SM1', 1::bigint), ('SM2', 1), ('SM3', 2), ('SM4', 2), ('SM5', NULL)$$,
    'two of one contact become one');

-- Rooms

SELECT results_eq(
    $$SELECT event, room_name, received_at, metadata FROM hookswitch.room_events
    ORDER BY occurred_at$$,
    $$VALUES
        ('room-created', 'apt-48-visit', timestamptz '2025-10-08 12:00:00+00',
            jsonb '{"RoomType": "group"}'),
        ('x', 'apt-48', NULL, '{"New": ["1"]}'),
        ('y', NULL, NULL, '{}')$$,
    'events of rooms have the name of the room');

-- Delivery

SELECT results_eq(
    $$SELECT length(status) FROM hookswitch.messages WHERE sid = 'SM5'
    UNION ALL SELECT length(status) FROM hookswitch.calls
    UNION ALL SELECT length(answered_by) FROM hookswitch.calls$$,
    'SELECT 64 FROM generate_series(1, 3)',
    'statuses are as short as they have to be for the index');

SELECT * FROM finish();
ROLLBACK;
