-- partitioned.sql: what partition.sql made of the database of version-1.psql and rows.psql.

\ir ../begin.psql

SELECT plan(27);

-- What was there has moved.

SELECT is(count(*), 22::bigint, 'no webhook is lost') FROM hookswitch.webhook_events;
SELECT results_eq(
    $$SELECT tableoid::regclass::text, count(*) FROM hookswitch.webhook_events
    WHERE subject_sid = 'row' GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('hookswitch.webhook_events_2025_09', 1::bigint),
        ('hookswitch.webhook_events_2025_10', 1), ('hookswitch.webhook_events_default', 2)$$,
    'each is in the partition of its month, and what has none in the default one');
SELECT set_eq(
    'SELECT event_key, account_sid, received_at, occurred_at, xid FROM hookswitch.webhook_events',
    'SELECT * FROM hookswitch.webhook_event_keys', 'all keys are known');
SELECT is(max(id), 22::bigint, 'they keep their numbers') FROM hookswitch.webhook_events;
SELECT set_eq(
    $$SELECT inhrelid::regclass::text FROM pg_inherits
    WHERE inhparent = 'hookswitch.webhook_events'::regclass$$,
    $$SELECT to_char(month, '"hookswitch.webhook_events_"YYYY_MM')
    FROM generate_series(
        timestamp '2025-09-01',
        date_trunc('month', now() AT TIME ZONE 'UTC') + interval '3 months', '1 month'
    ) AS month
    UNION ALL VALUES ('hookswitch.webhook_events_default')$$,
    'there is a partition for each month since the first, and for three to come');
SELECT hasnt_table('hookswitch', 'webhook_events_whole', 'what they were moved from is gone');
SELECT hasnt_table('hookswitch', 'webhook_events_2000_01', 'a wrong clock makes no partitions');
SELECT is(
    obj_description('hookswitch.webhook_events_2025_10'::regclass, 'pg_class'),
    'The webhooks that were received in October 2025 (UTC).', 'a partition says what it holds');

-- Repeats, of what was moved and of what is new; in one transaction and in another; also with
-- another time of arrival, which would be another partition.

DELETE FROM hookswitch.calls;  -- those that version 1 left
\ir ../request.psql
SELECT quote_literal(event_key) AS event_key FROM hookswitch.webhook_events
WHERE endpoint = 'row 3' \gset
\set CallSid '''CA1'''
\ir ../../../sql/statements/event.sql
\ir ../../../sql/statements/call.sql
SELECT is_empty('SELECT * FROM hookswitch.calls', 'a repeat of what was moved does nothing');
SELECT is(count(*), 22::bigint, 'and is not stored') FROM hookswitch.webhook_events;

\ir ../request.psql
\set CallSid '''CA1'''
\set received_at '''2025-09-08 12:00:00+00'''
\ir ../../../sql/statements/event.sql
\set received_at '''2025-10-08 12:00:00+00'''
\ir ../../../sql/statements/event.sql
\ir ../../../sql/statements/call.sql
SELECT results_eq(
    format(
        $$SELECT tableoid::regclass::text, id > 22 FROM hookswitch.webhook_events
        WHERE event_key = %L$$, :event_key
    ),
    $$VALUES ('hookswitch.webhook_events_2025_09', true)$$,
    'a webhook is stored once, in whichever month it is repeated');
SELECT is(created_at, '2025-09-08 12:00:00+00', 'and as it came first') FROM hookswitch.calls;
\set account_sid '''AC2'''
\ir ../../../sql/statements/event.sql
SELECT is(count(*), 24::bigint, 'the account is part of the key') FROM hookswitch.webhook_events;
\ir ../earlier.psql
DELETE FROM hookswitch.calls;
\ir ../../../sql/statements/event.sql
\ir ../../../sql/statements/call.sql
SELECT is_empty('SELECT * FROM hookswitch.calls', 'a repeat in another transaction does nothing');

-- What is deleted may come again.

DELETE FROM hookswitch.webhook_events WHERE account_sid = 'AC2';
SELECT is_empty($$SELECT * FROM hookswitch.webhook_event_keys WHERE account_sid = 'AC2'$$,
    'a key goes with its webhook');
\ir ../../../sql/statements/event.sql
\ir ../../../sql/statements/call.sql
SELECT is(count(*), 1::bigint, 'and then the same is new') FROM hookswitch.calls;

-- Partitions to come: what is in the default one by then moves.

INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source
)
SELECT sha256(convert_to(n::text, 'UTF8')), 'AC1', 'later', 'later',
    date_trunc('month', now()) + make_interval(months => n), now(), '{}', 'webhook'
FROM generate_series(3, 5) AS n;
SELECT is_empty('SELECT * FROM hookswitch.make_partitions(3)', 'nothing is missing yet');
SELECT results_eq(
    'SELECT * FROM hookswitch.make_partitions(4)',
    $$SELECT to_char(now() AT TIME ZONE 'UTC' + interval '4 months', '"webhook_events_"YYYY_MM')$$,
    'the next one is made');
SELECT results_eq(
    $$SELECT tableoid::regclass::text FROM hookswitch.webhook_events
    WHERE subject_sid = 'later' ORDER BY received_at$$,
    $$SELECT to_char(now() AT TIME ZONE 'UTC' + interval '3 months',
        '"hookswitch.webhook_events_"YYYY_MM')
    UNION ALL SELECT to_char(now() AT TIME ZONE 'UTC' + interval '4 months',
        '"hookswitch.webhook_events_"YYYY_MM')
    UNION ALL SELECT 'hookswitch.webhook_events_default'$$,
    'and what was waiting for it moves');
SELECT set_eq(
    'SELECT event_key, account_sid FROM hookswitch.webhook_events',
    'SELECT event_key, account_sid FROM hookswitch.webhook_event_keys', 'no key is lost');
SELECT is_empty(
    $$SELECT * FROM hookswitch.make_partitions(4)$$, 'run again, it does nothing');

-- Old ones go as a whole.

SELECT throws_ok(format('SELECT * FROM hookswitch.drop_partitions(%L)', older_than), '22023', NULL,
    'drop_partitions refuses ' || quote_nullable(older_than))
FROM unnest(ARRAY[interval '1 hour', NULL]) AS older_than;
SELECT is_empty(
    $$SELECT * FROM hookswitch.drop_partitions('100 years')$$, 'nothing is as old as that');
SELECT results_eq(
    $$SELECT * FROM hookswitch.drop_partitions(now() - timestamptz '2025-11-01 00:00:00+00')$$,
    $$VALUES ('webhook_events_2025_09', 2::bigint), ('webhook_events_2025_10', 20)$$,
    'whole months are dropped');
SELECT set_eq(
    'SELECT event_key, account_sid FROM hookswitch.webhook_events',
    'SELECT event_key, account_sid FROM hookswitch.webhook_event_keys', 'with their keys');
TRUNCATE hookswitch.webhook_events;
SELECT is_empty('SELECT * FROM hookswitch.webhook_event_keys', 'and all keys with all webhooks');

SELECT * FROM finish();
ROLLBACK;
