-- functions.sql: the merge rules. Run by install.sql, every time.
--
-- All are single expressions without STRICT and without SET, so that the planner can inline them. A
-- function stands before the ones that use it: bodies are resolved when they are made.
--
-- Every order of arrival must give the same row, also where two webhooks tell different values. Of
-- two numbers greatest() keeps the greater one, of two times least() or greatest() the one that the
-- column asks for; texts are merged below. All of them keep a value over NULL.
--
-- A rank says how far something has come. Nothing known ranks -1. A status that is not in the list
-- is a new one of Twilio's: it ranks just below the final ones, and of two such the greater text
-- wins, only so that the order of arrival does not matter. The one exception: of two different
-- final statuses the first one stays, unless SequenceNumber tells which is the later one.

-- Texts

CREATE OR REPLACE FUNCTION hookswitch.merged_text(known text, other text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(known, other COLLATE "C");

COMMENT ON FUNCTION hookswitch.merged_text(text, text) IS
    'The one that is not NULL; of two the greater one, only so that the order does not matter.';

CREATE OR REPLACE FUNCTION hookswitch.merged_text(known text, other text, weak text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(
    greatest(nullif(known, weak), nullif(other, weak) COLLATE "C"),
    known,
    other
);

COMMENT ON FUNCTION hookswitch.merged_text(text, text, text) IS
    'The same for texts of which one is weak, such as unknown: it loses against any other.';

-- Ledger

CREATE OR REPLACE FUNCTION hookswitch.new_event(key bytea, account text)
RETURNS TABLE (account_sid text, occurred_at timestamptz)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1
AS $$
    -- Unsafe in parallel only because the transaction's number is.
    SELECT event.account_sid, event.occurred_at
    FROM hookswitch.webhook_events AS event
    WHERE event.event_key = key
        AND event.account_sid = account
        AND event.xid = pg_catalog.pg_current_xact_id_if_assigned()
$$;

COMMENT ON FUNCTION hookswitch.new_event(bytea, text) IS
    'The webhook of that key if this very transaction wrote it; no row if it was known before.';

CREATE OR REPLACE FUNCTION hookswitch.param(params jsonb, name text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN nullif(
    CASE jsonb_typeof(params -> name)
        WHEN 'array' THEN params -> name ->> 0
        ELSE params ->> name
    END,
    ''
);

COMMENT ON FUNCTION hookswitch.param(jsonb, text) IS
    'Value of a webhook parameter, the first one if it was repeated; NULL if absent or empty.';

-- Calls

CREATE OR REPLACE FUNCTION hookswitch.call_has_ended(status text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN status IN ('completed', 'busy', 'failed', 'no-answer', 'canceled');

COMMENT ON FUNCTION hookswitch.call_has_ended(text) IS
    'Whether a call status is a final one; NULL for NULL.';

CREATE OR REPLACE FUNCTION hookswitch.call_status_rank(status text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN status IS NULL THEN -1
    WHEN status = 'queued' THEN 0
    WHEN status = 'initiated' THEN 1
    WHEN status = 'ringing' THEN 2
    WHEN status = 'in-progress' THEN 3
    WHEN hookswitch.call_has_ended(status) THEN 5
    ELSE 4
END;

COMMENT ON FUNCTION hookswitch.call_status_rank(text) IS
    'How far a call has come: 0 queued to 3 in-progress, 4 unknown status, 5 ended; -1 for NULL.';

CREATE OR REPLACE FUNCTION hookswitch.call_status_wins(
    known text, known_sequence integer, other text, other_sequence integer
)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.call_status_rank(other) <> hookswitch.call_status_rank(known)
        THEN hookswitch.call_status_rank(other) > hookswitch.call_status_rank(known)
    WHEN hookswitch.call_status_rank(other) = 4
        THEN other > known COLLATE "C"
    WHEN hookswitch.call_status_rank(other) = 5 AND other <> known
        THEN coalesce(other_sequence, -1) > coalesce(known_sequence, -1)
    ELSE false
END;

COMMENT ON FUNCTION hookswitch.call_status_wins(text, integer, text, integer) IS
    'Whether the other call status replaces the known one. Of two different final ones the one with'
    ' the higher SequenceNumber does.';

CREATE OR REPLACE FUNCTION hookswitch.merged_call_status(
    known text, known_sequence integer, other text, other_sequence integer
)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.call_status_wins(known, known_sequence, other, other_sequence) THEN other
    ELSE known
END;

COMMENT ON FUNCTION hookswitch.merged_call_status(text, integer, text, integer) IS
    'Status of a call that was known in one status and is told to be in the other.';

CREATE OR REPLACE FUNCTION hookswitch.merged_call_sequence(
    known text, known_sequence integer, other text, other_sequence integer
)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.call_status_wins(known, known_sequence, other, other_sequence)
        THEN other_sequence
    -- The same status told twice, as by a callback and by a request for TwiML.
    WHEN other = known THEN greatest(known_sequence, other_sequence)
    ELSE known_sequence
END;

COMMENT ON FUNCTION hookswitch.merged_call_sequence(text, integer, text, integer) IS
    'SequenceNumber that goes with merged_call_status.';

-- Messages

CREATE OR REPLACE FUNCTION hookswitch.message_status_rank(status text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN status IS NULL THEN -1
    WHEN status IN ('scheduled', 'receiving') THEN 0
    WHEN status = 'accepted' THEN 1
    WHEN status = 'queued' THEN 2
    WHEN status = 'sending' THEN 3
    WHEN status = 'sent' THEN 4
    WHEN status = 'partially_delivered' THEN 5
    WHEN status IN ('delivered', 'undelivered', 'failed', 'canceled', 'received') THEN 7
    WHEN status = 'read' THEN 8
    ELSE 6
END;

COMMENT ON FUNCTION hookswitch.message_status_rank(text) IS
    'How far a message has come: 0 scheduled to 4 sent, 5 partially_delivered, 6 unknown status,'
    ' 7 delivered, undelivered, failed, canceled or received, 8 read; -1 for NULL.';

CREATE OR REPLACE FUNCTION hookswitch.merged_message_status(known text, other text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.message_status_rank(other) > hookswitch.message_status_rank(known) THEN other
    WHEN hookswitch.message_status_rank(other) < hookswitch.message_status_rank(known) THEN known
    -- Below the final ones the order must not matter; of two final ones the first stays.
    WHEN hookswitch.message_status_rank(other) < 7 AND other > known COLLATE "C" THEN other
    ELSE known
END;

COMMENT ON FUNCTION hookswitch.merged_message_status(text, text) IS
    'Status of a message that was known in one status and is told to be in the other.';

CREATE OR REPLACE FUNCTION hookswitch.merged_message_direction(known text, other text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- As texts, the lesser one is inbound.
RETURN least(known, other COLLATE "C");

COMMENT ON FUNCTION hookswitch.merged_message_direction(text, text) IS
    'Direction of a message that two webhooks tell of: what came in is inbound, whatever another'
    ' says of it.';

-- Channels

CREATE OR REPLACE FUNCTION hookswitch.channel_of(account text, type text, address text)
RETURNS TABLE (
    id bigint,
    session_timeout interval,
    language text,
    quiet_from time,
    quiet_until time,
    time_zone text
)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
AS $$
    SELECT
        channel.id,
        channel.session_timeout,
        channel.language,
        channel.quiet_from,
        channel.quiet_until,
        channel.time_zone
    FROM hookswitch.channels AS channel
    WHERE hookswitch.bare_address(channel.address) = hookswitch.bare_address(channel_of.address)
        AND hookswitch.channel_type(channel.communication_type, channel.address) = type
        AND channel.account_sid = account
$$;

COMMENT ON FUNCTION hookswitch.channel_of(text, text, text) IS
    'The channel of an account that takes what comes to an address of ours: for calls of type'
    ' voice, for messages of the type that communication_type tells. No row if there is none.';

CREATE OR REPLACE FUNCTION hookswitch.channel_name(channel bigint)
RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT
        hookswitch.channel_type(found.communication_type, found.address)
            || ':' || hookswitch.bare_address(found.address)
    FROM hookswitch.channels AS found
    WHERE found.id = channel
$$;

COMMENT ON FUNCTION hookswitch.channel_name(bigint) IS
    'Type and address of a channel, by which channels can be told apart whichever came first.';

CREATE OR REPLACE FUNCTION hookswitch.merged_channel(known bigint, other bigint)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE
    WHEN known IS NULL OR other IS NULL OR known = other THEN coalesce(known, other)
    WHEN hookswitch.channel_name(known) > hookswitch.channel_name(other) COLLATE "C" THEN known
    ELSE other
END;

COMMENT ON FUNCTION hookswitch.merged_channel(bigint, bigint) IS
    'Channel of a message that two webhooks tell of; of two the greater one by its name, only so'
    ' that the order does not matter.';

-- Recordings

CREATE OR REPLACE FUNCTION hookswitch.recording_status_rank(status text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN status IS NULL THEN -1
    WHEN status = 'in-progress' THEN 0
    WHEN status = 'paused' THEN 1
    WHEN status = 'stopped' THEN 2
    WHEN status = 'processing' THEN 3
    WHEN status IN ('completed', 'absent', 'failed') THEN 5
    WHEN status = 'deleted' THEN 6
    ELSE 4
END;

COMMENT ON FUNCTION hookswitch.recording_status_rank(text) IS
    'How far a recording has come: 0 in-progress to 3 processing, 4 unknown status, 5 completed,'
    ' absent or failed, 6 deleted; -1 for NULL.';

CREATE OR REPLACE FUNCTION hookswitch.merged_recording_status(known text, other text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.recording_status_rank(other) > hookswitch.recording_status_rank(known)
        THEN other
    WHEN hookswitch.recording_status_rank(other) < hookswitch.recording_status_rank(known)
        THEN known
    WHEN hookswitch.recording_status_rank(other) = 4 AND other > known COLLATE "C" THEN other
    ELSE known
END;

COMMENT ON FUNCTION hookswitch.merged_recording_status(text, text) IS
    'Status of a recording that was known in one status and is told to be in the other.';

-- Video rooms

CREATE OR REPLACE FUNCTION hookswitch.room_status_rank(status text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN status IS NULL THEN -1
    WHEN status = 'in-progress' THEN 0
    WHEN status IN ('completed', 'failed') THEN 2
    ELSE 1
END;

COMMENT ON FUNCTION hookswitch.room_status_rank(text) IS
    'How far a video room has come: 0 in-progress, 1 unknown status, 2 completed or failed;'
    ' -1 for NULL.';

CREATE OR REPLACE FUNCTION hookswitch.merged_room_status(known text, other text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN hookswitch.room_status_rank(other) > hookswitch.room_status_rank(known) THEN other
    WHEN hookswitch.room_status_rank(other) < hookswitch.room_status_rank(known) THEN known
    WHEN hookswitch.room_status_rank(other) = 1 AND other > known COLLATE "C" THEN other
    ELSE known
END;

COMMENT ON FUNCTION hookswitch.merged_room_status(text, text) IS
    'Status of a video room that was known in one status and is told to be in the other.';

-- Debugger

CREATE OR REPLACE FUNCTION hookswitch.json_of(text text)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CAST(text AS jsonb);
-- Not JSON, or a number, a character or a depth that PostgreSQL cannot hold.
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION hookswitch.json_of(text) IS
    'A text as JSON; NULL if it is none, or none that PostgreSQL can hold.';

CREATE OR REPLACE FUNCTION hookswitch.integer_of(text text)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- 9 digits are what an integer holds for sure.
RETURN CASE WHEN text ~ '^-?[0-9]{1,9}$' THEN CAST(text AS integer) END;

COMMENT ON FUNCTION hookswitch.integer_of(text) IS 'A text as a number; NULL if it is none.';
