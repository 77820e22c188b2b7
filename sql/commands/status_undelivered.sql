-- Messages of the last day that were not delivered: all of them, and by error code. They need
-- attention if there are ten at least, and a fifth of those of which the end is known. Columns as in
-- status_webhooks.sql.

WITH ended AS (
    SELECT
        message.error_code,
        message.updated_at,
        message.status IN ('undelivered', 'failed') AS is_undelivered
    FROM hookswitch.messages AS message
    WHERE message.created_at > now() - interval '1 day'
        AND message.direction = 'outbound'
        AND message.status IN ('delivered', 'read', 'undelivered', 'failed')
),
counted AS (
    SELECT
        grouping(ended.error_code) = 1 AS is_sum,
        ended.error_code,
        count(*) FILTER (WHERE ended.is_undelivered) AS messages,
        count(*) FILTER (
            WHERE ended.is_undelivered AND ended.updated_at > now() - interval '1 hour'
        ) AS messages_1h,
        max(ended.updated_at) FILTER (WHERE ended.is_undelivered) AS last_at,
        count(*) AS all_messages
    FROM ended
    GROUP BY GROUPING SETS ((), (ended.error_code))
)

SELECT
    counted.is_sum AND counted.messages >= 10 AND counted.messages * 5 >= counted.all_messages,
    CASE
        WHEN counted.is_sum THEN 'all'
        ELSE concat_ws(
            ' ', coalesce(counted.error_code::text, 'no error code'), left(known.message, 40)
        )
    END,
    extract(epoch FROM now() - counted.last_at)::bigint,
    counted.messages_1h,
    counted.messages,
    CASE
        WHEN counted.is_sum
            THEN concat(
                round(100.0 * counted.messages / counted.all_messages), ' % of ',
                counted.all_messages, ' of which the end is known'
            )
    END,
    json_build_object(
        'is_sum', counted.is_sum,
        'error_code', counted.error_code,
        'message', known.message,
        'explanation', known.explanation,
        'last_at', counted.last_at,
        'messages_1h', counted.messages_1h,
        'messages_24h', counted.messages,
        'ended_24h', CASE WHEN counted.is_sum THEN counted.all_messages END
    )
FROM counted
LEFT JOIN hookswitch.twilio_errors AS known ON known.code = counted.error_code
WHERE counted.messages > 0
ORDER BY counted.is_sum DESC, counted.messages DESC, counted.error_code
LIMIT 20;
