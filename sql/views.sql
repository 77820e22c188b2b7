-- views.sql: what people ask of the tables. Run by install.sql, every time.
--
-- Columns keep the names they have in the tables. What lists rows looks up by a key what each row
-- needs, so that the newest hundred, or one, cost as little in a large database as in a small one;
-- what counts rows does so in an index.

-- Messages

CREATE OR REPLACE VIEW hookswitch.session_overview AS
SELECT
    session.id,
    session.account_sid,
    session.channel_id,
    session.contact_address,
    CASE
        WHEN session.closed_at <= now() THEN 'closed'
        WHEN latest.active_at + channel.session_timeout < now() THEN 'timed out'
        ELSE 'open'
    END AS state,
    session.started_at,
    session.closed_at,
    span.ends_at,
    latest.received_at AS last_received_at,
    greatest(
        latest.received_at,
        (
            SELECT max(message.created_at)
            FROM hookswitch.messages AS message
            WHERE message.direction = 'outbound'
                AND left(message.to_address, 255) = session.contact_address
                AND message.created_at >= session.started_at
                AND message.created_at < span.ends_at
                AND message.account_sid = session.account_sid
                AND hookswitch.bare_address(message.from_address)
                    = hookswitch.bare_address(channel.address)
        )
    ) AS last_message_at,
    (
        SELECT message.body
        FROM hookswitch.messages AS message
        WHERE message.session_id = session.id
        ORDER BY message.received_at DESC
        LIMIT 1
    ) AS last_body,
    (
        SELECT count(*)
        FROM hookswitch.messages AS message
        WHERE message.session_id = session.id
    ) AS received,
    (
        SELECT count(*)
        FROM hookswitch.messages AS message
        WHERE message.direction = 'outbound'
            AND left(message.to_address, 255) = session.contact_address
            AND message.created_at >= session.started_at
            AND message.created_at < span.ends_at
            AND message.account_sid = session.account_sid
            AND hookswitch.bare_address(message.from_address)
                = hookswitch.bare_address(channel.address)
    ) AS sent
FROM hookswitch.sessions AS session
JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
CROSS JOIN LATERAL (
    SELECT
        max(message.received_at) AS received_at,
        greatest(max(message.received_at), session.started_at) AS active_at
    FROM hookswitch.messages AS message
    WHERE message.session_id = session.id
) AS latest
CROSS JOIN LATERAL (
    SELECT least(
        session.closed_at,
        latest.active_at + channel.session_timeout,
        -- Where the timeout is another one now.
        (
            SELECT next.started_at
            FROM hookswitch.sessions AS next
            WHERE next.channel_id = session.channel_id
                AND next.contact_address = session.contact_address
                AND next.started_at > session.started_at
            ORDER BY next.started_at
            LIMIT 1
        )
    ) AS ends_at
) AS span;

COMMENT ON VIEW hookswitch.session_overview IS
    'One row for each session: how it stands, and what was said. For one contact, one session, or'
    ' the newest by started_at.';
COMMENT ON COLUMN hookswitch.session_overview.id IS 'Number of the session.';
COMMENT ON COLUMN hookswitch.session_overview.account_sid IS
    'Twilio account (AC...) the channel belongs to.';
COMMENT ON COLUMN hookswitch.session_overview.channel_id IS 'Channel the contact writes to.';
COMMENT ON COLUMN hookswitch.session_overview.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.session_overview.state IS
    'open; closed by the application; or timed out, with nothing from the contact for longer than'
    ' the channel''s session_timeout.';
COMMENT ON COLUMN hookswitch.session_overview.started_at IS
    'When its first message came in, or when the application opened it.';
COMMENT ON COLUMN hookswitch.session_overview.closed_at IS
    'When the application closed it; NULL if it did not.';
COMMENT ON COLUMN hookswitch.session_overview.ends_at IS
    'When it ended, or will if nothing more comes in. What we wrote to the contact until then'
    ' belongs to it.';
COMMENT ON COLUMN hookswitch.session_overview.last_received_at IS
    'When the contact''s latest message came in; NULL if none did yet.';
COMMENT ON COLUMN hookswitch.session_overview.last_message_at IS
    'Time of the latest message, whoever wrote it.';
COMMENT ON COLUMN hookswitch.session_overview.last_body IS
    'Text of the contact''s latest message.';
COMMENT ON COLUMN hookswitch.session_overview.received IS 'Number of messages from the contact.';
COMMENT ON COLUMN hookswitch.session_overview.sent IS
    'Number of messages to the contact of which a status callback told.';

CREATE OR REPLACE VIEW hookswitch.open_sessions AS
SELECT session.*
FROM (
    -- Only these can be open; whoever is silent for longer is not.
    SELECT message.session_id
    FROM hookswitch.messages AS message
    WHERE message.created_at >= now() - (
            SELECT max(channel.session_timeout) FROM hookswitch.channels AS channel
        )
        -- Of a range with two ends the planner thinks that it holds little, as this one does.
        AND message.created_at < 'infinity'
        AND message.session_id IS NOT NULL
    UNION
    SELECT opened.id
    FROM hookswitch.sessions AS opened
    WHERE opened.started_at >= now() - (
            SELECT max(channel.session_timeout) FROM hookswitch.channels AS channel
        )
        AND opened.started_at < 'infinity'
) AS recent (id)
JOIN hookswitch.session_overview AS session ON session.id = recent.id
WHERE session.state = 'open';

COMMENT ON VIEW hookswitch.open_sessions IS 'The sessions of session_overview that are open.';
COMMENT ON COLUMN hookswitch.open_sessions.id IS 'Number of the session.';
COMMENT ON COLUMN hookswitch.open_sessions.account_sid IS
    'Twilio account (AC...) the channel belongs to.';
COMMENT ON COLUMN hookswitch.open_sessions.channel_id IS 'Channel the contact writes to.';
COMMENT ON COLUMN hookswitch.open_sessions.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.open_sessions.state IS 'open.';
COMMENT ON COLUMN hookswitch.open_sessions.started_at IS
    'When its first message came in, or when the application opened it.';
COMMENT ON COLUMN hookswitch.open_sessions.closed_at IS
    'When the application is going to close it; NULL if it has not said.';
COMMENT ON COLUMN hookswitch.open_sessions.ends_at IS 'When it will end if nothing more comes in.';
COMMENT ON COLUMN hookswitch.open_sessions.last_received_at IS
    'When the contact''s latest message came in; NULL if none did yet.';
COMMENT ON COLUMN hookswitch.open_sessions.last_message_at IS
    'Time of the latest message, whoever wrote it.';
COMMENT ON COLUMN hookswitch.open_sessions.last_body IS 'Text of the contact''s latest message.';
COMMENT ON COLUMN hookswitch.open_sessions.received IS 'Number of messages from the contact.';
COMMENT ON COLUMN hookswitch.open_sessions.sent IS
    'Number of messages to the contact of which a status callback told.';

CREATE OR REPLACE VIEW hookswitch.session_messages AS
SELECT
    message.session_id,
    message.account_sid,
    message.channel_id,
    session.contact_address,
    message.sid,
    message.direction,
    message.communication_type,
    message.from_address,
    message.to_address,
    message.body,
    message.num_media,
    message.status,
    message.error_code,
    message.received_at AS created_at
FROM hookswitch.messages AS message
JOIN hookswitch.sessions AS session ON session.id = message.session_id
UNION ALL
SELECT
    session.id,
    message.account_sid,
    session.channel_id,
    session.contact_address,
    message.sid,
    message.direction,
    message.communication_type,
    message.from_address,
    message.to_address,
    message.body,
    message.num_media,
    message.status,
    message.error_code,
    message.created_at
FROM hookswitch.session_overview AS session
JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
JOIN hookswitch.messages AS message
    ON message.direction = 'outbound'
    AND left(message.to_address, 255) = session.contact_address
    AND message.created_at >= session.started_at
    AND message.created_at < session.ends_at
    AND message.account_sid = session.account_sid
    AND hookswitch.bare_address(message.from_address) = hookswitch.bare_address(channel.address);

COMMENT ON VIEW hookswitch.session_messages IS
    'What was said in a session, by the contact and by us. To be asked for one session_id, in the'
    ' order of created_at.';
COMMENT ON COLUMN hookswitch.session_messages.session_id IS 'Session it was said in.';
COMMENT ON COLUMN hookswitch.session_messages.account_sid IS
    'Twilio account (AC...) the message belongs to.';
COMMENT ON COLUMN hookswitch.session_messages.channel_id IS 'Channel of the session.';
COMMENT ON COLUMN hookswitch.session_messages.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.session_messages.sid IS
    'Twilio''s SID of the message (SM... or MM...).';
COMMENT ON COLUMN hookswitch.session_messages.direction IS
    'inbound (the contact wrote to us) or outbound.';
COMMENT ON COLUMN hookswitch.session_messages.communication_type IS
    'sms, or the prefix of the address: whatsapp, rcs, messenger, ...';
COMMENT ON COLUMN hookswitch.session_messages.from_address IS
    'Sender as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.session_messages.to_address IS
    'Recipient as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.session_messages.body IS
    'Text of an inbound message; NULL for an outbound one: callbacks lack it.';
COMMENT ON COLUMN hookswitch.session_messages.num_media IS
    'Number of attachments Twilio announced; the attachments are in message_media.';
COMMENT ON COLUMN hookswitch.session_messages.status IS
    'Furthest status reached; inbound: received.';
COMMENT ON COLUMN hookswitch.session_messages.error_code IS
    'Twilio''s error code of a failed message; NULL if there was none.';
COMMENT ON COLUMN hookswitch.session_messages.created_at IS
    'When it came in; of one that we sent, the time of the earliest webhook about it.';

-- Video rooms

CREATE OR REPLACE VIEW hookswitch.appointment_events AS
SELECT
    room.appointment_id,
    told.account_sid,
    told.event,
    coalesce(told.room_name, room.name) AS room_name,
    told.room_sid,
    told.participant_sid,
    told.participant_identity,
    told.occurred_at,
    told.received_at,
    told.metadata
FROM hookswitch.room_events AS told
JOIN hookswitch.rooms AS room
    ON room.sid = told.room_sid
    AND room.account_sid = told.account_sid
WHERE room.appointment_id IS NOT NULL;

COMMENT ON VIEW hookswitch.appointment_events IS
    'What happened in the rooms of appointments. For one appointment_id, or the newest by'
    ' occurred_at.';
COMMENT ON COLUMN hookswitch.appointment_events.appointment_id IS
    'Appointment, from the name of the room; need not be known in table appointments.';
COMMENT ON COLUMN hookswitch.appointment_events.account_sid IS
    'Twilio account (AC...) the room belongs to.';
COMMENT ON COLUMN hookswitch.appointment_events.event IS
    'What happened: room-created, participant-connected, track-added, recording-completed, ...';
COMMENT ON COLUMN hookswitch.appointment_events.room_name IS
    'Name of the room, as the application gave it.';
COMMENT ON COLUMN hookswitch.appointment_events.room_sid IS 'Room (RM...).';
COMMENT ON COLUMN hookswitch.appointment_events.participant_sid IS
    'Participant (PA...) it happened to, if any.';
COMMENT ON COLUMN hookswitch.appointment_events.participant_identity IS
    'Name the application gave that participant.';
COMMENT ON COLUMN hookswitch.appointment_events.occurred_at IS 'When it happened.';
COMMENT ON COLUMN hookswitch.appointment_events.received_at IS 'When we were told.';
COMMENT ON COLUMN hookswitch.appointment_events.metadata IS
    'The webhook''s other parameters, those without a column in room_events.';

CREATE OR REPLACE VIEW hookswitch.room_sessions AS
SELECT
    told.appointment_id,
    told.account_sid,
    told.room_sid,
    told.room_name,
    told.identity,
    told.stays,
    told.first_connected_at,
    told.last_disconnected_at,
    told.is_connected,
    spent.duration,
    round(spent.duration / 60.0, 1) AS minutes
FROM (
    SELECT
        room.appointment_id,
        participant.account_sid,
        participant.room_sid,
        room.name AS room_name,
        participant.identity,
        count(*) AS stays,
        min(stay.began_at) AS first_connected_at,
        max(stay.ended_at) AS last_disconnected_at,
        bool_or(stay.ended_at IS NULL) AS is_connected,
        -- As one range where two overlap: who joins twice was there once.
        range_agg(tstzrange(
            stay.began_at,
            greatest(
                stay.began_at,
                -- Twilio lets nobody stay for more than 24 hours.
                coalesce(stay.ended_at, least(now(), stay.began_at + interval '24 hours'))
            )
        )) FILTER (WHERE stay.began_at IS NOT NULL) AS stayed
    FROM hookswitch.room_participants AS participant
    LEFT JOIN hookswitch.rooms AS room
        ON room.sid = participant.room_sid
        AND room.account_sid = participant.account_sid
    CROSS JOIN LATERAL (
        SELECT
            coalesce(
                participant.connected_at,
                participant.disconnected_at - make_interval(secs => participant.duration)
            ),
            coalesce(
                participant.disconnected_at,
                participant.connected_at + make_interval(secs => participant.duration),
                room.ended_at
            )
    ) AS stay (began_at, ended_at)
    GROUP BY 1, 2, 3, 4, 5
) AS told
CROSS JOIN LATERAL (
    SELECT CAST(round(coalesce(sum(extract(epoch FROM upper(span) - lower(span))), 0)) AS bigint)
    FROM unnest(told.stayed) AS span
) AS spent (duration);

COMMENT ON VIEW hookswitch.room_sessions IS
    'How long each participant was in a room, over all stays: who comes back has several. A stay of'
    ' which no end was told ends with the room; one in a room that goes on is counted until now.';
COMMENT ON COLUMN hookswitch.room_sessions.appointment_id IS
    'Appointment the room is for, from its name; NULL if it names none.';
COMMENT ON COLUMN hookswitch.room_sessions.account_sid IS
    'Twilio account (AC...) the room belongs to.';
COMMENT ON COLUMN hookswitch.room_sessions.room_sid IS 'Room (RM...).';
COMMENT ON COLUMN hookswitch.room_sessions.room_name IS
    'Name of the room, as the application gave it.';
COMMENT ON COLUMN hookswitch.room_sessions.identity IS
    'Who it is, as the application named the participant.';
COMMENT ON COLUMN hookswitch.room_sessions.stays IS 'Number of stays in the room.';
COMMENT ON COLUMN hookswitch.room_sessions.first_connected_at IS
    'When the participant first came.';
COMMENT ON COLUMN hookswitch.room_sessions.last_disconnected_at IS
    'When the participant last left; of who is still there, when the stay before ended.';
COMMENT ON COLUMN hookswitch.room_sessions.is_connected IS
    'Whether the participant is still there, as far as we were told.';
COMMENT ON COLUMN hookswitch.room_sessions.duration IS
    'Seconds spent in the room; two stays at the same time count once.';
COMMENT ON COLUMN hookswitch.room_sessions.minutes IS 'The same in minutes, to a tenth.';

-- Calls

CREATE OR REPLACE VIEW hookswitch.call_log AS
SELECT
    call.sid,
    call.account_sid,
    call.parent_sid,
    call.direction,
    call.from_number,
    call.to_number,
    call.status,
    call.campaign_id,
    call.answered_by,
    call.sip_response_code,
    call.duration,
    call.initiated_at,
    call.ringing_at,
    call.answered_at,
    call.ended_at,
    call.created_at,
    call.updated_at,
    recorded.urls AS recording_urls,
    recorded.recordings
FROM hookswitch.calls AS call
CROSS JOIN LATERAL (
    SELECT
        coalesce(
            array_agg(recording.url ORDER BY recording.started_at, recording.sid)
                FILTER (WHERE recording.url IS NOT NULL),
            '{}'
        ),
        coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'sid', recording.sid,
                    'url', recording.url,
                    'status', recording.status,
                    'duration', recording.duration,
                    'started_at', recording.started_at
                )
                ORDER BY recording.started_at, recording.sid
            ),
            '[]'
        )
    FROM hookswitch.recordings AS recording
    WHERE recording.call_sid = call.sid AND recording.account_sid = call.account_sid
) AS recorded (urls, recordings);

COMMENT ON VIEW hookswitch.call_log IS
    'One row for each call leg with its timeline and its recordings, whichever webhook came first.'
    ' For one sid, or the newest by created_at.';
COMMENT ON COLUMN hookswitch.call_log.sid IS 'Twilio''s SID of the call (CA...).';
COMMENT ON COLUMN hookswitch.call_log.account_sid IS
    'Twilio account (AC...) the call belongs to.';
COMMENT ON COLUMN hookswitch.call_log.parent_sid IS
    'SID of the call that dialled this one; NULL for a first leg.';
COMMENT ON COLUMN hookswitch.call_log.direction IS
    'inbound, outbound-api (placed through the REST API) or outbound-dial (a dialled leg).';
COMMENT ON COLUMN hookswitch.call_log.from_number IS 'Caller as Twilio wrote it.';
COMMENT ON COLUMN hookswitch.call_log.to_number IS 'Called party as Twilio wrote it.';
COMMENT ON COLUMN hookswitch.call_log.status IS
    'Furthest status reached: queued, initiated, ringing, in-progress, then for good one of'
    ' completed, busy, failed, no-answer, canceled.';
COMMENT ON COLUMN hookswitch.call_log.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL.';
COMMENT ON COLUMN hookswitch.call_log.answered_by IS 'Who answered, if that was detected.';
COMMENT ON COLUMN hookswitch.call_log.sip_response_code IS 'SIP code the call ended with.';
COMMENT ON COLUMN hookswitch.call_log.duration IS 'Length of the call in seconds.';
COMMENT ON COLUMN hookswitch.call_log.initiated_at IS 'When the call was started.';
COMMENT ON COLUMN hookswitch.call_log.ringing_at IS 'When it began to ring.';
COMMENT ON COLUMN hookswitch.call_log.answered_at IS 'When it was answered.';
COMMENT ON COLUMN hookswitch.call_log.ended_at IS 'When it ended, however it ended.';
COMMENT ON COLUMN hookswitch.call_log.created_at IS 'Time of the earliest webhook about the call.';
COMMENT ON COLUMN hookswitch.call_log.updated_at IS 'Time of the latest webhook about the call.';
COMMENT ON COLUMN hookswitch.call_log.recording_urls IS
    'Where its recordings are, in their order; empty if there is none, or none told of yet.';
COMMENT ON COLUMN hookswitch.call_log.recordings IS
    'The same with what is known of each: sid, url, status, duration (s), started_at.';

CREATE OR REPLACE VIEW hookswitch.stuck_calls AS
SELECT
    call.sid,
    call.account_sid,
    call.parent_sid,
    call.direction,
    call.from_number,
    call.to_number,
    call.status,
    call.campaign_id,
    call.created_at,
    call.updated_at,
    now() - call.updated_at AS silent_for
FROM hookswitch.calls AS call
WHERE call.ended_at IS NULL
    -- For the index: no call is stuck before that.
    AND call.updated_at < now() - least(
        CAST(hookswitch.setting('stuck_call_after') AS interval),
        CAST(hookswitch.setting('stuck_call_in_progress_after') AS interval)
    )
    AND call.updated_at < now() - CASE
        -- Between the request for instructions and the end Twilio tells nothing of an inbound call:
        -- our instructions have answered it.
        WHEN call.answered_at IS NOT NULL OR call.direction = 'inbound'
            THEN CAST(hookswitch.setting('stuck_call_in_progress_after') AS interval)
        ELSE CAST(hookswitch.setting('stuck_call_after') AS interval)
    END;

COMMENT ON VIEW hookswitch.stuck_calls IS
    'Calls that have not ended and of which nothing was heard for longer than the settings'
    ' stuck_call_after and stuck_call_in_progress_after say. Many of them mean that Twilio does not'
    ' reach the status callback, or was not told of it.';
COMMENT ON COLUMN hookswitch.stuck_calls.sid IS 'Twilio''s SID of the call (CA...).';
COMMENT ON COLUMN hookswitch.stuck_calls.account_sid IS
    'Twilio account (AC...) the call belongs to.';
COMMENT ON COLUMN hookswitch.stuck_calls.parent_sid IS
    'SID of the call that dialled this one; NULL for a first leg.';
COMMENT ON COLUMN hookswitch.stuck_calls.direction IS
    'inbound, outbound-api (placed through the REST API) or outbound-dial (a dialled leg).';
COMMENT ON COLUMN hookswitch.stuck_calls.from_number IS 'Caller as Twilio wrote it.';
COMMENT ON COLUMN hookswitch.stuck_calls.to_number IS 'Called party as Twilio wrote it.';
COMMENT ON COLUMN hookswitch.stuck_calls.status IS 'The last status that was told.';
COMMENT ON COLUMN hookswitch.stuck_calls.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL.';
COMMENT ON COLUMN hookswitch.stuck_calls.created_at IS
    'Time of the earliest webhook about the call.';
COMMENT ON COLUMN hookswitch.stuck_calls.updated_at IS
    'Time of the latest webhook about the call.';
COMMENT ON COLUMN hookswitch.stuck_calls.silent_for IS 'How long nothing was heard of it.';

-- Health

CREATE OR REPLACE VIEW hookswitch.webhook_health AS
WITH RECURSIVE seen (kind, endpoint, account_sid) AS (
    -- From each to the next by the index: all rows need not be read for the few that differ.
    (
        SELECT event.kind, event.endpoint, event.account_sid
        FROM hookswitch.webhook_events AS event
        ORDER BY event.kind, event.endpoint, event.account_sid
        LIMIT 1
    )
    UNION ALL
    SELECT next.kind, next.endpoint, next.account_sid
    FROM seen
    CROSS JOIN LATERAL (
        SELECT event.kind, event.endpoint, event.account_sid
        FROM hookswitch.webhook_events AS event
        WHERE (event.kind, event.endpoint, event.account_sid)
            > (seen.kind, seen.endpoint, seen.account_sid)
        ORDER BY event.kind, event.endpoint, event.account_sid
        LIMIT 1
    ) AS next
),
reported AS (
    SELECT
        account.account_sid,
        debugger.errors_24h,
        debugger.errors_7d,
        latest.occurred_at,
        latest.error_code,
        latest.message,
        latest.url
    FROM (SELECT DISTINCT seen.account_sid FROM seen) AS account
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE recent.occurred_at > now() - interval '24 hours'),
            count(*)
        FROM (
            SELECT report.occurred_at
            FROM hookswitch.debugger_events AS report
            WHERE report.account_sid = account.account_sid
                AND report.url IS NOT NULL
                AND report.occurred_at > now() - interval '7 days'
            ORDER BY report.occurred_at DESC
            LIMIT 10000
        ) AS recent
    ) AS debugger (errors_24h, errors_7d)
    LEFT JOIN LATERAL (
        SELECT
            report.occurred_at,
            report.error_code,
            report.message,
            report.url
        FROM hookswitch.debugger_events AS report
        WHERE report.account_sid = account.account_sid
            AND report.url IS NOT NULL
            AND report.occurred_at > now() - interval '7 days'
        ORDER BY report.occurred_at DESC
        LIMIT 1
    ) AS latest ON true
)
SELECT
    seen.account_sid,
    seen.endpoint,
    seen.kind,
    latest.received_at AS last_received_at,
    now() - latest.received_at AS silent_for,
    lately.events AS events_24h,
    before.events AS events_week_before,
    before.events >= 5 AS is_unusual,
    reported.errors_24h,
    reported.errors_7d,
    reported.occurred_at AS last_error_at,
    reported.error_code AS last_error_code,
    reported.message AS last_error_message,
    reported.url AS last_error_url
FROM seen
JOIN reported ON reported.account_sid = seen.account_sid
CROSS JOIN LATERAL (
    SELECT max(event.received_at)
    FROM hookswitch.webhook_events AS event
    WHERE event.account_sid = seen.account_sid
        AND event.endpoint = seen.endpoint
        AND event.kind = seen.kind
) AS latest (received_at)
CROSS JOIN LATERAL (
    SELECT count(*)
    FROM (
        SELECT
        FROM hookswitch.webhook_events AS event
        WHERE event.account_sid = seen.account_sid
            AND event.endpoint = seen.endpoint
            AND event.kind = seen.kind
            AND event.received_at > now() - interval '24 hours'
        LIMIT 10000
    ) AS recent
) AS lately (events)
CROSS JOIN LATERAL (
    SELECT count(*)
    FROM (
        SELECT
        FROM hookswitch.webhook_events AS event
        WHERE event.account_sid = seen.account_sid
            AND event.endpoint = seen.endpoint
            AND event.kind = seen.kind
            AND event.received_at > latest.received_at - interval '7 days'
            AND event.received_at <= now() - interval '7 days'
        LIMIT 100
    ) AS stretch
) AS before (events)
-- Nobody sent what was asked for.
WHERE seen.endpoint <> 'backfill';

COMMENT ON VIEW hookswitch.webhook_health IS
    'When each kind of webhook was last received by each endpoint of each account, whether it is'
    ' unusual that none has come since, and what Twilio''s debugger says of our URLs.';
COMMENT ON COLUMN hookswitch.webhook_health.account_sid IS
    'Twilio account (AC...) that sends them.';
COMMENT ON COLUMN hookswitch.webhook_health.endpoint IS 'Program that takes them.';
COMMENT ON COLUMN hookswitch.webhook_health.kind IS
    'What they are: call, call-status, message, message-status, ...';
COMMENT ON COLUMN hookswitch.webhook_health.last_received_at IS 'When the latest arrived.';
COMMENT ON COLUMN hookswitch.webhook_health.silent_for IS 'Time since then.';
COMMENT ON COLUMN hookswitch.webhook_health.events_24h IS
    'How many arrived in the last 24 hours; counted to 10000.';
COMMENT ON COLUMN hookswitch.webhook_health.events_week_before IS
    'How many arrived one week before, in as much time as it has been silent now; counted to 100.';
COMMENT ON COLUMN hookswitch.webhook_health.is_unusual IS
    'Whether the silence is unusual: in the same time of the week before at least 5 arrived.';
COMMENT ON COLUMN hookswitch.webhook_health.errors_24h IS
    'How many errors and warnings about URLs of the account the debugger reported in the last 24'
    ' hours; of the latest 10000.';
COMMENT ON COLUMN hookswitch.webhook_health.errors_7d IS
    'The same in the last 7 days; counted to 10000.';
COMMENT ON COLUMN hookswitch.webhook_health.last_error_at IS
    'When the latest of them happened; NULL if there was none in 7 days.';
COMMENT ON COLUMN hookswitch.webhook_health.last_error_code IS
    'Twilio''s error code of it; table twilio_errors explains the common ones.';
COMMENT ON COLUMN hookswitch.webhook_health.last_error_message IS 'Words for it.';
COMMENT ON COLUMN hookswitch.webhook_health.last_error_url IS 'URL that Twilio had asked.';

CREATE OR REPLACE FUNCTION hookswitch.room_item(room hookswitch.rooms)
RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT row_to_json(item)
    FROM (
        SELECT
            room.sid,
            room.account_sid,
            room.name,
            room.type,
            room.status,
            room.started_at,
            room.ended_at,
            room.duration,
            room.appointment_id,
            (
                SELECT coalesce(
                    json_agg(
                        json_build_object(
                            'identity', participant.identity,
                            'is_connected', participant.is_connected,
                            'stays', participant.stays,
                            'first_connected_at', participant.first_connected_at,
                            'last_disconnected_at', participant.last_disconnected_at,
                            'duration', participant.duration
                        )
                        ORDER BY participant.first_connected_at, participant.identity
                    ),
                    '[]'
                )
                FROM hookswitch.room_sessions AS participant
                WHERE participant.room_sid = room.sid
                    AND participant.account_sid = room.account_sid
            ) AS participants
    ) AS item
$$;

COMMENT ON FUNCTION hookswitch.room_item(hookswitch.rooms) IS
    'A video room with who is or was in it, as the live page gets it.';
