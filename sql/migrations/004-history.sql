-- 004-history.sql: what the command keeps that asks Twilio for what has been: how far it has read, and
-- which recordings it has fetched. Run by install.sql.
--
-- Endpoints of version 3 can go on running meanwhile.

-- Backfill

CREATE TABLE hookswitch.backfill_places (
    account_sid text NOT NULL,
    kind text NOT NULL,
    read_until timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_sid, kind)
);

COMMENT ON TABLE hookswitch.backfill_places IS
    'How far hookswitch backfill has read what Twilio knows. It is here and not in a file so that a'
    ' database that is restored from a backup is read again from where that backup ends.';
COMMENT ON COLUMN hookswitch.backfill_places.account_sid IS 'Twilio account (AC...).';
COMMENT ON COLUMN hookswitch.backfill_places.kind IS 'calls, messages, recordings or rooms.';
COMMENT ON COLUMN hookswitch.backfill_places.read_until IS
    'What began before has been read, and what webhooks had missed of it was committed.';
COMMENT ON COLUMN hookswitch.backfill_places.updated_at IS 'When that was noted.';

COMMENT ON COLUMN hookswitch.webhook_events.endpoint IS
    'Program that took it: voice, sms, whatsapp, status, recording, video-room or webhook. Or'
    ' backfill, which puts here what a webhook would have said that did not come.';
COMMENT ON COLUMN hookswitch.webhook_events.received_at IS
    'When the request reached this server; of a backfill, when Twilio was asked.';

-- Files

CREATE TABLE hookswitch.recording_files (
    recording_sid text NOT NULL,
    account_sid text NOT NULL,
    format text NOT NULL,
    directory text,
    file_name text,
    size bigint,
    sha256 bytea,
    channels integer,
    fetched_at timestamptz,
    failed_at timestamptz,
    failure text,
    PRIMARY KEY (recording_sid, format, account_sid),
    CONSTRAINT recording_files_fetched_check
        CHECK (num_nulls(directory, file_name, size, sha256, fetched_at) IN (0, 5))
);

COMMENT ON TABLE hookswitch.recording_files IS
    'Which recordings hookswitch recordings has fetched, and which it could not. Rows stay when those'
    ' of recordings are purged or erased: they say which files to delete.';
COMMENT ON COLUMN hookswitch.recording_files.recording_sid IS
    'Twilio''s SID of the recording (RE...).';
COMMENT ON COLUMN hookswitch.recording_files.account_sid IS
    'Twilio account (AC...) the recording belongs to.';
COMMENT ON COLUMN hookswitch.recording_files.format IS 'wav or mp3.';
COMMENT ON COLUMN hookswitch.recording_files.directory IS
    'Directory it was put into; NULL, as the next three, if there is no file.';
COMMENT ON COLUMN hookswitch.recording_files.file_name IS 'Name there, made of SID and format.';
COMMENT ON COLUMN hookswitch.recording_files.size IS 'Length of the file in bytes.';
COMMENT ON COLUMN hookswitch.recording_files.sha256 IS 'SHA-256 of the file, as it was fetched.';
COMMENT ON COLUMN hookswitch.recording_files.channels IS
    'Number of audio channels that were asked for, 1 or 2; NULL if none was.';
COMMENT ON COLUMN hookswitch.recording_files.fetched_at IS
    'When it was complete and on disk; NULL if it could not be fetched.';
COMMENT ON COLUMN hookswitch.recording_files.failed_at IS
    'When Twilio last said that there is nothing to fetch; NULL if it never did. Such a recording is'
    ' not asked for again unless one says so.';
COMMENT ON COLUMN hookswitch.recording_files.failure IS 'What it said.';
