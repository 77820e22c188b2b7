-- What is told of calls, and the tables do not know: calls that are not there, and statuses that would
-- change one. told: a list of {n, sid, status}, in the order in which it happened.

SELECT
    told.n,
    known.sid IS NULL AS is_missing,
    known.status
FROM jsonb_to_recordset(:told::jsonb -> 'told') AS told (n integer, sid text, status text)
LEFT JOIN hookswitch.calls AS known
    ON known.sid = told.sid
    AND known.account_sid = :account_sid::text
WHERE known.sid IS NULL
    OR hookswitch.call_status_wins(known.status, known.status_sequence, told.status, NULL)
ORDER BY told.n;
