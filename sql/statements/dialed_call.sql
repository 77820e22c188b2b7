-- dialed_call.sql: action of a <Dial>. The request is the parent call's; the leg that was dialled
-- has a SID and a status of its own. Makes the leg's row or merges into it what this webhook knows.

INSERT INTO hookswitch.calls AS known (
    sid,
    account_sid,
    parent_sid,
    direction,
    status,
    duration,
    initiated_at,
    ringing_at,
    answered_at,
    ended_at,
    created_at,
    updated_at
)
SELECT
    :DialCallSid::text,
    event.account_sid,
    :CallSid::text,
    'outbound-dial',
    :DialCallStatus::varchar(64),
    :DialCallDuration::integer,
    CASE WHEN :DialCallStatus::varchar(64) = 'initiated' THEN event.occurred_at END,
    CASE WHEN :DialCallStatus::varchar(64) = 'ringing' THEN event.occurred_at END,
    CASE WHEN :DialCallStatus::varchar(64) = 'in-progress' THEN event.occurred_at END,
    CASE WHEN hookswitch.call_has_ended(:DialCallStatus::varchar(64)) THEN event.occurred_at END,
    event.occurred_at,
    event.occurred_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT (sid, account_sid) DO UPDATE SET
    parent_sid = hookswitch.merged_text(known.parent_sid, excluded.parent_sid),
    direction = hookswitch.merged_text(known.direction, excluded.direction),
    status = hookswitch.merged_call_status(
        known.status, known.status_sequence, excluded.status, excluded.status_sequence
    ),
    status_sequence = hookswitch.merged_call_sequence(
        known.status, known.status_sequence, excluded.status, excluded.status_sequence
    ),
    duration = greatest(known.duration, excluded.duration),
    initiated_at = least(known.initiated_at, excluded.initiated_at),
    ringing_at = least(known.ringing_at, excluded.ringing_at),
    answered_at = least(known.answered_at, excluded.answered_at),
    ended_at = least(known.ended_at, excluded.ended_at),
    created_at = least(known.created_at, excluded.created_at),
    updated_at = greatest(known.updated_at, excluded.updated_at);
