-- 21-purge.sql: what is old goes, with all that belongs to it, and nothing else.

\ir begin.psql

SELECT plan(20);

SELECT throws_ok(
    format('SELECT * FROM hookswitch.purge(%L)', older_than), '22023', NULL,
    format('purge(%L) is refused', older_than))
FROM unnest(ARRAY[NULL, '0', '-30 days', '23 hours 59 minutes']) AS older_than;
SELECT throws_ok(
    format($$SELECT * FROM hookswitch.purge('1 day', %L)$$, at_most), '22023', NULL,
    format('at most %L is refused', at_most))
FROM unnest(ARRAY[NULL, '0']) AS at_most;
SELECT throws_ok($$SELECT * FROM hookswitch.purgeable('1 hour')$$, '22023', NULL,
    'nor is it counted what cannot be deleted');
SELECT lives_ok($$SELECT * FROM hookswitch.purge('1 day')$$, 'a day is long enough');

-- Two of everything: of one nothing was heard for longer than 30 days, of the other something was.
-- Both began long before.

CREATE TEMPORARY TABLE made (name text, age interval);
INSERT INTO made VALUES ('old', '31 days'), ('new', '29 days');

INSERT INTO hookswitch.channels (account_sid, address) VALUES ('AC1', '+15551230001');
SELECT id AS channel FROM hookswitch.channels \gset

INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source
)
-- When it happened does not matter here, it came through the spool.
SELECT
    sha256(name::bytea), 'AC1', 'status', name, now() - age, now() - interval '90 days', '{}', 'spool'
FROM made;
INSERT INTO hookswitch.calls (sid, account_sid, created_at, updated_at)
SELECT 'CA' || name, account, now() - interval '60 days', now() - age
FROM made, unnest(ARRAY['AC1', 'AC2']) AS account;
UPDATE hookswitch.calls SET updated_at = now() WHERE account_sid = 'AC2';
INSERT INTO hookswitch.recordings (sid, account_sid, call_sid, started_at)
SELECT 'RE' || name || kind, account, call_sid, started_at
FROM made, unnest(ARRAY['AC1', 'AC2']) AS account, LATERAL (VALUES
    ('-of-call', 'CA' || name, now() - interval '60 days'),
    ('-of-conference', NULL, now() - age)
) AS recording (kind, call_sid, started_at)
WHERE account = 'AC1' OR kind = '-of-call';
-- Without a time, each is as old as its webhooks.
INSERT INTO hookswitch.recordings (sid, account_sid) SELECT name, 'AC1' FROM made;
INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
SELECT 'AC1', :channel, name, now() - interval '60 days' FROM made;
-- One that was opened and nobody has written in, and one that could still take a message.
INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
VALUES
    ('AC1', :channel, 'empty', now() - interval '32 days'),
    ('AC1', :channel, 'open', now() - interval '30 days 12 hours');
INSERT INTO hookswitch.messages (
    sid, account_sid, direction, session_id, received_at, created_at, updated_at
)
SELECT
    'SM' || name, 'AC1', 'inbound', session.id, now() - age, now() - interval '60 days', now() - age
FROM made JOIN hookswitch.sessions AS session ON session.contact_address = name;
INSERT INTO hookswitch.message_media (message_sid, position, account_sid, url)
SELECT 'SM' || name, 0, account, 'https://example.com/' || name
FROM made, unnest(ARRAY['AC1', 'AC2']) AS account;
INSERT INTO hookswitch.rooms (sid, account_sid, started_at)
SELECT 'RM' || name, 'AC1', now() - interval '60 days' FROM made;
INSERT INTO hookswitch.room_participants (sid, account_sid, room_sid)
SELECT 'PA' || name, 'AC1', 'RM' || name FROM made;
INSERT INTO hookswitch.room_events (event_key, account_sid, room_sid, occurred_at, metadata)
SELECT sha256((name || account)::bytea), account, 'RM' || name, now() - age, '{}'
FROM made, unnest(ARRAY['AC1', 'AC2']) AS account;
INSERT INTO hookswitch.debugger_events (sid, account_sid, occurred_at)
SELECT 'NO' || name, 'AC1', now() - age FROM made;
INSERT INTO hookswitch.opt_outs (contact_address, channel_id, account_sid, stopped_at)
SELECT name, :channel, 'AC1', now() - age FROM made;

-- What is told before is what is done.
CREATE TEMPORARY TABLE told AS SELECT * FROM hookswitch.purgeable('30 days');
SELECT results_eq(
    $$SELECT * FROM hookswitch.purge('30 days')$$,
    $$VALUES
        ('calls', 1::bigint), ('debugger_events', 1), ('message_media', 1), ('messages', 1),
        ('recordings', 3), ('room_events', 1), ('room_participants', 1), ('rooms', 1),
        ('sessions', 2), ('webhook_events', 1)$$,
    'so much is deleted');
SELECT results_eq(
    'SELECT * FROM told ORDER BY table_name',
    $$VALUES
        ('calls', 1::bigint), ('debugger_events', 1), ('message_media', 1), ('messages', 1),
        ('recordings', 3), ('room_events', 1), ('room_participants', 1), ('rooms', 1),
        ('sessions', 2), ('webhook_events', 1)$$,
    'as was told before');
SELECT is(sum(rows), 0::numeric, 'and afterwards there is nothing to tell')
FROM hookswitch.purgeable('30 days');

SELECT set_eq(
    $$SELECT sid, account_sid FROM hookswitch.calls
    UNION ALL SELECT sid, account_sid FROM hookswitch.recordings
    UNION ALL SELECT sid, account_sid FROM hookswitch.messages
    UNION ALL SELECT url, account_sid FROM hookswitch.message_media
    UNION ALL SELECT 'session of ' || contact_address, account_sid FROM hookswitch.sessions
    UNION ALL SELECT sid, account_sid FROM hookswitch.rooms
    UNION ALL SELECT sid, account_sid FROM hookswitch.room_participants
    UNION ALL SELECT 'event of ' || room_sid, account_sid FROM hookswitch.room_events
    UNION ALL SELECT sid, account_sid FROM hookswitch.debugger_events
    UNION ALL SELECT 'webhook of ' || subject_sid, account_sid FROM hookswitch.webhook_events$$,
    $$VALUES
        ('CAnew', 'AC1'), ('CAnew', 'AC2'), ('CAold', 'AC2'),
        ('REnew-of-call', 'AC1'), ('REnew-of-conference', 'AC1'), ('REnew-of-call', 'AC2'),
        ('REold-of-call', 'AC2'), ('new', 'AC1'), ('SMnew', 'AC1'),
        ('https://example.com/new', 'AC1'), ('https://example.com/new', 'AC2'),
        ('https://example.com/old', 'AC2'), ('session of new', 'AC1'), ('session of open', 'AC1'),
        ('RMnew', 'AC1'), ('PAnew', 'AC1'), ('event of RMnew', 'AC1'), ('event of RMnew', 'AC2'),
        ('event of RMold', 'AC2'), ('NOnew', 'AC1'), ('webhook of new', 'AC1')$$,
    'the rest stays: what is newer, and what is another account''s');
SELECT is(count(*), 2::bigint, 'opt-outs stay') FROM hookswitch.opt_outs;
SELECT is(count(*), 1::bigint, 'channels stay') FROM hookswitch.channels;
SELECT is(sum(deleted), 0::numeric, 'a second run finds nothing more')
FROM hookswitch.purge('30 days');

-- No table may be forgotten: those that webhooks fill are named in the result, or here.
SELECT set_eq(
    $$SELECT relname::text FROM pg_class
    WHERE relnamespace = 'hookswitch'::regnamespace AND relkind IN ('r', 'p')
        -- Where the ledger has partitions, and its keys a table, these go with it.
        AND NOT relispartition AND relname <> 'webhook_event_keys'
        AND relname NOT IN (SELECT table_name FROM hookswitch.purge('30 days'))$$,
    -- Facts, what the owner set, and what somebody asked for and has to be kept.
    ARRAY[
        'appointments', 'auto_replies', 'backfill_places', 'campaigns', 'channels',
        'dialing_codes', 'migrations', 'opt_outs', 'recording_files', 'settings', 'twilio_errors'
    ],
    'every table of webhooks is purged');

-- In portions, the oldest first.

DELETE FROM hookswitch.messages;
INSERT INTO hookswitch.messages (sid, account_sid, created_at, updated_at)
SELECT 'SM' || n, 'AC1', now() - n * interval '1 day', now() - n * interval '1 day'
FROM generate_series(36, 40) AS n;
SELECT is(deleted, 2::bigint, 'no more than asked for')
FROM hookswitch.purge('30 days', 2) WHERE table_name = 'messages';
SELECT set_eq('SELECT sid FROM hookswitch.messages', ARRAY['SM36', 'SM37', 'SM38'],
    'the oldest first');
SELECT is(deleted, 2::bigint, 'again')
FROM hookswitch.purge('30 days', 2) WHERE table_name = 'messages';
SELECT is(deleted, 1::bigint, 'fewer than asked for: that was all')
FROM hookswitch.purge('30 days', 2) WHERE table_name = 'messages';

SELECT * FROM finish();
ROLLBACK;
