-- What is told of recordings, and the tables do not know: recordings that are not there, and statuses
-- that would change one. told: a list of {n, sid, status}.

SELECT
    told.n,
    known.sid IS NULL AS is_missing,
    known.status
FROM jsonb_to_recordset(:told::jsonb -> 'told') AS told (n integer, sid text, status text)
LEFT JOIN hookswitch.recordings AS known
    ON known.sid = told.sid
    AND known.account_sid = :account_sid::text
WHERE known.sid IS NULL
    OR hookswitch.merged_recording_status(known.status, told.status) IS DISTINCT FROM known.status
ORDER BY told.n;
