-- message_inbound.sql: a message to one of our numbers, over SMS, WhatsApp or another channel.
-- Makes the message's row or merges into it what this webhook knows.

INSERT INTO hookswitch.messages AS known (
    sid,
    account_sid,
    direction,
    communication_type,
    from_address,
    to_address,
    body,
    num_media,
    num_segments,
    status,
    profile_name,
    wa_id,
    campaign_id,
    created_at,
    updated_at
)
SELECT
    :MessageSid::text,
    event.account_sid,
    'inbound',
    hookswitch.communication_type(coalesce(:From::text, :To::text)),
    :From::text,
    :To::text,
    coalesce(:Body::text, ''),  -- an inbound message always has a body
    :NumMedia::integer,
    :NumSegments::integer,
    coalesce(:SmsStatus::text, 'received'),
    :ProfileName::text,
    :WaId::text,
    :campaignId::varchar(255),
    event.occurred_at,
    event.occurred_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
ON CONFLICT (sid, account_sid) DO UPDATE SET
    direction = hookswitch.merged_message_direction(known.direction, excluded.direction),
    communication_type = hookswitch.merged_text(
        known.communication_type, excluded.communication_type, 'sms'
    ),
    from_address = hookswitch.merged_text(known.from_address, excluded.from_address),
    to_address = hookswitch.merged_text(known.to_address, excluded.to_address),
    body = hookswitch.merged_text(known.body, excluded.body),
    num_media = greatest(known.num_media, excluded.num_media),
    num_segments = greatest(known.num_segments, excluded.num_segments),
    status = hookswitch.merged_message_status(known.status, excluded.status),
    profile_name = hookswitch.merged_text(known.profile_name, excluded.profile_name),
    wa_id = hookswitch.merged_text(known.wa_id, excluded.wa_id),
    campaign_id = hookswitch.merged_text(known.campaign_id, excluded.campaign_id),
    created_at = least(known.created_at, excluded.created_at),
    updated_at = greatest(known.updated_at, excluded.updated_at);
