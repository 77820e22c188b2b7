-- What is told of messages, and the tables do not know: messages that are not there, statuses that
-- would change one, and why one failed. told: a list of {n, sid, status, error_code}, in the order in
-- which it happened.

SELECT
    told.n,
    known.sid IS NULL AS is_missing,
    known.status
FROM jsonb_to_recordset(:told::jsonb -> 'told') AS told (
    n integer, sid text, status text, error_code integer
)
LEFT JOIN hookswitch.messages AS known
    ON known.sid = told.sid
    AND known.account_sid = :account_sid::text
WHERE known.sid IS NULL
    OR hookswitch.merged_message_status(known.status, told.status) IS DISTINCT FROM known.status
    OR known.status = told.status AND known.error_code IS NULL AND told.error_code <> 0
ORDER BY told.n;
