-- recording_files.sql: the files that have been fetched of a recording, the smallest first, for who
-- wants to hear it. No row if there is no such recording (any more); NULL if there is no file.

SELECT
    file.format,
    file.size,
    encode(file.sha256, 'hex')
FROM hookswitch.recordings AS recording
LEFT JOIN hookswitch.recording_files AS file
    ON file.recording_sid = recording.sid
    AND file.account_sid = recording.account_sid
    AND file.fetched_at IS NOT NULL
WHERE recording.sid = :recording::text
ORDER BY file.size
LIMIT 10;
