-- event.sql: first statement of every webhook. Writes it to the ledger; a repeat is left out.
-- The statements that follow in the same transaction do their work only if this one wrote a row.
--
-- A commit waits for a synchronous standby only if the transaction has written something. A repeat
-- has not, and what it repeats may be on this server alone: it died, or the connection was ended,
-- while the commit waited. So a repeat writes a message to the log, which nobody reads.

WITH event AS (
    INSERT INTO hookswitch.webhook_events (
        event_key,
        account_sid,
        endpoint,
        subject_sid,
        received_at,
        occurred_at,
        params,
        raw_body,
        idempotency_token,
        source,
        kind
    )
    VALUES (
        :event_key::bytea,
        :account_sid::text,
        :endpoint::text,
        :subject_sid::text,
        :received_at::timestamptz,
        coalesce(:Timestamp::timestamptz, :received_at::timestamptz),
        :params::jsonb,
        :raw_body::bytea,
        :idempotency_token::text,
        :source::text,
        coalesce(:kind::text, 'other')
    )
    ON CONFLICT DO NOTHING
    RETURNING event_key
)

SELECT pg_catalog.pg_logical_emit_message(true, 'hookswitch', ''::text)
WHERE NOT EXISTS (SELECT FROM event);
