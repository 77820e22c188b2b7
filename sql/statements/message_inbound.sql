-- message_inbound.sql: a message to one of our numbers, over SMS, WhatsApp or another channel.
-- Makes the message's row or merges into it what this webhook knows. session.sql has seen to it that
-- the session is there.

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
    channel_id,
    session_id,
    campaign_id,
    created_at,
    received_at,
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
    coalesce(:SmsStatus::varchar(64), 'received'),
    :ProfileName::text,
    :WaId::text,
    channel.id,
    session.id,
    :campaignId::varchar(255),
    event.occurred_at,
    CASE WHEN session.id IS NOT NULL THEN event.occurred_at END,
    event.occurred_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
LEFT JOIN LATERAL hookswitch.channel_of(
    event.account_sid,
    hookswitch.communication_type(coalesce(:From::text, :To::text)),
    :To::text
) AS channel ON true
LEFT JOIN LATERAL hookswitch.session_at(
    channel.id, :From::text, event.occurred_at
) AS session ON true
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
    -- Where session.sql has taken the message out of another session, neither is known any more.
    channel_id = CASE
        WHEN known.session_id IS NOT NULL THEN known.channel_id
        WHEN excluded.session_id IS NOT NULL THEN excluded.channel_id
        ELSE hookswitch.merged_channel(known.channel_id, excluded.channel_id)
    END,
    session_id = coalesce(known.session_id, (
        SELECT session.id
        FROM hookswitch.session_at(
            excluded.channel_id,
            :From::text,
            least(known.received_at, excluded.received_at)
        ) AS session
    )),
    campaign_id = hookswitch.merged_text(known.campaign_id, excluded.campaign_id),
    created_at = least(known.created_at, excluded.created_at),
    received_at = least(known.received_at, excluded.received_at),
    updated_at = greatest(known.updated_at, excluded.updated_at);
