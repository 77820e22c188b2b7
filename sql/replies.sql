-- replies.sql: what a message or a call is answered with. Run by install.sql, every time.
--
-- The endpoints ask message_reply and call_reply; anybody may, to see what would be answered.

CREATE OR REPLACE FUNCTION hookswitch.is_quiet(
    quiet_from time, quiet_until time, time_zone text, moment timestamptz
)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    clock time;
BEGIN
    IF quiet_from IS NULL OR quiet_until IS NULL THEN
        RETURN false;
    END IF;
    -- A name that is none, or none any more since the system was upgraded, must not keep a message
    -- from being answered.
    BEGIN
        clock := CAST(moment AT TIME ZONE time_zone AS time);
    EXCEPTION WHEN OTHERS THEN
        clock := CAST(moment AT TIME ZONE 'UTC' AS time);
    END;
    IF quiet_from <= quiet_until THEN
        RETURN quiet_from <= clock AND clock < quiet_until;
    END IF;
    RETURN quiet_from <= clock OR clock < quiet_until;
END
$$;

COMMENT ON FUNCTION hookswitch.is_quiet(time, time, text, timestamptz) IS
    'Whether a moment is in quiet hours that are told in a time zone; UTC if it is none.';

CREATE OR REPLACE FUNCTION hookswitch.best_reply(
    account text, channel bigint, type text, channel_language text, is_quiet boolean, words text
)
RETURNS TABLE (twiml text, is_general boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
AS $$
    SELECT
        reply.twiml,
        reply.keyword IS NULL
    FROM hookswitch.auto_replies AS reply
    WHERE reply.account_sid = account
        AND reply.is_active
        AND reply.quiet = is_quiet
        AND CASE
            WHEN reply.channel_id IS NOT NULL THEN reply.channel_id = channel
            WHEN reply.communication_type IS NULL THEN type IS DISTINCT FROM 'voice'
            ELSE hookswitch.keyword(reply.communication_type) = type
        END
        AND (
            reply.language IS NULL
            OR hookswitch.keyword(reply.language) = hookswitch.keyword(channel_language)
        )
        -- Texts are compared, not patterns: a keyword may hold anything.
        AND (
            reply.keyword IS NULL
            OR hookswitch.keyword(reply.keyword) IN (words, substring(words FROM '^\S+'))
        )
    ORDER BY
        -- The whole text, its first word, none.
        hookswitch.keyword(reply.keyword) = words DESC NULLS LAST,
        reply.channel_id IS NULL,
        reply.communication_type IS NULL,
        reply.language IS NULL
    LIMIT 1
$$;

COMMENT ON FUNCTION hookswitch.best_reply(text, bigint, text, text, boolean, text) IS
    'The reply that fits best, and whether it is a general one, without a keyword; no row if none'
    ' fits. words are what was said, as hookswitch.keyword gives it.';

-- Step by step, so that what nobody has configured costs a look-up and no more.
CREATE OR REPLACE FUNCTION hookswitch.message_reply(
    account text,
    sender text,
    recipient text,
    body text,
    opt_out text,
    opt_out_type text,
    moment timestamptz
)
RETURNS TABLE (twiml text, is_general boolean, is_opted_out boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type text := hookswitch.communication_type(coalesce(sender, recipient));
    channel record;
    is_quiet boolean;
    is_silent boolean;
    has_replies boolean;
    reply record;
BEGIN
    SELECT known.id, known.language, known.quiet_from, known.quiet_until, known.time_zone
    INTO channel
    FROM hookswitch.channel_of(account, type, recipient) AS known;
    is_quiet := channel.quiet_from IS NOT NULL AND hookswitch.is_quiet(
        channel.quiet_from, channel.quiet_until, channel.time_zone, moment
    );
    SELECT
        EXISTS (
            SELECT
            FROM hookswitch.opt_outs AS known
            WHERE known.contact_address = sender
                AND known.channel_id = channel.id
                AND known.account_sid = account
                AND known.is_opted_out
        ),
        EXISTS (
            SELECT
            FROM hookswitch.auto_replies AS known
            WHERE known.account_sid = account
        )
    INTO is_opted_out, has_replies;
    is_silent := CASE
        WHEN opt_out = 'STOP' THEN true
        -- Twilio says it where it has answered itself.
        WHEN opt_out IS NOT NULL AND opt_out_type IS NOT NULL THEN true
        -- Whoever asks for help gets it.
        WHEN opt_out = 'HELP' THEN false
        WHEN is_opted_out THEN true
        -- Our own numbers would answer each other for ever.
        ELSE EXISTS (SELECT FROM hookswitch.channel_of(account, type, sender))
    END;

    IF has_replies AND NOT is_silent THEN
        SELECT best.twiml, best.is_general
        INTO reply
        FROM hookswitch.best_reply(
            account,
            channel.id,
            type,
            channel.language,
            is_quiet,
            hookswitch.keyword(coalesce(opt_out, body))
        ) AS best;
        -- A general reply is none to START or HELP.
        IF FOUND AND (opt_out IS NULL OR NOT reply.is_general) THEN
            twiml := reply.twiml;
            is_general := reply.is_general;
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    -- Otherwise nothing is known of an answer here, and a reply file gives it.
    IF is_silent OR is_quiet OR opt_out IS NOT NULL THEN
        twiml := '<Response/>';
        -- In quiet hours nothing is said to anybody.
        is_general := is_quiet AND NOT is_silent AND opt_out IS NULL;
        RETURN NEXT;
    END IF;
END
$$;

COMMENT ON FUNCTION hookswitch.message_reply(text, text, text, text, text, text, timestamptz) IS
    'What a message is answered with, and whether by a general reply: <Response/> where nothing may'
    ' be said, no row where a reply file has to answer. opt_out is STOP, START, HELP or NULL,'
    ' opt_out_type what Twilio says of it.';

CREATE OR REPLACE FUNCTION hookswitch.call_reply(
    account text, recipient text, campaign text, params jsonb, moment timestamptz
)
RETURNS TABLE (twiml text, is_general boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
AS $$
    SELECT
        answer.twiml,
        answer.is_general
    FROM (
        SELECT 1, script.voice_twiml, true
        FROM hookswitch.campaigns AS script
        WHERE script.id = campaign
            AND (script.account_sid = account OR script.account_sid IS NULL)
            AND btrim(script.voice_twiml) <> ''
        UNION ALL
        SELECT 2, reply.twiml, reply.is_general
        FROM (VALUES (true)) AS told
        LEFT JOIN LATERAL hookswitch.channel_of(account, 'voice', recipient) AS channel ON true
        CROSS JOIN LATERAL hookswitch.best_reply(
            account,
            channel.id,
            'voice',
            channel.language,
            hookswitch.is_quiet(
                channel.quiet_from, channel.quiet_until, channel.time_zone, moment
            ),
            NULL
        ) AS reply
    ) AS answer (place, twiml, is_general)
    -- The action of a verb goes to the same URL by default: the greeting would start all over.
    WHERE NOT params ?| ARRAY[
        'DialCallStatus', 'DialCallSid', 'RecordingUrl', 'Digits', 'SpeechResult',
        'QueueResult', 'DequeueResult', 'ReferCallStatus', 'PaymentMethod'
    ]
    ORDER BY answer.place
    LIMIT 1
$$;

COMMENT ON FUNCTION hookswitch.call_reply(text, text, text, jsonb, timestamptz) IS
    'What a call is answered with when it first asks: its campaign''s script, or else the reply of'
    ' the channel, and whether it is the same for all of that campaign or channel. No row where a'
    ' reply file has to answer.';
