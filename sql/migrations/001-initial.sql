-- 001-initial.sql: all tables. Run by install.sql.
--
-- Keys: the SID comes first, so that a look-up by SID alone uses the primary key; the account is in
-- every key of a webhook table, so no account can touch another's rows.
-- There are no foreign keys between these tables because webhooks arrive in any order, and no CHECK
-- on SIDs or statuses because a signed request is never refused for its content.

-- Ledger

CREATE TABLE hookswitch.webhook_events (
    event_key bytea NOT NULL,
    account_sid text NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    endpoint text NOT NULL,
    subject_sid text,
    received_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    params jsonb NOT NULL,
    raw_body bytea,
    idempotency_token text,
    source text NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (event_key, account_sid)
);

CREATE INDEX webhook_events_received_at ON hookswitch.webhook_events (received_at);
CREATE INDEX webhook_events_subject_sid ON hookswitch.webhook_events (subject_sid)
    WHERE subject_sid IS NOT NULL;

COMMENT ON TABLE hookswitch.webhook_events IS
    'Every verified webhook once, with all it carried; the other tables are made from it.';
COMMENT ON COLUMN hookswitch.webhook_events.event_key IS
    'SHA-256 of the endpoint and the sorted signed parameters; a repeat has the same.';
COMMENT ON COLUMN hookswitch.webhook_events.account_sid IS
    'Twilio account (AC...) whose signature the request carried.';
COMMENT ON COLUMN hookswitch.webhook_events.id IS
    'Number of the row. Given out before commit, so rows may become visible out of order.';
COMMENT ON COLUMN hookswitch.webhook_events.endpoint IS
    'Kind of webhook: voice, sms, whatsapp, status, recording, video-room.';
COMMENT ON COLUMN hookswitch.webhook_events.subject_sid IS
    'SID of what it speaks of: call, message, recording or room; NULL where it names none.';
COMMENT ON COLUMN hookswitch.webhook_events.received_at IS
    'When the request reached this server.';
COMMENT ON COLUMN hookswitch.webhook_events.occurred_at IS
    'When it happened: the webhook''s own Timestamp, or received_at where it has none.';
COMMENT ON COLUMN hookswitch.webhook_events.params IS
    'All parameters by name, values as text; a repeated name holds an array of its values.';
COMMENT ON COLUMN hookswitch.webhook_events.raw_body IS
    'The request''s body (of a GET, its query), byte for byte; kept only where params cannot show it:'
    ' NUL or invalid UTF-8 in a form, and JSON.';
COMMENT ON COLUMN hookswitch.webhook_events.idempotency_token IS
    'Header I-Twilio-Idempotency-Token. Unsigned: a hint that links retries, never a key.';
COMMENT ON COLUMN hookswitch.webhook_events.source IS
    'How it came here: webhook, spool (the database was away) or backfill (asked of Twilio).';
COMMENT ON COLUMN hookswitch.webhook_events.xid IS
    'Transaction that wrote it; below pg_snapshot_xmin(pg_current_snapshot()) none is missing.';

-- Voice

CREATE TABLE hookswitch.calls (
    sid text NOT NULL,
    account_sid text NOT NULL,
    parent_sid text,
    direction text,
    from_number text,
    to_number text,
    status text,
    status_sequence integer,
    campaign_id text,
    answered_by text,
    sip_response_code integer,
    duration integer,
    initiated_at timestamptz,
    ringing_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (sid, account_sid)
);

CREATE INDEX calls_created_at ON hookswitch.calls (created_at);
CREATE INDEX calls_campaign_id ON hookswitch.calls (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX calls_parent_sid ON hookswitch.calls (parent_sid) WHERE parent_sid IS NOT NULL;

COMMENT ON TABLE hookswitch.calls IS
    'One row for each call leg, merged from all webhooks that spoke of it.';
COMMENT ON COLUMN hookswitch.calls.sid IS 'Twilio''s SID of the call (CA...).';
COMMENT ON COLUMN hookswitch.calls.account_sid IS 'Twilio account (AC...) the call belongs to.';
COMMENT ON COLUMN hookswitch.calls.parent_sid IS
    'SID of the call that dialled this one; NULL for a first leg.';
COMMENT ON COLUMN hookswitch.calls.direction IS
    'inbound, outbound-api (placed through the REST API) or outbound-dial (a dialled leg).';
COMMENT ON COLUMN hookswitch.calls.from_number IS
    'Caller as Twilio wrote it: a number, client:NAME, sip:ADDRESS or a word such as anonymous.';
COMMENT ON COLUMN hookswitch.calls.to_number IS
    'Called party as Twilio wrote it: a number, client:NAME or sip:ADDRESS.';
COMMENT ON COLUMN hookswitch.calls.status IS
    'Furthest status reached: queued, initiated, ringing, in-progress, then for good one of'
    ' completed, busy, failed, no-answer, canceled.';
COMMENT ON COLUMN hookswitch.calls.status_sequence IS
    'SequenceNumber of the callback that set the status; NULL if what set it had none.';
COMMENT ON COLUMN hookswitch.calls.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL; need not be known in table campaigns.';
COMMENT ON COLUMN hookswitch.calls.answered_by IS
    'Who answered, if that was detected: human, machine_start, machine_end_beep, fax, unknown, ...';
COMMENT ON COLUMN hookswitch.calls.sip_response_code IS
    'SIP code the call ended with, such as 200, 404, 486 (busy) or 487 (cancelled or timed out).';
COMMENT ON COLUMN hookswitch.calls.duration IS 'Length of the call in seconds.';
COMMENT ON COLUMN hookswitch.calls.initiated_at IS 'When the call was started.';
COMMENT ON COLUMN hookswitch.calls.ringing_at IS 'When it began to ring.';
COMMENT ON COLUMN hookswitch.calls.answered_at IS 'When it was answered.';
COMMENT ON COLUMN hookswitch.calls.ended_at IS 'When it ended, however it ended.';
COMMENT ON COLUMN hookswitch.calls.created_at IS 'Time of the earliest webhook about the call.';
COMMENT ON COLUMN hookswitch.calls.updated_at IS 'Time of the latest webhook about the call.';

CREATE TABLE hookswitch.recordings (
    sid text NOT NULL,
    account_sid text NOT NULL,
    call_sid text,
    conference_sid text,
    url text,
    status text,
    duration integer,
    channels integer,
    source text,
    track text,
    error_code integer,
    started_at timestamptz,
    PRIMARY KEY (sid, account_sid)
);

CREATE INDEX recordings_call_sid ON hookswitch.recordings (call_sid) WHERE call_sid IS NOT NULL;

COMMENT ON TABLE hookswitch.recordings IS 'One row for each voice recording.';
COMMENT ON COLUMN hookswitch.recordings.sid IS 'Twilio''s SID of the recording (RE...).';
COMMENT ON COLUMN hookswitch.recordings.account_sid IS
    'Twilio account (AC...) the recording belongs to.';
COMMENT ON COLUMN hookswitch.recordings.call_sid IS
    'Call that was recorded; of a call with two legs always the parent.';
COMMENT ON COLUMN hookswitch.recordings.conference_sid IS
    'Conference that was recorded (CF...); NULL for a call.';
COMMENT ON COLUMN hookswitch.recordings.url IS
    'Where the recording is, without extension; add .mp3 or .wav. May answer 404 for a moment.';
COMMENT ON COLUMN hookswitch.recordings.status IS
    'in-progress, completed, absent or failed; NULL if only a <Record> action told of it.';
COMMENT ON COLUMN hookswitch.recordings.duration IS 'Length of the recording in seconds.';
COMMENT ON COLUMN hookswitch.recordings.channels IS 'Number of audio channels: 1 or 2.';
COMMENT ON COLUMN hookswitch.recordings.source IS
    'What started it: RecordVerb, DialVerb, Conference, OutboundAPI, StartCallRecordingAPI, ...';
COMMENT ON COLUMN hookswitch.recordings.track IS
    'Side that was recorded: inbound, outbound or both.';
COMMENT ON COLUMN hookswitch.recordings.error_code IS
    'Twilio''s error code; NULL if there was no error (Twilio says 0).';
COMMENT ON COLUMN hookswitch.recordings.started_at IS 'When the recording began.';

-- Messages

CREATE TABLE hookswitch.messages (
    sid text NOT NULL,
    account_sid text NOT NULL,
    direction text,
    communication_type text,
    from_address text,
    to_address text,
    body text,
    num_media integer,
    num_segments integer,
    status text,
    error_code integer,
    error_message text,
    profile_name text,
    wa_id text,
    channel_id bigint,
    session_id bigint,
    campaign_id text,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    delivered_at timestamptz,
    read_at timestamptz,
    failed_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (sid, account_sid)
);

CREATE INDEX messages_created_at ON hookswitch.messages (created_at);
CREATE INDEX messages_campaign_id ON hookswitch.messages (campaign_id)
    WHERE campaign_id IS NOT NULL;

COMMENT ON TABLE hookswitch.messages IS
    'One row for each message in or out, on any channel, merged from all webhooks about it.';
COMMENT ON COLUMN hookswitch.messages.sid IS 'Twilio''s SID of the message (SM... or MM...).';
COMMENT ON COLUMN hookswitch.messages.account_sid IS
    'Twilio account (AC...) the message belongs to.';
COMMENT ON COLUMN hookswitch.messages.direction IS
    'inbound (a contact wrote to us) or outbound.';
COMMENT ON COLUMN hookswitch.messages.communication_type IS
    'sms, or the prefix of the address: whatsapp, rcs, messenger, ...';
COMMENT ON COLUMN hookswitch.messages.from_address IS
    'Sender as Twilio wrote it, prefix included: +15551230001, whatsapp:+15551230001, ...';
COMMENT ON COLUMN hookswitch.messages.to_address IS
    'Recipient as Twilio wrote it, prefix included.';
COMMENT ON COLUMN hookswitch.messages.body IS
    'Text of an inbound message, may be empty; NULL for an outbound one: callbacks lack it.';
COMMENT ON COLUMN hookswitch.messages.num_media IS
    'Number of attachments Twilio announced; the attachments are in message_media.';
COMMENT ON COLUMN hookswitch.messages.num_segments IS 'Number of SMS segments.';
COMMENT ON COLUMN hookswitch.messages.status IS
    'Furthest status reached: scheduled, accepted, queued, sending, sent, then one of delivered,'
    ' undelivered, failed, canceled, and read after all; inbound: received.';
COMMENT ON COLUMN hookswitch.messages.error_code IS
    'Twilio''s error code of a failed message, such as 30003; NULL if there was none.';
COMMENT ON COLUMN hookswitch.messages.error_message IS
    'Words for the error, where Twilio sent any.';
COMMENT ON COLUMN hookswitch.messages.profile_name IS 'Name the sender shows on WhatsApp.';
COMMENT ON COLUMN hookswitch.messages.wa_id IS
    'Sender''s WhatsApp id: the phone number''s digits without plus sign.';
COMMENT ON COLUMN hookswitch.messages.channel_id IS 'Channel of ours, if one is assigned.';
COMMENT ON COLUMN hookswitch.messages.session_id IS 'Conversation, if one is assigned.';
COMMENT ON COLUMN hookswitch.messages.campaign_id IS
    'Campaign, from campaignId in the webhook''s URL; need not be known in table campaigns.';
COMMENT ON COLUMN hookswitch.messages.created_at IS
    'Time of the earliest webhook about the message; of an inbound one, when it arrived.';
COMMENT ON COLUMN hookswitch.messages.sent_at IS 'When the carrier or channel took it.';
COMMENT ON COLUMN hookswitch.messages.delivered_at IS 'When it was delivered.';
COMMENT ON COLUMN hookswitch.messages.read_at IS 'When it was read, on channels that tell.';
COMMENT ON COLUMN hookswitch.messages.failed_at IS 'When it was reported failed or undelivered.';
COMMENT ON COLUMN hookswitch.messages.updated_at IS 'Time of the latest webhook about the message.';

CREATE TABLE hookswitch.message_media (
    message_sid text NOT NULL,
    position integer NOT NULL,
    account_sid text NOT NULL,
    url text NOT NULL,
    content_type text,
    PRIMARY KEY (message_sid, position, account_sid)
);

COMMENT ON TABLE hookswitch.message_media IS 'Attachments of inbound messages.';
COMMENT ON COLUMN hookswitch.message_media.message_sid IS 'Message it came with (SM... or MM...).';
COMMENT ON COLUMN hookswitch.message_media.position IS
    'Place among the attachments, from 0: the number in MediaUrl0, MediaUrl1, ...';
COMMENT ON COLUMN hookswitch.message_media.account_sid IS
    'Twilio account (AC...) the message belongs to.';
COMMENT ON COLUMN hookswitch.message_media.url IS
    'Where the file is; by default Twilio asks for the account''s credentials there.';
COMMENT ON COLUMN hookswitch.message_media.content_type IS 'MIME type, such as image/jpeg.';

-- Video

CREATE TABLE hookswitch.rooms (
    sid text NOT NULL,
    account_sid text NOT NULL,
    name text,
    type text,
    status text,
    started_at timestamptz,
    ended_at timestamptz,
    duration integer,
    appointment_id bigint,
    PRIMARY KEY (sid, account_sid)
);

CREATE INDEX rooms_appointment_id ON hookswitch.rooms (appointment_id)
    WHERE appointment_id IS NOT NULL;

COMMENT ON TABLE hookswitch.rooms IS 'One row for each video room.';
COMMENT ON COLUMN hookswitch.rooms.sid IS 'Twilio''s SID of the room (RM...).';
COMMENT ON COLUMN hookswitch.rooms.account_sid IS 'Twilio account (AC...) the room belongs to.';
COMMENT ON COLUMN hookswitch.rooms.name IS 'Name of the room, as the application gave it.';
COMMENT ON COLUMN hookswitch.rooms.type IS 'Kind of room: group, group-small, go, peer-to-peer.';
COMMENT ON COLUMN hookswitch.rooms.status IS 'in-progress, then for good completed or failed.';
COMMENT ON COLUMN hookswitch.rooms.started_at IS 'When the room was created.';
COMMENT ON COLUMN hookswitch.rooms.ended_at IS
    'When the room ended: about 5 minutes after the last participant left, by Twilio''s default.';
COMMENT ON COLUMN hookswitch.rooms.duration IS 'Life of the room in seconds.';
COMMENT ON COLUMN hookswitch.rooms.appointment_id IS
    'Appointment, from a room name such as apt-48-visit; need not be known in table appointments.';

CREATE TABLE hookswitch.room_participants (
    sid text NOT NULL,
    account_sid text NOT NULL,
    room_sid text,
    identity text,
    connected_at timestamptz,
    disconnected_at timestamptz,
    duration integer,
    PRIMARY KEY (sid, account_sid)
);

CREATE INDEX room_participants_room_sid ON hookswitch.room_participants (room_sid);

COMMENT ON TABLE hookswitch.room_participants IS
    'One row for each stay of a participant in a room; who comes back gets a new row.';
COMMENT ON COLUMN hookswitch.room_participants.sid IS 'Twilio''s SID of the participant (PA...).';
COMMENT ON COLUMN hookswitch.room_participants.account_sid IS
    'Twilio account (AC...) the room belongs to.';
COMMENT ON COLUMN hookswitch.room_participants.room_sid IS 'Room (RM...).';
COMMENT ON COLUMN hookswitch.room_participants.identity IS
    'Who it is, as the application named the participant.';
COMMENT ON COLUMN hookswitch.room_participants.connected_at IS 'When the participant came.';
COMMENT ON COLUMN hookswitch.room_participants.disconnected_at IS
    'When the participant left; may stay NULL if the room ended first.';
COMMENT ON COLUMN hookswitch.room_participants.duration IS 'Length of the stay in seconds.';

CREATE TABLE hookswitch.room_events (
    event_key bytea NOT NULL,
    account_sid text NOT NULL,
    room_sid text NOT NULL,
    event text,
    participant_sid text,
    participant_identity text,
    track_sid text,
    track_kind text,
    recording_sid text,
    sequence_number integer,
    duration integer,
    occurred_at timestamptz NOT NULL,
    metadata jsonb NOT NULL,
    PRIMARY KEY (event_key, account_sid)
);

CREATE INDEX room_events_room_sid ON hookswitch.room_events (room_sid, occurred_at);

COMMENT ON TABLE hookswitch.room_events IS 'Everything that happened in video rooms, in detail.';
COMMENT ON COLUMN hookswitch.room_events.event_key IS 'Key of the webhook in webhook_events.';
COMMENT ON COLUMN hookswitch.room_events.account_sid IS
    'Twilio account (AC...) the room belongs to.';
COMMENT ON COLUMN hookswitch.room_events.room_sid IS 'Room (RM...).';
COMMENT ON COLUMN hookswitch.room_events.event IS
    'What happened: room-created, participant-connected, track-added, recording-completed, ...';
COMMENT ON COLUMN hookswitch.room_events.participant_sid IS
    'Participant (PA...) it happened to, if any.';
COMMENT ON COLUMN hookswitch.room_events.participant_identity IS
    'Name the application gave that participant.';
COMMENT ON COLUMN hookswitch.room_events.track_sid IS 'Track (MT...) it happened to, if any.';
COMMENT ON COLUMN hookswitch.room_events.track_kind IS 'Kind of that track: audio, video or data.';
COMMENT ON COLUMN hookswitch.room_events.recording_sid IS
    'Recording of a track (RT...) it happened to, if any.';
COMMENT ON COLUMN hookswitch.room_events.sequence_number IS
    'Twilio''s counter within the room. Not a true order: order by occurred_at.';
COMMENT ON COLUMN hookswitch.room_events.duration IS
    'Length in seconds of what ended with this event: room, stay of a participant, or recording.';
COMMENT ON COLUMN hookswitch.room_events.occurred_at IS 'When it happened.';
COMMENT ON COLUMN hookswitch.room_events.metadata IS
    'The webhook''s other parameters, those without a column here.';

-- Whom and what it is about

CREATE TABLE hookswitch.channels (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    account_sid text NOT NULL,
    address text NOT NULL,
    communication_type text,
    name text,
    created_at timestamptz DEFAULT now(),
    PRIMARY KEY (id),
    UNIQUE (address, account_sid)
);

COMMENT ON TABLE hookswitch.channels IS 'The numbers and addresses we answer on.';
COMMENT ON COLUMN hookswitch.channels.id IS 'Number of the channel.';
COMMENT ON COLUMN hookswitch.channels.account_sid IS
    'Twilio account (AC...) the address belongs to.';
COMMENT ON COLUMN hookswitch.channels.address IS
    'Our address as Twilio writes it, prefix included: +15551230001, whatsapp:+15551230001, ...';
COMMENT ON COLUMN hookswitch.channels.communication_type IS 'sms, whatsapp, ...';
COMMENT ON COLUMN hookswitch.channels.name IS 'What people call it.';
COMMENT ON COLUMN hookswitch.channels.created_at IS 'When the row was made.';

CREATE TABLE hookswitch.sessions (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    account_sid text NOT NULL,
    channel_id bigint NOT NULL,
    contact_address text NOT NULL,
    created_at timestamptz DEFAULT now(),
    PRIMARY KEY (id),
    UNIQUE (channel_id, contact_address, account_sid)
);

COMMENT ON TABLE hookswitch.sessions IS
    'Conversations: one for each contact and channel. What is new in them is asked of messages.';
COMMENT ON COLUMN hookswitch.sessions.id IS 'Number of the conversation.';
COMMENT ON COLUMN hookswitch.sessions.account_sid IS
    'Twilio account (AC...) the channel belongs to.';
COMMENT ON COLUMN hookswitch.sessions.channel_id IS 'Channel the contact writes to.';
COMMENT ON COLUMN hookswitch.sessions.contact_address IS
    'The contact''s address as Twilio writes it, prefix included.';
COMMENT ON COLUMN hookswitch.sessions.created_at IS 'When the row was made.';

CREATE TABLE hookswitch.campaigns (
    id text NOT NULL,
    account_sid text,
    name text,
    created_at timestamptz DEFAULT now(),
    PRIMARY KEY (id)
);

COMMENT ON TABLE hookswitch.campaigns IS 'Campaigns that calls and messages belong to.';
COMMENT ON COLUMN hookswitch.campaigns.id IS
    'The application''s own id, as campaignId carries it in webhook URLs.';
COMMENT ON COLUMN hookswitch.campaigns.account_sid IS
    'Twilio account (AC...) of the campaign; may be NULL where there is one account only.';
COMMENT ON COLUMN hookswitch.campaigns.name IS 'What people call it.';
COMMENT ON COLUMN hookswitch.campaigns.created_at IS 'When the row was made.';

CREATE TABLE hookswitch.appointments (
    id bigint NOT NULL,
    status text,
    account_sid text,
    scheduled_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz DEFAULT now(),
    PRIMARY KEY (id)
);

COMMENT ON TABLE hookswitch.appointments IS 'Appointments that video rooms belong to.';
COMMENT ON COLUMN hookswitch.appointments.id IS
    'The application''s own number, as room names carry it: 48 in apt-48-visit.';
COMMENT ON COLUMN hookswitch.appointments.status IS
    'scheduled, confirmed, completed, or what else the application uses.';
COMMENT ON COLUMN hookswitch.appointments.account_sid IS
    'Twilio account (AC...) of the rooms; may be NULL where there is one account only.';
COMMENT ON COLUMN hookswitch.appointments.scheduled_at IS 'When it is to begin.';
COMMENT ON COLUMN hookswitch.appointments.completed_at IS 'When it was completed.';
COMMENT ON COLUMN hookswitch.appointments.created_at IS 'When the row was made.';
