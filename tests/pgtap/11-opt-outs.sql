-- 11-opt-outs.sql: opt_out.sql, in every order.

\ir begin.psql
\ir steps.psql

SELECT plan(7);

INSERT INTO steps (scenario, number, action, at, event, recipient) VALUES
    ('stopped', 1, 'opt-out', '1 hour', 'STOP', '+15551230001'),
    ('stopped', 2, 'opt-out', '2 hours', 'START', '+15551230001'),
    ('stopped', 3, 'opt-out', '3 hours', 'STOP', '+15551230001'),
    ('stopped', 4, 'opt-out', '4 hours', 'HELP', '+15551230001'),
    ('started', 1, 'opt-out', '1 hour', 'START', '+15551230001'),
    ('started', 2, 'opt-out', '2 hours', 'STOP', '+15551230001'),
    ('started', 3, 'opt-out', '3 hours', 'START', '+15551230001'),
    ('started', 4, 'opt-out', '4 hours', NULL, '+15551230001'),
    ('only stopped', 1, 'opt-out', '1 hour', 'STOP', '+15551230001'),
    ('only started', 1, 'opt-out', '1 hour', 'START', '+15551230001'),
    ('neither', 1, 'opt-out', '1 hour', 'HELP', '+15551230001'),
    ('neither', 2, 'opt-out', '1 hour', NULL, '+15551230001');
\ir make-orders.psql
\set next_order 1
\ir orders.psql

CREATE FUNCTION pg_temp.at(hour integer) RETURNS timestamptz LANGUAGE sql
RETURN timestamptz '2025-10-01 00:00:00+00' + make_interval(hours => hour);

SELECT results_eq(
    $$SELECT split_part(account_sid, '-', 1), stopped_at, started_at, is_opted_out, count(*)
    FROM hookswitch.opt_outs GROUP BY 1, 2, 3, 4 ORDER BY 1$$,
    $$VALUES
        ('only started', NULL::timestamptz, pg_temp.at(1), false, 1::bigint),
        ('only stopped', pg_temp.at(1), NULL, true, 1),
        ('started', pg_temp.at(2), pg_temp.at(3), false, 24),
        ('stopped', pg_temp.at(3), pg_temp.at(2), true, 24)$$,
    'the latest word counts, in every order of arrival');
SELECT is(count(*), 5::bigint, 'every scenario was played')
FROM (SELECT DISTINCT split_part(account_sid, '-', 1) FROM hookswitch.channels) AS played;

-- To whom it applies.

\ir request.psql
\set kind '''message'''
\set opt_out '''STOP'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\ir opt-out.psql
\set To '''+15551230002'''
\ir opt-out.psql
\set From '''whatsapp:+15551230009'''
\set To '''whatsapp:+15551230001'''
\ir opt-out.psql
\set account_sid '''AC2'''
\ir opt-out.psql
SELECT results_eq(
    $$SELECT account_sid, contact_address, hookswitch.channel_name(channel_id)
    FROM hookswitch.opt_outs WHERE account_sid LIKE 'AC_' ORDER BY 1, 3$$,
    $$VALUES ('AC1', '+15551230009', 'sms:+15551230001'),
        ('AC1', '+15551230009', 'sms:+15551230002'),
        ('AC1', 'whatsapp:+15551230009', 'whatsapp:+15551230001'),
        ('AC2', 'whatsapp:+15551230009', 'whatsapp:+15551230001')$$,
    'a contact stops one channel of one account');

-- At the same moment to stop and to start: nothing says that it was the later one.

INSERT INTO hookswitch.opt_outs (contact_address, channel_id, account_sid, stopped_at, started_at)
VALUES ('same', 1, 'AC3', pg_temp.at(1), pg_temp.at(1)), ('none', 1, 'AC3', NULL, NULL);
SELECT is(is_opted_out, false, 'told to stop and to start: ' || contact_address)
FROM hookswitch.opt_outs WHERE account_sid = 'AC3';
DELETE FROM hookswitch.opt_outs WHERE account_sid = 'AC3';

-- Nobody to stop, and an address that no index takes.

\ir request.psql
\set account_sid '''AC3'''
\set kind '''message'''
\set opt_out '''STOP'''
\set To '''+15551230001'''
\ir opt-out.psql
SELECT quote_literal(string_agg(sha256(n::text::bytea)::text, '')) AS "From"
FROM generate_series(1, 200) AS n \gset
\ir opt-out.psql
\set From '''+15551230009'''
\set To NULL
\ir opt-out.psql
SELECT is_empty($$SELECT * FROM hookswitch.opt_outs WHERE account_sid = 'AC3'$$,
    'what names no contact or no channel stops nothing, and does not fail');

-- A repeat.

\ir request.psql
\set kind '''message'''
\set opt_out '''START'''
\set From '''+15551230009'''
\set To '''+15551230001'''
\ir ../../sql/statements/event.sql
\ir earlier.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/opt_out.sql
SELECT is_empty($$SELECT * FROM hookswitch.opt_outs
    WHERE account_sid = 'AC1' AND NOT is_opted_out$$, 'a repeat changes nothing');

SELECT * FROM finish();
ROLLBACK;
