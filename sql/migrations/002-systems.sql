-- 002-systems.sql: what the systems that move over need beside tables of what happened:
-- conversations, replies, opt-outs, appointments, and what an operator asks. Run by install.sql.
--
-- Endpoints of version 1 can go on running meanwhile: every column they do not know has a default.

-- Ledger

ALTER TABLE hookswitch.webhook_events
    ADD COLUMN kind text NOT NULL DEFAULT 'other';

-- By changing its type, which writes the table anew once; an update would leave each row behind a
-- second time. What an endpoint of version 1 stored is told apart by its content as now, as far as
-- its parameters go; what it answered is told by its endpoint.
ALTER TABLE hookswitch.webhook_events
    ALTER COLUMN kind TYPE text USING CASE
        WHEN params ? 'CompositionSid' THEN 'video-composition'
        WHEN params ? 'RoomSid' THEN 'video-room'
        WHEN params ? 'RecordingStatus' AND params ? 'RecordingSid' THEN 'recording-status'
        WHEN params ? 'ConferenceSid' AND params ? 'StatusCallbackEvent' THEN 'conference'
        WHEN params ? 'TranscriptionSid' THEN 'transcription'
        WHEN params ?& ARRAY['Level', 'Payload'] THEN 'debugger'
        WHEN params ? 'MessageSid' AND endpoint IN ('sms', 'whatsapp') THEN 'message'
        WHEN params ?| ARRAY['MessageStatus', 'MessageSid'] THEN 'message-status'
        WHEN NOT params ? 'CallSid' THEN 'other'
        WHEN endpoint = 'voice' AND params ?| ARRAY[
            'DialCallStatus', 'DialCallSid', 'RecordingUrl', 'Digits', 'SpeechResult'
        ] THEN 'call-action'
        WHEN endpoint = 'voice' THEN 'call'
        WHEN params ? 'AnsweredBy' AND NOT params ? 'CallStatus' THEN 'answering-machine-detection'
        ELSE 'call-status'
    END;

COMMENT ON COLUMN hookswitch.webhook_events.kind IS
    'What it is by its content: call, call-action, call-status, answering-machine-detection,'
    ' message, message-status, recording-status, video-room, video-composition, conference,'
    ' transcription, debugger or other. One endpoint may take several.';
COMMENT ON COLUMN hookswitch.webhook_events.endpoint IS
    'Program that took it: voice, sms, whatsapp, status, recording, video-room or webhook.';

-- Channels

ALTER TABLE hookswitch.channels
    DROP CONSTRAINT channels_address_account_sid_key,
    ADD COLUMN session_timeout interval NOT NULL DEFAULT '24 hours',
    ADD COLUMN language text,
    ADD COLUMN quiet_from time,
    ADD COLUMN quiet_until time,
    ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
    -- No later: the time of any message, less this, has to be one that PostgreSQL can hold.
    ADD CONSTRAINT channels_session_timeout_check
        CHECK (session_timeout > interval '0' AND session_timeout <= interval '10 years');
ALTER TABLE hookswitch.sessions
    DROP CONSTRAINT sessions_channel_id_contact_address_account_sid_key;

-- Two spellings of one number were two channels so far. The older one stays.
WITH same AS (
    SELECT
        id,
        min(id) OVER (
            PARTITION BY
                hookswitch.bare_address(address),
                hookswitch.channel_type(communication_type, address),
                account_sid
        ) AS kept
    FROM hookswitch.channels
),
messages_moved AS (
    UPDATE hookswitch.messages
    SET channel_id = same.kept
    FROM same
    WHERE channel_id = same.id AND same.id <> same.kept
),
sessions_moved AS (
    UPDATE hookswitch.sessions
    SET channel_id = same.kept
    FROM same
    WHERE channel_id = same.id AND same.id <> same.kept
)
DELETE FROM hookswitch.channels
USING same
WHERE channels.id = same.id AND same.id <> same.kept;

CREATE UNIQUE INDEX channels_address ON hookswitch.channels (
    hookswitch.bare_address(address),
    hookswitch.channel_type(communication_type, address),
    account_sid
);

COMMENT ON TABLE hookswitch.channels IS
    'The numbers and addresses we answer on. One that is not here is added when something comes to'
    ' it.';
COMMENT ON COLUMN hookswitch.channels.address IS
    'Our address, with or without the prefix that Twilio writes: +15551230001,'
    ' whatsapp:+15551230001, ...';
COMMENT ON COLUMN hookswitch.channels.communication_type IS
    'sms, whatsapp, rcs, messenger, ... for messages, voice for calls; a number that does both has'
    ' two channels. NULL for what the prefix of the address says: sms if there is none.';
COMMENT ON COLUMN hookswitch.channels.session_timeout IS
    'A session ends when nothing came from the contact for so long. A new value counts for what'
    ' comes from now on.';
COMMENT ON COLUMN hookswitch.channels.language IS
    'Language of its automatic replies, as in auto_replies; NULL for those of no language only.';
COMMENT ON COLUMN hookswitch.channels.quiet_from IS
    'Time of day when its quiet hours begin; NULL for no quiet hours.';
COMMENT ON COLUMN hookswitch.channels.quiet_until IS
    'Time of day when its quiet hours end; if earlier than quiet_from, on the next day. NULL, or'
    ' the same as quiet_from, for no quiet hours.';
COMMENT ON COLUMN hookswitch.channels.time_zone IS
    'Where those times are told, such as Europe/Berlin; a name that PostgreSQL does not know counts'
    ' as UTC.';

-- Sessions

ALTER TABLE hookswitch.messages ADD COLUMN received_at timestamptz;
UPDATE hookswitch.messages SET received_at = created_at WHERE session_id IS NOT NULL;

CREATE INDEX messages_session_id ON hookswitch.messages (session_id, received_at)
    WHERE session_id IS NOT NULL;
-- For what we wrote to a contact; addresses have no length that surely fits into an index.
CREATE INDEX messages_to_address ON hookswitch.messages (left(to_address, 255), created_at)
    WHERE direction = 'outbound';

COMMENT ON COLUMN hookswitch.messages.received_at IS
    'When a message came in, by which its session goes: the time of the earliest webhook that'
    ' brought it, whatever status callbacks tell. NULL for one without a session.';
COMMENT ON COLUMN hookswitch.messages.channel_id IS
    'Channel of ours that an inbound message came to; NULL for an outbound one.';
COMMENT ON COLUMN hookswitch.messages.session_id IS
    'Session that an inbound message belongs to; NULL for an outbound one: see session_messages.';

ALTER TABLE hookswitch.sessions
    ADD COLUMN started_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN closed_at timestamptz;

-- One for each contact and channel so far; two of one contact are left where two channels were one.
WITH same AS (
    SELECT id, min(id) OVER (PARTITION BY channel_id, contact_address, account_sid) AS kept
    FROM hookswitch.sessions
),
messages_moved AS (
    UPDATE hookswitch.messages
    SET session_id = same.kept
    FROM same
    WHERE session_id = same.id AND same.id <> same.kept
)
DELETE FROM hookswitch.sessions
USING same
WHERE sessions.id = same.id AND same.id <> same.kept;

UPDATE hookswitch.sessions
SET started_at = coalesce(
    (SELECT min(received_at) FROM hookswitch.messages WHERE session_id = sessions.id),
    created_at,
    started_at
);

CREATE UNIQUE INDEX sessions_contact
    ON hookswitch.sessions (channel_id, contact_address, started_at, account_sid);
CREATE INDEX sessions_started_at ON hookswitch.sessions (started_at);

COMMENT ON TABLE hookswitch.sessions IS
    'Conversations of a contact on a channel: messages in between which no more time passed than'
    ' the channel''s session_timeout, and which no closing divides. How a session stands is asked'
    ' of its messages: see session_overview.';
COMMENT ON COLUMN hookswitch.sessions.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.sessions.started_at IS
    'When its first message came in, or when the application opened it.';
COMMENT ON COLUMN hookswitch.sessions.closed_at IS
    'When the application closed it, which is for the application to set; what comes later begins'
    ' another session. NULL if it did not.'
    ' Each that is closed is locked until the transaction ends: for more than some hundreds there is'
    ' close_sessions.';

-- Opt-outs

CREATE TABLE hookswitch.opt_outs (
    contact_address text NOT NULL,
    channel_id bigint NOT NULL,
    account_sid text NOT NULL,
    stopped_at timestamptz,
    started_at timestamptz,
    is_opted_out boolean NOT NULL
        GENERATED ALWAYS AS (coalesce(stopped_at > started_at, stopped_at IS NOT NULL)) STORED,
    PRIMARY KEY (contact_address, channel_id, account_sid)
);

COMMENT ON TABLE hookswitch.opt_outs IS
    'Who has told us to stop writing, or to start again: contacts without a row never said either.';
COMMENT ON COLUMN hookswitch.opt_outs.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.opt_outs.channel_id IS 'Channel it was told on, and for.';
COMMENT ON COLUMN hookswitch.opt_outs.account_sid IS
    'Twilio account (AC...) the channel belongs to.';
COMMENT ON COLUMN hookswitch.opt_outs.stopped_at IS
    'When the contact last told us to stop; NULL if never.';
COMMENT ON COLUMN hookswitch.opt_outs.started_at IS
    'When the contact last told us to start; NULL if never.';
COMMENT ON COLUMN hookswitch.opt_outs.is_opted_out IS
    'Whether the contact wants no messages: told to stop later than to start, or never to start.';

-- Automatic replies

ALTER TABLE hookswitch.campaigns ADD COLUMN voice_twiml text;

COMMENT ON COLUMN hookswitch.campaigns.voice_twiml IS
    'Script of its calls: the TwiML that answers a call whose URL has its id as campaignId, with'
    ' placeholders such as {To} for parameters of the request. NULL for none.';

CREATE TABLE hookswitch.auto_replies (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    account_sid text NOT NULL,
    channel_id bigint REFERENCES hookswitch.channels (id) ON DELETE CASCADE,
    communication_type text,
    keyword text,
    language text,
    quiet boolean NOT NULL DEFAULT false,
    twiml text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id),
    CONSTRAINT auto_replies_place_check CHECK (channel_id IS NULL OR communication_type IS NULL),
    CONSTRAINT auto_replies_keyword_check
        CHECK (hookswitch.keyword(keyword) <> '' AND length(keyword) <= 255)
);

-- No two that are equally good.
CREATE UNIQUE INDEX auto_replies_place ON hookswitch.auto_replies (
    account_sid,
    coalesce(channel_id, 0),
    hookswitch.keyword(coalesce(communication_type, '')),
    hookswitch.keyword(coalesce(keyword, '')),
    hookswitch.keyword(coalesce(language, '')),
    quiet
) WHERE is_active;

COMMENT ON TABLE hookswitch.auto_replies IS
    'What messages and calls are answered with. Of those that fit, one with a keyword comes before'
    ' one without, that of the channel before that of its type and that of the account, that of'
    ' the channel''s language before that of none. Where none fits a reply file answers.';
COMMENT ON COLUMN hookswitch.auto_replies.id IS 'Number of the reply.';
COMMENT ON COLUMN hookswitch.auto_replies.account_sid IS 'Twilio account (AC...) that answers.';
COMMENT ON COLUMN hookswitch.auto_replies.channel_id IS
    'Channel that answers; NULL for all channels of communication_type.';
COMMENT ON COLUMN hookswitch.auto_replies.communication_type IS
    'sms, whatsapp, ..., or voice for calls; NULL for messages of any type, but not for calls, to'
    ' which a <Message> would be an error.';
COMMENT ON COLUMN hookswitch.auto_replies.keyword IS
    'Text of the messages that it answers, or their first word, in capitals or not; START or HELP'
    ' for all words that mean these. NULL for the general reply: to any other message, and to'
    ' calls.';
COMMENT ON COLUMN hookswitch.auto_replies.language IS
    'Language of a channel that it answers for; NULL for any. Channels of another never use it.';
COMMENT ON COLUMN hookswitch.auto_replies.quiet IS
    'Whether it answers in the channel''s quiet hours, and then only, or outside, and then only.';
COMMENT ON COLUMN hookswitch.auto_replies.twiml IS
    'TwiML document, with placeholders such as {Body} for parameters of the request.';
COMMENT ON COLUMN hookswitch.auto_replies.is_active IS
    'Whether it answers at all; false to keep it for another time.';
COMMENT ON COLUMN hookswitch.auto_replies.created_at IS 'When the row was made.';

-- Settings

CREATE TABLE hookswitch.settings (
    name text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (name)
);

COMMENT ON TABLE hookswitch.settings IS
    'What can be set in the database. appointment_pattern: regular expression that finds the number'
    ' of the appointment in the name of a room, in its first group; for rooms that are heard of'
    ' from now on. stuck_call_after: a call that was not answered and has been silent for so long'
    ' is in stuck_calls; stuck_call_in_progress_after: one that was.';
COMMENT ON COLUMN hookswitch.settings.name IS 'Name of the setting; there are no others.';
COMMENT ON COLUMN hookswitch.settings.value IS
    'Its value. One that cannot be used is refused.';

-- Video

ALTER TABLE hookswitch.room_events
    ADD COLUMN room_name text,
    ADD COLUMN received_at timestamptz;

UPDATE hookswitch.room_events AS told
SET
    room_name = coalesce(told.metadata -> 'RoomName' ->> 0, told.metadata ->> 'RoomName'),
    metadata = told.metadata - 'RoomName',
    received_at = (
        SELECT event.received_at
        FROM hookswitch.webhook_events AS event
        WHERE event.event_key = told.event_key AND event.account_sid = told.account_sid
    );

CREATE INDEX room_events_occurred_at ON hookswitch.room_events (occurred_at);

COMMENT ON COLUMN hookswitch.room_events.room_name IS
    'Name of the room, as the application gave it.';
COMMENT ON COLUMN hookswitch.room_events.received_at IS
    'When the webhook reached this server; NULL if it is no longer in webhook_events.';

-- Calls

CREATE INDEX calls_updated_at ON hookswitch.calls (updated_at) WHERE ended_at IS NULL;

-- Debugger

-- For webhook_health, which skips from one kind to the next and from there to its latest. Not with
-- the account first: until statistics are there, it could be taken for the way to an event's key.
CREATE INDEX webhook_events_kind
    ON hookswitch.webhook_events (kind, endpoint, account_sid, received_at);

CREATE TABLE hookswitch.debugger_events (
    sid text NOT NULL,
    account_sid text NOT NULL,
    parent_account_sid text,
    level text,
    error_code integer,
    message text,
    resource_sid text,
    service_sid text,
    url text,
    method text,
    response_status integer,
    occurred_at timestamptz NOT NULL,
    payload jsonb,
    PRIMARY KEY (sid, account_sid)
);

CREATE INDEX debugger_events_occurred_at
    ON hookswitch.debugger_events (account_sid, occurred_at) WHERE url IS NOT NULL;

COMMENT ON TABLE hookswitch.debugger_events IS
    'What Twilio''s debugger reported: errors and warnings, among them those that Twilio met when'
    ' it asked our endpoints.';
COMMENT ON COLUMN hookswitch.debugger_events.sid IS 'Twilio''s SID of the report (NO...).';
COMMENT ON COLUMN hookswitch.debugger_events.account_sid IS
    'Twilio account (AC...) the report is of.';
COMMENT ON COLUMN hookswitch.debugger_events.parent_account_sid IS
    'Account that this one belongs to, if it is a sub-account.';
COMMENT ON COLUMN hookswitch.debugger_events.level IS 'ERROR or WARNING.';
COMMENT ON COLUMN hookswitch.debugger_events.error_code IS
    'Twilio''s error code, such as 11200; table twilio_errors explains the common ones.';
COMMENT ON COLUMN hookswitch.debugger_events.message IS 'Words for the error.';
COMMENT ON COLUMN hookswitch.debugger_events.resource_sid IS
    'Call, message or other thing it happened to.';
COMMENT ON COLUMN hookswitch.debugger_events.service_sid IS 'Service that belongs to, if any.';
COMMENT ON COLUMN hookswitch.debugger_events.url IS
    'URL that Twilio asked, as it is set in the console; NULL where none was asked.';
COMMENT ON COLUMN hookswitch.debugger_events.method IS 'GET or POST.';
COMMENT ON COLUMN hookswitch.debugger_events.response_status IS
    'Status code of the answer; NULL if there was none.';
COMMENT ON COLUMN hookswitch.debugger_events.occurred_at IS 'When it happened.';
COMMENT ON COLUMN hookswitch.debugger_events.payload IS
    'All that was reported, headers and parameters of the request among it. NULL if it was not JSON'
    ' that PostgreSQL can hold: it is in the ledger''s params as it came.';
