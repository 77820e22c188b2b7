-- What is told of participants of video rooms, and the tables do not know: that somebody came, or has
-- left. told: a list of {n, sid, status}, the status being an event.

SELECT
    told.n,
    known.sid IS NULL AS is_missing,
    CASE WHEN known.sid IS NOT NULL THEN 'connected' END AS status
FROM jsonb_to_recordset(:told::jsonb -> 'told') AS told (n integer, sid text, status text)
LEFT JOIN hookswitch.room_participants AS known
    ON known.sid = told.sid
    AND known.account_sid = :account_sid::text
WHERE CASE told.status
        WHEN 'participant-disconnected' THEN known.disconnected_at
        ELSE known.connected_at
    END IS NULL
ORDER BY told.n;
