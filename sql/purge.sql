-- purge.sql: getting rid of what is old, and of all that is known of one person. Run by install.sql,
-- every time. For the owner of the tables only.

-- What is old

CREATE OR REPLACE FUNCTION hookswitch.purge_before(older_than interval)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF older_than IS NULL OR older_than < interval '1 day' THEN
        RAISE EXCEPTION 'purge: % is too short a time', coalesce(older_than::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'It has to be a day at least.';
    END IF;
    RETURN now() - older_than;
END
$$;

COMMENT ON FUNCTION hookswitch.purge_before(interval) IS
    'What happened before this time is older than that; an error for less than a day.';

CREATE OR REPLACE FUNCTION hookswitch.purgeable(older_than interval)
RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    before timestamptz := hookswitch.purge_before(older_than);
BEGIN
    RETURN QUERY
    WITH old_calls AS (
        SELECT call.sid, call.account_sid
        FROM hookswitch.calls AS call
        WHERE call.created_at < before
            AND call.updated_at < before
    ),
    old_messages AS (
        SELECT message.sid, message.account_sid
        FROM hookswitch.messages AS message
        WHERE message.created_at < before
            AND message.updated_at < before
    ),
    old_rooms AS (
        SELECT room.sid, room.account_sid
        FROM hookswitch.rooms AS room
        WHERE greatest(
                room.started_at,
                room.ended_at,
                (
                    SELECT max(event.occurred_at)
                    FROM hookswitch.room_events AS event
                    WHERE event.room_sid = room.sid
                        AND event.account_sid = room.account_sid
                )
            ) < before
    )
    SELECT 'calls', count(*) FROM old_calls
    UNION ALL
    SELECT 'debugger_events', count(*)
    FROM hookswitch.debugger_events AS event
    WHERE event.occurred_at < before
    UNION ALL
    SELECT 'message_media', count(*)
    FROM hookswitch.message_media AS media
    JOIN old_messages AS message
        ON message.sid = media.message_sid
        AND message.account_sid = media.account_sid
    UNION ALL
    SELECT 'messages', count(*) FROM old_messages
    UNION ALL
    SELECT 'recordings', count(*)
    FROM hookswitch.recordings AS recording
    LEFT JOIN hookswitch.calls AS call
        ON call.sid = recording.call_sid
        AND call.account_sid = recording.account_sid
    WHERE CASE
            WHEN call.sid IS NOT NULL
                THEN call.updated_at < before
            ELSE coalesce(recording.started_at < before, true)
                AND NOT EXISTS (
                    SELECT FROM hookswitch.webhook_events AS event
                    WHERE event.subject_sid = recording.sid
                        AND event.account_sid = recording.account_sid
                        AND event.received_at >= before
                )
        END
    UNION ALL
    SELECT 'room_events', count(*)
    FROM hookswitch.room_events AS event
    JOIN old_rooms AS room
        ON room.sid = event.room_sid
        AND room.account_sid = event.account_sid
    UNION ALL
    SELECT 'room_participants', count(*)
    FROM hookswitch.room_participants AS participant
    JOIN old_rooms AS room
        ON room.sid = participant.room_sid
        AND room.account_sid = participant.account_sid
    UNION ALL
    SELECT 'rooms', count(*) FROM old_rooms
    UNION ALL
    SELECT 'sessions', count(*)
    FROM hookswitch.sessions AS session
    JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
    WHERE session.started_at < before - channel.session_timeout
        AND NOT EXISTS (
            SELECT FROM hookswitch.messages AS message
            WHERE message.session_id = session.id
                AND message.updated_at >= before
        )
    UNION ALL
    SELECT 'webhook_events', count(*)
    FROM hookswitch.webhook_events AS event
    WHERE event.received_at < before;
END
$$;

COMMENT ON FUNCTION hookswitch.purgeable(interval) IS
    'How many rows of each table purge would delete, called until it deletes nothing.';

CREATE OR REPLACE FUNCTION hookswitch.purge(older_than interval, at_most integer DEFAULT 20000)
RETURNS TABLE (table_name text, deleted bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
-- Names of the result's columns are columns too.
#variable_conflict use_column
DECLARE
    before timestamptz := hookswitch.purge_before(older_than);
    n_calls bigint;
    n_recordings bigint;
    n_orphans bigint;
    n_messages bigint;
    n_media bigint;
    n_rooms bigint;
    n_participants bigint;
    n_room_events bigint;
    n_sessions bigint;
    n_debugger_events bigint;
    n_events bigint;
BEGIN
    IF at_most IS NULL OR at_most < 1 THEN
        RAISE EXCEPTION 'purge: at_most has to be 1 at least'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- A row that a webhook changes meanwhile is looked at again, and stays.
    WITH old AS (
        SELECT call.sid, call.account_sid
        FROM hookswitch.calls AS call
        WHERE call.created_at < before  -- implied, and in an index
            AND call.updated_at < before
        ORDER BY call.created_at
        LIMIT at_most
    ),
    gone AS (
        DELETE FROM hookswitch.calls AS call
        USING old
        WHERE call.sid = old.sid
            AND call.account_sid = old.account_sid
            AND call.updated_at < before
        RETURNING call.sid, call.account_sid
    ),
    gone_recordings AS (
        DELETE FROM hookswitch.recordings AS recording
        USING gone
        WHERE recording.call_sid = gone.sid
            AND recording.account_sid = gone.account_sid
        RETURNING recording.sid
    )
    SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM gone_recordings)
    INTO n_calls, n_recordings;

    -- Recordings of calls that nothing else told of, and of conferences. One that has no time is as
    -- old as its webhooks.
    WITH old AS (
        SELECT recording.sid, recording.account_sid
        FROM hookswitch.recordings AS recording
        WHERE NOT EXISTS (
                SELECT FROM hookswitch.calls AS call
                WHERE call.sid = recording.call_sid
                    AND call.account_sid = recording.account_sid
            )
            AND coalesce(recording.started_at < before, true)
            AND NOT EXISTS (
                SELECT FROM hookswitch.webhook_events AS event
                WHERE event.subject_sid = recording.sid
                    AND event.account_sid = recording.account_sid
                    AND event.received_at >= before
            )
        LIMIT at_most
    )
    DELETE FROM hookswitch.recordings AS recording
    USING old
    WHERE recording.sid = old.sid
        AND recording.account_sid = old.account_sid;
    GET DIAGNOSTICS n_orphans = ROW_COUNT;

    WITH old AS (
        SELECT message.sid, message.account_sid
        FROM hookswitch.messages AS message
        WHERE message.created_at < before  -- implied, and in an index
            AND message.updated_at < before
        ORDER BY message.created_at
        LIMIT at_most
    ),
    gone AS (
        DELETE FROM hookswitch.messages AS message
        USING old
        WHERE message.sid = old.sid
            AND message.account_sid = old.account_sid
            AND message.updated_at < before
        RETURNING message.sid, message.account_sid
    ),
    gone_media AS (
        DELETE FROM hookswitch.message_media AS media
        USING gone
        WHERE media.message_sid = gone.sid
            AND media.account_sid = gone.account_sid
        RETURNING media.message_sid
    )
    SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM gone_media)
    INTO n_messages, n_media;

    -- A session that could still take a message stays.
    WITH old AS (
        SELECT session.id
        FROM hookswitch.sessions AS session
        JOIN hookswitch.channels AS channel ON channel.id = session.channel_id
        WHERE session.started_at < before - channel.session_timeout
            AND NOT EXISTS (
                SELECT FROM hookswitch.messages AS message WHERE message.session_id = session.id
            )
        LIMIT at_most
    )
    DELETE FROM hookswitch.sessions AS session
    USING old
    WHERE session.id = old.id;
    GET DIAGNOSTICS n_sessions = ROW_COUNT;

    WITH old AS (
        SELECT room.sid, room.account_sid
        FROM hookswitch.rooms AS room
        WHERE greatest(
                room.started_at,
                room.ended_at,
                (
                    SELECT max(event.occurred_at)
                    FROM hookswitch.room_events AS event
                    WHERE event.room_sid = room.sid
                        AND event.account_sid = room.account_sid
                )
            ) < before
        -- Each has a dozen events, or more.
        LIMIT greatest(at_most / 10, 1)
    ),
    gone AS (
        DELETE FROM hookswitch.rooms AS room
        USING old
        WHERE room.sid = old.sid
            AND room.account_sid = old.account_sid
        RETURNING room.sid, room.account_sid
    ),
    gone_participants AS (
        DELETE FROM hookswitch.room_participants AS participant
        USING gone
        WHERE participant.room_sid = gone.sid
            AND participant.account_sid = gone.account_sid
        RETURNING participant.sid
    ),
    gone_events AS (
        DELETE FROM hookswitch.room_events AS event
        USING gone
        WHERE event.room_sid = gone.sid
            AND event.account_sid = gone.account_sid
        RETURNING event.event_key
    )
    SELECT
        (SELECT count(*) FROM gone),
        (SELECT count(*) FROM gone_participants),
        (SELECT count(*) FROM gone_events)
    INTO n_rooms, n_participants, n_room_events;

    WITH old AS (
        SELECT event.sid, event.account_sid
        FROM hookswitch.debugger_events AS event
        WHERE event.occurred_at < before
        LIMIT at_most
    )
    DELETE FROM hookswitch.debugger_events AS event
    USING old
    WHERE event.sid = old.sid
        AND event.account_sid = old.account_sid;
    GET DIAGNOSTICS n_debugger_events = ROW_COUNT;

    -- Last: until then it tells how old other rows are.
    WITH old AS (
        SELECT event.event_key, event.account_sid
        FROM hookswitch.webhook_events AS event
        WHERE event.received_at < before
        ORDER BY event.received_at
        LIMIT at_most
    )
    DELETE FROM hookswitch.webhook_events AS event
    USING old
    WHERE event.event_key = old.event_key
        AND event.account_sid = old.account_sid;
    GET DIAGNOSTICS n_events = ROW_COUNT;

    RETURN QUERY VALUES
        ('calls', n_calls),
        ('debugger_events', n_debugger_events),
        ('message_media', n_media),
        ('messages', n_messages),
        ('recordings', n_recordings + n_orphans),
        ('room_events', n_room_events),
        ('room_participants', n_participants),
        ('rooms', n_rooms),
        ('sessions', n_sessions),
        ('webhook_events', n_events);
END
$$;

COMMENT ON FUNCTION hookswitch.purge(interval, integer) IS
    'Deletes webhooks received longer ago than that, and calls, messages and rooms that nothing'
    ' happened to since, with all that belongs to them. Opt-outs stay. Of calls, messages, sessions'
    ' and webhooks at most so many in one go, of rooms a tenth, because the live feed waits for as'
    ' long as it takes: to be called again, each time by itself, until it deletes nothing.';

REVOKE ALL ON FUNCTION hookswitch.purge(interval, integer) FROM PUBLIC;

-- One person

CREATE OR REPLACE FUNCTION hookswitch.contact_key(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN address ~* '^\s*([a-z]+:)?[\s+0-9().-]*$'
        THEN regexp_replace(address, '[^0-9]', '', 'g')
    WHEN address ~* '^\s*sips?:'
        -- Without port and parameters.
        THEN btrim(regexp_replace(address, '^\s*sips?:|(:[0-9]+)?([;?>].*)?$', '', 'gi'))
    ELSE btrim(regexp_replace(address, '^\s*(client|messenger|rcs|sim|whatsapp):', '', 'i'))
END;

COMMENT ON FUNCTION hookswitch.contact_key(text) IS
    'What all spellings of a person''s address have in common: the digits of a number, the name of a'
    ' client, name and host of a SIP address.';

CREATE OR REPLACE FUNCTION hookswitch.contact_core(address text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key text := hookswitch.contact_key(address);
    letter text;
    bytes text;
    core text := '';
BEGIN
    IF key ~ '^[0-9]{7,}$' THEN
        -- The digits, however they are grouped.
        RETURN array_to_string(string_to_array(key, NULL), '(?:[ +().-]|%2[089BbDdEe])*');
    END IF;
    IF key IS NULL OR key ~ '^[0-9]*$' OR length(key) < 3 THEN
        RAISE EXCEPTION 'the address % is too short', coalesce(quote_literal(address), 'NULL')
            USING
                ERRCODE = 'invalid_parameter_value',
                HINT = 'Give an international number, or a whole client: or sip: address.';
    END IF;

    FOREACH letter IN ARRAY string_to_array(key, NULL) LOOP
        IF letter ~ '[A-Za-z0-9]' AND ascii(letter) < 128 THEN
            core := core || letter;
        ELSE
            -- As it is, as in a URL, or as in JSON.
            bytes := regexp_replace(
                encode(convert_to(letter, 'UTF8'), 'hex'), '(..)', '%\1', 'g'
            );
            core := core || '(?:'
                || CASE WHEN ascii(letter) < 128 THEN '\\*\' || letter ELSE letter END
                || CASE WHEN letter = ' ' THEN '|\+' ELSE '' END
                || '|' || bytes || '|' || upper(bytes)
                || CASE
                    WHEN ascii(letter) < 65536
                        THEN '|\\+u' || lpad(to_hex(ascii(letter)), 4, '0')
                    ELSE ''
                END
                || ')';
        END IF;
    END LOOP;
    RETURN core;
END
$$;

COMMENT ON FUNCTION hookswitch.contact_core(text) IS
    'The part of contact_pattern that stands for the address itself. Where it is not found the whole'
    ' is not, which would take half as long again to find out.';

CREATE OR REPLACE FUNCTION hookswitch.contact_pattern(address text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.contact_key(address) ~ '^[0-9]+$'
        -- Neither more digits before, save for a prefix to dial abroad with, nor after. What is
        -- before may be a character in hexadecimal. No counts, as in {0,3}: the expression would
        -- take twice as long.
        THEN '(^|[^0-9]|%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})(?:00|011)?'
            || hookswitch.contact_core(address)
            || '(?![0-9])'
    -- Names are words that may stand anywhere: here only where the kind of address is said, or in a
    -- parameter that holds one.
    ELSE '('
        || '(?:From|To|Caller|Called|Identity|Address)(?:\\*"\s*:\s*\\*"|=|%3[Dd])'
        || '|(?:client|sips?)(?::|%3[Aa])'
        || ')(?:(?:client|sips?)(?::|%3[Aa]))?'
        || hookswitch.contact_core(address)
        || '(?=$|[\\"&;>?]|:[0-9]|%22|%26|%3[BbEeFf])'
END;

COMMENT ON FUNCTION hookswitch.contact_pattern(text) IS
    'Regular expression that finds a person''s address in a text, JSON or URL, however it is spelt;'
    ' an error for an address that is too short.';

CREATE OR REPLACE FUNCTION hookswitch.is_contact(other text, key text, pattern text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(
    CASE WHEN key ~ '^[0-9]+$' THEN other ~ pattern ELSE hookswitch.contact_key(other) = key END,
    false
);

COMMENT ON FUNCTION hookswitch.is_contact(text, text, text) IS
    'Whether an address is that of the person with this contact_key and contact_pattern.';

CREATE OR REPLACE FUNCTION hookswitch.calls_of_contact(address text)
RETURNS TABLE (sid text, account_sid text, parent_sid text)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    key text := hookswitch.contact_key(address);
    pattern text := hookswitch.contact_pattern(address);
BEGIN
    RETURN QUERY
    WITH RECURSIVE found AS (
        SELECT call.sid, call.account_sid, call.parent_sid
        FROM hookswitch.calls AS call
        WHERE hookswitch.is_contact(call.from_number, key, pattern)
            OR hookswitch.is_contact(call.to_number, key, pattern)
        UNION
        SELECT leg.sid, leg.account_sid, leg.parent_sid
        FROM found
        JOIN hookswitch.calls AS leg
            ON leg.parent_sid = found.sid
            AND leg.account_sid = found.account_sid
    )
    SELECT found.sid, found.account_sid, found.parent_sid FROM found;
END
$$;

COMMENT ON FUNCTION hookswitch.calls_of_contact(text) IS
    'Calls that a person was on either side of, and the legs that these dialled.';

CREATE OR REPLACE FUNCTION hookswitch.recordings_of_contact(address text)
RETURNS TABLE (sid text, account_sid text, call_sid text, room_sid text, url text)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    key text := hookswitch.contact_key(address);
    pattern text := hookswitch.contact_pattern(address);
BEGIN
    RETURN QUERY
    SELECT recording.sid, recording.account_sid, recording.call_sid, NULL::text, recording.url
    FROM hookswitch.recordings AS recording
    JOIN (
        SELECT call.sid, call.account_sid
        FROM hookswitch.calls_of_contact(address) AS call
        UNION
        -- Of two legs Twilio names the first as the recorded one, whoever the other belongs to.
        SELECT call.parent_sid, call.account_sid
        FROM hookswitch.calls_of_contact(address) AS call
        WHERE call.parent_sid IS NOT NULL
    ) AS recorded
        ON recorded.sid = recording.call_sid
        AND recorded.account_sid = recording.account_sid
    UNION ALL
    SELECT DISTINCT
        event.recording_sid,
        event.account_sid,
        NULL::text,
        event.room_sid,
        'https://video.twilio.com/v1/Recordings/' || event.recording_sid
    FROM hookswitch.room_events AS event
    JOIN (
        SELECT DISTINCT track.track_sid, track.account_sid
        FROM hookswitch.room_events AS track
        WHERE hookswitch.is_contact(track.participant_identity, key, pattern)
            AND track.track_sid IS NOT NULL
    ) AS own
        ON own.track_sid = event.metadata ->> 'SourceSid'
        AND own.account_sid = event.account_sid
    WHERE event.recording_sid IS NOT NULL;
END
$$;

COMMENT ON FUNCTION hookswitch.recordings_of_contact(text) IS
    'Recordings in which a person can be heard or seen: of calls, and of the person''s tracks in'
    ' video rooms. To be asked before erase_contact: Twilio keeps them until they are deleted there.';

CREATE OR REPLACE FUNCTION hookswitch.erase_contact(address text)
RETURNS TABLE (table_name text, erased bigint)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    key text := hookswitch.contact_key(address);
    core text := hookswitch.contact_core(address);
    pattern text := hookswitch.contact_pattern(address);
    is_number boolean := key ~ '^[0-9]+$';
    -- SIDs and event keys, each with its account after it.
    found_calls text[];
    found_recordings text[];
    found_messages text[];
    found_participants text[];
    found_tracks text[];
    found_room_events text[];
    found_events text[];
    found_debugger_events text[];
    found_mentions text[] := '{}';
    subjects text[];
    session record;
    n bigint;
BEGIN
    IF EXISTS (
        SELECT FROM hookswitch.channels AS channel
        WHERE hookswitch.contact_key(channel.address) = key
    ) THEN
        RAISE EXCEPTION 'the address % is one of ours', quote_literal(address)
            USING
                ERRCODE = 'invalid_parameter_value',
                HINT = 'Everything that went over it would be erased. It is in table channels.';
    END IF;

    -- First everything is looked for, which takes long: as long as nothing has been written, nobody
    -- waits for this transaction, the live feed neither.
    found_calls := ARRAY(
        SELECT call.sid || ' ' || call.account_sid FROM hookswitch.calls_of_contact(address) AS call
    );
    found_recordings := ARRAY(
        SELECT recording.sid || ' ' || recording.account_sid
        FROM hookswitch.recordings_of_contact(address) AS recording
    );
    found_messages := ARRAY(
        SELECT message.sid || ' ' || message.account_sid
        FROM hookswitch.messages AS message
        WHERE hookswitch.is_contact(message.from_address, key, pattern)
            OR hookswitch.is_contact(message.to_address, key, pattern)
            OR message.wa_id = key
    );
    found_participants := ARRAY(
        SELECT participant.sid || ' ' || participant.account_sid
        FROM hookswitch.room_participants AS participant
        WHERE hookswitch.is_contact(participant.identity, key, pattern)
        UNION
        SELECT event.participant_sid || ' ' || event.account_sid
        FROM hookswitch.room_events AS event
        WHERE hookswitch.is_contact(event.participant_identity, key, pattern)
            AND event.participant_sid IS NOT NULL
    );
    found_tracks := ARRAY(
        SELECT DISTINCT event.track_sid || ' ' || event.account_sid
        FROM hookswitch.room_events AS event
        WHERE event.track_sid IS NOT NULL
            AND event.participant_sid || ' ' || event.account_sid = ANY (found_participants)
    );
    found_room_events := ARRAY(
        SELECT encode(event.event_key, 'hex') || ' ' || event.account_sid
        FROM hookswitch.room_events AS event
        WHERE hookswitch.is_contact(event.participant_identity, key, pattern)
            OR event.participant_sid || ' ' || event.account_sid = ANY (found_participants)
            OR event.track_sid || ' ' || event.account_sid = ANY (found_tracks)
            OR (event.metadata ->> 'SourceSid') || ' ' || event.account_sid = ANY (found_tracks)
            OR event.metadata::text ~ pattern
    );
    subjects := found_calls || found_recordings || found_messages || found_participants;
    found_events := ARRAY(
        SELECT encode(event.event_key, 'hex') || ' ' || event.account_sid
        FROM hookswitch.webhook_events AS event
        WHERE event.subject_sid || ' ' || event.account_sid = ANY (subjects)
            OR (event.params ->> 'CallSid') || ' ' || event.account_sid = ANY (subjects)
            OR (event.params ->> 'MessageSid') || ' ' || event.account_sid = ANY (subjects)
            OR (event.params ->> 'ParticipantSid') || ' ' || event.account_sid = ANY (subjects)
            -- This is what the time goes into, and no index could help: so first what is cheap.
            OR (
                concat_ws(' ', event.params, event.idempotency_token) ~ core
                AND concat_ws(' ', event.params, event.idempotency_token) ~ pattern
            )
            OR encode(event.raw_body, 'escape') ~ pattern
            OR encode(event.event_key, 'hex') || ' ' || event.account_sid = ANY (found_room_events)
    );
    found_debugger_events := ARRAY(
        SELECT event.sid || ' ' || event.account_sid
        FROM hookswitch.debugger_events AS event
        WHERE to_jsonb(event)::text ~ pattern
            OR event.resource_sid || ' ' || event.account_sid = ANY (subjects)
    );
    IF is_number THEN
        found_mentions := ARRAY(
            SELECT message.sid || ' ' || message.account_sid
            FROM hookswitch.messages AS message
            WHERE message.body ~ pattern
                AND message.sid || ' ' || message.account_sid <> ALL (found_messages)
        );
    END IF;

    -- Nobody may put a message into a session that goes.
    FOR session IN
        SELECT known.channel_id, known.contact_address
        FROM hookswitch.sessions AS known
        WHERE hookswitch.is_contact(known.contact_address, key, pattern)
        ORDER BY known.channel_id, known.contact_address
    LOOP
        PERFORM hookswitch.lock_contact(session.channel_id, session.contact_address);
    END LOOP;

    DELETE FROM hookswitch.calls AS call
    WHERE call.sid || ' ' || call.account_sid = ANY (found_calls);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('calls', n);

    DELETE FROM hookswitch.debugger_events AS event
    WHERE event.sid || ' ' || event.account_sid = ANY (found_debugger_events);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('debugger_events', n);

    DELETE FROM hookswitch.message_media AS media
    WHERE media.message_sid || ' ' || media.account_sid = ANY (found_messages);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('message_media', n);

    DELETE FROM hookswitch.messages AS message
    WHERE message.sid || ' ' || message.account_sid = ANY (found_messages);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('messages', n);

    -- Others wrote these.
    UPDATE hookswitch.messages AS message
    SET body = regexp_replace(message.body, pattern, '\1[erased]', 'g')
    WHERE message.sid || ' ' || message.account_sid = ANY (found_mentions);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('messages.body', n);

    DELETE FROM hookswitch.opt_outs AS opt_out
    WHERE hookswitch.is_contact(opt_out.contact_address, key, pattern);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('opt_outs', n);

    DELETE FROM hookswitch.recordings AS recording
    WHERE recording.sid || ' ' || recording.account_sid = ANY (found_recordings);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('recordings', n);

    DELETE FROM hookswitch.room_events AS event
    WHERE encode(event.event_key, 'hex') || ' ' || event.account_sid = ANY (found_room_events);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('room_events', n);

    DELETE FROM hookswitch.room_participants AS participant
    WHERE participant.sid || ' ' || participant.account_sid = ANY (found_participants);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('room_participants', n);

    -- The room is also others'.
    UPDATE hookswitch.rooms AS room
    SET name = regexp_replace(room.name, pattern, '\1[erased]', 'g')
    WHERE is_number
        AND room.name ~ pattern;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('rooms.name', n);

    DELETE FROM hookswitch.sessions AS known
    WHERE hookswitch.is_contact(known.contact_address, key, pattern);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('sessions', n);

    DELETE FROM hookswitch.webhook_events AS event
    USING unnest(found_events) AS found (key_and_account)
    WHERE event.event_key = decode(split_part(found.key_and_account, ' ', 1), 'hex')
        AND event.account_sid = split_part(found.key_and_account, ' ', 2);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN QUERY VALUES ('webhook_events', n);
END
$$;

COMMENT ON FUNCTION hookswitch.erase_contact(text) IS
    'Erases a person, by number or by client: or sip: address, wherever it is in these tables and'
    ' however it is spelt: with calls, messages, recordings, sessions and opt-outs, and with every'
    ' webhook that names it. In messages of others the number is blotted out. What waits in the'
    ' spool should be replayed before, and what is noted beside it is not known here: hookswitch'
    ' erase sees to both. recordings_of_contact tells what is left at Twilio.';

REVOKE ALL ON FUNCTION hookswitch.erase_contact(text) FROM PUBLIC;
