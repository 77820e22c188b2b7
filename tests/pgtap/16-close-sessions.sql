-- 16-close-sessions.sql: many sessions are closed in portions, each with so many locks and no more.

\ir begin.psql
\ir request.psql

SELECT plan(14);

INSERT INTO hookswitch.channels (account_sid, address) VALUES ('AC1', '+15551230001');
SELECT id AS channel FROM hookswitch.channels WHERE account_sid = 'AC1' \gset

-- 25 that are open; one that was closed before, one that will be, one that has not begun.
INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at, closed_at)
SELECT 'AC1', :channel, '+1555124' || 1000 + n, now() - n * interval '1 minute', NULL
FROM generate_series(1, 25) AS n
UNION ALL
SELECT 'AC1', :channel, name, now() + started, now() + closed
FROM (VALUES
    ('closed', interval '-2 hours', interval '-1 hour'),
    ('to be closed', '-2 hours', '1 hour'),
    ('to begin', '1 hour', NULL)
) AS other (name, started, closed);
SELECT array_agg(id) AS ids FROM hookswitch.sessions WHERE contact_address <> 'to be closed' \gset

CREATE FUNCTION pg_temp.locks() RETURNS bigint LANGUAGE sql
RETURN (
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 1752133483 AND pid = pg_backend_pid()
);

SELECT throws_ok(
    format('SELECT hookswitch.close_sessions(ARRAY[1], %L)', at_most), '22023', NULL,
    format('at most %L is refused', at_most))
FROM unnest(ARRAY[NULL, '0', '5001']) AS at_most;
SELECT is(hookswitch.close_sessions(NULL), 0::bigint, 'none of none');
SELECT is(hookswitch.close_sessions(ARRAY[-1]), 0::bigint, 'none that is not there');
SELECT is(pg_temp.locks(), 0::bigint, 'and no lock');

SELECT is(hookswitch.close_sessions(:'ids', 10), 10::bigint, 'as many as it may');
SELECT is(pg_temp.locks(), 10::bigint, 'with a lock for each of them alone');
SELECT is(hookswitch.close_sessions(:'ids', 10), 10::bigint, 'then as many others');
SELECT is(hookswitch.close_sessions(:'ids', 10), 5::bigint, 'then what is left');
SELECT is(hookswitch.close_sessions(:'ids', 10), 0::bigint, 'then none');
SELECT results_eq(
    $$SELECT contact_address, closed_at - now() FROM hookswitch.sessions
    WHERE closed_at IS DISTINCT FROM now() ORDER BY contact_address$$,
    $$VALUES ('closed', interval '-1 hour'), ('to be closed', '1 hour'), ('to begin', NULL)$$,
    'the others are as they were');
SELECT is(hookswitch.close_sessions(array_agg(id)), 1::bigint, 'one that was to be closed later')
FROM hookswitch.sessions WHERE contact_address = 'to be closed';

-- What comes in afterwards begins another session, as after any closing.
\set kind '\'message\''
\set From '\'+15551241001\''
\set To '\'+15551230001\''
\set MessageSid '\'SM1\''
SELECT quote_literal(now() + interval '1 minute') AS received_at \gset
\ir inbound.psql
SELECT is(count(*), 2::bigint, 'what comes later is in another one')
FROM hookswitch.sessions WHERE contact_address = '+15551241001';

SELECT * FROM finish();
ROLLBACK;
