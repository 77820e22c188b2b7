-- fill.sql: as many webhooks as a site gathers in 90 days, and what comes of them, set by set:
--
--     psql -v rows=10000000 -f fill.sql
--
-- rows is the number of rows of the ledger, about. Of each hundred: 42 are statuses of some ten
-- messages sent, 5 messages that came in, 42 about eight calls, 4 about recordings, 7 about rooms.
-- Two percent of the messages fail. Nothing is random, so that two runs fill alike. The database
-- has to be empty. Indexes of the large tables are made anew afterwards, which is faster.

\set ON_ERROR_STOP on
\set QUIET on

BEGIN;

SET LOCAL maintenance_work_mem = '512MB';
SET LOCAL work_mem = '128MB';
SET LOCAL synchronous_commit = off;

CREATE TEMPORARY TABLE unindexed AS
    SELECT
        indexrelid::regclass::text AS name,
        indrelid::regclass::text AS table_name,
        conname,
        CASE
            WHEN conname IS NULL THEN pg_get_indexdef(indexrelid)
            ELSE format(
                'ALTER TABLE %s ADD CONSTRAINT %I %s',
                indrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid)
            )
        END AS definition
    FROM pg_index
    LEFT JOIN pg_constraint ON conindid = indexrelid
    WHERE indrelid IN (
        'hookswitch.webhook_events'::regclass, 'hookswitch.calls'::regclass,
        'hookswitch.messages'::regclass, 'hookswitch.sessions'::regclass,
        'hookswitch.room_events'::regclass
    );

DO $$
DECLARE
    index record;
BEGIN
    FOR index IN SELECT * FROM unindexed LOOP
        IF index.conname IS NULL THEN
            EXECUTE 'DROP INDEX ' || index.name;
        ELSE
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', index.table_name, index.conname);
        END IF;
    END LOOP;
END
$$;

-- What each thing of some number is.

CREATE FUNCTION pg_temp.account(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN 'AC' || md5(CASE WHEN n % 20 = 0 THEN '2' WHEN n % 20 < 4 THEN '1' ELSE '0' END);
CREATE FUNCTION pg_temp.channel(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN '+1555' || 1000000 + n % 200;
-- Half of them in the US, the others in some dozen countries.
CREATE FUNCTION pg_temp.contact(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN n % 2 = 0 THEN '+1' || 2012000000 + n
    ELSE '+' || (ARRAY[
        '44791', '49151', '3361', '55119', '521', '9198', '6141', '3461', '4479', '1416', '86138',
        '23480', '2771'
    ])[1 + n % 13] || 1000000 + n
END;
CREATE FUNCTION pg_temp.campaign(n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN '64f1c0ffee' || lpad((n % 300)::text, 14, '0');
CREATE FUNCTION pg_temp.ago(part double precision) RETURNS timestamptz LANGUAGE sql STABLE
RETURN now() - interval '90 days' * part;

INSERT INTO hookswitch.campaigns (id, name)
SELECT pg_temp.campaign(n), 'Campaign ' || n FROM generate_series(0, 299) AS n;

INSERT INTO hookswitch.channels (account_sid, address, communication_type)
SELECT pg_temp.account(n), pg_temp.channel(n), 'sms' FROM generate_series(0, 199) AS n;

INSERT INTO hookswitch.appointments (id, status)
SELECT n, 'completed' FROM generate_series(1, :rows::bigint / 200) AS n;

-- Sessions, one for each contact, and their messages: three for two sessions.

INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
SELECT
    pg_temp.account(n % 200), channel.id, pg_temp.contact(n),
    pg_temp.ago(1 - n::double precision / (:rows::bigint * 3 / 100))
FROM generate_series(1, :rows::bigint * 3 / 100) AS n
JOIN hookswitch.channels AS channel ON channel.address = pg_temp.channel(n)
ORDER BY n;

INSERT INTO hookswitch.messages (
    sid, account_sid, direction, communication_type, from_address, to_address, body, num_media,
    num_segments, status, channel_id, session_id, created_at, received_at, updated_at
)
SELECT
    'SM' || md5('in' || session.id || '.' || n), session.account_sid, 'inbound', 'sms',
    session.contact_address, channel.address, 'Message ' || n || ' of ' || session.contact_address,
    0, 1, 'received', session.channel_id, session.id, session.started_at + n * interval '5 minutes',
    session.started_at + n * interval '5 minutes', session.started_at + n * interval '5 minutes'
FROM hookswitch.sessions AS session
JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
CROSS JOIN LATERAL generate_series(0, session.id % 2) AS n
ORDER BY session.started_at;

-- What was sent: most of it for campaigns, one in ten as an answer in a session.

INSERT INTO hookswitch.messages (
    sid, account_sid, direction, communication_type, from_address, to_address, status, error_code,
    campaign_id, created_at, sent_at, delivered_at, read_at, failed_at, updated_at
)
SELECT
    'SM' || md5('out' || n),
    pg_temp.account(coalesce(contact, n) % 200),
    'outbound',
    'sms',
    pg_temp.channel(coalesce(contact, n)),
    pg_temp.contact(coalesce(contact, n)),
    status,
    CASE
        WHEN status = 'undelivered' THEN 30003 + n % 6
        WHEN status = 'failed' THEN (ARRAY[21610, 21614, 30007, 63016])[1 + n % 4]
    END,
    CASE WHEN contact IS NULL THEN pg_temp.campaign(n / 7) END,
    began,
    CASE WHEN status <> 'failed' THEN began + interval '2 seconds' END,
    CASE WHEN status IN ('delivered', 'read') THEN began + interval '5 seconds' END,
    CASE WHEN status = 'read' THEN began + interval '1 minute' END,
    CASE WHEN status IN ('failed', 'undelivered') THEN began + interval '5 seconds' END,
    began + interval '5 seconds'
FROM generate_series(1, :rows::bigint * 105 / 1000) AS n
CROSS JOIN LATERAL (
    VALUES (
        CASE n * 37 % 100
            WHEN 0 THEN 'undelivered'
            WHEN 1 THEN 'failed'
            WHEN 2 THEN 'sent'
            WHEN 3 THEN 'read'
            WHEN 4 THEN 'read'
            ELSE 'delivered'
        END,
        CASE WHEN n % 10 = 0 THEN greatest(1, n * 3 * 1000 / (105 * 100)) END,
        pg_temp.ago(1 - n::double precision / (:rows::bigint * 105 / 1000))
    )
) AS made (status, contact, began)
ORDER BY n;

-- Calls: half of them for campaigns; one in five thousand was left hanging.

INSERT INTO hookswitch.calls (
    sid, account_sid, direction, from_number, to_number, status, status_sequence, campaign_id,
    answered_by, sip_response_code, duration, initiated_at, ringing_at, answered_at, ended_at,
    created_at, updated_at
)
SELECT
    'CA' || md5('call' || n),
    pg_temp.account(n % 200),
    CASE WHEN n % 2 = 0 THEN 'outbound-api' ELSE 'inbound' END,
    CASE WHEN n % 2 = 0 THEN pg_temp.channel(n) ELSE pg_temp.contact(n) END,
    CASE WHEN n % 2 = 0 THEN pg_temp.contact(n) ELSE pg_temp.channel(n) END,
    status,
    3,
    CASE WHEN n % 2 = 0 THEN pg_temp.campaign(n / 11) END,
    CASE
        WHEN status = 'completed' AND n % 4 = 0 THEN 'human'
        WHEN status = 'completed' AND n % 4 = 2 THEN 'machine_start'
    END,
    200,
    CASE WHEN status = 'completed' THEN 5 + n * 7 % 600 ELSE 0 END,
    began,
    began + interval '1 second',
    CASE WHEN status = 'completed' THEN began + interval '9 seconds' END,
    CASE WHEN status <> 'ringing' THEN began + interval '5 minutes' END,
    began,
    began + interval '5 minutes'
FROM generate_series(1, :rows::bigint * 85 / 1000) AS n
CROSS JOIN LATERAL (
    VALUES (
        CASE
            WHEN n % 5000 = 0 THEN 'ringing'
            WHEN n * 37 % 100 < 70 THEN 'completed'
            WHEN n * 37 % 100 < 85 THEN 'no-answer'
            WHEN n * 37 % 100 < 95 THEN 'busy'
            ELSE 'failed'
        END,
        pg_temp.ago(1 - n::double precision / (:rows::bigint * 85 / 1000))
    )
) AS made (status, began)
ORDER BY n;

INSERT INTO hookswitch.recordings (
    sid, account_sid, call_sid, url, status, duration, channels, source, started_at
)
SELECT
    'RE' || md5(sid), account_sid, sid, 'https://api.twilio.com/2010-04-01/RE' || md5(sid),
    'completed', duration, 1, 'OutboundAPI', answered_at
FROM hookswitch.calls
WHERE status = 'completed' AND hashtext(sid) % 3 <> 0
ORDER BY created_at;

-- Rooms: two participants with two tracks each.

INSERT INTO hookswitch.rooms (
    sid, account_sid, name, type, status, started_at, ended_at, duration, appointment_id
)
SELECT
    'RM' || md5('room' || n), pg_temp.account(n % 200), 'apt-' || n || '-visit', 'group',
    'completed',
    pg_temp.ago(1 - n::double precision / (:rows::bigint / 200)),
    pg_temp.ago(1 - n::double precision / (:rows::bigint / 200)) + interval '20 minutes', 1200, n
FROM generate_series(1, :rows::bigint / 200) AS n;

INSERT INTO hookswitch.room_participants (
    sid, account_sid, room_sid, identity, connected_at, disconnected_at, duration
)
SELECT
    'PA' || md5(sid || n), account_sid, sid,
    CASE n WHEN 1 THEN 'doctor' ELSE 'patient ' || name END,
    started_at + n * interval '1 minute', ended_at - interval '1 minute', 1140 - 60 * n
FROM hookswitch.rooms, generate_series(1, 2) AS n;

INSERT INTO hookswitch.room_events (
    event_key, account_sid, room_sid, event, participant_sid, participant_identity, track_sid,
    track_kind, sequence_number, occurred_at, metadata
)
SELECT
    sha256((room.sid || n)::bytea), room.account_sid, room.sid,
    (ARRAY[
        'room-created', 'participant-connected', 'track-added', 'track-added',
        'participant-connected', 'track-added', 'track-added', 'track-disabled', 'track-enabled',
        'track-removed', 'track-removed', 'participant-disconnected', 'participant-disconnected',
        'room-ended'
    ])[n],
    CASE WHEN n NOT IN (1, 14) THEN 'PA' || md5(room.sid || 1 + n % 2) END,
    CASE
        WHEN n IN (1, 14) THEN NULL
        WHEN n % 2 = 0 THEN 'doctor'
        ELSE 'patient ' || room.name
    END,
    CASE WHEN n IN (3, 4, 6, 7, 8, 9, 10, 11) THEN 'MT' || md5(room.sid || n) END,
    CASE WHEN n IN (3, 4, 6, 7, 8, 9, 10, 11) THEN 'audio' END,
    n, room.started_at + n * interval '80 seconds',
    jsonb_build_object('RoomName', room.name, 'RoomType', 'group', 'RoomStatus', 'in-progress')
FROM hookswitch.rooms AS room
CROSS JOIN generate_series(1, 14) AS n
ORDER BY room.started_at, n;

INSERT INTO hookswitch.debugger_events (
    sid, account_sid, level, error_code, message, url, occurred_at, payload
)
SELECT
    'NO' || md5(n::text), pg_temp.account(n), 'ERROR', 11200, 'HTTP retrieval failure',
    'https://example.com/api/webhooks/sms',
    pg_temp.ago(1 - n::double precision / (:rows::bigint / 1000)), '{}'
FROM generate_series(1, :rows::bigint / 1000) AS n;

-- The ledger.

INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params,
    idempotency_token, source, kind
)
SELECT
    sha256((message.sid || told.status)::bytea), message.account_sid, told.endpoint, message.sid,
    message.created_at + told.after, message.created_at + told.after,
    jsonb_build_object(
        'MessageSid', message.sid, 'SmsSid', message.sid, 'AccountSid', message.account_sid,
        'From', message.from_address, 'To', message.to_address, 'ApiVersion', '2010-04-01',
        'SmsStatus', told.status, told.name, coalesce(message.body, told.status),
        'FromCountry', 'US', 'ToCountry', 'US', 'ToState', '', 'FromState', '', 'NumSegments', '1',
        'MessagingServiceSid', 'MG' || md5(message.account_sid)
    ),
    message.sid, 'webhook', told.kind
FROM hookswitch.messages AS message
JOIN LATERAL (
    VALUES
        ('inbound', 'sms', 'message', 'Body', 'received', interval '0'),
        ('outbound', 'status', 'message-status', 'MessageStatus', 'queued', '0'),
        ('outbound', 'status', 'message-status', 'MessageStatus', 'sending', '1 second'),
        ('outbound', 'status', 'message-status', 'MessageStatus', 'sent', '2 seconds'),
        ('outbound', 'status', 'message-status', 'MessageStatus', 'final', '5 seconds')
) AS told (direction, endpoint, kind, name, status, after) ON told.direction = message.direction
ORDER BY message.created_at;

INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params,
    idempotency_token, source, kind
)
SELECT
    sha256((call.sid || n)::bytea), call.account_sid, CASE n WHEN 1 THEN 'voice' ELSE 'status' END,
    call.sid, call.created_at + n * interval '3 seconds',
    call.created_at + n * interval '3 seconds',
    jsonb_build_object(
        'CallSid', call.sid, 'AccountSid', call.account_sid, 'From', call.from_number,
        'To', call.to_number, 'Caller', call.from_number, 'Called', call.to_number,
        'CallStatus', told.status, 'Direction', call.direction, 'ApiVersion', '2010-04-01',
        'CallbackSource', 'call-progress-events', 'SequenceNumber', n::text, 'FromCity', '',
        'FromCountry', 'US', 'ToCity', 'LOS ANGELES', 'ToCountry', 'US', 'CallerCountry', 'US',
        'Timestamp', 'Wed, 08 Oct 2025 13:54:12 +0000'
    ),
    call.sid, 'webhook', CASE n WHEN 1 THEN 'call' ELSE 'call-status' END
FROM hookswitch.calls AS call
CROSS JOIN LATERAL unnest(
    ARRAY['ringing', 'initiated', 'ringing', 'in-progress', 'completed']
) WITH ORDINALITY AS told (status, n)
ORDER BY call.created_at;

INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params,
    idempotency_token, source, kind
)
SELECT
    sha256(recording.sid::bytea), recording.account_sid, 'recording', recording.sid,
    recording.started_at + interval '5 minutes', recording.started_at + interval '5 minutes',
    jsonb_build_object(
        'RecordingSid', recording.sid, 'RecordingUrl', recording.url,
        'RecordingStatus', 'completed', 'CallSid', recording.call_sid, 'AccountSid', recording.account_sid,
        'RecordingDuration', recording.duration::text
    ),
    NULL, 'webhook', 'recording-status'
FROM hookswitch.recordings AS recording;

INSERT INTO hookswitch.webhook_events (
    event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params,
    idempotency_token, source, kind
)
SELECT
    event.event_key, event.account_sid, 'video-room', event.room_sid, event.occurred_at,
    event.occurred_at,
    event.metadata || jsonb_build_object(
        'RoomSid', event.room_sid, 'StatusCallbackEvent', event.event,
        'ParticipantSid', event.participant_sid, 'ParticipantIdentity', event.participant_identity
    ),
    NULL, 'webhook', 'video-room'
FROM hookswitch.room_events AS event;

DO $$
DECLARE
    index record;
BEGIN
    FOR index IN SELECT * FROM unindexed ORDER BY table_name, name LOOP
        EXECUTE index.definition;
    END LOOP;
END
$$;

COMMIT;

-- As autovacuum does it sooner or later: statistics, and the pages that index-only scans may trust.
VACUUM (ANALYZE);
