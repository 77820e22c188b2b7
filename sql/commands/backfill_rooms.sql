-- What is told of video rooms, and the tables do not know: that one was created, or has ended. told: a
-- list of {n, sid, status}, the status being an event.

SELECT
    told.n,
    known.sid IS NULL AS is_missing,
    known.status
FROM jsonb_to_recordset(:told::jsonb -> 'told') AS told (n integer, sid text, status text)
LEFT JOIN hookswitch.rooms AS known
    ON known.sid = told.sid
    AND known.account_sid = :account_sid::text
WHERE CASE told.status WHEN 'room-ended' THEN known.ended_at ELSE known.started_at END IS NULL
ORDER BY told.n;
