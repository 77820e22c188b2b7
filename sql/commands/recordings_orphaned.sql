-- Files in a directory of recordings that the tables no longer have: they were purged, or erased.

SELECT file.recording_sid, file.format
FROM hookswitch.recording_files AS file
WHERE file.account_sid = :account_sid::text
    AND file.directory = :directory::text
    AND NOT EXISTS (
        SELECT
        FROM hookswitch.recordings AS recording
        WHERE recording.sid = file.recording_sid
            AND recording.account_sid = file.account_sid
    )
ORDER BY file.recording_sid, file.format
LIMIT 500;
