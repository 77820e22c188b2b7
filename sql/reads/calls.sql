-- calls.sql: calls with their times and their recordings, the newest first; or those of some SIDs,
-- with commas between.

SELECT
    to_json(call.created_at) #>> '{}' AS at,
    call.sid AS id,
    row_to_json(call) AS item
FROM hookswitch.call_log AS call
WHERE (:sid::text IS NULL OR call.sid = ANY (string_to_array(:sid::text, ',')))
    AND (call.created_at, call.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY call.created_at DESC, call.sid DESC
LIMIT :limit::integer;
