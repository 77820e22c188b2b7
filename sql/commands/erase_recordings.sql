-- Recordings of a person that Twilio has, until they are deleted there, and the files that have been
-- fetched of each into another directory than the one that is given, as text and as JSON.

SELECT
    recording.sid,
    recording.call_sid,
    recording.room_sid,
    recording.url,
    fetched.paths,
    coalesce(fetched.list, '[]')
FROM hookswitch.recordings_of_contact(:address::text) AS recording
CROSS JOIN LATERAL (
    SELECT
        string_agg(concat(file.directory, '/', file.file_name), E'\n' ORDER BY file.format),
        json_agg(concat(file.directory, '/', file.file_name) ORDER BY file.format)::text
    FROM hookswitch.recording_files AS file
    WHERE file.recording_sid = recording.sid
        AND file.account_sid = recording.account_sid
        AND file.directory <> coalesce(:directory::text, '')
) AS fetched (paths, list)
ORDER BY recording.sid;
