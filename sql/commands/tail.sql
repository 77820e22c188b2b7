-- Events that the snapshot since did not show, a page at a time: of the first page upto is NULL, and
-- it says up to which snapshot the pages lead; the next ones begin after the last row. A row without
-- an event tells of the snapshot alone, and of the newest event that it shows. If the one that since
-- has shown is not there any more, transactions may have come and gone that it takes for known.
--
-- What is visible in neither has come from a dump of another database, whose transactions had other
-- numbers.

SELECT
    place.upto::text,
    pg_is_in_recovery(),
    newest.id,
    (
        SELECT written.id
        FROM hookswitch.webhook_events AS written
        WHERE written.xid < pg_snapshot_xmax(:since::text::pg_snapshot)
        ORDER BY written.xid DESC, written.id DESC
        LIMIT 1
    ) IS NOT DISTINCT FROM :newest::bigint,
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
    SELECT coalesce(:upto::text::pg_snapshot, hookswitch.event_snapshot())
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
    FROM hookswitch.webhook_events AS written
    WHERE (written.xid, written.id) > (
            coalesce(
                :after_xid::text::xid8, pg_snapshot_xmin(:since::text::pg_snapshot)
            ),
            coalesce(:after_id::bigint, -1)
        )
        AND NOT pg_visible_in_snapshot(written.xid, :since::text::pg_snapshot)
        AND pg_visible_in_snapshot(written.xid, place.upto)
        AND hookswitch.is_event_of(
            written.kind,
            written.account_sid,
            written.subject_sid,
            written.params,
            :kinds::text,
            :account::text,
            :call::text,
            :number::text
        )
    ORDER BY written.xid, written.id
    LIMIT :page::bigint
) AS event ON true
ORDER BY event.xid, event.id;
