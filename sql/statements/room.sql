-- room.sql: every video room callback.
-- Makes the room's row or merges into it what this webhook knows.

INSERT INTO hookswitch.rooms AS known (
    sid,
    account_sid,
    name,
    type,
    status,
    started_at,
    ended_at,
    duration,
    appointment_id
)
SELECT
    :RoomSid::text,
    event.account_sid,
    :RoomName::text,
    :RoomType::text,
    :RoomStatus::text,
    CASE WHEN :StatusCallbackEvent::text = 'room-created' THEN event.occurred_at END,
    CASE WHEN :StatusCallbackEvent::text = 'room-ended' THEN event.occurred_at END,
    :RoomDuration::integer,
    hookswitch.appointment_id(:RoomName::text)
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT (sid, account_sid) DO UPDATE SET
    name = hookswitch.merged_text(known.name, excluded.name),
    type = hookswitch.merged_text(known.type, excluded.type),
    status = hookswitch.merged_room_status(known.status, excluded.status),
    started_at = least(known.started_at, excluded.started_at),
    ended_at = least(known.ended_at, excluded.ended_at),
    duration = greatest(known.duration, excluded.duration),
    appointment_id = greatest(known.appointment_id, excluded.appointment_id);
