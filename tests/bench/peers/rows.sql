-- rows.sql: what the peers' store writes, both rows in one statement, for statements.py.

WITH event AS (
    INSERT INTO hookswitch.webhook_events (
        event_key, account_sid, endpoint, subject_sid, received_at, occurred_at, params, source,
        kind
    )
    VALUES (
        :event_key::bytea, :account_sid::text, 'sms', :MessageSid::text, now(), now(),
        :params::jsonb, 'webhook', 'message'
    )
    ON CONFLICT DO NOTHING
    RETURNING account_sid, occurred_at
)

INSERT INTO hookswitch.messages (
    sid, account_sid, direction, communication_type, from_address, to_address, body, num_media,
    num_segments, status, created_at, received_at, updated_at
)
SELECT
    :MessageSid::text, account_sid, 'inbound', 'sms', :From::text, :To::text, :Body::text,
    :NumMedia::integer, :NumSegments::integer, :SmsStatus::text, occurred_at, occurred_at,
    occurred_at
FROM event
ON CONFLICT DO NOTHING;
