-- 03-calls.sql: event.sql, call.sql and dialed_call.sql.

\ir begin.psql

SELECT plan(24);

-- A call we placed: the callbacks arrive in the worst order, the request for TwiML in between.

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''completed'''
\set SequenceNumber 3
\set Timestamp '''2025-10-08 11:00:49+00'''
\set CallDuration 49
\set Duration 1
\set SipResponseCode 200
\set subject_sid '''CA1'''
\set idempotency_token '''token-1'''
\set params '''{"CallSid": "CA1", "CallStatus": "completed"}'''
\set kind '''call-status'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

SELECT results_eq(
    $$SELECT endpoint, subject_sid, received_at, occurred_at, params, raw_body, idempotency_token,
        source, xid, kind
    FROM hookswitch.webhook_events$$,
    $$SELECT 'status', 'CA1', timestamptz '2025-10-08 12:00:00+00',
        timestamptz '2025-10-08 11:00:49+00',
        '{"CallSid": "CA1", "CallStatus": "completed"}'::jsonb, NULL::bytea, 'token-1',
        'webhook', pg_current_xact_id(), 'call-status'$$,
    'the ledger has the webhook');
SELECT results_eq(
    $$SELECT status, status_sequence, duration, sip_response_code, direction, ended_at, created_at,
        updated_at
    FROM hookswitch.calls WHERE sid = 'CA1' AND account_sid = 'AC1'$$,
    $$SELECT 'completed', 3, 49, 200, NULL::text, timestamptz '2025-10-08 11:00:49+00',
        timestamptz '2025-10-08 11:00:49+00', timestamptz '2025-10-08 11:00:49+00'$$,
    'a callback makes the row; the duration is CallDuration');

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''in-progress'''
\set Direction '''outbound-api'''
\set From '''+15551230001'''
\set To '''+15551230002'''
\set campaignId '''64f1c0ffee'''
\set received_at '''2025-10-08 11:00:11+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''initiated'''
\set SequenceNumber 0
\set Timestamp '''2025-10-08 11:00:00+00'''
\set Direction '''outbound-api'''
\set campaignId '''another'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''in-progress'''
\set SequenceNumber 2
\set Timestamp '''2025-10-08 11:00:10+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''ringing'''
\set SequenceNumber 1
\set Timestamp '''2025-10-08 11:00:02+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

-- Asynchronous answering machine detection: neither status nor addresses.
\ir request.psql
\set CallSid '''CA1'''
\set AnsweredBy '''human'''
\set received_at '''2025-10-08 11:00:15+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

SELECT results_eq(
    'SELECT * FROM hookswitch.calls',
    $$SELECT 'CA1', 'AC1', NULL::text, 'outbound-api', '+15551230001', '+15551230002', 'completed',
        3, 'another', 'human', 200, 49, timestamptz '2025-10-08 11:00:00+00',
        timestamptz '2025-10-08 11:00:02+00', timestamptz '2025-10-08 11:00:10+00',
        timestamptz '2025-10-08 11:00:49+00', timestamptz '2025-10-08 11:00:00+00',
        timestamptz '2025-10-08 11:00:49+00'$$,
    'all webhooks of a call merge into one row, the earliest times count');
SELECT is(count(*), 6::bigint, 'each webhook is in the ledger') FROM hookswitch.webhook_events;

-- A repeat changes nothing. Its transaction is another one, which the test can only say. The values
-- are different ones here, so that a change would show.

\ir earlier.psql
CREATE TEMPORARY TABLE before AS SELECT *, xmin AS version, ctid AS place FROM hookswitch.calls;

\set CallStatus '''busy'''
\set SequenceNumber 9
\set ParentCallSid '''CA9'''
\set received_at '''2025-10-08 13:00:00+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

SELECT is(count(*), 6::bigint, 'a repeat is not in the ledger twice')
FROM hookswitch.webhook_events;
SELECT results_eq(
    'SELECT *, xmin AS version, ctid AS place FROM hookswitch.calls', 'SELECT * FROM before',
    'a repeat does not touch the row');
SELECT is_empty(
    format('SELECT * FROM hookswitch.new_event(%s, %L)', :'event_key', 'AC1'),
    'new_event: not for what an earlier transaction wrote');

-- The same parameters in one transaction, as when a group commit holds a retry: merged twice.

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''completed'''
\set SequenceNumber 3
\set Timestamp '''2025-10-08 11:00:49+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

SELECT results_eq(
    'SELECT * FROM hookswitch.calls',
    $$SELECT sid, account_sid, parent_sid, direction, from_number, to_number, status,
        status_sequence, campaign_id, answered_by, sip_response_code, duration, initiated_at,
        ringing_at, answered_at, ended_at, created_at, updated_at FROM before$$,
    'a repeat in the same transaction changes no value');

-- Another account's call with the same SID is another call.

\ir request.psql
\set account_sid '''AC2'''
\set CallSid '''CA1'''
\set CallStatus '''failed'''
\set SequenceNumber 9
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

SELECT results_eq(
    $$SELECT account_sid, status FROM hookswitch.calls WHERE sid = 'CA1' ORDER BY 1$$,
    $$VALUES ('AC1', 'completed'), ('AC2', 'failed')$$, 'no account touches another''s row');

-- The same key of another account is another webhook.
\set account_sid '''AC3'''
\set kind NULL
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT is(kind, 'other', 'what has no kind is of another')
FROM hookswitch.webhook_events WHERE event_key = :event_key AND account_sid = 'AC3';
SELECT is(count(*), 2::bigint, 'the account is part of the key of a webhook')
FROM hookswitch.webhook_events WHERE event_key = :event_key;

-- What a status says about times.

\ir request.psql
\set CallSid '''CA2'''
\set CallStatus '''queued'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT status, num_nonnulls(initiated_at, ringing_at, answered_at, ended_at)
    FROM hookswitch.calls WHERE sid = 'CA2'$$,
    $$VALUES ('queued', 0)$$, 'queued has no time of its own');

\ir request.psql
\set CallSid '''CA2'''
\set CallStatus '''quantum-hold'''
\set SequenceNumber 4
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT status, status_sequence, num_nonnulls(initiated_at, ringing_at, answered_at, ended_at)
    FROM hookswitch.calls WHERE sid = 'CA2'$$,
    $$VALUES ('quantum-hold', 4, 0)$$, 'a new status is kept as it came');

\ir request.psql
\set CallSid '''CA2'''
\set CallStatus '''in-progress'''
\set SequenceNumber 5
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT status, status_sequence, answered_at FROM hookswitch.calls WHERE sid = 'CA2'$$,
    $$VALUES ('quantum-hold', 4, timestamptz '2025-10-08 12:00:00+00')$$,
    'a late status sets its time, not the status');

\ir request.psql
\set CallSid '''CA3'''
\set SequenceNumber 7
\set AnsweredBy '''machine_start'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT status, status_sequence, answered_by FROM hookswitch.calls WHERE sid = 'CA3'$$,
    $$VALUES (NULL::text, NULL::integer, 'machine_start')$$,
    'without a status there is no sequence of it');

-- Each final status ends a call; of two different ones the higher SequenceNumber counts.

\ir request.psql
\set CallSid '''CA4'''
\set CallStatus '''no-answer'''
\set Timestamp '''2025-10-08 11:00:30+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT status, ended_at FROM hookswitch.calls WHERE sid = 'CA4'$$,
    $$VALUES ('no-answer', timestamptz '2025-10-08 11:00:30+00')$$, 'no-answer ends a call');

\ir request.psql
\set CallSid '''CA4'''
\set CallStatus '''busy'''
\set SequenceNumber 2
\set Timestamp '''2025-10-08 11:00:31+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\ir request.psql
\set CallSid '''CA4'''
\set CallStatus '''canceled'''
\set SequenceNumber 1
\set Timestamp '''2025-10-08 11:00:32+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\ir request.psql
\set CallSid '''CA4'''
\set CallStatus '''failed'''
\set Timestamp '''2025-10-08 11:00:33+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT status, status_sequence, ended_at, updated_at
    FROM hookswitch.calls WHERE sid = 'CA4'$$,
    $$VALUES ('busy', 2, timestamptz '2025-10-08 11:00:30+00',
        timestamptz '2025-10-08 11:00:33+00')$$,
    'of final statuses the highest SequenceNumber counts');

-- Odd content is stored: a quote, other alphabets, a long address, a SID of another form.

\ir request.psql
\set CallSid '''x''''); DROP TABLE calls; --'''
\set From '''sip:ünï''''çødé@example.com'''
\set Direction '''sideways'''
\set raw_body '''\\x4100ff'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT from_number, direction FROM hookswitch.calls WHERE sid LIKE 'x%'$$,
    $$VALUES ('sip:ünï''çødé@example.com', 'sideways')$$, 'odd content is stored as it came');
SELECT is(raw_body, '\x4100ff'::bytea, 'the ledger keeps the body''s bytes')
FROM hookswitch.webhook_events WHERE event_key = :event_key;

-- <Dial>: the child leg is a call of its own, and the parent keeps its own status.

\ir request.psql
\set CallSid '''CA5'''
\set CallStatus '''in-progress'''
\set Direction '''inbound'''
\set SequenceNumber NULL
\set DialCallSid '''CA6'''
\set DialCallStatus '''no-answer'''
\set DialCallDuration NULL
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\ir ../../sql/statements/dialed_call.sql
SELECT results_eq(
    $$SELECT sid, parent_sid, direction, status, status_sequence, duration,
        answered_at IS NOT NULL, ended_at
    FROM hookswitch.calls WHERE sid IN ('CA5', 'CA6') ORDER BY sid$$,
    $$VALUES ('CA5', NULL, 'inbound', 'in-progress', NULL::integer, NULL::integer, true, NULL),
        ('CA6', 'CA5', 'outbound-dial', 'no-answer', NULL, NULL, false,
        timestamptz '2025-10-08 12:00:00+00')$$,
    'the action of a <Dial> makes the row of the leg that was dialled');

-- The leg's own callback comes late and is more exact.
\ir request.psql
\set CallSid '''CA6'''
\set ParentCallSid '''CA5'''
\set CallStatus '''busy'''
\set SequenceNumber 2
\set Timestamp '''2025-10-08 11:59:58+00'''
\set CallDuration 0
\set SipResponseCode 486
\set From '''+15551230001'''
\set To '''+15551230003'''
\set Direction '''outbound-dial'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
SELECT results_eq(
    $$SELECT parent_sid, from_number, to_number, status, status_sequence, sip_response_code,
        duration, ended_at, created_at
    FROM hookswitch.calls WHERE sid = 'CA6'$$,
    $$VALUES ('CA5', '+15551230001', '+15551230003', 'busy', 2, 486, 0,
        timestamptz '2025-10-08 11:59:58+00', timestamptz '2025-10-08 11:59:58+00')$$,
    'the leg''s own callback merges into it');

\ir request.psql
\set CallSid '''CA5'''
\set CallStatus '''in-progress'''
\set DialCallSid '''CA6'''
\set DialCallStatus '''completed'''
\set DialCallDuration 12
\set received_at '''2025-10-08 12:00:05+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/dialed_call.sql
SELECT results_eq(
    $$SELECT status, status_sequence, duration, updated_at
    FROM hookswitch.calls WHERE sid = 'CA6'$$,
    $$VALUES ('busy', 2, 12, timestamptz '2025-10-08 12:00:05+00')$$,
    'an action without SequenceNumber does not replace the status of a callback');

-- An action has no SequenceNumber, so that of two final statuses it tells the first stays.
\ir request.psql
\set CallSid '''CA8'''
\set CallStatus '''ringing'''
\set Direction '''inbound'''
\set SequenceNumber 1
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\ir request.psql
\set CallSid '''CA5'''
\set DialCallSid '''CA8'''
\set DialCallStatus '''completed'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/dialed_call.sql
\set DialCallStatus '''busy'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/dialed_call.sql
SELECT results_eq(
    $$SELECT status, status_sequence, direction FROM hookswitch.calls WHERE sid = 'CA8'$$,
    $$VALUES ('completed', NULL::integer, 'outbound-dial')$$,
    'the status of an action goes without a sequence');

\ir earlier.psql
CREATE TEMPORARY TABLE before_dial AS SELECT *, ctid AS place FROM hookswitch.calls;
\set DialCallSid '''CA7'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/dialed_call.sql
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.calls', 'SELECT * FROM before_dial',
    'a repeated action of a <Dial> changes nothing');

SELECT * FROM finish();
ROLLBACK;
