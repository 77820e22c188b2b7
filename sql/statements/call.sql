-- call.sql: requests for TwiML, call status callbacks and asynchronous answering machine detection.
-- Makes the call's row or merges into it what this webhook knows.

INSERT INTO hookswitch.calls AS known (
    sid,
    account_sid,
    parent_sid,
    direction,
    from_number,
    to_number,
    status,
    status_sequence,
    campaign_id,
    answered_by,
    sip_response_code,
    duration,
    initiated_at,
    ringing_at,
    answered_at,
    ended_at,
    created_at,
    updated_at
)
SELECT
    :CallSid::text,
    event.account_sid,
    :ParentCallSid::text,
    :Direction::text,
    :From::text,
    :To::text,
    :CallStatus::varchar(64),
    CASE WHEN :CallStatus::varchar(64) IS NOT NULL THEN :SequenceNumber::integer END,
    :campaignId::varchar(255),
    :AnsweredBy::varchar(64),
    :SipResponseCode::integer,
    :CallDuration::integer,  -- Duration, without Call, is minutes
    CASE WHEN :CallStatus::varchar(64) = 'initiated' THEN event.occurred_at END,
    CASE WHEN :CallStatus::varchar(64) = 'ringing' THEN event.occurred_at END,
    CASE WHEN :CallStatus::varchar(64) = 'in-progress' THEN event.occurred_at END,
    CASE WHEN hookswitch.call_has_ended(:CallStatus::varchar(64)) THEN event.occurred_at END,
    event.occurred_at,
    event.occurred_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT (sid, account_sid) DO UPDATE SET
    parent_sid = hookswitch.merged_text(known.parent_sid, excluded.parent_sid),
    direction = hookswitch.merged_text(known.direction, excluded.direction),
    from_number = hookswitch.merged_text(known.from_number, excluded.from_number),
    to_number = hookswitch.merged_text(known.to_number, excluded.to_number),
    status = hookswitch.merged_call_status(
        known.status, known.status_sequence, excluded.status, excluded.status_sequence
    ),
    status_sequence = hookswitch.merged_call_sequence(
        known.status, known.status_sequence, excluded.status, excluded.status_sequence
    ),
    campaign_id = hookswitch.merged_text(known.campaign_id, excluded.campaign_id),
    answered_by = hookswitch.merged_text(known.answered_by, excluded.answered_by, 'unknown'),
    sip_response_code = greatest(known.sip_response_code, excluded.sip_response_code),
    duration = greatest(known.duration, excluded.duration),
    initiated_at = least(known.initiated_at, excluded.initiated_at),
    ringing_at = least(known.ringing_at, excluded.ringing_at),
    answered_at = least(known.answered_at, excluded.answered_at),
    ended_at = least(known.ended_at, excluded.ended_at),
    created_at = least(known.created_at, excluded.created_at),
    updated_at = greatest(known.updated_at, excluded.updated_at);
