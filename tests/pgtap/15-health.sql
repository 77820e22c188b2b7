-- 15-health.sql: debugger_event.sql, and webhook_health.

\ir begin.psql

SELECT plan(28);

-- What Twilio reports of an endpoint of ours.

\ir request.psql
\set kind '''debugger'''
\set Sid '''NO1'''
\set ParentAccountSid '''AC0'''
\set Level '''ERROR'''
\set Timestamp '''2025-10-08 11:00:00+00'''
SELECT quote_literal($${
    "resource_sid": "CA1", "service_sid": null, "error_code": "11200",
    "more_info": {"Msg": "Got HTTP 404 response", "ErrorCode": "11200"},
    "webhook": {
        "type": "application/json",
        "request": {
            "url": "https://example.com/api/webhooks/voice", "method": "POST",
            "headers": {"X": "y"}, "parameters": {"From": "+15551230009"}
        },
        "response": {"status_code": 404, "headers": {}, "body": "not found"}
    }
}$$) AS "Payload" \gset
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/debugger_event.sql
SELECT results_eq(
    $$SELECT sid, account_sid, parent_account_sid, level, error_code, message, resource_sid,
        service_sid, url, method, response_status, occurred_at, payload -> 'more_info' ->> 'Msg'
    FROM hookswitch.debugger_events$$,
    $$VALUES ('NO1', 'AC1', 'AC0', 'ERROR', 11200, 'Got HTTP 404 response', 'CA1', NULL,
        'https://example.com/api/webhooks/voice', 'POST', 404,
        timestamptz '2025-10-08 11:00:00+00', 'Got HTTP 404 response')$$,
    'a report of the debugger');

-- In every order, and in every form, the row is the same in the end.

\ir earlier.psql
CREATE TEMPORARY TABLE before AS SELECT *, ctid AS place FROM hookswitch.debugger_events;
\set Level '''WARNING'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/debugger_event.sql
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.debugger_events', 'SELECT * FROM before',
    'a repeat does not touch it');

\set full :Payload
\set other '''{"error_code": 11205, "more_info": "timed out", "resource_sid": "CA2"}'''
\set Sid '''NO2'''
\set Payload :full
\ir debugger.psql
\set Payload :other
\ir debugger.psql
\set Sid '''NO3'''
\set Payload :other
\ir debugger.psql
\set Payload :full
\ir debugger.psql
SELECT results_eq(
    $$SELECT error_code, message, resource_sid, url, response_status, payload
    FROM hookswitch.debugger_events WHERE sid = 'NO2'$$,
    $$SELECT error_code, message, resource_sid, url, response_status, payload
    FROM hookswitch.debugger_events WHERE sid = 'NO3'$$,
    'two reports of one SID in both orders');
SELECT results_eq(
    $$SELECT error_code, message, resource_sid FROM hookswitch.debugger_events WHERE sid = 'NO2'$$,
    $$VALUES (11205, 'timed out', 'CA2')$$, 'the greater value stays');

-- Payloads that are none, or not what they should be: stored, with what can be read.

CREATE TEMPORARY TABLE payloads (sid text, payload text, code integer, is_json boolean);
INSERT INTO payloads VALUES
    ('no payload', NULL, NULL, NULL),
    ('no JSON', 'error_code=11200', NULL, false),
    ('cut off', '{"error_code": "11200"', NULL, false),
    ('NUL', '{"error_code": "11200", "body": "\u0000"}', NULL, false),
    ('half a character', '{"error_code": "11200", "body": "\ud83d"}', NULL, false),
    ('number beyond all bounds', '{"error_code": 11200, "n": 1e999999}', NULL, false),
    ('number of many digits', '{"error_code": 99999999999999999999}', NULL, true),
    ('number with a fraction', '{"error_code": 11200.5}', NULL, true),
    ('negative number', '{"error_code": -1}', -1, true),
    ('number as text', '{"error_code": "11200"}', 11200, true),
    ('number', '{"error_code": 11200}', 11200, true),
    ('true', '{"error_code": true}', NULL, true),
    ('deep', repeat('[', 100000), NULL, false),
    ('deep and closed', repeat('[', 1000) || repeat(']', 1000), NULL, true),
    ('list', '[{"error_code": 11200}]', NULL, true),
    ('text', '"error_code"', NULL, true),
    ('null', 'null', NULL, true),
    ('lists inside', '{"error_code": [11200], "webhook": [1], "more_info": [2]}', NULL, true),
    ('texts inside', '{"error_code": {"a": 1}, "webhook": {"request": "x"}}', NULL, true),
    ('twice the same', '{"error_code": 1, "error_code": 2}', 2, true);
\ir debuggers.psql
SELECT is(
    (
        SELECT (told.error_code, told.payload IS NOT NULL)
        FROM hookswitch.debugger_events AS told WHERE told.sid = payloads.sid
    ),
    (code, coalesce(is_json, false)), 'payload: ' || sid)
FROM payloads;
SELECT results_eq(
    $$SELECT message, url FROM hookswitch.debugger_events WHERE sid LIKE '%s inside' ORDER BY sid$$,
    $$VALUES (NULL::text, NULL::text), (NULL, NULL)$$, 'what is no text is none');

\ir request.psql
SELECT quote_literal(string_agg(sha256(n::text::bytea)::text, '')) AS "Sid"
FROM generate_series(1, 200) AS n \gset
\ir debugger.psql
\set Sid NULL
\ir debugger.psql
SELECT is(count(*), 23::bigint, 'a report without a SID, or with one that no index takes, is none')
FROM hookswitch.debugger_events;

-- Health: several accounts, endpoints and kinds.

DELETE FROM hookswitch.webhook_events;
DELETE FROM hookswitch.debugger_events;
CREATE FUNCTION pg_temp.hear(account text, of text, times integer, ago interval, every interval)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO hookswitch.webhook_events (
        event_key, account_sid, endpoint, kind, received_at, occurred_at, params, source
    )
    SELECT sha256(nextval('request_number')::text::bytea), account, split_part(of, ' ', 1),
        split_part(of, ' ', 2), at, at, '{}', 'webhook'
    FROM generate_series(0, times - 1) AS n,
        LATERAL (SELECT now() - ago - n * every) AS moment (at)
$$;
-- Three hours of silence; the week before it was heard 4, 5, 5 times but not in those hours, 500.
SELECT pg_temp.hear('AC1', kind, 1, '3 hours', '0'), pg_temp.hear('AC1', kind, n, ago, '1 second')
FROM (VALUES
    ('status few', 4, interval '7 days 1 hour'),
    ('status enough', 5, '7 days 1 hour'),
    ('status before', 5, '7 days 4 hours'),
    ('status after', 5, '6 days 23 hours'),
    ('status many', 500, '7 days 1 hour')
) AS heard (kind, n, ago) \g /dev/null
SELECT pg_temp.hear('AC1', 'voice call', 20, '1 minute', '2 hours'),
    pg_temp.hear('AC2', 'voice call', 1, '400 days', '0'),
    pg_temp.hear('AC1', 'backfill call', 20, '1 minute', '2 hours'), -- asked for, not sent
    pg_temp.hear('AC2', 'voice call-action', 1, '1 day 1 minute', '0') \g /dev/null
INSERT INTO hookswitch.debugger_events (
    sid, account_sid, error_code, message, url, occurred_at
)
SELECT sid, 'AC2', code, sid, url, now() - ago
FROM (VALUES
    ('lately', 11200, 'https://example.com/', interval '1 hour'),
    ('latest', 11205, 'https://example.org/', '10 minutes'),
    ('of the week', 12100, 'https://example.com/', '6 days'),
    ('older', 12100, 'https://example.com/', '8 days'),
    ('of no endpoint', 30003, NULL, '1 minute')
) AS report (sid, code, url, ago);

SELECT results_eq(
    $$SELECT account_sid, endpoint, kind, silent_for, events_24h, events_week_before, is_unusual
    FROM hookswitch.webhook_health ORDER BY 1, 2, 3$$,
    $$VALUES
        ('AC1', 'status', 'after', interval '3 hours', 1::bigint, 0::bigint, false),
        ('AC1', 'status', 'before', '3 hours', 1, 0, false),
        ('AC1', 'status', 'enough', '3 hours', 1, 5, true),
        ('AC1', 'status', 'few', '3 hours', 1, 4, false),
        ('AC1', 'status', 'many', '3 hours', 1, 100, true),
        ('AC1', 'voice', 'call', '1 minute', 12, 0, false),
        -- The week before goes back from when it was last heard.
        ('AC2', 'voice', 'call', '400 days', 0, 1, false),
        ('AC2', 'voice', 'call-action', '1 day 1 minute', 0, 0, false)$$,
    'silence, and whether it is unusual');
SELECT results_eq(
    $$SELECT account_sid, kind, last_received_at, errors_24h, errors_7d, last_error_at,
        last_error_code, last_error_message, last_error_url
    FROM hookswitch.webhook_health WHERE endpoint = 'voice' ORDER BY 1, 2$$,
    $$VALUES
        ('AC1', 'call', now() - interval '1 minute', 0::bigint, 0::bigint, NULL::timestamptz,
            NULL::integer, NULL::text, NULL::text),
        ('AC2', 'call', now() - interval '400 days', 2, 3, now() - interval '10 minutes', 11205,
            'latest', 'https://example.org/'),
        ('AC2', 'call-action', now() - interval '1 day 1 minute', 2, 3,
            now() - interval '10 minutes', 11205, 'latest', 'https://example.org/')$$,
    'what the debugger says of an account');

SELECT * FROM finish();
ROLLBACK;
