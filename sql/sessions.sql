-- sessions.sql: which session an inbound message belongs to. Run by install.sql, every time.
--
-- A contact's messages on a channel, in the order of received_at, are one session as long as no
-- gap between two of them is longer than the channel's session_timeout and the session they are in
-- was not closed in between. That must come out the same in whatever order they arrive; so a message
-- that comes late can join two sessions, and one that turns out to have come elsewhere can divide
-- one. Nearly always a message only joins the session that is there, which changes no session.
--
-- Whoever joins a session holds a shared lock on contact and channel until the transaction ends;
-- whoever opens, joins together, divides or closes sessions holds it alone. The lock is an advisory
-- one, since there may be no row yet that could be locked.

CREATE OR REPLACE FUNCTION hookswitch.session_at(channel bigint, contact text, moment timestamptz)
RETURNS TABLE (id bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
AS $$
    SELECT session.id
    FROM hookswitch.sessions AS session
    WHERE session.channel_id = channel
        AND session.contact_address = contact
        AND session.started_at <= moment
    ORDER BY session.started_at DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION hookswitch.session_at(bigint, text, timestamptz) IS
    'The latest session of a contact on a channel that had begun at that moment; no row if none.';

-- The lock on a contact and a channel. Its first number, which spells "hook", keeps our locks apart
-- from others' in this database.

CREATE OR REPLACE FUNCTION hookswitch.contact_lock(channel bigint, contact text)
RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
RETURN hashtext(concat(channel, ' ', contact));

COMMENT ON FUNCTION hookswitch.contact_lock(bigint, text) IS
    'Second number of the advisory lock on the sessions of a contact on a channel.';

CREATE OR REPLACE FUNCTION hookswitch.lock_contact(
    channel bigint, contact text, alone boolean DEFAULT true
)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF alone THEN
        PERFORM pg_advisory_xact_lock(1752133483, hookswitch.contact_lock(channel, contact));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(1752133483, hookswitch.contact_lock(channel, contact));
    END IF;
END
$$;

COMMENT ON FUNCTION hookswitch.lock_contact(bigint, text, boolean) IS
    'Locks the sessions of a contact on a channel until the end of the transaction.';

CREATE OR REPLACE FUNCTION hookswitch.divide_sessions(
    given bigint[], timeout interval, moment timestamptz
)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    piece record;
    contact hookswitch.sessions;
    -- The sessions as they have to be, in order; no id for one that is new.
    n integer := 0;
    ids bigint[] := '{}';
    starts timestamptz[] := '{}';
    lasts timestamptz[] := '{}';
    closings timestamptz[] := '{}';
    has_messages boolean[] := '{}';
    made bigint;
    opened timestamptz;
BEGIN
    FOR piece IN
        SELECT known.moment, known.session_id, known.is_message, session.closed_at
        FROM (
            SELECT message.received_at, message.session_id, true
            FROM hookswitch.messages AS message
            WHERE message.session_id = ANY (given)
            UNION ALL
            -- An application may open a session before anything has come in.
            SELECT session.started_at, session.id, false
            FROM hookswitch.sessions AS session
            WHERE session.id = ANY (given)
            UNION ALL
            SELECT divide_sessions.moment, NULL, false
            WHERE divide_sessions.moment IS NOT NULL
        ) AS known (moment, session_id, is_message)
        LEFT JOIN hookswitch.sessions AS session ON session.id = known.session_id
        ORDER BY known.moment, known.session_id
    LOOP
        IF n = 0 OR lasts[n] < piece.moment - timeout OR closings[n] <= piece.moment THEN
            n := n + 1;
            ids[n] := NULL;
            starts[n] := piece.moment;
            closings[n] := NULL;
            has_messages[n] := false;
        END IF;
        lasts[n] := piece.moment;
        has_messages[n] := has_messages[n] OR piece.is_message;
        -- The first one that is free gives its row; others go into it, with their closings.
        IF ids[n] IS NULL AND array_position(ids, piece.session_id) IS NULL THEN
            ids[n] := piece.session_id;
        END IF;
        IF array_position(ids, piece.session_id) IS NULL OR ids[n] = piece.session_id THEN
            closings[n] := least(closings[n], piece.closed_at);
        END IF;
    END LOOP;

    SELECT * INTO contact FROM hookswitch.sessions AS session WHERE session.id = given[1];
    FOR i IN 1 .. n LOOP
        IF ids[i] IS NULL AND NOT has_messages[i] THEN
            opened := starts[i];
            CONTINUE;
        END IF;
        IF ids[i] IS NULL THEN
            INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
            VALUES (contact.account_sid, contact.channel_id, contact.contact_address, starts[i])
            RETURNING id INTO made;
            ids[i] := made;
        END IF;
        UPDATE hookswitch.messages AS message
        SET session_id = ids[i]
        WHERE message.session_id = ANY (given)
            AND message.session_id <> ids[i]
            AND message.received_at BETWEEN starts[i] AND lasts[i];
    END LOOP;
    DELETE FROM hookswitch.sessions AS session
    WHERE session.id = ANY (given) AND array_position(ids, session.id) IS NULL;
    FOR i IN 1 .. n LOOP
        UPDATE hookswitch.sessions AS session
        SET started_at = starts[i], closed_at = closings[i]
        WHERE session.id = ids[i]
            AND (session.started_at, session.closed_at)
                IS DISTINCT FROM (starts[i], closings[i]);
    END LOOP;
    RETURN opened;
END
$$;

COMMENT ON FUNCTION hookswitch.divide_sessions(bigint[], interval, timestamptz) IS
    'Makes of neighbouring sessions of one contact what they have to be, with a message that is yet'
    ' to be stored. Returns when the session begins that this message needs; NULL if there is one.'
    ' For whoever holds the lock on the contact alone.';

CREATE OR REPLACE FUNCTION hookswitch.leave_session(account text, message text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known record;
BEGIN
    SELECT stored.session_id, stored.received_at, channel.session_timeout
    INTO known
    FROM hookswitch.messages AS stored
    JOIN hookswitch.sessions AS session ON session.id = stored.session_id
    JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
    WHERE stored.sid = leave_session.message AND stored.account_sid = account;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE hookswitch.messages AS stored
    SET channel_id = NULL, session_id = NULL
    WHERE stored.sid = leave_session.message AND stored.account_sid = account;
    -- If it was the first, the session begins with the next, or has nothing left.
    UPDATE hookswitch.sessions AS session
    SET started_at = other.received_at
    FROM hookswitch.messages AS other
    WHERE session.id = known.session_id
        AND session.started_at = known.received_at
        AND other.session_id = session.id
        AND other.received_at = (
            SELECT min(received_at) FROM hookswitch.messages WHERE session_id = known.session_id
        );
    DELETE FROM hookswitch.sessions AS session
    WHERE session.id = known.session_id
        AND session.started_at = known.received_at
        AND NOT EXISTS (
            SELECT FROM hookswitch.messages AS other WHERE other.session_id = session.id
        );
    PERFORM hookswitch.divide_sessions(ARRAY[known.session_id], known.session_timeout, NULL);
END
$$;

COMMENT ON FUNCTION hookswitch.leave_session(text, text) IS
    'Takes a message out of its session and channel, as if it had not come in.';

CREATE OR REPLACE FUNCTION hookswitch.session_start(
    account text,
    message text,
    channel bigint,
    timeout interval,
    contact text,
    moment timestamptz
)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known record;
    is_known boolean;
    earlier record;
    joins boolean;
    later record;
    bridges boolean;
    is_shared boolean := false;
    is_alone boolean := false;
BEGIN
    IF contact IS NULL OR length(contact) > 255 THEN  -- longer ones might not fit into an index
        RETURN NULL;
    END IF;
    -- Looks, takes the lock that what is found needs, and looks again: every query here sees what
    -- was committed before it began.
    LOOP
        SELECT
            stored.received_at,
            session.channel_id,
            session.contact_address,
            (session.channel_id, session.contact_address) = (channel, contact) AS is_same,
            place.session_timeout
        INTO known
        FROM hookswitch.messages AS stored
        JOIN hookswitch.sessions AS session ON session.id = stored.session_id
        JOIN hookswitch.channels AS place ON place.id = session.channel_id
        WHERE stored.sid = session_start.message AND stored.account_sid = account;
        is_known := FOUND;
        -- Of two webhooks that bring one message the earlier one counts; if they tell different
        -- numbers, then as everywhere the greater one, only so that the order does not matter.
        IF is_known AND (known.is_same OR
            (hookswitch.channel_name(known.channel_id), known.contact_address)
                > (hookswitch.channel_name(channel) COLLATE "C", contact COLLATE "C"))
        THEN
            IF known.received_at <= moment THEN
                RETURN NULL;
            ELSIF NOT known.is_same THEN
                PERFORM hookswitch.receive_earlier(
                    account,
                    message,
                    known.channel_id,
                    known.session_timeout,
                    known.contact_address,
                    moment
                );
                RETURN NULL;
            END IF;
        END IF;

        SELECT session.id, session.started_at, session.closed_at
        INTO earlier
        FROM hookswitch.sessions AS session
        WHERE session.channel_id = channel
            AND session.contact_address = contact
            AND session.started_at <= moment
        ORDER BY session.started_at DESC
        LIMIT 1;
        joins := FOUND
            AND (earlier.closed_at IS NULL OR earlier.closed_at > moment)
            AND (earlier.started_at >= moment - timeout OR EXISTS (
                SELECT FROM hookswitch.messages AS stored
                WHERE stored.session_id = earlier.id
                    AND stored.received_at BETWEEN moment - timeout AND moment
            ));
        SELECT session.id, session.started_at
        INTO later
        FROM hookswitch.sessions AS session
        WHERE session.channel_id = channel
            AND session.contact_address = contact
            AND session.started_at > moment
            AND session.started_at - timeout <= moment
        ORDER BY session.started_at
        LIMIT 1;
        bridges := FOUND AND (NOT joins OR earlier.closed_at IS NULL
            OR earlier.closed_at > later.started_at);

        EXIT WHEN is_alone;
        IF is_known OR NOT joins OR bridges THEN
            PERFORM hookswitch.lock_contact(channel, contact);
            is_alone := true;
        ELSIF NOT is_shared THEN
            PERFORM hookswitch.lock_contact(channel, contact, false);
            is_shared := true;
        ELSE
            RETURN NULL;
        END IF;
    END LOOP;

    IF is_known THEN
        PERFORM hookswitch.lock_contact(known.channel_id, known.contact_address);
        PERFORM hookswitch.leave_session(account, message);
        -- Now it is a message like any other, at the earlier of the two times.
        RETURN hookswitch.session_start(
            account, message, channel, timeout, contact, least(moment, known.received_at)
        );
    ELSIF bridges AND joins THEN
        RETURN hookswitch.divide_sessions(ARRAY[earlier.id, later.id], timeout, moment);
    ELSIF bridges THEN
        RETURN hookswitch.divide_sessions(ARRAY[later.id], timeout, moment);
    ELSIF joins THEN
        RETURN NULL;
    END IF;
    RETURN moment;
END
$$;

COMMENT ON FUNCTION hookswitch.session_start(text, text, bigint, interval, text, timestamptz) IS
    'When the session begins that an inbound message has to open; NULL if there is one for it, of'
    ' which this makes sure.';

CREATE OR REPLACE FUNCTION hookswitch.open_session(
    account text,
    message text,
    channel bigint,
    timeout interval,
    contact text,
    moment timestamptz
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    opened timestamptz;
BEGIN
    IF channel IS NULL OR contact IS NULL THEN
        RETURN NULL;
    END IF;
    opened := hookswitch.session_start(account, message, channel, timeout, contact, moment);
    IF opened IS NOT NULL THEN
        INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
        VALUES (account, channel, contact, opened)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN (SELECT id FROM hookswitch.session_at(channel, contact, moment));
END
$$;

COMMENT ON FUNCTION hookswitch.open_session(text, text, bigint, interval, text, timestamptz) IS
    'The session that an inbound message belongs to, made if there is none; NULL without a channel'
    ' or a contact.';

CREATE OR REPLACE FUNCTION hookswitch.receive_earlier(
    account text,
    message text,
    channel bigint,
    timeout interval,
    contact text,
    moment timestamptz
)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO hookswitch.sessions (account_sid, channel_id, contact_address, started_at)
    SELECT account, channel, contact, opened.started_at
    FROM hookswitch.session_start(account, message, channel, timeout, contact, moment)
        AS opened (started_at)
    WHERE opened.started_at IS NOT NULL;
    UPDATE hookswitch.messages AS stored
    SET
        channel_id = channel,
        session_id = (SELECT id FROM hookswitch.session_at(channel, contact, moment)),
        received_at = moment
    WHERE stored.sid = message AND stored.account_sid = account;
END
$$;

COMMENT ON FUNCTION hookswitch.receive_earlier(text, text, bigint, interval, text, timestamptz) IS
    'Has a message that is stored come in earlier, where it is and from whom.';

CREATE OR REPLACE FUNCTION hookswitch.session_closed()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM hookswitch.lock_contact(NEW.channel_id, NEW.contact_address);
    PERFORM hookswitch.divide_sessions(
        array_agg(session.id),
        (
            SELECT channel.session_timeout
            FROM hookswitch.channels AS channel
            WHERE channel.id = NEW.channel_id
        ),
        NULL
    )
    FROM (
        SELECT other.id
        FROM hookswitch.sessions AS other
        WHERE other.channel_id = NEW.channel_id
            AND other.contact_address = NEW.contact_address
            AND other.started_at >= NEW.started_at
        ORDER BY other.started_at
        LIMIT 2
    ) AS session;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION hookswitch.session_closed() IS
    'Trigger: what has come in after the moment when a session is closed goes into the next one,'
    ' and a session that is opened again takes the next one in if nothing else divides them.';

CREATE OR REPLACE TRIGGER closed
    AFTER UPDATE OF closed_at ON hookswitch.sessions
    FOR EACH ROW WHEN (OLD.closed_at IS DISTINCT FROM NEW.closed_at)
    EXECUTE FUNCTION hookswitch.session_closed();

COMMENT ON TRIGGER closed ON hookswitch.sessions IS
    'An application closes a session while messages come in; none may be lost in a closed one.';

CREATE OR REPLACE FUNCTION hookswitch.close_sessions(
    sessions bigint[], at_most integer DEFAULT 1000
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    session record;
    chosen bigint[] := '{}';
    n bigint;
BEGIN
    -- Each is a lock that is held until the end; PostgreSQL has room for some 6400 of them as it
    -- comes, for everybody together.
    IF at_most IS NULL OR at_most NOT BETWEEN 1 AND 5000 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'close_sessions: at_most has to be from 1 to 5000';
    END IF;
    -- In one order, so that two who close the same do not wait for each other.
    FOR session IN
        SELECT known.id, known.channel_id, known.contact_address
        FROM hookswitch.sessions AS known
        WHERE known.id = ANY (sessions)
            AND known.started_at < now()
            AND coalesce(known.closed_at > now(), true)
        ORDER BY known.channel_id, known.contact_address, known.id
        LIMIT at_most
    LOOP
        PERFORM hookswitch.lock_contact(session.channel_id, session.contact_address);
        chosen := chosen || session.id;
    END LOOP;
    UPDATE hookswitch.sessions AS known
    SET closed_at = now()
    WHERE known.id = ANY (chosen)
        AND coalesce(known.closed_at > now(), true);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

COMMENT ON FUNCTION hookswitch.close_sessions(bigint[], integer) IS
    'Closes those of these sessions that have begun and are not closed, at most so many in one go,'
    ' and returns how many: to be called again with the same, each time in a transaction of its own,'
    ' until it returns 0. Whoever closes tens of thousands in one UPDATE takes a lock for each, and'
    ' may find that there is no room for so many.';

-- Whoever calls these by hand could put anybody's sessions together.
REVOKE EXECUTE ON FUNCTION hookswitch.divide_sessions(bigint[], interval, timestamptz) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION hookswitch.leave_session(text, text) FROM PUBLIC;
