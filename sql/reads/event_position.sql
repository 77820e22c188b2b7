-- event_position.sql: where in the feed to begin: before the newest so many events, or, if there
-- is a time, before all that were received since. What events.sql says of positions goes for this
-- one: it has the transactions that are open.
--
-- Of what was received since only the first hundred thousand are looked at: what was received
-- later than they can hardly have been written before them.

WITH now AS MATERIALIZED (
    SELECT
        CASE
            WHEN pg_is_in_recovery() THEN pg_snapshot_xmin(taken.snapshot)
            ELSE pg_snapshot_xmax(taken.snapshot)
        END AS bound,
        CASE
            WHEN pg_is_in_recovery() THEN pg_snapshot_xmin(taken.snapshot)::text || '+'
            ELSE (
                SELECT string_agg(oldest.xid::text, ',' ORDER BY oldest.xid)
                FROM (
                    SELECT running.xid
                    FROM pg_snapshot_xip(taken.snapshot) AS running (xid)
                    ORDER BY running.xid
                    LIMIT :most_open::integer
                ) AS oldest
            )
        END AS open
    FROM (SELECT pg_current_snapshot()) AS taken (snapshot)
)

SELECT
    to_hex(cluster.system_identifier)
        || to_hex((SELECT oid FROM pg_database WHERE datname = current_database())::bigint)
        AS identity,
    now.open,
    coalesce(since.xid, before.xid) AS xid,
    CASE WHEN since.xid IS NULL THEN before.id ELSE 0 END AS id
FROM now
CROSS JOIN pg_control_system() AS cluster
LEFT JOIN LATERAL (
    SELECT event.xid, event.id
    FROM hookswitch.webhook_events AS event
    WHERE event.xid < now.bound
    ORDER BY event.xid DESC, event.id DESC
    OFFSET :newest::integer
    LIMIT 1
) AS before ON true
LEFT JOIN LATERAL (
    SELECT early.xid
    FROM (
        SELECT event.xid
        FROM hookswitch.webhook_events AS event
        WHERE event.received_at >= :since::timestamptz
        ORDER BY event.received_at
        LIMIT 100000
    ) AS early
    WHERE early.xid < now.bound
    ORDER BY early.xid
    LIMIT 1
) AS since ON true;
