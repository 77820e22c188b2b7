-- timeline.sql: all webhooks about one call, message, recording or room, in the order in which it
-- happened.

SELECT
    to_json(event.occurred_at) #>> '{}' AS at,
    event.id,
    (
        SELECT row_to_json(item)
        FROM (
            SELECT
                event.id,
                event.endpoint,
                event.kind,
                event.subject_sid,
                event.account_sid,
                event.received_at,
                event.occurred_at,
                event.source,
                CASE
                    WHEN octet_length(event.params::text) <= 32768 THEN event.params
                END AS params
        ) AS item
    ) AS item
FROM hookswitch.webhook_events AS event
WHERE event.subject_sid = :sid::text
    AND (event.occurred_at, event.id) > (
        coalesce(:at::timestamptz, '-infinity'), coalesce(:id::bigint, 0)
    )
ORDER BY event.occurred_at, event.id
LIMIT :limit::integer;
