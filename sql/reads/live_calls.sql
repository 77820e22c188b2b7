-- live_calls.sql: calls that have not ended, those first of which something was heard last. One of
-- which nothing was heard for a day has ended all the same: Twilio lets none last longer.

SELECT
    to_json(call.updated_at) #>> '{}' AS at,
    call.sid AS id,
    row_to_json(call) AS item
FROM hookswitch.call_log AS call
WHERE call.ended_at IS NULL
    AND call.updated_at > now() - interval '24 hours'
    AND (call.updated_at, call.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY call.updated_at DESC, call.sid DESC
LIMIT :limit::integer;
