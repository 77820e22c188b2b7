-- Files of a person's recordings that have been fetched into a directory.

SELECT
    file.recording_sid,
    file.account_sid,
    file.format
FROM hookswitch.recordings_of_contact(:address::text) AS recording
JOIN hookswitch.recording_files AS file
    ON file.recording_sid = recording.sid
    AND file.account_sid = recording.account_sid
WHERE file.directory = :directory::text
ORDER BY file.recording_sid, file.format;
