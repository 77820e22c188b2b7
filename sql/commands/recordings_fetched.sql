-- A recording's file is there, complete and on disk.

INSERT INTO hookswitch.recording_files (
    recording_sid,
    account_sid,
    format,
    directory,
    file_name,
    size,
    sha256,
    channels,
    fetched_at
)
VALUES (
    :recording_sid::text,
    :account_sid::text,
    :format::text,
    :directory::text,
    :file_name::text,
    :size::bigint,
    decode(:sha256::text, 'hex'),
    :channels::integer,
    now()
)
ON CONFLICT (recording_sid, format, account_sid) DO UPDATE SET
    directory = excluded.directory,
    file_name = excluded.file_name,
    size = excluded.size,
    sha256 = excluded.sha256,
    channels = excluded.channels,
    fetched_at = excluded.fetched_at,
    failed_at = NULL,
    failure = NULL;
