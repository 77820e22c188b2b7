-- When each kind of webhook last came to each endpoint, whether it is unusual that none has come
-- since, and how many came lately. Of each at most 10000 are counted. What has been silent for a
-- fortnight needs no more attention: it is known, or it was meant.
--
-- Columns as in every part of the status: whether it needs attention, what it is, seconds since the
-- latest, how many in the last hour and in the last day, a remark, all of it as JSON.

WITH health AS MATERIALIZED (
    SELECT
        told.*,
        (
            SELECT count(*)
            FROM (
                SELECT
                FROM hookswitch.webhook_events AS event
                WHERE event.account_sid = told.account_sid
                    AND event.endpoint = told.endpoint
                    AND event.kind = told.kind
                    AND event.received_at > now() - interval '1 hour'
                LIMIT 10000
            ) AS recent
        ) AS events_1h
    FROM hookswitch.webhook_health AS told
)

SELECT
    health.is_unusual AND max(health.last_received_at) > now() - interval '14 days',
    concat_ws(' ', health.endpoint, health.kind),
    extract(epoch FROM now() - max(health.last_received_at))::bigint,
    sum(health.events_1h),
    sum(health.events_24h),
    CASE
        WHEN health.is_unusual
            THEN concat(
                'unusually silent: in as much time a week before ',
                sum(health.events_week_before),
                ' came',
                CASE
                    WHEN (SELECT count(DISTINCT every.account_sid) FROM health AS every) > 1
                        THEN concat(
                            ' to ', string_agg(health.account_sid, ', ' ORDER BY health.account_sid)
                        )
                END
            )
    END,
    json_build_object(
        'endpoint', health.endpoint,
        'kind', health.kind,
        'account_sids', json_agg(health.account_sid ORDER BY health.account_sid),
        'last_received_at', max(health.last_received_at),
        'events_1h', sum(health.events_1h),
        'events_24h', sum(health.events_24h),
        'is_unusual', health.is_unusual,
        'events_week_before', sum(health.events_week_before)
    )
FROM health
-- Accounts together, but not those that are silent with those that are not.
GROUP BY health.endpoint, health.kind, health.is_unusual
ORDER BY health.endpoint, health.kind, health.is_unusual
LIMIT 100;
