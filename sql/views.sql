-- views.sql: what people ask of the tables. Run by install.sql, every time.
--
-- Columns keep the names they have in the tables. What lists rows looks up by a key what each row
-- needs, so that the newest hundred, or one, cost as little in a large database as in a small one;
-- what counts rows does so in an index.

-- Messages

CREATE OR REPLACE VIEW hookswitch.session_overview AS
SELECT
    session.id,
    session.account_sid,
    session.channel_id,
    session.contact_address,
    CASE
        WHEN session.closed_at <= now() THEN 'closed'
        WHEN latest.active_at + channel.session_timeout < now() THEN 'timed out'
        ELSE 'open'
    END AS state,
    session.started_at,
    session.closed_at,
    span.ends_at,
    latest.received_at AS last_received_at,
    greatest(
        latest.received_at,
        (
            SELECT max(message.created_at)
            FROM hookswitch.messages AS message
            WHERE message.direction = 'outbound'
                AND left(message.to_address, 255) = session.contact_address
                AND message.created_at >= session.started_at
                AND message.created_at < span.ends_at
                AND message.account_sid = session.account_sid
                AND hookswitch.bare_address(message.from_address)
                    = hookswitch.bare_address(channel.address)
        )
    ) AS last_message_at,
    (
        SELECT message.body
        FROM hookswitch.messages AS message
        WHERE message.session_id = session.id
        ORDER BY message.received_at DESC
        LIMIT 1
    ) AS last_body,
    (
        SELECT count(*)
        FROM hookswitch.messages AS message
        WHERE message.session_id = session.id
    ) AS received,
    (
        SELECT count(*)
        FROM hookswitch.messages AS message
        WHERE message.direction = 'outbound'
            AND left(message.to_address, 255) = session.contact_address
            AND message.created_at >= session.started_at
            AND message.created_at < span.ends_at
            AND message.account_sid = session.account_sid
            AND hookswitch.bare_address(message.from_address)
                = hookswitch.bare_address(channel.address)
    ) AS sent
FROM hookswitch.sessions AS session
JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
CROSS JOIN LATERAL (
    SELECT
        max(message.received_at) AS received_at,
        greatest(max(message.received_at), session.started_at) AS active_at
    FROM hookswitch.messages AS message
    WHERE message.session_id = session.id
) AS latest
CROSS JOIN LATERAL (
    SELECT least(
        session.closed_at,
        latest.active_at + channel.session_timeout,
        -- Where the timeout is another one now.
        (
            SELECT next.started_at
            FROM hookswitch.sessions AS next
            WHERE next.channel_id = session.channel_id
                AND next.contact_address = session.contact_address
                AND next.started_at > session.started_at
            ORDER BY next.started_at
            LIMIT 1
        )
    ) AS ends_at
) AS span;

COMMENT ON VIEW hookswitch.session_overview IS
    'One row for each session: how it stands, and what was said. For one contact, one session, or'
    ' the newest by started_at.';
COMMENT ON COLUMN hookswitch.session_overview.id IS 'Number of the session.';
COMMENT ON COLUMN hookswitch.session_overview.account_sid IS
    'Twilio account (AC...) the channel belongs to.';
COMMENT ON COLUMN hookswitch.session_overview.channel_id IS 'Channel the contact writes to.';
COMMENT ON COLUMN hookswitch.session_overview.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.session_overview.state IS
    'open; closed by the application; or timed out, with nothing from the contact for longer than'
    ' the channel''s session_timeout.';
COMMENT ON COLUMN hookswitch.session_overview.started_at IS
    'When its first message came in, or when the application opened it.';
COMMENT ON COLUMN hookswitch.session_overview.closed_at IS
    'When the application closed it; NULL if it did not.';
COMMENT ON COLUMN hookswitch.session_overview.ends_at IS
    'When it ended, or will if nothing more comes in. What we wrote to the contact until then'
    ' belongs to it.';
COMMENT ON COLUMN hookswitch.session_overview.last_received_at IS
    'When the contact''s latest message came in; NULL if none did yet.';
COMMENT ON COLUMN hookswitch.session_overview.last_message_at IS
    'Time of the latest message, whoever wrote it.';
COMMENT ON COLUMN hookswitch.session_overview.last_body IS
    'Text of the contact''s latest message.';
COMMENT ON COLUMN hookswitch.session_overview.received IS 'Number of messages from the contact.';
COMMENT ON COLUMN hookswitch.session_overview.sent IS
    'Number of messages to the contact of which a status callback told.';

CREATE OR REPLACE VIEW hookswitch.open_sessions AS
SELECT session.*
FROM (
    -- Only these can be open; whoever is silent for longer is not.
    SELECT message.session_id
    FROM hookswitch.messages AS message
    WHERE message.created_at >= now() - (
            SELECT max(channel.session_timeout) FROM hookswitch.channels AS channel
        )
        AND message.session_id IS NOT NULL
    UNION
    SELECT opened.id
    FROM hookswitch.sessions AS opened
    WHERE opened.started_at >= now() - (
        SELECT max(channel.session_timeout) FROM hookswitch.channels AS channel
    )
) AS recent (id)
JOIN hookswitch.session_overview AS session ON session.id = recent.id
WHERE session.state = 'open';

COMMENT ON VIEW hookswitch.open_sessions IS 'The sessions of session_overview that are open.';
COMMENT ON COLUMN hookswitch.open_sessions.id IS 'Number of the session.';
COMMENT ON COLUMN hookswitch.open_sessions.account_sid IS
    'Twilio account (AC...) the channel belongs to.';
COMMENT ON COLUMN hookswitch.open_sessions.channel_id IS 'Channel the contact writes to.';
COMMENT ON COLUMN hookswitch.open_sessions.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.open_sessions.state IS 'open.';
COMMENT ON COLUMN hookswitch.open_sessions.started_at IS
    'When its first message came in, or when the application opened it.';
COMMENT ON COLUMN hookswitch.open_sessions.closed_at IS
    'When the application is going to close it; NULL if it has not said.';
COMMENT ON COLUMN hookswitch.open_sessions.ends_at IS 'When it will end if nothing more comes in.';
COMMENT ON COLUMN hookswitch.open_sessions.last_received_at IS
    'When the contact''s latest message came in; NULL if none did yet.';
COMMENT ON COLUMN hookswitch.open_sessions.last_message_at IS
    'Time of the latest message, whoever wrote it.';
COMMENT ON COLUMN hookswitch.open_sessions.last_body IS 'Text of the contact''s latest message.';
COMMENT ON COLUMN hookswitch.open_sessions.received IS 'Number of messages from the contact.';
COMMENT ON COLUMN hookswitch.open_sessions.sent IS
    'Number of messages to the contact of which a status callback told.';

CREATE OR REPLACE VIEW hookswitch.session_messages AS
SELECT
    message.session_id,
    message.account_sid,
    message.channel_id,
    session.contact_address,
    message.sid,
    message.direction,
    message.communication_type,
    message.from_address,
    message.to_address,
    message.body,
    message.num_media,
    message.status,
    message.error_code,
    message.received_at AS created_at
FROM hookswitch.messages AS message
JOIN hookswitch.sessions AS session ON session.id = message.session_id
UNION ALL
SELECT
    session.id,
    message.account_sid,
    session.channel_id,
    session.contact_address,
    message.sid,
    message.direction,
    message.communication_type,
    message.from_address,
    message.to_address,
    message.body,
    message.num_media,
    message.status,
    message.error_code,
    message.created_at
FROM hookswitch.session_overview AS session
JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
JOIN hookswitch.messages AS message
    ON message.direction = 'outbound'
    AND left(message.to_address, 255) = session.contact_address
    AND message.created_at >= session.started_at
    AND message.created_at < session.ends_at
    AND message.account_sid = session.account_sid
    AND hookswitch.bare_address(message.from_address) = hookswitch.bare_address(channel.address);

COMMENT ON VIEW hookswitch.session_messages IS
    'What was said in a session, by the contact and by us. To be asked for one session_id, in the'
    ' order of created_at.';
COMMENT ON COLUMN hookswitch.session_messages.session_id IS 'Session it was said in.';
COMMENT ON COLUMN hookswitch.session_messages.account_sid IS
    'Twilio account (AC...) the message belongs to.';
COMMENT ON COLUMN hookswitch.session_messages.channel_id IS 'Channel of the session.';
COMMENT ON COLUMN hookswitch.session_messages.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.session_messages.sid IS 'Twilio''s SID of the message (SM... or MM...).';
COMMENT ON COLUMN hookswitch.session_messages.direction IS
    'inbound (the contact wrote to us) or outbound.';
COMMENT ON COLUMN hookswitch.session_messages.communication_type IS
    'sms, or the prefix of the address: whatsapp, rcs, messenger, ...';
COMMENT ON COLUMN hookswitch.session_messages.from_address IS
    'Sender as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.session_messages.to_address IS
    'Recipient as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.session_messages.body IS
    'Text of an inbound message; NULL for an outbound one: callbacks lack it.';
COMMENT ON COLUMN hookswitch.session_messages.num_media IS
    'Number of attachments Twilio announced; the attachments are in message_media.';
COMMENT ON COLUMN hookswitch.session_messages.status IS
    'Furthest status reached; inbound: received.';
COMMENT ON COLUMN hookswitch.session_messages.error_code IS
    'Twilio''s error code of a failed message; NULL if there was none.';
COMMENT ON COLUMN hookswitch.session_messages.created_at IS
    'When it came in; of one that we sent, the time of the earliest webhook about it.';
