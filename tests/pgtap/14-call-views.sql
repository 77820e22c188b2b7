-- 14-call-views.sql: call_log and stuck_calls.

\ir begin.psql

SELECT plan(7);

-- A call with two recordings; theirs are the first webhooks, and come in the wrong order.

\ir request.psql
\set CallSid '''CA1'''
\set RecordingSid '''RE2'''
\set RecordingStatus '''completed'''
\set RecordingUrl '''https://example.com/RE2'''
\set RecordingDuration 5
\set RecordingStartTime '''2025-10-08 11:00:20+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT is_empty('SELECT * FROM hookswitch.call_log', 'no call is known yet');

\ir request.psql
\set CallSid '''CA1'''
\set RecordingSid '''RE1'''
\set RecordingStatus '''completed'''
\set RecordingUrl '''https://example.com/RE1'''
\set RecordingDuration 9
\set RecordingStartTime '''2025-10-08 11:00:12+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql

-- One without a URL yet, one of another account.
\set RecordingSid '''RE3'''
\set RecordingStatus '''in-progress'''
\set RecordingUrl NULL
\set RecordingDuration NULL
\set RecordingStartTime '''2025-10-08 11:00:30+00'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
\set account_sid '''AC2'''
\set RecordingUrl '''https://example.com/RE3'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql

\ir request.psql
\set CallSid '''CA1'''
\set CallStatus '''completed'''
\set SequenceNumber 3
\set CallDuration 49
\set Direction '''outbound-api'''
\set From '''+15551230001'''
\set To '''+15551230002'''
\set campaignId '''c1'''
\set Timestamp '''2025-10-08 11:00:59+00'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\set SequenceNumber 2
\set CallStatus '''in-progress'''
\set Timestamp '''2025-10-08 11:00:10+00'''
\set CallDuration NULL
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql
\set SequenceNumber 0
\set CallStatus '''initiated'''
\set Timestamp '''2025-10-08 11:00:00+00'''
\ir event-key.psql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/call.sql

SELECT results_eq(
    $$SELECT sid, account_sid, direction, from_number, to_number, status, campaign_id, duration,
        initiated_at, ringing_at, answered_at, ended_at
    FROM hookswitch.call_log$$,
    $$VALUES ('CA1', 'AC1', 'outbound-api', '+15551230001', '+15551230002', 'completed', 'c1', 49,
        timestamptz '2025-10-08 11:00:00+00', NULL::timestamptz,
        timestamptz '2025-10-08 11:00:10+00', timestamptz '2025-10-08 11:00:59+00')$$,
    'a call with its timeline');
SELECT is(recording_urls, ARRAY['https://example.com/RE1', 'https://example.com/RE2'],
    'where its recordings are, in their order')
FROM hookswitch.call_log;
SELECT is(recordings, '[
    {"sid": "RE1", "url": "https://example.com/RE1", "status": "completed", "duration": 9,
        "started_at": "2025-10-08T11:00:12+00:00"},
    {"sid": "RE2", "url": "https://example.com/RE2", "status": "completed", "duration": 5,
        "started_at": "2025-10-08T11:00:20+00:00"},
    {"sid": "RE3", "url": null, "status": "in-progress", "duration": null,
        "started_at": "2025-10-08T11:00:30+00:00"}
]'::jsonb, 'what is known of each')
FROM hookswitch.call_log;

-- Stuck: silent for longer than the settings say, and not ended.

DELETE FROM hookswitch.calls;
INSERT INTO hookswitch.calls (
    sid, account_sid, direction, status, answered_at, ended_at, created_at, updated_at
)
SELECT sid, 'AC1', direction, status, answered, ended, now() - interval '9 days', now() - silence
FROM (VALUES
    ('placed', 'outbound-api', 'initiated', NULL, NULL, interval '16 minutes'),
    ('placed lately', 'outbound-api', 'initiated', NULL, NULL, '14 minutes'),
    ('dialled', 'outbound-dial', 'ringing', NULL, NULL, '16 minutes'),
    ('of a new status', 'outbound-api', 'on-hold', NULL, NULL, '16 minutes'),
    ('of no status', NULL, NULL, NULL, NULL, '16 minutes'),
    ('answered', 'outbound-api', 'in-progress', now(), NULL, '5 hours'),
    ('answered lately', 'outbound-api', 'in-progress', now(), NULL, '3 hours'),
    ('came in', 'inbound', 'ringing', NULL, NULL, '5 hours'),
    ('came in lately', 'inbound', 'ringing', NULL, NULL, '3 hours'),
    ('ended', 'outbound-api', 'completed', NULL, now(), '9 days')
) AS call (sid, direction, status, answered, ended, silence);
SELECT results_eq(
    'SELECT sid, status, silent_for FROM hookswitch.stuck_calls ORDER BY sid',
    $$VALUES ('answered', 'in-progress', interval '5 hours'),
        ('came in', 'ringing', '5 hours'), ('dialled', 'ringing', '16 minutes'),
        ('of a new status', 'on-hold', '16 minutes'), ('of no status', NULL, '16 minutes'),
        ('placed', 'initiated', '16 minutes')$$,
    'calls that nothing is heard of');
UPDATE hookswitch.settings SET value = '10 minutes' WHERE name = 'stuck_call_after';
UPDATE hookswitch.settings SET value = '2 hours' WHERE name = 'stuck_call_in_progress_after';
SELECT is(count(*), 9::bigint, 'sooner') FROM hookswitch.stuck_calls;
UPDATE hookswitch.settings SET value = '9 hours' WHERE name = 'stuck_call_after';
SELECT set_eq('SELECT sid FROM hookswitch.stuck_calls',
    ARRAY['answered', 'answered lately', 'came in', 'came in lately'], 'or later');


SELECT * FROM finish();
ROLLBACK;
