-- 06-rooms.sql: room.sql, room_participant.sql and room_event.sql.

\ir begin.psql

SELECT plan(12);

-- A visit; room-ended arrives first.

\ir request.psql
\set RoomSid '''RM1'''
\set RoomName '''apt-48-test-room'''
\set RoomType '''group'''
\set RoomStatus '''completed'''
\set RoomDuration 600
\set StatusCallbackEvent '''room-ended'''
\set SequenceNumber 5
\set Timestamp '''2025-11-16T10:10:00.123456Z'''
SELECT quote_literal($${
    "AccountSid": "AC1", "RoomSid": "RM1", "RoomName": "apt-48-test-room", "RoomType": "group",
    "RoomStatus": "completed", "RoomDuration": "600", "StatusCallbackEvent": "room-ended",
    "SequenceNumber": "5", "Timestamp": "2025-11-16T10:10:00.123456Z", "New": ["1", "2"]
}$$) AS params \gset
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_event.sql

\ir request.psql
\set RoomSid '''RM1'''
\set RoomName '''apt-48-test-room'''
\set RoomStatus '''in-progress'''
\set StatusCallbackEvent '''room-created'''
\set SequenceNumber 0
\set Timestamp '''2025-11-16T10:00:00Z'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_event.sql

SELECT results_eq(
    'SELECT * FROM hookswitch.rooms',
    $$SELECT 'RM1', 'AC1', 'apt-48-test-room', 'group', 'completed',
        timestamptz '2025-11-16 10:00:00+00', timestamptz '2025-11-16 10:10:00.123456+00', 600,
        48::bigint$$,
    'callbacks of a room merge into one row, and name its appointment');

-- Participants: a track's callback comes first, then the end, then the beginning.

\ir request.psql
\set RoomSid '''RM1'''
\set RoomStatus '''in-progress'''
\set StatusCallbackEvent '''track-added'''
\set ParticipantSid '''PA1'''
\set ParticipantIdentity '''Dr. Zoë O''''Hara'''
\set TrackSid '''MT1'''
\set TrackKind '''video'''
\set SequenceNumber 2
\set Timestamp '''2025-11-16T10:00:06Z'''
SELECT quote_literal($${
    "ParticipantSid": "PA1", "ParticipantIdentity": "x", "TrackSid": "MT1",
    "TrackKind": "video", "TrackName": "camera", "RoomName": "apt-48-test-room"
}$$) AS params \gset
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_participant.sql
\ir ../../sql/statements/room_event.sql
SELECT results_eq(
    'SELECT * FROM hookswitch.room_participants',
    $$SELECT 'PA1', 'AC1', 'RM1', 'Dr. Zoë O''Hara', NULL::timestamptz, NULL::timestamptz,
        NULL::integer$$,
    'a track''s callback makes the participant''s row');

\ir request.psql
\set RoomSid '''RM1'''
\set StatusCallbackEvent '''participant-disconnected'''
\set ParticipantSid '''PA1'''
\set ParticipantIdentity '''Another'''
\set ParticipantDuration 290
\set Timestamp '''2025-11-16T10:04:55Z'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_participant.sql
\ir ../../sql/statements/room_event.sql
\ir request.psql
\set RoomSid '''RM1'''
\set StatusCallbackEvent '''participant-connected'''
\set ParticipantSid '''PA1'''
\set Timestamp '''2025-11-16T10:00:05Z'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_participant.sql
\ir ../../sql/statements/room_event.sql
SELECT results_eq(
    'SELECT * FROM hookswitch.room_participants',
    $$SELECT 'PA1', 'AC1', 'RM1', 'Dr. Zoë O''Hara', timestamptz '2025-11-16 10:00:05+00',
        timestamptz '2025-11-16 10:04:55+00', 290$$,
    'callbacks of a participant merge into one row');

-- A recording of a track, after the room ended.

\ir request.psql
\set RoomSid '''RM1'''
\set StatusCallbackEvent '''recording-completed'''
\set RecordingSid '''RT1'''
\set Duration 288
\set Timestamp '''2025-11-16T10:11:00Z'''
\set params '''{"RecordingSid": "RT1", "Duration": "288", "Size": "9876543210", "Codec": "VP8"}'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_event.sql

SELECT results_eq(
    $$SELECT event, room_name, participant_sid, participant_identity, track_sid, track_kind,
        recording_sid, sequence_number, duration, metadata
    FROM hookswitch.room_events WHERE room_sid = 'RM1' AND account_sid = 'AC1'
    ORDER BY occurred_at$$,
    $$VALUES
        ('room-created', 'apt-48-test-room', NULL, NULL, NULL, NULL, NULL, 0, NULL::integer,
            '{}'::jsonb),
        ('participant-connected', NULL, 'PA1', NULL, NULL, NULL, NULL, NULL, NULL, '{}'),
        ('track-added', NULL, 'PA1', 'Dr. Zoë O''Hara', 'MT1', 'video', NULL, 2, NULL,
            '{"TrackName": "camera"}'),
        ('participant-disconnected', NULL, 'PA1', 'Another', NULL, NULL, NULL, NULL, 290, '{}'),
        ('room-ended', 'apt-48-test-room', NULL, NULL, NULL, NULL, NULL, 5, 600,
            '{"RoomType": "group", "RoomStatus": "completed", "New": ["1", "2"]}'),
        ('recording-completed', NULL, NULL, NULL, NULL, NULL, 'RT1', NULL, 288,
            '{"Size": "9876543210", "Codec": "VP8"}')$$,
    'the history of the room, in order');
SELECT set_eq(
    'SELECT event_key, account_sid, occurred_at, received_at FROM hookswitch.room_events',
    'SELECT event_key, account_sid, occurred_at, received_at FROM hookswitch.webhook_events',
    'each entry belongs to its webhook');
SELECT is(status, 'completed', 'late callbacks do not reopen the room') FROM hookswitch.rooms;

-- Repeats.

\ir earlier.psql
CREATE TEMPORARY TABLE before_rooms AS SELECT *, ctid AS place FROM hookswitch.rooms;
CREATE TEMPORARY TABLE before_participants AS
    SELECT *, ctid AS place FROM hookswitch.room_participants;
CREATE TEMPORARY TABLE before_events AS SELECT *, ctid AS place FROM hookswitch.room_events;
\set RoomType '''go'''
\set ParticipantSid '''PA1'''
\set ParticipantDuration 1
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_participant.sql
\ir ../../sql/statements/room_event.sql
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.rooms', 'SELECT * FROM before_rooms',
    'a repeat does not touch the room');
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.room_participants',
    'SELECT * FROM before_participants', 'a repeat does not touch the participant');
SELECT set_eq('SELECT *, ctid AS place FROM hookswitch.room_events', 'SELECT * FROM before_events',
    'a repeat is not in the history twice');

-- Twice in one transaction, as when a group commit holds a retry.

\ir request.psql
\set RoomSid '''RM2'''
\set RoomName '''consultation'''
\set RoomStatus '''melted'''
\set StatusCallbackEvent '''room-melted'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_event.sql
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_event.sql
SELECT results_eq(
    $$SELECT status, appointment_id, (
        SELECT count(*) FROM hookswitch.room_events WHERE room_sid = 'RM2'
    ) FROM hookswitch.rooms WHERE sid = 'RM2'$$,
    $$VALUES ('melted', NULL::bigint, 1::bigint)$$,
    'new events and statuses are kept as they came, once; a room needs no appointment');

-- Other accounts.

\ir request.psql
\set account_sid '''AC2'''
\set RoomSid '''RM1'''
\set ParticipantSid '''PA1'''
\set RoomStatus '''failed'''
\set ParticipantIdentity '''somebody'''
\ir ../../sql/statements/event.sql
\ir ../../sql/statements/room.sql
\ir ../../sql/statements/room_participant.sql
SELECT results_eq(
    $$SELECT account_sid, status FROM hookswitch.rooms WHERE sid = 'RM1' ORDER BY 1$$,
    $$VALUES ('AC1', 'completed'), ('AC2', 'failed')$$, 'no account touches another''s room');
SELECT results_eq(
    $$SELECT account_sid, identity FROM hookswitch.room_participants WHERE sid = 'PA1' ORDER BY 1$$,
    $$VALUES ('AC1', 'Dr. Zoë O''Hara'), ('AC2', 'somebody')$$,
    'no account touches another''s participant');

SELECT * FROM finish();
ROLLBACK;
