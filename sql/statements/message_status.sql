-- message_status.sql: status callback of a message we sent.
-- Makes the message's row or merges into it what this webhook knows.

INSERT INTO hookswitch.messages AS known (
    sid,
    account_sid,
    direction,
    communication_type,
    from_address,
    to_address,
    status,
    error_code,
    error_message,
    campaign_id,
    created_at,
    sent_at,
    delivered_at,
    read_at,
    failed_at,
    updated_at
)
SELECT
    :MessageSid::text,
    event.account_sid,
    CASE
        WHEN told.status IN ('receiving', 'received') THEN 'inbound'
        WHEN told.status IS NOT NULL THEN 'outbound'
    END,
    hookswitch.communication_type(coalesce(:To::text, :From::text)),
    :From::text,
    :To::text,
    told.status,
    nullif(:ErrorCode::integer, 0),
    :ErrorMessage::text,
    :campaignId::varchar(255),
    event.occurred_at,
    CASE WHEN told.status = 'sent' THEN event.occurred_at END,
    CASE WHEN told.status = 'delivered' THEN event.occurred_at END,
    CASE WHEN told.status = 'read' THEN event.occurred_at END,
    CASE WHEN told.status IN ('failed', 'undelivered') THEN event.occurred_at END,
    event.occurred_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
CROSS JOIN (
    VALUES (coalesce(:MessageStatus::varchar(64), :SmsStatus::varchar(64)))
) AS told (status)
ON CONFLICT (sid, account_sid) DO UPDATE SET
    direction = hookswitch.merged_message_direction(known.direction, excluded.direction),
    communication_type = hookswitch.merged_text(
        known.communication_type, excluded.communication_type, 'sms'
    ),
    from_address = hookswitch.merged_text(known.from_address, excluded.from_address),
    to_address = hookswitch.merged_text(known.to_address, excluded.to_address),
    status = hookswitch.merged_message_status(known.status, excluded.status),
    error_code = greatest(known.error_code, excluded.error_code),
    error_message = hookswitch.merged_text(known.error_message, excluded.error_message),
    campaign_id = hookswitch.merged_text(known.campaign_id, excluded.campaign_id),
    created_at = least(known.created_at, excluded.created_at),
    sent_at = least(known.sent_at, excluded.sent_at),
    delivered_at = least(known.delivered_at, excluded.delivered_at),
    read_at = least(known.read_at, excluded.read_at),
    failed_at = least(known.failed_at, excluded.failed_at),
    updated_at = greatest(known.updated_at, excluded.updated_at);
