-- rooms.sql: video rooms with who is or was in them, the newest first; or those of some SIDs, with
-- commas between. Of some nobody has told when they began: they come last.

SELECT
    to_json(coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00')) #>> '{}' AS at,
    room.sid AS id,
    hookswitch.room_item(room) AS item
FROM hookswitch.rooms AS room
WHERE (:sid::text IS NULL OR room.sid = ANY (string_to_array(:sid::text, ',')))
    AND (coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00'), room.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY coalesce(room.started_at, timestamptz '1970-01-01 00:00:00+00') DESC, room.sid DESC
LIMIT :limit::integer;
