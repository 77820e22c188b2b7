-- Which of some calls and messages no webhook has told of, in the order in which they are given.

SELECT given.sid
FROM jsonb_array_elements_text(:sids::jsonb) WITH ORDINALITY AS given (sid, position)
WHERE NOT EXISTS (
    SELECT
    FROM hookswitch.webhook_events AS event
    WHERE event.subject_sid = given.sid
        AND event.account_sid = :account_sid::text
        AND event.source <> 'backfill'
)
ORDER BY given.position;
