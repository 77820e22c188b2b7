-- feed.sql: what the ledger is read by as it grows. Run by install.sql, every time.
--
-- Rows become visible in another order than their numbers were given out in. So a reader keeps the
-- snapshot that it has read up to, and next asks for what that one did not show and the present one
-- does: xid >= pg_snapshot_xmin(before) AND NOT pg_visible_in_snapshot(xid, before). Nobody waits
-- for anybody, nothing is left out, and nothing comes twice.
--
-- On a standby a snapshot does not tell which transactions are under way: the primary has to be
-- asked.

CREATE OR REPLACE FUNCTION hookswitch.event_snapshot()
RETURNS pg_snapshot
LANGUAGE sql STABLE PARALLEL UNSAFE
AS $$
    -- Not pg_current_snapshot itself, which may end with transactions that have failed: if the
    -- server dies, it may give their numbers out again. Those of rows that are there it does not.
    SELECT CAST(
        pg_catalog.format(
            '%s:%s:%s',
            least(CAST(CAST(pg_catalog.pg_snapshot_xmin(present.shown) AS text) AS bigint), newest.next),
            newest.next,
            (
                SELECT pg_catalog.string_agg(CAST(running.xid AS text), ',' ORDER BY running.xid)
                FROM pg_catalog.pg_snapshot_xip(present.shown) AS running (xid)
                WHERE CAST(CAST(running.xid AS text) AS bigint) < newest.next
            )
        ) AS pg_snapshot
    )
    FROM (SELECT pg_catalog.pg_current_snapshot()) AS present (shown)
    CROSS JOIN LATERAL (
        SELECT 1 + coalesce(
            (
                SELECT CAST(CAST(event.xid AS text) AS bigint)
                FROM hookswitch.webhook_events AS event
                -- One from a dump of another database may be higher.
                WHERE event.xid < pg_catalog.pg_snapshot_xmax(present.shown)
                ORDER BY event.xid DESC
                LIMIT 1
            ),
            0
        )
    ) AS newest (next)
$$;

COMMENT ON FUNCTION hookswitch.event_snapshot() IS
    'Snapshot of the rows of webhook_events that are there, for a reader to keep: those that it does'
    ' not show are what comes next. It stays good if the server dies and starts again.';

CREATE OR REPLACE FUNCTION hookswitch.is_event_of(
    kind text,
    account_sid text,
    subject_sid text,
    params jsonb,
    kinds text,
    account text,
    call text,
    number text
)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(kind = ANY (string_to_array(kinds, ',')), true)
    AND coalesce(account_sid = account, true)
    AND (
        call IS NULL
        OR call IN (
            subject_sid, params ->> 'CallSid', params ->> 'ParentCallSid', params ->> 'DialCallSid'
        )
    )
    AND (
        number IS NULL
        OR hookswitch.contact_key(number) IN (
            hookswitch.contact_key(params ->> 'From'),
            hookswitch.contact_key(params ->> 'To'),
            hookswitch.contact_key(params ->> 'Caller'),
            hookswitch.contact_key(params ->> 'Called')
        )
    );

COMMENT ON FUNCTION hookswitch.is_event_of(text, text, text, jsonb, text, text, text, text) IS
    'Whether a webhook, given by columns of webhook_events, is of one of these kinds (separated by'
    ' commas), of this account, about this call or a leg of it, and from or to this number, however'
    ' it is spelt. NULL for any.';

-- A dump brings the numbers of another cluster's transactions. Those that this one has not come to
-- would be news when it does.
UPDATE hookswitch.webhook_events
SET xid = '3'
WHERE xid >= pg_snapshot_xmax(pg_current_snapshot());
