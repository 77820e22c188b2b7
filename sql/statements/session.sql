-- session.sql: an inbound message, before message_inbound.sql. Opens a session if there is none that
-- the message belongs to. The rule, and who waits for whom, is in sessions.sql.

INSERT INTO hookswitch.sessions (
    account_sid,
    channel_id,
    contact_address,
    started_at
)
SELECT
    event.account_sid,
    channel.id,
    :From::text,
    session.started_at
FROM hookswitch.new_event(:event_key::bytea, :account_sid::text) AS event
CROSS JOIN LATERAL hookswitch.channel_of(
    event.account_sid,
    hookswitch.communication_type(coalesce(:From::text, :To::text)),
    :To::text
) AS channel
CROSS JOIN LATERAL hookswitch.session_start(
    event.account_sid,
    :MessageSid::text,
    channel.id,
    channel.session_timeout,
    :From::text,
    event.occurred_at
) AS session (started_at)
WHERE session.started_at IS NOT NULL
ON CONFLICT DO NOTHING;
