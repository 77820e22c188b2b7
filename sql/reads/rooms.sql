-- rooms.sql: video rooms with who is or was in them, the newest first; or those of some SIDs, with
-- commas between. Of some nobody has told when they began: they come last.

SELECT
    to_json(coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00')) #>> '{}' AS at,
    room.sid AS id,
    (
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
    ) AS item
FROM hookswitch.rooms AS room
WHERE (:sid::text IS NULL OR room.sid = ANY (string_to_array(:sid::text, ',')))
    AND (coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00'), room.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00') DESC, room.sid DESC
LIMIT :limit::integer;
