-- campaigns.sql: how the messages and calls of each campaign fared, by its id. From each id to the
-- next by the indexes of both tables: there are few that differ.

WITH RECURSIVE seen (campaign_id, n) AS (
    SELECT next.campaign_id, 1
    FROM (
        SELECT least(
            (
                SELECT message.campaign_id
                FROM hookswitch.messages AS message
                WHERE message.campaign_id IS NOT NULL
                    AND (:id::text IS NULL OR message.campaign_id > :id::text)
                ORDER BY message.campaign_id
                LIMIT 1
            ),
            (
                SELECT call.campaign_id
                FROM hookswitch.calls AS call
                WHERE call.campaign_id IS NOT NULL
                    AND (:id::text IS NULL OR call.campaign_id > :id::text)
                ORDER BY call.campaign_id
                LIMIT 1
            )
        )
    ) AS next (campaign_id)
    WHERE next.campaign_id IS NOT NULL
    UNION ALL
    SELECT next.campaign_id, seen.n + 1
    FROM seen
    CROSS JOIN LATERAL (
        SELECT least(
            (
                SELECT message.campaign_id
                FROM hookswitch.messages AS message
                WHERE message.campaign_id > seen.campaign_id
                ORDER BY message.campaign_id
                LIMIT 1
            ),
            (
                SELECT call.campaign_id
                FROM hookswitch.calls AS call
                WHERE call.campaign_id > seen.campaign_id
                ORDER BY call.campaign_id
                LIMIT 1
            )
        )
    ) AS next (campaign_id)
    WHERE next.campaign_id IS NOT NULL AND seen.n < :limit::integer
)

SELECT
    NULL AS at,
    seen.campaign_id AS id,
    json_build_object(
        'campaign_id', seen.campaign_id,
        'messages', (
            SELECT coalesce(json_agg(row_to_json(delivery) ORDER BY delivery.account_sid), '[]')
            FROM hookswitch.campaign_delivery AS delivery
            WHERE delivery.campaign_id = seen.campaign_id
        ),
        'calls', (
            SELECT coalesce(json_agg(row_to_json(fared) ORDER BY fared.account_sid), '[]')
            FROM hookswitch.campaign_calls AS fared
            WHERE fared.campaign_id = seen.campaign_id
        )
    ) AS item
FROM seen
ORDER BY seen.n;
