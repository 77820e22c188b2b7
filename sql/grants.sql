-- grants.sql: what the two roles may do. Run by roles.sql, and by install.sql if there are roles.

-- From nothing, so that a right which a newer version no longer needs goes away.
REVOKE ALL ON ALL TABLES IN SCHEMA hookswitch FROM hookswitch_writer, hookswitch_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hookswitch FROM hookswitch_writer, hookswitch_reader;

GRANT USAGE ON SCHEMA hookswitch TO hookswitch_writer, hookswitch_reader;

-- Whoever reads may read everything.
GRANT SELECT ON ALL TABLES IN SCHEMA hookswitch TO hookswitch_reader;

-- Endpoints may do what their statements do and no more. A merge reads the columns it merges; what
-- no statement reads (parameters, raw bodies, details of rooms) the role cannot read either.

GRANT
    INSERT (
        event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, raw_body,
        idempotency_token, source, kind
    ),
    SELECT (event_key, account_sid, occurred_at, xid)
    ON hookswitch.webhook_events TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (
        parent_sid, direction, from_number, to_number, status, status_sequence, campaign_id,
        answered_by, sip_response_code, duration, initiated_at, ringing_at, answered_at, ended_at,
        created_at, updated_at
    )
    ON hookswitch.calls TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (
        call_sid, conference_sid, url, status, duration, channels, source, track, error_code,
        started_at
    )
    ON hookswitch.recordings TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (
        direction, communication_type, from_address, to_address, body, num_media, num_segments,
        status, error_code, error_message, profile_name, wa_id, channel_id, session_id, campaign_id,
        created_at, received_at, sent_at, delivered_at, read_at, failed_at, updated_at
    )
    ON hookswitch.messages TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (url, content_type)
    ON hookswitch.message_media TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (name, type, status, started_at, ended_at, duration, appointment_id)
    ON hookswitch.rooms TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (room_sid, identity, connected_at, disconnected_at, duration)
    ON hookswitch.room_participants TO hookswitch_writer;

GRANT INSERT, SELECT (room_sid, account_sid, event, occurred_at)
    ON hookswitch.room_events TO hookswitch_writer;

GRANT SELECT (id, account_sid, status, completed_at), UPDATE (status, completed_at)
    ON hookswitch.appointments TO hookswitch_writer;

GRANT SELECT ON hookswitch.settings TO hookswitch_writer;

GRANT INSERT (account_sid, address, communication_type), SELECT
    ON hookswitch.channels TO hookswitch_writer;

GRANT INSERT (account_sid, channel_id, contact_address, started_at), SELECT
    ON hookswitch.sessions TO hookswitch_writer;
-- What a session becomes when messages come late: that, and no other change.
GRANT EXECUTE ON FUNCTION
    hookswitch.divide_sessions(bigint[], interval, timestamptz),
    hookswitch.leave_session(text, text)
    TO hookswitch_writer;

GRANT INSERT, SELECT, UPDATE (stopped_at, started_at)
    ON hookswitch.opt_outs TO hookswitch_writer;

-- What is answered.
GRANT SELECT ON hookswitch.auto_replies TO hookswitch_writer;
GRANT SELECT (id, account_sid, voice_twiml) ON hookswitch.campaigns TO hookswitch_writer;

GRANT
    INSERT,
    SELECT,
    UPDATE (
        parent_account_sid, level, error_code, message, resource_sid, service_sid, url, method,
        response_status, occurred_at, payload
    )
    ON hookswitch.debugger_events TO hookswitch_writer;

GRANT SELECT (version) ON hookswitch.migrations TO hookswitch_writer;

-- What the command notes of what it asked Twilio.
GRANT INSERT, SELECT, UPDATE (read_until, updated_at)
    ON hookswitch.backfill_places TO hookswitch_writer;
GRANT
    INSERT,
    SELECT,
    UPDATE (
        directory, file_name, size, sha256, channels, fetched_at, failed_at, failure
    ),
    DELETE
    ON hookswitch.recording_files TO hookswitch_writer;

-- Where partition.sql has been run; the rows are written by a trigger.
SELECT to_regclass('hookswitch.webhook_event_keys') IS NOT NULL AS has_keys \gset
\if :has_keys
    GRANT SELECT ON hookswitch.webhook_event_keys TO hookswitch_writer;
\endif
