-- The last events of the ledger, and the snapshot that shows them, from which tail.sql goes on.
-- Looked for among the latest 100000, so that a filter that few fit does not read them all. Columns
-- as in tail.sql.

SELECT
    place.upto::text,
    pg_is_in_recovery(),
    newest.id,
    true,
    event.xid::text,
    event.id,
    extract(epoch FROM event.received_at)::bigint,
    to_jsonb(event.received_at) #>> '{}',
    to_jsonb(event.occurred_at) #>> '{}',
    event.endpoint,
    event.kind,
    event.account_sid,
    event.subject_sid,
    event.source,
    event.params::text
FROM (
    SELECT hookswitch.event_snapshot()
) AS place (upto)
-- By which to tell whether this is still the database that the snapshot is of.
LEFT JOIN LATERAL (
    SELECT written.id
    FROM hookswitch.webhook_events AS written
    WHERE written.xid < pg_snapshot_xmax(place.upto)
    ORDER BY written.xid DESC, written.id DESC
    LIMIT 1
) AS newest ON true
LEFT JOIN LATERAL (
    SELECT *
    FROM (
        SELECT *
        FROM hookswitch.webhook_events AS written
        ORDER BY written.xid DESC, written.id DESC
        LIMIT CASE WHEN :n::bigint > 0 THEN 100000 ELSE 0 END
    ) AS latest
    WHERE hookswitch.is_event_of(
            latest.kind,
            latest.account_sid,
            latest.subject_sid,
            latest.params,
            :kinds::text,
            :account::text,
            :call::text,
            :number::text
        )
    ORDER BY latest.xid DESC, latest.id DESC
    LIMIT :n::bigint
) AS event ON true
ORDER BY event.xid, event.id;
