-- room_participant.sql: video room callbacks that name a participant, about tracks too.
-- Makes the participant's row or merges into it what this webhook knows.

INSERT INTO hookswitch.room_participants AS known (
    sid,
    account_sid,
    room_sid,
    identity,
    connected_at,
    disconnected_at,
    duration
)
SELECT
    :ParticipantSid::text,
    event.account_sid,
    :RoomSid::text,
    :ParticipantIdentity::text,
    CASE WHEN :StatusCallbackEvent::text = 'participant-connected' THEN event.occurred_at END,
    CASE WHEN :StatusCallbackEvent::text = 'participant-disconnected' THEN event.occurred_at END,
    :ParticipantDuration::integer
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT (sid, account_sid) DO UPDATE SET
    room_sid = hookswitch.merged_text(known.room_sid, excluded.room_sid),
    identity = hookswitch.merged_text(known.identity, excluded.identity),
    connected_at = least(known.connected_at, excluded.connected_at),
    disconnected_at = least(known.disconnected_at, excluded.disconnected_at),
    duration = greatest(known.duration, excluded.duration);
