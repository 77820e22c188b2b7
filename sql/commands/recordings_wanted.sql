-- Recordings of an account that have no file yet, by SID, from one on; how many there are from there;
-- and whether it ended within the last hour: its media may not be there yet. What has no status only
-- an action of <Record> told of, which comes when it is done. A child's SID stands for the call that
-- was recorded, which is its parent.

SELECT
    recording.sid,
    count(*) OVER () AS remaining,
    coalesce(
        coalesce(
            recording.started_at + make_interval(secs => coalesce(recording.duration, 0)),
            call.updated_at
        ) > now() - interval '1 hour',
        true
    ) AS is_young
FROM hookswitch.recordings AS recording
LEFT JOIN hookswitch.calls AS call
    ON call.sid = recording.call_sid
    AND call.account_sid = recording.account_sid
WHERE recording.account_sid = :account_sid::text
    AND recording.sid > coalesce(:after::text, '')
    AND coalesce(recording.status, 'completed') = 'completed'
    AND (
        :call_sid::text IS NULL
        OR recording.call_sid = :call_sid::text
        OR recording.call_sid IN (
            SELECT leg.parent_sid
            FROM hookswitch.calls AS leg
            WHERE leg.sid = :call_sid::text
                AND leg.account_sid = :account_sid::text
        )
    )
    AND (
        :since::bigint IS NULL
        OR coalesce(recording.started_at, call.created_at) >= to_timestamp(:since::bigint)
    )
    AND NOT EXISTS (
        SELECT
        FROM hookswitch.recording_files AS file
        WHERE file.recording_sid = recording.sid
            AND file.account_sid = recording.account_sid
            AND file.format = :format::text
            AND (file.fetched_at IS NOT NULL OR :again::text IS NULL)
    )
ORDER BY recording.sid
LIMIT 500;
