-- live_rooms.sql: video rooms that have not ended, with who is in them, the newest first. One that
-- began more than a day ago has ended all the same: Twilio lets none last longer.

SELECT
    to_json(coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00')) #>> '{}' AS at,
    room.sid AS id,
    hookswitch.room_item(room) AS item
FROM hookswitch.rooms AS room
WHERE room.ended_at IS NULL
    AND coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00')
        > now() - interval '24 hours'
    AND (coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00'), room.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00') DESC, room.sid DESC
LIMIT :limit::integer;
