-- room_event.sql: every video room callback. Adds it to the history of the room.

INSERT INTO hookswitch.room_events (
    event_key,
    account_sid,
    room_sid,
    room_name,
    event,
    participant_sid,
    participant_identity,
    track_sid,
    track_kind,
    recording_sid,
    sequence_number,
    duration,
    occurred_at,
    received_at,
    metadata
)
SELECT
    :event_key::bytea,
    event.account_sid,
    :RoomSid::text,
    :RoomName::text,
    :StatusCallbackEvent::text,
    :ParticipantSid::text,
    :ParticipantIdentity::text,
    :TrackSid::text,
    :TrackKind::text,
    :RecordingSid::text,
    :SequenceNumber::integer,
    coalesce(:RoomDuration::integer, :ParticipantDuration::integer, :Duration::integer),
    event.occurred_at,
    :received_at::timestamptz,
    :params::jsonb - ARRAY[
        'AccountSid',
        'RoomSid',
        'RoomName',
        'StatusCallbackEvent',
        'ParticipantSid',
        'ParticipantIdentity',
        'TrackSid',
        'TrackKind',
        'RecordingSid',
        'SequenceNumber',
        'RoomDuration',
        'ParticipantDuration',
        'Duration',
        'Timestamp'
    ]
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT DO NOTHING;
