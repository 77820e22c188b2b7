-- 05-recordings.sql: recording.sql.

\ir begin.psql

SELECT plan(6);

-- The action of a <Record> comes first; its ErrorCode would be another error's.

\ir request.psql
\set RecordingSid '''RE1'''
\set CallSid '''CA1'''
\set RecordingUrl '''https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1'''
\set RecordingDuration 3
\set ErrorCode 11200
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT results_eq(
    'SELECT * FROM hookswitch.recordings',
    $$SELECT 'RE1', 'AC1', 'CA1', NULL::text,
        'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1', NULL::text, 3,
        NULL::integer, NULL::text, NULL::text, NULL::integer, NULL::timestamptz$$,
    'the action of a <Record> makes the row, without a status');

\ir request.psql
\set RecordingSid '''RE1'''
\set CallSid '''CA1'''
\set RecordingStatus '''completed'''
\set RecordingDuration 3
\set RecordingChannels 1
\set RecordingSource '''RecordVerb'''
\set RecordingTrack '''both'''
\set RecordingStartTime '''2021-07-29 06:59:25+00'''
\set ErrorCode 0
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT results_eq(
    'SELECT * FROM hookswitch.recordings',
    $$SELECT 'RE1', 'AC1', 'CA1', NULL::text,
        'https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1', 'completed', 3, 1,
        'RecordVerb', 'both', NULL::integer, timestamptz '2021-07-29 06:59:25+00'$$,
    'its callback merges into it; error 0 is none');

\ir request.psql
\set RecordingSid '''RE1'''
\set RecordingStatus '''in-progress'''
\set ConferenceSid '''CF1'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT results_eq(
    'SELECT status, conference_sid, call_sid FROM hookswitch.recordings',
    $$VALUES ('completed', 'CF1', 'CA1')$$, 'a late callback does not take it back');

\ir request.psql
\set RecordingSid '''RE2'''
\set RecordingStatus '''absent'''
\set ErrorCode 13214
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT results_eq(
    $$SELECT status, error_code FROM hookswitch.recordings WHERE sid = 'RE2'$$,
    $$VALUES ('absent', 13214)$$, 'a recording that is absent has its error');

\ir earlier.psql
CREATE TEMPORARY TABLE before AS SELECT *, ctid AS place FROM hookswitch.recordings;
\set RecordingStatus '''deleted'''
\set RecordingTrack '''inbound'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.recordings', 'SELECT * FROM before',
    'a repeat changes nothing');

\ir request.psql
\set account_sid '''AC2'''
\set RecordingSid '''RE1'''
\set RecordingStatus '''failed'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/recording.sql
SELECT results_eq(
    $$SELECT account_sid, status FROM hookswitch.recordings WHERE sid = 'RE1' ORDER BY 1$$,
    $$VALUES ('AC1', 'completed'), ('AC2', 'failed')$$, 'no account touches another''s row');

SELECT * FROM finish();
ROLLBACK;
