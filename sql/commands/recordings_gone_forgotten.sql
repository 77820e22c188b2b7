-- What is noted of files that Twilio did not have, where the tables no longer have the recording,
-- since it was purged or erased.

DELETE FROM hookswitch.recording_files AS file
WHERE file.account_sid = :account_sid::text
    AND file.file_name IS NULL
    AND NOT EXISTS (
        SELECT
        FROM hookswitch.recordings AS recording
        WHERE recording.sid = file.recording_sid
            AND recording.account_sid = file.account_sid
    );
