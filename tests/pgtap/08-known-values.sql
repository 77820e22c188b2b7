-- 08-known-values.sql: whatever arrives later, a known value stays and an unknown one is filled;
-- the earliest of the times counts, for updated_at the latest. Column by column.

\ir begin.psql

SELECT plan(15);

CREATE FUNCTION pg_temp.at(hour integer) RETURNS timestamptz LANGUAGE sql
RETURN timestamptz '2025-10-08 00:00:00+00' + make_interval(hours => hour);

-- What comes first is what stays.

\ir request.psql
\set known_call '''CA1'''
\set other_call '''CA3'''
\set DialCallSid '''CA2'''
\set RecordingSid '''RE1'''
\set known_room '''RM1'''
\set other_room '''RM3'''
\set ParticipantSid '''PA1'''
\set ParentCallSid '''CA0'''
\set Direction '''inbound'''
\set From '''+1'''
\set To '''+2'''
\set campaignId '''c1'''
\set AnsweredBy '''human'''
\set SipResponseCode 200
\set CallDuration 5
\set DialCallDuration 4
\set SequenceNumber 3
\set NumMedia 1
\set NumSegments 2
\set ProfileName '''Ann'''
\set WaId '''2'''
\set ErrorCode 30001
\set ErrorMessage '''one'''
\set ConferenceSid '''CF1'''
\set RecordingUrl '''https://example.com/1'''
\set RecordingStatus '''completed'''
\set RecordingDuration 3
\set RecordingChannels 1
\set RecordingSource '''RecordVerb'''
\set RecordingTrack '''inbound'''
\set RoomName '''apt-1-x'''
\set RoomType '''group'''
\set RoomStatus '''completed'''
\set RoomDuration 6
\set ParticipantIdentity '''Ann'''
\set ParticipantDuration 7
\set Timestamp '''2025-10-08 10:00:00+00'''
\set RecordingStartTime '''2025-10-08 10:00:00+00'''
\ir every-webhook.psql

-- Everything different: once from before, once from after.

\set other_call '''CA9'''
\set other_room '''RM9'''
\set ParentCallSid '''CA9'''
\set Direction '''outbound-api'''
\set From '''whatsapp:+7'''
\set To '''rcs:+8'''
\set campaignId '''c9'''
\set AnsweredBy '''fax'''
\set SipResponseCode 486
\set CallDuration 9
\set DialCallDuration 9
\set SequenceNumber 2
\set NumMedia 9
\set NumSegments 9
\set ProfileName '''Bob'''
\set WaId '''8'''
\set ErrorCode 30009
\set ErrorMessage '''nine'''
\set ConferenceSid '''CF9'''
\set RecordingUrl '''https://example.com/9'''
\set RecordingStatus '''absent'''
\set RecordingDuration 9
\set RecordingChannels 2
\set RecordingSource '''DialVerb'''
\set RecordingTrack '''both'''
\set RoomName '''apt-9-x'''
\set RoomType '''go'''
\set RoomStatus '''failed'''
\set RoomDuration 9
\set ParticipantIdentity '''Bob'''
\set ParticipantDuration 9
\set Timestamp '''2025-10-08 05:00:00+00'''
\set RecordingStartTime '''2025-10-08 05:00:00+00'''
\ir every-webhook.psql

\set Timestamp '''2025-10-08 20:00:00+00'''
\set RecordingStartTime '''2025-10-08 20:00:00+00'''
\ir every-webhook.psql

SELECT results_eq(
    $$SELECT * FROM hookswitch.calls WHERE sid = 'CA1' AND account_sid = 'AC1'$$,
    $$SELECT 'CA1', 'AC1', 'CA0', 'inbound', '+1', '+2', 'completed', 3, 'c1', 'human', 200, 5,
        pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(5),
        pg_temp.at(5), pg_temp.at(20)$$,
    'call.sql: known values stay');
SELECT results_eq(
    $$SELECT * FROM hookswitch.calls WHERE sid = 'CA2' AND account_sid = 'AC1'$$,
    $$SELECT 'CA2', 'AC1', 'CA3', 'outbound-dial', NULL::text, NULL::text, 'completed',
        NULL::integer, NULL::text, NULL::text, NULL::integer, 4,
        pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(5),
        pg_temp.at(5), pg_temp.at(20)$$,
    'dialed_call.sql: known values stay');
SELECT results_eq(
    $$SELECT * FROM hookswitch.messages WHERE sid = 'SM1' AND account_sid = 'AC1'$$,
    $$SELECT 'SM1', 'AC1', 'inbound', 'sms', '+1', '+2', '', 1, 2, 'received', NULL::integer,
        NULL::text, 'Ann', '2', NULL::bigint, NULL::bigint, 'c1', pg_temp.at(5), NULL::timestamptz,
        NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, pg_temp.at(20)$$,
    'message_inbound.sql: known values stay');
SELECT results_eq(
    $$SELECT * FROM hookswitch.messages WHERE sid = 'SM2' AND account_sid = 'AC1'$$,
    $$SELECT 'SM2', 'AC1', 'outbound', 'sms', '+1', '+2', NULL::text, NULL::integer, NULL::integer,
        'read', 30001, 'one', NULL::text, NULL::text, NULL::bigint, NULL::bigint, 'c1',
        pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(5), pg_temp.at(20)$$,
    'message_status.sql: known values stay');
SELECT results_eq(
    $$SELECT * FROM hookswitch.recordings WHERE account_sid = 'AC1'$$,
    $$SELECT 'RE1', 'AC1', 'CA3', 'CF1', 'https://example.com/1', 'completed', 3, 1, 'RecordVerb',
        'inbound', 30001, pg_temp.at(5)$$,
    'recording.sql: known values stay');
SELECT results_eq(
    $$SELECT * FROM hookswitch.rooms WHERE account_sid = 'AC1'$$,
    $$SELECT 'RM1', 'AC1', 'apt-1-x', 'group', 'completed', pg_temp.at(5), pg_temp.at(5), 6,
        1::bigint$$,
    'room.sql: known values stay');
SELECT results_eq(
    $$SELECT * FROM hookswitch.room_participants WHERE account_sid = 'AC1'$$,
    $$SELECT 'PA1', 'AC1', 'RM3', 'Ann', pg_temp.at(5), pg_temp.at(5), 7$$,
    'room_participant.sql: known values stay');

-- Rows of which nothing is known yet.

INSERT INTO hookswitch.calls (sid, account_sid, created_at, updated_at)
VALUES ('CA1', 'AC2', pg_temp.at(20), pg_temp.at(5)), ('CA2', 'AC2', pg_temp.at(20), pg_temp.at(5));
INSERT INTO hookswitch.messages (sid, account_sid, created_at, updated_at)
VALUES ('SM1', 'AC2', pg_temp.at(20), pg_temp.at(5)), ('SM2', 'AC2', pg_temp.at(20), pg_temp.at(5));
INSERT INTO hookswitch.recordings (sid, account_sid) VALUES ('RE1', 'AC2');
INSERT INTO hookswitch.rooms (sid, account_sid) VALUES ('RM1', 'AC2');
INSERT INTO hookswitch.room_participants (sid, account_sid) VALUES ('PA1', 'AC2');

\ir request.psql
\set account_sid '''AC2'''
\set known_call '''CA1'''
\set other_call '''CA3'''
\set DialCallSid '''CA2'''
\set RecordingSid '''RE1'''
\set known_room '''RM1'''
\set other_room '''RM3'''
\set ParticipantSid '''PA1'''
\set ParentCallSid '''CA0'''
\set Direction '''inbound'''
\set From '''+1'''
\set To '''+2'''
\set campaignId '''c1'''
\set AnsweredBy '''human'''
\set SipResponseCode 200
\set CallDuration 5
\set DialCallDuration 4
\set SequenceNumber 3
\set NumMedia 1
\set NumSegments 2
\set ProfileName '''Ann'''
\set WaId '''2'''
\set ErrorCode 30001
\set ErrorMessage '''one'''
\set ConferenceSid '''CF1'''
\set RecordingUrl '''https://example.com/1'''
\set RecordingStatus '''completed'''
\set RecordingDuration 3
\set RecordingChannels 1
\set RecordingSource '''RecordVerb'''
\set RecordingTrack '''inbound'''
\set RoomName '''apt-1-x'''
\set RoomType '''group'''
\set RoomStatus '''completed'''
\set RoomDuration 6
\set ParticipantIdentity '''Ann'''
\set ParticipantDuration 7
\set Timestamp '''2025-10-08 10:00:00+00'''
\set RecordingStartTime '''2025-10-08 10:00:00+00'''
\ir every-webhook.psql

SELECT results_eq(
    $$SELECT * FROM hookswitch.calls WHERE sid = 'CA1' AND account_sid = 'AC2'$$,
    $$SELECT 'CA1', 'AC2', 'CA0', 'inbound', '+1', '+2', 'completed', 3, 'c1', 'human', 200, 5,
        pg_temp.at(10), pg_temp.at(10), pg_temp.at(10), pg_temp.at(10),
        pg_temp.at(10), pg_temp.at(10)$$,
    'call.sql: unknown values are filled');
SELECT results_eq(
    $$SELECT * FROM hookswitch.calls WHERE sid = 'CA2' AND account_sid = 'AC2'$$,
    $$SELECT 'CA2', 'AC2', 'CA3', 'outbound-dial', NULL::text, NULL::text, 'completed',
        NULL::integer, NULL::text, NULL::text, NULL::integer, 4,
        pg_temp.at(10), pg_temp.at(10), pg_temp.at(10), pg_temp.at(10),
        pg_temp.at(10), pg_temp.at(10)$$,
    'dialed_call.sql: unknown values are filled');
SELECT results_eq(
    $$SELECT * FROM hookswitch.messages WHERE sid = 'SM1' AND account_sid = 'AC2'$$,
    $$SELECT 'SM1', 'AC2', 'inbound', 'sms', '+1', '+2', '', 1, 2, 'received', NULL::integer,
        NULL::text, 'Ann', '2', NULL::bigint, NULL::bigint, 'c1', pg_temp.at(10), NULL::timestamptz,
        NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, pg_temp.at(10)$$,
    'message_inbound.sql: unknown values are filled');
SELECT results_eq(
    $$SELECT * FROM hookswitch.messages WHERE sid = 'SM2' AND account_sid = 'AC2'$$,
    $$SELECT 'SM2', 'AC2', 'outbound', 'sms', '+1', '+2', NULL::text, NULL::integer, NULL::integer,
        'read', 30001, 'one', NULL::text, NULL::text, NULL::bigint, NULL::bigint, 'c1',
        pg_temp.at(10), pg_temp.at(10), pg_temp.at(10), pg_temp.at(10), pg_temp.at(10),
        pg_temp.at(10)$$,
    'message_status.sql: unknown values are filled');
SELECT results_eq(
    $$SELECT * FROM hookswitch.recordings WHERE account_sid = 'AC2'$$,
    $$SELECT 'RE1', 'AC2', 'CA3', 'CF1', 'https://example.com/1', 'completed', 3, 1, 'RecordVerb',
        'inbound', 30001, pg_temp.at(10)$$,
    'recording.sql: unknown values are filled');
SELECT results_eq(
    $$SELECT * FROM hookswitch.rooms WHERE account_sid = 'AC2'$$,
    $$SELECT 'RM1', 'AC2', 'apt-1-x', 'group', 'completed', pg_temp.at(10), pg_temp.at(10), 6,
        1::bigint$$,
    'room.sql: unknown values are filled');
SELECT results_eq(
    $$SELECT * FROM hookswitch.room_participants WHERE account_sid = 'AC2'$$,
    $$SELECT 'PA1', 'AC2', 'RM3', 'Ann', pg_temp.at(10), pg_temp.at(10), 7$$,
    'room_participant.sql: unknown values are filled');

-- What a statement says of itself does not replace what is known either.

UPDATE hookswitch.calls SET direction = 'known' WHERE account_sid = 'AC2';
UPDATE hookswitch.messages SET direction = 'known' WHERE account_sid = 'AC2';
\ir every-webhook.psql
SELECT results_eq(
    $$SELECT sid, direction FROM hookswitch.calls WHERE account_sid = 'AC2' AND sid <> 'CA3'
    UNION ALL SELECT sid, direction FROM hookswitch.messages WHERE account_sid = 'AC2'
    ORDER BY sid$$,
    $$VALUES ('CA1', 'known'), ('CA2', 'known'), ('SM1', 'known'), ('SM2', 'known')$$,
    'a known direction stays');

SELECT * FROM finish();
ROLLBACK;
