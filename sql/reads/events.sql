-- events.sql: the events behind a position of the feed, in the order of (xid, id), but first what is
-- left of a transaction that was begun. events.fcgi asks for them four times a second.
--
-- Ids are given out before commit, and so are the numbers of transactions: what commits late is
-- behind what others have written since. So a position is the last event that was read, and the
-- transactions before it that were open then, each with what has been read of it: everything else
-- up to the event has been read. No row is read but those that are new, however long somebody's
-- transaction stays open.
--
-- A transaction is below bound or cannot be seen yet. Rows of another cluster, restored from a
-- dump, have numbers that this one has not come to. A standby does not know which transactions are
-- open, but for the oldest: from that one on any may be, as "+" says.
--
-- Always one row, if there is no event one without: whose database it is; whether the position is
-- still good, which it is as long as its event is there; whether it is of another server, of which
-- this standby has not seen a transaction that was begun; which transactions are open, the oldest
-- of them.

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
        END AS open,
        -- What is left of it cannot be seen yet, nor can anything else: what was committed
        -- before it has been read.
        pg_is_in_recovery()
            AND EXISTS (
                SELECT
                FROM jsonb_to_recordset(:open::jsonb) AS open (xid xid8, id bigint)
                WHERE open.id > 0
                    AND NOT EXISTS (
                        SELECT
                        FROM hookswitch.webhook_events AS event
                        WHERE event.xid = open.xid AND event.id = open.id
                    )
            ) AS is_behind
    FROM (SELECT pg_current_snapshot()) AS taken (snapshot)
),
page AS (
    SELECT *
    FROM (
        -- What was open, and is not any more.
        (
            SELECT
                late.*,
                open.id > 0 AS is_begun
            FROM jsonb_to_recordset(:open::jsonb) AS open (xid xid8, id bigint)
            CROSS JOIN LATERAL (
                SELECT event.*
                FROM hookswitch.webhook_events AS event
                WHERE event.xid = open.xid
                    AND event.id > open.id
                    AND (open.id > 0 OR event.xid < (SELECT now.bound FROM now))
                ORDER BY event.id
                LIMIT :limit::integer
            ) AS late
            ORDER BY is_begun DESC, late.xid, late.id
            LIMIT :limit::integer
        )
        UNION ALL
        (
            SELECT
                event.*,
                false
            FROM hookswitch.webhook_events AS event
            WHERE (event.xid, event.id) > (CAST(:xid::text AS xid8), :id::bigint)
                AND event.xid < (SELECT now.bound FROM now)
            ORDER BY event.xid, event.id
            LIMIT :limit::integer
        )
    ) AS found
    ORDER BY found.is_begun DESC, found.xid, found.id
    LIMIT :limit::integer
)

SELECT
    to_hex(cluster.system_identifier)
        || to_hex((SELECT oid FROM pg_database WHERE datname = current_database())::bigint)
        AS identity,
    :id::bigint = 0
        OR EXISTS (
            SELECT
            FROM hookswitch.webhook_events AS event
            WHERE event.xid = CAST(:xid::text AS xid8) AND event.id = :id::bigint
        )
        -- A standby that is behind the server whose position it is.
        OR (pg_is_in_recovery() AND CAST(:xid::text AS xid8) >= now.bound) AS is_good,
    now.is_behind,
    now.open,
    page.xid,
    page.id,
    page.kind,
    page.endpoint,
    page.account_sid,
    (
        SELECT row_to_json(event)
        FROM (
            SELECT
                page.id,
                page.endpoint,
                page.kind,
                page.subject_sid,
                page.account_sid,
                page.received_at,
                page.occurred_at,
                page.source,
                CASE WHEN octet_length(page.params::text) <= 32768 THEN page.params END AS params
        ) AS event
    ) AS event
FROM now
CROSS JOIN pg_control_system() AS cluster
LEFT JOIN page ON true
ORDER BY page.is_begun DESC, page.xid, page.id;
