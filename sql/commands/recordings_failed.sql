-- Twilio has no file of a recording, and will have none. One that is there stays.

INSERT INTO hookswitch.recording_files AS known (
    recording_sid,
    account_sid,
    format,
    failed_at,
    failure
)
VALUES (
    :recording_sid::text,
    :account_sid::text,
    :format::text,
    now(),
    :failure::text
)
ON CONFLICT (recording_sid, format, account_sid) DO UPDATE SET
    failed_at = excluded.failed_at,
    failure = excluded.failure
WHERE known.fetched_at IS NULL;
