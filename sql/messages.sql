-- messages.sql: what a message that has come in does to the tables, and what it is answered with.
-- Run by install.sql, every time.
--
-- Nearly always the message is new, the number that it came to has a channel, the contact has a
-- session that goes on, and nobody has configured an answer. This first tries what is enough then.
-- It is kept small, because a statement costs the server most where it starts, by the number of
-- expressions in it, whether they are needed or not.

CREATE OR REPLACE FUNCTION hookswitch.receive_message(
    key bytea,
    account text,
    is_message boolean,
    message text,
    sender text,
    recipient text,
    words text,
    media integer,
    segments integer,
    told_status text,
    profile text,
    whatsapp_id text,
    campaign text,
    opt_out text,
    opt_out_type text,
    received timestamptz
)
RETURNS TABLE (twiml text, is_general boolean, is_opted_out boolean)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type text := hookswitch.communication_type(coalesce(sender, recipient));
    moment timestamptz;
    channel record;
    session record;
    goes_on boolean;
    place bigint;  -- the session that the message goes into, if there is one
    nothing text;
BEGIN
    SELECT event.occurred_at INTO moment FROM hookswitch.new_event(key, account) AS event;
    IF NOT FOUND THEN  -- it is a repeat, and gets the same answer
        RETURN QUERY SELECT answer.*
        FROM hookswitch.message_reply(
            account, sender, recipient, words, opt_out, opt_out_type, received
        ) AS answer;
        RETURN;
    END IF;

    SELECT known.id, known.session_timeout, known.quiet_from
    INTO channel
    FROM hookswitch.channel_of(account, type, recipient) AS known;
    -- So that nothing is lost for want of one; the owner may fill it in later. Longer texts would
    -- not fit into an index.
    IF NOT FOUND AND is_message AND length(recipient) <= 255 AND length(type) <= 255 THEN
        INSERT INTO hookswitch.channels (account_sid, address, communication_type)
        VALUES (account, recipient, type)
        ON CONFLICT DO NOTHING;
        SELECT known.id, known.session_timeout, known.quiet_from
        INTO channel
        FROM hookswitch.channel_of(account, type, recipient) AS known;
    END IF;

    -- The session that goes on: looks, takes the lock, and looks again, since it may have been
    -- closed meanwhile.
    FOR look IN 1 .. 2 LOOP
        SELECT latest.id, latest.started_at, latest.closed_at
        INTO session
        FROM hookswitch.sessions AS latest
        WHERE latest.channel_id = channel.id AND latest.contact_address = sender
        ORDER BY latest.started_at DESC
        LIMIT 1;
        goes_on := FOUND AND session.started_at <= moment AND session.closed_at IS NULL;
        IF goes_on AND session.started_at < moment - channel.session_timeout THEN
            goes_on := EXISTS (
                SELECT FROM hookswitch.messages AS other
                WHERE other.session_id = session.id
                    AND other.received_at BETWEEN moment - channel.session_timeout AND moment
            );
        END IF;
        EXIT WHEN NOT goes_on;
        IF look = 1 THEN
            -- PERFORM would make a query of it.
            nothing := pg_advisory_xact_lock_shared(
                1752133483, hookswitch.contact_lock(channel.id, sender)
            );
        END IF;
    END LOOP;
    place := CASE
        WHEN goes_on THEN session.id
        ELSE hookswitch.open_session(
            account, message, channel.id, channel.session_timeout, sender, moment
        )
    END;

    LOOP
        INSERT INTO hookswitch.messages (
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
        VALUES (
            message,
            account,
            'inbound',
            type,
            sender,
            recipient,
            coalesce(words, ''),  -- an inbound message always has a body
            media,
            segments,
            coalesce(told_status, 'received'),
            profile,
            whatsapp_id,
            channel.id,
            place,
            campaign,
            moment,
            CASE WHEN place IS NOT NULL THEN moment END,
            moment
        )
        ON CONFLICT DO NOTHING;
        EXIT WHEN FOUND;
        -- It is known, and may have come in elsewhere, or earlier.
        IF goes_on THEN
            place := hookswitch.open_session(
                account, message, channel.id, channel.session_timeout, sender, moment
            );
            goes_on := false;
        END IF;

        UPDATE hookswitch.messages AS known
        SET
            direction = hookswitch.merged_message_direction(known.direction, 'inbound'),
            communication_type = hookswitch.merged_text(known.communication_type, type, 'sms'),
            from_address = hookswitch.merged_text(known.from_address, sender),
            to_address = hookswitch.merged_text(known.to_address, recipient),
            body = hookswitch.merged_text(known.body, coalesce(words, '')),
            num_media = greatest(known.num_media, media),
            num_segments = greatest(known.num_segments, segments),
            status = hookswitch.merged_message_status(
                known.status, coalesce(told_status, 'received')
            ),
            profile_name = hookswitch.merged_text(known.profile_name, profile),
            wa_id = hookswitch.merged_text(known.wa_id, whatsapp_id),
            -- Where session_start has taken the message out of another session, neither is known
            -- any more.
            channel_id = CASE
                WHEN known.session_id IS NOT NULL THEN known.channel_id
                WHEN place IS NOT NULL THEN channel.id
                ELSE hookswitch.merged_channel(known.channel_id, channel.id)
            END,
            session_id = coalesce(known.session_id, (
                SELECT other.id
                FROM hookswitch.session_at(
                    channel.id,
                    sender,
                    least(known.received_at, CASE WHEN place IS NOT NULL THEN moment END)
                ) AS other
            )),
            campaign_id = hookswitch.merged_text(known.campaign_id, campaign),
            created_at = least(known.created_at, moment),
            received_at = least(
                known.received_at, CASE WHEN place IS NOT NULL THEN moment END
            ),
            updated_at = greatest(known.updated_at, moment)
        WHERE known.sid = message AND known.account_sid = account;
        EXIT WHEN FOUND;  -- or somebody has just deleted it
    END LOOP;

    -- If none of this is so, message_reply has nothing to say.
    IF opt_out IS NOT NULL
        OR channel.quiet_from IS NOT NULL
        OR EXISTS (SELECT FROM hookswitch.auto_replies AS known WHERE known.account_sid = account)
        OR EXISTS (SELECT FROM hookswitch.channel_of(account, type, sender))
        OR EXISTS (
            SELECT
            FROM hookswitch.opt_outs AS known
            WHERE known.contact_address = sender
                AND known.channel_id = channel.id
                AND known.account_sid = account
                AND known.is_opted_out
        )
    THEN
        RETURN QUERY SELECT answer.*
        FROM hookswitch.message_reply(
            account, sender, recipient, words, opt_out, opt_out_type, received
        ) AS answer;
    END IF;
END
$$;

COMMENT ON FUNCTION hookswitch.receive_message(
    bytea, text, boolean, text, text, text, text, integer, integer, text, text, text, text, text,
    text, timestamptz
) IS
    'Makes the row of a message to one of our numbers, or merges into it what this webhook, whose'
    ' event the same transaction has written, knows; and its channel and session where there are'
    ' none. Says what it is answered with, as message_reply.';
