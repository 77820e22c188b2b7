-- deliveries.sql: messages that we sent, how far each came and why no further, the newest first; or
-- one.

SELECT
    to_json(message.created_at) #>> '{}' AS at,
    message.sid AS id,
    row_to_json(message) AS item
FROM hookswitch.delivery_status AS message
WHERE (:sid::text IS NULL OR message.sid = :sid::text)
    AND (message.created_at, message.sid) < (
        coalesce(:at::timestamptz, 'infinity'), coalesce(:id::text, '')
    )
ORDER BY message.created_at DESC, message.sid DESC
LIMIT :limit::integer;
