-- recording.sql: recording status callback; also the action of a <Record>, which has no status.
-- Makes the recording's row or merges into it what this webhook knows.

INSERT INTO hookswitch.recordings AS known (
    sid,
    account_sid,
    call_sid,
    conference_sid,
    url,
    status,
    duration,
    channels,
    source,
    track,
    error_code,
    started_at
)
SELECT
    :RecordingSid::text,
    event.account_sid,
    :CallSid::text,
    :ConferenceSid::text,
    :RecordingUrl::text,
    :RecordingStatus::text,
    :RecordingDuration::integer,
    :RecordingChannels::integer,
    :RecordingSource::text,
    :RecordingTrack::text,
    -- In a request for TwiML the code is another error's; in the callback 0 is none.
    CASE WHEN :RecordingStatus::text IS NOT NULL THEN nullif(:ErrorCode::integer, 0) END,
    :RecordingStartTime::timestamptz
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT (sid, account_sid) DO UPDATE SET
    call_sid = hookswitch.merged_text(known.call_sid, excluded.call_sid),
    conference_sid = hookswitch.merged_text(known.conference_sid, excluded.conference_sid),
    url = hookswitch.merged_text(known.url, excluded.url),
    status = hookswitch.merged_recording_status(known.status, excluded.status),
    duration = greatest(known.duration, excluded.duration),
    channels = greatest(known.channels, excluded.channels),
    source = hookswitch.merged_text(known.source, excluded.source),
    track = hookswitch.merged_text(known.track, excluded.track),
    error_code = greatest(known.error_code, excluded.error_code),
    started_at = least(known.started_at, excluded.started_at);
